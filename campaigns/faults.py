"""Each fault a campaign knows: one function that brings it about once, notes it, and returns when it is over.

Those of the database and those of the workers go on beside each other, each kind one after the other. What is killed is
killed by the number of its process, and only what this campaign started.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from app.embedded import ensure
from campaigns.fleet import Fleet
from campaigns.history import History
from campaigns.postgres import kill_in_commit, kill_server
from campaigns.proxy import Line, Proxy, proxied
from campaigns.stage import Stage
from campaigns.workers import Start

STEPS = (-3600.0, -90.0, 90.0, 3600.0)
"""Seconds by which a worker's clock stands wrong."""

_COMMIT_SECONDS = 20.0
_WORK = 4
"""Answers of success between two faults."""


@dataclass
class Field:
    """What faults happen to. `line` leads to a worker and stands among those that clients ask."""

    stage: Stage
    fleet: Fleet
    history: History
    chance: random.Random
    how: Start
    line: Proxy


Fault = Callable[[Field], Awaitable[None]]


async def kill_postgres(field: Field) -> None:
    """kill -9 of the postmaster, and the server brought back."""
    field.history.note("fault", kind="postgres")
    field.stage.server = await asyncio.to_thread(kill_server, field.stage.server)
    await _work(field)


async def kill_backend(field: Field) -> None:
    """kill -9 of a backend in COMMIT, after which PostgreSQL recovers by itself."""
    met = await asyncio.to_thread(kill_in_commit, field.stage.server, _COMMIT_SECONDS)
    field.history.note("fault", kind="commit" if met else "no commit met")
    await _answers(field.stage)
    await _work(field)


async def _work(field: Field, seconds: float = 3.0) -> None:
    """Lets some requests through, so that the next fault meets work; but not for ever."""
    before = field.history.answered
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while field.history.answered < before + _WORK:
                await asyncio.sleep(0.02)
    await asyncio.sleep(field.chance.uniform(0, 0.2))


async def _answers(stage: Stage) -> None:
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InternalClientError):
            connection = await asyncpg.connect(stage.superuser, timeout=5)
            await connection.close()
            return
        if not stage.server.is_alive():
            stage.server = await asyncio.to_thread(ensure, stage.data)
        await asyncio.sleep(0.05)


async def exhaust_pool(field: Field) -> None:
    """A lock that every writer needs, held until the pools are empty and requests are turned away."""
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection = await asyncpg.connect(field.stage.superuser, timeout=5)
        try:
            async with connection.transaction():
                await connection.execute("lock table idempotency_keys, intakes in access exclusive mode")
                await asyncio.sleep(field.chance.uniform(1, 7))
        finally:
            await connection.close(timeout=5)
    field.history.note("fault", kind="pool")


async def kill_api(field: Field) -> None:
    await field.fleet.kill(field.chance)
    await _work(field, 1.0)


async def restart(field: Field) -> None:
    await field.fleet.restart(field.chance)
    await _work(field, 1.0)


async def kill_relay(field: Field) -> None:
    await field.fleet.kill_relay(field.chance)


async def break_line(field: Field) -> None:
    """The line before a worker fails in one of its ways for a second or two."""
    chance = field.chance
    field.line.line = chance.choice(
        (
            Line(delay=chance.uniform(0.05, 0.5)),
            Line(cut_up=chance.randint(1, 4000)),
            Line(cut_down=chance.randint(0, 600)),
            Line(hole=True),
            Line(half_closed=chance.randint(1, 3000)),
            Line(rate=chance.uniform(2000, 20_000)),
        )
    )
    field.history.note("fault", kind="line", line=str(field.line.line))
    await asyncio.sleep(chance.uniform(1, 2))
    field.line.cut()
    field.line.line = Line()


async def step_clock(field: Field) -> None:
    """A worker whose clock is wrong takes requests for a while."""
    step = field.chance.choice(STEPS)
    field.history.note("fault", kind="clock", step=step)
    async with field.fleet.visited(replace(field.how, step=step, prebuilt=False)):
        await asyncio.sleep(field.chance.uniform(1, 3))


async def slow_database(field: Field) -> None:
    """A worker that reaches its database over a line that is late, slow, and at last cut."""
    chance = field.chance
    async with proxied(lambda: field.stage.server.port) as proxy:
        proxy.line = Line(delay=chance.uniform(0.005, 0.1), rate=chance.choice((None, 100_000.0)))
        url = field.how.environment["DATABASE_URL"].replace(f":{field.stage.server.port}/", f":{proxy.port}/")
        how = replace(field.how, environment={**field.how.environment, "DATABASE_URL": url}, prebuilt=False)
        field.history.note("fault", kind="slow", line=str(proxy.line))
        async with field.fleet.visited(how):
            await asyncio.sleep(chance.uniform(1, 3))
            proxy.cut()


async def fill_disk(field: Field) -> None:
    """The disk of the cluster filled to the last byte for a while; afterwards there is room again, and the server is
    brought back if it had to stop."""
    filler = field.stage.data / "filler"
    await asyncio.to_thread(_fill, filler)
    await asyncio.sleep(field.chance.uniform(1, 3))
    filler.unlink()
    field.history.note("fault", kind="disk")
    await _answers(field.stage)


def _fill(filler: Path) -> None:
    piece = b"\0" * 65_536
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(piece):
            pass


DATABASE: Mapping[str, Fault] = {
    "postgres": kill_postgres,
    "commit": kill_backend,
    "pool": exhaust_pool,
    "disk": fill_disk,
}
WORKERS: Mapping[str, Fault] = {
    "api": kill_api,
    "restart": restart,
    "relay": kill_relay,
    "line": break_line,
    "clock": step_clock,
    "slow": slow_database,
}
