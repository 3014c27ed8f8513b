"""One organisation asks another to act for a person. The row itself says nothing about who the person is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CONSTRAINT_PROBLEMS, Base
from app.refusals import DuplicateActiveReferral


class Referral(Base):
    """`sender_id` follows custody; `originator_id` is who sent it first and keeps the status. A claimable one has a
    province instead of a receiver until the custodian confirms a claimant."""

    __tablename__ = "referrals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    originator_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    receiver_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    claimant_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    custodian_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    province_code: Mapped[str | None]
    service: Mapped[str]
    urgency: Mapped[str]
    sections: Mapped[list[str]]
    status: Mapped[str] = mapped_column(server_default="sent")
    reason: Mapped[str | None]
    outcome: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint(
            "status in ('sent', 'claimed', 'acknowledged', 'info_requested', 'accepted', 'refused', 'in_service',"
            " 'completed', 'withdrawn')",
            name="status",
        ),
        CheckConstraint("receiver_id is not null or province_code is not null", name="addressee"),
        Index("ix_referrals_receiver_id", "receiver_id", "status", text("created_at desc"), text("id desc")),
        Index("ix_referrals_sender_id", "sender_id", "status", text("created_at desc"), text("id desc")),
        Index("ix_referrals_custodian_id", "custodian_id", "status", text("created_at desc"), text("id desc")),
        Index("ix_referrals_receiver_id_all", "receiver_id", text("created_at desc"), text("id desc")),
        Index("ix_referrals_sender_id_all", "sender_id", text("created_at desc"), text("id desc")),
        Index("ix_referrals_case_id", "case_id", text("created_at desc"), text("id desc")),
        Index(
            "ix_referrals_claimable",
            "province_code",
            text("created_at desc"),
            text("id desc"),
            postgresql_where=text("receiver_id is null and status = 'sent'"),
        ),
        Index(
            "uq_referrals_active",
            "originator_id",
            "case_id",
            "service",
            text("coalesce(receiver_id::text, province_code)"),
            unique=True,
            postgresql_where=text("status not in ('refused', 'completed', 'withdrawn')"),
        ),
    )


CONSTRAINT_PROBLEMS["uq_referrals_active"] = DuplicateActiveReferral


class ReferralPreview(Base):
    """Coded hints computed when the referral was sent, for the receiver to decide on before it may read anything."""

    __tablename__ = "referral_previews"

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"), primary_key=True)
    preview: Mapped[dict[str, Any]]


class ReferralText(Base):
    """Questions, answers, reasons and the sender's `note`, sealed. All but the note are both parties' at once."""

    __tablename__ = "referral_texts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_referral_texts_referral_id", "referral_id", "created_at", "id"),)
