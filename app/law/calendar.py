"""How a term of law is counted: which days are worked in Viet Nam, and when a term of hours, days or months ends.

Civil Code 2015 Arts 145 to 148, which hold wherever no other law does; that they hold for the terms of this law is
a reading of this project. A term ends with the last instant of its last day, in Viet Nam.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from holidays import HolidayBase, country_holidays
from pydantic import BaseModel, ConfigDict, Field

from app.law.rules import DATA, read
from app.reference.datafiles import Certainty, DataFileError, Wording
from app.reference.fields import VIET_NAM, day_of

_DAY = timedelta(days=1)
_SATURDAY = 5


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


class Direction(StrEnum):
    """`backwards`: to be done at the latest so long before a future event, such as an entry."""

    FORWARDS = "forwards"
    BACKWARDS = "backwards"


class Length(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Annotated[int, Field(ge=1)]
    unit: Unit


class Correction(BaseModel):
    """One day that is worked, or is not, whatever the package says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    working: bool
    vi: Wording
    en: Wording
    source: Wording
    certainty: Certainty


@dataclass(frozen=True)
class WorkingDays:
    """Monday to Friday without public holidays, as corrected."""

    corrections: tuple[Correction, ...] = ()
    _corrected: dict[date, bool] = field(init=False, repr=False, compare=False)
    _public: HolidayBase = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_corrected", {each.day: each.working for each in self.corrections})
        object.__setattr__(self, "_public", country_holidays("VN"))

    def is_worked(self, day: date) -> bool:
        """Whether public offices work on that day."""
        if day in self._corrected:
            return self._corrected[day]
        # Asked first, as the package learns a year's worked Saturdays only when it is asked for that year's holidays.
        holiday = day in self._public
        return not holiday and (day.weekday() < _SATURDAY or day in self._public.weekend_workdays)

    def nearest(self, day: date, step: timedelta = _DAY) -> date:
        """The day itself when it is worked, else the next one that is, in the direction of `step`."""
        while not self.is_worked(day):
            day += step
        return day

    def count(self, day: date, amount: int, step: timedelta = _DAY) -> date:
        """The working day that is `amount` after `day`, which is not itself counted."""
        for _ in range(amount):
            day = self.nearest(day + step, step)
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days lie after `first`, up to and including `last`."""
        return sum(self.is_worked(first + _DAY * ahead) for ahead in range(1, (last - first).days + 1))


def load_working_days(path: Path) -> WorkingDays:
    """The corrections of one file; DataFileError for a wrong member or a day given twice."""
    _, placed = read(path, Correction)
    _refuse_doubles(path, placed)
    return WorkingDays(tuple(correction for _, correction in placed))


def _refuse_doubles(path: Path, placed: Iterable[tuple[int, Correction]]) -> None:
    seen: dict[date, int] = {}
    for line, correction in placed:
        if correction.day in seen:
            raise DataFileError(path, line, f"{correction.day} stands in line {seen[correction.day]} too: remove one")
        seen[correction.day] = line


WORKING_DAYS = load_working_days(DATA / "calendar.yaml")


def due(
    start: datetime,
    length: Length,
    direction: Direction = Direction.FORWARDS,
    *,
    paused_days: int = 0,
    calendar: WorkingDays = WORKING_DAYS,
) -> datetime:
    """When a term that begins, or backwards ends, with the event at `start` is over.

    Hours run from the instant (Art 147.1). Otherwise the event's day is not counted (147.2, 147.3), a month without
    the day ends on its last day (148.3), and a last day that is not worked gives way to the next working day (148.5);
    backwards, as no law seen says it, to the one before, so that the notice is never shorter. `paused_days` lengthen
    the term by so many of its own days.
    """
    sign = 1 if direction == Direction.FORWARDS else -1
    if length.unit == Unit.HOURS:
        return start.astimezone(VIET_NAM) + timedelta(hours=sign * length.amount)
    day, step = day_of(start), sign * _DAY
    if length.unit == Unit.WORKING_DAYS:
        return end_of(calendar.count(day, length.amount + paused_days, step))
    if length.unit == Unit.MONTHS:
        last = add_months(day, sign * length.amount) + step * paused_days
    else:
        last = day + step * (length.amount + paused_days)
    return end_of(calendar.nearest(last, step))


def end_of(day: date) -> datetime:
    """The last instant of the day in Viet Nam (Art 148.6: its twenty-fourth hour), to the microsecond of a database."""
    return datetime.combine(day, time.max, VIET_NAM)


def add_months(day: date, months: int) -> date:
    """The same day so many months on or back, or the last of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
