"""The money of the law: applications with decisions, and disbursements planned and paid."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Application(Base):
    """A request for schooling, training or an allowance, and its answer (Decree 162/2025 Form 07; earlier Circular
    35/2013 Appendix 16). `custodian_id` follows custody; the decider sees this row and by it nothing of the case."""

    __tablename__ = "applications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    custodian_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    decider_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    supports: Mapped[list[str]]
    applicant: Mapped[str]
    submitted_on: Mapped[date]
    words_sealed: Mapped[bytes]
    beyond: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    status: Mapped[str] = mapped_column(server_default="submitted")
    decided_on: Mapped[date | None]
    granted_vnd: Mapped[int | None] = mapped_column(BigInteger)
    withdrawal_reason: Mapped[str | None]
    answer_sealed: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('submitted', 'granted', 'refused', 'withdrawn')", name="status"),
        CheckConstraint("(status in ('granted', 'refused')) = (decided_on is not null)", name="decided"),
        CheckConstraint("granted_vnd is null or (status = 'granted' and granted_vnd > 0)", name="granted"),
        Index("ix_applications_case_id", "case_id", text("created_at desc"), text("id desc")),
        Index("ix_applications_custodian_id", "custodian_id", text("created_at desc"), text("id desc")),
        Index("ix_applications_decider_id", "decider_id", text("created_at desc"), text("id desc")),
    )


class Disbursement(Base):
    """One sum to be paid at once; instalments are several. When and how much was paid stands in the support item that
    the payment wrote, and there alone."""

    __tablename__ = "disbursements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("applications.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    regime: Mapped[str]
    service: Mapped[str]
    amount_vnd: Mapped[int] = mapped_column(BigInteger)
    planned_on: Mapped[date]
    funding: Mapped[str]
    budget_sealed: Mapped[bytes | None]
    beyond: Mapped[dict[str, Any] | None]
    status: Mapped[str] = mapped_column(server_default="planned")
    support_item_id: Mapped[UUID | None] = mapped_column(ForeignKey("support_items.id"), unique=True)
    cancellation_reason: Mapped[str | None]
    outcome_sealed: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("amount_vnd > 0", name="amount"),
        CheckConstraint("status in ('planned', 'paid', 'cancelled')", name="status"),
        CheckConstraint("(status = 'paid') = (support_item_id is not null)", name="paid"),
        Index("ix_disbursements_case_id", "case_id", text("created_at desc"), text("id desc")),
    )
