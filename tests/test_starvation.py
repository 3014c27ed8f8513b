"""Nobody keeps others out: not by reading slowly, nor by a body that no route asks for, nor by an id of its making."""

import asyncio
from contextlib import nullcontext
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.admission import Admission, Buckets, Queue, Room
from app.auth.call import Call
from app.batches.operations import MOST_WAITING
from app.db import GATE
from app.problems import NotFound
from tests.batches import a_line, sent
from tests.conftest import Raw
from tests.factories import an_intake
from tests.personas import PERSONAS, Clients

WHOLE: Message = {"type": "http.request", "body": b"", "more_body": False}


async def visited(app: ASGIApp, queue: Queue, send: Send) -> None:
    """One request without a body, on its way through the queue into this application."""
    scope = {"type": "http", "path": "/v1/me", "headers": [], "state": {"aside": nullcontext}}
    await Admission(app, queue=queue, strangers=Buckets("stranger", 1, 2), metered=())(scope, whole, send)


async def whole() -> Message:
    return WHOLE


async def test_who_is_slow_to_take_an_answer_keeps_nobody_from_work() -> None:
    queue, taken, written = Queue(Room(at_once=1, waiting=0)), asyncio.Event(), asyncio.Event()

    async def answer(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        assert queue.working == 1
        await send({"type": "http.response.start"})

    async def slowly(_: Message) -> None:
        written.set()
        await taken.wait()

    async def quickly(_: Message) -> None: ...

    slow = asyncio.ensure_future(visited(answer, queue, slowly))
    await written.wait()
    await visited(answer, queue, quickly)
    assert not slow.done()
    taken.set()
    await slow
    assert queue.working == 0


async def test_a_stream_has_a_place_for_each_of_its_looks_and_none_while_it_is_read() -> None:
    queue, seen = Queue(Room(at_once=1, waiting=0)), list[tuple[str, int]]()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start"})
        for _ in range(2):
            async with scope["state"]["aside"]():
                seen.append(("waits", queue.working))
            seen.append(("looks", queue.working))
            await send({"type": "http.response.body", "more_body": True})

    async def sent(_: Message) -> None:
        seen.append(("is read", queue.working))

    await visited(stream, queue, sent)
    assert seen == [("is read", 0), *[("waits", 0), ("looks", 1), ("is read", 0)] * 2]
    assert queue.working == 0


@pytest.mark.parametrize("content", [None, b"x"])
async def test_a_body_that_no_route_asks_for_is_no_way_round_the_queue(
    clients: Clients, app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    at_work: list[int] = []

    async def page(*_: object, **__: object) -> Any:
        at_work.append(app.state.queue.working)
        raise NotFound

    monkeypatch.setattr(Call, "page", page)
    headers = await clients.headers("demo-police", "GET")
    answer = await client.request("GET", "/v1/cases", headers=headers, content=content)
    assert (answer.status_code, at_work) == (404, [1])


@pytest.mark.parametrize("number", [GATE, 5_201_103, 5_201_104, 5_201_105], ids=["gate", "migration", "audit", "feed"])
async def test_no_id_of_a_senders_making_locks_what_everybody_needs(clients: Clients, raw: Raw, number: int) -> None:
    """Of a random UUID its sender chooses 122 bits, and a lock of PostgreSQL has 64."""
    chosen = (PERSONAS["demo-border"].id.int ^ number) % 2**62
    made = UUID(int=uuid4().int >> 64 << 64 | 1 << 63 | chosen)
    async with raw.all.transaction():
        await raw.all.execute(f"select pg_advisory_xact_lock_shared({number})")
        await clients.ok("demo-border", "PUT", f"/v1/intakes/{made}", an_intake())


async def test_batches_of_one_client_leave_places_to_others(clients: Clients, app: FastAPI) -> None:
    turn = app.state.turns.turn
    async with asyncio.timeout(30), turn, turn:  # both are another's, so that whoever is let in waits
        ours = [asyncio.create_task(sent(clients, [a_line()])) for _ in range(MOST_WAITING + 1)]
        theirs = asyncio.create_task(sent(clients, [a_line()], "demo-police"))
        (refused,), waiting = await asyncio.wait([*ours, theirs], return_when=asyncio.FIRST_COMPLETED)
        assert refused in ours
        assert (refused.result().status_code, refused.result().headers["Retry-After"]) == (429, "1")
    assert {(await each).status_code for each in waiting} == {200}
    assert (await sent(clients, [a_line()])).status_code == 200
