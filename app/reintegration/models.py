"""The plan for returning to a life in the community, the support given, how the person fares (35/2013 Arts 12, 20)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Plan(Base):
    """The custodian's, made with the person. `services` in clear decides which provider may read it."""

    __tablename__ = "plans"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    services: Mapped[list[str]]
    goals_sealed: Mapped[bytes]
    starts_on: Mapped[date]
    review_on: Mapped[date]
    agreed_on: Mapped[date]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_plans_case_id", "case_id", "created_at", "id"),)


class SupportItem(Base):
    """Support that was given. It may precede plan and confirmation, and is never refused: it happened."""

    __tablename__ = "support_items"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    regime: Mapped[str]
    service: Mapped[str]
    given_on: Mapped[date]
    amount_vnd: Mapped[int | None] = mapped_column(BigInteger)
    funding: Mapped[str]
    beyond: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("amount_vnd >= 0", name="amount"),
        Index("ix_support_items_case_id", "case_id", "created_at", "id"),
    )


class FollowUp(Base):
    """One contact after support, with the risk of being trafficked again as judged then."""

    __tablename__ = "follow_ups"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    held_on: Mapped[date]
    method: Mapped[str]
    result: Mapped[str]
    retrafficking_risk: Mapped[str]
    text_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_follow_ups_plan_id", "plan_id", "created_at", "id"),)
