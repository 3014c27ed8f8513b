"""Who exists in the network: organisations with dated names, and the services they offer. Nothing personal here."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.scopes import Agency
from app.db import Base


class Organisation(Base):
    """`agency` is its function in law. No provinces means nationwide: ministries, missions and the 111 line stand
    outside the provincial tree. `treats` marks a provider that gives clinical care, and so may hold `health`."""

    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency: Mapped[str]
    functions: Mapped[list[str]]
    province_codes: Mapped[list[str]]
    country_code: Mapped[str | None]
    supervised_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    treats: Mapped[bool]
    status: Mapped[str] = mapped_column(server_default="active")
    sort_key: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint(f"agency in ({', '.join(repr(str(a)) for a in Agency)})", name="agency"),
        CheckConstraint("status in ('active', 'disabled')", name="status"),
        Index("ix_organisations_sort_key", "sort_key", "id"),
    )


class OrganisationName(Base):
    """A name and the time it was valid: an old fact keeps the old name (merger, renaming, reform)."""

    __tablename__ = "organisation_names"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name_vi: Mapped[str]
    name_en: Mapped[str]


class Service(Base):
    """What an organisation offers, and where. Free places are its own statement; there is no address, ever."""

    __tablename__ = "services"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    service: Mapped[str]
    province_codes: Mapped[list[str]]
    places_total: Mapped[int | None]
    places_free: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("places_free between 0 and places_total", name="places"),
        CheckConstraint("status in ('active', 'ended')", name="status"),
        Index("ix_services_service", "service", "id"),
    )
