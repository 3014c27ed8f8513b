"""What became of the penalties of somebody who was then found to be a victim: the verifier looks into it."""

from uuid import UUID, uuid4

from sqlalchemy import select

from app.cases.keys import case_key, seal, unseal
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier
from app.problems import FieldError, NotYourMove
from app.refusals import DoesNotFit
from app.vault import Place
from app.verifications.models import FineReview, Verification
from app.verifications.schemas import FineReviewIn, FineReviewOut


def _place(review_id: UUID) -> Place:
    return Place("fine_reviews", "text", review_id)


async def review(tx: Tx, verification_id: UUID, body: FineReviewIn) -> UUID:
    """Records the review after a conclusion `victim`; the custodian is told, and the duty is met."""
    row = await tx.lock(select(Verification).where(Verification.id == verification_id))
    if row.verifier_id != tx.me:
        raise NotYourMove
    if row.result != "victim":
        raise DoesNotFit(FieldError("/outcome", "invalid_value"))
    review_id = uuid4()
    sealed = seal(tx, await case_key(tx, row.case_id), _place(review_id), body.text)
    made = {"id": review_id, "verification_id": verification_id, "case_id": row.case_id, "author_id": tx.me}
    await tx.insert(FineReview, {**made, "outcome": body.outcome, "text_sealed": sealed})
    subject = Subject("fine_review", review_id, row.case_id)
    record(tx, Event.FINES_REVIEWED, subject, parties=[row.requester_id], outcome=body.outcome)
    await follow(tx, Event.FINES_REVIEWED, Moved(Carrier.VERIFICATION, verification_id, {}))
    return review_id


async def show_review(tx: Tx, review_id: UUID) -> FineReviewOut:
    """For its author and the custodian; the reading is recorded, since its words may tell of the person."""
    row = await tx.one(select(FineReview).where(FineReview.id == review_id))
    record(tx, Event.CASE_READ, Subject("fine_review", review_id, row.case_id))
    text = unseal(tx, await case_key(tx, row.case_id), _place(row.id), row.text_sealed)
    return FineReviewOut.model_validate({**row._mapping, "text": text})
