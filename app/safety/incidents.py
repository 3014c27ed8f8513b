"""Incidents: told to the custodian and to one police body at once, or to no police for a stated reason."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, literal_column, select, union
from sqlalchemy.engine import Row

from app.auth.scopes import Agency, Capability
from app.cases.actions import lock_case
from app.cases.exclusions import check_not_excluded
from app.cases.keys import case_key, new_reference, seal, unseal, unwrapped
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.deadlines.reads import due_at
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier, Owner
from app.lifecycles import advance, available_actions, next_status
from app.organisations.actions import addressee
from app.pages import Cursor, newest
from app.problems import FieldError, UnknownReference
from app.refusals import AlreadyAcknowledged, PoliceUndecided
from app.safety.lifecycle import INCIDENT, IncidentAction, IncidentRole, IncidentStatus
from app.safety.models import Incident, IncidentText
from app.safety.schemas import (
    IncidentIn,
    IncidentItem,
    IncidentOut,
    IncidentState,
    IncidentTextOut,
    ResolutionIn,
)
from app.vault import DataKey, Place

VIEW: Select[Any] = select(Incident, due_at(Carrier.INCIDENT, Incident.id).label("due_at"))
_STAMPS = {
    IncidentRole.CUSTODIAN: "custodian_acknowledged_at",
    IncidentRole.POLICE: "police_acknowledged_at",
}


def roles(tx: Tx, row: Row[Any]) -> list[IncidentRole]:
    reporter_id = row.reported_by if row.reported_by != row.police_id else None
    parties = {
        IncidentRole.CUSTODIAN: row.custodian_id,
        IncidentRole.POLICE: row.police_id,
        IncidentRole.REPORTER: reporter_id,
    }
    return [role for role, organisation in parties.items() if organisation == tx.me]


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("incident", row_id, case_id)


def _etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


async def report(tx: Tx, case_id: UUID, body: IncidentIn) -> UUID:
    """Reports danger, on a closed case too: it does not wait for one to be reopened."""
    case = await lock_case(tx, case_id, open_only=False)
    await _check_police(tx, case_id, body)
    incident_id = uuid4()
    key = await case_key(tx, case_id)
    excluded = body.exclude_police
    await tx.insert(
        Incident,
        {
            "id": incident_id,
            "reference": new_reference(),
            "case_id": case_id,
            "reported_by": tx.me,
            "exclusion": excluded.reason if excluded else None,
            "text_sealed": seal(tx, key, _text_of(incident_id), body.text),
            **body.model_dump(exclude={"text", "exclude_police"}),
        },
    )
    if excluded:
        await _add_text(tx, key, incident_id, "exclusion", excluded.text)
    parties = (case.custodian_id, body.police_id)
    record(tx, Event.INCIDENT_REPORTED, _subject(incident_id, case_id), parties=parties, kind=body.kind)
    await _follow(tx, Event.INCIDENT_REPORTED, incident_id, parties)
    return incident_id


async def _check_police(tx: Tx, case_id: UUID, body: IncidentIn) -> None:
    if (body.police_id is None) == (body.exclude_police is None):
        members = {"members": ["police_id", "exclude_police"]}
        raise PoliceUndecided(FieldError("/police_id", "exactly_one", members))
    if body.police_id is not None:
        police = await addressee(tx, body.police_id, "/police_id", Capability.CASE_READ)
        if police.agency != Agency.POLICE:
            raise UnknownReference(FieldError("/police_id", "unknown_reference"))
        await check_not_excluded(tx, case_id, body.police_id, "/police_id")


async def _follow(
    tx: Tx, event: Event, incident_id: UUID, parties: tuple[UUID, UUID | None], by: IncidentRole | None = None
) -> None:
    """The clocks of custodian and police; a custodian that is the police body itself owes one answer, not two."""
    custodian_id, police_id = parties
    owners = {Owner.POLICE: police_id if police_id != custodian_id else None}
    await follow(tx, event, Moved(Carrier.INCIDENT, incident_id, owners, {"by": by} if by else {}))


async def _add_text(tx: Tx, key: DataKey, incident_id: UUID, kind: str, words: str) -> None:
    text_id = uuid4()
    sealed = seal(tx, key, Place("incident_texts", kind, text_id), words)
    row = {"id": text_id, "incident_id": incident_id, "author_id": tx.me, "kind": kind, "sealed": sealed}
    await tx.insert(IncidentText, row)


async def _locked(tx: Tx, incident_id: UUID, action: IncidentAction, if_match: str | None) -> Row[Any]:
    """The incident under lock, once this action is known to be the caller's and open."""
    row = await tx.lock(select(Incident).where(Incident.id == incident_id))
    must_match(if_match, _etag(tx, row))
    next_status(INCIDENT, row.status, action, roles(tx, row))
    return row


async def acknowledge(tx: Tx, incident_id: UUID, if_match: str | None) -> UUID:
    """Custodian and police each say once that they know."""
    row = await _locked(tx, incident_id, IncidentAction.ACKNOWLEDGE, if_match)
    stamps = _unsaid(tx, row)
    if not stamps:
        raise AlreadyAcknowledged
    step = (INCIDENT, IncidentAction.ACKNOWLEDGE, roles(tx, row))
    await advance(tx, Incident, row, step, **stamps)
    await _record_move(tx, row, Event.INCIDENT_ACKNOWLEDGED)
    return incident_id


def _unsaid(tx: Tx, row: Row[Any]) -> dict[str, datetime]:
    """The marks of those parts of the caller in which it has not yet said that it knows."""
    now = datetime.now(UTC)
    mine = (_STAMPS[role] for role in roles(tx, row) if role in _STAMPS)
    return {stamp: now for stamp in mine if row._mapping[stamp] is None}


async def resolve(tx: Tx, incident_id: UUID, body: ResolutionIn, if_match: str | None) -> UUID:
    """Custodian or reporter say how it ended; the police see the outcome, not the words. A custodian that says so knows
    of it; after its reporter's word the custodian still has to acknowledge (T11)."""
    row = await _locked(tx, incident_id, IncidentAction.RESOLVE, if_match)
    await _add_text(tx, await case_key(tx, row.case_id), row.id, "resolution", body.text)
    step = (INCIDENT, IncidentAction.RESOLVE, roles(tx, row))
    await advance(tx, Incident, row, step, outcome=body.outcome, **_unsaid(tx, row))
    await _record_move(tx, row, Event.INCIDENT_RESOLVED, outcome=body.outcome)
    return incident_id


async def _record_move(tx: Tx, row: Row[Any], event: Event, **facts: str) -> None:
    by = roles(tx, row)[0]
    parties = [row.custodian_id, row.police_id, row.reported_by]
    record(tx, event, _subject(row.id, row.case_id), parties=parties, by=by, **facts)
    await _follow(tx, event, row.id, (row.custodian_id, row.police_id), by)


def _text_of(incident_id: UUID) -> Place:
    return Place("incidents", "text", incident_id)


async def _key(tx: Tx, incident_id: UUID) -> DataKey:
    """The key under which the incident is sealed, also for the police body it was told to."""
    key = func.access.incident_key(incident_id).alias("key")
    return await unwrapped(tx, select(literal_column("*")).select_from(key))


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    """The police are told of the danger, not of the case."""
    shown = {**row._mapping, "etag": _etag(tx, row)}
    return {**shown, "case_id": None} if roles(tx, row) == [IncidentRole.POLICE] else shown


def incident_item(tx: Tx, row: Row[Any]) -> IncidentItem:
    return IncidentItem.model_validate(_item(tx, row))


def _state(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    moves = available_actions(INCIDENT, row.status, roles(tx, row))
    actions = [name for name in moves if name != IncidentAction.ACKNOWLEDGE or _unsaid(tx, row)]
    return {**_item(tx, row), "available_actions": actions}


async def show_state(tx: Tx, incident_id: UUID) -> IncidentState:
    return IncidentState.model_validate(_state(tx, await tx.one(VIEW.where(Incident.id == incident_id))))


async def show_incident(tx: Tx, incident_id: UUID) -> IncidentOut:
    """The incident with its words, as far as this reader may have them."""
    row = await tx.one(VIEW.where(Incident.id == incident_id))
    key = await _key(tx, incident_id)
    query = select(IncidentText).where(IncidentText.incident_id == incident_id)
    texts = await tx.all(query.order_by(IncidentText.created_at, IncidentText.id))
    record(tx, Event.INCIDENT_READ, _subject(row.id, row.case_id))
    return IncidentOut.model_validate(
        {
            **_state(tx, row),
            "text": unseal(tx, key, _text_of(row.id), row.text_sealed),
            "texts": [_text_out(tx, key, text) for text in texts],
        }
    )


def _text_out(tx: Tx, key: DataKey, row: Row[Any]) -> IncidentTextOut:
    text = unseal(tx, key, Place("incident_texts", row.kind, row.id), row.sealed)
    return IncidentTextOut.model_validate({**row._mapping, "text": text})


async def list_incidents(
    tx: Tx, box: str, status: IncidentStatus | None, cursor: Cursor | None, limit: int
) -> Sequence[Row[Any]]:
    """`inbox`: told to this organisation, as custodian or police; `outbox`: reported by it."""

    def page(query: Select[Any]) -> Select[Any]:
        return newest(query, Incident, cursor, limit)

    if box == "outbox":
        return await tx.all(page(_in(VIEW.where(Incident.reported_by == tx.me), status)))
    # One walk for each part: an `or` of the two would read and sort all there ever were.
    parts = (Incident.custodian_id, Incident.police_id)
    walks = (page(_in(select(Incident.id).where(part == tx.me), status)).subquery() for part in parts)
    return await tx.all(page(VIEW.where(Incident.id.in_(union(*(select(walk.c.id) for walk in walks))))))


def _in(query: Select[Any], status: IncidentStatus | None) -> Select[Any]:
    return query.where(Incident.status == status) if status else query
