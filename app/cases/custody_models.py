"""Who has the person, and what the person agreed to: hand-overs and consents."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CONSTRAINT_PROBLEMS, Base
from app.refusals import OpenHandover


class Handover(Base):
    """A change of custody, proposed by the giver and complete when the receiver confirms (JC 01/2014, minutes).

    `outside` seals a party beyond the network: such a hand-over is recorded, and custody stays. `minutes_sealed` is
    what the giver wrote down, `confirmation_sealed` what the receiver found; neither side writes the other's.
    """

    __tablename__ = "handovers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    giver_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    receiver_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    outside: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(server_default="proposed")
    state: Mapped[str | None]
    separation_reason: Mapped[str | None]
    reason: Mapped[str | None]
    channel: Mapped[str]
    text_sealed: Mapped[bytes | None]
    minutes_sealed: Mapped[bytes | None]
    confirmation_sealed: Mapped[bytes | None]
    answer_sealed: Mapped[bytes | None]
    occurred_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('proposed', 'received', 'refused', 'cancelled')", name="status"),
        CheckConstraint("(receiver_id is null) = (outside is not null)", name="one_receiver"),
        Index("ix_handovers_receiver_id", "receiver_id", text("created_at desc"), text("id desc")),
        Index("ix_handovers_giver_id", "giver_id", text("created_at desc"), text("id desc")),
    )


class HandoverCase(Base):
    """The persons of one hand-over, who move together or not at all. `open` is kept by a trigger."""

    __tablename__ = "handover_cases"

    handover_id: Mapped[UUID] = mapped_column(ForeignKey("handovers.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    open: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        Index("uq_handover_cases_open", "case_id", unique=True, postgresql_where=text("open")),
        Index("ix_handover_cases_case_id", "case_id"),
    )


CONSTRAINT_PROBLEMS["uq_handover_cases_open"] = OpenHandover


class Consent(Base):
    """What the person agreed to: one receiver, one purpose, these sections (Law 91/2025: specific, verifiable,
    withdrawable; silence is not consent). `withdrawn_for`: the guardian whose conflict of interest ended it."""

    __tablename__ = "consents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    purpose: Mapped[str]
    sections: Mapped[list[str]]
    language: Mapped[str]
    method: Mapped[str]
    expires_on: Mapped[date | None]
    guardian_id: Mapped[UUID | None] = mapped_column(ForeignKey("guardians.id"))
    guardian_sealed: Mapped[bytes | None]
    own_agreement: Mapped[bool | None]
    revocation_sealed: Mapped[bytes | None]
    withdrawn_for: Mapped[UUID | None] = mapped_column(ForeignKey("guardians.id"))
    status: Mapped[str] = mapped_column(server_default="given")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('given', 'revoked', 'expired')", name="status"),
        Index("ix_consents_expires_on", "expires_on", postgresql_where=text("status = 'given'")),
    )


class Override(Base):
    """A decision of two officers to disclose without the person's consent: to one receiver, for one purpose, these
    sections, until a day. `text_sealed` says why consent could not be had, `withdrawal_sealed` why it ended."""

    __tablename__ = "overrides"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    purpose: Mapped[str]
    sections: Mapped[list[str]]
    reason: Mapped[str]
    text_sealed: Mapped[bytes | None]
    expires_on: Mapped[date]
    asked_client: Mapped[str]
    asked_officer: Mapped[str]
    approved_client: Mapped[str | None]
    approved_officer: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    withdrawal_sealed: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(server_default="requested")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('requested', 'approved', 'withdrawn', 'expired')", name="status"),
        CheckConstraint("cardinality(sections) > 0", name="sections"),
        CheckConstraint("asked_client <> '' and asked_officer <> ''", name="asked"),
        CheckConstraint("approved_client <> asked_client and approved_officer <> asked_officer", name="second_person"),
        CheckConstraint(
            "num_nonnulls(approved_client, approved_officer, approved_at)"
            " = any (case status when 'requested' then '{0}' when 'approved' then '{3}' else '{0,3}' end::int[])",
            name="approved",
        ),
        Index("ix_overrides_case_id", "case_id", text("created_at desc"), text("id desc")),
        Index("ix_overrides_expires_on", "expires_on", postgresql_where=text("status in ('requested', 'approved')")),
    )
