"""Reading the feed: what is below the horizon, in the caller's feed, and about something the caller sees now."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from app.auth.call import Call
from app.db import Tx
from app.events.models import FeedEntry
from app.events.relay import Mark, Watch, mark
from app.events.schemas import CloudEvent
from app.pages import Cursor, binding
from app.problems import CursorExpired, InvalidCursor
from app.trail import OutboxEvent

LATEST = "latest"
EVENT_COLUMNS = (
    OutboxEvent.seq,
    OutboxEvent.id,
    OutboxEvent.at,
    OutboxEvent.type,
    OutboxEvent.subject_type,
    OutboxEvent.subject_id,
)


@dataclass(frozen=True)
class Position:
    """After which event of which epoch."""

    epoch: UUID
    seq: int

    def encode(self, secret: bytes, bound: str) -> str:
        return Cursor.at("next", (self.epoch, self.seq)).encode(secret, bound)

    @classmethod
    def decode(cls, secret: bytes, bound: str, text: str) -> "Position":
        """`InvalidCursor` for one of another caller or filter, or none of ours."""
        try:
            epoch, seq = Cursor.decode(secret, bound, text).key
            return cls(UUID(epoch), int(seq))
        except ValueError:
            raise InvalidCursor from None


class Reader:
    """One caller on its way through the feed. `position` is where it goes on; each look is a transaction of its own, so
    that waiting holds none, and what the caller may no longer see at that moment is passed over."""

    def __init__(self, call: Call, types: Sequence[str], limit: int, after: str | None) -> None:
        self._call, self._types, self._limit = call, types, limit
        self._bound = binding(call.caller.client_id, call.caller.organisation_id, "feed", {"types": types})
        self._after = after
        self._watch: Watch = call.request.app.state.feed
        self._seen = 0
        self.position: Position | None = None

    async def look(self) -> Sequence[Row[Any]]:
        """The next events, up to the limit. `InvalidCursor` and `CursorExpired` at the first look only."""
        self._seen = self._watch.horizon
        stands = await mark(self._call.database)

        async def work(tx: Tx) -> Sequence[Row[Any]]:
            here = self.position
            first = (
                here
                if here and here.epoch == stands.epoch
                else await start(tx, stands, here or self._after, self._bound)
            )
            rows, self.position = await read(tx, first, stands.horizon, self._types, self._limit)
            return rows

        return await self._call.read(work)

    async def wait(self, seconds: float) -> Sequence[Row[Any]]:
        """The next events, as soon as there are any that the caller may see; none when that takes too long."""
        until = time.monotonic() + seconds
        with self._watch.seats.taken_by(self._call.caller.client_id):
            while (left := until - time.monotonic()) > 0:
                async with self._call.aside():
                    moved = await self._watch.beyond(self._seen, left)
                if moved and (rows := await self.look()):
                    return rows
        return ()

    def cursor(self, seq: int | None = None) -> str:
        """To go on from here, or from just behind this event."""
        assert self.position is not None  # noqa: S101  after a look
        at = self.position if seq is None else Position(self.position.epoch, seq)
        return at.encode(self._call.database.keyring.wire, self._bound)


def cloud_event(row: Row[Any], source: str) -> CloudEvent:
    """What is told of it, whichever way; `source` is the service's public address."""
    return CloudEvent(
        id=row.id,
        source=source,
        type=row.type,
        subject=f"{row.subject_type}/{row.subject_id}",
        time=row.at,
        sequence=f"{row.seq:020d}",
    )


async def start(tx: Tx, stands: Mark, after: str | Position | None, bound: str) -> Position:
    """Where to go on. `CursorExpired` when events after the cursor have been cleared away: to go on would be to pass
    over them in silence."""
    if after is None:
        return Position(stands.epoch, stands.forgotten_to)
    if after == LATEST:
        return Position(stands.epoch, stands.horizon)
    stated = Position.decode(tx.keyring.wire, bound, after) if isinstance(after, str) else after
    seq: int = await tx.scalar(select(func.access.feed_start(stated.epoch, stated.seq)))
    if seq < stands.forgotten_to:
        raise CursorExpired
    return Position(stands.epoch, seq)


async def read(
    tx: Tx, after: Position, horizon: int, types: Sequence[str], limit: int
) -> tuple[Sequence[Row[Any]], Position]:
    """Up to `limit` events, and where to go on: at the horizon when there are no more below it."""
    event = OutboxEvent
    query = (
        select(*EVENT_COLUMNS)
        .join(FeedEntry, FeedEntry.seq == event.seq)
        .where(FeedEntry.organisation_id == tx.me, FeedEntry.seq > after.seq, FeedEntry.seq <= horizon)
        .order_by(FeedEntry.seq)
        .limit(limit)
    )
    if types:
        query = query.where(event.type.in_(types))
    rows = await tx.all(query)
    reached = rows[-1].seq if len(rows) == limit else max(horizon, after.seq)
    return rows, Position(after.epoch, reached)
