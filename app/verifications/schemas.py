"""Wire shapes of verifications: the request, the moves with their words, evidence, assistance, the conclusion."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.cases.schemas import Clocked, FindingOut, Out
from app.cases.sections import Line, Name, Wire, Words
from app.reference.fields import PartialDate, PastDay, coded, other_needs_text


class Kind(StrEnum):
    VICTIM = "victim"
    IDENTITY = "identity"


class Result(StrEnum):
    VICTIM = "victim"
    NOT_VICTIM = "not_victim"
    INSUFFICIENT = "insufficient"
    IDENTITY_CONFIRMED = "identity_confirmed"
    IDENTITY_NOT_ESTABLISHED = "identity_not_established"


RESULTS: Mapping[str, frozenset[Result]] = {
    Kind.VICTIM: frozenset({Result.VICTIM, Result.NOT_VICTIM, Result.INSUFFICIENT}),
    Kind.IDENTITY: frozenset({Result.IDENTITY_CONFIRMED, Result.IDENTITY_NOT_ESTABLISHED}),
}
"""What each kind of verification can answer."""


class ProofDocument(Wire):
    """A paper that settles the question by itself (Law 53/2024 Art 33; Law 66/2011 Art 28)."""

    type: Annotated[str, coded("document_type")]
    number: Name | None = None
    issuer: Line | None = None
    issued_on: PartialDate | None = None
    text: Line | None = None

    _other = other_needs_text(type="text")


class VerificationIn(Wire):
    """`verifier_id` is a police body; a rescuing custodian that may decide can name itself."""

    verifier_id: UUID
    kind: Kind
    proof_document: Annotated[
        ProofDocument | None,
        Field(description="Concludes at once when you name yourself; otherwise it goes to the verifier."),
    ] = None


class TextIn(Wire):
    text: Words


class ForwardingIn(Wire):
    verifier_id: UUID
    reason: Line


class RefusalIn(Wire):
    reason: Annotated[str, coded("verification_refusal")]
    text: Words | None = None

    _other = other_needs_text(reason="text")


class WithdrawalIn(Wire):
    reason: Line | None = None


class Certificate(Wire):
    """The victim certificate issued with the conclusion (Joint Circular 01/2014 Annex 7)."""

    number: Name
    issued_on: PastDay
    issuer: Line | None = None


class ConclusionIn(Wire):
    """`certificate` with the result `victim`, and only then; evidence may be missing only when it is `insufficient`."""

    result: Annotated[Result, Field(description="One of those the kind of this verification can answer.")]
    grounds: Annotated[list[Annotated[str, coded("decision_ground")]], Field(min_length=1, max_length=20)]
    evidence_sources: Annotated[list[Annotated[str, coded("evidence_source")]], Field(max_length=20)]
    certificate: Certificate | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        faults = []
        if not self.evidence_sources and self.result != Result.INSUFFICIENT:
            faults.append(("evidence_sources", PydanticCustomError("too_short", "Name at least one.")))
        if self.result == Result.VICTIM and self.certificate is None:
            faults.append(("certificate", PydanticCustomError("required", "A victim gets a certificate.")))
        if self.result != Result.VICTIM and self.certificate is not None:
            faults.append(("certificate", PydanticCustomError("invalid_value", "Only a victim gets one.")))
        if faults:
            errors = [InitErrorDetails(type=fault, loc=(member,), input=None) for member, fault in faults]
            # Raised as a ValidationError so that each fault is located at its member, not at the body.
            raise ValidationError.from_exception_data("ConclusionIn", errors)
        return self


class PaperReplyIn(ConclusionIn):
    """The answer as the verifier's letter gives it, under the letter's own number and day."""

    number: Name
    issued_on: Annotated[PastDay, Field(description="Not before the day of the request.")]


class OnPaper(Out):
    """That the answer arrived on paper and was recorded by the requester; the letter's day."""

    issued_on: date


class PaperReply(OnPaper):
    number: str


class VerificationText(Out):
    """Words that accompanied a move, in order; never overwritten."""

    id: UUID
    author_id: UUID
    kind: str
    text: str
    created_at: datetime


class VerificationItem(Clocked):
    """A verification in a list: states and codes only."""

    id: UUID
    case_id: UUID
    kind: str
    requester_id: UUID
    verifier_id: UUID
    status: str
    result: str | None
    on_paper: OnPaper | None
    created_at: datetime
    updated_at: datetime
    etag: str


class VerificationOut(VerificationItem):
    on_paper: PaperReply | None
    extended: bool
    reason: Annotated[str | None, Field(description="Why it was refused.")]
    grounds: list[str]
    evidence_sources: list[str]
    certificate: Certificate | None
    proof_document: ProofDocument | None
    texts: list[VerificationText]
    entries: Annotated[
        list[FindingOut] | None,
        Field(description="Your own investigation entries of the case, for its verifier; null for everybody else."),
    ]
    forwarded_from: UUID | None
    concluded_at: datetime | None
    available_actions: list[str]


class VerificationStatus(Out):
    """State and dates, nothing else."""

    id: UUID
    kind: str
    status: str
    result: str | None
    on_paper: OnPaper | None
    created_at: datetime
    concluded_at: datetime | None
    etag: str


class FineReviewIn(Wire):
    """A victim is not punished for what trafficking made them do; what was found, and what became of it."""

    outcome: Annotated[str, coded("fine_review_outcome")]
    text: Words | None = None

    _other = other_needs_text(outcome="text")


class FineReviewItem(Out):
    id: UUID
    verification_id: UUID
    case_id: UUID
    author_id: UUID
    outcome: str
    created_at: datetime


class FineReviewOut(FineReviewItem):
    text: str | None


class OpenVerification(Out):
    """A question that waits for its answer: where evidence about the person goes."""

    id: UUID
    kind: str


class OpenVerifications(Out):
    items: list[OpenVerification]


class EvidenceIn(Wire):
    """What speaks for or against; a statement of the person is referred to, not copied."""

    source: Annotated[str, coded("evidence_source")]
    text: Words
    statement_id: Annotated[UUID | None, Field(description="A statement of this case that you read.")] = None


class EvidenceItem(Out):
    """A piece of evidence in a list: where it comes from, no words."""

    id: UUID
    verification_id: UUID
    author_id: UUID
    source: str
    statement_id: UUID | None
    created_at: datetime


class EvidenceOut(EvidenceItem):
    text: str


class AssistanceIn(Wire):
    """The question alone goes to the assistant: what it needs to know of the person is written in it."""

    assistant_id: UUID
    question: Words


class AssistanceItem(Out):
    """A question for assistance, without its words. `verification_id` is null for the assistant: it learns nothing of
    the case beyond the question."""

    id: UUID
    verification_id: UUID | None
    asker_id: UUID
    assistant_id: UUID
    status: str
    created_at: datetime
    updated_at: datetime
    available_actions: list[str]
    etag: str


class AssistanceOut(AssistanceItem):
    question: Annotated[str | None, Field(description="Null for the assistant once it is withdrawn.")]
    answer: str | None
