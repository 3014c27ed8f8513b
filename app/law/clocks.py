"""How a running clock moves: started, paused, resumed, extended once; never shortened, but for a nearer danger.

Pure functions on `ClockState`, which is what a database keeps. A pause is counted in the unit of the rule: exact time
for hours; else the rule's own days after the day of the pause, up to and with the day of the answer (as Civil Code
2015 Art 147 leaves out the day of an event), so that a question answered on its own day moves nothing.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.law.calendar import WORKING_DAYS, Length, Unit, WorkingDays, due, end_of
from app.law.deadlines import DEADLINES, Deadline, extension_of
from app.law.rules import Rules
from app.reference.fields import day_of


@dataclass(frozen=True, slots=True)
class ClockState:
    """`started_at` is the event that is counted from, a future one for a clock that runs backwards. `paused_for` is
    the time of all ended pauses; of a rule in days or months its days are that rule's days."""

    rule_key: str
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None = None
    paused_for: timedelta = timedelta(0)
    extended: bool = False


@dataclass(frozen=True)
class Clocks:
    """The moves, by the rules and the working days given."""

    rules: Rules[Deadline] = DEADLINES
    calendar: WorkingDays = WORKING_DAYS

    def start(self, rule: Deadline, at: datetime, on: date | None = None) -> ClockState:
        """A clock of that rule from the event at `at`; `on` is the day, or the moment, in the carrier's `due_field`, if
        it has one."""
        if rule.length is None:
            if on is None:
                raise ValueError(f"{rule.key} ends with what is in {rule.due_field}")
            return ClockState(rule.key, at, _last_instant(on))
        return ClockState(rule.key, at, due(at, rule.length, rule.direction, calendar=self.calendar))

    def pause(self, state: ClockState, at: datetime) -> ClockState:
        """Stops the clock. One that is paused, or was missed before, stays as it is."""
        return state if state.paused_at or at > state.due_at else replace(state, paused_at=at)

    def resume(self, state: ClockState, at: datetime) -> ClockState:
        """Lets the clock run on, later by the pause. One that runs stays as it is."""
        if state.paused_at is None:
            return state
        pause = self._pause(self._length(state), state.paused_at, max(at, state.paused_at))
        return self._counted(replace(state, paused_at=None, paused_for=state.paused_for + pause))

    def extend(self, state: ClockState) -> ClockState:
        """The longer length, from the start; ValueError the second time, KeyError for a rule that knows none."""
        if state.extended:
            raise ValueError("a clock is extended once")
        return self._counted(replace(state, extended=True))

    def hasten(self, state: ClockState, on: date) -> ClockState:
        """The clock ends with that day or moment, unless it ends before: a second report may name an earlier one."""
        return replace(state, due_at=min(state.due_at, _last_instant(on)))

    def warn_at(self, state: ClockState) -> datetime | None:
        """When its owner is to be warned; nothing when the rule gives no warning, or the clock is paused."""
        hours = self.rules.get(state.rule_key).warn_before_hours
        return None if hours is None or state.paused_at else state.due_at - timedelta(hours=hours)

    def _length(self, state: ClockState) -> Length:
        rule = self.rules.get(state.rule_key)
        if state.extended:
            return extension_of(rule, day_of(state.started_at), rules=self.rules)
        if rule.length is None:
            raise KeyError(state.rule_key)
        return rule.length

    def _pause(self, length: Length, paused_at: datetime, resumed_at: datetime) -> timedelta:
        if length.unit == Unit.HOURS:
            return resumed_at - paused_at
        first, last = day_of(paused_at), day_of(resumed_at)
        if length.unit == Unit.WORKING_DAYS:
            return timedelta(days=self.calendar.between(first, last))
        return last - first

    def _counted(self, state: ClockState) -> ClockState:
        length = self._length(state)
        if length.unit == Unit.HOURS:
            counted = due(state.started_at + state.paused_for, length)
        else:
            counted = due(state.started_at, length, paused_days=state.paused_for.days, calendar=self.calendar)
        return replace(state, due_at=max(state.due_at, counted))


def _last_instant(on: date) -> datetime:
    return on if isinstance(on, datetime) else end_of(on)


def is_overdue(state: ClockState, now: datetime) -> bool:
    """Whether the last instant has passed; a paused clock is never overdue."""
    return state.paused_at is None and now > state.due_at
