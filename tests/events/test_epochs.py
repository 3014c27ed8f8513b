"""After the database was put back to an earlier moment on the same timeline, numbers mean something else."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import program
from app.embedded import Server
from tests.conftest import Raw
from tests.events.conftest import Follow
from tests.events.test_feed import cursor
from tests.factories import a_case
from tests.personas import Clients


@pytest.fixture
def operating(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands reach the tests' database."""
    monkeypatch.setenv("MIGRATION_DATABASE_URL", server.migration_url)


async def test_a_snapshot_put_back_on_the_same_timeline_is_found_out_by_a_cursor_beyond_it(
    clients: Clients, follow: Follow, raw: Raw
) -> None:
    """What the database lost, a reader still knows; numbers drawn again must not be taken for those it has read."""
    await a_case(clients)
    await follow("demo-border")
    drawn = await raw.all.fetchval("select access.feed_drawn()")
    lost = await cursor(clients, "demo-border")
    for log in ("outbox_events", "feed_entries"):
        await raw.all.execute(f"delete from {log} where seq = $1", drawn)  # noqa: S608 - one of two names
    await raw.all.execute("update feed_epochs set horizon = horizon - 1")
    await raw.all.execute("select setval('outbox_events_seq_seq', $1)", drawn - 1)
    assert len(await follow("demo-border", lost)) == 2
    assert await raw.all.fetchval("select count(*) from feed_epochs") == 2
    assert len(await follow("demo-border", await cursor(clients, "demo-border"))) == 0


async def test_an_operator_begins_an_epoch_after_a_snapshot_and_none_is_missed(
    clients: Clients, follow: Follow, raw: Raw, data: Path, operating: None
) -> None:
    await a_case(clients)
    await follow("demo-border")
    before = await cursor(clients, "demo-border")
    await raw.all.execute("update feed_epochs set horizon = horizon - 1")
    for options, again in ((), 1), (("--from-the-start",), 3):
        command = ("events", "begin-epoch", "--reason", "snapshot_restored", *options, "--data", str(data))
        ran = await asyncio.to_thread(CliRunner().invoke, program({"events": "events"}), command)
        assert ran.exit_code == 0, ran.output
        assert len(await follow("demo-border", before)) == again
    told = await raw.all.fetch("select facts from audit_entries where event = 'feed.epoch_begun'")
    assert len(told) == 2
