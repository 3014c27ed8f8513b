"""The line fails in each of the ways it is told to, and otherwise passes every byte on."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from campaigns.proxy import Line, Proxy, proxied

SAID = b"x" * 3000


@asynccontextmanager
async def echoed(line: Line) -> AsyncIterator[tuple[Proxy, asyncio.StreamReader, asyncio.StreamWriter, list[bytes]]]:
    """A server that says everything again, behind the line; the list is what it heard, and b"" at the end of it."""
    heard: list[bytes] = []
    ended = asyncio.Event()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                while piece := await reader.read(65_536):
                    heard.append(piece)
                    writer.write(piece)
                heard.append(b"")
        finally:
            writer.close()
            ended.set()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, proxied(lambda: server.sockets[0].getsockname()[1]) as proxy:
        proxy.line = line
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        yield proxy, reader, writer, heard
        writer.close()
        proxy.cut()
        await ended.wait()


async def test_a_good_line_passes_every_byte_on_and_the_end() -> None:
    async with echoed(Line()) as (_, reader, writer, heard):
        writer.write(SAID)
        assert await reader.readexactly(len(SAID)) == SAID
        writer.write_eof()
        assert await reader.read() == b""
        assert b"".join(heard) == SAID


async def test_a_late_and_slow_line_takes_its_time() -> None:
    async with echoed(Line(delay=0.05, rate=30_000)) as (_, reader, writer, _heard):
        began = time.monotonic()
        writer.write(SAID)
        await reader.readexactly(len(SAID))
        assert time.monotonic() - began >= 2 * (0.05 + 0.1)


@pytest.mark.parametrize(("line", "heard_bytes"), [(Line(cut_up=1000), 1000), (Line(cut_down=1000), 3000)])
async def test_a_cut_line_passes_on_so_many_bytes_and_not_one_more(line: Line, heard_bytes: int) -> None:
    async with echoed(line) as (proxy, reader, writer, heard):
        writer.write(SAID)
        answered = b""
        with suppress(ConnectionResetError):
            while piece := await reader.read(65_536):
                answered += piece
        assert len(b"".join(heard)) <= heard_bytes
        assert len(answered) <= 1000
        assert proxy.cuts == 1


async def test_a_hole_swallows_and_tells_nobody() -> None:
    async with echoed(Line(hole=True)) as (_, reader, writer, heard):
        writer.write(SAID)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        assert heard == []


async def test_a_half_closed_line_ends_what_the_server_hears_and_still_answers() -> None:
    async with echoed(Line(half_closed=3000)) as (_, reader, writer, heard):
        writer.write(SAID)
        assert await reader.read(65_536) == SAID
        assert await reader.read() == b""
        assert heard[-1] == b""


async def test_what_is_open_ends_when_the_line_is_cut() -> None:
    async with echoed(Line()) as (proxy, reader, writer, _):
        writer.write(b"x")
        await reader.readexactly(1)
        proxy.cut()
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
