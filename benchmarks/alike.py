"""Whether both services do the same work, asked before they are measured: a yardstick that does less says nothing.

Reads are the same request to both, and the answers are equal but for entity tags. Writes are two requests of a kind:
the answers have the same status and members, equal where they do not belong to one record, and both wrote as many rows.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import httpx

from benchmarks.bulk import TABLES
from benchmarks.measuring import settle, world_of
from benchmarks.operations import OPERATIONS, Request
from benchmarks.stage import DJANGO, SHIPPED, Stage

_WRITTEN = (*TABLES, "idempotency_keys")
_TAGS = {"etag"}
_OF_ONE_RECORD = {
    "id",
    "reference",
    "digest",
    "case",
    "case_id",
    "sender_id",
    "created_at",
    "updated_at",
    "accepted_at",
}
_LEFT_OUT = {"accompanying", "duties_owed"}
"""Members that Django's answers lack, empty for every request measured."""


def check(built: Stage, name: str) -> None:
    """RuntimeError, naming what differs."""
    mine, theirs = (tried(built, name, variant, turn) for turn, variant in enumerate((SHIPPED, DJANGO)))
    settle(built, name)
    if found := differences(mine, theirs):
        raise RuntimeError(f"{name} is not the same work: {found}")


def tried(built: Stage, name: str, variant: str, turn: int) -> dict[str, Any]:
    """What one request came to: status, members, rows written. `turn` says which request of the kind, for a write."""
    requests = list(islice(OPERATIONS[name].requests(world_of(built, name, variant)), 2))
    if requests[0].method == "GET":
        return _shown(_sent(built, variant, requests[0]).json(), _TAGS)
    before = _counted(built)
    answer = _sent(built, variant, requests[turn])
    after = _counted(built)
    written = {table: after[table] - before[table] for table in _WRITTEN}
    return {"answered": answer.status_code, **written, **_shown(answer.json(), _TAGS | _OF_ONE_RECORD | _LEFT_OUT)}


def differences(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """What the two do not agree about."""
    return [
        f"{member}: {mine.get(member, 'missing')} and {theirs.get(member, 'missing')}"
        for member in sorted(mine.keys() | theirs.keys())
        if mine.get(member, "missing") != theirs.get(member, "missing")
    ]


def _sent(built: Stage, variant: str, request: Request) -> httpx.Response:
    headers = {**request.headers, "Content-Type": "application/json"}
    address = built.services[variant].url + request.path
    return httpx.request(request.method, address, headers=headers, content=request.body, timeout=60).raise_for_status()


def _shown(answer: Mapping[str, Any], without: set[str]) -> dict[str, Any]:
    """The members that count; of a page its items, in their order."""
    if "items" in answer:
        return {f"item {place}": _shown(item, without) for place, item in enumerate(answer["items"])}
    return {member: value for member, value in answer.items() if member not in without}


def _counted(built: Stage) -> dict[str, int]:
    query = " union all ".join(f"select '{table}' as name, count(*) as rows from {table}" for table in _WRITTEN)  # noqa: S608
    return {row["name"]: row["rows"] for row in built.fetch(query)}
