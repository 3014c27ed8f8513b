"""Nothing happens without an entry, no entry says who a person is, and a refusal is noted once."""

import base64
import json
import re
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, update

from app.caller import Act, Caller
from app.cases.models import Case, CaseNote
from app.db import UnrecordedChangeError
from app.happenings import Event
from app.journal import Subject, record
from tests.bad_requests import ROUTES, row_counts
from tests.conftest import Raw
from tests.factories import a_case, a_held_case, a_referral
from tests.personas import PERSONAS, Clients
from tests.sql import org
from tests.whole_walk import STEPS, Walk

ENTRY = "select * from audit_entries where request_id = $1 and event not like '%.read' order by at"


def test_every_route_that_changes_something_is_walked() -> None:
    changing = {
        (route["method"], route["path"])
        for route in ROUTES
        if route["method"] != "GET" and route.get("officer") and not route["path"].endswith("case-searches")
    }
    walked = {(method, re.sub(r"\{[\w-]+\}", "{}", path)) for method, path in (row["call"].split(" ") for row in STEPS)}
    assert walked == {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in changing}


async def test_every_change_leaves_its_entry_and_its_event(clients: Clients, raw: Raw) -> None:
    seen = 0
    async for row, answer in Walk(clients).steps():
        entries = await raw.all.fetch(ENTRY, UUID(answer.headers["X-Request-Id"]))
        assert sorted(entry["event"] for entry in entries) == sorted(row["event"]), row["call"]
        for entry in entries:
            assert (entry["client_id"], entry["officer"]) == (row["who"], f"officer.{row['who']}")
            assert entry["organisation_id"] == org(row["who"])
            assert entry["subject_id"] is not None
        events = await raw.all.fetch("select * from outbox_events order by seq")
        # A search tells of itself, in a request of its own before the row's.
        told = [
            (event["type"], event["subject_id"], event["organisation_id"])
            for event in events[seen:]
            if event["type"] != Event.CASE_FOUND
        ]
        assert Counter(told) == Counter((e["event"], e["subject_id"], e["organisation_id"]) for e in entries)
        seen = len(events)


async def test_no_text_about_a_person_lies_anywhere_in_clear(clients: Clients, raw: Raw) -> None:
    walk = Walk(clients)
    async for _ in walk.steps():
        pass
    assert len(walk.canaries) > 60
    stored = await everything(raw.all)
    assert "nationalities" not in stored
    assert "forced_marriage" in stored  # what is in clear by design is found, so a canary would be
    found = [mark for canary in walk.canaries for mark in disguises(canary) if mark in stored]
    assert not found


async def everything(connection: asyncpg.Connection) -> str:
    """All rows of all tables as text, binary columns in hexadecimal, in small letters."""
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    dumped = [await connection.fetch(f"select t::text as r from {t['tablename']} t") for t in tables]  # noqa: S608
    return "\n".join(row["r"] for rows in dumped for row in rows).casefold()


def disguises(canary: str) -> list[str]:
    """The mark itself, its bytes in hexadecimal, and what base64 makes of it at each of the three alignments."""
    encoded = [base64.b64encode(b"\0" * n + canary.encode())[4 if n else 0 : -4].decode() for n in range(3)]
    return [each.casefold() for each in (canary, canary.encode().hex(), *encoded)]


@pytest.fixture
async def caller(raw: Raw) -> Caller:
    border = PERSONAS["demo-border"]
    return Caller("demo-border", border.id, border.agency, frozenset(border.provinces), frozenset(), "live")


async def test_a_change_that_records_nothing_is_not_committed(
    app: FastAPI, caller: Caller, clients: Clients, raw: Raw
) -> None:
    story = await a_case(clients)
    note = {"id": uuid4(), "case_id": UUID(story.case), "author_id": caller.organisation_id, "sealed": b"x"}
    before = await row_counts(raw.all)
    closed = update(Case).where(Case.id == UUID(story.case)).values(closure_reason="completed")
    for statement in (insert(CaseNote).values(note), closed):
        with pytest.raises(UnrecordedChangeError):
            async with app.state.database.transaction(caller, Act(uuid4(), "officer.one", None)) as tx:
                await tx.execute(statement)
    assert await row_counts(raw.all) == before
    assert await raw.all.fetchval("select count(*) from cases where closure_reason is not null") == 0


async def test_a_recorded_change_is_committed_with_its_entry(
    app: FastAPI, caller: Caller, clients: Clients, raw: Raw
) -> None:
    story = await a_case(clients)
    note_id = uuid4()
    note = {"id": note_id, "case_id": UUID(story.case), "author_id": caller.organisation_id, "sealed": b"x"}
    async with app.state.database.transaction(caller, Act(uuid4(), "officer.one", None)) as tx:
        await tx.insert(CaseNote, note)
        record(tx, Event.NOTE_ADDED, Subject("note", note_id, UUID(story.case)))
    assert await raw.all.fetchval("select count(*) from audit_entries where subject_id = $1", note_id) == 1


async def test_the_journal_itself_is_append_only(app: FastAPI, caller: Caller, clients: Clients) -> None:
    await a_case(clients)
    for statement in ("update audit_entries set officer = null", "delete from audit_entries", "truncate audit_entries"):
        async with app.state.database.engine.connect() as connection:
            with pytest.raises(Exception, match="permission denied"):
                await connection.exec_driver_sql(statement)


READS = [
    ("/v1/cases/{case}", "case.read", {"identity", "needs", "handling"}),
    ("/v1/cases/{case}/notes", "notes.read", set()),
    ("/v1/cases/{case}/supplements", "supplements.read", set()),
    ("/v1/cases/{case}/corrections", "case.read", set()),
]


@pytest.mark.parametrize(("path", "event", "sections"), READS, ids=[read[0] for read in READS])
async def test_a_reading_is_recorded_with_who_why_and_what(
    clients: Clients, raw: Raw, path: str, event: str, sections: set[str]
) -> None:
    story = await a_referral(clients, status="accepted")
    changes = {"Acting_Officer": "hieu-42", "Purpose_Of_Use": "care_coordination"}
    answer = await clients.call("demo-ngo", "GET", path.format(case=story.case), **changes)
    assert answer.status_code == 200
    (entry,) = await raw.all.fetch(
        "select * from audit_entries where request_id = $1", UUID(answer.headers["X-Request-Id"])
    )
    assert (entry["event"], entry["officer"], entry["purpose"]) == (event, "hieu-42", "care_coordination")
    assert (entry["client_id"], str(entry["case_id"])) == ("demo-ngo", story.case)
    assert set(entry["sections"]) == sections
    assert await raw.all.fetchval("select count(*) from outbox_events where type like '%.read'") == 0


async def test_a_search_is_recorded_whether_or_not_it_finds(clients: Clients, raw: Raw) -> None:
    await a_case(clients)
    for name, found in (("Nguyễn Thị Hoa", 1), ("Nguyễn Thị Không", 0)):
        body = {"full_name": name, "birth_year": 1999}
        answer = await clients.ok("demo-border", "POST", "/v1/case-searches", body)
        assert len(answer["items"]) == found
    entries = await raw.all.fetch("select * from audit_entries where event = 'case.searched' order by at")
    assert [json.loads(entry["facts"]) for entry in entries] == [{"found": 1}, {"found": 0}]


@pytest.fixture
async def refusals(clients: Clients, raw: Raw) -> Any:
    """Makes a request and answers the entries that it left."""

    async def made(persona: str, method: str, path: str, body: Any = None, **changes: Any) -> list[asyncpg.Record]:
        answer = await clients.call(persona, method, path, body, **changes)
        request_id = UUID(answer.headers["X-Request-Id"])
        return list(await raw.all.fetch("select * from audit_entries where request_id = $1", request_id))

    return made


async def test_hidden_missing_and_malformed_leave_entries_alike(clients: Clients, refusals: Any) -> None:
    story = await a_held_case(clients)
    kept: list[dict[str, Any]] = []
    for wanted in (story.case, str(uuid4()), "not-an-id"):
        (entry,) = await refusals("demo-other-police", "GET", f"/v1/cases/{wanted}")
        assert str(entry["subject_id"]) == (wanted if wanted != "not-an-id" else "None")
        kept.append({k: v for k, v in entry.items() if k not in ("id", "at", "request_id", "subject_id", "leaf")})
    assert kept[0] == kept[1] == kept[2]
    assert (kept[0]["event"], kept[0]["case_id"], kept[0]["parties"]) == ("request.refused", None, [])
    assert json.loads(kept[0]["facts"]) == {
        "code": "not_found",
        "status": 404,
        "method": "GET",
        "route": "/v1/cases/{case_id}",
    }


async def test_a_bad_officer_or_purpose_is_not_copied_into_the_journal(clients: Clients, refusals: Any) -> None:
    story = await a_held_case(clients)
    (entry,) = await refusals("demo-labour", "GET", f"/v1/cases/{story.case}", Purpose_Of_Use="oversight_review")
    assert (entry["purpose"], json.loads(entry["facts"])["code"]) == (None, "purpose_required")
    (entry,) = await refusals("demo-oversight", "GET", f"/v1/cases/{story.case}", Acting_Officer="Nguyen Van A")
    assert (entry["officer"], json.loads(entry["facts"])["code"]) == (None, "insufficient_scope")
    for changes in ({"Acting_Officer": "Nguyen Van A"}, {"Purpose_Of_Use": "curiosity"}):
        assert await refusals("demo-labour", "GET", f"/v1/cases/{story.case}", **changes) == []
