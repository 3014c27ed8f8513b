"""The tables that the journal writes: what is kept for ever, and what the relay will deliver."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class AuditEntry(Base):
    """Append only: the API's role may INSERT, and SELECT what row security shows it.

    `parties` are the organisations whose business the event was (they find it on their timeline); `facts` are codes.
    `leaf` is the hash of all the other columns; null where SQL wrote the entry, whose leaf is taken when it is ordered.
    """

    __tablename__ = "audit_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    request_id: Mapped[UUID]
    client_id: Mapped[str]
    organisation_id: Mapped[UUID]
    agency: Mapped[str]
    officer: Mapped[str | None]
    purpose: Mapped[str | None]
    event: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    parties: Mapped[list[UUID]]
    sections: Mapped[list[str]]
    facts: Mapped[dict[str, Any]]
    leaf: Mapped[bytes | None]

    __table_args__ = (
        Index("ix_audit_entries_case_id", "case_id", "at", "id"),
        Index("ix_audit_entries_at", "at", "id"),
        Index("ix_audit_entries_organisation_id", "organisation_id", "at", "id"),
        Index("ix_audit_entries_event", "event", "at", "id"),
        Index("ix_audit_entries_client_id", "client_id", "at", "id"),
        Index("ix_audit_entries_officer", "officer", "at", "id", postgresql_where=text("officer is not null")),
    )


class OutboxEvent(Base):
    """What the relay will deliver: a name, a time and a link. The receiver fetches with its own token.

    `seq` is drawn after the entries above were inserted, hence after this transaction took its xid: the relay relies on
    that order to miss nothing (row-level locks do not).
    """

    __tablename__ = "outbox_events"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    type: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID]
    parties: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    sections: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    """Of a case, what was changed: who reads none of it is not told."""

    __table_args__ = (Index("ix_outbox_events_at", "at"),)
