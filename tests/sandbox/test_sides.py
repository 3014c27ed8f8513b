"""Life and rehearsal never meet: not by reading, not by naming, not by what a function does for the writer."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.organisations.sides import is_test, twin_of
from tests import expectations
from tests.conftest import Raw
from tests.expectations import Route
from tests.factories import a_held_case, an_intake
from tests.lived import a_lived_case
from tests.personas import PERSONAS, Clients
from tests.sandbox import gone, readable, rehearsing, rows_of, seen_by_all
from tests.sql import acting, org, refused
from tests.test_access_matrix import expected_refusal, name
from tests.test_hidden import ROUTES, TABLES, _ask, _kept, entries_of
from tests.test_row_security import PERSONAL

COMMON = {"audit_heads", "alembic_version"}
"""For everybody: heads of the audit tree are hashes of what both sides did, to be held against the operator."""
NO_ORGANISATION = {
    *("announced_persons", "case_links", "case_lookups", "handover_cases", "referral_previews"),  # by their case
    *("audit_leaves", "audit_unordered", "audit_heads", "feed_epochs", "search_counts", "erasures", "retired_keks"),
    *("operation_bodies", "operation_outcomes", "webhook_hosts"),  # by their operation, or by the operator alone
    *("client_keys", "assertion_uses", "proof_uses", "revoked_tokens", "alembic_version"),
}
"""Tables that name no organisation: read through those that do, or by functions alone."""
WORKED_OFF = {"operations", "operation_bodies", "operation_outcomes", "data_keys"}
"""What changes by itself: whoever works off the batches of one side works off those of the other too."""
ASKED_BY = ("demo-labour", "demo-police", "demo-border", "demo-shelter", "demo-foreign", "demo-oversight")


@pytest.fixture(autouse=True)
async def _tidy(raw: Raw, clients: Clients) -> AsyncIterator[None]:
    yield
    await gone(raw)


async def test_each_side_sees_what_it_would_see_alone(clients: Clients, raw: Raw) -> None:
    """Every persona, every table, raw SQL as the API's role, with a row in every table on both sides."""
    tables = {table: columns for table, columns in (await readable(raw)).items() if table not in COMMON}
    assert set(tables) > set(PERSONAL) - COMMON
    await a_lived_case(clients)
    life, seen_before = await rows_of(raw.all, tables), await seen_by_all(raw, tables)
    async with rehearsing(raw, clients):
        await a_lived_case(clients)
        both, rehearsed = await rows_of(raw.all, tables), await seen_by_all(raw, tables)
    assert [table for table in tables if not both[table] - life[table]] == []
    seen_after = await seen_by_all(raw, tables)
    changed = {(who, t) for who, seen in seen_after.items() for t in tables if seen[t] != seen_before[who][t]}
    assert {each for each in changed if each[1] not in WORKED_OFF} == set()
    crossed = {(who, t) for who, seen in rehearsed.items() for t in tables if seen[t] & life[t]}
    assert crossed == set()
    assert sum(len(seen[t]) for seen in rehearsed.values() for t in tables) > 500


async def _live_ids(raw: Raw) -> dict[str, str]:
    found = {}
    for word, table in TABLES.items():
        section = " where section = 'statement'" if word == "statement_id" else ""
        found[word] = str(await raw.all.fetchval(f"select id from {table}{section} limit 1"))  # noqa: S608
    return found


def _may_ask(route: Route) -> str:
    return next((who for who in ASKED_BY if not expected_refusal(route, PERSONAS[who].agency)), "")


async def test_every_route_with_an_id_answers_the_other_sides_record_as_missing(clients: Clients, raw: Raw) -> None:
    await a_lived_case(clients)
    ids, faults, asked = await _live_ids(raw), [], 0
    async with rehearsing(raw, clients):
        for route in ROUTES:
            if not (who := _may_ask(route)):
                continue
            asked += 1
            there, missing = await _ask(clients, who, route, ids), await _ask(clients, who, route, {})
            left = [await entries_of(raw.all, answer) for answer in (there, missing)]
            if _kept(there) != _kept(missing) or left[0] != left[1] or there.status_code != 404:
                faults.append(f"{name(route)} by {who}: {there.status_code} and {missing.status_code}")
    assert asked > 100
    assert faults == []


async def test_no_list_search_or_feed_tells_of_the_other_side(clients: Clients, raw: Raw) -> None:
    await a_lived_case(clients)
    ids = {str(row[0]) for table in PERSONAL for row in await _ids(raw, table)}
    lists = [r for r in expectations.routes() if r.method == "GET" and "{" not in r.path and r.path.startswith("/v1/")]
    told = []
    async with rehearsing(raw, clients):
        for route in lists:
            for who in (w for w in PERSONAS if not expected_refusal(route, PERSONAS[w].agency)):
                answer = await clients.get(who, route.path if "stream" not in route.path else "/v1/events")
                told += [(name(route), who, found) for found in ids & set(re.findall(r"[0-9a-f-]{36}", answer.text))]
        for body in ({"document_number": "Q7654321"}, {"beyond": True, "document_number": "Q7654321"}):
            headers = {"Purpose_Of_Use": "duplicate_check"}
            answer = await clients.call("demo-police", "POST", "/v1/case-searches", body, **headers)
            assert (answer.status_code, '"handle"' in answer.text, '"id"' in answer.text) == (200, False, False)
    assert len(lists) > 10
    assert told == []


async def _ids(raw: Raw, table: str) -> list[asyncpg.Record]:
    columns = await raw.all.fetch("select column_name from information_schema.columns where table_name = $1", table)
    named = "id" in {row[0] for row in columns}
    return await raw.all.fetch(f"select id from {table} where id <> all ($1)", _known()) if named else []  # noqa: S608


def _known() -> list[UUID]:
    return [persona.id for persona in PERSONAS.values()]


async def test_an_organisation_of_the_other_side_is_unknown_in_every_body(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    async with rehearsing(raw, clients):
        pass
    other = str(twin_of(PERSONAS["demo-police"].id))
    case = f"/v1/cases/{story.case}"
    bodies: list[tuple[str, dict[str, Any], str]] = [
        (f"{case}/handovers", {}, "receiver_id"),
        (f"{case}/verifications", {"kind": "victim"}, "verifier_id"),
        (f"{case}/exclusions", {"reason": "official_suspected"}, "organisation_id"),
        (f"{case}/notices", {"kind": "arrival", "text": "Sẽ về."}, "recipient_id"),
        (f"{case}/incidents", {"kind": "threat", "occurred_at": "2026-11-20T22:41:00+07:00", "text": "A"}, "police_id"),
    ]
    for path, body, member in bodies:
        answers = [
            await clients.call("demo-labour", "POST", path, {**body, member: named}) for named in (other, str(uuid4()))
        ]
        assert [(each.status_code, path) for each in answers] == [(422, path)] * 2, answers[0].text
        assert _kept(answers[0]) == _kept(answers[1])


async def test_a_test_organisation_is_not_in_the_live_directory(clients: Clients, raw: Raw) -> None:
    live = await clients.ok("demo-border", "GET", "/v1/organisations?limit=100")
    async with rehearsing(raw, clients):
        test = await clients.ok("demo-border", "GET", "/v1/organisations?limit=100")
        missing = await clients.get("demo-border", f"/v1/organisations/{live['items'][0]['id']}")
    assert missing.status_code == 404
    assert {is_test(UUID(each["id"])) for each in test["items"]} == {True}
    assert {is_test(UUID(each["id"])) for each in live["items"]} == {False}
    assert len(live["items"]) == len(test["items"])


async def test_one_intake_id_serves_on_both_sides(clients: Clients, raw: Raw) -> None:
    intake = str(uuid4())
    live = await clients.call("demo-border", "PUT", f"/v1/intakes/{intake}", an_intake())
    async with rehearsing(raw, clients):
        test = await clients.call("demo-border", "PUT", f"/v1/intakes/{intake}", an_intake(accompanying_minors=[]))
    assert (live.status_code, test.status_code) == (201, 201)
    assert live.json()["case"]["id"] != test.json()["case"]["id"]
    assert (live.headers["X-Mode"], test.headers["X-Mode"]) == ("live", "test")


async def test_the_mode_is_answered_and_never_read(clients: Clients) -> None:
    answer = await clients.get("demo-border", "/v1/me", X_Mode="test")
    assert (answer.headers["X-Mode"], answer.json()["mode"]) == ("live", "live")
    refused = await clients.get("demo-border", "/v1/me", Authorization=None)
    assert "X-Mode" not in refused.headers


async def test_the_api_role_writes_no_row_of_the_other_side(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    async with rehearsing(raw, clients):
        pass
    other, mine = twin_of(org("demo-labour")), org("demo-labour")
    notice = "insert into notices (id, case_id, sender_id, recipient_id, kind) values ($1, $2, $3, $4, 'arrival')"
    for sender, recipient in ((other, other), (mine, other), (other, mine)):
        await refused(raw, "demo-labour", notice, uuid4(), UUID(story.case), sender, recipient)
    async with acting(raw, "demo-labour") as sql:
        await sql.execute("select set_config('app.organisation_id', $1, true)", str(other))
        for table in ("cases", "handovers", "duties", "case_parties", "audit_entries"):
            assert await sql.fetchval(f"select count(*) from {table}") == 0  # noqa: S608
        moved = await sql.execute("update cases set closure_reason = 'error' where id = $1", UUID(story.case))
        assert moved == "UPDATE 0"


async def test_no_row_names_both_sides_whoever_writes_it(clients: Clients, raw: Raw) -> None:
    await a_held_case(clients)
    async with rehearsing(raw, clients):
        pass
    other = twin_of(org("demo-police"))
    for statement in (
        "update handovers set receiver_id = $1",
        "update case_parties set organisation_id = $1 where given_by <> $1",
        "update outbox_events set parties = array[$1::uuid]",
        "update organisations set supervised_by = $1 where get_byte(uuid_send(id), 6) / 16 <> 8",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await raw.all.execute(statement, other)
    with pytest.raises(asyncpg.CheckViolationError):
        await raw.all.execute("update clients set mode = 'test' where id = 'demo-border'")


async def test_every_table_that_names_an_organisation_stands_under_the_wall(raw: Raw) -> None:
    rows = await raw.all.fetch(
        "select c.relname, exists (select 1 from pg_policies p where p.tablename = c.relname"
        " and p.policyname = 'beside' and p.permissive = 'RESTRICTIVE' and p.cmd = 'ALL') as walled"
        " from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
    )
    assert {row["relname"] for row in rows if not row["walled"]} == NO_ORGANISATION | {"clients"}
