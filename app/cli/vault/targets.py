"""Whom an erasure reaches: one person's data key, found by the reference of a case or a report.

The person of a case; an adult who declined to be recorded and has a report without a case; or who reported, who has a
key of their own. While the case goes on nobody is erased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cases.models import Case, CaseParty
from app.cli.registry import RegistryError
from app.intakes.models import Intake, IntakeReporter
from app.journal import Subject
from app.returns.models import ReturnPerson

Kind = Literal["case", "intake", "reporter"]


@dataclass(frozen=True)
class Target:
    """`case_id` is the person's own case: that somebody reported is not for its custodian to learn. `author_id`: whose
    report it is, where it is one."""

    kind: Kind
    reference: str
    key_id: UUID
    subject_id: UUID
    case_id: UUID | None = None
    author_id: UUID | None = None

    @property
    def subject(self) -> Subject:
        return Subject("case" if self.kind == "case" else "intake", self.subject_id, self.case_id)


async def target(db: AsyncConnection, kind: Kind, reference: str) -> Target:
    """Whom this reference means; `RegistryError` when nobody."""
    if kind == "case":
        query = select(Case.key_id, Case.id.label("subject_id"), Case.id.label("case_id")).where(
            Case.reference == reference
        )
    elif kind == "intake":
        query = select(Intake.key_id, Intake.id.label("subject_id"), Intake.organisation_id.label("author_id"))
        query = query.where(Intake.reference == reference, Intake.case_id.is_(None))
    else:
        its_intake = (IntakeReporter.intake_id == Intake.id) & (
            IntakeReporter.organisation_id == Intake.organisation_id
        )
        query = select(IntakeReporter.key_id, Intake.id.label("subject_id"), Intake.organisation_id.label("author_id"))
        query = query.join(Intake, its_intake).where(Intake.reference == reference)
    row = (await db.execute(query)).first()
    if row is None:
        raise RegistryError(f"Không có {kind} {reference}. · There is no {kind} {reference}.")
    return Target(kind=kind, reference=reference, **row._mapping)


async def goes_on(db: AsyncConnection, of: Target) -> bool:
    """Whether a case under this key, or of this report, is open or still expected at a gate; its row is locked, so that
    nobody reopens it meanwhile."""
    reported = exists().where(
        Intake.case_id == Case.id, Intake.id == of.subject_id, Intake.organisation_id == of.author_id
    )
    cases = select(Case.id, Case.status).where(or_(Case.key_id == of.key_id, reported)).order_by(Case.id)
    rows = (await db.execute(cases.with_for_update(key_share=True))).all()
    expected = select(ReturnPerson.id).where(
        ReturnPerson.expected,
        or_(ReturnPerson.key_id == of.key_id, ReturnPerson.case_id.in_([row.id for row in rows])),
    )
    return any(row.status != "closed" for row in rows) or (await db.execute(expected)).first() is not None


async def concerned(db: AsyncConnection, of: Target) -> Sequence[UUID]:
    """Whose business it is: the custodian, whoever had a part in the case, and the authors of its reports."""
    if of.case_id is None:
        return [of.author_id] if of.author_id else []
    queries = (
        select(Case.custodian_id).where(Case.id == of.case_id),
        select(CaseParty.organisation_id).where(CaseParty.case_id == of.case_id),
        select(Intake.organisation_id).where(Intake.key_id == of.key_id),
    )
    found = [row[0] for query in queries for row in await db.execute(query)]
    return sorted(set(found))
