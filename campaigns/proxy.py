"""A TCP line that fails as lines do: late, slow, cut at a byte of either direction, swallowing, or half closed.

Bytes are passed on as they come and never looked into. What is set in `line` holds for connections that are open too,
but for the cuts, which count from the beginning of each connection.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

_PIECE = 65_536


@dataclass(frozen=True)
class Line:
    """How it fails. `delay`: seconds before each piece; `rate`: bytes a second; `cut_up` and `cut_down`: after so many
    bytes to the server or from it both ends are reset; `hole`: whatever is said is swallowed, and nobody is told;
    `half_closed`: after so many bytes the server is told that the client has nothing more to say."""

    delay: float = 0
    rate: float | None = None
    cut_up: int | None = None
    cut_down: int | None = None
    hole: bool = False
    half_closed: int | None = None


class Proxy:
    """One listening port before whatever `target` names when a connection is made."""

    def __init__(self, target: Callable[[], int]) -> None:
        self._target = target
        self.line = Line()
        self.port = 0
        self.cuts = 0
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs each connection in one
        self._open.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):  # by `cut`; asyncio would report it
                await self._passed_on(reader, writer)
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target())
        up = asyncio.create_task(self._pump(reader, far_writer, up=True))
        down = asyncio.create_task(self._pump(far_reader, writer, up=False))
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            far_writer.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, up: bool) -> None:
        """Ends with the source, by telling the sink so; `ConnectionResetError` where the line is cut."""
        passed = 0
        while piece := await source.read(_PIECE):
            line = self.line
            await asyncio.sleep(line.delay + (len(piece) / line.rate if line.rate else 0))
            if line.hole:
                continue
            limit = line.cut_up if up else line.cut_down
            if limit is not None and passed + len(piece) > limit:
                sink.write(piece[: max(limit - passed, 0)])
                await sink.drain()
                self.cuts += 1
                raise ConnectionResetError
            passed += len(piece)
            sink.write(piece)
            await sink.drain()
            if up and line.half_closed is not None and passed >= line.half_closed:
                break
        sink.write_eof()

    def cut(self) -> None:
        """Ends what is open."""
        for task in self._open:
            task.cancel()


@asynccontextmanager
async def proxied(target: Callable[[], int]) -> AsyncIterator[Proxy]:
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        await server.wait_closed()
