"""Notices: that there is a person, told to a body that must know, in codes and at most a few sealed words."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Notice(Base):
    """No grant on the case: the recipient has this row and nothing else. What it is told of the case is therefore
    copied here as it was when sent: the reference, the age band and the sex."""

    __tablename__ = "notices"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    case_reference: Mapped[str]
    sender_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str]
    age_band: Mapped[str]
    sex: Mapped[str]
    effective_on: Mapped[date | None]
    agreed_on: Mapped[date | None]
    text_sealed: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(server_default="sent")
    acknowledged_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('sent', 'acknowledged')", name="status"),
        CheckConstraint("recipient_id <> sender_id", name="not_to_oneself"),
        Index("ix_notices_case_id", "case_id", text("created_at desc"), text("id desc")),
        Index("ix_notices_recipient_id", "recipient_id", text("created_at desc"), text("id desc")),
        Index("ix_notices_sender_id", "sender_id", text("created_at desc"), text("id desc")),
    )
