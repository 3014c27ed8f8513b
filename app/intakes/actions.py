"""What follows an intake: its author's supplements, for ever; and whoever reported hears what became of it."""

from uuid import UUID, uuid4

from sqlalchemy import Uuid, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.cases import actions as cases
from app.cases.keys import case_key, key_for, new_keys, seal
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.happenings import Event
from app.intakes.models import CaseFeedback, Intake, IntakeReporter, Supplement
from app.intakes.schemas import FeedbackIn, SupplementIn
from app.intakes.submission import held, is_replay
from app.journal import Subject, record
from app.law.deadlines import Carrier
from app.problems import NotYourMove
from app.vault import DataKey, Place


async def find_supplement(tx: Tx, supplement_id: UUID, digest: str) -> bool:
    """Whether this sender's id was taken in before with this content; 409 with another, 410 once it was erased."""
    return is_replay((await held(tx, Supplement, [supplement_id])).get(supplement_id), digest)


async def supplement(tx: Tx, intake_id: UUID, supplement_id: UUID, body: SupplementIn, digest: str) -> UUID:
    """Appends to one's own intake, for ever, whoever has custody by then; nothing before it is changed.

    What is added of the reporter is sealed and kept as the reporter is: apart from the case.
    """
    intake = await tx.one(select(Intake).where(Intake.organisation_id == tx.me, Intake.id == intake_id))
    apart = _concerns_the_reporter(body)
    key = await (_reporter_key(tx, intake_id) if apart else key_for(tx, intake.key_id))
    case_id = None if apart else intake.case_id
    said = {"pointer": body.pointer, "value": body.value}
    row = {
        "organisation_id": tx.me,
        "id": supplement_id,
        "intake_id": intake_id,
        "case_id": case_id,
        "kind": body.kind,
        "digest": digest,
        "key_id": key.id,
        "sealed": tx.keyring.vault.seal(key, Place("intake_supplements", "sealed", supplement_id), said),
    }
    await tx.insert(Supplement, row)
    record(tx, Event.SUPPLEMENT_ADDED, Subject("supplement", supplement_id, case_id), kind=body.kind)
    return supplement_id


def _concerns_the_reporter(body: SupplementIn) -> bool:
    """Whether it points at the reporter, or speaks of one in a change to the whole."""
    if body.pointer:
        return body.pointer.split("/")[1] == "reporter"
    return isinstance(body.value, dict) and "reporter" in body.value


async def _reporter_key(tx: Tx, intake_id: UUID) -> DataKey:
    """The reporter's, or a new one of a reporter who was not known before."""
    mine = (IntakeReporter.organisation_id == tx.me, IntakeReporter.intake_id == intake_id)
    row = await tx.first(select(IntakeReporter.key_id).where(*mine))
    return await key_for(tx, row.key_id) if row else (await new_keys(tx, 1))[0]


async def give_feedback(tx: Tx, case_id: UUID, body: FeedbackIn) -> UUID:
    """Tells every body that reported what became of it, on a closed case too; by the custodian alone."""
    case = await cases.lock_case(tx, case_id, open_only=False)
    if case.custodian_id != tx.me:
        raise NotYourMove
    feedback_id = uuid4()
    row = {
        "id": feedback_id,
        "case_id": case_id,
        "author_id": tx.me,
        "outcome": body.outcome,
        "text_sealed": seal(tx, await case_key(tx, case_id), feedback_place(feedback_id), body.text),
    }
    await tx.insert(CaseFeedback, row)
    told = await tx.scalar(select(func.access.feedback_told(feedback_id, type_=ARRAY(Uuid()))))
    subject = Subject("feedback", feedback_id, case_id)
    record(tx, Event.FEEDBACK_GIVEN, subject, parties=told, outcome=body.outcome)
    await follow(tx, Event.FEEDBACK_GIVEN, Moved(Carrier.CASE, case_id, {}))
    return feedback_id


def feedback_place(feedback_id: UUID) -> Place:
    return Place("case_feedback", "text", feedback_id)
