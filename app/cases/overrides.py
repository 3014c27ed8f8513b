"""Disclosure without consent, decided by two: one officer asks, another approves through another client.

An override is as narrow as a consent: one receiver, one purpose, named sections that its body reads, until a day. It
discloses nothing by itself; a referral rests on it as `lawful_basis: override`, and ends with it. The length is a
design rule of this project: whatever kept the person from consenting is looked at again within 90 days.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from app.auth.scopes import Capability
from app.cases.actions import check_readable, lock_own_case
from app.cases.custody_models import Override
from app.cases.custody_schemas import RevocationIn
from app.cases.declines import check_without_consent
from app.cases.keys import case_key, seal, unseal
from app.cases.lifecycle import OVERRIDE, OverrideAction, OverrideRole, OverrideStatus
from app.cases.models import Case
from app.cases.override_schemas import OverrideIn, OverrideItem, OverrideOut, OverrideState
from app.cases.parties import affected_referrals
from app.db import Tx
from app.etags import etag, must_match
from app.four_eyes import second_person
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import advance, available_actions, next_status
from app.organisations.actions import addressee
from app.problems import FieldError, ValidationFailed
from app.reference.codes import code_list
from app.reference.fields import today
from app.vault import Place

MOST_DAYS = 90
_CUSTODIAN: Any = select(Case.custodian_id).where(Case.id == Override.case_id).scalar_subquery().label("custodian_id")
VIEW: Select[Any] = select(Override, _CUSTODIAN)


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("override", row_id, case_id)


def _place(member: str, row_id: UUID) -> Place:
    return Place("overrides", member, row_id)


def _status(row: Row[Any]) -> str:
    """The clock alone ends it, as it does a consent: judged whenever one asks."""
    over = row.status in (OverrideStatus.REQUESTED, OverrideStatus.APPROVED) and row.expires_on < today()
    return str(OverrideStatus.EXPIRED if over else row.status)


def _roles(tx: Tx, row: Row[Any]) -> list[OverrideRole]:
    """`custodian_id` is null where the case is hidden from the caller."""
    held, asked = row.custodian_id == tx.me, row.requested_by == tx.me
    parts = {OverrideRole.CUSTODIAN: held, OverrideRole.ASKER: asked, OverrideRole.SECOND: held and asked}
    return [role for role, mine in parts.items() if mine]


def override_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version, _status(row))


async def ask(tx: Tx, case_id: UUID, body: OverrideIn) -> UUID:
    """Asked by the custodian, for sections that it reads; nothing follows from it before the approval."""
    await lock_own_case(tx, case_id)
    if body.recipient_id == tx.me:
        raise ValidationFailed(FieldError("/recipient_id", "invalid_value"))
    recipient = await addressee(tx, body.recipient_id, "/recipient_id", Capability.REFERRAL_RESPOND)
    await check_readable(tx, case_id, body.sections)
    reason = code_list("override_reason").latest(body.reason)
    await check_without_consent(tx, case_id, recipient.agency, reason.attributes, "/reason")
    override_id = uuid4()
    key = await case_key(tx, case_id)
    row = {
        "id": override_id,
        "case_id": case_id,
        "requested_by": tx.me,
        "asked_client": tx.caller.client_id,
        "asked_officer": tx.act.officer,
        "text_sealed": seal(tx, key, _place("text", override_id), body.text),
        **body.model_dump(exclude={"text"}),
        "expires_on": _last_day(body),
    }
    await tx.insert(Override, row)
    record(tx, Event.OVERRIDE_REQUESTED, _subject(override_id, case_id), reason=body.reason, purpose=body.purpose)
    return override_id


def _last_day(body: OverrideIn) -> Any:
    latest = today() + timedelta(days=MOST_DAYS)
    if body.expires_on is not None and body.expires_on > latest:
        raise ValidationFailed(FieldError("/expires_on", "out_of_range", {"most": latest.isoformat()}))
    return body.expires_on or latest


async def approve(tx: Tx, override_id: UUID, if_match: str | None) -> UUID:
    """By the second person: 403 `second_person_required` to the one who asked and to the client they asked through."""
    row = await tx.lock(VIEW.where(Override.id == override_id))
    must_match(if_match, override_etag(tx, row))
    roles = _roles(tx, row)
    next_status(OVERRIDE, _status(row), OverrideAction.APPROVE, roles)
    second_person(tx, row.asked_client, row.asked_officer)
    await lock_own_case(tx, row.case_id)
    step = (OVERRIDE, OverrideAction.APPROVE, roles)
    approver = {"approved_client": tx.caller.client_id, "approved_officer": tx.act.officer}
    await advance(tx, Override, row, step, **approver)
    facts = {"reason": row.reason, "purpose": row.purpose}
    record(tx, Event.OVERRIDE_APPROVED, _subject(row.id, row.case_id), parties=[row.recipient_id], **facts)
    return override_id


async def withdraw(tx: Tx, override_id: UUID, body: RevocationIn) -> UUID:
    """Ends every grant resting on it in this same transaction, by a trigger; it takes one person and no version."""
    row = await tx.lock(VIEW.where(Override.id == override_id))
    roles = _roles(tx, row)
    next_status(OVERRIDE, _status(row), OverrideAction.WITHDRAW, roles)
    sealed = None
    if body.reason:
        sealed = seal(tx, await case_key(tx, row.case_id), _place("withdrawal", row.id), body.reason)
    await advance(tx, Override, row, (OVERRIDE, OverrideAction.WITHDRAW, roles), withdrawal_sealed=sealed)
    parties = [row.recipient_id, row.requested_by, row.custodian_id]
    record(tx, Event.OVERRIDE_WITHDRAWN, _subject(row.id, row.case_id), parties=parties)
    return override_id


def _shown(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    ours = row.requested_by == tx.me
    return {
        **row._mapping,
        "status": _status(row),
        "asked_officer": row.asked_officer if ours else None,
        "approved_officer": row.approved_officer if ours else None,
        "available_actions": available_actions(OVERRIDE, _status(row), _roles(tx, row)),
        "etag": override_etag(tx, row),
    }


def override_item(tx: Tx, row: Row[Any]) -> OverrideItem:
    return OverrideItem.model_validate(_shown(tx, row))


async def show_state(tx: Tx, override_id: UUID) -> OverrideState:
    """The answer to a move, without words."""
    row = await tx.one(VIEW.where(Override.id == override_id))
    return OverrideState.model_validate(
        {**_shown(tx, row), "affected_referrals": await affected_referrals(tx, override_id)}
    )


async def show_override(tx: Tx, override_id: UUID) -> OverrideOut:
    row = await tx.one(VIEW.where(Override.id == override_id))
    key = await case_key(tx, row.case_id)
    sealed = {"text": row.text_sealed, "withdrawal": row.withdrawal_sealed}
    words = {name: unseal(tx, key, _place(name, row.id), said) for name, said in sealed.items()}
    record(tx, Event.OVERRIDE_READ, _subject(row.id, row.case_id))
    shown = {**_shown(tx, row), **words, "affected_referrals": await affected_referrals(tx, override_id)}
    return OverrideOut.model_validate(shown)
