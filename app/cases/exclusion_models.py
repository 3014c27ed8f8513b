"""Who must not see a case, whatever else it holds of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CONSTRAINT_PROBLEMS, Base
from app.refusals import AlreadyExcluded


class Exclusion(Base):
    """An organisation, or one `officer` of it, is barred from a case while the row is active. Lifted ones stay, as a
    record of who was kept away and when."""

    __tablename__ = "case_exclusions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    officer: Mapped[str | None]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    reason: Mapped[str]
    text_sealed: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(server_default="active")
    lifted_at: Mapped[datetime | None]
    lifting_sealed: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('active', 'lifted')", name="status"),
        CheckConstraint("(status = 'lifted') = (lifted_at is not null)", name="lifted"),
        CheckConstraint("officer <> ''", name="officer"),
        Index("ix_case_exclusions_case_id", "case_id", text("created_at desc"), text("id desc")),
        Index(
            "uq_case_exclusions_active",
            "organisation_id",
            "case_id",
            text("coalesce(officer, '')"),
            unique=True,
            postgresql_where=text("status = 'active'"),
        ),
    )


CONSTRAINT_PROBLEMS["uq_case_exclusions_active"] = AlreadyExcluded
