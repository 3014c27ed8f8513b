"""The database goes away, falls silent, is demoted and comes back; the API says so, and goes on without a restart."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.auth.key_folder import ensure_keys
from app.caller import Act, Caller
from app.db import Database
from app.embedded import ensure
from app.keyring import Keyring
from app.outages import spoils
from app.problems import NotFound, Problem, Unavailable
from app.schema import upgrade
from app.settings import Settings
from tests.outages.place import WHO, Place, registered
from tests.personas import Clients
from tests.served import served

WORK_SECONDS = 2
BOUND = WORK_SECONDS + 3 + 2
"""Seconds within which everything is answered: the work, giving the connection back, and a slow machine."""


SAID_SECONDS = 3
"""For BEGIN and ROLLBACK, however long the work may take."""


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    data = tmp_path_factory.mktemp("outages")
    Keyring.create(data / "keys")
    ensure_keys(data / "keys")
    server = await asyncio.to_thread(ensure, data)
    with ExitStack() as end:
        end.callback(server.stop)
        await asyncio.to_thread(upgrade, server.migration_url)
        await registered(server, data / "clients")
        rates: dict[str, Any] = {"client_rate": 1e6, "stranger_rate": 1e6, "request_seconds": WORK_SECONDS}
        service = end.enter_context(served(server, data, data / "served.log", **rates))
        async with httpx.AsyncClient(base_url=service.url, timeout=30) as http:
            yield Place(server, service, Clients(http, data / "clients"))


def says_come_again(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
    assert answer.json()["retryable"] is True
    assert int(answer.headers["Retry-After"]) > 0


async def timed(asked: Awaitable[httpx.Response]) -> tuple[httpx.Response, float]:
    begun = time.monotonic()
    return await asked, time.monotonic() - begun


@pytest.mark.parametrize("end", [Place.stop, Place.kill])
async def test_stopped_or_killed_under_load_it_loses_nothing_and_recovers_by_itself(
    place: Place, end: Callable[[Place], None]
) -> None:
    await place.until(201)
    async with place.load():
        await asyncio.to_thread(end, place)
        answer, seconds = await timed(place.until(503))
        says_come_again(answer)
        english, quick = await timed(place.clients.get(WHO, f"/v1/intakes/{uuid4()}", Accept_Language="en"))
        says_come_again(english)
        assert english.json()["title"] == "Temporarily unavailable"
        assert max(seconds, quick) < BOUND
        await asyncio.to_thread(place.start)
        await place.until(201)
    assert {answer.status_code for answer in place.answers} == {201, 503}
    assert await place.missing() == set()
    os.kill(place.service.pid, 0)


async def test_a_silent_server_holds_nobody_longer_than_the_bound(place: Place) -> None:
    """Nor whoever stands in the middle of a transaction, nor whoever is given a connection that slept."""
    await asyncio.gather(*(place.put() for _ in range(8)))
    async with place.audit_locked() as blocked:
        asked = [asyncio.create_task(timed(place.put())) for _ in range(3)]
        await blocked(3)
        place.signal_all(signal.SIGSTOP)
        try:
            asked += [asyncio.create_task(timed(place.put())) for _ in range(17)]
            for answer, seconds in await asyncio.wait_for(asyncio.gather(*asked), 3 * BOUND):
                says_come_again(answer)
                assert seconds < BOUND
        finally:
            place.signal_all(signal.SIGCONT)
    await place.until(201)
    assert await place.missing() == set()


@pytest.mark.parametrize(("begun", "said"), [(True, NotFound), (False, Unavailable)])
async def test_a_silent_server_holds_nobody_whom_no_request_bounds(
    place: Place, begun: bool, said: type[Problem]
) -> None:
    """A relay, say: whether it gives back a connection whose server fell silent, or begins on one that slept."""
    database = Database(place.server.api_url, Keyring.load(Settings(data=place.server.data)))
    nobody = Caller("nobody", uuid4(), "border", frozenset(), frozenset(), "live")

    async def refused() -> None:
        async with database.transaction(nobody, Act(uuid4())):
            place.signal_all(signal.SIGSTOP)
            raise NotFound

    await database.plain("select 1")
    try:
        async with asyncio.timeout(SAID_SECONDS + 2):
            if not begun:
                place.signal_all(signal.SIGSTOP)
            with pytest.raises(said):
                await refused()
    finally:
        place.signal_all(signal.SIGCONT)
    await database.plain("select 1")
    await database.close()


async def test_a_server_that_became_read_only_is_left_and_found_again(place: Place) -> None:
    await place.until(201)
    frozen = "alter system set default_transaction_read_only = on"
    mine = "select array_agg(pid) from pg_stat_activity where usename = 'app_api'"
    await place.sql(frozen, "select pg_reload_conf()")
    try:
        says_come_again(await place.until(503))
        before = await place.sql(mine)
        says_come_again(await place.put())
        assert before != await place.sql(mine)
    finally:
        await place.sql(
            "set default_transaction_read_only = off",
            "alter system reset default_transaction_read_only",
            "select pg_reload_conf()",
        )
    await place.until(201)


async def test_a_standby_answers_nothing_not_even_a_status_until_it_is_promoted(place: Place) -> None:
    """What it shows is a moment old: a right that was revoked meanwhile would still be one."""
    await place.until(201)
    epoch = await place.sql("select epoch from access.feed_mark()")
    await asyncio.to_thread(place.stop)
    signal_file = place.cluster / "standby.signal"
    signal_file.touch()
    os.chown(signal_file, place.cluster.stat().st_uid, place.cluster.stat().st_gid)
    await asyncio.to_thread(place.start)
    assert await place.sql("select pg_is_in_recovery()")
    for path in ("/readyz", f"/v1/referrals/{uuid4()}/status", "/v1/intakes"):
        says_come_again(await place.clients.get(WHO, path))
    says_come_again(await place.put())
    assert await place.sql("select pg_promote()")
    await place.until(201)
    assert await place.sql("select epoch from access.feed_mark()") != epoch
    assert await place.missing() == set()


async def test_a_commit_that_no_standby_confirmed_is_no_success_nor_is_its_repetition(place: Place) -> None:
    """PostgreSQL commits here, and says so, when the wait for the standby is cancelled."""
    await place.until(201)
    intake, before = str(uuid4()), await place.sql("select count(*) from intakes")
    waits = "select pid from pg_stat_activity where wait_event = 'SyncRep' and usename = 'app_api'"
    await place.sql("alter system set synchronous_standby_names = 'nobody'", "select pg_reload_conf()")
    try:
        for _ in range(2):
            asked = asyncio.create_task(place.put(intake))
            while not asked.done() and not await place.sql(f"select pg_cancel_backend(({waits} limit 1))"):
                await asyncio.sleep(0.01)
            says_come_again(await asked)
            assert await place.sql("select count(*) from intakes") == before + 1
    finally:
        await place.sql("alter system reset synchronous_standby_names", "select pg_reload_conf()")
    again = await place.put(intake)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")


def test_a_statement_that_names_a_type_by_a_number_that_is_gone_costs_its_connection() -> None:
    """The driver would keep it for minutes, and whoever is given the connection would be refused that long."""
    assert spoils(asyncpg.InternalServerError("cache lookup failed for type 16385"))
    assert not spoils(asyncpg.InternalServerError("something else"))
    assert not spoils(asyncpg.InvalidCachedStatementError("cached plan must not change result type"))
