"""Assessments: what was found about a person or the family, on which day, by whom in what role; kept as it was."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.engine import Row

from app.cases.actions import lock_case
from app.cases.family_models import Assessment
from app.cases.family_schemas import AssessmentIn, AssessmentItem, AssessmentOut
from app.cases.keys import case_key, seal, unseal
from app.db import Tx
from app.happenings import Event
from app.journal import Subject, record
from app.vault import Place


def _place(assessment_id: UUID) -> Place:
    return Place("assessments", "text", assessment_id)


async def assess(tx: Tx, case_id: UUID, body: AssessmentIn) -> UUID:
    """By whoever acts in the case: the custodian, or a body that serves or verifies the person now."""
    case = await lock_case(tx, case_id)
    assessment_id = uuid4()
    row = {
        "id": assessment_id,
        "case_id": case_id,
        "author_id": tx.me,
        "text_sealed": seal(tx, await case_key(tx, case_id), _place(assessment_id), body.text),
        **body.model_dump(exclude={"text"}),
    }
    await tx.insert(Assessment, row)
    facts = {"kind": body.kind, "conclusion": body.conclusion}
    subject = Subject("assessment", assessment_id, case_id)
    record(tx, Event.ASSESSMENT_MADE, subject, parties=[case.custodian_id], **facts)
    return assessment_id


def assessment_item(_: Tx, row: Row[Any]) -> AssessmentItem:
    return AssessmentItem.model_validate(row)


async def show_made(tx: Tx, assessment_id: UUID) -> AssessmentItem:
    """The answer to an assessment, without its words: reading those needs a purpose."""
    return assessment_item(tx, await tx.one(select(Assessment).where(Assessment.id == assessment_id)))


async def show_assessment(tx: Tx, assessment_id: UUID) -> AssessmentOut:
    row = await tx.one(select(Assessment).where(Assessment.id == assessment_id))
    text = unseal(tx, await case_key(tx, row.case_id), _place(row.id), row.text_sealed)
    record(tx, Event.ASSESSMENT_READ, Subject("assessment", row.id, row.case_id))
    return AssessmentOut.model_validate({**row._mapping, "text": text})
