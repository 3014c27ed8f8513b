"""Duties that somebody owes by a date: one row a running clock. The worklist reads this table and nothing else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Duty(Base):
    """`rule_key` names the rule as it was when the clock started; a changed law does not move a running clock.

    `carrier` is what the duty hangs on. An `escalation` is a supervisor's own row: it tells that a body it supervises
    has missed a date, and names neither person nor case. Written by owner-owned functions only, since a move changes
    duties of both sides.
    """

    __tablename__ = "duties"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    owner: Mapped[str]
    rule_id: Mapped[str]
    rule_key: Mapped[str]
    carrier: Mapped[str]
    carrier_id: Mapped[UUID]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    province_code: Mapped[str | None]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    warn_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_seconds: Mapped[int] = mapped_column(BigInteger, server_default="0")
    extended: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(server_default="running")
    warned_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("status in ('running', 'met', 'cancelled')", name="status"),
        Index("ix_duties_worklist", "organisation_id", "due_at", "id", postgresql_where=text("status = 'running'")),
        Index("ix_duties_carrier_id", "carrier_id", postgresql_where=text("status = 'running'")),
        Index("ix_duties_of_case", "case_id"),
        Index(
            "ix_duties_unmissed",
            "due_at",
            postgresql_where=text("status = 'running' and missed_at is null and paused_at is null"),
        ),
        Index(
            "ix_duties_unwarned",
            "warn_at",
            postgresql_where=text("status = 'running' and warned_at is null and paused_at is null"),
        ),
    )
