"""A post receives 120 people without notice, nine of them with indicators, and hands them to 24 provinces."""

from collections import Counter
from typing import Any
from uuid import UUID

from app.embedded import Server
from tests.conftest import Raw
from tests.factories import an_action
from tests.personas import Clients
from tests.receptions import FOUND, NOT_FOUND, POST, a_list, a_reception, people, progress, screened
from tests.receptions.homes import HOMES, home, home_id, registered
from tests.test_journal import everything

ABSENT, DECLINED, UNABLE = 3, 2, 1
VICTIMS = range(0, 117, 13)
"""Nine lines of those who came, in nine provinces."""


def look(number: int) -> dict[str, Any]:
    if number >= 120 - ABSENT:
        return {"present": False}
    if number in VICTIMS:
        return {**FOUND, "handling": ["ask_before_family"], "urgent_needs": ["medical"]}
    if number in (1, 2):
        return {"present": True, "screening_result": "declined"}
    return {"present": True, "screening_result": "unable"} if number == 3 else NOT_FOUND


async def test_a_hundred_and_twenty_without_notice(clients: Clients, raw: Raw, server: Server) -> None:
    async with registered(raw, clients, server):
        reception = await a_reception(clients)
        listed = people(120, list(HOMES.values()))
        lines = await a_list(clients, reception, *listed)
        found = [await screened(clients, reception, line, look(n)) for n, line in enumerate(lines)]
        await _counts_are_right(await progress(clients, reception), found)
        await _only_victims_are_somebody(raw, [row[1] for row in listed], lines)
        await _each_province_gets_its_own(clients, reception, found)


async def _counts_are_right(shown: dict[str, Any], found: list[dict[str, Any]]) -> None:
    counts = {"listed": 120, "present": 117, "absent": 3, "waiting": 0, "to_hand_over": 117}
    results = {"indicators_found": 9, "no_indicators": 105, "unable": 1, "declined": 2}
    assert shown["counts"] == counts | results
    assert {each["home_province_code"] for each in shown["by_home_province"]} == set(HOMES)
    assert sum(each["indicators_found"] for each in shown["by_home_province"]) == 9
    assert sum(line["case"] is not None for line in found) == 9


async def _only_victims_are_somebody(raw: Raw, names: list[str], lines: list[str]) -> None:
    """Nine data keys of persons and one of the event, besides those of the three who may still come."""
    keys = await raw.all.fetchval("select count(*) from data_keys")
    assert keys == 9 + ABSENT + 1
    sealed = await raw.all.fetch("select id from reception_lines where sealed is not null")
    assert {str(row["id"]) for row in sealed} == set(lines[-ABSENT:])
    stored = await everything(raw.all)
    assert not [name for name in names if name.casefold() in stored]
    assert await raw.all.fetchval("select count(*) from intakes") == 9
    assert await raw.all.fetchval("select count(*) from cases") == 9


async def _each_province_gets_its_own(clients: Clients, reception: dict[str, Any], found: list[dict[str, Any]]) -> None:
    groups = [{"receiver_id": str(home_id(code)), "province_code": code} for code in HOMES]
    path = f"/v1/receptions/{reception['id']}/handovers"
    shown = await clients.ok(POST, "POST", path, {"groups": groups, "occurred_at": "2026-11-21T09:00:00+07:00"})
    assert len(shown["handovers"]) == 24
    assert Counter(each["status"] for each in shown["handovers"]) == {"proposed": 9, "told": 15}
    assert (sum(each["cases"] for each in shown["handovers"]), sum(each["others"] for each in shown["handovers"])) == (
        9,
        108,
    )
    assert shown["counts"]["to_hand_over"] == 0
    for line in (line for line in found if line["case"]):
        await _received(clients, reception, line)
    after = await progress(clients, reception)
    assert Counter(each["status"] for each in after["handovers"]) == {"received": 9, "told": 15}


async def _received(clients: Clients, reception: dict[str, Any], line: dict[str, Any]) -> None:
    """The province sees how many come home, confirms, and reads its case; the post keeps the row of its intake."""
    who, case = home(line["home_province_code"]), line["case"]["id"]
    (told,) = (await clients.ok(who, "GET", "/v1/reception-handovers"))["items"]
    assert (told["reception_reference"], told["place_province_code"]) == (reception["reference"], "15")
    assert (told["cases"], told["others"] > 0) == (1, True)
    assert await clients.ok(who, "GET", f"/v1/reception-handovers/{told['id']}") == told
    assert (await clients.get(who, f"/v1/receptions/{reception['id']}")).status_code == 404
    await an_action(clients, who, f"/v1/handovers/{told['handover_id']}", "confirmations", {})
    read = await clients.ok(who, "GET", f"/v1/cases/{case}")
    assert read["sections"]["identity"]["full_name"].startswith("Lò Thị Mẫu ")
    assert read["sections"]["contact"]["province_code"] == line["home_province_code"]
    assert read["sections"]["exploitation"]["means_of_control"] == ["false_promises", "withholds_documents"]
    assert (await clients.get(POST, f"/v1/cases/{case}")).status_code == 404
    assert (await clients.ok(POST, "GET", f"/v1/intakes/{line['id']}"))["case"] == line["case"]
    assert UUID(line["id"]).version == 4
