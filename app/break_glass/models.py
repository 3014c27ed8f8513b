"""Break-glass: who asked to see a case, why, who approved it, until when, how it ended and what oversight found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class BreakGlass(Base):
    """One look of at most an hour. Its words are sealed under a key of their own, never the person's: oversight and the
    asker read them, and neither may come to hold the key of the case; the holder does not, since they may be about it.

    Who holds the case, who oversees, when it was approved and until when it lasts, and which sections it shows are set
    by triggers: nobody who gains by them writes them.
    """

    __tablename__ = "break_glass"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    client_id: Mapped[str]
    officer: Mapped[str]
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    overseer_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    reason: Mapped[str]
    text_sealed: Mapped[bytes]
    status: Mapped[str] = mapped_column(server_default="requested")
    asked_until: Mapped[datetime] = mapped_column(server_default=text("now() + '00:30:00'::interval"))
    approver_client: Mapped[str | None]
    approver_officer: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    sections: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    ended_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    finding: Mapped[str | None]
    review_sealed: Mapped[bytes | None]
    reviewer_officer: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('requested', 'active', 'ended', 'reviewed')", name="status"),
        CheckConstraint("overseer_id is not null", name="overseen"),  # unlike a not-null, it has a name to refuse by
        CheckConstraint("approver_client <> client_id and approver_officer <> officer", name="four_eyes"),
        CheckConstraint(
            "num_nonnulls(approver_client, approver_officer, approved_at, expires_at)"
            " = case status when 'requested' then 0 else 4 end",
            name="approved",
        ),
        CheckConstraint("expires_at <= approved_at + '01:00:00'::interval", name="an_hour"),
        CheckConstraint("(ended_at is null) = (status in ('requested', 'active'))", name="ended"),
        CheckConstraint(
            "num_nonnulls(finding, review_sealed, reviewer_officer, reviewed_at)"
            " = case status when 'reviewed' then 4 else 0 end",
            name="reviewed",
        ),
        Index("ix_break_glass_organisation_id", "organisation_id", text("created_at desc"), text("id desc")),
        Index("ix_break_glass_created_at", text("created_at desc"), text("id desc")),
        Index("ix_break_glass_case_id", "case_id"),
        Index("ix_break_glass_key_id", "key_id"),
        Index("ix_break_glass_running", "expires_at", postgresql_where=text("status = 'active'")),
    )
