"""Who stands by a child and what was found about the family. Codes, dates and ids in clear, every word sealed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Guardian(Base):
    """Who decides for the child, by what right, and whether their interests conflict; name and telephone are sealed."""

    __tablename__ = "guardians"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    sealed: Mapped[bytes]
    basis: Mapped[str]
    conflict_of_interest: Mapped[bool]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period"),
        Index("ix_guardians_case_id", "case_id", "created_at", "id"),
    )


class Assessment(Base):
    """One finding of one day, never changed: who comes to another conclusion makes another assessment.

    Of two of one day the later recorded one counts, so `created_at` is the moment of writing, under the case's lock.
    """

    __tablename__ = "assessments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str]
    assessed_on: Mapped[date]
    conclusion: Mapped[str]
    risk: Mapped[str | None]
    assessor: Mapped[str]
    text_sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (Index("ix_assessments_case_id", "case_id", "created_at", "id"),)
