"""kill -9 of the worker in the middle of an accepted batch: another goes on, and every line is done exactly once."""

import asyncio
import os
import signal
from pathlib import Path

import httpx

from app.embedded import Server
from tests.batches import PATH, POST, a_line, squeezed
from tests.conftest import Raw
from tests.personas import Clients
from tests.served import Served, served

LINES = 2_500


async def _until(raw: Raw, condition: str) -> None:
    async with asyncio.timeout(180):
        while not await raw.all.fetchval(f"select {condition} from operations"):  # noqa: S608
            await asyncio.sleep(0.05)


async def _accepted(clients: Clients, worker: Served, content: bytes) -> str:
    headers = await clients.headers(POST, "POST", {"Content-Type": "application/jsonl", "Content-Encoding": "gzip"})
    async with httpx.AsyncClient(base_url=worker.url, timeout=60) as http:
        answer = await http.post(PATH, content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


async def test_an_accepted_batch_outlives_its_worker(
    clients: Clients, raw: Raw, server: Server, data: Path, tmp_path: Path
) -> None:
    content = squeezed(a_line() for _ in range(LINES))
    with served(server, data, tmp_path / "one.log", batch_seconds=3600) as worker:
        path = await _accepted(clients, worker, content)
        await _until(raw, "done > 0")
        os.kill(worker.pid, signal.SIGKILL)
    done = await raw.all.fetchval("select done from operations")
    assert 0 < done < LINES, "it was to be killed in the middle"
    await raw.all.execute("update operations set held_until = now()")  # the 15 seconds that it was held for are over
    with served(server, data, tmp_path / "two.log", batch_seconds=1):
        await _until(raw, "finished_at is not null")
    told = await clients.ok(POST, "GET", path)
    assert (told["created"], told["replayed"], told["refused"]) == (LINES, 0, 0)
    assert [result["line"] for result in told["results"]] == list(range(1, LINES + 1))
    counts = await raw.all.fetchrow(
        "select (select count(*) from intakes), (select count(*) from cases),"
        " (select count(*) from outbox_events where type = 'intake.submitted'),"
        " (select count(*) from operation_bodies)"
    )
    assert tuple(counts) == (LINES, LINES, LINES, 0)
