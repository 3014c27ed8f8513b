"""Danger has an hour: whoever has custody owes an act by then, and custody takes the hour along."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Raw
from tests.deadlines.duties import due, items, owed, statuses, the_row
from tests.factories import a_case, a_confirmation, a_proposed_handover, a_referral, an_action
from tests.intakes.reports import COMMUNE, HOTLINE, a_report, a_reported_case, feedback, pointers, sent
from tests.personas import Clients

NOW = datetime.now(UTC).replace(microsecond=0)
HOURS = {name: NOW + timedelta(hours=hours) for name, hours in (("soon", 2), ("later", 8), ("past", -1))}


def danger(hour: str) -> dict[str, Any]:
    received = (NOW - timedelta(hours=3)).isoformat()
    return {"handling": ["immediate_danger"], "received_at": received, "respond_by": HOURS[hour].isoformat()}


async def test_danger_is_due_at_the_minute_that_was_named(clients: Clients, raw: Raw) -> None:
    story = await a_reported_case(clients, **danger("soon"))
    item = (await owed(clients, HOTLINE))["T10"]
    assert (item["kind"], item["subject_id"], item["overdue"]) == ("case", story.case, False)
    assert due(item) == HOURS["soon"]
    assert (await the_row(raw, "T10"))["warn_at"] == HOURS["soon"] - timedelta(hours=1)


async def test_no_hour_no_clock(clients: Clients, raw: Raw) -> None:
    await a_reported_case(clients, handling=["immediate_danger"])
    assert await statuses(raw, "T10") == []


async def test_a_missed_hour_passes_on_with_custody_until_somebody_acts(clients: Clients, raw: Raw) -> None:
    """Handing over is not yet help: the new custodian finds the hour on its own list, overdue as it is."""
    story = await a_reported_case(clients, **danger("past"))
    assert (await owed(clients, HOTLINE))["T10"]["overdue"]
    await a_proposed_handover(clients, story, HOTLINE, COMMUNE)
    assert "T10" not in await owed(clients, COMMUNE)
    await a_confirmation(clients, story, COMMUNE)
    assert await items(clients, HOTLINE) == []
    passed = (await owed(clients, COMMUNE))["T10"]
    assert (due(passed), passed["overdue"]) == (HOURS["past"], True)
    await feedback(clients, story)
    assert await statuses(raw, "T10") == ["met"]
    assert "T10" not in await owed(clients, COMMUNE)


async def test_a_second_report_can_make_it_sooner_and_not_later(clients: Clients, raw: Raw) -> None:
    story = await a_reported_case(clients, **danger("later"))
    for hour, wanted in (("soon", "soon"), ("later", "soon"), ("past", "past")):
        joined = await sent(clients, a_report(case_id=story.case, **danger(hour)))
        assert joined.status_code == 201
        assert due((await owed(clients, HOTLINE))["T10"]) == HOURS[wanted], hour
    assert await statuses(raw, "T10") == ["running"]


async def test_who_serves_the_person_can_raise_the_alarm_with_the_custodian(clients: Clients) -> None:
    story = await a_referral(clients, status="in_service")
    full = {"record_mode": "full", "text": "Có người lạ đến hỏi.", "channel": "referred_by_organisation"}
    joined = await sent(clients, a_report(**full, case_id=story.case, **danger("soon")), "demo-ngo")
    assert joined.status_code == 201
    (item,) = [item for item in await items(clients, "demo-labour") if item["rule"] == "T10"]
    assert (due(item), item["subject_id"]) == (HOURS["soon"], story.case)
    assert "T10" not in await owed(clients, "demo-ngo")


async def test_danger_to_a_named_person_has_the_same_clock_on_the_first_case_alone(clients: Clients) -> None:
    story = await a_case(clients, **danger("soon"))
    (item,) = [item for item in await items(clients, "demo-border") if item["rule"] == "T10"]
    assert item["subject_id"] == story.case


async def test_a_closed_case_owes_no_hour(clients: Clients, raw: Raw) -> None:
    story = await a_reported_case(clients, **danger("soon"))
    closure = {"reason": "opened_in_error", "outcome": "error"}
    await an_action(clients, HOTLINE, f"/v1/cases/{story.case}", "closures", closure)
    assert await statuses(raw, "T10") == ["cancelled"]


async def test_an_hour_needs_a_danger_and_lies_after_the_report(clients: Clients) -> None:
    calm = {**danger("soon"), "handling": ["no_calls"]}
    assert pointers(await sent(clients, a_report(**calm))) == {"/handling": "required"}
    early = {**danger("soon"), "respond_by": (NOW - timedelta(hours=3, seconds=1)).isoformat()}
    assert pointers(await sent(clients, a_report(**early))) == {"/respond_by": "out_of_range"}
    local = {**danger("soon"), "respond_by": "2099-01-01T09:00:00"}
    assert pointers(await sent(clients, a_report(**local))) == {"/respond_by": "offset_required"}
    at_once = {**danger("soon"), "respond_by": danger("soon")["received_at"]}
    assert (await sent(clients, a_report(**at_once))).status_code == 201
