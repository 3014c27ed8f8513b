"""What a sender is told of its lines: each result with what the record is called now, in the language of whoever
asks."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.batches.models import Operation, OperationOutcomes
from app.batches.schemas import LineOut, OperationOut
from app.batches.taking import Outcome
from app.db import Tx
from app.intakes.models import Intake, IntakePerson
from app.problems import CATALOGUE, FieldError, Language, Problem, render

_NAMED = (
    select(Intake.id, Intake.reference, Intake.digest, IntakePerson.case_id, IntakePerson.case_reference)
    .outerjoin(
        IntakePerson,
        (IntakePerson.organisation_id == Intake.organisation_id) & (IntakePerson.intake_id == Intake.id),
    )
    .order_by(IntakePerson.position)
)


async def lines_out(tx: Tx, outcomes: Sequence[Outcome], language: Language, request_id: UUID) -> list[LineOut]:
    """Results in the order of the outcomes. Of a dry run there are no records to name."""
    ids = [each.id for each in outcomes if each.id and not each.problem and not tx.act.validate_only]
    named = await _named(tx, ids)
    return [
        LineOut.model_validate(
            {
                "line": each.line,
                "id": each.id,
                "status": 200 if tx.act.validate_only and not each.problem else each.status,
                "problem": render(each.problem, language, request_id) if each.problem else None,
                **(named.get(each.id, {}) if each.id and not each.problem else {}),
            }
        )
        for each in outcomes
    ]


async def _named(tx: Tx, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """Digest, reference and cases of the caller's records; of one that was erased only that it was taken in."""
    if not ids:
        return {}
    mine = (Intake.organisation_id == tx.me, Intake.erased_at.is_(None))
    named: dict[UUID, dict[str, Any]] = {}
    for row in await tx.all(_NAMED.where(*mine, Intake.id == any_(literal(list(ids), ARRAY(Uuid()))))):
        about = named.setdefault(row.id, {"digest": row.digest, "reference": row.reference, "accompanying": []})
        if row.case_id:
            case = {"id": row.case_id, "reference": row.case_reference}
            if "case" in about:
                about["accompanying"].append({"case": case})
            else:
                about["case"] = case
    return named


async def show_operation(tx: Tx, operation_id: UUID, language: Language) -> OperationOut:
    """How far it is and, once it is done, every line's result. 404 for all but the client that sent it."""
    row = await tx.one(select(Operation).where(Operation.id == operation_id))
    results = await _results(tx, operation_id, language, row.request_id) if row.finished_at else None
    status = "done" if row.finished_at else "running" if row.done else "accepted"
    return OperationOut.model_validate({**row._mapping, "status": status, "results": results})


async def _results(tx: Tx, operation_id: UUID, language: Language, request_id: UUID) -> list[LineOut]:
    mine = OperationOutcomes.operation_id == operation_id
    rows = await tx.all(select(OperationOutcomes.outcomes).where(mine).order_by(OperationOutcomes.first_line))
    return await lines_out(tx, [remembered(each) for row in rows for each in row.outcomes], language, request_id)


def plain(outcome: Outcome) -> dict[str, Any]:
    """As it is kept: numbers, ids and codes. A problem's texts are made anew for each reader, in their language."""
    kept: dict[str, Any] = {"line": outcome.line, "id": str(outcome.id) if outcome.id else None}
    kept["status"] = outcome.status
    if outcome.problem:
        errors = [[each.pointer, each.code, dict(each.params)] for each in outcome.problem.errors]
        kept["problem"] = {"code": outcome.problem.code, "errors": errors, "params": dict(outcome.problem.params)}
    return kept


def remembered(kept: Mapping[str, Any]) -> Outcome:
    """The outcome that was kept so."""
    sent_id = UUID(kept["id"]) if kept["id"] else None
    problem = _problem(kept["problem"]) if "problem" in kept else None
    return Outcome(kept["line"], sent_id, kept["status"], problem)


def _problem(kept: Mapping[str, Any]) -> Problem:
    problem = CATALOGUE[kept["code"]].__new__(CATALOGUE[kept["code"]])
    # Some kinds are made from other things than these, and have nothing to add to them here.
    Problem.__init__(problem, *(FieldError(*each) for each in kept["errors"]), params=kept["params"])
    return problem
