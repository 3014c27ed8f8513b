"""Terms counted by hand: Tết, compensated days, weekends, ends of months, and backwards from an entry."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.law.calendar import WORKING_DAYS, Direction, Length, Unit, add_months, due, end_of, load_working_days
from app.law.rules import DATA
from app.reference.datafiles import DataFileError
from app.reference.fields import VIET_NAM

DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
AMOUNTS = st.integers(1, 60)
UNITS = st.sampled_from(list(Unit))
quick = settings(deadline=None, max_examples=60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIET_NAM)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2024-05-04", True),  # a Saturday worked for 29/4/2024
        ("2025-05-02", False),
        ("2026-01-02", False),  # our correction: the bridge day after New Year …
        ("2026-01-10", True),  # … and the Saturday worked for it
        ("2026-02-13", True),  # the last day before Tết Bính Ngọ
        ("2026-02-16", False),
        ("2026-02-20", False),
        ("2026-02-23", True),
        ("2026-04-27", False),  # Hùng Kings' Day fell on a Sunday
        ("2026-11-24", False),  # the Day of Vietnamese Culture
        ("2027-02-03", True),
        ("2027-02-04", False),  # Tết Đinh Mùi, first day on Saturday 6/2
        ("2027-02-10", False),
        ("2027-02-11", True),
    ],
)
def test_public_offices_work_or_not(day: str, worked: bool) -> None:
    assert WORKING_DAYS.is_worked(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        # 31 January has no like in February: its last day, 28/2/2026, is a Saturday, so Monday 2 March.
        ("2026-01-31T09:00", 1, Unit.MONTHS, "2026-03-02"),
        # In a leap year the last day is the 29th: 29/2/2028 is a Tuesday.
        ("2028-01-31T09:00", 1, Unit.MONTHS, "2028-02-29"),
        # Over the end of a year: 30/11/2026 + 3 months = 28/2/2027, a Sunday.
        ("2026-11-30T09:00", 3, Unit.MONTHS, "2027-03-01"),
        # Started on a Saturday: Sunday 8/11 is the first day, Wednesday 11/11 the fourth.
        ("2026-11-07T09:00", 4, Unit.DAYS, "2026-11-11"),
        # In working days the same Saturday start counts Monday 9/11 first.
        ("2026-11-07T09:00", 1, Unit.WORKING_DAYS, "2026-11-09"),
        # The fifth day, Saturday 26/4/2025, was worked for 2/5, so it is no day of rest to roll over.
        ("2025-04-21T09:00", 5, Unit.DAYS, "2025-04-26"),
        # An instant before midnight belongs to its own day, though it is one later day in UTC + 7.
        ("2026-11-09T23:59:59", 1, Unit.DAYS, "2026-11-10"),
    ],
)
def test_a_term_ends_with_its_last_day(start: str, amount: int, unit: Unit, end: str) -> None:
    assert due(at(start), Length(amount=amount, unit=unit)) == end_of(date.fromisoformat(end))


def test_hours_run_through_nights_and_holidays() -> None:
    assert due(at("2026-02-16T20:00"), Length(amount=24, unit=Unit.HOURS)) == at("2026-02-17T20:00")


def test_the_day_of_an_event_is_its_day_in_viet_nam() -> None:
    late = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)  # 00:30 on the 10th in Viet Nam
    assert due(late, Length(amount=1, unit=Unit.DAYS)) == end_of(date(2026, 11, 11))


def test_the_last_instant_is_the_last_microsecond_of_the_day_in_viet_nam() -> None:
    assert end_of(date(2026, 11, 11)).isoformat() == "2026-11-11T23:59:59.999999+07:00"


@pytest.mark.parametrize(
    ("event", "amount", "unit", "end"),
    [
        # Entry on Thursday 5/3/2026, day 0; 4, 3 and 2 March are one, two and three days before.
        ("2026-03-05T06:00", 3, Unit.DAYS, "2026-03-02"),
        # Entry on Tuesday 24/2/2026; five days before is 19/2, in Tết: to be done before Tết, on Friday 13/2.
        ("2026-02-24T06:00", 5, Unit.DAYS, "2026-02-13"),
        # Three working days before Monday 23/2/2026: 13, 12 and 11 February.
        ("2026-02-23T06:00", 3, Unit.WORKING_DAYS, "2026-02-11"),
        # A month before 31 March 2027 is 28 February, a Sunday; Friday 26.
        ("2027-03-31T06:00", 1, Unit.MONTHS, "2027-02-26"),
    ],
)
def test_backwards_the_notice_is_never_shorter(event: str, amount: int, unit: Unit, end: str) -> None:
    assert due(at(event), Length(amount=amount, unit=unit), Direction.BACKWARDS) == end_of(date.fromisoformat(end))


def test_hours_before_an_event_are_exact() -> None:
    assert due(at("2026-03-05T06:00"), Length(amount=48, unit=Unit.HOURS), Direction.BACKWARDS) == at(
        "2026-03-03T06:00"
    )


@quick
@given(DAYS, AMOUNTS, st.integers(0, 40))
def test_working_days_are_monotonic_in_start_and_length(day: date, amount: int, more: int) -> None:
    end = WORKING_DAYS.count(day, amount)
    assert WORKING_DAYS.count(day + timedelta(days=more), amount) >= end
    assert WORKING_DAYS.count(day, amount + more) >= end + timedelta(days=more)


@quick
@given(DAYS, AMOUNTS)
def test_back_and_forth_among_working_days_returns(day: date, amount: int) -> None:
    worked = WORKING_DAYS.nearest(day)
    back = WORKING_DAYS.count(worked, amount, -timedelta(days=1))
    assert WORKING_DAYS.count(back, amount) == worked
    assert WORKING_DAYS.between(back, worked) == amount


@quick
@given(DAYS, AMOUNTS, UNITS, st.integers(0, 30))
def test_a_later_start_never_ends_earlier(day: date, amount: int, unit: Unit, later: int) -> None:
    length = Length(amount=amount, unit=unit)
    first, second = (due(end_of(each), length) for each in (day, day + timedelta(days=later)))
    assert second >= first > end_of(day)


@quick
@given(DAYS, AMOUNTS, st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS, Unit.MONTHS]), st.sampled_from(Direction))
def test_a_term_in_days_ends_on_a_working_day(day: date, amount: int, unit: Unit, direction: Direction) -> None:
    assert WORKING_DAYS.is_worked(due(end_of(day), Length(amount=amount, unit=unit), direction).date())


@quick
@given(DAYS, st.integers(-400, 400))
def test_months_keep_the_day_or_take_the_last(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("was", "now", "mend"),
    [
        ("day: 2026-01-10", "day: 2026-01-32", "line 7: day: write a day that exists, as YYYY-MM-DD"),
        ("day: 2026-01-10", "day: 2026-01-02", "line 7: 2026-01-02 stands in line 6 too: remove one"),
        ("working: true, vi", "working: maybe, vi", "line 7: working: "),
        ("vi: Làm bù ngày 2/1/2026, ", "", "line 7: vi: add it"),
    ],
)
def test_a_broken_calendar_is_refused_by_line(tmp_path: Path, was: str, now: str, mend: str) -> None:
    text = (DATA / "calendar.yaml").read_text("utf-8")
    assert was in text
    broken = tmp_path / "calendar.yaml"
    broken.write_text(text.replace(was, now, 1), "utf-8")
    with pytest.raises(DataFileError) as refusal:
        load_working_days(broken)
    assert f"calendar.yaml, {mend}" in str(refusal.value)
