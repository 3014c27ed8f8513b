"""An answer of success means committed: faults are planted in PostgreSQL itself, at the commit and just before it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from tests.bad_requests import row_counts
from tests.conftest import Raw
from tests.factories import a_case, an_intake
from tests.personas import ISSUER, Clients

LOCK = 4_207_081


@asynccontextmanager
async def at_commit(connection: asyncpg.Connection, body: str) -> AsyncIterator[None]:
    """Runs `body` (PL/pgSQL) when a transaction that wrote an audit entry commits: a deferred constraint trigger."""
    await connection.execute(
        f"create function planted() returns trigger language plpgsql as $$ begin {body} return null; end $$;"
        " create constraint trigger planted after insert on audit_entries deferrable initially deferred"
        " for each row execute function planted()"
    )
    try:
        yield
    finally:
        await connection.execute("drop trigger planted on audit_entries; drop function planted()")


async def waiting(connection: asyncpg.Connection) -> int:
    """The process id of the API's backend that waits for a lock, as soon as there is one."""
    query = "select pid from pg_stat_activity where usename = 'app_api' and wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while (pid := await connection.fetchval(query)) is None:
            # Inside a transaction the view is read once and then repeated from memory.
            await connection.execute("select pg_stat_clear_snapshot()")
            await asyncio.sleep(0.01)
    return int(pid)


@asynccontextmanager
async def audit_locked(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """No entry can be written meanwhile: a request stands between its effect and its commit."""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("lock table audit_entries in access exclusive mode")
    try:
        yield
    finally:
        await transaction.rollback()


def put(clients: Clients) -> Any:
    return clients.call("demo-border", "PUT", f"/v1/intakes/{uuid4()}", an_intake())


@pytest.mark.parametrize(("sqlstate", "status"), [("P0001", 500), ("53100", 503), ("40P01", 503)])
async def test_a_commit_that_fails_is_never_a_success(clients: Clients, raw: Raw, sqlstate: str, status: int) -> None:
    await clients.token("demo-border")
    before = await row_counts(raw.all)
    async with at_commit(raw.all, f"raise exception 'Nguyễn Thị Hoa' using errcode = '{sqlstate}';"):
        answer = await put(clients)
    assert answer.status_code == status
    assert answer.json()["retryable"] is True
    assert "Hoa" not in answer.text
    assert status == 500 or answer.headers["Retry-After"]
    assert await row_counts(raw.all) == before
    assert (await put(clients)).status_code == 201


async def test_no_byte_of_the_answer_leaves_before_the_commit(app: FastAPI, clients: Clients, raw: Raw) -> None:
    left: list[int] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            left.append(message.get("status", 0))
            await send(message)

        await app(scope, receive, noting)

    headers = await clients.headers("demo-border", "PUT")
    async with at_commit(raw.all, f"perform pg_advisory_xact_lock({LOCK});"):
        await raw.all.execute(f"select pg_advisory_lock({LOCK})")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(watched), base_url=ISSUER) as http:
            running = asyncio.create_task(http.put(f"/v1/intakes/{uuid4()}", json=an_intake(), headers=headers))
            await waiting(raw.all)
            assert left == []
            await raw.all.execute(f"select pg_advisory_unlock({LOCK})")
            assert (await running).status_code == 201
    assert left[0] == 201


async def test_a_backend_ended_before_the_commit_leaves_nothing_and_says_try_again(clients: Clients, raw: Raw) -> None:
    await clients.token("demo-border")
    before = await row_counts(raw.all)
    async with audit_locked(raw.all):
        running = asyncio.create_task(put(clients))
        pid = await waiting(raw.all)
        assert not running.done()
        await raw.all.execute("select pg_terminate_backend($1)", pid)
        answer = await running
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    assert await row_counts(raw.all) == before


async def test_a_backend_ended_during_a_read_shows_nothing(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    before = await row_counts(raw.all)
    async with audit_locked(raw.all):
        running = asyncio.create_task(clients.get("demo-border", f"/v1/cases/{story.case}"))
        await raw.all.execute("select pg_terminate_backend($1)", await waiting(raw.all))
        answer = await running
    assert answer.status_code == 503
    assert "Hoa" not in answer.text
    assert await row_counts(raw.all) == before


async def test_a_refusal_that_cannot_be_noted_is_no_refusal(clients: Clients, raw: Raw) -> None:
    async with at_commit(raw.all, "raise exception 'full' using errcode = '53100';"):
        answer = await clients.get("demo-other-police", f"/v1/cases/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_the_pool_recovers_when_every_connection_was_cut(app: FastAPI, clients: Clients, raw: Raw) -> None:
    await asyncio.gather(*(put(clients) for _ in range(app.state.settings.pool_size * 2)))
    cut = await raw.all.fetch(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_api' and pid <> $1",
        raw.api.get_server_pid(),
    )
    assert len(cut) > 1
    assert [answer.status_code for answer in [await put(clients) for _ in range(len(cut) + 1)]] == [201] * (
        len(cut) + 1
    )


async def test_nobody_inherits_the_caller_of_the_request_before(app: FastAPI, clients: Clients) -> None:
    await asyncio.gather(*(put(clients) for _ in range(app.state.settings.pool_size)))
    for _ in range(app.state.settings.pool_size):
        rows = await app.state.database.plain("select current_setting('app.organisation_id', true) as caller")
        assert not rows[0]["caller"]
        assert await app.state.database.plain("select 1 from cases") == []
