"""Lines become records: the good ones of a chunk by one set of statements in one transaction, each answered after
commit.

A line that is refused leaves its audit entry beside them and nothing else. When the set itself fails, because somebody
else moved at the same moment or one row of it broke a constraint, each line is tried alone, so that the bad one is
found.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from app.batches.judging import Asked, judged
from app.batches.lines import Line, chunks
from app.batches.places import BehindError, Place
from app.caller import Act, Caller
from app.db import Database, Tx
from app.happenings import Event
from app.intakes.models import Intake
from app.intakes.submission import Submission, Taken, admissible, held, is_replay, submit_all
from app.journal import Subject, record
from app.problems import InternalError, Problem, RecordErased, Unavailable
from app.sealing import KeyDestroyedError

T = TypeVar("T")
ROUTE = "/v1/intake-batches"
CREATED, REPLAYED = 201, 200
_AT_ONCE = 2
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
    """For whom lines are worked off. A worker writes so many chunks at once as `turn` lets in, whoever's they are."""

    database: Database
    caller: Caller
    act: Act
    turn: asyncio.Semaphore


async def take_in(sender: Sender, lines: Iterable[Line], keep: Keep[T]) -> list[T]:
    """Every line worked off; for each chunk what `keep` makes of its outcomes, in the transaction that made them.

    While PostgreSQL writes one chunk, the next is judged and sealed. `Unavailable` when the database is: what was
    committed by then is a replay for whoever sends it again.
    """
    kept: list[T] = []
    running: deque[asyncio.Task[T]] = deque()
    place: Place | None = None
    try:
        for chunk in chunks(lines):
            asked = await judged(chunk)
            if len(running) == _AT_ONCE:
                kept.append(await running.popleft())
            place = Place(place)
            running.append(asyncio.create_task(_worked_off(sender, asked, keep, place)))
        while running:
            kept.append(await running.popleft())
        return kept
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _worked_off(sender: Sender, asked: Sequence[Asked], keep: Keep[T], place: Place) -> T:
    async with sender.turn:
        try:
            return await _set_or_each(sender, asked, keep, place)
        finally:
            place.end()


async def _set_or_each(sender: Sender, asked: Sequence[Asked], keep: Keep[T], place: Place) -> T:
    try:
        kept = await _together(sender, asked, keep, place)
        place.stored = True
        return kept
    except BehindError:
        await place.wait_for_the_one_before()
    except (OvertakenError, Unavailable):
        raise
    except Exception as error:
        _tell(error, sender)
        return await _each(sender, asked, keep, place)
    finally:
        place.tried()
    return await _set_or_each(sender, asked, keep, place)


async def _each(sender: Sender, asked: Sequence[Asked], keep: Keep[T], place: Place) -> T:
    place.tried()
    outcomes = [await _alone(sender, each) for each in asked]
    return await sender.database.run(sender.caller, sender.act, lambda tx: keep(tx, outcomes))


async def _together(sender: Sender, asked: Sequence[Asked], keep: Keep[T], place: Place) -> T:
    async def once(tx: Tx) -> T:
        outcomes = await _taken_in(tx, asked, place)
        await place.come_up()
        return await keep(tx, outcomes)

    return await sender.database.run(sender.caller, sender.act, once)


async def _alone(sender: Sender, asked: Asked) -> Outcome:
    try:
        return await _together(sender, [asked], _first, Place())
    except Unavailable:
        raise
    except Problem as problem:
        refused = problem
    except Exception as error:
        _tell(error, sender)
        refused = InternalError()
    return await _together(sender, [replace(asked, sent=None, refused=refused)], _first, Place())


async def _first(_: Tx, outcomes: Sequence[Outcome]) -> Outcome:
    return outcomes[0]


async def _taken_in(tx: Tx, asked: Sequence[Asked], place: Place) -> list[Outcome]:
    """One outcome for each; the submissions among them are written together, under ids that nobody else can take."""
    await place.enter()
    taken = dict(await held(tx, Intake, [each.sent.id for each in asked if each.sent]))
    place.entered()
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
