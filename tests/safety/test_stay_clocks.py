"""The clocks of a stay: what the law gives from the day it began, and the day that was set."""

from datetime import date, datetime, time, timedelta

from app.law.calendar import end_of
from app.reference.fields import VIET_NAM, today
from tests.conftest import Raw
from tests.deadlines.duties import counted, due, items, owed, statuses, the_row
from tests.factories import a_stay, an_action
from tests.personas import Clients
from tests.safety.stays import ENDED, a_taken_in

HOUSE = "demo-shelter"


def began(day: date) -> datetime:
    return datetime.combine(day, time.min, VIET_NAM)


async def test_the_days_of_the_law_count_from_the_day_the_stay_began(clients: Clients, raw: Raw) -> None:
    """Recorded ten days late, by the custodian; owed by the house."""
    first = today() - timedelta(days=10)
    made = await a_stay(clients, await a_taken_in(clients), by="demo-labour", started_on=first.isoformat())
    wanted = counted("D20", began(first))
    duty = (await owed(clients, HOUSE))["D20"]
    assert due(duty) == due(made) == wanted
    assert (duty["kind"], duty["subject_id"]) == ("placement", made["id"])
    assert "D20" not in await owed(clients, "demo-labour")
    assert (await the_row(raw, "D20"))["rule_key"] == "D20:law_2024:2025-07-01"


async def test_who_was_a_victim_under_the_earlier_law_stays_sixty_days(clients: Clients, raw: Raw) -> None:
    story = await a_taken_in(clients)
    await raw.all.execute("update cases set regime = 'law_2011'")
    await a_stay(clients, story, started_on="2026-11-02")
    assert due((await owed(clients, HOUSE))["D20"]) == end_of(date(2027, 1, 4))  # 1/1 is a holiday, 2 and 3/1 a weekend


async def test_a_day_that_was_set_comes_first(clients: Clients) -> None:
    until = today() + timedelta(days=30)
    made = await a_stay(clients, await a_taken_in(clients), until=until.isoformat())
    duties = await owed(clients, HOUSE)
    assert due(duties["T17"]) == due(made) == end_of(until)
    assert due(duties["D20"]) > due(made)


async def test_an_extension_moves_the_date_and_an_end_ends_it(clients: Clients, raw: Raw) -> None:
    path = f"/v1/placements/{(await a_stay(clients, await a_taken_in(clients)))['id']}"
    for months in (6, 7):
        longer = {"until": (today() + timedelta(days=30 * months)).isoformat(), "reason": "Chưa có nơi ở."}
        extended = await an_action(clients, HOUSE, path, "extensions", longer)
        (duty,) = [item for item in await items(clients, HOUSE) if item["kind"] == "placement"]
        assert (duty["rule"], due(duty)) == ("T17", end_of(today() + timedelta(days=30 * months)))
        assert due(extended) == due(duty)
    assert await statuses(raw, "D20") == ["met"]
    ended = await an_action(clients, HOUSE, path, "ends", {**ENDED, "ended_on": today().isoformat()})
    assert ended["due_at"] is None
    assert sorted(await statuses(raw, "T17")) == ["met", "met"]
    assert await items(clients, HOUSE, kind="placement") == []


async def test_a_missed_day_shows(clients: Clients) -> None:
    made = await a_stay(clients, await a_taken_in(clients), started_on="2026-01-05")
    assert (made["overdue"], (await owed(clients, HOUSE))["D20"]["overdue"]) == (True, True)
