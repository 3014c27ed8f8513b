"""Where the person stays and what threatens: placements, incidents, protection measures."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import CONSTRAINT_PROBLEMS, Base
from app.refusals import AlreadyPlaced


class Placement(Base):
    """One stay in one shelter, by service and facility, never by address. It takes one of the service's free places for
    as long as it is active; triggers keep `facility_id`, `custodian_id` and the free places."""

    __tablename__ = "placements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("services.id"))
    facility_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    custodian_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    started_on: Mapped[date]
    until: Mapped[date | None]
    ended_on: Mapped[date | None]
    reason: Mapped[str | None]
    destination: Mapped[str | None]
    text_sealed: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('active', 'ended')", name="status"),
        CheckConstraint("(status = 'ended') = (ended_on is not null)", name="end"),
        CheckConstraint("ended_on >= started_on and until >= started_on", name="period"),
        Index("uq_placements_active", "case_id", unique=True, postgresql_where=text("status = 'active'")),
        Index("ix_placements_case_id", "case_id", "created_at", "id"),
        Index("ix_placements_facility_id", "facility_id", text("created_at desc"), text("id desc")),
    )


CONSTRAINT_PROBLEMS["uq_placements_active"] = AlreadyPlaced


class PlacementExtension(Base):
    """One decision to let a stay last longer, with its reason."""

    __tablename__ = "placement_extensions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placements.id"))
    extended_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    until: Mapped[date]
    reason_sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_placement_extensions_placement_id", "placement_id", "created_at", "id"),)


class Incident(Base):
    """Danger to the person, told to the custodian and to one police body, or to no police for a coded reason. That body
    sees this row and nothing of the case."""

    __tablename__ = "incidents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    reported_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    custodian_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    police_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    exclusion: Mapped[str | None]
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    province_code: Mapped[str | None]
    text_sealed: Mapped[bytes]
    outcome: Mapped[str | None]
    custodian_acknowledged_at: Mapped[datetime | None]
    police_acknowledged_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(server_default="reported")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('reported', 'acknowledged', 'resolved')", name="status"),
        CheckConstraint("(police_id is null) = (exclusion is not null)", name="police"),
        Index("ix_incidents_case_id", "case_id", "created_at", "id"),
        Index("ix_incidents_custodian_id", "custodian_id", text("created_at desc"), text("id desc")),
        Index("ix_incidents_police_id", "police_id", text("created_at desc"), text("id desc")),
        Index("ix_incidents_reported_by", "reported_by", text("created_at desc"), text("id desc")),
    )


class IncidentText(Base):
    """Words that the police do not read: why they were excluded, and how the incident was resolved."""

    __tablename__ = "incident_texts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incidents.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("kind in ('exclusion', 'resolution')", name="kind"),
        Index("ix_incident_texts_incident_id", "incident_id", "created_at", "id"),
    )


class Protection(Base):
    """Measures ordered for a person's safety, the orders by number only: their file is a state secret and is never
    stored (Decree 62/2012 Art 9.6). Or measures that were offered and declined, with the person's undertaking."""

    __tablename__ = "protections"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    ordered_by: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    custodian_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    measures: Mapped[list[str]]
    orders_sealed: Mapped[bytes]
    starts_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    reason: Mapped[str | None]
    text_sealed: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("status in ('active', 'ended', 'declined')", name="status"),
        CheckConstraint("(status = 'declined') = (starts_on is null)", name="start"),
        CheckConstraint("(status = 'ended') = (ended_on is not null)", name="end"),
        Index("ix_protections_case_id", "case_id", "created_at", "id"),
    )
