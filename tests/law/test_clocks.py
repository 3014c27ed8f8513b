"""How a running clock moves, and what it never does: shorten by a pause, extend twice."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.law.clocks import Clocks, ClockState, is_overdue
from app.law.deadlines import DEADLINES, Deadline
from app.law.rules import Regime
from app.reference.fields import VIET_NAM

CLOCKS = Clocks()
MOMENTS = st.datetimes(datetime(2025, 7, 1), datetime(2029, 12, 31)).map(lambda each: each.replace(tzinfo=VIET_NAM))
SPANS = st.timedeltas(timedelta(0), timedelta(days=40))
PAUSABLE = st.sampled_from([rule for rule in DEADLINES if rule.paused_by and rule.regime == Regime.LAW_2024])
EXTENSIBLE = st.sampled_from([rule for rule in DEADLINES if rule.extension and rule.regime == Regime.LAW_2024])
quick = settings(deadline=None, max_examples=60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIET_NAM)


def rule(rule_id: str, regime: Regime = Regime.LAW_2024) -> Deadline:
    return next(each for each in DEADLINES.of(rule_id) if each.regime == regime)


def day_of(state: ClockState) -> str:
    return state.due_at.date().isoformat()


def paused(state: ClockState, start: str, end: str) -> ClockState:
    return CLOCKS.resume(CLOCKS.pause(state, at(start)), at(end))


def test_a_pause_of_several_days_moves_calendar_days() -> None:
    state = CLOCKS.start(rule("D04"), at("2026-11-02T09:00"))
    assert day_of(state) == "2026-11-23"  # day 20 is Sun 22/11
    # Thu 5 to Tue 10/11: the five days 6 to 10; day 25 of the term is Fri 27/11, counted from the unmoved 22/11.
    assert day_of(paused(state, "2026-11-05T10:00", "2026-11-10T16:00")) == "2026-11-27"


def test_two_pauses_add_up() -> None:
    state = CLOCKS.start(rule("D04"), at("2026-11-02T09:00"))
    twice = paused(paused(state, "2026-11-05T10:00", "2026-11-10T16:00"), "2026-11-11T08:00", "2026-11-16T08:00")
    assert (twice.paused_for, day_of(twice)) == (timedelta(days=10), "2026-12-02")  # 22/11 + 10


def test_a_pause_moves_working_days_by_the_working_days_in_it() -> None:
    state = CLOCKS.start(rule("T01"), at("2026-11-09T09:00"))
    assert day_of(state) == "2026-11-12"
    # Wed 11 to Mon 16/11: paused on 12, 13 and 16; six working days from Mon 9 are 10, 11, 12, 13, 16 and Tue 17.
    assert day_of(paused(state, "2026-11-11T15:00", "2026-11-16T09:00")) == "2026-11-17"


def test_a_pause_moves_hours_to_the_second() -> None:
    state = CLOCKS.start(rule("T02"), at("2026-11-09T09:00"))
    assert paused(state, "2026-11-09T12:00", "2026-11-10T13:30").due_at == at("2026-11-11T10:30")  # 25.5 h later


def test_a_question_answered_on_its_own_day_moves_no_day() -> None:
    state = CLOCKS.start(rule("D04"), at("2026-11-02T09:00"))
    assert day_of(paused(state, "2026-11-05T08:00", "2026-11-05T17:00")) == "2026-11-23"


def test_an_extension_gives_the_longer_length_from_the_start_and_keeps_pauses() -> None:
    state = CLOCKS.start(rule("D04"), at("2026-11-02T09:00"))
    assert day_of(CLOCKS.extend(state)) == "2027-01-04"  # 2/1/2027 is a Saturday
    after = CLOCKS.extend(paused(state, "2026-11-05T10:00", "2026-11-10T16:00"))
    assert day_of(after) == "2027-01-07"  # five days after 2/1, a Thursday
    assert day_of(paused(CLOCKS.extend(state), "2026-11-05T10:00", "2026-11-10T16:00")) == "2027-01-07"


def test_a_rule_without_an_extension_knows_none() -> None:
    with pytest.raises(KeyError):
        CLOCKS.extend(CLOCKS.start(rule("D08"), at("2026-11-02T09:00")))


def test_a_clock_is_overdue_only_after_its_last_instant_and_never_while_paused() -> None:
    state = CLOCKS.start(rule("T02"), at("2026-11-09T09:00"))
    later = state.due_at + timedelta(microseconds=1)
    assert not is_overdue(state, state.due_at)
    assert is_overdue(state, later)
    assert not is_overdue(CLOCKS.pause(state, state.due_at), later)


def test_a_missed_clock_is_not_mended_by_a_pause() -> None:
    state = CLOCKS.start(rule("T02"), at("2026-11-09T09:00"))
    late = state.due_at + timedelta(minutes=1)
    assert CLOCKS.resume(CLOCKS.pause(state, late), late + timedelta(days=9)) == state


def test_a_warning_comes_before_the_end_but_not_in_a_pause() -> None:
    state = CLOCKS.start(rule("D08"), at("2026-11-02T09:00"))
    assert CLOCKS.warn_at(state) == state.due_at - timedelta(hours=48)
    assert CLOCKS.warn_at(CLOCKS.pause(state, at("2026-11-03T09:00"))) is None


def test_a_plan_is_reviewed_on_the_day_it_names() -> None:
    with pytest.raises(ValueError, match="review_on"):
        CLOCKS.start(rule("T08"), at("2026-11-02T09:00"))


def test_a_nearer_danger_brings_its_clock_forward_and_a_later_one_leaves_it() -> None:
    state = CLOCKS.start(rule("T10"), at("2026-11-02T09:00"), on=at("2026-11-02T14:30"))
    assert state.due_at == at("2026-11-02T14:30")
    assert CLOCKS.hasten(state, at("2026-11-02T12:00")).due_at == at("2026-11-02T12:00")
    assert CLOCKS.hasten(state, at("2026-11-02T18:00")) == state


@quick
@given(PAUSABLE, MOMENTS, SPANS, SPANS)
def test_pausing_never_shortens(each: Deadline, start: datetime, until: timedelta, span: timedelta) -> None:
    state = CLOCKS.start(each, start)
    resumed = CLOCKS.resume(CLOCKS.pause(state, start + until), start + until + span)
    assert resumed.due_at >= state.due_at
    assert resumed.paused_at is None


@quick
@given(PAUSABLE, MOMENTS, SPANS, SPANS)
def test_a_longer_pause_never_ends_earlier(each: Deadline, start: datetime, span: timedelta, more: timedelta) -> None:
    halted = CLOCKS.pause(CLOCKS.start(each, start), start)
    assert CLOCKS.resume(halted, start + span + more).due_at >= CLOCKS.resume(halted, start + span).due_at


@quick
@given(PAUSABLE, MOMENTS, SPANS)
def test_pausing_and_resuming_again_change_nothing(each: Deadline, start: datetime, span: timedelta) -> None:
    halted = CLOCKS.pause(CLOCKS.start(each, start), start)
    assert CLOCKS.pause(halted, start + span) == halted
    resumed = CLOCKS.resume(halted, start + span)
    assert CLOCKS.resume(resumed, start + span + span) == resumed


@quick
@given(EXTENSIBLE, MOMENTS, SPANS, st.booleans())
def test_extending_is_longer_and_never_twice(each: Deadline, start: datetime, span: timedelta, pause: bool) -> None:
    state = CLOCKS.start(each, start)
    state = CLOCKS.resume(CLOCKS.pause(state, start), start + span) if pause else state
    extended = CLOCKS.extend(state)
    assert extended.due_at > state.due_at
    with pytest.raises(ValueError, match="once"):
        CLOCKS.extend(extended)
