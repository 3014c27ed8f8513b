"""Carries events to endpoints: each worker takes endpoints nobody has in hand, and sends to each one thing at a time.

At least once: what is due is written down before it is sent and struck off after it was answered, so a worker that is
killed in between leaves it due. No transaction is open while sending: the feed's horizon would wait for it. A dead
endpoint delays nobody: each has a turn of its own, and those in trouble share half of the places at most.
"""

import asyncio
import logging
import random
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, RowMapping, Select, func, literal_column, select

from app.caller import Act, Caller
from app.db import Database, Tx
from app.events.feed import EVENT_COLUMNS, cloud_event
from app.events.relay import FORGET_EVERY, Watch, forget
from app.events.schemas import CloudEvent
from app.problems import Problem
from app.trail import OutboxEvent
from app.webhooks import actions, deliveries, signing
from app.webhooks.lifecycle import DeliveryStatus, Result
from app.webhooks.models import WebhookEndpoint
from app.webhooks.sending import Attempt, Sender
from app.webhooks.targets import Target, approved

RETRY_AFTER = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds from a failed try to the next: 75.6 hours in all, the schedule of Standard Webhooks 1.0, «Retries»."""
JITTER = 0.1
GONE = 410
PLACES = 64
"""Endpoints that a worker sends to at once. Waiting for an answer costs next to nothing."""
_IN_TROUBLE = PLACES // 2
_AT_ONCE = 2
"""Of the connections that requests need too, so many at most are the relay's."""
_TURN_SECONDS = 10
_REST_SECONDS = 1
LOG = "webhook"
RELAY = "relay"
"""How the relay names itself, as a client, where it acts for an organisation."""
logger = logging.getLogger("referral")


@dataclass(frozen=True)
class Message:
    """What is to be sent, as it stands at this try."""

    delivery_id: UUID
    attempts: int
    target: Target
    body: bytes
    headers: dict[str, str]


class Relay:
    """The turns that this worker has begun. `source` is the service's public address."""

    def __init__(self, database: Database, sender: Sender, source: str) -> None:
        self._database, self._sender, self._source = database, sender, source
        self._turns: set[asyncio.Task[None]] = set()
        self._in_trouble: set[asyncio.Task[None]] = set()
        self._connections = asyncio.Semaphore(_AT_ONCE)

    async def begin(self) -> int:
        """Begins a turn for every endpoint that has something to do, as far as there are places; how many."""
        begun = await self._claim(PLACES - len(self._turns), in_trouble=False)
        free = min(PLACES - len(self._turns), _IN_TROUBLE - len(self._in_trouble))
        return begun + await self._claim(free, in_trouble=True)

    async def settle(self) -> None:
        """Waits until every turn that was begun has ended."""
        while self._turns:
            await asyncio.wait(self._turns)

    async def stop(self) -> None:
        """What is being sent is dropped, and sent again by the next worker."""
        for turn in self._turns:
            turn.cancel()
        await self.settle()

    async def _claim(self, places: int, *, in_trouble: bool) -> int:
        if places <= 0:
            return 0
        query = "select * from access.webhook_claim(:most, :in_trouble)"
        claimed = await self._database.plain(query, most=places, in_trouble=in_trouble)
        for row in claimed:
            turn = asyncio.create_task(self._turn(row))
            for kept in [self._turns, *([self._in_trouble] if in_trouble else [])]:
                kept.add(turn)
                turn.add_done_callback(kept.discard)
        return len(claimed)

    async def _turn(self, claimed: RowMapping) -> None:
        """One after the other, until nothing is due, one fails or the time is over; then the endpoint is let go."""
        caller, endpoint_id = _caller(claimed), claimed["endpoint_id"]
        until = time.monotonic() + _TURN_SECONDS
        rest: float = _REST_SECONDS
        try:
            while time.monotonic() < until:
                message = await self._next(caller, endpoint_id)
                if message is None or not await self._deliver(caller, endpoint_id, message):
                    rest = 0 if message is None else rest
                    break
            else:
                rest = 0
            async with self._connections, self._transaction(caller) as tx:
                await tx.scalar(select(func.access.webhook_release(endpoint_id, rest)))
        except Problem as problem:
            logger.warning("webhook turn ended: %s", problem.code)
        except Exception:  # whatever it was: the lease runs out, and the next turn makes up for it
            logger.exception("webhook turn ended")

    async def _next(self, caller: Caller, endpoint_id: UUID) -> Message | None:
        """The next message; what its organisation may not see any more is struck off on the way."""
        while True:
            async with self._connections, self._transaction(caller) as tx:
                due: Select[Any] = select(literal_column("*")).select_from(
                    func.access.webhook_next(endpoint_id).alias("due")
                )
                row = await tx.first(due)
                if row is None:
                    return None
                endpoint = await tx.one(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))
                event = await self._event(tx, row.kind, row.event_id, endpoint_id)
                target = Target.parse(endpoint.url)
                if event is None:
                    await _settle(tx, row.delivery_id, DeliveryStatus.WITHHELD)
                elif target is None or not await approved(tx, target):
                    await _fail(tx, row.delivery_id, row.attempts, Attempt(Result.HOST_NOT_APPROVED))
                else:
                    body = event.model_dump_json().encode()
                    return Message(row.delivery_id, row.attempts, target, body, _headers(tx, endpoint, event, body))

    async def _event(self, tx: Tx, kind: str, event_id: UUID, endpoint_id: UUID) -> CloudEvent | None:
        if kind == "test":
            return deliveries.a_test(event_id, endpoint_id, self._source)
        row = await tx.first(select(*EVENT_COLUMNS).where(OutboxEvent.id == event_id))
        return cloud_event(row, self._source) if row else None

    async def _deliver(self, caller: Caller, endpoint_id: UUID, message: Message) -> bool:
        attempt = await self._sender.send(message.target, message.body, message.headers)
        async with self._connections, self._transaction(caller) as tx:
            if attempt.delivered:
                await _settle(tx, message.delivery_id, DeliveryStatus.DELIVERED, attempt)
            elif attempt.status == GONE:
                await _settle(tx, message.delivery_id, DeliveryStatus.FAILED, attempt)
                await actions.gone(tx, endpoint_id)
            else:
                await _fail(tx, message.delivery_id, message.attempts, attempt)
        return attempt.delivered

    def _transaction(self, caller: Caller) -> AbstractAsyncContextManager[Tx]:
        return self._database.transaction(caller, Act(request_id=uuid4()))


async def _settle(
    tx: Tx,
    delivery_id: UUID,
    status: DeliveryStatus,
    attempt: Attempt | None = None,
    again: float | None = None,
) -> None:
    result, code = (str(attempt.result), attempt.status) if attempt else (None, None)
    await tx.scalar(select(func.access.webhook_settle(delivery_id, str(status), result, code, again)))


async def _fail(tx: Tx, delivery_id: UUID, attempts: int, attempt: Attempt) -> None:
    """Again later, or given up after the last try. Who asks for time is given it, as far as our own pauses go."""
    if attempts >= len(RETRY_AFTER):
        await _settle(tx, delivery_id, DeliveryStatus.FAILED, attempt)
    else:
        again = max(delay(attempts), min(attempt.wait, RETRY_AFTER[-1]))
        await _settle(tx, delivery_id, DeliveryStatus.PENDING, attempt, again)


def delay(attempts: int) -> float:
    """Seconds until the next try after so many before this one, spread so that what failed together returns apart."""
    return RETRY_AFTER[attempts] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def _headers(tx: Tx, endpoint: Row[Any], event: CloudEvent, body: bytes) -> dict[str, str]:
    signers = actions.live_keys(tx, endpoint)
    return {
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "referral-webhooks",
        **signing.headers(signers, event.id, int(time.time()), body),
    }


def _caller(claimed: RowMapping) -> Caller:
    """The endpoint's organisation, without a scope: it reads what row security shows it and can ask for nothing."""
    return Caller(
        client_id=RELAY,
        organisation_id=claimed["organisation_id"],
        agency=claimed["agency"],
        provinces=frozenset(claimed["provinces"]),
        scopes=frozenset(),
        mode=claimed["mode"],
    )


async def deliver_for_ever(relay: Relay, database: Database, watch: Watch, seconds: float) -> None:
    """A round whenever the feed moves, and every so often for what is tried again. 0 seconds: never."""
    seen, forgot = 0, time.monotonic()
    try:
        while seconds and not watch.ending:
            await watch.beyond(seen, seconds)
            seen = watch.horizon
            try:
                await relay.begin()
                if time.monotonic() - forgot > FORGET_EVERY:
                    forgot = time.monotonic()
                    await forget(database, LOG)
            except Problem as problem:
                logger.warning("webhooks not begun: %s", problem.code)
            except Exception:  # whatever it was, the next round makes up for it
                logger.exception("webhooks not begun")
    finally:
        await relay.stop()
