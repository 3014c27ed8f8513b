"""One person at a time: indicators make a case, every other result leaves a number and nobody's name."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.personas import Clients
from tests.receptions import (
    FOUND,
    NOT_FOUND,
    POST,
    a_list,
    a_reception,
    a_table,
    people,
    progress,
    screened,
    upload,
)
from tests.test_journal import disguises, everything

CANARY = "zqcanary7731"
PERSON = {"full_name": f"Đặng {CANARY}", "birth_date": "1999", "contact": {"address": f"xã {CANARY}, tỉnh Nghệ An"}}
OTHERS = ("no_indicators", "unable", "declined")


def path(reception: dict[str, Any], line: str) -> str:
    return f"/v1/receptions/{reception['id']}/lines/{line}"


async def found_in_store(raw: Raw) -> list[str]:
    stored = await everything(raw.all)
    return [mark for mark in disguises(CANARY) if mark in stored]


@pytest.mark.parametrize("result", OTHERS)
async def test_who_shows_no_indicators_is_nobody_afterwards(clients: Clients, raw: Raw, result: str) -> None:
    reception = await a_reception(clients)
    (line,) = await a_list(clients, reception, (1, *list(PERSON.values())[:2], "Nữ", "VN", f"xã {CANARY}, Nghệ An"))
    key = await raw.all.fetchval("select key_id from reception_lines")
    assert await raw.all.fetchval("select count(*) from data_keys where id = $1", key) == 1
    shown = (await clients.ok(POST, "GET", path(reception, line)))["person"]
    assert CANARY in shown["full_name"]
    await screened(clients, reception, line, {"present": True, "screening_result": result})
    assert await raw.all.fetchval("select count(*) from data_keys where id = $1", key) == 0
    row = await raw.all.fetchrow("select * from reception_lines")
    assert (row["sealed"], row["key_id"], row["case_id"], row["home_province_code"]) == (None, None, None, "40")
    assert await raw.all.fetchval("select count(*) from intakes") == 0
    assert await found_in_store(raw) == []
    assert (await clients.ok(POST, "GET", path(reception, line)))["person"] is None


async def test_the_words_are_found_as_long_as_somebody_is_to_be_ticked_off_only_by_their_key(
    clients: Clients, raw: Raw
) -> None:
    reception = await a_reception(clients)
    await screened(clients, reception, str(uuid4()), {"present": True, "person": PERSON})
    assert await found_in_store(raw) == []
    assert await raw.all.fetchval("select count(*) from reception_lines where sealed is not null") == 1


async def test_indicators_open_the_case_that_the_list_described(clients: Clients, raw: Raw) -> None:
    reception = await a_reception(clients)
    (line,) = await a_list(clients, reception, *people(1))
    key = await raw.all.fetchval("select key_id from reception_lines")
    said = {"exploitation_types": ["forced_marriage"], "means_of_control": ["force"], "statement": "Bị ép lấy chồng."}
    state = await screened(clients, reception, line, {**FOUND, "trafficking": said, "urgent_needs": ["medical"]})
    case = await clients.ok(POST, "GET", f"/v1/cases/{state['case']['id']}")
    assert case["sections"]["identity"]["full_name"] == "Lò Thị Mẫu 0001"
    assert case["sections"]["exploitation"]["means_of_control"] == ["force", "false_promises", "withholds_documents"]
    assert case["sections"]["statement"][0]["text"] == "Bị ép lấy chồng."
    intake = await clients.ok(POST, "GET", f"/v1/intakes/{line}")
    assert (intake["channel"], intake["received_at"]) == ("foreign_handover_unannounced", "2026-11-20T13:10:00Z")
    assert (intake["content"]["place"]["text"], intake["case"]) == ("Cầu Hồ Kiều", state["case"])
    assert await raw.all.fetchval("select count(*) from data_keys where id = $1", key) == 0
    assert await raw.all.fetchval("select sealed from reception_lines") is None


async def test_somebody_on_no_list_is_screened_by_an_id_of_the_client(clients: Clients) -> None:
    reception = await a_reception(clients)
    line = str(uuid4())
    state = await screened(clients, reception, line, {**FOUND, "person": PERSON, "home_province_code": "40"})
    read = await clients.ok(POST, "GET", f"/v1/cases/{state['case']['id']}")
    assert read["sections"]["identity"]["full_name"] == PERSON["full_name"]
    assert (await clients.ok(POST, "GET", f"/v1/intakes/{line}"))["case"] == state["case"]


async def test_nobody_needs_a_name_to_be_counted_or_to_be_a_case(clients: Clients) -> None:
    reception = await a_reception(clients, place={"unknown": True}, channel="other", channel_text="Qua sông")
    assert (await screened(clients, reception, str(uuid4()), FOUND))["case"]
    assert (await screened(clients, reception, str(uuid4()), NOT_FOUND))["case"] is None
    assert (await progress(clients, reception))["counts"]["present"] == 2


@pytest.mark.parametrize("body", [FOUND, NOT_FOUND, {"present": False}, {"present": True, "person": PERSON}])
async def test_the_same_again_changes_nothing(clients: Clients, raw: Raw, body: dict[str, Any]) -> None:
    reception = await a_reception(clients)
    line = str(uuid4())
    first = await clients.call(POST, "PUT", path(reception, line), body)
    again = await clients.call(POST, "PUT", path(reception, line), body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'reception.screened'") == 1
    etag = (await progress(clients, reception))["etag"]
    await clients.ok(POST, "POST", f"/v1/receptions/{reception['id']}/closures", {}, etag=etag)
    later = await clients.call(POST, "PUT", path(reception, line), body)
    assert later.status_code == (200 if "screening_result" in body else 409)


async def test_a_tick_may_be_mended_until_somebody_was_screened(clients: Clients) -> None:
    reception = await a_reception(clients)
    (line,) = await a_list(clients, reception, *people(1))
    for present in (True, False, True):
        assert (await screened(clients, reception, line, {"present": present}))["present"] is present
    assert (await clients.ok(POST, "GET", path(reception, line)))["person"]["full_name"] == "Lò Thị Mẫu 0001"
    await screened(clients, reception, line, NOT_FOUND)
    late = await clients.call(POST, "PUT", path(reception, line), {"present": False})
    assert (late.status_code, late.json()["code"]) == (409, "already_screened")


MOVES = [
    ("unable", "no_indicators", True),
    ("unable", "declined", True),
    ("no_indicators", "unable", False),
    ("no_indicators", "declined", False),
    ("declined", "no_indicators", False),
    *((result, "indicators_found", True) for result in OTHERS),
]


@pytest.mark.parametrize(("first", "second", "moves"), MOVES)
async def test_a_later_look_counts_only_if_it_sees_more(clients: Clients, first: str, second: str, moves: bool) -> None:
    reception = await a_reception(clients)
    line = str(uuid4())
    await screened(clients, reception, line, {"present": True, "screening_result": first})
    body = FOUND if second == "indicators_found" else {"present": True, "screening_result": second}
    answer = await clients.call(POST, "PUT", path(reception, line), body)
    assert answer.status_code == (201 if moves else 409)
    shown = (await clients.ok(POST, "GET", path(reception, line)))["screening_result"]
    assert shown == (second if moves else first)


async def test_found_indicators_are_not_taken_back(clients: Clients) -> None:
    reception = await a_reception(clients)
    line = str(uuid4())
    state = await screened(clients, reception, line, FOUND)
    for body in (NOT_FOUND, {**FOUND, "indicators": ["threats"]}, {"present": False}):
        answer = await clients.call(POST, "PUT", path(reception, line), body)
        assert (answer.status_code, answer.json()["code"]) == (409, "intake_conflict")
    assert (await clients.ok(POST, "GET", path(reception, line)))["case"] == state["case"]


async def test_an_id_is_one_person_in_one_reception(clients: Clients) -> None:
    one, other = await a_reception(clients), await a_reception(clients)
    line = str(uuid4())
    await screened(clients, one, line, NOT_FOUND)
    answer = await clients.call(POST, "PUT", path(other, line), NOT_FOUND)
    assert (answer.status_code, answer.json()["code"]) == (409, "intake_conflict")
    assert (await clients.get(POST, path(other, line))).status_code == 404


@pytest.mark.parametrize("attempt", range(4))
async def test_twins_at_two_desks_are_one_person(clients: Clients, raw: Raw, attempt: int) -> None:
    reception = await a_reception(clients)
    line = str(uuid4())
    calls = [clients.call(POST, "PUT", path(reception, line), FOUND) for _ in range(8)]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert await raw.all.fetchval("select count(*) from cases") == 1
    assert (await progress(clients, reception))["counts"]["listed"] == 1


@pytest.mark.parametrize("attempt", range(4))
async def test_of_two_results_at_once_one_counts_and_names_are_gone(clients: Clients, raw: Raw, attempt: int) -> None:
    reception = await a_reception(clients)
    (line,) = await a_list(clients, reception, *people(1))
    bodies = [NOT_FOUND, {"present": True, "screening_result": "declined"}]
    answers = await asyncio.gather(*(clients.call(POST, "PUT", path(reception, line), body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await raw.all.fetchval("select count(*) from data_keys") == 1  # the event's own


async def test_nobody_is_screened_under_a_closure(clients: Clients, raw: Raw) -> None:
    """Whoever is at a desk when the reception is being closed waits for it, and is told; no name is left behind."""
    reception = await a_reception(clients)
    closing = raw.all.transaction()
    await closing.start()
    await raw.all.execute("update receptions set status = 'closed'")
    looked = {"present": True, "person": PERSON}
    put = asyncio.create_task(clients.call(POST, "PUT", path(reception, str(uuid4())), looked))
    while not put.done() and not await raw.all.fetchval("select count(*) from pg_locks where not granted"):
        await asyncio.sleep(0)
    await closing.commit()
    answer = await put
    assert (answer.status_code, answer.json()["code"]) == (409, "reception_closed")
    assert await raw.all.fetchval("select count(*) from reception_lines") == 0


async def test_closing_ends_screening_and_forgets_who_never_came(clients: Clients, raw: Raw) -> None:
    reception = await a_reception(clients)
    here, _, _ = await a_list(clients, reception, *people(3))
    await screened(clients, reception, here, NOT_FOUND)
    await screened(clients, reception, str(uuid4()), {"present": True, "person": PERSON})
    etag = (await progress(clients, reception))["etag"]
    closing = f"/v1/receptions/{reception['id']}/closures"
    shown = await clients.ok(POST, "POST", closing, {}, etag=etag)
    assert (shown["status"], shown["available_actions"], shown["counts"]["waiting"]) == ("closed", [], 3)
    left = await raw.all.fetch(
        "select sealed, key_id, mark, digest from reception_lines where screening_result is null"
    )
    assert {value for row in left for value in row.values()} == {None}
    assert await raw.all.fetchval("select count(*) from data_keys") == 1
    again = await clients.call(POST, "POST", closing, {}, etag=shown["etag"])
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    late = await clients.call(POST, "PUT", path(reception, str(uuid4())), NOT_FOUND)
    assert (late.status_code, late.json()["code"]) == (409, "reception_closed")
    imported = await upload(clients, f"/v1/receptions/{reception['id']}/manifests", a_table(*people(4)))
    assert (imported.status_code, imported.json()["code"]) == (409, "reception_closed")


REFUSED = [
    ({"present": True, "screening_result": "indicators_found"}, "/indicators", "required"),
    ({"present": False, "screening_result": "no_indicators"}, "/present", "invalid_value"),
    ({**NOT_FOUND, "person": PERSON}, "/person", "only_with_indicators"),
    ({**NOT_FOUND, "indicators": ["threats"]}, "/indicators", "only_with_indicators"),
    ({"present": True, "text": "x"}, "/text", "only_with_indicators"),
    ({**NOT_FOUND, "screening_result": "maybe"}, "/screening_result", "unknown_code"),
    ({**FOUND, "indicators": ["nonsense"]}, "/indicators/0", "unknown_code"),
    ({}, "/present", "required"),
]


@pytest.mark.parametrize(("body", "pointer", "code"), REFUSED, ids=lambda value: str(value)[:40])
async def test_a_look_that_does_not_fit_is_refused_where_it_does_not(
    clients: Clients, raw: Raw, body: dict[str, Any], pointer: str, code: str
) -> None:
    reception = await a_reception(clients)
    answer = await clients.call(POST, "PUT", path(reception, str(uuid4())), body)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    assert await raw.all.fetchval("select count(*) from reception_lines") == 0


async def test_ids_that_can_be_guessed_are_refused(clients: Clients) -> None:
    reception = await a_reception(clients)
    for guessed in ("00000000-0000-1000-8000-000000000001", "not-an-id"):
        assert (await clients.call(POST, "PUT", path(reception, guessed), NOT_FOUND)).status_code in (404, 422)


async def test_a_reading_of_the_list_is_recorded_and_walks_in_its_order(clients: Clients, raw: Raw) -> None:
    reception = await a_reception(clients)
    lines = await a_list(clients, reception, *people(5))
    first = await clients.ok(POST, "GET", f"/v1/receptions/{reception['id']}/lines?limit=3")
    rest = await clients.ok(POST, "GET", f"/v1/receptions/{reception['id']}/lines?limit=3&cursor={first['next']}")
    assert [item["id"] for item in first["items"] + rest["items"]] == lines
    entries = await raw.all.fetch("select * from audit_entries where event = 'reception.read'")
    assert [(str(e["subject_id"]), e["purpose"], e["officer"]) for e in entries] == (
        [(reception["id"], "care_coordination", f"officer.{POST}")] * 2
    )
    await clients.ok(POST, "GET", path(reception, lines[0]))
    assert await raw.all.fetchval("select count(*) from audit_entries where subject_id = $1", UUID(lines[0])) == 1


async def test_a_dry_run_stores_nothing(clients: Clients, raw: Raw) -> None:
    reception = await a_reception(clients)
    answer = await clients.call(POST, "PUT", path(reception, str(uuid4())) + "?validate_only=true", FOUND)
    assert (answer.status_code, answer.json()) == (200, {"valid": True})
    assert await raw.all.fetchval("select count(*) from reception_lines") == 0
    assert await raw.all.fetchval("select count(*) from cases") == 0
