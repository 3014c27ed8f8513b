"""What a client meets when the service is full: an answer at once, whole and useful, on a connection that stays."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from app.admission import Queue, Room
from app.cli.serve import UVICORN
from app.problems import Overloaded
from app.wire import Wire
from campaigns import front
from tests.running import ROOT

HOST = "Host: a.vn\r\n"
PLAIN = f"GET /v1/me HTTP/1.1\r\n{HOST}\r\n".encode()
ENGLISH = f"GET /v1/cases?limit=5 HTTP/1.1\r\n{HOST}Accept-Language: en\r\nAuthorization: Bearer a\r\n\r\n".encode()
POSTED = f'POST /v1/intakes HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\n{{"a":"b"}}'.encode()
CHUNKED = f"POST /v1/intakes HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n".encode()
PAGE = f"POST /v1/intakes HTTP/1.1\r\n{HOST}Accept: text/html\r\nContent-Length: 2\r\n\r\n".encode()
LARGE = f"POST /v1/intakes HTTP/1.1\r\n{HOST}Content-Length: 70000\r\n\r\n".encode() + b" " * 70_000
HEAD = f"HEAD /v1/me HTTP/1.1\r\n{HOST}\r\n".encode()
LAST = f"GET /v1/me HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode()
HEALTH = f"GET /healthz HTTP/1.1\r\n{HOST}\r\n".encode()
READY = f"GET /readyz HTTP/1.1\r\n{HOST}\r\n".encode()


async def test_the_queue_is_no_longer_than_its_pace_bears() -> None:
    now, silent = [1000.0], asyncio.Queue[Message]()
    queue = Queue(Room(at_once=1, waiting=100, seconds=10), clock=lambda: now[0])
    await queue.enter(silent.get)
    waiting = [asyncio.ensure_future(queue.enter(silent.get)) for _ in range(90)]
    await asyncio.sleep(0)
    assert not queue.full
    for _ in range(60):
        now[0] += 0.5
        queue.leave()
    assert queue.waiting == 30
    assert queue.full  # at two a second, some ten are done within half of ten seconds
    with pytest.raises(Overloaded):
        await queue.enter(silent.get)
    assert queue.refused == 1
    for _ in range(19):
        queue.leave()
    assert not queue.full
    for _ in range(11):
        queue.leave()
    await asyncio.gather(*waiting)


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    """The application behind the connection that is shipped."""
    config = uvicorn.Config(app, **UVICORN)
    config.load()
    state = ServerState()
    wires: list[Wire] = []

    def wire() -> Wire:
        wires.append(Wire(config=config, server_state=state, app_state={}))
        return wires[-1]

    server = await asyncio.get_running_loop().create_server(wire, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def full(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One place, taken, and nowhere to wait, until it is undone."""
    monkeypatch.setattr(app.state.queue, "room", Room(at_once=1, waiting=0))
    monkeypatch.setattr(app.state.queue, "working", 1)
    return monkeypatch


async def asked(port: int, *sent: bytes) -> list[httpx.Response]:
    """The answers to these, one after the other on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = []
    for each in sent:
        writer.write(each)
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        length = 0 if each == HEAD else int(dict(headers)["content-length"])
        body = await reader.readexactly(length)
        answers.append(httpx.Response(int(first.split(" ")[1]), headers=headers, content=body))
    writer.close()
    await writer.wait_closed()
    return answers


async def test_who_finds_the_queue_full_is_told_so_at_once_on_a_connection_that_stays(
    app: FastAPI, port: int, full: pytest.MonkeyPatch
) -> None:
    before = app.state.queue.refused
    answers = await asked(port, PLAIN, ENGLISH, POSTED, PLAIN, CHUNKED, LARGE, POSTED, LAST)
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.json()["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
        assert answer.json()["retryable"]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    assert answers[0].json()["title"] != answers[1].json()["title"]
    assert app.state.queue.refused == before + len(answers)


async def test_a_refusal_of_head_sends_no_body_that_would_be_read_as_the_next_answer(
    port: int, full: pytest.MonkeyPatch
) -> None:
    answers = await asked(port, HEAD, PLAIN, HEAD, PLAIN)
    assert [answer.status_code for answer in answers] == [503] * 4


async def test_requests_sent_together_are_refused_and_served_in_their_order(
    app: FastAPI, port: int, full: pytest.MonkeyPatch
) -> None:
    together = await asked(port, ENGLISH + POSTED + HEALTH + PLAIN, b"", b"", b"")
    assert [answer.status_code for answer in together] == [503, 503, 200, 503]
    full.undo()
    assert [answer.status_code for answer in await asked(port, PLAIN, POSTED, PLAIN)] == [401, 401, 401]


async def test_a_refusal_asks_neither_for_the_token_nor_for_the_body(
    app: FastAPI, port: int, full: pytest.MonkeyPatch
) -> None:
    async def unwanted(*_: object) -> None:
        raise AssertionError("it went through the layers")

    full.setattr(app, "middleware_stack", unwanted)
    (answer,) = await asked(port, POSTED.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    assert answer.status_code == 503


class Untaken(asyncio.Transport):
    """To a client that reads nothing: what the system holds for it is full after so many bytes."""

    def __init__(self, holds: int) -> None:
        super().__init__()
        self.wire: Wire | None = None
        self.held, self._holds = 0, holds
        self.answers, self.closed = 0, asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.answers += bytes(data).startswith(b"HTTP/1.1 ")
        full, self.held = self.held > self._holds, self.held + len(data)
        if self.wire and self.held > self._holds and not full:
            self.wire.pause_writing()

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        self.closed.set()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def write_eof(self) -> None: ...


async def test_who_sends_on_and_reads_no_refusal_is_not_written_to_for_ever(
    app: FastAPI, full: pytest.MonkeyPatch
) -> None:
    wire, untaken = connected(app)
    wire.data_received(PLAIN * 500)
    assert 65_536 < untaken.held < 70_000
    begun = list(wire.tasks)
    wire.connection_lost(None)
    await asyncio.gather(*begun)


async def test_who_is_turned_away_loses_no_answer_to_what_it_sent_behind(
    app: FastAPI, full: pytest.MonkeyPatch
) -> None:
    wire, untaken = connected(app, head_seconds=0)
    full.setattr(app.state.readiness, "_asked", 0.0)  # so that it asks the database, which takes a while
    wire.data_received(PLAIN + READY)
    await untaken.closed.wait()
    assert untaken.answers == 2


async def test_of_requests_read_in_one_moment_no_more_go_through_the_layers_than_there_are_places(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers, through = app.middleware_stack, list[str]()

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        through.append(scope["path"])
        assert layers is not None
        await layers(scope, receive, send)

    monkeypatch.setattr(app, "middleware_stack", counted)
    monkeypatch.setattr(app.state.queue, "room", Room(at_once=1, waiting=1))
    lines = [connected(app) for _ in range(6)]
    for wire, _ in lines:
        wire.data_received(POSTED)
    await asyncio.gather(*(task for wire, _ in lines for task in wire.tasks))
    assert len(through) == 2
    assert [untaken.answers for _, untaken in lines] == [1] * 6
    assert app.state.queue.promised == 0


@pytest.mark.parametrize(
    "sent", [PLAIN, POSTED, CHUNKED, HEAD, LAST, HEALTH, PLAIN + POSTED + READY, b"GET /a%00 " + PLAIN[11:]]
)
@pytest.mark.parametrize("leaves", [False, True])
async def test_no_place_is_kept_for_a_request_that_has_ended(app: FastAPI, sent: bytes, *, leaves: bool) -> None:
    wire, _ = connected(app)
    wire.data_received(sent)
    assert app.state.queue.promised == 1
    begun = list(wire.tasks)
    if leaves:
        wire.connection_lost(None)
        assert app.state.queue.promised == 0
    await asyncio.gather(*begun)
    await until(lambda: not wire.tasks)
    assert (app.state.queue.promised, app.state.queue.working) == (0, 0)


async def test_no_place_is_kept_for_a_request_that_was_answered_before_its_body_came(app: FastAPI) -> None:
    wire, _ = connected(app)
    for _ in range(3):
        wire.data_received(PAGE)
        await asyncio.gather(*wire.tasks)
        wire.data_received(b"{}" + PLAIN)
        await asyncio.gather(*wire.tasks)
        await until(lambda: not wire.tasks)
        assert app.state.queue.promised == 0


async def test_a_body_that_dribbles_in_is_promised_no_place(app: FastAPI) -> None:
    wire, _ = connected(app)
    wire.data_received(POSTED[:-1])
    assert app.state.queue.promised == 0
    begun = list(wire.tasks)
    wire.connection_lost(None)
    await asyncio.gather(*begun)


def connected(app: FastAPI, **limits: float) -> tuple[Wire, Untaken]:
    config = uvicorn.Config(app, **UVICORN)
    config.load()
    wire, untaken = Wire(config=config, server_state=ServerState(), app_state={}), Untaken(65_536)
    wire._settings = app.state.settings.model_copy(update=limits)
    untaken.wire = wire
    wire.connection_made(untaken)
    return wire, untaken


async def test_who_leaves_the_queue_is_no_failure_of_the_service(
    app: FastAPI, port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    queue = app.state.queue
    monkeypatch.setattr(queue, "room", Room(at_once=1, waiting=9, seconds=60))
    monkeypatch.setattr(queue, "working", 1)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n"
    writer.write(b"POST /oauth/token HTTP/1.1\r\nHost: a.vn\r\n" + form + b"\r\na=b")
    await until(lambda: queue.waiting == 1)
    writer.close()
    await writer.wait_closed()
    await until(lambda: queue.waiting == 0)
    assert not [record for record in caplog.records if record.name == "referral"]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0)


def test_the_flood_is_measured() -> None:
    command = [sys.executable, "-m", "benchmarks.overload", "--seconds", "2", "--rows", "100", "--connections", "60"]
    small = {**os.environ, "REFERRAL_REQUESTS_AT_ONCE": "4", "REFERRAL_REQUESTS_WAITING": "4"}  # ten are too many
    done = subprocess.run(command, cwd=ROOT, env=small, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout)
    assert figures["through"] == ("front" if front.command() else "worker")
    assert figures["goodput_of_peak"] > 0
    assert set(figures["statuses"]) == {"200", "201", "503"}
    assert figures["refused_without_retry_after"] == 0
    assert set(figures["statuses_after"]) >= {"200", "201"}
