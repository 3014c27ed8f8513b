"""Quotas and the queue: who is let in, who is told to wait and for how long, and who never waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from app.admission import Admission, Buckets, Queue, Room, _Visit, address_of
from app.embedded import Server
from app.main import create_app
from app.problems import Overloaded, TooManyRequests
from app.settings import Settings
from tests.personas import ISSUER, Clients

POSTED = [(b"content-length", b"4")]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_grants_a_burst_and_then_its_rate() -> None:
    clock = Clock()
    buckets = Buckets("client", rate=2, burst=3, clock=clock)
    assert [buckets.take("a").granted for _ in range(5)] == [True, True, True, False, False]
    assert buckets.take("a").wait == 1
    assert buckets.take("b").granted
    clock.now += 0.5
    assert [buckets.take("a").granted for _ in range(2)] == [True, False]
    clock.now += 3600
    assert buckets.take("a").left == 2


def test_a_slow_bucket_says_how_long_to_wait() -> None:
    buckets = Buckets("client", rate=0.1, burst=1, clock=Clock())
    assert buckets.take("a").granted
    refused = buckets.take("a")
    assert (refused.granted, refused.wait) == (False, 10)
    assert buckets.headers(refused) == {"RateLimit-Policy": '"client";q=1;w=10', "RateLimit": '"client";r=0;t=10'}


def test_buckets_without_number_do_not_fill_the_memory() -> None:
    buckets = Buckets("stranger", rate=1, burst=1)
    for number in range(30_000):
        buckets.take(str(number))
    assert len(buckets._held) == 10_000


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("192.0.2.1", 1), ("192.0.2.1", 2), True),
        (("192.0.2.1", 1), ("192.0.2.2", 1), False),
        (("2001:db8::1", 1), ("2001:db8::ffff:ffff:ffff:ffff", 1), True),
        (("2001:db8::1", 1), ("2001:db8:0:1::1", 1), False),
        (None, None, True),
    ],
)
def test_an_address_is_a_host_or_a_whole_network_of_the_newer_kind(one: Any, other: Any, *, same: bool) -> None:
    assert (address_of({"client": one}) == address_of({"client": other})) is same


class Bench:
    """A tiny application behind the queue that works on each request until it is let go."""

    def __init__(self, room: Room) -> None:
        self.let_go = asyncio.Event()
        self.begun = 0
        self.queue = Queue(room)
        strangers = Buckets("stranger", 1, 2)
        self.admission = Admission(self.work, queue=self.queue, strangers=strangers, metered={"/oauth/token"})

    async def work(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/healthz":
            if (await receive())["type"] == "http.disconnect":
                return
            self.begun += 1
            await self.let_go.wait()

    def ask(self, *pieces: Message, path: str = "/v1/me", headers: Any = ()) -> "asyncio.Task[None]":
        """One request whose client sends these pieces and then stays silent."""
        told: asyncio.Queue[Message] = asyncio.Queue()
        for piece in pieces:
            told.put_nowait(piece)
        scope = {
            "type": "http",
            "path": path,
            "headers": headers,
            "client": ("192.0.2.1", 1),
            "state": {"aside": nullcontext},
        }
        task = asyncio.ensure_future(self.admission(scope, told.get, _nowhere))
        task.told = told  # type: ignore[attr-defined]
        return task


async def _nowhere(_: Message) -> None: ...


WHOLE: Message = {"type": "http.request", "body": b"", "more_body": False}
LEFT: Message = {"type": "http.disconnect"}


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_so_many_are_worked_on_so_many_wait_and_the_rest_is_told_at_once() -> None:
    bench = Bench(Room(at_once=2, waiting=3, seconds=60))
    asked = [bench.ask(WHOLE) for _ in range(5)]
    await settle()
    assert bench.begun == 2
    with pytest.raises(Overloaded) as refusal:
        await bench.ask(WHOLE)
    assert refusal.value.headers == {"Retry-After": "1"}
    with pytest.raises(Overloaded):
        await bench.ask(WHOLE, headers=POSTED)
    bench.let_go.set()
    await asyncio.gather(*asked)
    assert bench.begun == 5
    await bench.ask(WHOLE)


async def test_health_is_answered_when_nothing_else_is() -> None:
    bench = Bench(Room(at_once=1, waiting=0))
    working = bench.ask(WHOLE)
    await settle()
    with pytest.raises(Overloaded):
        await bench.ask(WHOLE)
    await bench.ask(path="/healthz")
    bench.let_go.set()
    await working


async def test_who_leaves_while_waiting_is_not_worked_on_and_frees_its_place() -> None:
    bench = Bench(Room(at_once=1, waiting=1, seconds=60))
    working = bench.ask(WHOLE)
    await settle()
    for headers in ((), POSTED):
        leaving = bench.ask(WHOLE, LEFT, headers=headers)
        await leaving
    waiting = bench.ask(WHOLE)
    await settle()
    bench.let_go.set()
    await asyncio.gather(working, waiting)
    assert bench.begun == 2


async def test_nobody_waits_longer_than_the_room_allows() -> None:
    bench = Bench(Room(at_once=1, waiting=5, seconds=0.01))
    working = bench.ask(WHOLE)
    await settle()
    with pytest.raises(Overloaded):
        await bench.ask(WHOLE)
    assert not bench.queue.waiting
    bench.let_go.set()
    await working


async def test_a_body_that_dribbles_in_keeps_nobody_out() -> None:
    bench = Bench(Room(at_once=1, waiting=0))
    slow = [bench.ask(headers=POSTED) for _ in range(20)]
    await settle()
    working = bench.ask(WHOLE)
    await settle()
    assert bench.begun == 1
    bench.let_go.set()
    await working
    for each in slow:
        each.told.put_nowait(WHOLE)  # type: ignore[attr-defined]
        await each
    assert bench.begun == 21


async def test_a_cancelled_wait_gives_its_place_back() -> None:
    bench = Bench(Room(at_once=1, waiting=2, seconds=60))
    working, waiting = bench.ask(WHOLE), bench.ask(WHOLE)
    await settle()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    bench.let_go.set()
    await working
    await bench.ask(WHOLE)


async def test_a_request_for_a_token_is_charged_to_its_address_before_anything_else() -> None:
    bench = Bench(Room(at_once=5, waiting=0))
    bench.let_go.set()
    await bench.ask(WHOLE, path="/oauth/token")
    await bench.ask(WHOLE, path="/oauth/token")
    with pytest.raises(TooManyRequests):
        await bench.ask(WHOLE, path="/oauth/token")
    assert bench.begun == 2
    await bench.ask(WHOLE)


@asynccontextmanager
async def limited(server: Server, data: Path, **settings: Any) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    app = create_app(Settings(data=data, public_url=ISSUER, **settings), server.api_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as http:
        yield app, http
    await app.state.database.close()


async def test_every_answer_to_a_client_tells_its_quota_and_beyond_it_there_is_429_and_no_transaction(
    clients: Clients, server: Server, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await clients.headers("demo-oversight", "GET")
    async with limited(server, data, client_rate=0.01, client_burst=3) as (app, http):
        statuses, left = [], []
        for path in ("/v1/me", "/v1/cases", "/v1/audit-events/x"):  # served; no scope; no such path
            answer = await http.get(path, headers=headers)
            statuses.append(answer.status_code)
            left.append(answer.headers.get("RateLimit"))
        assert statuses == [200, 403, 404]
        assert left == ['"client";r=2;t=100', '"client";r=1;t=100', None]
        await http.get("/v1/me", headers=headers)
        monkeypatch.setattr(app.state.database, "_begin", None)  # whatever begins a transaction now fails
        refused = await http.get("/v1/me", headers={**headers, "Accept-Language": "en"})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert refused.json()["retryable"]
        assert refused.headers["RateLimit"].startswith('"client";r=0;t=')
        assert refused.headers["RateLimit-Policy"] == '"client";q=3;w=300'
        assert int(refused.headers["Retry-After"]) > 90
        assert (await http.get("/v1/me")).status_code == 401


async def test_another_client_is_not_charged(clients: Clients, server: Server, data: Path) -> None:
    async with limited(server, data, client_rate=0.01, client_burst=1) as (_, http):
        for name, status in (("demo-police", 200), ("demo-police", 429), ("demo-police-second", 200)):
            answer = await http.get("/v1/me", headers=await clients.headers(name, "GET"))
            assert answer.status_code == status


async def test_refused_tokens_are_charged_to_their_address_and_good_ones_beside_them_are_served(
    clients: Clients, server: Server, data: Path
) -> None:
    good = await clients.headers("demo-labour", "GET")
    async with limited(server, data, stranger_rate=0.01, stranger_burst=2) as (_, http):
        bad = {"Authorization": "Bearer a.b.c", "X-Forwarded-For": "198.51.100.1"}
        answers = [await http.get("/v1/me", headers={**bad, "X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
        assert "RateLimit" not in answers[-1].headers
        assert int(answers[-1].headers["Retry-After"]) > 90
        assert (await http.get("/v1/me", headers=good)).status_code == 200
        assert (await http.post("/oauth/token")).status_code == 429


async def test_only_a_configured_proxy_is_believed_about_addresses(server: Server, data: Path) -> None:
    limits = {"stranger_rate": 0.01, "stranger_burst": 1}
    async with limited(server, data, trusted_proxies="127.0.0.1", **limits) as (_, http):
        for address, status in (("198.51.100.1", 401), ("198.51.100.1", 429), ("198.51.100.2", 401)):
            assert (await http.get("/v1/me", headers={"X-Forwarded-For": address})).status_code == status


async def test_who_leaves_while_it_stood_aside_gives_back_no_place_of_another() -> None:
    bench = Bench(Room(1, 5))
    queue = bench.queue

    async def gone() -> Message:
        return LEFT

    visit = _Visit(queue, whole_and_gone(), _nowhere, {"aside": nullcontext})
    assert await visit.receive() == WHOLE
    async with visit.aside():
        assert await queue.enter(gone) is None  # another takes the place
    async with visit.aside():
        assert not visit.admitted
    with pytest.raises(Overloaded):
        await _wait_out(queue)


def whole_and_gone() -> Receive:
    said = [LEFT, WHOLE]

    async def receive() -> Message:
        return said.pop() if len(said) > 1 else LEFT

    return receive


async def _wait_out(queue: Queue) -> None:
    """The other still has the one place, so nobody gets it in time."""
    silent: asyncio.Queue[Message] = asyncio.Queue()
    await queue.enter(silent.get)
