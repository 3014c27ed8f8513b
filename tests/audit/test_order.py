"""Writers hold their transactions open as long as they like: each committed entry gets one place, no other gets any."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from fastapi import FastAPI

from app.audit.sequencer import order
from app.embedded import Server
from app.merkle import leaf_hash
from tests.audit.conftest import Sealed
from tests.audit.test_tree import places
from tests.conftest import Raw, dsn
from tests.sql import be, org

WRITERS, STEPS = 8, 300
INSERT = (
    "insert into audit_entries (id, request_id, client_id, organisation_id, agency, officer, event, subject_type,"
    " parties, sections, facts, leaf) values ($1, $1, 'demo-labour', $2, 'labour', 'officer.demo-labour', 'case.read',"
    " 'case', '{}', '{}', '{}', $3)"
)


class Writer:
    """A connection of the API's role, and the entries of the transaction that it holds open."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.held: set[UUID] = set()

    async def write(self, leaf: bytes | None) -> None:
        if not self.held:
            await self.connection.execute("begin")
            await be(self.connection, "demo-labour")
        entry = uuid4()
        await self.connection.execute(INSERT, entry, org("demo-labour"), leaf)
        self.held.add(entry)

    async def end(self, word: str) -> set[UUID]:
        await self.connection.execute(word)
        ended, self.held = self.held, set()
        return ended


@pytest.fixture
async def writers(server: Server) -> AsyncIterator[list[Writer]]:
    made = [Writer(await asyncpg.connect(dsn(server.api_url))) for _ in range(WRITERS)]
    yield made
    for writer in made:
        await writer.connection.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_entry_is_missing_or_placed_twice(
    app: FastAPI, raw: Raw, writers: list[Writer], seal: Sealed, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - which interleaving, not a secret
    committed: set[UUID] = set()
    sequencers: list[asyncio.Task[int]] = []
    for step in range(STEPS):
        writer = chance.choice(writers)
        match chance.choice(("write", "write", "write", "commit", "commit", "rollback", "order")):
            case "write":
                await writer.write(chance.choice((None, leaf_hash(step.to_bytes(4)))))
            case "commit":
                committed |= await writer.end("commit")
            case "rollback":
                await writer.end("rollback")
            case "order" if sum(not task.done() for task in sequencers) < 4:
                sequencers.append(asyncio.create_task(order(app.state.database)))
    ordered = sum(await asyncio.gather(*sequencers))
    assert set(await places(raw)) <= committed
    for writer in writers:
        committed |= await writer.end("commit")
    ordered += await order(app.state.database)
    assert set(await places(raw)) == committed
    assert ordered == len(committed)
    assert await seal() == len(committed)


async def test_an_entry_that_commits_late_is_ordered_after_those_that_came_before_it(
    app: FastAPI, raw: Raw, writers: list[Writer]
) -> None:
    late, early = writers[:2]
    await late.write(leaf_hash(b"late"))
    await early.write(leaf_hash(b"early"))
    first = await early.end("commit")
    assert await order(app.state.database) == 1
    second = await late.end("commit")
    assert await order(app.state.database) == 1
    assert list(await places(raw)) == [*first, *second]
