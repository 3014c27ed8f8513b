"""The request to establish who somebody is, or that they are a victim, and its answer."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Verification(Base):
    """`requester_id` follows custody; `originator_id` is who asked first and keeps the status. What identifies is
    sealed: proof document and certificate."""

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
