"""The clients themselves: submitters, couples of sender and receiver who race each other, and readers of the feed."""

import asyncio
import random
from collections.abc import Mapping
from typing import Any

from campaigns import wishes
from campaigns.linear import MOVES
from campaigns.load import Client, Load

SENDERS = ("demo-border", "demo-police", "demo-labour")
RECEIVER = "demo-ngo"
READERS = (*SENDERS, RECEIVER)
LATE_OPERATION = 520
"""Lines that are too many to wait for: accepted, and worked off by whichever worker lives."""

_PAGE = 500


async def submit(load: Load, number: int, batches: float = 0.2) -> None:
    """One intake after the other, by PUT or POST; with chance `batches`, 20 to 60 of them in one request, and now and
    then more than one may wait for."""
    chance = load.chance(f"submitter {number}")
    client = Client(load, SENDERS[number % len(SENDERS)], chance)
    try:
        while not load.ending.is_set():
            if chance.random() < batches:
                lines = LATE_OPERATION if chance.random() < 0.01 else chance.randint(20, 60)
                await client.settle(wishes.batch(chance, lines))
            else:
                wish = wishes.put(chance) if chance.random() < 0.5 else wishes.post(chance)
                await client.settle(wish)
    finally:
        await client.close()


async def refer(load: Load, number: int, ids: Mapping[str, str]) -> None:
    """One referral after the other, each moved by its sender and by two officers of its receiver at once. `ids`:
    client → organisation."""
    chance = load.chance(f"couple {number}")
    sender = Client(load, SENDERS[number % len(SENDERS)], chance)
    receivers = [Client(load, RECEIVER, load.chance(f"receiver {number}.{each}")) for each in range(2)]
    try:
        while not load.ending.is_set():
            referral = await _sent(sender, ids[RECEIVER])
            if referral is not None:
                moves = [_move(each, referral, "receiver") for each in receivers]
                await asyncio.gather(_move(sender, referral, "sender"), *moves)
    finally:
        await asyncio.gather(*(each.close() for each in (sender, *receivers)))


async def _sent(sender: Client, recipient: str) -> str | None:
    chance = sender.chance
    taken_in = await sender.settle(wishes.put(chance))
    if taken_in is None or taken_in.outcome != "ok":
        return None
    case = taken_in.facts["case"]
    given = await sender.settle(wishes.consent(chance, case, recipient))
    if given is None or given.outcome != "ok":
        return None
    sent = await sender.settle(wishes.send(chance, case, recipient, given.facts["id"]))
    return sent.facts["id"] if sent is not None and sent.outcome == "ok" else None


async def _move(client: Client, referral: str, role: str) -> None:
    """Looks, and tries a move of its own from what it saw, until there is none left; a sender withdraws seldom."""
    for _ in range(12):
        seen = await client.settle(wishes.look(referral, role))
        if seen is None or seen.outcome != "ok":
            return
        action = _choice(client.chance, seen.facts, role)
        if action is None:
            return
        if action:
            await client.settle(wishes.move(client.chance, referral, action, role, seen.facts["tag"]))
        else:
            await asyncio.sleep(0.02)


def _choice(chance: random.Random, seen: Mapping[str, Any], role: str) -> str | None:
    """An action; "" to wait for the other side; None when no move is left to anybody."""
    moves = [(does, whose) for (at, does, whose) in MOVES if at == seen["state"]]
    mine = [does for does, whose in moves if whose == role]
    if not moves:
        return None
    weighed = [does for does in mine if does not in ("withdraw", "refuse") or chance.random() < 0.25]
    return chance.choice(weighed) if weighed else ""


class Reader:
    """Follows the feed by cursors from its beginning. A page that did not arrive whole is asked for again."""

    def __init__(self, load: Load, who: str) -> None:
        self.client = Client(load, who, load.chance(f"reader {who}"))
        self._after = ""
        self._known: set[str] = set()

    async def follow(self) -> None:
        while not self.client.load.ending.is_set():
            if not await self.page():
                await asyncio.sleep(0.1)

    async def page(self) -> int | None:
        """How many events it brought; None when it was not answered."""
        answered = await self.client.get(f"/v1/events?limit={_PAGE}{self._after}")
        if answered is None:
            return None
        at, answer = answered
        said = answer.json()
        ids = [event["id"] for event in said["items"]]
        self._after = f"&after={said['next']}"
        if ids:
            self.client.load.history.note("feed", by=self.client.who, at=at, ids=ids)
        if not self._known.issuperset(ids):
            self._known.update(ids)
            self.client.load.goes_on()
        return len(ids)

    async def finish(self) -> None:
        """Reads on to the end, once the feed may be read to it."""
        while not self.client.load.given_up and await self.page() != 0:
            await asyncio.sleep(0)
        await self.client.close()
