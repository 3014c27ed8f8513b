"""What of a return is refused, with which pointer; and that a refusal leaves everything as it was."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.bad_requests import row_counts
from tests.conftest import Raw
from tests.factories import a_case, a_held_case, an_action, in_days
from tests.personas import PERSONAS, Clients
from tests.returns.sent import (
    Body,
    a_mission_case,
    a_return,
    a_traveller,
    amended,
    an_announcement,
    came,
    persons,
)

BORDER, FOREIGN = "demo-border", "demo-foreign"


async def announced(clients: Clients, *persons: Body, **changes: Any) -> httpx.Response:
    return await clients.call(FOREIGN, "POST", "/v1/returns", an_announcement(*persons, **changes))


async def changed(clients: Clients, made: Body, act: str, body: Body) -> httpx.Response:
    """An attempt with the present version: `PATCH` by the announcer, or one of the gate's or announcer's acts."""
    who = BORDER if act == "arrivals" else FOREIGN
    path = f"/v1/returns/{made['id']}"
    etag = (await clients.ok(who, "GET", path))["etag"]
    method, path = ("PATCH", path) if act == "PATCH" else ("POST", f"{path}/{act}")
    return await clients.call(who, method, path, body, etag=etag)


def fault(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    said = answer.json()
    return answer.status_code, said["code"], [(e["pointer"], e["code"]) for e in said.get("errors", [])]


async def everything(raw: Raw) -> dict[str, int]:
    counts = await row_counts(raw.all)
    return {name: n for name, n in counts.items() if name not in ("audit_entries", "outbox_events", "assertion_uses")}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"gate_id": str(uuid4())}, (422, "unknown_reference", [("/gate_id", "unknown_reference")])),
        ({"gate": "demo-commune"}, (422, "unknown_reference", [("/gate_id", "unknown_reference")])),
        ({"gate": "demo-other-police"}, (422, "does_not_fit", [("/gate_id", "invalid_value")])),
        ({"province_code": "20"}, (422, "does_not_fit", [("/gate_id", "invalid_value")])),
        ({"arrives_at": "2209-01-01T00:00:00Z"}, (422, "validation_failed", [("/arrives_at", "out_of_range")])),
        ({"arrives_at": "2026-12-01T00:00:00"}, (422, "validation_failed", [("/arrives_at", "offset_required")])),
        ({"means": "balloon"}, (422, "validation_failed", [("/means", "unknown_code")])),
        (
            {"waves": [{"number": 1, "arrives_at": in_days(2)}]},
            (422, "does_not_fit", [("/waves/0/arrives_at", "out_of_range")]),
        ),
        (
            {"waves": [{"number": 1, "arrives_at": in_days(40)}] * 2},
            (422, "validation_failed", [("/waves", "duplicate_member")]),
        ),
        ({"persons": [a_traveller(wave=4)]}, (422, "does_not_fit", [("/persons/0/wave", "invalid_value")])),
        (
            {"persons": [{"person": {}}, {"case_id": str(uuid4())}]},
            (422, "unknown_reference", [("/persons/1/case_id", "unknown_reference")]),
        ),
        ({"persons": [{"wave": None}]}, (422, "validation_failed", [("/persons/0", "exactly_one")])),
    ],
)
async def test_an_announcement_that_cannot_be_names_what_is_wrong(
    clients: Clients, raw: Raw, body: Body, wanted: tuple[int, str, list[tuple[str, str]]]
) -> None:
    before = await everything(raw)
    assert fault(await announced(clients, **body)) == wanted
    assert await everything(raw) == before


async def test_only_an_open_case_of_ones_own_custody_is_announced_and_once_only(clients: Clients, raw: Raw) -> None:
    foreign = (await a_held_case(clients, accompanying_minors=[])).case
    closed, leaving, listed, going = [await a_mission_case(clients) for _ in range(4)]
    await an_action(
        clients, FOREIGN, f"/v1/cases/{closed}", "closures", {"reason": "completed", "outcome": "reintegrated"}
    )
    proposal = {"receiver_id": str(PERSONAS["demo-police"].id)}
    await clients.ok(FOREIGN, "POST", f"/v1/cases/{leaving}/handovers", proposal)
    await a_return(clients, {"case_id": listed})
    await a_return(clients, {"case_id": going}, direction="outbound")
    before = await everything(raw)
    for case, status, code, rule in (
        (foreign, 422, "unknown_reference", "unknown_reference"),
        (closed, 409, "case_closed", "not_available"),
        (leaving, 409, "open_handover", "not_available"),
        (listed, 409, "already_announced", "not_available"),
        (going, 409, "already_announced", "not_available"),
    ):
        answer = await announced(clients, a_traveller(), {"case_id": case})
        assert fault(answer) == (status, code, [("/persons/1/case_id", rule)]), code
    twice = await announced(clients, {"case_id": listed}, {"case_id": listed})
    assert fault(twice) == (422, "validation_failed", [("/persons", "duplicate_member")])
    assert await everything(raw) == before


async def test_a_case_seen_but_not_held_is_not_the_announcers_to_send_home(clients: Clients) -> None:
    story = await a_case(clients, "demo-police", accompanying_minors=[])
    proposal = {"receiver_id": str(PERSONAS[FOREIGN].id)}
    await clients.ok("demo-police", "POST", f"/v1/cases/{story.case}/handovers", proposal)
    answer = await announced(clients, {"case_id": story.case})
    assert fault(answer) == (422, "custodian_only", [("/persons/0/case_id", "not_available")])


async def test_a_return_is_not_cancelled_once_somebody_has_come(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller(), a_traveller())
    await came(clients, made, "arrived")
    before = await everything(raw)
    answer = await changed(clients, made, "cancellations", {"reason": "not_happening"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "invalid_transition"
    assert answer.json()["params"] == {"status": "arrived", "available_actions": ["amend"]}
    assert await everything(raw) == before
    shown = await clients.ok(BORDER, "GET", f"/v1/returns/{made['id']}")
    assert (shown["status"], [line["result"] for line in shown["persons"]]) == ("arrived", ["arrived", None])
    assert (await persons(clients, BORDER, made))[1]["identity"] is not None


async def test_one_wrong_line_leaves_every_line_unrecorded(clients: Clients, raw: Raw) -> None:
    made = await a_return(clients, a_traveller(), a_traveller(), a_traveller())
    other = await a_return(clients, a_traveller())
    await came(clients, made, "absent")
    _, second, third = (line["id"] for line in made["persons"])
    good = {"person_id": second, "result": "arrived"}
    before = await everything(raw)
    for wrong, code, rule in (
        ({"person_id": other["persons"][0]["id"], "result": "arrived"}, "unknown_reference", "unknown_reference"),
        ({"person_id": str(uuid4()), "result": "arrived"}, "unknown_reference", "unknown_reference"),
        ({"person_id": made["persons"][0]["id"], "result": "arrived"}, "does_not_fit", "already_recorded"),
        ({"person_id": second, "result": "absent"}, "does_not_fit", "already_recorded"),
    ):
        body = {"arrived_at": in_days(0), "persons": [good, {"person_id": third, "result": "absent"}, wrong]}
        answer = await changed(clients, made, "arrivals", body)
        assert fault(answer) == (422, code, [("/persons/2/person_id", rule)])
    for shape in (
        {"person_id": second, "result": "unlisted"},
        {"person": {}, "result": "arrived"},
        {"result": "absent"},
    ):
        body = {"arrived_at": in_days(0), "persons": [shape]}
        assert (await changed(clients, made, "arrivals", body)).json()["code"] == "validation_failed"
    assert await everything(raw) == before
    shown = await clients.ok(BORDER, "GET", f"/v1/returns/{made['id']}")
    assert [line["result"] for line in shown["persons"]] == ["absent", None, None]


async def test_who_has_a_result_is_withdrawn_no_more(clients: Clients) -> None:
    made = await a_return(clients, a_traveller(), a_traveller())
    await came(clients, made, "arrived")
    first, second = (line["id"] for line in made["persons"])
    answer = await changed(clients, made, "PATCH", {"withdraw": [second, first]})
    assert fault(answer) == (422, "does_not_fit", [("/withdraw/1", "already_recorded")])
    answer = await changed(clients, made, "PATCH", {"withdraw": [str(uuid4())]})
    assert fault(answer) == (422, "unknown_reference", [("/withdraw/0", "unknown_reference")])


async def test_a_wave_is_not_taken_from_under_those_it_carries(clients: Clients) -> None:
    wave = {"number": 1, "arrives_at": in_days(31)}
    made = await a_return(clients, a_traveller(wave=1), waves=[wave])
    answer = await changed(clients, made, "PATCH", {"waves": []})
    assert fault(answer) == (422, "does_not_fit", [("/waves", "invalid_value")])
    answer = await changed(clients, made, "PATCH", {"arrives_at": in_days(60)})
    assert fault(answer) == (422, "does_not_fit", [("/waves/0/arrives_at", "out_of_range")])
    taken = await amended(clients, made, waves=[], withdraw=[made["persons"][0]["id"]])
    assert taken["waves"] == []


async def test_a_handover_that_went_its_own_way_is_told_at_the_arrival(clients: Clients) -> None:
    """Cancelled by the mission: not hers to arrive any more. Confirmed by the gate: arrived, whatever else is said."""
    taken_back, confirmed = await a_mission_case(clients), await a_mission_case(clients)
    made = await a_return(clients, {"case_id": taken_back}, {"case_id": confirmed})
    for case, who, act in ((taken_back, FOREIGN, "cancellations"), (confirmed, BORDER, "confirmations")):
        items = (await clients.ok(FOREIGN, "GET", "/v1/handovers?box=outbox"))["items"]
        (handover,) = [item for item in items if item["case_id"] == case]
        body = {"reason": "replaced"} if act == "cancellations" else {}
        await an_action(clients, who, f"/v1/handovers/{handover['id']}", act, body)
    first, second = (line["id"] for line in made["persons"])
    for line in ({"person_id": first, "result": "arrived"}, {"person_id": second, "result": "absent"}):
        answer = await changed(clients, made, "arrivals", {"arrived_at": in_days(0), "persons": [line]})
        assert fault(answer) == (422, "does_not_fit", [("/persons/0/result", "not_available")])
    done = await came(clients, made, "absent", "arrived")
    assert [line["result"] for line in done["persons"]] == ["absent", "arrived"]


async def test_a_repeated_key_announces_and_receives_once(clients: Clients, raw: Raw) -> None:
    body, key = an_announcement(a_traveller()), str(uuid4())
    made = await clients.ok(FOREIGN, "POST", "/v1/returns", body, Idempotency_Key=key)
    again = await clients.call(FOREIGN, "POST", "/v1/returns", body, Idempotency_Key=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json()["id"] == made["id"]
    line = {"person_id": made["persons"][0]["id"], "result": "arrived"}
    sent, key = {"arrived_at": in_days(0), "persons": [line]}, str(uuid4())
    path = f"/v1/returns/{made['id']}"
    etag = (await clients.ok(BORDER, "GET", path))["etag"]
    for _ in range(2):
        await clients.ok(BORDER, "POST", f"{path}/arrivals", sent, etag=etag, Idempotency_Key=key)
    assert await raw.all.fetchval("select count(*) from intakes") == 1
    assert await raw.all.fetchval("select count(*) from returns") == 1


@pytest.mark.parametrize("member", ["arrives_at", "means", "waves", "escorts"])
async def test_what_a_return_cannot_lack_is_not_taken_away(clients: Clients, member: str) -> None:
    made = await a_return(clients, a_traveller())
    path = f"/v1/returns/{made['id']}"
    answer = await clients.call(FOREIGN, "PATCH", path, {member: None}, etag=made["etag"])
    assert fault(answer) == (422, "validation_failed", [(f"/{member}", "wrong_type")])
    assert (await amended(clients, made, text=None, escorts=[], waves=[]))["text"] is None


async def test_a_dry_announcement_leaves_nothing(clients: Clients, raw: Raw) -> None:
    body = an_announcement(a_traveller(), {"case_id": await a_mission_case(clients)})
    before = await everything(raw)
    answer = await clients.call(FOREIGN, "POST", "/v1/returns?validate_only=true", body, Idempotency_Key=None)
    assert answer.json() == {"valid": True}
    assert await everything(raw) == before
