"""Until when a person may apply for support. A right is refused only on a time limit whose text was read."""

from dataclasses import dataclass
from datetime import date, datetime, time

from app.law.calendar import due
from app.law.deadlines import DEADLINES
from app.law.rules import regime_of
from app.reference.fields import VIET_NAM
from app.refusals import OutsideWindow

_APPLICATION = "D18"


@dataclass(frozen=True, slots=True)
class Window:
    """The last day to apply, and the article that says so."""

    last_day: date
    article: str


def application_window(determined_on: date) -> Window | None:
    """How long one found a victim on that day may apply, under the law of that day (Law 53/2024 Art 63); nothing under
    a law whose limit is only presumed."""
    rules = DEADLINES.in_force(regime_of(determined_on, determined_on), determined_on)
    rule = next((each for each in rules if each.id == _APPLICATION and each.certainty == "sourced"), None)
    if rule is None or rule.length is None:
        return None
    return Window(due(datetime.combine(determined_on, time.min, VIET_NAM), rule.length).date(), rule.source)


def check_window(determined_on: date | None, submitted_on: date) -> None:
    """422 `outside_window`, with the article and the last day, for an application handed in later; before a finding
    none is late."""
    window = application_window(determined_on) if determined_on else None
    if window and submitted_on > window.last_day:
        raise OutsideWindow(params={"article": window.article, "last_day": window.last_day.isoformat()})
