"""The directory: who can be addressed, by which name on which day, and the free places of a service."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, select, update
from sqlalchemy.orm import aliased

from app.auth.scopes import MATRIX, Agency, Capability
from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.organisations.models import Organisation, OrganisationName, Service
from app.organisations.schemas import CapacityIn, Labels, OrganisationOut, ServiceOut
from app.problems import FieldError, NotYourMove, RuleBroken, UnknownReference, ValidationFailed
from app.questions import Question
from app.reference.fields import today


def with_name(on: date) -> Select[Organisation, str, str]:
    """Organisations with the name they bore on that day; a body that has ended goes by its last one."""
    name, known = OrganisationName, aliased(OrganisationName)
    begun = select(func.max(known.valid_from)).where(known.organisation_id == Organisation.id, known.valid_from <= on)
    then = and_(
        name.organisation_id == Organisation.id, name.valid_from == begun.correlate(Organisation).scalar_subquery()
    )
    return select(Organisation, name.name_vi, name.name_en).join(name, then)


def organisation_out(row: Any) -> OrganisationOut:
    return OrganisationOut.model_validate({**row._mapping, "name": Labels(vi=row.name_vi, en=row.name_en)})


async def show_organisation(tx: Tx, organisation_id: UUID, on: date | None = None) -> OrganisationOut:
    """What it is now, under its present name or the one it bore on that day; 404 for a day before its first."""
    return organisation_out(await tx.one(with_name(on or today()).where(Organisation.id == organisation_id)))


async def addressee(
    tx: Tx, organisation_id: UUID, pointer: str, capability: Capability, refuse: type[RuleBroken] = UnknownReference
) -> Any:
    """The active organisation that a body names, able to act on what is sent to it; otherwise 422 at the pointer."""
    row = await tx.first(
        select(Organisation).where(Organisation.id == organisation_id, Organisation.status == "active")
    )
    if row is None:
        raise UnknownReference(FieldError(pointer, "unknown_reference"))
    if Agency(row.agency) not in MATRIX[capability]:
        raise refuse(FieldError(pointer, "unknown_reference"))
    return row


_AGENCY = Question(select(Organisation.agency).where(Organisation.id == bindparam("id")))


async def agency_of(tx: Tx, organisation_id: UUID) -> str:
    return str((await tx.ask(_AGENCY, id=organisation_id)).agency)


def service_out(tx: Tx, row: Any) -> ServiceOut:
    return ServiceOut.model_validate({**row._mapping, "etag": etag(tx, row.id, row.version)})


async def show_service(tx: Tx, service_id: UUID) -> ServiceOut:
    return service_out(tx, await tx.one(select(Service).where(Service.id == service_id)))


async def state_capacity(tx: Tx, service_id: UUID, body: CapacityIn, if_match: str | None) -> UUID:
    """An organisation's own word on its free places."""
    if body.places_free > body.places_total:
        raise ValidationFailed(FieldError("/places_free", "out_of_range", {"most": "places_total"}))
    row = await tx.lock(select(Service).where(Service.id == service_id))
    must_match(if_match, etag(tx, row.id, row.version))
    if row.organisation_id != tx.me:
        raise NotYourMove
    await tx.execute(
        update(Service)
        .where(Service.id == service_id)
        .values(**body.model_dump(), version=Service.version + 1, updated_at=func.now())
    )
    record(tx, Event.CAPACITY_CHANGED, Subject("service", service_id), **body.model_dump())
    return service_id
