"""A return home of one or many: announced by a mission, received at a gate, person by person (JC 01/2014 Art 4)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CONSTRAINT_PROBLEMS, Base
from app.refusals import AlreadyAnnounced


class Return(Base):
    """Without an announcer it is one that nobody announced, opened by the gate for persons who stand there.

    `noticed_at` is since when the gate could know of this time of arrival: an arrival put forward is noticed anew, one
    put off is not. `words_sealed` holds escorts and text under the return's own key.
    """

    __tablename__ = "returns"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("data_keys.id"), index=True)
    direction: Mapped[str]
    announcer_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    gate_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    province_code: Mapped[str]
    means: Mapped[str]
    arrives_at: Mapped[datetime]
    noticed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    waves: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    words_sealed: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(server_default="announced")
    reason: Mapped[str | None]
    answer_sealed: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('announced', 'arrived', 'cancelled')", name="status"),
        CheckConstraint("direction in ('inbound', 'outbound')", name="direction"),
        CheckConstraint(
            "announcer_id is not null or (direction = 'inbound' and status = 'arrived')", name="unannounced"
        ),
        Index("ix_returns_gate_id", "gate_id", text("created_at desc"), text("id desc")),
        Index("ix_returns_announcer_id", "announcer_id", text("created_at desc"), text("id desc")),
    )


class ReturnPerson(Base):
    """One line of the list: a case, or a person announced under a key of their own, or one met at the gate unlisted.

    `expected` is kept by triggers and ends with the result, the cancellation, or the announcer's custody of the case;
    the gate's sight of the person ends with it. `intake_id` is the gate's own intake, where the arrival opened one.
    """

    __tablename__ = "return_persons"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    return_id: Mapped[UUID] = mapped_column(ForeignKey("returns.id"))
    position: Mapped[int]
    wave: Mapped[int | None]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("data_keys.id"), index=True)
    expected: Mapped[bool] = mapped_column(server_default=text("false"))
    result: Mapped[str | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    arrived_at: Mapped[datetime | None]
    intake_id: Mapped[UUID | None]
    text_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        UniqueConstraint("return_id", "position"),
        ForeignKeyConstraint(["recorded_by", "intake_id"], ["intakes.organisation_id", "intakes.id"]),
        CheckConstraint("case_id is null or key_id is null", name="one_key"),
        CheckConstraint("(result is null) = (recorded_by is null)", name="result"),
        Index("uq_return_persons_expected", "case_id", unique=True, postgresql_where=text("expected")),
    )


CONSTRAINT_PROBLEMS["uq_return_persons_expected"] = AlreadyAnnounced


class AnnouncedPerson(Base):
    """Who a listed person without a case is said to be, sealed: identity, papers and handling, and nothing more, since
    that is what a gate may know of somebody who has not arrived."""

    __tablename__ = "announced_persons"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("return_persons.id"), primary_key=True)
    sealed: Mapped[bytes]
