"""What one line asks for, judged as the PUT of that record judges its body: nothing is looked up yet."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from app import safejson
from app.batches.lines import Line
from app.findings import field_errors
from app.intakes.schemas import IntakeIn, SentId
from app.intakes.submission import Submission
from app.problems import FieldError, MalformedRequest, PayloadTooLarge, Problem, ValidationFailed

M = TypeVar("M", bound=BaseModel)
_BREATH = 20_000


class _Named(BaseModel):
    id: SentId


@dataclass(frozen=True)
class Asked:
    """A line's number, the id that it gives its record if that can be told, and either a submission or a refusal."""

    line: int
    id: UUID | None
    sent: Submission | None
    refused: Problem | None = None


async def judged(lines: Iterable[Line]) -> list[Asked]:
    """Each line for itself; other requests are served between a few and the next."""
    asked = []
    size = 0
    for line in lines:
        asked.append(judge(line))
        size += 1000 + len(line.content)
        if size > _BREATH:
            size = 0
            await asyncio.sleep(0)
    return asked


def judge(line: Line) -> Asked:
    """A submission under the line's own `id`, or the problem that its PUT would answer."""
    try:
        said = _parsed(line)
    except Problem as problem:
        return Asked(line.number, None, None, problem)
    body = {name: value for name, value in said.items() if name != "id"}
    findings: list[Any] = []
    named = _fit(_Named, said, findings)
    intake = _fit(IntakeIn, body, findings)
    sent_id = named.id if named else None
    if sent_id is None or intake is None:
        return Asked(line.number, sent_id, None, ValidationFailed(*field_errors(findings)))
    return Asked(line.number, sent_id, Submission(sent_id, intake, safejson.fingerprint(body)))


def _parsed(line: Line) -> dict[str, Any]:
    if line.cut:
        raise MalformedRequest(FieldError("", "cut_off"))
    if len(line.content) > safejson.LIMIT:
        raise PayloadTooLarge(params={"limit_bytes": safejson.LIMIT})
    try:
        said = safejson.parse(line.content)
    except MalformedRequest as malformed:
        if line.ended:
            raise
        raise MalformedRequest(FieldError("", "cut_off")) from malformed
    if not isinstance(said, dict):
        raise ValidationFailed(FieldError("", "wrong_type"))
    return said


def _fit(model: type[M], said: dict[str, Any], findings: list[Any]) -> M | None:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        findings += [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_input=False)]
        return None
