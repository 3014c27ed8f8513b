"""How one intake reaches the service: by the Python client, with patience for a bad line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from app.client import Client, NotAdmittedError, ProblemError, Retries, UnreachableError, api, types

Result = Literal["created", "replayed", "rejected"]
PATIENCE = Retries(tries=9, first=0.25, longest=60)
"""Half a minute in all, longer than the service takes to start again."""

_EVERY_ROW = frozenset({401, 403})
_NOT_NOW = frozenset({429, 503})


@dataclass(frozen=True)
class Refusal:
    """One finding of the service: JSON pointer (empty: the whole), rule or problem code, and its own words."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True)
class Answer:
    result: Result
    reference: str | None = None
    refusals: tuple[Refusal, ...] = ()


def submit(client: Client, intake_id: UUID, body: Mapping[str, Any]) -> Answer:
    """What became of the intake. `UnreachableError`, `NotAdmittedError`, `UnexpectedAnswerError`: nothing can be sent
    at present, or nothing by this client, so that no other row would fare better."""
    try:
        answer = client.answer(api.put_intakes_intake_id(intake_id, cast(types.IntakeIn, body)))
    except ProblemError as refused:
        if refused.status in _EVERY_ROW:
            raise NotAdmittedError(refused.code, refused.status) from refused
        if refused.status in _NOT_NOW:
            raise UnreachableError(refused.code, begun=False) from refused
        return Answer("rejected", refusals=_refusals(refused))
    return Answer("replayed" if answer.replayed else "created", answer.body["reference"])


def _refusals(refused: ProblemError) -> tuple[Refusal, ...]:
    found = tuple(Refusal(error.pointer, error.code, error.message) for error in refused.errors)
    return found or (Refusal("", refused.code, refused.title),)
