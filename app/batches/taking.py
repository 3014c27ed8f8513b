"""Lines become records: the good ones of a chunk by one set of statements in one transaction, each answered after
commit.

A line that is refused leaves its audit entry beside them and nothing else. When the set itself fails, because somebody
else moved at the same moment or one row of it broke a constraint, each line is tried alone, so that the bad one is
found.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from app.batches.judging import Asked, judged
from app.batches.lines import Line
from app.caller import Act, Caller
from app.db import Database, Tx
from app.intakes.models import Intake
from app.intakes.submission import Submission, Taken, admissible, held, is_replay, submit_all
from app.journal import Event, Subject, record
from app.problems import InternalError, Problem, RecordErased, Unavailable
from app.sealing import KeyDestroyedError

T = TypeVar("T")
ROUTE = "/v1/intake-batches"
CREATED, REPLAYED = 201, 200
logger = logging.getLogger("referral")


class OvertakenError(Exception):
    """Another worker has done these lines already."""


@dataclass(frozen=True)
class Outcome:
    """What the PUT of that record would have answered: its status, and the problem if it was refused."""

    line: int
    id: UUID | None
    status: int
    problem: Problem | None = None


Keep: TypeAlias = Callable[[Tx, Sequence[Outcome]], Awaitable[T]]


@dataclass(frozen=True)
class Sender:
    """For whom lines are worked off. A worker does one chunk at a `turn`: no batch takes more connections or more of
    the processor than one request would."""

    database: Database
    caller: Caller
    act: Act
    turn: asyncio.Semaphore


async def take_in(sender: Sender, chunk: Sequence[Line], keep: Keep[T]) -> T:
    """Every line of the chunk worked off, and what `keep` makes of the outcomes in the transaction that made them.

    `Unavailable` when the database is: what was committed by then is a replay for whoever sends it again.
    """
    async with sender.turn:
        asked = await judged(chunk)
        try:
            return await _together(sender, asked, keep)
        except (OvertakenError, Unavailable):
            raise
        except Exception as error:
            _tell(error, sender)
        outcomes = [await _alone(sender, each) for each in asked]
        async with sender.database.transaction(sender.caller, sender.act) as tx:
            return await keep(tx, outcomes)


async def _together(sender: Sender, asked: Sequence[Asked], keep: Keep[T]) -> T:
    async with sender.database.transaction(sender.caller, sender.act) as tx:
        return await keep(tx, await _taken_in(tx, asked))


async def _alone(sender: Sender, asked: Asked) -> Outcome:
    try:
        return await _together(sender, [asked], _first)
    except Unavailable:
        raise
    except Problem as problem:
        refused = problem
    except Exception as error:
        _tell(error, sender)
        refused = InternalError()
    return await _together(sender, [replace(asked, sent=None, refused=refused)], _first)


async def _first(_: Tx, outcomes: Sequence[Outcome]) -> Outcome:
    return outcomes[0]


async def _taken_in(tx: Tx, asked: Sequence[Asked]) -> list[Outcome]:
    """One outcome for each; the submissions among them are written together, under ids that nobody else can take."""
    taken = dict(await held(tx, Intake, [each.sent.id for each in asked if each.sent]))
    fresh: list[Submission] = []
    outcomes = [await _outcome(tx, each, taken, fresh) for each in asked]
    await submit_all(tx, fresh)
    return outcomes


async def _outcome(tx: Tx, asked: Asked, taken: dict[UUID, Taken], fresh: list[Submission]) -> Outcome:
    try:
        sent = _wanted(asked)
        if is_replay(taken.get(sent.id), sent.digest):
            return Outcome(asked.line, sent.id, REPLAYED)
        fresh.append(await _admissible(tx, sent))
        taken[sent.id] = Taken(sent.digest)
        return Outcome(asked.line, sent.id, CREATED)
    except Problem as problem:
        if problem.audited:
            facts: Mapping[str, Any] = {"code": problem.code, "status": problem.status}
            record(tx, Event.REFUSED, Subject("request", asked.id), **facts, method="POST", route=ROUTE)
        return Outcome(asked.line, asked.id, problem.status, problem)


def _wanted(asked: Asked) -> Submission:
    if asked.refused is not None or asked.sent is None:
        raise asked.refused or InternalError()
    return asked.sent


async def _admissible(tx: Tx, sent: Submission) -> Submission:
    try:
        return await admissible(tx, sent)
    except KeyDestroyedError:
        raise RecordErased from None


def _tell(error: Exception, sender: Sender) -> None:
    # Its message may be what somebody sent.
    logger.error("%s in a batch, request %s: each line alone", type(error).__name__, sender.act.request_id)
