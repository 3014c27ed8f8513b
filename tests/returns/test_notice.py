"""How late a notice was, by the law's own count; and the gate's clock for whoever is awaited."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.law.calendar import WORKING_DAYS, end_of
from app.reference.fields import VIET_NAM
from tests.conftest import Raw
from tests.deadlines.duties import due, items, owed, statuses
from tests.factories import an_action, in_days
from tests.personas import Clients
from tests.returns.sent import (
    a_mission_case,
    a_return,
    a_traveller,
    amended,
    arrivals,
    came,
)

BORDER, FOREIGN = "demo-border", "demo-foreign"


@pytest.mark.parametrize(
    ("days", "notice", "kept"),
    [(30, "on_time", [True, True]), (2, "late", [False, False]), (-1, "late", [False, False])],
)
async def test_a_notice_is_judged_by_the_days_before_the_entry(
    clients: Clients, days: int, notice: str, kept: list[bool]
) -> None:
    made = await a_return(clients, a_traveller(), arrives_at=in_days(days))
    assert made["notice"] == notice
    terms = made["notice_terms"]
    assert [(term["rule"], term["kept"]) for term in terms] == list(zip(("D11", "D12"), kept, strict=True))
    assert [term["certainty"] for term in terms] == ["uncertain", "uncertain"]
    assert "Art 4.1" in terms[0]["source"]
    for who, box in ((BORDER, "inbox"), (FOREIGN, "outbox")):
        (item,) = (await clients.ok(who, "GET", f"/v1/returns?box={box}"))["items"]
        assert item["notice"] == notice


async def test_the_last_day_of_a_notice_is_five_days_before_counted_to_a_working_day(clients: Clients) -> None:
    made = await a_return(clients, arrives_at=in_days(30))
    entry = datetime.fromisoformat(made["arrives_at"]).astimezone(VIET_NAM).date()
    for term, days in zip(made["notice_terms"], (5, 3), strict=True):
        last = WORKING_DAYS.nearest(entry - timedelta(days=days), -timedelta(days=1))
        assert datetime.fromisoformat(term["latest_at"]) == end_of(last)


async def test_an_arrival_put_forward_is_noticed_anew_and_one_put_off_is_not(clients: Clients) -> None:
    made = await a_return(clients, arrives_at=in_days(40))
    assert (await amended(clients, made, arrives_at=in_days(60)))["notice"] == "on_time"
    assert (await amended(clients, made, arrives_at=in_days(2)))["notice"] == "late"
    assert (await amended(clients, made, arrives_at=in_days(60)))["notice"] == "on_time"


async def test_the_gate_owes_a_record_on_the_day_announced(clients: Clients) -> None:
    made = await a_return(clients, a_traveller(), arrives_at=in_days(30))
    (item,) = await items(clients, BORDER)
    assert (item["rule"], item["kind"], item["subject_id"], item["overdue"]) == ("T15", "return", made["id"], False)
    entry = datetime.fromisoformat(made["arrives_at"]).astimezone(VIET_NAM).date()
    assert due(item) == end_of(entry) == datetime.fromisoformat(made["due_at"])
    assert await items(clients, BORDER, kind="return") == [item]
    moved = await amended(clients, made, arrives_at=in_days(32))
    (item,) = await items(clients, BORDER)
    assert due(item) == datetime.fromisoformat(moved["due_at"]) == end_of(entry + timedelta(days=2))


async def test_a_return_without_arrivals_is_overdue_at_the_gate(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller(), arrives_at=in_days(-2))
    (item,) = await items(clients, BORDER, overdue="true")
    assert (item["rule"], item["overdue"]) == ("T15", True)
    assert (await clients.ok(BORDER, "GET", "/v1/returns"))["items"][0]["overdue"]
    assert await raw.all.fetchval("select access.sweep_duties(10)") == 1
    await came(clients, made, "arrived")
    assert await statuses(raw, "T15") == ["met"]
    assert "T15" not in await owed(clients, BORDER)


async def test_the_clock_goes_on_for_the_wave_that_is_still_awaited(clients: Clients, raw: Raw) -> None:
    waves = [{"number": n, "arrives_at": in_days(30 + n)} for n in (1, 5)]
    made = await a_return(clients, a_traveller(wave=1), a_traveller(wave=5), waves=waves)
    first, second = (line["id"] for line in made["persons"])
    await arrivals(clients, made, {"person_id": first, "result": "absent"})
    (item,) = await items(clients, BORDER)
    last = datetime.fromisoformat(made["waves"][1]["arrives_at"]).astimezone(VIET_NAM).date()
    assert due(item) == end_of(last)
    await amended(clients, made, withdraw=[second])
    assert await items(clients, BORDER) == []
    assert await statuses(raw, "T15") == ["met", "cancelled"]


async def test_a_cancelled_return_waits_for_nobody(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller())
    await an_action(clients, FOREIGN, f"/v1/returns/{made['id']}", "cancellations", {"reason": "not_happening"})
    assert await statuses(raw, "T15") == ["cancelled"]
    assert await items(clients, BORDER) == []


async def test_a_handover_of_a_return_waits_for_the_arrival_and_not_for_a_day(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, {"case_id": await a_mission_case(clients)})
    assert await statuses(raw, "T07") == []
    assert list(await owed(clients, BORDER)) == ["T15"]
    await came(clients, made, "arrived")
    assert list(await owed(clients, BORDER)) == ["D13"]


@pytest.mark.parametrize("means", ["air", "land"])
async def test_who_arrived_is_owed_a_return_certificate_within_a_day(clients: Clients, raw: Raw, means: str) -> None:
    """For a case handed over at the gate as for one opened there, by the gate's own clock."""
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller(), means=means)
    done = await came(clients, made, "arrived", "arrived")
    waiting = [item for item in await items(clients, BORDER) if item["rule"] == "D13"]
    assert {item["subject_id"] for item in waiting} == {line["case_id"] for line in done["persons"]}
    assert all(due(item) - datetime.now(UTC) < timedelta(hours=24) for item in waiting)


async def test_who_leaves_is_owed_none(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, {"case_id": await a_mission_case(clients)}, direction="outbound")
    await came(clients, made, "arrived")
    assert await statuses(raw, "D13") == []


async def test_nobody_but_its_parties_writes_duties_of_a_return(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller())
    for who in ("demo-police", "demo-stranger"):
        assert await items(clients, who) == []
    row = await raw.all.fetchrow("select * from duties where rule_id = 'T15'")
    assert (row["carrier_id"], row["case_id"]) == (UUID(made["id"]), None)
