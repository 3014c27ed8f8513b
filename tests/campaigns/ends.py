"""What stands at both ends of the front in its tests: a worker that tells what it heard, and raw connections."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from campaigns.front import fronted

PATIENT: dict[str, Any] = {"waiting": "60s"}


@dataclass
class Worker:
    """Answers with the head that it was sent; what asks to be held waits until it is let go."""

    heard: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    written: asyncio.Event = field(default_factory=asyncio.Event)
    serving: list[asyncio.Task[None]] = field(default_factory=list)
    ready: bool = True

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._answer(reader, writer):
                pass
        await closed(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        self.heard.append(path)
        self.news.set()
        if "/die" in path:
            return False
        length = re.search(r"content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        if "hold" in path:
            await self.let_go.wait()
        body = b"x" * 100_000 if "/large" in path else head.encode()
        status = b"200 OK" if self.ready or path != "/readyz" else b"503 Service Unavailable"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
        await writer.drain()
        self.written.set()
        return True

    async def hears(self, path: str, times: int) -> None:
        async with asyncio.timeout(60):
            while self.heard.count(path) < times:
                self.news.clear()
                await self.news.wait()


@dataclass
class Clients:
    """Connections to the front, ended with the test."""

    port: int
    metrics: int
    end: AsyncExitStack

    async def send(self, *pieces: bytes) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.end.push_async_callback(closed, writer)
        writer.writelines(pieces)
        return reader

    async def ask(self, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> httpx.Response:
        reader = await self.send(request(path, *headers, method=method), body)
        async with asyncio.timeout(60):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            named = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
            content = b"" if method == "HEAD" else await reader.readexactly(int(dict(named)["content-length"]))
        return httpx.Response(int(first.split(" ")[1]), headers=named, content=content)


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def request(path: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a.vn", *headers, "", ""]).encode()


def http2(path: str, method: str, sent: int) -> bytes:
    """A request of HTTP/2 (RFC 9113), head and so many bytes of a body that goes on; it states no length."""
    head = [(":method", method), (":scheme", "http"), (":authority", "a.vn"), (":path", path)]
    spelled = b"".join(b"\0%c%b%c%b" % (len(n), n.encode(), len(v), v.encode()) for n, v in head)  # RFC 7541 §6.2.2
    pieces = [b" " * 8000] * (sent // 8000)
    frames = [frame(4, 0, 0, b""), frame(1, 4, 1, spelled), *(frame(0, 0, 1, piece) for piece in pieces)]
    return b"".join([b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", *frames])


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


@asynccontextmanager
async def behind(folder: Path, *, ready: bool = True, **settings: object) -> AsyncIterator[tuple[Worker, Clients]]:
    worker = Worker(ready=ready)
    server = await asyncio.start_server(worker.connected, "127.0.0.1", 0)
    with fronted([server.sockets[0].getsockname()[1]], folder / "haproxy.log", **settings) as front:
        async with AsyncExitStack() as end:
            end.callback(worker.let_go.set)
            yield worker, Clients(front.port, front.metrics, end)
    server.close()
    await server.wait_closed()
    await asyncio.gather(*worker.serving)
