"""One request over httpx, and nothing decided: bounded in time and size, never redirected, never decompressed."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

from app.client.errors import UnexpectedAnswerError
from app.client.wire import LostError, Pause, Reply, Send, Steps

R = TypeVar("R")
LARGEST = 16 * 2**20
"""Bytes of an answer; the service sends no larger one."""

_SLOWNESS = 10
"""How many times the patience with silence a whole answer may take that keeps trickling in."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_IDENTITY = {"Accept-Encoding": "identity"}


class Line:
    """Drives the core where a thread may wait."""

    def __init__(self, http: httpx.Client, patience: float) -> None:
        self.http = http
        self._patience = patience

    def drive(self, steps: Steps[R]) -> R:
        """What the steps come to, with everything done that they ask for."""
        try:
            wanted = next(steps)
            while True:
                wanted = _advance(steps, self._done(wanted))
        except StopIteration as end:
            result: R = end.value
            return result

    def _done(self, wanted: Send | Pause) -> Reply | LostError | None:
        if isinstance(wanted, Pause):
            time.sleep(wanted.seconds)
            return None
        try:
            return self._send(wanted)
        except LostError as lost:
            return lost

    def _send(self, wanted: Send) -> Reply:
        gathered = _Gathered(wanted.patience or self._patience)
        with _losses(), self.http.stream(**gathered.arguments(wanted)) as response:
            gathered.begin(response)
            for chunk in response.iter_raw():
                gathered.add(chunk)
            return gathered.reply(response)


class AsyncLine:
    """Drives the core on asyncio."""

    def __init__(self, http: httpx.AsyncClient, patience: float) -> None:
        self.http = http
        self._patience = patience

    async def drive(self, steps: Steps[R]) -> R:
        """What the steps come to, with everything done that they ask for."""
        try:
            wanted = next(steps)
            while True:
                wanted = _advance(steps, await self._done(wanted))
        except StopIteration as end:
            result: R = end.value
            return result

    async def _done(self, wanted: Send | Pause) -> Reply | LostError | None:
        if isinstance(wanted, Pause):
            await asyncio.sleep(wanted.seconds)
            return None
        try:
            return await self._send(wanted)
        except LostError as lost:
            return lost

    async def _send(self, wanted: Send) -> Reply:
        gathered = _Gathered(wanted.patience or self._patience)
        with _losses():
            async with asyncio.timeout(gathered.longest), self.http.stream(**gathered.arguments(wanted)) as response:
                gathered.begin(response)
                async for chunk in response.aiter_raw():
                    gathered.add(chunk)
                return gathered.reply(response)


class _Gathered:
    """An answer while it arrives."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self.longest = patience * _SLOWNESS
        self._until = time.monotonic() + self.longest
        self._body = bytearray()

    def arguments(self, wanted: Send) -> dict[str, Any]:
        return {
            "method": wanted.method,
            "url": wanted.url,
            "headers": {**wanted.headers, **_IDENTITY},
            "content": wanted.content,
            "timeout": httpx.Timeout(self._patience, connect=min(self._patience, 10.0)),
            "follow_redirects": False,
        }

    def begin(self, response: httpx.Response) -> None:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise UnexpectedAnswerError("compressed, though that was not asked for", response.status_code)

    def add(self, chunk: bytes) -> None:
        self._body += chunk
        if len(self._body) > LARGEST:
            raise UnexpectedAnswerError(f"larger than {LARGEST} bytes")
        if time.monotonic() > self._until:
            raise LostError("the answer took too long", begun=True)

    def reply(self, response: httpx.Response) -> Reply:
        return Reply(response.status_code, response.headers, bytes(self._body))


def _advance(steps: Steps[R], outcome: Reply | LostError | None) -> Send | Pause:
    return steps.throw(outcome) if isinstance(outcome, LostError) else steps.send(outcome)


@contextmanager
def _losses() -> Iterator[None]:
    """What httpx calls a failed exchange, in two kinds: nothing can have arrived, or it may have."""
    try:
        yield
    except httpx.LocalProtocolError:
        raise  # the caller's own fault: a header that cannot be sent
    except _NEVER_SENT as error:
        raise LostError(_named(error), begun=False) from error
    except (httpx.TransportError, TimeoutError) as error:
        raise LostError(_named(error), begun=True) from error


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
