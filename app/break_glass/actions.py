"""Sight of a case for at most an hour, by a handle, on two persons' word; told to the holder and oversight, reviewed.

A second look right after the first is possible, each approved anew: an emergency may outlast the hour, and a person in
danger must not pay for a reviewer that is late. What bounds it is a number a day for each organisation.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, case, func, literal_column, select
from sqlalchemy.engine import Row

from app.auth.scopes import Agency, Capability, scope
from app.break_glass.lifecycle import BREAK_GLASS, Action, Role, Status
from app.break_glass.models import BreakGlass
from app.break_glass.schemas import BreakGlassIn, BreakGlassItem, BreakGlassOut, BreakGlassState, GlassRead, ReviewIn
from app.cases.keys import key_for, new_keys, seal, unseal
from app.db import CONSTRAINT_PROBLEMS, Tx
from app.deadlines.actions import Moved, follow
from app.deadlines.reads import due_at
from app.etags import etag, must_match
from app.four_eyes import are_two, second_person
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier, Owner
from app.lifecycles import advance, available_actions, next_status
from app.organisations.models import Organisation
from app.problems import FieldError, InvalidTransition, Unavailable, UnknownReference
from app.refusals import AlreadyAcknowledged, BreakGlassLimit
from app.searches.actions import digest_of
from app.vault import Place

# Nothing is shown that nobody would review: without an overseer in the registry there is no break-glass.
CONSTRAINT_PROBLEMS["ck_break_glass_overseen"] = Unavailable

_WORDS = (Capability.CASE_BREAK_GLASS, Capability.BREAK_GLASS_REVIEW)
status_shown = case(
    ((BreakGlass.status == "requested") & (BreakGlass.asked_until <= func.now()), "expired"),
    ((BreakGlass.status == "active") & (BreakGlass.expires_at <= func.now()), "ended"),
    else_=BreakGlass.status,
)
"""The clock alone ends the hour and the wait for an approval; the sweep only tells of it."""
_COLUMNS = [column for column in BreakGlass.__table__.c if column.name != "status"]
VIEW: Select[Any] = select(
    *_COLUMNS,
    status_shown.label("status"),
    due_at("break_glass", BreakGlass.id).label("due_at"),
    func.access.caller_has_custody(BreakGlass.case_id).label("holds"),
    select(Organisation.agency).where(Organisation.id == BreakGlass.organisation_id).scalar_subquery().label("agency"),
)


def in_status(status: Status | None) -> Select[Any]:
    """Those in this status as it is shown; all of them for None."""
    return VIEW if status is None else VIEW.where(status_shown == str(status))


def roles(tx: Tx, row: Row[Any]) -> list[Role]:
    mine = row.organisation_id == tx.me
    parts = {
        Role.ASKER: mine,
        Role.SECOND: mine and are_two(tx.caller.client_id, tx.act.officer, row.client_id, row.officer),
        Role.HOLDER: row.holds,
        Role.REVIEWER: tx.caller.agency == Agency.OVERSIGHT,
    }
    return [role for role, held in parts.items() if held]


async def ask(tx: Tx, body: BreakGlassIn, a_day: int) -> UUID:
    """Asks, and shows nothing yet. An unknown, expired or foreign handle, a protected person and an excluded asker are
    one and the same 422."""
    case_id = await tx.scalar(select(func.access.case_behind(digest_of(body.handle))))
    if case_id is None:
        raise UnknownReference(FieldError("/handle", "unknown_reference"))
    await _check_limit(tx, a_day)
    row_id, (key,) = uuid4(), await new_keys(tx, 1)
    row = {
        "id": row_id,
        "case_id": case_id,
        "key_id": key.id,
        "organisation_id": tx.me,
        "client_id": tx.caller.client_id,
        "officer": tx.act.officer,
        "reason": body.reason,
        "text_sealed": seal(tx, key, _place("text", row_id), body.text),
    }
    await tx.insert(BreakGlass, row)
    asked = await tx.one(VIEW.where(BreakGlass.id == row_id))
    _record(tx, Event.BREAK_GLASS_REQUESTED, asked, reason=body.reason)
    return row_id


async def _check_limit(tx: Tx, a_day: int) -> None:
    """Counted under a lock of the organisation, so that two at once do not pass as one."""
    await tx.alone(f"break_glass {tx.me}")
    since = datetime.now(UTC) - timedelta(days=1)
    query = select(BreakGlass.created_at).where(BreakGlass.organisation_id == tx.me, BreakGlass.created_at > since)
    asked = await tx.all(query.order_by(BreakGlass.created_at.desc()).limit(a_day))
    if len(asked) >= a_day:
        again = asked[-1].created_at + timedelta(days=1)
        raise BreakGlassLimit(params={"limit": a_day, "again_at": again.isoformat()})


async def approve(tx: Tx, row_id: UUID, if_match: str | None) -> UUID:
    """By another officer through another client; the database then writes the grant, in the holder's name."""
    row = await _locked(tx, row_id, if_match)
    if row.organisation_id == tx.me:
        second_person(tx, row.client_id, row.officer)
    next_status(BREAK_GLASS, row.status, Action.APPROVE, roles(tx, row))
    if not await tx.scalar(select(func.access.break_glass_stands(row_id))):
        # Protected or excluded since it was asked: as if the time had run out.
        raise InvalidTransition(params={"status": str(Status.EXPIRED), "available_actions": []})
    by = {"approver_client": tx.caller.client_id, "approver_officer": tx.act.officer}
    await advance(tx, BreakGlass, row, (BREAK_GLASS, Action.APPROVE, roles(tx, row)), **by)
    approved = await tx.one(VIEW.where(BreakGlass.id == row_id))
    _record(tx, Event.BREAK_GLASS_APPROVED, approved, sections=approved.sections, reason=row.reason)
    await _follow(tx, Event.BREAK_GLASS_APPROVED, approved)
    return row_id


async def end(tx: Tx, row_id: UUID, if_match: str | None) -> UUID:
    """By the asker, before the hour is over."""
    row = await _locked(tx, row_id, if_match)
    await advance(tx, BreakGlass, row, (BREAK_GLASS, Action.END, roles(tx, row)))
    _record(tx, Event.BREAK_GLASS_ENDED, row, by="asker")
    return row_id


async def acknowledge(tx: Tx, row_id: UUID, if_match: str | None) -> UUID:
    """The holder says once that it knows, and its duty is met."""
    row = await _locked(tx, row_id, if_match)
    if row.holds and row.acknowledged_at:
        raise AlreadyAcknowledged
    step = (BREAK_GLASS, Action.ACKNOWLEDGE, roles(tx, row))
    await advance(tx, BreakGlass, row, step, acknowledged_at=func.now())
    _record(tx, Event.BREAK_GLASS_ACKNOWLEDGED, row)
    await _follow(tx, Event.BREAK_GLASS_ACKNOWLEDGED, row)
    return row_id


async def review(tx: Tx, row_id: UUID, body: ReviewIn, if_match: str | None) -> UUID:
    """Oversight's finding, from the record of the look and not from the case."""
    row = await _locked(tx, row_id, if_match)
    sealed = seal(tx, await key_for(tx, row.key_id), _place("review", row_id), body.text)
    step = (BREAK_GLASS, Action.REVIEW, roles(tx, row))
    await advance(tx, BreakGlass, row, step, finding=body.finding, review_sealed=sealed)
    _record(tx, Event.BREAK_GLASS_REVIEWED, row, finding=body.finding)
    await _follow(tx, Event.BREAK_GLASS_REVIEWED, row)
    return row_id


async def _locked(tx: Tx, row_id: UUID, if_match: str | None) -> Row[Any]:
    """The row under lock. One whose hour is over and was not swept yet is first ended, and told of."""
    stored = await tx.lock(select(BreakGlass).where(BreakGlass.id == row_id))
    row = await tx.one(VIEW.where(BreakGlass.id == row_id))
    must_match(if_match, _etag(tx, row))
    if (stored.status, row.status) == (Status.ACTIVE, Status.ENDED):
        await advance(tx, BreakGlass, stored, (BREAK_GLASS, Action.END, [Role.CLOCK]))
        _record(tx, Event.BREAK_GLASS_ENDED, row, by="time")
    return row


def _record(tx: Tx, event: Event, row: Row[Any], sections: list[str] | None = None, **facts: str) -> None:
    """Asker, holder and oversight are told of every step."""
    parties = [row.organisation_id, row.holder_id, row.overseer_id]
    record(tx, event, Subject("break_glass", row.id, row.case_id), parties=parties, sections=sections or (), **facts)


async def _follow(tx: Tx, event: Event, row: Row[Any]) -> None:
    owners = {Owner.CUSTODIAN: row.holder_id, Owner.REVIEWER: row.overseer_id}
    await follow(tx, event, Moved(Carrier.BREAK_GLASS, row.id, owners))


def _place(column: str, row_id: UUID) -> Place:
    return Place("break_glass", column, row_id)


def _etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version, row.status)


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    named = row.status == Status.ACTIVE or row.holds or tx.caller.agency == Agency.OVERSIGHT
    return {**row._mapping, "case_id": row.case_id if named else None, "etag": _etag(tx, row)}


def item(tx: Tx, row: Row[Any]) -> BreakGlassItem:
    return BreakGlassItem.model_validate(_item(tx, row))


def _state(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {**_item(tx, row), "available_actions": available_actions(BREAK_GLASS, row.status, roles(tx, row))}


async def show_state(tx: Tx, row_id: UUID) -> BreakGlassState:
    return BreakGlassState.model_validate(_state(tx, await tx.one(VIEW.where(BreakGlass.id == row_id))))


async def show(tx: Tx, row_id: UUID) -> BreakGlassOut:
    """The whole record, for asker, oversight and holder, each as far as it concerns them; the reading is recorded."""
    row = await tx.one(VIEW.where(BreakGlass.id == row_id))
    state = _state(tx, row)
    if not {Role.ASKER, Role.REVIEWER} & set(roles(tx, row)):
        state |= dict.fromkeys(("client_id", "officer", "approver_client", "approver_officer"))
    reads: Select[Any] = select(literal_column("*")).select_from(func.access.break_glass_reads(row_id).alias("read"))
    record(tx, Event.BREAK_GLASS_READ, Subject("break_glass", row_id))  # of no case: the record is not the case
    return BreakGlassOut.model_validate(
        {
            **state,
            **await _words(tx, row),
            "reads": [GlassRead.model_validate(read) for read in await tx.all(reads)],
        }
    )


async def _words(tx: Tx, row: Row[Any]) -> dict[str, str | None]:
    """Nothing for the holder, nor for a client that neither breaks glass nor reviews it."""
    may_read = any(scope(tx.caller.agency, capability) in tx.caller.scopes for capability in _WORDS)
    if not may_read or not {Role.ASKER, Role.REVIEWER} & set(roles(tx, row)):
        return {"text": None, "review_text": None}
    key = await key_for(tx, row.key_id)
    return {
        "text": unseal(tx, key, _place("text", row.id), row.text_sealed),
        "review_text": unseal(tx, key, _place("review", row.id), row.review_sealed),
    }
