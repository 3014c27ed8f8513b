"""Evidence for a verification: given by whoever takes part in the case, read by who verifies and who asked.

Law 53/2024 Art 32(1) names nine sources, most of them neither verifier nor requester; a shelter or the person's family
may know what both lack. Who gives evidence need not see the verification, and learns nothing of it.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, literal_column, select
from sqlalchemy.engine import Row

from app.cases.keys import case_key, seal, unseal
from app.cases.models import CaseEntry
from app.cases.sections import Section
from app.db import Tx
from app.happenings import Event
from app.journal import Subject, record
from app.problems import FieldError, InvalidTransition, UnknownReference
from app.vault import Place
from app.verifications.models import Evidence
from app.verifications.schemas import EvidenceIn, EvidenceItem, EvidenceOut


def _place(evidence_id: UUID) -> Place:
    return Place("verification_evidence", "text", evidence_id)


async def add(tx: Tx, verification_id: UUID, body: EvidenceIn) -> UUID:
    """Adds to a live verification, and tells verifier and requester. Evidence that comes too late leads to its
    reconsideration instead (409)."""
    target = await _target(tx, verification_id)
    if not target.live:
        seen = {"status": target.status} if target.status else {}
        raise InvalidTransition(params={**seen, "available_actions": []})
    if body.statement_id is not None:
        await _must_read_statement(tx, target.case_id, body.statement_id)
    evidence_id = uuid4()
    row = {
        "id": evidence_id,
        "verification_id": verification_id,
        "case_id": target.case_id,
        "author_id": tx.me,
        "source": body.source,
        "statement_id": body.statement_id,
        "sealed": seal(tx, await case_key(tx, target.case_id), _place(evidence_id), body.text),
    }
    await tx.insert(Evidence, row)
    subject = Subject("evidence", evidence_id, target.case_id)
    parties = [target.requester_id, target.verifier_id]
    record(tx, Event.EVIDENCE_ADDED, subject, parties=parties, source=body.source)
    return evidence_id


async def _target(tx: Tx, verification_id: UUID) -> Row[Any]:
    """The verification, locked, also for one to whom it is hidden but who acts in its case; 404 for everybody else."""
    call = func.access.evidence_target(verification_id)
    return await tx.one(select(literal_column("*")).select_from(call.alias("target")))


async def _must_read_statement(tx: Tx, case_id: UUID, statement_id: UUID) -> None:
    theirs = (CaseEntry.case_id == case_id, CaseEntry.section == Section.STATEMENT)
    if await tx.first(select(CaseEntry.id).where(CaseEntry.id == statement_id, *theirs)) is None:
        raise UnknownReference(FieldError("/statement_id", "unknown_reference"))


def evidence_item(_: Tx, row: Row[Any]) -> EvidenceItem:
    return EvidenceItem.model_validate(row)


async def show_added(tx: Tx, evidence_id: UUID) -> EvidenceItem:
    """The answer to a piece just added: that it was, without the words."""
    return evidence_item(tx, await tx.one(select(Evidence).where(Evidence.id == evidence_id)))


async def show_evidence(tx: Tx, evidence_id: UUID) -> EvidenceOut:
    """The words; the reading is recorded. Its author keeps it for ever."""
    row = await tx.one(select(Evidence).where(Evidence.id == evidence_id))
    text = unseal(tx, await case_key(tx, row.case_id), _place(row.id), row.sealed)
    record(tx, Event.EVIDENCE_READ, Subject("evidence", row.id, row.case_id))
    return EvidenceOut.model_validate({**row._mapping, "text": text})
