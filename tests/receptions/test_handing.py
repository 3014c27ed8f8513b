"""To many provinces in one call: each group a hand-over, all or none, nobody twice, and others as a number only."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.factories import an_action
from tests.personas import PERSONAS, Clients
from tests.receptions import FOUND, NOT_FOUND, POST, a_list, a_reception, people, progress, screened

LABOUR, COMMUNE, POLICE = (str(PERSONAS[name].id) for name in ("demo-labour", "demo-commune", "demo-other-police"))
NGHE_AN = {"receiver_id": LABOUR, "province_code": "40"}
LANG_SON = {"receiver_id": POLICE, "province_code": "20"}


@pytest.fixture
async def reception(clients: Clients) -> dict[str, Any]:
    """Eight people of Nghệ An and Lạng Sơn in turn: two of each with indicators, one of each not yet screened."""
    made = await a_reception(clients)
    lines = await a_list(clients, made, *people(8, ["Nghệ An", "Lạng Sơn"]))
    states = [await screened(clients, made, line, FOUND if n < 4 else NOT_FOUND) for n, line in enumerate(lines[:6])]
    return {**made, "lines": lines, "cases": [state["case"]["id"] for state in states[:4]]}


def path(reception: dict[str, Any]) -> str:
    return f"/v1/receptions/{reception['id']}/handovers"


async def hand(clients: Clients, reception: dict[str, Any], *groups: dict[str, Any]) -> list[dict[str, Any]]:
    shown = await clients.ok(POST, "POST", path(reception), {"groups": list(groups)})
    handed: list[dict[str, Any]] = shown["handovers"]
    return handed


async def refusal(clients: Clients, reception: dict[str, Any], *groups: dict[str, Any]) -> tuple[int, str, list[str]]:
    answer = await clients.call(POST, "POST", path(reception), {"groups": list(groups)})
    return answer.status_code, answer.json()["code"], [error["pointer"] for error in answer.json().get("errors", [])]


async def test_each_province_gets_its_cases_together_and_the_others_as_a_number(
    clients: Clients, reception: dict[str, Any]
) -> None:
    first, second = await hand(clients, reception, NGHE_AN, LANG_SON)
    assert (first["home_province_code"], first["cases"], first["others"], first["status"]) == ("20", 2, 1, "proposed")
    assert (second["home_province_code"], second["cases"], second["others"]) == ("40", 2, 1)
    handover = await clients.ok("demo-labour", "GET", f"/v1/handovers/{second['handover_id']}")
    assert sorted(handover["cases"]) == sorted(reception["cases"][1::2])


async def test_progress_follows_each_hand_over(clients: Clients, reception: dict[str, Any]) -> None:
    to_labour, to_police = sorted(
        await hand(clients, reception, NGHE_AN, LANG_SON), key=lambda h: h["receiver_id"] != LABOUR
    )
    await an_action(clients, "demo-labour", f"/v1/handovers/{to_labour['handover_id']}", "confirmations", {})
    refused = {"reason": "not_competent", "text": "Không cư trú tại đây."}
    await an_action(clients, "demo-other-police", f"/v1/handovers/{to_police['handover_id']}", "refusals", refused)
    shown = await progress(clients, reception)
    assert {each["receiver_id"]: each["status"] for each in shown["handovers"]} == {
        LABOUR: "received",
        POLICE: "refused",
    }
    assert shown["counts"]["to_hand_over"] == 3  # the refused ones, and those told with them


async def test_after_a_refusal_people_are_handed_to_another_and_nobody_else_is(
    clients: Clients, reception: dict[str, Any]
) -> None:
    (first,) = await hand(clients, reception, NGHE_AN)
    refused = {"reason": "not_competent", "text": "Không cư trú tại đây."}
    await an_action(clients, "demo-labour", f"/v1/handovers/{first['handover_id']}", "refusals", refused)
    handed = await hand(clients, reception, {"receiver_id": COMMUNE, "province_code": "40"})
    assert [(each["receiver_id"], each["cases"], each["others"]) for each in handed] == [
        (LABOUR, 2, 1),
        (COMMUNE, 2, 1),
    ]
    assert await refusal(clients, reception, NGHE_AN) == (422, "nobody_to_hand_over", ["/groups/0"])


async def test_who_was_screened_later_goes_in_a_later_group(clients: Clients, reception: dict[str, Any]) -> None:
    await hand(clients, reception, NGHE_AN)
    etag = (await progress(clients, reception))["etag"]
    late = next(line for line in reception["lines"][6:])
    await screened(clients, reception, late, NOT_FOUND)
    await clients.ok(POST, "POST", f"/v1/receptions/{reception['id']}/closures", {}, etag=etag)
    handed = await hand(clients, reception, {"receiver_id": LABOUR, "line_ids": [late]})
    assert [(each["cases"], each["others"], each["status"]) for each in handed] == [(2, 1, "proposed"), (0, 1, "told")]


async def test_named_people_go_together_whatever_their_home(clients: Clients, reception: dict[str, Any]) -> None:
    (handed,) = await hand(clients, reception, {"receiver_id": LABOUR, "line_ids": reception["lines"][:2]})
    assert (handed["cases"], handed["others"], handed["home_province_code"]) == (2, 0, None)
    (_, rest) = await hand(clients, reception, {**NGHE_AN, "receiver_id": COMMUNE})
    assert (rest["cases"], rest["others"]) == (1, 1)


async def test_all_groups_or_none(clients: Clients, raw: Raw, reception: dict[str, Any]) -> None:
    lines = reception["lines"]
    nobody = {"receiver_id": POLICE, "province_code": "96"}
    refused: dict[tuple[int, str, str], dict[str, Any]] = {
        (422, "nobody_to_hand_over", "/groups/1"): nobody,
        (422, "unknown_reference", "/groups/1/receiver_id"): {**LANG_SON, "receiver_id": str(uuid4())},
        (422, "validation_failed", "/groups/1/receiver_id"): {**LANG_SON, "receiver_id": str(PERSONAS[POST].id)},
        (422, "unknown_reference", "/groups/1/line_ids/1"): {
            "receiver_id": POLICE,
            "line_ids": [lines[0], str(uuid4())],
        },
        (422, "unknown_reference", "/groups/1/line_ids/0"): {"receiver_id": POLICE, "line_ids": [lines[7]]},
        (409, "already_handed_over", "/groups/1/line_ids/0"): {"receiver_id": POLICE, "line_ids": [lines[1]]},
        (422, "validation_failed", "/groups/1"): {"receiver_id": POLICE},
        (422, "validation_failed", "/groups/1/line_ids"): {"receiver_id": POLICE, "line_ids": [lines[0], lines[0]]},
        (422, "validation_failed", "/groups/1/province_code"): {"receiver_id": POLICE, "province_code": "99"},
    }
    for (status, code, pointer), group in refused.items():
        assert await refusal(clients, reception, NGHE_AN, group) == (status, code, [pointer]), group
    for table in ("handovers", "reception_handovers"):
        assert await raw.all.fetchval(f"select count(*) from {table}") == 0  # noqa: S608
    assert (await progress(clients, reception))["counts"]["to_hand_over"] == 6


async def test_a_case_that_went_another_way_is_left_out(clients: Clients, reception: dict[str, Any]) -> None:
    """One proposed by itself, one closed."""
    home = reception["cases"][1::2]
    await clients.ok(POST, "POST", f"/v1/cases/{home[0]}/handovers", {"receiver_id": COMMUNE})
    await an_action(
        clients, POST, f"/v1/cases/{home[1]}", "closures", {"reason": "completed", "outcome": "support_completed"}
    )
    (handed,) = await hand(clients, reception, NGHE_AN)
    assert (handed["cases"], handed["others"], handed["handover_id"], handed["status"]) == (0, 1, None, "told")


@pytest.mark.parametrize("attempt", range(4))
async def test_of_two_hand_overs_at_once_one_counts(
    clients: Clients, raw: Raw, reception: dict[str, Any], attempt: int
) -> None:
    bodies = [{"groups": [{"receiver_id": to, "province_code": "40"}]} for to in (LABOUR, COMMUNE)]
    answers = await asyncio.gather(*(clients.call(POST, "POST", path(reception), body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert await raw.all.fetchval("select count(*) from handovers") == 1
    assert await raw.all.fetchval("select sum(cases + others) from reception_handovers") == 3


async def test_the_same_call_again_hands_nobody_over_twice(clients: Clients, reception: dict[str, Any]) -> None:
    key, body = str(uuid4()), {"groups": [NGHE_AN]}
    first = await clients.call(POST, "POST", path(reception), body, Idempotency_Key=key)
    again = await clients.call(POST, "POST", path(reception), body, Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()


async def test_a_receiver_is_told_by_an_event_and_sees_no_more_than_its_row(
    clients: Clients, raw: Raw, reception: dict[str, Any]
) -> None:
    await hand(clients, reception, NGHE_AN, LANG_SON)
    (told,) = (await clients.ok("demo-labour", "GET", "/v1/reception-handovers"))["items"]
    assert (await clients.get("demo-other-police", f"/v1/reception-handovers/{told['id']}")).status_code == 404
    assert (await clients.get("demo-stranger", f"/v1/reception-handovers/{told['id']}")).status_code == 404
    outbox = await clients.ok(POST, "GET", "/v1/reception-handovers?box=outbox")
    assert len(outbox["items"]) == 2
    entry = await raw.all.fetchrow(
        "select * from audit_entries where subject_id = $1 and event <> 'request.refused'", UUID(told["id"])
    )
    assert (entry["event"], entry["parties"]) == ("reception.handed_over", [UUID(LABOUR)])
    published = await raw.all.fetchval("select type from outbox_events where subject_id = $1", UUID(told["id"]))
    assert published == "reception.handed_over"


async def test_more_than_fifty_cases_go_in_one_hand_over(clients: Clients) -> None:
    made = await a_reception(clients)
    lines = await a_list(clients, made, *people(60))
    for line in lines:
        await screened(clients, made, line, FOUND)
    (handed,) = await hand(clients, made, NGHE_AN)
    assert handed["cases"] == 60
    received = await an_action(clients, "demo-labour", f"/v1/handovers/{handed['handover_id']}", "confirmations", {})
    assert len(received["cases"]) == 60
