"""Batches as a partner sends them: lines of records, plain or packed."""

import gzip
import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import httpx

from app.batches.lines import MEDIA
from app.batches.operations import Turns, work_off
from tests.factories import an_intake
from tests.personas import Clients

POST = "demo-border"
PATH = "/v1/intake-batches"


def a_line(**changes: Any) -> dict[str, Any]:
    """A record under an id of its own, of one person."""
    return {"id": str(uuid4()), **an_intake(**{"accompanying_minors": [], **changes})}


def packed(lines: Iterable[Any]) -> bytes:
    """JSON Lines; a line that is bytes already goes as it is."""
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


async def sent(
    clients: Clients, lines: Iterable[Any] | bytes, by: str = POST, path: str = PATH, **changes: str | None
) -> httpx.Response:
    content = lines if isinstance(lines, bytes) else packed(lines)
    return await clients.send(by, path, content, MEDIA[0], **changes)


async def zipped(clients: Clients, content: bytes, by: str = POST) -> httpx.Response:
    """Sends what is gzip, or should be."""
    return await sent(clients, content, by, Content_Encoding="gzip")


def squeezed(lines: Iterable[Any]) -> bytes:
    return gzip.compress(packed(lines), mtime=0)


async def worked_off(clients: Clients, turns: Turns | None = None) -> None:
    """Everything that waits, as a worker does it."""
    database = clients.http._transport.app.state.database  # type: ignore[attr-defined]
    while await work_off(database, turns or Turns()):
        pass


def statuses(answer: httpx.Response) -> list[int]:
    return [result["status"] for result in answer.json()["results"]]


def codes(answer: httpx.Response) -> list[str | None]:
    """Of each line: the code of its problem, or of the first rule that it names."""
    problems = [result["problem"] for result in answer.json()["results"]]
    return [p and (p["errors"][0]["code"] if p.get("errors") else p["code"]) for p in problems]
