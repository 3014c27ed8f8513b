"""How the outbox is emptied: record by record, the urgent first, for as long as it takes.

Nothing that passes counts as an end: no network, no admission, 429 and 5xx are tried again without limit. What the
service refuses for what it says is parked and holds up nobody. Only a signed receipt lets a record go.
"""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.post import enrolment, receipts
from app.post.clock import Clock
from app.post.enrolment import Profile
from app.post.line import Line, PassingError, RefusedError
from app.post.outbox import Item, Kept, Outbox

FIRST_WAIT, LONGEST_WAIT = 2.0, 900.0
_FAILURES_TOGETHER = 3
"""So many records in a row that fared ill mean that the line does; one or two may do so for what they are."""


@dataclass
class Tally:
    """One walk through the outbox. `waits`: why it stopped, if it did, and for how long at least."""

    sent: int = 0
    parked: int = 0
    waiting: int = 0
    waits: PassingError | None = None


@dataclass
class Sender:
    """One post at one service; keeps in memory which records to leave alone for a while. `steady` is a clock that
    nobody sets; `chance` spreads the posts of a province that come back together."""

    outbox: Outbox
    line: Line
    clock: Clock
    tell: Callable[[Item, Kept | Mapping[str, Any]], None] = lambda item, what: None
    steady: Callable[[], float] = time.monotonic
    chance: Callable[[float, float], float] = random.uniform
    _later: dict[UUID, tuple[int, float]] = field(default_factory=dict)
    _rounds: int = 0

    def walk(self) -> Tally:
        """Tries every record that is ready once, and stops early only when the next would fare no better."""
        tally, tried, ill = Tally(), list(self._resting()), 0
        while (item := self.outbox.next_ready(tried)) is not None:
            tried.append(item.id)
            try:
                parked = not self._deliver(item)
                tally.parked, tally.sent, ill = tally.parked + parked, tally.sent + (not parked), 0
            except PassingError as why:
                self._put_off(item, why)
                ill += 1
                if why.everywhere or ill == _FAILURES_TOGETHER:
                    tally.waits = why
                    break
        enrolment.remember(self.outbox, self.clock)
        self._rounds = self._rounds + 1 if tally.waits else 0
        tally.waiting = sum(1 for _ in self.outbox.items("ready"))
        return tally

    def pause(self, tally: Tally) -> float:
        """Seconds until the next walk: what the service asked for, else twice as long each time, spread by chance."""
        if tally.waits is None:
            return FIRST_WAIT
        return max(tally.waits.after, self._backoff(self._rounds))

    def watch(self, rest: Callable[[float], None], told: Callable[[Tally, float], None]) -> None:
        """Walks for ever; ended by an exception of `rest` (Ctrl+C)."""
        while True:
            tally = self.walk()
            seconds = self.pause(tally)
            told(tally, seconds)
            rest(seconds)

    def _deliver(self, item: Item) -> bool:
        """True when the record has left, False when it is parked."""
        self.outbox.attempted(item.id)
        profile = self._profile()
        try:
            self.line.put(item.id, item.body or {})
            receipt = self.line.receipt(item.id)
        except RefusedError as refusal:
            self.outbox.park(item.id, refusal.problem)
            self.tell(item, refusal.problem)
            return False
        kept = self._checked(receipt, item, profile)
        self.outbox.leave(kept)
        self._later.pop(item.id, None)
        self.tell(item, kept)
        return True

    def _profile(self) -> Profile:
        """A post that was registered after it was set up completes its enrolment by itself."""
        known = enrolment.load(self.outbox)
        if known.organisation_id:
            return known
        try:
            return enrolment.enrol(self.outbox, self.line, self.clock)
        except enrolment.KeyReplacedError:
            raise PassingError("receipt_unbelievable") from None

    def _checked(self, receipt: str, item: Item, profile: Profile) -> Kept:
        with suppress(receipts.UnbelievableError):
            return receipts.check(receipt, item, profile)
        try:  # the service may have a new key
            return receipts.check(receipt, item, enrolment.pin(self.outbox, self.line))
        except (receipts.UnbelievableError, enrolment.KeyReplacedError):
            raise PassingError("receipt_unbelievable", everywhere=False) from None

    def _put_off(self, item: Item, why: PassingError) -> None:
        tries = self._later.get(item.id, (0, 0.0))[0] + 1
        if not why.everywhere:
            self._later[item.id] = tries, self.steady() + max(why.after, self._backoff(tries))
        self.outbox.waits(item.id, waiting_for(why))
        self.tell(item, waiting_for(why))

    def _resting(self) -> list[UUID]:
        return [item_id for item_id, (_, until) in self._later.items() if until > self.steady()]

    def _backoff(self, tries: int) -> float:
        longest = min(FIRST_WAIT * 2.0 ** min(tries, 20), LONGEST_WAIT)
        return self.chance(longest / 2, longest)


def waiting_for(why: PassingError) -> Mapping[str, Any]:
    """What `status` shows of a record that waits."""
    return {"code": why.code, "status": 0}
