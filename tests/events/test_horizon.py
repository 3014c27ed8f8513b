"""Eight writers that hold their transactions open as they like, one reader at full speed: nothing skipped, order kept.

With the plain cursor, «greater than the last one seen», the same history loses events: that is shown beside it.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest
from fastapi import FastAPI

from app.embedded import Server
from app.events.relay import advance
from tests.conftest import Raw, dsn
from tests.sql import be, org

WRITERS, EVENTS, THINGS = 8, 150, 4
INSERT = (
    "insert into outbox_events (id, type, subject_type, subject_id, organisation_id)"
    " values ($1, 'case.amended', 'thing', $2, $3)"
)
Seen = list[tuple[UUID, UUID]]
Written = dict[UUID, list[UUID]]


@pytest.fixture
async def connections(server: Server) -> AsyncIterator[list[asyncpg.Connection]]:
    made = [await asyncpg.connect(dsn(server.api_url)) for _ in range(WRITERS + 1)]
    yield made
    for connection in made:
        await connection.close()


class World:
    """Some things that many write about; `written` is what was committed about each, in the order of its lock."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - which interleaving, not a secret
        self.things = [uuid5(org("demo-labour"), str(n)) for n in range(THINGS)]
        self.written: Written = {thing: [] for thing in self.things}

    async def write(self, connection: asyncpg.Connection) -> None:
        """As an action does: a transaction id first, the root locked, the number drawn last; then perhaps a wait."""
        for _ in range(EVENTS):
            thing, event = self.chance.choice(self.things), uuid4()
            transaction = connection.transaction()
            await transaction.start()
            await be(connection, "demo-labour")
            await connection.fetchval("select pg_current_xact_id()")
            if self.chance.random() < 0.7:
                await connection.execute("select pg_advisory_xact_lock($1)", self.things.index(thing))
            else:
                thing = uuid4()
            await connection.execute(INSERT, event, thing, org("demo-labour"))
            for _ in range(self.chance.choice((0, 0, 0, 5, 20))):
                await connection.fetchval("select 1")
            if self.chance.random() < 0.1:
                await transaction.rollback()
                continue
            self.written.setdefault(thing, []).append(event)
            await transaction.commit()


async def follow(connection: asyncpg.Connection, horizon: str, done: asyncio.Event) -> Seen:
    """Remembers the highest number it saw, and asks for what is beyond; `horizon` bounds what it may see."""
    seen: Seen = []
    last = 0
    while True:
        ending = done.is_set()
        query = f"select seq, id, subject_id from outbox_events where seq > $1 and {horizon} order by seq limit 50"  # noqa: S608
        rows = await connection.fetch(query, last)
        seen += [(row["id"], row["subject_id"]) for row in rows]
        last = rows[-1]["seq"] if rows else last
        if ending and not rows:
            return seen


async def lived(
    world: World, connections: list[asyncpg.Connection], reading: Callable[[asyncio.Event], Awaitable[Seen]]
) -> Seen:
    done = asyncio.Event()
    reader = asyncio.ensure_future(reading(done))
    await asyncio.gather(*(world.write(connection) for connection in connections[:WRITERS]))
    done.set()
    return await reader


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_committed_event_is_read_once_and_in_the_order_of_its_thing(
    app: FastAPI, raw: Raw, connections: list[asyncpg.Connection], seed: int
) -> None:
    world = World(seed)
    relaying = True

    async def relay() -> None:
        while relaying:
            await advance(app.state.database)

    async def reading(done: asyncio.Event) -> Seen:
        seen: Seen = []
        last = 0
        while True:
            ending = done.is_set()
            if ending:
                await advance(app.state.database)
            rows = await raw.all.fetch(
                "select seq, id, subject_id from outbox_events where seq > $1 and seq <= access.feed_horizon()"
                " order by seq limit 50", last
            )  # fmt: skip
            seen += [(row["id"], row["subject_id"]) for row in rows]
            last = rows[-1]["seq"] if rows else last
            if ending and not rows:
                return seen

    relays = [asyncio.create_task(relay()) for _ in range(2)]
    seen = await lived(world, connections, reading)
    relaying = False
    await asyncio.gather(*relays)
    committed = [event for events in world.written.values() for event in events]
    assert sorted(event for event, _ in seen) == sorted(committed)
    for thing in world.things:
        assert [event for event, about in seen if about == thing] == world.written[thing]


async def test_a_plain_cursor_loses_events(raw: Raw, connections: list[asyncpg.Connection]) -> None:
    """The history above, read without a horizon: what makes the test above worth something."""
    world = World(1)
    seen = await lived(world, connections, lambda done: follow(raw.all, "true", done))
    committed = {event for events in world.written.values() for event in events}
    assert len(committed - {event for event, _ in seen}) > 0
