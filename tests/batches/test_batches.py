"""Many records in one request: one result a line, a bad line undoes nothing, and everything that one PUT leaves."""

import asyncio
from typing import Any
from uuid import uuid1, uuid4

import asyncpg
import pytest

from tests.batches import PATH, POST, a_line, codes, sent, squeezed, statuses, zipped
from tests.conftest import Raw
from tests.factories import a_case, an_intake
from tests.personas import Clients


async def test_every_line_becomes_a_record_with_its_case(clients: Clients) -> None:
    lines = [a_line(), a_line(accompanying_minors=an_intake()["accompanying_minors"])]
    answer = await sent(clients, lines)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert {name: said[name] for name in ("lines", "created", "replayed", "refused")} == {
        "lines": 2, "created": 2, "replayed": 0, "refused": 0,
    }  # fmt: skip
    for line, result in zip(lines, said["results"], strict=True):
        record = await clients.ok(POST, "GET", f"/v1/intakes/{line['id']}")
        assert {name: record[name] for name in ("id", "digest", "reference", "case", "accompanying")} == {
            name: result[name] for name in ("id", "digest", "reference", "case", "accompanying")
        }
        case = await clients.ok(POST, "GET", f"/v1/cases/{record['case']['id']}")
        assert case["sections"]["identity"]["full_name"] == line["person"]["full_name"]
    assert [len(result["accompanying"]) for result in said["results"]] == [0, 1]


async def test_a_batch_leaves_what_its_puts_would_have_left(clients: Clients, raw: Raw) -> None:
    """Rows of every table, entries, events and clocks: a hundred lines and one PUT each, counted."""
    danger = {"handling": ["immediate_danger"], "respond_by": "2030-01-01T00:00:00+07:00"}
    lines = [
        a_line(**danger, reporter={"full_name": "Vàng A Páo"}, accompanying_minors=an_intake()["accompanying_minors"])
        for _ in range(30)
    ]
    assert (await sent(clients, lines)).status_code == 200
    by_batch = await _left(raw)
    for line in lines:
        body = {name: value for name, value in line.items() if name != "id"}
        assert (await clients.call(POST, "PUT", f"/v1/intakes/{uuid4()}", body)).status_code == 201
    assert {name: 2 * rows for name, rows in by_batch.items()} == await _left(raw)


async def _left(raw: Raw) -> dict[str, int]:
    """Rows by table, those of journal and clocks by what they say."""
    tables = ["data_keys", "cases", "case_sections", "case_entries", "case_lookups", "case_links", "intakes"]
    tables += ["intake_contents", "intake_persons", "intake_reporters", "audit_unordered"]
    found = {table: await raw.all.fetchval(f"select count(*) from {table}") for table in tables}  # noqa: S608
    kept = "select event as what, count(*) from audit_entries group by 1 union all"
    kept += " select 'sent ' || type, count(*) from outbox_events group by 1 union all"
    kept += " select rule_id || status || owner, count(*) from duties group by 1"
    return found | {row["what"]: row["count"] for row in await raw.all.fetch(kept)}


async def test_entries_of_a_batch_are_leaves_of_the_audit_tree(clients: Clients, raw: Raw) -> None:
    """Written by one statement, and each hashed as if it had been written alone."""
    await sent(clients, [a_line() for _ in range(30)])
    assert await raw.all.fetchval("select count(*) from audit_entries where leaf is null") == 0
    people = await raw.all.fetch("select distinct officer, client_id, parties, sections from audit_entries")
    assert [tuple(row) for row in people] == [("officer.demo-border", POST, [], [])]


async def test_a_bad_line_undoes_no_good_one(clients: Clients, raw: Raw) -> None:
    stranger = await a_case(clients, "demo-hotline")
    lines = [
        a_line(),
        b'{"id": ',
        b"",
        b"[1, 2]",
        a_line(id="1"),
        a_line(id=str(uuid1())),
        {name: value for name, value in a_line().items() if name != "id"},
        a_line(schema_version="2.0"),
        a_line(channel="by_balloon"),
        a_line(shoe_size=38),
        a_line(person={"full_name": "Hoa", "birth_date": "2999"}),
        b'{"id": "a", "id": "b"}',
        b'"\xff"',
        a_line(case_id=stranger.case),
        a_line(record_mode="minimal", person=None, age_band="9_17", trafficking=None, place={"unknown": True}),
        b'{"text": "' + b"a" * 1_000_000 + b'"}',
        a_line(),
    ]
    answer = await sent(clients, lines)
    assert answer.status_code == 207, answer.text
    assert codes(answer) == [
        None,
        *("not_json", "body_required", "wrong_type", "invalid_format", "invalid_format", "required"),
        *("invalid_value", "unknown_code", "unknown_member", "in_the_future", "duplicate_member", "not_utf8"),
        *("unknown_reference", "minor_needs_record", "payload_too_large"),
        None,
    ]  # fmt: skip
    assert statuses(answer) == [201, 400, 400, 422, 422, 422, 422, 422, 422, 422, 422, 400, 400, 422, 422, 413, 201]
    assert [result["line"] for result in answer.json()["results"]] == list(range(1, 18))
    assert await raw.all.fetchval("select count(*) from intakes") == 2 + 1


async def test_a_refused_line_says_what_its_put_would_say(clients: Clients) -> None:
    """The same problem, pointer and texts; and of what was sent nothing comes back."""
    faults: list[dict[str, Any]] = [
        {"channel": "by_balloon"}, {"schema_version": "0.9"}, {"place": {}}, {"case_id": str(uuid4())},
    ]  # fmt: skip
    for fault in faults:
        line = a_line(**fault)
        body = {name: value for name, value in line.items() if name != "id"}
        alone = (await clients.call(POST, "PUT", f"/v1/intakes/{line['id']}", body)).json()
        answer = await sent(clients, [line, a_line()], Accept_Language="vi")
        problem = answer.json()["results"][0]["problem"]
        assert {**problem, "instance": ""} == {**alone, "instance": ""}
        assert "by_balloon" not in answer.text
        english = (await sent(clients, [line], Accept_Language="en")).json()["results"][0]["problem"]
        assert english["title"] != problem["title"]


async def test_refused_lines_are_audited_as_refused_puts_are(clients: Clients, raw: Raw) -> None:
    first = a_line()
    await sent(clients, [first])
    await sent(clients, [{**first, "channel": "other", "channel_text": "x"}, a_line(channel="by_balloon"), a_line()])
    entries = await raw.all.fetch("select subject_id, facts from audit_entries where event = 'request.refused'")
    assert [str(row["subject_id"]) for row in entries] == [first["id"]]
    assert '"intake_conflict"' in entries[0]["facts"]


async def test_sending_a_batch_again_changes_nothing(clients: Clients, raw: Raw) -> None:
    lines = [a_line() for _ in range(30)]
    first = (await sent(clients, lines)).json()
    entries = await raw.all.fetchval("select count(*) from audit_entries")
    again = await sent(clients, lines)
    assert (again.status_code, again.json()["replayed"]) == (200, 30)
    assert [{**result, "status": 201} for result in again.json()["results"]] == first["results"]
    assert await raw.all.fetchval("select count(*) from audit_entries") == entries


async def test_an_id_twice_in_a_batch_is_one_record(clients: Clients, raw: Raw) -> None:
    """The same content is a replay, another one that line's conflict; in whichever chunks they fall."""
    line = a_line()
    other = {**line, "urgent_needs": ["legal_advice"]}
    answer = await sent(clients, [line, line, other, *(a_line() for _ in range(120)), line, other])
    assert answer.status_code == 207
    assert statuses(answer)[:3] + statuses(answer)[-2:] == [201, 200, 409, 200, 409]
    assert codes(answer)[2] == "intake_conflict"
    assert await raw.all.fetchval("select count(*) from intakes where id = $1", line["id"]) == 1


async def test_the_put_of_a_line_that_was_sent_is_a_replay(clients: Clients) -> None:
    line = a_line()
    await sent(clients, [line])
    body = {name: value for name, value in line.items() if name != "id"}
    answer = await clients.call(POST, "PUT", f"/v1/intakes/{line['id']}", body)
    assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (200, "true")


async def test_an_erased_record_is_gone_for_a_line_too(clients: Clients, raw: Raw) -> None:
    line = a_line()
    await sent(clients, [line])
    await raw.all.execute("update intakes set digest = '', erased_at = now() where id = $1", line["id"])
    answer = await sent(clients, [line, a_line()])
    assert (statuses(answer), codes(answer)[0]) == ([410, 201], "record_erased")


async def test_the_same_batch_twice_at_once_is_taken_in_once(clients: Clients, raw: Raw) -> None:
    """Together with single PUTs of the same ids, and the lines in another order: nobody waits for ever, one of each."""
    lines = [a_line() for _ in range(60)]
    puts = [
        clients.call(POST, "PUT", f"/v1/intakes/{line['id']}", {n: v for n, v in line.items() if n != "id"})
        for line in lines[::6]
    ]
    batches = [sent(clients, lines), sent(clients, lines[::-1])]
    answers = await asyncio.gather(*batches, *puts)
    created = sum(answer.json()["created"] for answer in answers[:2]) + sum(a.status_code == 201 for a in answers[2:])
    assert ([a.status_code for a in answers[:2]], created) == ([200, 200], 60)
    assert {a.status_code for a in answers[2:]} <= {200, 201}
    assert await raw.all.fetchval("select count(*) from intakes") == 60
    assert await raw.all.fetchval("select count(*) from cases") == 60


async def test_a_dry_run_judges_and_stores_nothing(clients: Clients, raw: Raw) -> None:
    answer = await sent(clients, [a_line(), a_line(channel="by_balloon")], path=f"{PATH}?validate_only=true")
    assert (answer.status_code, statuses(answer)) == (207, [200, 422])
    assert answer.json()["results"][0]["reference"] is None
    assert await raw.all.fetchval("select count(*) from intakes") == 0


async def test_a_line_that_breaks_a_constraint_is_found_among_the_others(
    clients: Clients, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two records drew one reference: the set fails, each line is tried alone, and one of the two draws anew."""
    drawn = iter(["AAAAAAAA", "CCCCCCCC", "AAAAAAAA", "DDDDDDDD"])
    real = __import__("app.cases.keys", fromlist=["new_reference"]).new_reference
    monkeypatch.setattr("app.intakes.submission.new_reference", lambda: next(drawn, None) or real())
    answer = await sent(clients, [a_line(), a_line(), a_line()])
    assert (answer.status_code, statuses(answer)) == (200, [201, 201, 201])
    assert await raw.all.fetchval("select count(*) from intakes") == 3


async def test_gzip_is_unpacked(clients: Clients) -> None:
    lines = [a_line() for _ in range(3)]
    assert statuses(await zipped(clients, squeezed(lines[:1]) + squeezed(lines[1:]))) == [201, 201, 201]
    assert (await sent(clients, lines, Content_Encoding="br")).status_code == 415
    assert (await clients.send(POST, PATH, b"{}", "application/json")).status_code == 415


async def test_officer_and_scope_are_asked_for(clients: Clients) -> None:
    assert (await sent(clients, [a_line()], Acting_Officer=None)).json()["code"] == "officer_required"
    assert (await sent(clients, [a_line()], by="demo-oversight")).json()["code"] == "insufficient_scope"


async def test_a_lost_database_refuses_the_batch_and_loses_nothing(
    clients: Clients, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second chunk finds no database: 503, and sent again the first chunk's lines are replays."""
    lines = [a_line() for _ in range(150)]
    database = clients.http._transport.app.state.database  # type: ignore[attr-defined]
    begun = iter([database._begin])
    real = database._begin

    async def begin(sql: str) -> object:
        if "app.client_id" in sql and next(begun, None) is None:
            raise asyncpg.CannotConnectNowError("starting")
        return await real(sql)

    monkeypatch.setattr(database, "_begin", begin)
    answer = await sent(clients, lines)
    monkeypatch.undo()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (await sent(clients, lines)).json()["replayed"] == 100
