"""What an author sees of its intakes and hears back, and a custodian of supplements."""

import time
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from app.auth.keys import SigningKey
from app.auth.scopes import Agency
from app.auth.tokens import sign
from app.cases.keys import case_key, key_for, unseal
from app.db import Tx
from app.etags import etag
from app.happenings import Event
from app.intakes.actions import feedback_place
from app.intakes.models import CaseFeedback, Intake, IntakeContent, IntakePerson, IntakeReporter, Supplement
from app.intakes.schemas import (
    FeedbackItem,
    FeedbackOut,
    IntakeFull,
    IntakeItem,
    IntakeOut,
    ReceiptOut,
    ReporterOut,
    SupplementOut,
)
from app.intakes.submission import reporter_place
from app.journal import Subject, record
from app.law.procedures import Duty, flags
from app.pages import Cursor, keyset, newest
from app.problems import NotFound, RecordErased
from app.questions import Answer, Question
from app.reference.fields import day_of
from app.sealing import KeyDestroyedError
from app.vault import Place

T = TypeVar("T")


def _item(tx: Tx, row: Row[Any] | Answer) -> dict[str, Any]:
    return {**row._mapping, "etag": etag(tx, row.id, row.version)}


def intake_item(tx: Tx, row: Row[Any]) -> IntakeItem:
    return IntakeItem.model_validate(_item(tx, row))


_VIEW = Question(
    select(Intake, IntakePerson.case_id.label("person_case_id"), IntakePerson.case_reference)
    .outerjoin(
        IntakePerson,
        (IntakePerson.organisation_id == Intake.organisation_id) & (IntakePerson.intake_id == Intake.id),
    )
    .where(Intake.organisation_id == bindparam("me"), Intake.id == bindparam("id"))
    .order_by(IntakePerson.position)
)


async def _row(tx: Tx, intake_id: UUID) -> Row[Any]:
    return await tx.one(select(Intake).where(Intake.organisation_id == tx.me, Intake.id == intake_id))


async def show_intake(tx: Tx, intake_id: UUID) -> IntakeOut:
    """The row its author keeps, with the references of the cases it led to."""
    _, shown = await _shown(tx, intake_id)
    return IntakeOut.model_validate(shown)


def _owed(tx: Tx, row: Answer) -> tuple[Duty, ...]:
    """What the procedure of the channel asks of a body of this kind that received first."""
    return flags(row.channel, None, Agency(tx.caller.agency), day_of(row.received_at))


async def _shown(tx: Tx, intake_id: UUID) -> tuple[Answer, dict[str, Any]]:
    """The row, and its wire form without content: one statement, since every submission ends with it."""
    rows = await tx.ask_all(_VIEW, me=tx.me, id=intake_id)
    if not rows:
        raise NotFound
    if rows[0].erased_at:
        raise RecordErased
    references = [{"id": row.person_case_id, "reference": row.case_reference} for row in rows if row.person_case_id]
    return rows[0], {
        **_item(tx, rows[0]),
        "case": references[0] if references else None,
        "accompanying": [{"case": reference} for reference in references[1:]],
        "duties_owed": _owed(tx, rows[0]),
    }


async def read_intake(tx: Tx, intake_id: UUID) -> IntakeFull:
    """With the content, while row security shows it: to the author as first receiver, until custody moves on."""
    row, outline = await _shown(tx, intake_id)
    mine = (IntakeContent.organisation_id == tx.me, IntakeContent.intake_id == intake_id)
    parts = await tx.all(select(IntakeContent).where(*mine).order_by(IntakeContent.position))
    opened: list[dict[str, Any]] = []
    for part in parts:
        place = Place("intake_contents", "sealed", f"{tx.me}/{intake_id}/{part.position}")
        try:
            opened.append(unseal(tx, await key_for(tx, part.key_id), place, part.sealed))
        except KeyDestroyedError:  # a child that was erased leaves the rest; the intake's own person does not
            if part.position == 0:
                raise
    content = {**opened[0], "accompanying_minors": opened[1:]} if opened else None
    shown = ["intake"] if opened else []
    record(tx, Event.INTAKE_READ, Subject("intake", intake_id, row.case_id), sections=shown)
    return IntakeFull.model_validate({**outline, "content": content})


async def list_intakes(tx: Tx, status: str | None, cursor: Cursor | None, limit: int) -> Sequence[Row[Any]]:
    query = select(Intake).where(Intake.organisation_id == tx.me)
    if status:
        query = query.where(Intake.status == status)
    return await tx.all(newest(query, Intake, cursor, limit))


async def receipt(tx: Tx, intake_id: UUID, key: SigningKey, issuer: str) -> ReceiptOut:
    """Signed anew at each request over the same facts; the digest is SHA-256 of the RFC 8785 form of what was sent."""
    row = await _row(tx, intake_id)
    if row.erased_at:  # the digest is of what was said of the person, and went with it
        raise RecordErased
    claims = {
        "iss": issuer,
        "iat": int(time.time()),
        "sub": str(row.id),
        "organisation_id": str(tx.me),
        "reference": row.reference,
        "digest": row.digest,
        "accepted_at": row.created_at.isoformat(),
    }
    return ReceiptOut(receipt=sign(claims, key, typ="referral-receipt+jws"))


async def supplement_out(tx: Tx, row: Row[Any]) -> SupplementOut:
    said = unseal(tx, await key_for(tx, row.key_id), Place("intake_supplements", "sealed", row.id), row.sealed)
    return SupplementOut.model_validate({**row._mapping, **said})


async def show_supplement(tx: Tx, intake_id: UUID, supplement_id: UUID) -> SupplementOut:
    mine = (Supplement.organisation_id == tx.me, Supplement.intake_id == intake_id)
    row = await tx.one(select(Supplement).where(*mine, Supplement.id == supplement_id))
    record(tx, Event.SUPPLEMENTS_READ, Subject("supplement", supplement_id, row.case_id))
    return await supplement_out(tx, row)


async def list_supplements(
    tx: Tx, where: Sequence[Any], case_id: UUID | None, cursor: Cursor | None, limit: int
) -> list[SupplementOut]:
    """Supplements of an intake (its author) or of a case (its custodian), oldest first; the reading is recorded."""
    query = select(Supplement).where(*where)
    rows = await tx.all(keyset(query, (Supplement.created_at, Supplement.id), cursor, limit, descending=False))
    record(tx, Event.SUPPLEMENTS_READ, Subject("supplements", None, case_id))
    return [shown for row in rows for shown in await _unless_erased(supplement_out(tx, row))]


async def _unless_erased(shown: Awaitable[T]) -> list[T]:
    """In a list of several persons' words, one who was erased hides no other."""
    try:
        return [await shown]
    except KeyDestroyedError:
        return []


async def supplements_of_intake(tx: Tx, intake_id: UUID, cursor: Cursor | None, limit: int) -> list[SupplementOut]:
    row = await _row(tx, intake_id)
    where = (Supplement.organisation_id == tx.me, Supplement.intake_id == intake_id)
    return await list_supplements(tx, where, row.case_id, cursor, limit)


async def read_reporter(tx: Tx, intake_id: UUID) -> ReporterOut:
    """Recorded without the case: a custodian who sees who looked at it must not learn that there is a reporter."""
    mine = (IntakeReporter.organisation_id == tx.me, IntakeReporter.intake_id == intake_id)
    row = await tx.one(select(IntakeReporter).where(*mine))
    said = unseal(tx, await key_for(tx, row.key_id), reporter_place(tx, intake_id), row.sealed)
    record(tx, Event.REPORTER_READ, Subject("intake", intake_id))
    return ReporterOut.model_validate({"intake_id": intake_id, **said})


_TOLD = func.access.feedback_told(CaseFeedback.id, type_=ARRAY(Uuid()))
FEEDBACK = select(*(c for c in CaseFeedback.__table__.c if c.name != "told"), _TOLD.label("told"))
"""Who else reported, or once held the case, is the custodian's to know: the database tells the others of themselves."""


async def show_feedback(tx: Tx, feedback_id: UUID) -> FeedbackItem:
    """The answer to whoever gave it: that it was given, and who is told."""
    return feedback_item(tx, await tx.one(FEEDBACK.where(CaseFeedback.id == feedback_id)))


def feedback_item(_: Tx, row: Row[Any]) -> FeedbackItem:
    return FeedbackItem.model_validate(row)


async def read_feedback(tx: Tx, feedback_id: UUID) -> FeedbackOut:
    row = await tx.one(FEEDBACK.where(CaseFeedback.id == feedback_id))
    record(tx, Event.CASE_READ, Subject("feedback", feedback_id, row.case_id), sections=["feedback"])
    return await _feedback_out(tx, row)


async def _feedback_out(tx: Tx, row: Row[Any]) -> FeedbackOut:
    text = unseal(tx, await case_key(tx, row.case_id), feedback_place(row.id), row.text_sealed)
    return FeedbackOut.model_validate({**row._mapping, "text": text})


async def feedback_of_intake(tx: Tx, intake_id: UUID, cursor: Cursor | None, limit: int) -> list[FeedbackOut]:
    """What this body was told of the cases that its intake is on, also once they are hidden from it."""
    intake = await _row(tx, intake_id)
    mine = (IntakePerson.organisation_id == tx.me, IntakePerson.intake_id == intake_id)
    of = CaseFeedback.case_id.in_(select(IntakePerson.case_id).where(*mine))
    query = FEEDBACK.where(of, _TOLD.contains([tx.me]))
    rows = await tx.all(newest(query, CaseFeedback, cursor, limit))
    record(tx, Event.INTAKE_READ, Subject("intake", intake_id, intake.case_id), sections=["feedback"])
    return [shown for row in rows for shown in await _unless_erased(_feedback_out(tx, row))]
