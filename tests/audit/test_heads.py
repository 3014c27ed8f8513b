"""A head within the minute, whichever worker dies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
from fastapi import FastAPI

from app.audit.sequencer import Signer, order_for_ever
from app.settings import Settings
from tests.conftest import Raw
from tests.sql import org

EVERY = 2
WRITE = (
    "insert into audit_entries (id, request_id, client_id, organisation_id, agency, event, subject_type, parties,"
    " sections, facts) values (gen_random_uuid(), gen_random_uuid(), 'x', $1, 'ngo', 'case.read', 'case', '{}', '{}',"
    " '{}')"
)


@pytest.fixture
async def workers(app: FastAPI, signer: Signer, raw: Raw) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Three that order and sign, begun at different moments."""
    made = []
    for _ in range(3):
        made.append(asyncio.create_task(order_for_ever(app.state.database, lambda: signer, EVERY)))
        await asyncio.sleep(EVERY / 3)
    yield made
    for worker in made:
        worker.cancel()
    await asyncio.gather(*made, return_exceptions=True)


async def heads(raw: Raw, number: int) -> None:
    """Writes entries until there are so many heads."""
    async with asyncio.timeout(60):
        while await raw.all.fetchval("select count(*) from audit_heads") < number:
            await raw.all.execute(WRITE, org("demo-ngo"))
            await asyncio.sleep(0.05)


async def test_workers_die_one_by_one_and_heads_go_on_within_the_minute(
    raw: Raw, workers: list["asyncio.Task[None]"]
) -> None:
    """Measured with a period of two seconds: the longest time without a head is at most one and a half periods and
    what a round takes; with the longest period that may be set, that is a minute."""
    for dead, number in enumerate((3, 5), 1):
        await heads(raw, number)
        workers[-dead].cancel()
    await heads(raw, 8)
    times = [row["at"] for row in await raw.all.fetch("select at from audit_heads order by at")]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    print(
        "seconds between heads, a worker dead after the 3rd and the 5th:",
        *(f"{gap.total_seconds():.2f}" for gap in gaps),
    )
    assert max(gaps) <= timedelta(seconds=1.5 * EVERY + 1)
    longest = Settings.model_fields["audit_seconds"].metadata
    assert max(bound.le for bound in longest if hasattr(bound, "le")) * 1.5 <= 60
