"""Orders committed entries into the audit tree and signs its head, every so often, in each worker.

Order and signature are apart from the writers: an entry waits for its place, nobody waits for an entry.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.auth import tokens
from app.auth.keys import SigningKey, encode_base64url
from app.db import Database
from app.leaves import content, leaf_of, spelled
from app.merkle import Frontier
from app.problems import Problem

BATCH = 1000
HEAD = "referral-audit-head+jws"
logger = logging.getLogger("referral")


class BrokenTreeError(Exception):
    """Leaves that a head was signed over, or some between, are gone: the database was changed behind the service."""


@dataclass(frozen=True)
class Signer:
    """Who signs heads: the key, and the issuer that a head names."""

    key: SigningKey
    issuer: str


async def order(database: Database) -> int:
    """Gives every committed entry its position; how many got one now. Those that bring their leaf first: to look for
    others among them in each round would be to look at all that wait."""
    ordered = 0
    while (placed := await _place(database, {})) == BATCH:
        ordered += placed
    ordered += placed
    while unhashed := await database.plain("select * from access.unhashed_audit(:most)", most=BATCH):
        placed = await _place(database, {row["id"]: leaf_of(content({**row})) for row in unhashed})
        ordered += placed
        if not placed:  # another worker was faster, and goes on
            break
    return ordered


async def _place(database: Database, leaves: Mapping[UUID, bytes]) -> int:
    rows = await database.plain(
        "select access.order_audit(:most, :ids, :leaves) as ordered",
        most=BATCH,
        ids=list(leaves),
        leaves=list(leaves.values()),
    )
    placed: int = rows[0]["ordered"]
    return placed


async def sign_head(database: Database, signer: Signer, unless_younger: float = 0) -> int | None:
    """Signs the head over all leaves; the size it covers. None when nothing is new since the last head, or another
    worker's is younger than so many seconds. `BrokenTreeError` rather than a head over a tree with a hole."""
    (tree,) = await database.plain("select * from access.audit_tree()")
    now = datetime.now(UTC)
    if tree["leaves"] == tree["tree_size"] or (tree["at"] and (now - tree["at"]).total_seconds() < unless_younger):
        return None
    frontier = await _grown(database, Frontier(tree["tree_size"], tree["frontier"]), tree["leaves"])
    await database.plain(
        "select access.keep_audit_head(:size, :root, :frontier, :at, :jws)",
        size=frontier.size,
        root=frontier.root(),
        frontier=frontier.packed,
        at=now,
        jws=tokens.sign(_claims(frontier, now, signer), signer.key, typ=HEAD),
    )
    return frontier.size


async def order_for_ever(database: Database, signer: Callable[[], Signer], seconds: int) -> None:
    """One round every so often; a round that fails is made up for by the next. 0 seconds: never. `signer` is asked at
    each round: its key may have a successor by then."""
    while seconds:
        await asyncio.sleep(seconds)
        try:
            await order(database)
            await sign_head(database, signer(), unless_younger=seconds / 2)
        except Problem as problem:
            logger.warning("audit head refused: %s", problem.code)
        except Exception:  # whatever it was, the next entries still want their places
            logger.exception("audit head not signed")


async def _grown(database: Database, frontier: Frontier, size: int) -> Frontier:
    """The frontier, with the leaves up to that size added to it."""
    while frontier.size < size:
        rows = await database.plain(
            "select * from access.audit_leaves_from(:start, :most)",
            start=frontier.size,
            most=min(BATCH, size - frontier.size),
        )
        if [row["place"] for row in rows] != list(range(frontier.size, frontier.size + len(rows))) or not rows:
            raise BrokenTreeError(f"a leaf is missing at or after {frontier.size}")
        frontier.add(row["leaf"] for row in rows)
    if frontier.size > size:
        raise BrokenTreeError(f"{frontier.size} leaves were signed, {size} are left")
    return frontier


def _claims(frontier: Frontier, at: datetime, signer: Signer) -> Mapping[str, Any]:
    return {
        "tree_size": frontier.size,
        "root": encode_base64url(frontier.root()),
        "at": spelled(at),
        "issuer": signer.issuer,
    }
