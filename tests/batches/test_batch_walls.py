"""Raw SQL as the API's own role: nobody reads, forges or ends another client's operation, nor a clock of another's
case."""

import json
from uuid import UUID, uuid4

import pytest

from tests.batches import POST, a_line, sent, worked_off
from tests.conftest import Raw
from tests.factories import a_case
from tests.personas import Clients
from tests.sql import acting, be, counted, org, refused, refused_within

TABLES = ["operations", "operation_bodies", "operation_outcomes"]
KEEP = "select access.keep_outcomes($1, $2, $3)"
OK = json.dumps([{"line": 1, "id": None, "status": 201}])


@pytest.fixture
async def police(clients: Clients, raw: Raw) -> UUID:
    """An operation of the police that waits, beside one that is done."""
    await sent(clients, b"\n" * 501, by="demo-police")
    await worked_off(clients)
    answer = await sent(clients, [a_line() for _ in range(501)], by="demo-police")
    return UUID(answer.json()["id"])


async def test_only_its_client_sees_an_operation(police: UUID, raw: Raw) -> None:
    async with acting(raw, "demo-police") as sql:
        assert await counted(sql, TABLES) == {"operations": 2, "operation_bodies": 1, "operation_outcomes": 6}
    for who in ("demo-police-second", "demo-border", "demo-oversight"):
        async with acting(raw, who) as sql:
            assert set((await counted(sql, TABLES)).values()) == {0}


async def test_only_its_client_keeps_outcomes_and_only_the_next_ones(police: UUID, raw: Raw) -> None:
    for who in ("demo-police-second", "demo-border"):
        async with acting(raw, who) as sql:
            assert await sql.fetchval(KEEP, police, 1, OK) is False
    async with acting(raw, "demo-police") as sql:
        assert await sql.fetchval(KEEP, police, 2, OK) is False
        assert await sql.fetchval(KEEP, police, 1, "[]") is False
        assert await sql.fetchval(KEEP, police, 1, json.dumps([{"status": 201}] * 502)) is False
        assert await sql.fetchval(KEEP, police, 1, OK) is True
        assert await sql.fetchval(KEEP, police, 1, OK) is False
        assert await counted(sql, ["operation_bodies"]) == {"operation_bodies": 1}
    async with acting(raw, "demo-police") as sql:
        assert await sql.fetchval(KEEP, police, 1, json.dumps([{"status": 201}] * 501)) is True
        assert await counted(sql, ["operation_bodies"]) == {"operation_bodies": 0}


async def test_nobody_opens_an_operation_in_another_name(police: UUID, raw: Raw) -> None:
    make = (
        "insert into operations (id, organisation_id, client_id, request_id, officer, lines)"
        " values (gen_random_uuid(), $1, $2, gen_random_uuid(), $3, 600)"
    )
    async with acting(raw, POST) as sql:
        await sql.execute(make, org(POST), POST, f"officer.{POST}")
        for forged in (
            (org("demo-police"), POST, f"officer.{POST}"),
            (org(POST), "demo-police", f"officer.{POST}"),
            (org(POST), POST, "officer.another"),
        ):
            await refused_within(sql, make, *forged)
    await refused(raw, POST, "insert into operation_outcomes values ($1, 1, '[]')", police)


async def test_a_body_is_put_under_ones_own_waiting_operation_and_own_key(police: UUID, raw: Raw) -> None:
    put = "insert into operation_bodies values ($1, $2, 'gzip', 'x')"
    keys = await raw.all.fetchval("select key_id from operation_bodies")
    await refused(raw, POST, put, police, keys)
    mine = uuid4()
    async with acting(raw, POST) as sql:
        await sql.execute(
            "insert into operations (id, organisation_id, client_id, request_id, officer, lines)"
            " values ($1, $2, $3, $1, $4, 600)",
            *(mine, org(POST), POST, f"officer.{POST}"),
        )
        await refused_within(sql, put, mine, keys)


async def test_clocks_are_started_on_ones_own_new_cases_alone(clients: Clients, raw: Raw) -> None:
    theirs, mine = await a_case(clients, "demo-police"), await a_case(clients)
    cases = [UUID(theirs.case), UUID(mine.case), UUID(mine.child), uuid4()]
    opened, start = "select id from access.cases_opened($1)", "select access.start_duties($1)"
    rows = await raw.all.fetchval("select jsonb_agg(to_jsonb(d)) from duties d")
    async with acting(raw, POST) as sql:
        assert await sql.fetch(opened, cases) == [], "they have clocks already"
        await sql.execute(start, rows)  # nor a second time, or their ids would clash
    await raw.all.execute("delete from duties")
    async with acting(raw, POST) as sql:
        assert [row["id"] for row in await sql.fetch(opened, cases)] == cases[1:3]
        await sql.execute(start, rows)
        assert {row["case_id"] for row in await sql.fetch("select case_id from duties")} == set(cases[1:3])
        await be(sql, "demo-police")
        assert await sql.fetch("select * from duties") == []


async def test_a_claim_tells_no_words_and_holds_what_it_claims(police: UUID, raw: Raw) -> None:
    async with acting(raw, POST) as sql:
        (claimed,) = await sql.fetch("select * from access.claim_operation()")
        assert (claimed["id"], claimed["client_id"], claimed["done"]) == (police, "demo-police", 0)
        assert await sql.fetch("select * from access.claim_operation()") == []
        assert set((await counted(sql, TABLES)).values()) == {0}
