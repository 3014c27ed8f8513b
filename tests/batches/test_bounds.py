"""Bombs, cuts and crowds: refused early, in flat memory, and what was whole of a batch that was cut is taken in."""

import gzip
import json
import tracemalloc
import zlib

import pytest

from app.auth.bodies import Upload
from app.batches.lines import MEDIA, MOST_LINES, UNPACKED_BYTES, WIRE_BYTES, Line, count, lines_of
from app.problems import MalformedRequest, PayloadTooLarge, Problem
from tests.batches import a_line, codes, packed, sent, squeezed, statuses, zipped
from tests.conftest import Raw
from tests.personas import Clients

_MB = 1_000_000


def a_bomb(unpacked: int, piece: bytes = b" " * _MB) -> bytes:
    """Gzip that becomes so many bytes, made without ever holding them."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(piece) for _ in range(unpacked // len(piece))]
    return b"".join(parts) + packer.flush()


def gz(content: bytes) -> Upload:
    return Upload(MEDIA[0], content, "gzip")


def test_a_bomb_of_500_megabytes_is_refused_early_in_flat_memory() -> None:
    bomb = a_bomb(500 * _MB)
    assert len(bomb) < _MB
    tracemalloc.start()
    with pytest.raises(PayloadTooLarge) as refused:
        count(gz(bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.params["limit_bytes"] == UNPACKED_BYTES
    assert peak < 4 * _MB


async def test_a_bomb_is_413_over_http(clients: Clients) -> None:
    answer = await zipped(clients, a_bomb(500 * _MB))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert answer.json()["params"] == {"limit_bytes": UNPACKED_BYTES, "limit_lines": MOST_LINES}


async def test_a_body_may_be_five_megabytes_here_and_one_elsewhere(clients: Clients) -> None:
    long = [a_line(text="a" * 10_000) for _ in range(150)]
    assert len(packed(long)) > _MB
    assert (await sent(clients, long)).status_code == 200
    answer = await sent(clients, b" " * (WIRE_BYTES + 1))
    assert (answer.status_code, answer.json()["params"]) == (413, {"limit_bytes": WIRE_BYTES})
    answer = await clients.call("demo-border", "POST", "/v1/intakes", {"text": "a" * _MB})
    assert (answer.status_code, answer.json()["params"]) == (413, {"limit_bytes": _MB})


@pytest.mark.parametrize("lines", [MOST_LINES, MOST_LINES + 1])
def test_ten_thousand_lines_are_the_most(lines: int) -> None:
    body = Upload(MEDIA[0], b"{}\n" * lines)
    if lines <= MOST_LINES:
        assert count(body) == lines
    else:
        with pytest.raises(PayloadTooLarge):
            count(body)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", MalformedRequest),
        (gzip.compress(b"", mtime=0), MalformedRequest),
        (b"not gzip at all", MalformedRequest),
        (gzip.compress(b"{}\n", mtime=0) + b"and a rest", MalformedRequest),
        (gzip.compress(b"", mtime=0) * 1_001 + gzip.compress(b"{}\n", mtime=0), MalformedRequest),
        (gzip.compress(b"{}\n", mtime=0)[:-4] + b"\0\0\0\0", MalformedRequest),
    ],
)
def test_what_is_no_batch_is_refused_whole(content: bytes, problem: type[Problem]) -> None:
    with pytest.raises(problem):
        count(gz(content))


def test_lines_are_the_same_wherever_a_piece_ends() -> None:
    content = b"".join(b"%d" % n * (n % 50_000) + b"\n" for n in range(1, 1_500_000, 70_001)) + b"last"
    expected = [Line(n, each) for n, each in enumerate(content.split(b"\n"), 1)]
    expected[-1] = Line(len(expected), b"last", ended=False)
    assert list(lines_of(Upload(MEDIA[0], content))) == expected
    assert list(lines_of(gz(gzip.compress(content)))) == expected
    assert list(lines_of(gz(gzip.compress(content[:70_000]) + gzip.compress(content[70_000:])))) == expected


def test_of_a_line_too_long_no_more_is_held_than_shows_it() -> None:
    (line,) = lines_of(gz(a_bomb(49 * _MB)))
    assert _MB < len(line.content) < 1.1 * _MB


async def test_a_stream_cut_anywhere_gives_its_whole_lines_and_says_where_it_was_cut(clients: Clients) -> None:
    lines = [a_line(text=f"{n}" * 40) for n in range(4)]
    whole = squeezed(lines)
    for cut in (len(whole) - 1, len(whole) - 9, len(whole) // 2, 12):
        answer = await zipped(clients, whole[:cut])
        assert answer.status_code == 207, answer.text
        assert codes(answer)[-1] == "cut_off"
        assert set(statuses(answer)[:-1]) <= {200, 201}
    assert statuses(await zipped(clients, whole)) == [200, 200, 200, 200]


async def test_a_last_line_cut_short_is_told_and_the_rest_taken_in(clients: Clients, raw: Raw) -> None:
    lines = [a_line(), a_line()]
    whole = packed(lines)
    answer = await sent(clients, whole[:-20])
    assert (statuses(answer), codes(answer)[1]) == ([201, 400], "cut_off")
    assert statuses(await sent(clients, whole[:-1])) == [200, 201]
    assert await raw.all.fetchval("select count(*) from intakes") == 2


async def test_a_batch_is_no_way_round_the_width_of_a_body(clients: Clients) -> None:
    """What one body may not be, one line may not be."""
    deep = json.dumps(a_line())[:-1].encode() + b', "text": ' + b"[" * 40 + b"]" * 40 + b"}"
    wide = b'{"text": [' + b"1," * 60_000 + b"1]}"
    assert codes(await sent(clients, [deep, wide, a_line()])) == ["too_deep", "too_wide", None]
