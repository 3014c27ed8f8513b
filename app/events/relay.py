"""Moves the feed's horizon: how far it may be read so that nothing is ever added below what was read.

Numbers are drawn before commit, so a higher one may be seen before a lower one is there; a reader that remembers the
highest it saw would lose the other. Here the last drawn number L is read first; then this takes a transaction id X of
its own; and when every transaction up to X has ended, all numbers up to L are there or never will be. Writers hold a
transaction id before they draw (`journal.write_entries`) and lock the case before both, so numbers keep its order.
"""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from app.admission import Seats
from app.db import Database
from app.problems import Problem

KEPT_DAYS = 30
FORGET_EVERY = 3600.0
_BATCH = 1000
_SEATS, _SEAT_RETRY = 8, 5
logger = logging.getLogger("referral")


@dataclass(frozen=True)
class Mark:
    """Where the feed stands; `drawn` is the last number given to anybody, committed or not."""

    epoch: UUID
    horizon: int
    forgotten_to: int
    drawn: int


class Watch:
    """The horizon as this worker last saw it, for those who wait for more; connections are few."""

    def __init__(self) -> None:
        self.horizon = 0
        self.ending = False
        self.seats = Seats(_SEATS, _SEAT_RETRY)
        self._moved = asyncio.Event()

    def see(self, horizon: int) -> None:
        self.horizon = horizon
        self._wake()

    def end_waiting(self) -> None:
        """The worker is about to stop: whoever waits is answered with what there is."""
        self.ending = True
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def beyond(self, seen: int, seconds: float) -> bool:
        """Waits until the horizon lies beyond, for so many seconds at most; whether it does."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.horizon <= seen and not self.ending:
                    await self._moved.wait()
        return self.horizon > seen and not self.ending


async def mark(database: Database) -> Mark:
    (row,) = await database.plain("select * from access.feed_mark()")
    return Mark(**row)


async def advance(database: Database) -> int:
    """One round; the horizon after it. Any number of workers may do this at once, and die at any point."""
    stands = await mark(database)
    if stands.drawn > stands.horizon:
        (mine,) = await database.plain("select pg_current_xact_id()::text::bigint as id")
        while not (await database.plain(_ENDED, mine=mine["id"]))[0]["ended"]:
            await asyncio.sleep(0.02)
        await database.plain("select access.feed_advance(:epoch, :passed)", epoch=stands.epoch, passed=stands.drawn)
    return max(stands.drawn, stands.horizon)


_ENDED = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint > :mine as ended"


async def relay_for_ever(database: Database, watch: Watch, seconds: float) -> None:
    """A round every so often, and once an hour what is older than the feed keeps is cleared away. 0 seconds: never."""
    forgot = time.monotonic()
    while seconds:
        await asyncio.sleep(seconds)
        try:
            watch.see(await advance(database))
            if time.monotonic() - forgot > FORGET_EVERY:
                forgot = time.monotonic()
                await forget(database)
        except Problem as problem:
            logger.warning("feed not advanced: %s", problem.code)
        except Exception:  # whatever it was, the next round makes up for it
            logger.exception("feed not advanced")


async def forget(database: Database, log: str = "feed") -> int:
    """Clears away what is older than 30 days, of the feed or of another `log` that is kept for as long; how much."""
    gone = 0
    while True:
        rows = await database.plain(f"select access.{log}_forget(:days, :most) as gone", days=KEPT_DAYS, most=_BATCH)
        batch: int = rows[0]["gone"]
        gone += batch
        if batch < _BATCH:
            return gone
