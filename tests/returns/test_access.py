"""Who sees a return and the persons on it: over HTTP."""

import pytest

from tests.conftest import Raw
from tests.factories import an_action
from tests.personas import Clients
from tests.returns.sent import a_mission_case, a_return, a_traveller, came, persons
from tests.sql import acting, counted, org

BORDER, FOREIGN = "demo-border", "demo-foreign"
OTHERS = ["demo-police", "demo-other-police", "demo-labour", "demo-commune", "demo-ngo", "demo-stranger"]
TABLES = ["returns", "return_persons", "announced_persons"]


@pytest.mark.parametrize("who", OTHERS)
async def test_another_body_and_another_gate_find_nothing(clients: Clients, raw: Raw, who: str) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller())
    assert (await clients.get(who, f"/v1/returns/{made['id']}")).status_code == 404
    assert (await clients.get(who, f"/v1/returns/{made['id']}/persons")).status_code == 404
    assert (await clients.ok(who, "GET", "/v1/returns?box=inbox"))["items"] == []
    assert (await clients.ok(who, "GET", "/v1/returns?box=outbox"))["items"] == []
    assert (await clients.get(who, f"/v1/cases/{known}")).status_code == 404
    async with acting(raw, who) as sql:
        assert set((await counted(sql, TABLES)).values()) == {0}
        key = await raw.all.fetchval("select key_id from return_persons where key_id is not null")
        assert await sql.fetchval("select count(*) from data_keys where id = $1", key) == 0


@pytest.mark.parametrize("who", ["demo-police", "demo-labour"])
async def test_another_gate_records_no_arrival(clients: Clients, who: str) -> None:
    made = await a_return(clients, a_traveller())
    body = {"arrived_at": "2026-11-20T22:41:00+07:00", "persons": [{"result": "unlisted", "person": {}}]}
    path = f"/v1/returns/{made['id']}/arrivals"
    assert (await clients.call(who, "POST", path, body, etag=made["etag"])).status_code == 404


async def test_the_gate_of_a_cancelled_return_loses_sight_of_its_persons(clients: Clients, raw: Raw) -> None:
    coming, going = await a_mission_case(clients), await a_mission_case(clients)
    made = await a_return(clients, {"case_id": coming}, a_traveller())
    out = await a_return(clients, {"case_id": going}, direction="outbound")
    for case in (coming, going):
        assert (await clients.get(BORDER, f"/v1/cases/{case}")).status_code == 200
    for each in (made, out):
        why = {"reason": "other", "text": "Chuyến xe bị hủy."}
        await an_action(clients, FOREIGN, f"/v1/returns/{each['id']}", "cancellations", why)
    for case in (coming, going):
        assert (await clients.get(BORDER, f"/v1/cases/{case}")).status_code == 404
    kept = await clients.ok(BORDER, "GET", f"/v1/returns/{made['id']}")
    assert (kept["status"], kept["reason"], kept["answer"]) == ("cancelled", "other", "Chuyến xe bị hủy.")
    assert [person["identity"] for person in await persons(clients, BORDER, made)] == [None, None]
    seen = await persons(clients, FOREIGN, made)
    assert all(person["identity"] for person in seen)
    async with acting(raw, BORDER) as sql:
        assert await sql.fetchval("select count(*) from announced_persons") == 0


@pytest.mark.parametrize("result", ["absent", "hospitalised", "detained", "withdrew"])
async def test_the_gate_loses_sight_of_who_did_not_come(clients: Clients, result: str) -> None:
    coming = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": coming}, a_traveller(), a_traveller("Người chờ"))
    await came(clients, made, result, result)
    seen = await persons(clients, BORDER, made)
    assert [bool(person["identity"]) for person in seen] == [False, False, True]


async def test_custody_that_goes_elsewhere_ends_the_gates_sight(clients: Clients) -> None:
    going = await a_mission_case(clients)
    out = await a_return(clients, {"case_id": going}, direction="outbound")
    proposal = {"receiver_id": str(org("demo-labour"))}
    handover = await clients.ok(FOREIGN, "POST", f"/v1/cases/{going}/handovers", proposal)
    assert (await clients.get(BORDER, f"/v1/cases/{going}")).status_code == 200
    await an_action(clients, "demo-labour", f"/v1/handovers/{handover['id']}", "confirmations", {})
    assert (await clients.get(BORDER, f"/v1/cases/{going}")).status_code == 404
    assert (await persons(clients, BORDER, out))[0]["identity"] is None


async def test_reading_the_persons_is_entered_among_the_accesses_of_each_case(clients: Clients, raw: Raw) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known}, a_traveller())
    refusal = await clients.get(BORDER, f"/v1/returns/{made['id']}/persons", Purpose_Of_Use=None)
    assert refusal.json()["code"] == "purpose_required"
    await clients.ok(BORDER, "GET", f"/v1/returns/{made['id']}/persons", Purpose_Of_Use="return_travel")
    (entry,) = (await clients.ok(FOREIGN, "GET", f"/v1/cases/{known}/accesses"))["items"]
    assert (entry["event"], entry["agency"], entry["purpose"]) == ("return.read", "border_guard", "return_travel")
    assert set(entry["sections"]) <= {"identity", "papers", "handling"}
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'return.read'") == 2


async def test_the_timeline_of_a_case_tells_its_return(clients: Clients) -> None:
    known = await a_mission_case(clients)
    made = await a_return(clients, {"case_id": known})
    await came(clients, made, "arrived")
    told = [entry["event"] for entry in (await clients.ok(BORDER, "GET", f"/v1/cases/{known}/timeline"))["items"]]
    assert [event for event in told if event.startswith(("return", "handover"))] == [
        "handover.proposed",
        "return.announced",
        "handover.confirmed",
        "return.arrived",
    ]
