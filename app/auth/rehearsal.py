"""What a test client can force, so that a partner meets each outcome before life brings it (app/rehearsal.yaml).

It is asked for by an id that the client makes itself, so nothing is sent that a live client would not send; of a live
client no id is looked at. A worker forgets whom it turned away once after some thousand others.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from fastapi import Request
from sqlalchemy import ARRAY, Uuid, func, literal, select

from app.caller import Caller
from app.db import Tx
from app.problems import FieldError, IntakeConflict, TooManyRequests, Unavailable, UnknownReference

_REMEMBERED = 4096
_BEGINS = 8


@dataclass(frozen=True)
class Magic:
    """`status` and `code` are None where the call takes effect; `once`: only the first try is refused."""

    begins: str
    outcome: str
    vi: str
    en: str
    status: int | None = None
    code: str | None = None
    seconds: int = 0
    once: bool = False


MAGIC: Mapping[str, Magic] = {
    row["begins"]: Magic(**row)
    for row in yaml.safe_load((Path(__file__).parents[1] / "rehearsal.yaml").read_text("utf-8"))
}


class TurnedAway:
    """The ids that were refused once, the oldest forgotten."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def first(self, client_id: str, made: str) -> bool:
        if (client_id, made) in self._seen:
            return False
        self._seen[client_id, made] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True


async def force(request: Request, caller: Caller, key: str | None) -> str | None:
    """The outcome that a test client asked for, if any; raises what it forces to be refused."""
    if caller.mode != "test":
        return None
    made = key or (request.scope["path"].rsplit("/", 1)[-1] if request.method == "PUT" else "")
    magic = MAGIC.get(made[:_BEGINS].lower())
    if magic is None:
        return None
    if not magic.once or request.app.state.turned_away.first(caller.client_id, made):
        _refuse(magic.outcome)
    if magic.seconds:
        async with request.state.aside():
            await asyncio.sleep(magic.seconds)
    return magic.outcome


async def rehearse(tx: Tx, outcome: str | None) -> None:
    """What becomes of the effect, within its own transaction: every date that it set running has passed."""
    if outcome == "missed":
        cases = [entry.subject.case_id for entry in tx.entries if entry.subject.case_id]
        await tx.scalar(select(func.access.miss_duties(literal(cases, ARRAY(Uuid())))))


def _refuse(outcome: str) -> None:
    if outcome == "duplicate":
        raise IntakeConflict
    if outcome == "refusal":
        raise UnknownReference(FieldError("", "unknown_reference"))
    if outcome == "busy":
        raise TooManyRequests(1)
    if outcome == "unavailable":
        raise Unavailable
