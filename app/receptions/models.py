"""Mass receptions: who of many shows indicators becomes a case, all others remain counts.

A line holds a person's words only until that person was screened, under a data key of its own; a trigger in
`migrations/row_security.sql` then clears them and destroys the key, whoever writes the result. `mark` tells the same
person in a later manifest; its key is the reception's, and it goes when the reception is closed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Reception(Base):
    """One event: where, when, from whom, how many were expected. `sealed` holds its words: place, foreign body."""

    __tablename__ = "receptions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"), index=True)
    province_code: Mapped[str | None]
    country_code: Mapped[str | None]
    occurred_at: Mapped[datetime]
    channel: Mapped[str]
    sealed: Mapped[bytes]
    expected: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default="open")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('open', 'closed')", name="status"),
        Index("ix_receptions_organisation_id", "organisation_id", text("created_at desc"), text("id desc")),
    )


class ReceptionManifest(Base):
    """What became of each row of one imported list: `results` holds row numbers, columns and codes, no words."""

    __tablename__ = "reception_manifests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reception_id: Mapped[UUID] = mapped_column(ForeignKey("receptions.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    ignored_columns: Mapped[list[str]]
    results: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_reception_manifests_reception_id", "reception_id", "created_at", "id"),)


class ReceptionHandover(Base):
    """What one body was handed of a reception: the hand-over of its cases, if any, and how many others came home."""

    __tablename__ = "reception_handovers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reception_id: Mapped[UUID] = mapped_column(ForeignKey("receptions.id"))
    reception_reference: Mapped[str]
    giver_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    receiver_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    handover_id: Mapped[UUID | None] = mapped_column(ForeignKey("handovers.id"), index=True)
    home_province_code: Mapped[str | None]
    place_province_code: Mapped[str | None]
    occurred_at: Mapped[datetime]
    cases: Mapped[int]
    others: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("(cases = 0) = (handover_id is null)", name="cases"),
        CheckConstraint("cases + others > 0", name="somebody"),
        Index("ix_reception_handovers_reception_id", "reception_id", "created_at", "id"),
        Index("ix_reception_handovers_receiver_id", "receiver_id", text("created_at desc"), text("id desc")),
        Index("ix_reception_handovers_giver_id", "giver_id", text("created_at desc"), text("id desc")),
    )


class ReceptionLine(Base):
    """One person, by an id unique to the organisation, which is also the id of the intake that a case came from."""

    __tablename__ = "reception_lines"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    reception_id: Mapped[UUID] = mapped_column(ForeignKey("receptions.id"))
    position: Mapped[int]
    home_province_code: Mapped[str | None]
    present: Mapped[bool | None]
    screening_result: Mapped[str | None]
    indicators: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    reception_handover_id: Mapped[UUID | None] = mapped_column(ForeignKey("reception_handovers.id"))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("data_keys.id"), index=True)
    sealed: Mapped[bytes | None]
    mark: Mapped[bytes | None]
    digest: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint(
            "screening_result in ('indicators_found', 'no_indicators', 'unable', 'declined')", name="screening_result"
        ),
        CheckConstraint("screening_result is null or (present is true and sealed is null)", name="screened"),
        CheckConstraint("(case_id is not null) = coalesce(screening_result = 'indicators_found', false)", name="case"),
        CheckConstraint("(key_id is null) = (sealed is null)", name="key"),
        Index("ix_reception_lines_reception_id", "reception_id", "position", "id"),
    )
