"""Receivers of webhooks as they are met: good ones, and those that fail in every way a receiver can."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> dict[str, Any]:
        """The event, by the public library; it raises for a wrong signature or an old timestamp."""
        event: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return event


Answer = Callable[["Receiver", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """`got` are whole requests; `connections` counts whatever reached the port at all."""

    answer: Answer
    port: int = 0
    scheme: str = "http"
    got: list[Got] = field(default_factory=list)
    connections: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hooks"

    @property
    def types(self) -> list[str]:
        """The types of the events that came, in order."""
        return [str(json.loads(got.body)["type"]) for got in self.got]

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self.serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            lines = (line.partition(": ") for line in head[1:] if line)
            headers = {name.lower(): value for name, _, value in lines}
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append(Got(head[0].split(" ")[1], headers, body))
            self.reached.set()
            await self.answer(self, writer)
        writer.close()


@asynccontextmanager
async def receiving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(answer, scheme="https" if tls else "http")
    server = await asyncio.start_server(receiver.accept, "127.0.0.1", 0, ssl=tls, family=socket.AF_INET)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(receiver.serving):
            task.cancel()
        await asyncio.gather(*receiver.serving, return_exceptions=True)


async def _say(writer: asyncio.StreamWriter, head: str) -> None:
    writer.write(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


def answering(*statuses: int) -> Answer:
    """These one after the other, the last one for ever."""
    left = list(statuses)

    async def answer(_: Receiver, writer: asyncio.StreamWriter) -> None:
        await _say(writer, f"{left.pop(0) if len(left) > 1 else left[0]} As It Is")

    return answer


def busy(wait: str) -> Answer:
    async def answer(_: Receiver, writer: asyncio.StreamWriter) -> None:
        await _say(writer, f"503 Busy\r\nRetry-After: {wait}")

    return answer


def redirecting(to: str, status: int = 302) -> Answer:
    async def answer(_: Receiver, writer: asyncio.StreamWriter) -> None:
        await _say(writer, f"{status} Elsewhere\r\nLocation: {to}")

    return answer


async def silent(_: Receiver, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def dripping(_: Receiver, writer: asyncio.StreamWriter) -> None:
    """Always about to answer: no pause is long enough for a time-out between two bytes."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.02)


async def garbage(_: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff{not http at all}\r\n\r\n" * 10)
    await writer.drain()


async def flooding(_: Receiver, writer: asyncio.StreamWriter) -> None:
    """A good status, and a body without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"A" * 65536 + b"\r\n")
        await writer.drain()


async def hanging_up(_: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.close()
