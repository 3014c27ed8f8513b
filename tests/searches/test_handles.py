"""How often one may search, whom a handle serves, and what raw SQL makes of either."""

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.embedded import Server
from app.main import create_app
from app.settings import Settings
from tests.conftest import Raw
from tests.personas import ISSUER, PERSONAS, Clients
from tests.searches import BY_NUMBER, FINDER, HOLDER, NUMBER, a_found_case, a_handle, asked
from tests.sql import acting, be, org, refused
from tests.test_journal import everything

BEYOND = "select * from access.find_beyond('document', $1, array[$2]::bytea[], 'verification', gen_random_uuid())"


def _digest(handle: str) -> bytes:
    return sha256(urlsafe_b64decode(handle + "==")).digest()


async def test_only_the_digest_of_a_handle_is_stored(clients: Clients, raw: Raw) -> None:
    await a_found_case(clients)
    handle = await a_handle(clients, FINDER, BY_NUMBER)
    assert handle.casefold() not in await everything(raw.all)
    digests = [row["digest"] for row in await raw.all.fetch("select digest from search_handles")]
    assert digests == [_digest(handle)]


@pytest.fixture
async def workers(server: Server, data: Path, clients: Clients) -> AsyncIterator[list[Clients]]:
    """Two applications over one database, as two processes are."""
    made = [create_app(Settings(data=data, public_url=ISSUER), server.api_url) for _ in range(2)]
    served = [httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) for app in made]
    yield [Clients(http, data / "clients") for http in served]
    for http, app in zip(served, made, strict=True):
        await http.aclose()
        await app.state.database.close()


async def test_twenty_searches_a_client_a_day_over_all_workers(clients: Clients, workers: list[Clients]) -> None:
    answers = await asyncio.gather(*(asked(workers[n % 2]) for n in range(24)))
    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [429] * 4
    refusal = next(answer for answer in answers if answer.status_code == 429)
    assert refusal.json()["code"] == "search_limit_reached"
    assert refusal.json()["retryable"] is True
    assert 0 < int(refusal.headers["Retry-After"]) <= 86_400
    assert (await asked(clients, "demo-police-second")).status_code == 200
    own = {"document_number": NUMBER}
    assert (await clients.call(FINDER, "POST", "/v1/case-searches", own)).status_code == 200


async def test_the_count_begins_anew_with_the_day_and_yesterdays_is_dropped(clients: Clients, raw: Raw) -> None:
    await raw.all.execute("insert into search_counts values ($1, access.today() - 1, 20)", FINDER)
    assert (await asked(clients)).status_code == 200
    rows = await raw.all.fetch("select day = access.today() as today, used from search_counts")
    assert [tuple(row) for row in rows] == [(True, 1)]


async def test_a_handle_serves_its_finders_client_alone_and_only_while_it_is_good(clients: Clients, raw: Raw) -> None:
    story = await a_found_case(clients)
    digest = _digest(await a_handle(clients, FINDER, BY_NUMBER))
    behind = "select access.case_behind($1)"

    async def seen(who: str, client: str) -> str | None:
        async with acting(raw, who) as sql:
            await sql.execute("select set_config('app.client_id', $1, true)", client)
            found = await sql.fetchval(behind, digest)
            return found and str(found)

    assert await seen(FINDER, FINDER) == story.case
    assert await seen(FINDER, "demo-police-second") is None
    assert await seen("demo-other-police", FINDER) is None
    assert await seen(FINDER, "") is None
    await raw.all.execute("update search_handles set expires_at = now()")
    assert await seen(FINDER, FINDER) is None


async def test_expired_handles_are_cleared_by_the_next_search(clients: Clients, raw: Raw) -> None:
    await a_found_case(clients)
    await asked(clients)
    await raw.all.execute("update search_handles set expires_at = now() - interval '1 second'")
    await asked(clients, body={"document_number": "NOBODY1"})
    assert await raw.all.fetchval("select count(*) from search_handles") == 0


async def test_nobody_reads_or_forges_counts_and_handles_behind_the_application(clients: Clients, raw: Raw) -> None:
    story = await a_found_case(clients)
    await asked(clients)
    for statement in ("select * from search_handles", "select * from search_counts", "delete from search_counts"):
        await refused(raw, FINDER, statement)
    forged = "insert into search_handles values ($1, $2, $3, 'demo-police', 'verification', now() + interval '1 hour')"
    await refused(raw, FINDER, forged, b"x" * 32, UUID(story.case), org(FINDER))
    for tried in ("select access.is_never_found($1)", "select access.excludes($1, access.caller_org())"):
        await refused(raw, FINDER, tried, UUID(story.case))


async def test_the_finder_cannot_read_whom_it_found_not_even_by_sql(clients: Clients, raw: Raw) -> None:
    story = await a_found_case(clients)
    await asked(clients)
    for who in (FINDER, "demo-stranger"):
        async with acting(raw, who) as sql:
            rows = await sql.fetch("select case_id, parties from audit_entries")
            assert UUID(story.case) not in {row["case_id"] for row in rows}
            assert all(org(HOLDER) not in row["parties"] for row in rows)
            assert await sql.fetchval("select count(*) from case_lookups") == 0


async def test_a_search_by_sql_counts_and_tells_as_well(clients: Clients, raw: Raw, app: Any) -> None:
    story = await a_found_case(clients)
    digest = app.state.database.keyring.indexes.document(NUMBER)
    transaction = raw.api.transaction()
    await transaction.start()
    try:
        await be(raw.api, FINDER)
        await raw.api.execute("select set_config('app.client_id', '', true)")
        assert await raw.api.fetch(BEYOND, digest, b"x" * 32) == []  # nobody's client
        await raw.api.execute("select set_config('app.client_id', $1, true)", FINDER)
        (row,) = await raw.api.fetch(BEYOND, digest, b"x" * 32)
        assert row["hits"] == 1
        await raw.api.execute("select set_config('app.organisation_id', $1, true)", str(PERSONAS[HOLDER].id))
        accesses = "select event from access.case_accesses($1, '-infinity', $2, 10)"
        events = {each["event"] for each in await raw.api.fetch(accesses, UUID(story.case), uuid4())}
        assert "case.found" in events
    finally:
        await transaction.rollback()
