"""The request to establish who somebody is, or that they are a victim, what is gathered for it, and its answer."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Verification(Base):
    """`requester_id` follows custody; `originator_id` is who asked first and keeps the status. What identifies is
    sealed: proof document, certificate, and the number of a reply that arrived on paper."""

    __tablename__ = "verifications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    originator_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    verifier_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    custodian_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    forwarded_from: Mapped[UUID | None] = mapped_column(ForeignKey("verifications.id"))
    status: Mapped[str] = mapped_column(server_default="requested")
    proof_sealed: Mapped[bytes | None]
    extended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    result: Mapped[str | None]
    grounds: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    evidence_sources: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    certificate_sealed: Mapped[bytes | None]
    determined_on: Mapped[date | None]
    regime: Mapped[str | None]
    paper_sealed: Mapped[bytes | None]
    paper_issued_on: Mapped[date | None]
    concluded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("kind in ('victim', 'identity')", name="kind"),
        CheckConstraint(
            "status in ('requested', 'in_progress', 'info_requested',"
            " 'concluded', 'refused', 'withdrawn', 'forwarded')",
            name="status",
        ),
        CheckConstraint(
            "result in ('victim', 'not_victim', 'insufficient', 'identity_confirmed', 'identity_not_established')",
            name="result",
        ),
        CheckConstraint(
            "(kind = 'identity') = (result in ('identity_confirmed', 'identity_not_established'))",
            name="result_of_kind",
        ),
        CheckConstraint("(paper_sealed is null) = (paper_issued_on is null)", name="paper"),
        Index("ix_verifications_verifier_id", "verifier_id", text("created_at desc"), text("id desc")),
        Index("ix_verifications_requester_id", "requester_id", text("created_at desc"), text("id desc")),
    )


class VerificationText(Base):
    """Questions, answers and reasons in words, sealed; read by requester and verifier."""

    __tablename__ = "verification_texts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    verification_id: Mapped[UUID] = mapped_column(ForeignKey("verifications.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_verification_texts_verification_id", "verification_id", "created_at", "id"),)


class Evidence(Base):
    """What anybody who takes part in the case gives to the question; it goes along when the question is forwarded."""

    __tablename__ = "verification_evidence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    verification_id: Mapped[UUID] = mapped_column(ForeignKey("verifications.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    source: Mapped[str]
    statement_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_entries.id"))
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_verification_evidence_verification_id", "verification_id", "created_at", "id"),)


class Assistance(Base):
    """A verifier's question to a body elsewhere, which sees the question and nothing of the case."""

    __tablename__ = "assistances"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    verification_id: Mapped[UUID] = mapped_column(ForeignKey("verifications.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    asker_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    assistant_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    status: Mapped[str] = mapped_column(server_default="asked")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('asked', 'answered', 'withdrawn')", name="status"),
        CheckConstraint("asker_id <> assistant_id", name="not_of_oneself"),
        Index("ix_assistances_verification_id", "verification_id", text("created_at desc"), text("id desc")),
        Index("ix_assistances_asker_id", "asker_id", text("created_at desc"), text("id desc")),
        Index("ix_assistances_assistant_id", "assistant_id", text("created_at desc"), text("id desc")),
    )


class AssistanceText(Base):
    """The one question and the one answer, sealed. Apart from the row: a question withdrawn leaves its status behind,
    not its words."""

    __tablename__ = "assistance_texts"

    assistance_id: Mapped[UUID] = mapped_column(ForeignKey("assistances.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (CheckConstraint("kind in ('question', 'answer')", name="kind"),)


class FineReview(Base):
    """What became of penalties laid on somebody who was then found to be a victim, as the verifier looked into it."""

    __tablename__ = "fine_reviews"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    verification_id: Mapped[UUID] = mapped_column(ForeignKey("verifications.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    outcome: Mapped[str]
    text_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_fine_reviews_verification_id", "verification_id", "created_at", "id"),)
