"""Stays: a place is taken in a shelter that has the person's referral, or is the custodian's own, and given back."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row

from app.cases.actions import lock_case
from app.cases.homecoming import check_return_to_family
from app.cases.keys import case_key, seal, unseal
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.deadlines.reads import due_at
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier, Owner
from app.lifecycles import advance, available_actions, next_status
from app.organisations.models import Service
from app.problems import FieldError, NotFound, NotYourMove, UnknownReference
from app.reference.fields import VIET_NAM
from app.refusals import AlreadyPlaced, DoesNotFit, FacilityNotAgreed, NoCapacity
from app.safety.lifecycle import PLACEMENT, PlacementAction, PlacementRole, PlacementStatus
from app.safety.models import Placement, PlacementExtension
from app.safety.schemas import (
    ExtensionIn,
    ExtensionOut,
    PlacementEndIn,
    PlacementIn,
    PlacementItem,
    PlacementOut,
    PlacementState,
)
from app.vault import DataKey, Place

SHELTER = "shelter"
MOST_ALTERNATIVES = 20
VIEW: Select[Any] = select(Placement, due_at(Carrier.PLACEMENT, Placement.id).label("due_at"))


def roles(tx: Tx, row: Row[Any]) -> list[PlacementRole]:
    parties = {PlacementRole.FACILITY: row.facility_id, PlacementRole.CUSTODIAN: row.custodian_id}
    return [role for role, organisation in parties.items() if organisation == tx.me]


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("placement", row_id, case_id)


def _etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


async def place(tx: Tx, case_id: UUID, body: PlacementIn) -> UUID:
    """Takes a place for the person, by the custodian or the facility itself. 422 unless the facility is the custodian's
    own or has accepted the person; 409 when the person stays somewhere already, or no place is free."""
    case = await lock_case(tx, case_id)
    shelter = await _shelter(tx, body.service_id)
    if tx.me not in (case.custodian_id, shelter.organisation_id):
        raise NotYourMove
    if not await tx.scalar(select(func.access.caller_may_place(case_id, shelter.id))):
        raise FacilityNotAgreed(FieldError("/service_id", "not_live"))
    here = select(Placement.id).where(Placement.case_id == case_id, Placement.status == PlacementStatus.ACTIVE)
    if await tx.first(here):
        raise AlreadyPlaced
    if shelter.places_free == 0:
        raise NoCapacity(params={"alternatives": [str(other) for other in await _alternatives(tx, shelter)]})
    placement_id = uuid4()
    await tx.insert(Placement, {"id": placement_id, "case_id": case_id, "placed_by": tx.me, **body.model_dump()})
    record(tx, Event.PLACEMENT_STARTED, _subject(placement_id, case_id), parties=[shelter.organisation_id])
    owners = {Owner.FACILITY: shelter.organisation_id}
    began = datetime.combine(body.started_on, time.min, VIET_NAM)
    moved = Moved(Carrier.PLACEMENT, placement_id, owners, due_on=body.until, at=began)
    await follow(tx, Event.PLACEMENT_STARTED, moved)
    return placement_id


async def _shelter(tx: Tx, service_id: UUID) -> Row[Any]:
    """The service under lock, so that its last place is given once."""
    wanted = select(Service).where(Service.id == service_id, Service.service == SHELTER, Service.status == "active")
    try:
        return await tx.lock(wanted)
    except NotFound:
        raise UnknownReference(FieldError("/service_id", "unknown_reference")) from None


async def _alternatives(tx: Tx, full: Row[Any]) -> list[UUID]:
    """Other shelters of the same provinces with a free place."""
    query = select(Service.id).where(
        Service.service == SHELTER,
        Service.status == "active",
        Service.id != full.id,
        Service.places_free > 0,
        Service.province_codes.overlap(full.province_codes),
    )
    return [row.id for row in await tx.all(query.order_by(Service.id).limit(MOST_ALTERNATIVES))]


async def _locked(tx: Tx, placement_id: UUID, action: PlacementAction, if_match: str | None) -> Row[Any]:
    """The stay under lock, once this action is known to be the caller's and open."""
    row = await tx.lock(select(Placement).where(Placement.id == placement_id))
    must_match(if_match, _etag(tx, row))
    next_status(PLACEMENT, row.status, action, roles(tx, row))
    return row


async def extend(tx: Tx, placement_id: UUID, body: ExtensionIn, if_match: str | None) -> UUID:
    """Lets the stay last longer than was set, or than the law gives without a decision (D20)."""
    row = await _locked(tx, placement_id, PlacementAction.EXTEND, if_match)
    if body.until <= (row.until or row.started_on):
        raise DoesNotFit(FieldError("/until", "out_of_range", {"least": "until"}))
    extension_id = uuid4()
    sealed = seal(tx, await case_key(tx, row.case_id), _reason_of(extension_id), body.reason)
    await tx.insert(
        PlacementExtension,
        {
            "id": extension_id,
            "placement_id": placement_id,
            "extended_by": tx.me,
            "until": body.until,
            "reason_sealed": sealed,
        },
    )
    step = (PLACEMENT, PlacementAction.EXTEND, roles(tx, row))
    await advance(tx, Placement, row, step, until=body.until)
    facts = {"until": body.until.isoformat()}
    record(tx, Event.PLACEMENT_EXTENDED, _subject(row.id, row.case_id), parties=[row.facility_id], **facts)
    moved = Moved(Carrier.PLACEMENT, row.id, {Owner.FACILITY: row.facility_id}, due_on=body.until)
    await follow(tx, Event.PLACEMENT_EXTENDED, moved)
    return placement_id


async def end(tx: Tx, placement_id: UUID, body: PlacementEndIn, if_match: str | None) -> UUID:
    """Ends the stay; its place is free again. A child goes home to its family only after that was found safe."""
    row = await _locked(tx, placement_id, PlacementAction.END, if_match)
    if body.ended_on < row.started_on:
        raise DoesNotFit(FieldError("/ended_on", "out_of_range", {"least": "started_on"}))
    if body.destination == "family":
        await check_return_to_family(tx, row.case_id)
    sealed = seal(tx, await case_key(tx, row.case_id), _text_of(row.id), body.text)
    step = (PLACEMENT, PlacementAction.END, roles(tx, row))
    await advance(tx, Placement, row, step, **body.model_dump(exclude={"text"}), text_sealed=sealed)
    facts = body.model_dump(include={"reason", "destination"})
    record(tx, Event.PLACEMENT_ENDED, _subject(row.id, row.case_id), parties=[row.facility_id], **facts)
    await follow(tx, Event.PLACEMENT_ENDED, Moved(Carrier.PLACEMENT, row.id, {Owner.FACILITY: row.facility_id}))
    return placement_id


def _reason_of(extension_id: UUID) -> Place:
    return Place("placement_extensions", "reason", extension_id)


def _text_of(placement_id: UUID) -> Place:
    return Place("placements", "text", placement_id)


def placement_item(tx: Tx, row: Row[Any]) -> PlacementItem:
    return PlacementItem.model_validate({**row._mapping, "etag": _etag(tx, row)})


def _state(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    actions = available_actions(PLACEMENT, row.status, roles(tx, row))
    return {**row._mapping, "etag": _etag(tx, row), "available_actions": actions}


async def show_state(tx: Tx, placement_id: UUID) -> PlacementState:
    return PlacementState.model_validate(_state(tx, await tx.one(VIEW.where(Placement.id == placement_id))))


async def show_placement(tx: Tx, placement_id: UUID) -> PlacementOut:
    """The stay with the words on it, for the custodian and the facility."""
    row = await tx.one(VIEW.where(Placement.id == placement_id))
    query = select(PlacementExtension).where(PlacementExtension.placement_id == placement_id)
    extensions = await tx.all(query.order_by(PlacementExtension.created_at, PlacementExtension.id))
    key = await case_key(tx, row.case_id)
    record(tx, Event.PLACEMENT_READ, _subject(row.id, row.case_id))
    return PlacementOut.model_validate(
        {
            **_state(tx, row),
            "extensions": _extensions_out(tx, key, extensions),
            "text": unseal(tx, key, _text_of(row.id), row.text_sealed),
        }
    )


def _extensions_out(tx: Tx, key: DataKey, rows: Sequence[Row[Any]]) -> list[ExtensionOut]:
    return [
        ExtensionOut.model_validate({**row._mapping, "reason": unseal(tx, key, _reason_of(row.id), row.reason_sealed)})
        for row in rows
    ]
