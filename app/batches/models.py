"""Batches that are worked off after they were accepted: what was asked, how far it is, and what became of each line."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Operation(Base):
    """One client's, and readable by it alone. `done` counts lines in their order; whoever works on it holds it until
    `held_until`, so that another takes over what a killed worker leaves."""

    __tablename__ = "operations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"))
    request_id: Mapped[UUID]
    officer: Mapped[str]
    purpose: Mapped[str | None]
    lines: Mapped[int]
    done: Mapped[int] = mapped_column(server_default="0")
    created: Mapped[int] = mapped_column(server_default="0")
    replayed: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    held_until: Mapped[datetime] = mapped_column(server_default=text("'-infinity'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("lines between 1 and 10000 and done between 0 and lines", name="lines"),
        CheckConstraint("done = created + replayed + refused", name="done"),
        CheckConstraint("(finished_at is null) = (done < lines)", name="finished"),
        Index("ix_operations_waiting", "created_at", "id", postgresql_where=text("finished_at is null")),
        Index("ix_operations_finished_at", "finished_at"),
        Index("ix_operations_client_id", "client_id", "created_at"),
        Index("ix_operations_organisation_id", "organisation_id"),
    )


class OperationBody(Base):
    """What was sent, as it came, sealed under a key of its own; row and key go with the last line."""

    __tablename__ = "operation_bodies"

    operation_id: Mapped[UUID] = mapped_column(ForeignKey("operations.id"), primary_key=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"), index=True)
    coding: Mapped[str]
    sealed: Mapped[bytes]

    __table_args__ = (CheckConstraint("coding in ('identity', 'gzip')", name="coding"),)


class OperationOutcomes(Base):
    """What became of some lines, one after the other, written by the very transaction that wrote their records:
    numbers, ids and codes. What a record is called and where it led is read from the record."""

    __tablename__ = "operation_outcomes"

    operation_id: Mapped[UUID] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True)
    first_line: Mapped[int] = mapped_column(primary_key=True)
    outcomes: Mapped[list[Any]] = mapped_column(JSONB())
