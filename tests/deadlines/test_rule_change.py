"""A jurist changes the file from a day on: clocks that run keep their rule, clocks that start then take the new one."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.deadlines.actions import state_of
from app.happenings import Event
from app.law.calendar import WORKING_DAYS, end_of
from app.law.clocks import Clocks, ClockState
from app.law.deadlines import Deadline, load_deadlines, starting
from app.law.rules import DATA, Regime, Rules
from app.reference.fields import VIET_NAM
from tests.conftest import Raw
from tests.factories import a_held_case, a_verification
from tests.personas import Clients

FACTS = {"kind": "victim"}


@pytest.fixture
def changed(tmp_path: Path) -> Rules[Deadline]:
    """D04 lasts 30 days instead of 20 from tomorrow on, and everything else as it was."""
    text = (DATA / "deadlines.yaml").read_text("utf-8")
    start = text.index("  - id: D04\n    regime: law_2024")
    entry = text[start : text.index("  - id: D05\n    regime: law_2011")]
    today = datetime.now(VIET_NAM).date()
    from_day = "valid_from: 2025-07-01\n"
    ended = entry.replace(from_day, f"{from_day}    valid_to: {today}\n")
    later = entry.replace(from_day, f"valid_from: {today + timedelta(days=1)}\n").replace("amount: 20", "amount: 30")
    (tmp_path / "deadlines.yaml").write_text(text.replace(entry, ended + later), "utf-8")
    return load_deadlines(tmp_path / "deadlines.yaml")


async def stored(clients: Clients, raw: Raw) -> ClockState:
    """The clock that a request has just started, as the row keeps it."""
    await a_verification(clients, await a_held_case(clients, accompanying_minors=[]))
    return state_of(json.loads(await raw.all.fetchval("select to_jsonb(d) from duties d where rule_id = 'D04'")))


def day_of(moment: datetime) -> date:
    return moment.astimezone(VIET_NAM).date()


async def test_a_stored_clock_keeps_its_rule_through_pauses(
    clients: Clients, raw: Raw, changed: Rules[Deadline]
) -> None:
    state, clocks = await stored(clients, raw), Clocks(changed)
    began = day_of(state.started_at)
    assert state.rule_key == "D04:law_2024:2025-07-01"
    assert state.due_at == end_of(WORKING_DAYS.nearest(began + timedelta(days=20)))
    paused = clocks.pause(state, state.started_at + timedelta(days=1))
    resumed = clocks.resume(paused, state.started_at + timedelta(days=6))
    assert resumed.due_at == end_of(WORKING_DAYS.nearest(began + timedelta(days=25)))
    assert clocks.warn_at(state) == Clocks().warn_at(state)
    assert clocks.extend(state) == Clocks().extend(state)


async def test_a_clock_that_starts_from_that_day_on_takes_the_new_rule(changed: Rules[Deadline]) -> None:
    now = datetime.now(UTC)
    for start, days in ((now, 20), (now + timedelta(days=1), 30)):
        (rule,) = starting(Event.VERIFICATION_REQUESTED, FACTS, Regime.LAW_2024, day_of(start), rules=changed)
        due_at = Clocks(changed).start(rule, start).due_at
        assert due_at == end_of(WORKING_DAYS.nearest(day_of(start) + timedelta(days=days)))
