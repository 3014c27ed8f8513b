"""Readers at work while their right to read ends: nothing that begins after the end was acknowledged is answered.

A worker of its own, with sockets and its own pool of connections, serves fifty readers, each on a connection of its
own; the end is put into effect through another worker.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from app.embedded import Server
from app.main import create_app
from app.settings import Settings
from tests.conftest import Raw
from tests.factories import a_confirmation, a_held_case, a_move, a_proposed_handover, a_referral
from tests.overrides import an_override
from tests.personas import ISSUER, PERSONAS, Clients, Story

READERS = 50
AFTER = 3
"""How often each reader asks again once the end was acknowledged."""
BUSY = 503
"""On a slow machine; such a reader asks again."""
NOTE = "Nên gặp buổi sáng."


@pytest.fixture
async def served(server: Server, data: Path, raw: Raw) -> AsyncIterator[httpx.AsyncClient]:
    """Connections to the application over the wire; it listens before it serves, so nobody waits for it to begin."""
    app = create_app(Settings(data=data, public_url=ISSUER, pool_size=16), server.api_url)
    listening = socket.create_server(("127.0.0.1", 0), backlog=2 * READERS)
    worker = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
    serving = asyncio.create_task(worker.serve(sockets=[listening]))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    limits = httpx.Limits(max_connections=READERS + 1, max_keepalive_connections=READERS + 1)
    headers = {"Host": ISSUER.removeprefix("http://")}
    async with httpx.AsyncClient(base_url=url, limits=limits, headers=headers, timeout=60) as http:
        yield http
    worker.should_exit = True
    await serving
    await app.state.database.close()


@dataclass
class Readings:
    """Every answer: when it was asked for, and whether it showed anything of the person."""

    acknowledged: float = float("inf")
    warm: asyncio.Event = field(default_factory=asyncio.Event)
    shown: list[tuple[float, bool]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def note(self, begun: float, answer: httpx.Response, *, showed: bool) -> None:
        self.shown.append((begun, showed))
        self.statuses[answer.status_code] += 1
        if sum(each for _, each in self.shown) >= 2 * READERS:
            self.warm.set()

    @property
    def late(self) -> int:
        return sum(showed for begun, showed in self.shown if begun > self.acknowledged)


def showed(answer: httpx.Response) -> bool:
    """A case answers 200 with sections only; a referral is its parties' for ever, so there the note counts."""
    assert answer.status_code in (200, 404, 503), answer.text
    said: dict[str, Any] = answer.json()
    return answer.is_success and ("sections" not in said or "masked" in said or NOTE in answer.text)


async def reading(http: httpx.AsyncClient, path: str, headers: dict[str, str], readings: Readings) -> None:
    left = AFTER
    while left:
        begun = time.monotonic()
        answer = await http.get(path, headers=headers)
        left -= begun > readings.acknowledged and answer.status_code != BUSY
        readings.note(begun, answer, showed=showed(answer))


async def under_way(
    http: httpx.AsyncClient, clients: Clients, story: Story, who: str, end: Callable[[], Awaitable[Any]]
) -> Readings:
    """Fifty readers of case and referral; the end falls among them."""
    readings, headers = Readings(), await clients.headers(who, "GET")
    paths = [f"/v1/cases/{story.case}", f"/v1/referrals/{story.referral['id']}"]
    readers = [
        asyncio.create_task(reading(http, paths[at % 2], headers, readings)) for at in range(READERS)
    ]  # fmt: skip
    await readings.warm.wait()
    await end()
    readings.acknowledged = time.monotonic()
    await asyncio.gather(*readers)
    return readings


async def on_a_consent(clients: Clients) -> Story:
    return await a_referral(clients, status="accepted", note=NOTE)


async def on_an_override(clients: Clients) -> Story:
    story = await a_held_case(clients)
    override = await an_override(clients, story, "demo-ngo", purpose="psychological")
    body: dict[str, Any] = {"case_id": story.case, "receiver_id": str(PERSONAS["demo-ngo"].id)}
    body |= {"service": "psychological", "sections": ["identity", "needs"], "lawful_basis": "override", "note": NOTE}
    story.referral = await clients.ok("demo-labour", "POST", "/v1/referrals", body)
    await a_move(clients, story, "demo-ngo", "acceptances", {})
    story.consent = override
    return story


async def revoked(clients: Clients, story: Story) -> None:
    await clients.ok("demo-labour", "POST", f"/v1/consents/{story.consent['id']}/revocations", {})


async def withdrawn(clients: Clients, story: Story) -> None:
    await clients.ok("demo-labour", "POST", f"/v1/overrides/{story.consent['id']}/withdrawals", {})


async def handed_over(clients: Clients, story: Story) -> None:
    await a_confirmation(clients, story, "demo-commune")


async def completed(clients: Clients, story: Story) -> None:
    await a_move(clients, story, "demo-ngo", "completions", {"outcome": "service_delivered"})


@pytest.mark.parametrize(
    ("start", "who", "end"),
    [
        (on_a_consent, "demo-ngo", revoked),
        (on_an_override, "demo-ngo", withdrawn),
        (on_a_consent, "demo-labour", handed_over),
        (on_a_consent, "demo-ngo", completed),
    ],
    ids=["consent_withdrawn", "override_withdrawn", "custody_handed_over", "referral_completed"],
)
async def test_no_reading_that_begins_after_the_end_was_acknowledged_is_answered(
    clients: Clients, served: httpx.AsyncClient, start: Any, who: str, end: Any
) -> None:
    story = await start(clients)
    if end is handed_over:
        await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    readings = await under_way(served, clients, story, who, lambda: end(clients, story))
    after = sum(begun > readings.acknowledged for begun, _ in readings.shown)
    before = sum(shown for begun, shown in readings.shown if begun <= readings.acknowledged)
    print(f"{end.__name__}: {before} shown before, {after} asked after, {readings.late} of these shown", end=" ")
    print(dict(readings.statuses))
    assert before >= 2 * READERS
    assert after >= READERS * AFTER
    assert readings.late == 0
