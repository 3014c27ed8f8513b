"""Batches too long to wait for: accepted onto durable storage, sealed, then worked off by whichever worker lives.

An operation is claimed for a quarter of a minute, renewed by each chunk; outcomes are kept by the transaction that
wrote the records, in the order of the lines. So a worker that is killed loses nothing and leaves nothing undone:
another one goes on at the next line.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from app.admission import Seats
from app.auth.bodies import Upload
from app.batches.lines import lines_of
from app.batches.models import Operation, OperationBody
from app.batches.reads import plain
from app.batches.taking import Outcome, OvertakenError, Sender, take_in
from app.caller import Act, Caller
from app.cases.keys import key_for, new_keys
from app.db import Database, Tx
from app.happenings import Event
from app.journal import Subject, record
from app.problems import Problem, TooManyRequests
from app.vault import Place

MOST_WAITING = 4
"""Of one client: operations that wait, and batches that are worked off while their sender waits."""
_RETRY_SECONDS = 30
logger = logging.getLogger("referral")


class Turns:
    """One worker's: whose chunk it is, and word that there is something to do. Who waits for a turn within a request
    has a place that others need, so a client is given few `seats`."""

    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(2)
        self.seats = Seats(MOST_WAITING, 1)
        self._news = asyncio.Event()

    def tell(self) -> None:
        """An operation was accepted here."""
        self._news.set()

    async def news(self, seconds: float) -> None:
        """Waits for word, at most so long: what another worker left behind is not told of."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()


async def accept(tx: Tx, body: Upload, lines: int) -> UUID:
    """The body as it came, sealed under a key of its own, until its last line is done. 429 to a client that has a few
    waiting already."""
    await tx.alone(f"operations {tx.caller.client_id}")
    mine = (Operation.client_id == tx.caller.client_id, Operation.finished_at.is_(None))
    if await tx.scalar(select(func.count()).select_from(Operation).where(*mine)) >= MOST_WAITING:
        raise TooManyRequests(_RETRY_SECONDS)
    operation_id = uuid4()
    (key,) = await new_keys(tx, 1)
    about = {"request_id": tx.act.request_id, "officer": tx.act.officer, "purpose": tx.act.purpose, "lines": lines}
    who = {"organisation_id": tx.me, "client_id": tx.caller.client_id}
    await tx.insert(Operation, {"id": operation_id, **who, **about})
    sealed = tx.keyring.vault.seal_bytes(key, _place(operation_id), body.content)
    row = {"operation_id": operation_id, "key_id": key.id, "coding": body.coding, "sealed": sealed}
    await tx.insert(OperationBody, row)
    record(tx, Event.BATCH_ACCEPTED, Subject("operation", operation_id), lines=lines)
    return operation_id


async def work_for_ever(database: Database, turns: Turns, seconds: int) -> None:
    """Works off what is waiting, at once when it is told of, and every so often; in each worker. 0 seconds: never."""
    while seconds:
        await turns.news(seconds)
        try:
            while await work_off(database, turns):
                pass
        except Problem as problem:
            logger.warning("batch waits: %s", problem.code)
        except Exception as error:  # whatever it was, the next one still wants its turn; its message may be a person's
            logger.error("batch waits: %s", type(error).__name__)


async def work_off(database: Database, turns: Turns) -> bool:
    """The operation that has waited longest and that nobody holds, to its last line; whether there was one."""
    found = await database.plain("select * from access.claim_operation()")
    if not found:
        return False
    claimed = found[0]
    sender = Sender(database, _caller(claimed), _act(claimed), turns.turn)
    body = await _body(sender, claimed["id"])

    async def keep(tx: Tx, outcomes: Sequence[Outcome]) -> None:
        await _keep(tx, claimed["id"], outcomes)

    with suppress(OvertakenError):
        await take_in(sender, islice(lines_of(body), claimed["done"], None), keep)
    return True


async def _body(sender: Sender, operation_id: UUID) -> Upload:
    async with sender.database.transaction(sender.caller, sender.act) as tx:
        row = await tx.one(select(OperationBody).where(OperationBody.operation_id == operation_id))
        key = await key_for(tx, row.key_id)
    return Upload("", tx.keyring.vault.open_bytes(key, _place(operation_id), row.sealed), row.coding)


async def _keep(tx: Tx, operation_id: UUID, outcomes: Sequence[Outcome]) -> None:
    kept: list[Any] = [plain(each) for each in outcomes]
    next_ones = func.access.keep_outcomes(operation_id, outcomes[0].line, literal(kept, JSONB()))
    if not await tx.scalar(select(next_ones)):
        raise OvertakenError


def _caller(claimed: RowMapping) -> Caller:
    """Who sent it, as the registry knows them now; what was accepted is worked off whatever became of their scopes."""
    return Caller(
        client_id=claimed["client_id"],
        organisation_id=claimed["organisation_id"],
        agency=claimed["agency"],
        provinces=frozenset(claimed["province_codes"]),
        scopes=frozenset(),
        mode=claimed["mode"],
    )


def _act(claimed: RowMapping) -> Act:
    return Act(claimed["request_id"], claimed["officer"], claimed["purpose"])


def _place(operation_id: UUID) -> Place:
    return Place("operation_bodies", "sealed", operation_id)
