"""A batch as lines: unpacked piece by piece, counted before anything is done with it, and never held whole.

JSON Lines, one record a line, the last with or without its line feed; gzip (RFC 1952) or plain. What unpacks to more
than the limit is refused when the limit is reached, so 5 MB that would become 5 GB cost no more than 50 MB, one piece
at a time.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from app.auth.bodies import Upload
from app.problems import FieldError, MalformedRequest, PayloadTooLarge
from app.safejson import LIMIT

MEDIA = ("application/jsonl", "application/x-ndjson")
CODINGS = ("identity", "gzip")
WIRE_BYTES = 5_000_000
UNPACKED_BYTES = 50_000_000
MOST_LINES = 10_000
_PIECE = 65_536
_GZIP = 31
_MOST_MEMBERS = 1_000
"""Of one gzip body: who packs in parallel makes one for each 64 KB, so 763 at most. Empty ones would cost for ever."""
_CHUNK_LINES = 100
_CHUNK_BYTES = 2_000_000


@dataclass(frozen=True)
class Line:
    """`number` counts from 1. `content` is without the line feed, and of a line beyond the limit of a record no more
    than shows that it is. `cut`: the stream ended within it, so that what there was of it is worth nothing."""

    number: int
    content: bytes
    ended: bool = True
    cut: bool = False


class _CutError(Exception):
    """A gzip stream that ends before its end."""


def count(body: Upload) -> int:
    """How many lines a body has, 413 for too many or too long a body; 400 when it is nothing or no gzip. It reads all
    of it, in a thread: tens of milliseconds of processor for the largest."""
    lines = sum(1 for _ in islice(lines_of(body), MOST_LINES + 1)) if body.content else 0
    if lines > MOST_LINES:
        raise PayloadTooLarge(params={"limit_bytes": UNPACKED_BYTES, "limit_lines": MOST_LINES})
    if not lines:
        raise MalformedRequest(FieldError("", "body_required"))
    return lines


def lines_of(body: Upload) -> Iterator[Line]:
    """Its lines in order; where a gzip stream breaks off, the last says so."""
    number, held = 1, bytearray()
    try:
        for piece in _pieces(body):
            *ends, rest = piece.split(b"\n")
            for end in ends:
                held += end
                yield Line(number, bytes(held))
                number += 1
                held.clear()
            if len(held) <= LIMIT:
                held += rest
    except _CutError:
        yield Line(number, b"", ended=False, cut=True)
        return
    if held:
        yield Line(number, bytes(held), ended=False)


def chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """So many lines at a time as are written in one transaction: locks are held and the processor is kept briefly."""
    chunk: list[Line] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line.content)
        if len(chunk) == _CHUNK_LINES or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _pieces(body: Upload) -> Iterator[bytes]:
    sent = (body.content[at : at + _PIECE] for at in range(0, len(body.content), _PIECE))
    try:
        yield from sent if body.coding == "identity" else _within_limit(_unpacked(sent))
    except zlib.error:
        raise MalformedRequest(FieldError("", "not_gzip")) from None


def _within_limit(pieces: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > UNPACKED_BYTES:
            raise PayloadTooLarge(params={"limit_bytes": UNPACKED_BYTES, "limit_lines": MOST_LINES})
        yield piece


def _unpacked(sent: Iterable[bytes]) -> Iterator[bytes]:
    """Of one gzip member after the other (RFC 1952 §2.2), no piece longer than asked for whatever it came from."""
    stream, members = zlib.decompressobj(_GZIP), 1
    for part in sent:
        rest = part
        while rest:
            if stream.eof:
                stream, members = zlib.decompressobj(_GZIP), members + 1
            if members > _MOST_MEMBERS:
                raise zlib.error
            yield stream.decompress(rest, _PIECE)
            rest = stream.unused_data if stream.eof else stream.unconsumed_tail
    while not stream.eof:
        piece = stream.decompress(b"", _PIECE)
        if not piece:
            raise _CutError
        yield piece
