"""The order of a batch's chunks while two are written at once: locks are taken, and outcomes kept, one after the other.

A later chunk holds locks while it waits for the one before. When that one fails and is tried line by line, the later
one gives its locks up and begins anew behind it: one of its ids may be among those lines.
"""

import asyncio


class BehindError(Exception):
    """The chunk before failed as a set: what was written beside it is rolled back and begun anew."""


class Place:
    """A chunk's place behind the one `before`, if there is one still."""

    def __init__(self, before: "Place | None" = None) -> None:
        self._before = before
        self._entered, self._tried, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.stored = False

    async def enter(self) -> None:
        """Waits until the chunk before has its locks."""
        if self._before:
            await self._before._entered.wait()

    def entered(self) -> None:
        """Has its locks."""
        self._entered.set()

    async def come_up(self) -> None:
        """Waits until the chunk before is committed; `BehindError` when it could not be as it was."""
        if self._before:
            await self._before._tried.wait()
            if not self._before.stored:
                raise BehindError
            self._before = None

    def tried(self) -> None:
        """Was committed, or rolled back."""
        self._entered.set()
        self._tried.set()

    async def wait_for_the_one_before(self) -> None:
        """Until nothing of it is to come."""
        if self._before:
            await self._before._ended.wait()
            self._before = None

    def end(self) -> None:
        self.tried()
        self._ended.set()
