"""Sending and moving referrals. Access is a party row written by the sender, live while the receiver acts on it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Boolean, bindparam, func, select
from sqlalchemy.engine import Row

from app.auth.scopes import Capability
from app.cases.actions import check_readable, lock_case, section_content
from app.cases.exclusions import check_not_excluded
from app.cases.keys import case_key, new_reference
from app.cases.sections import Section
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier, Owner
from app.lifecycles import advance
from app.organisations.actions import addressee, agency_of
from app.problems import FieldError, NotFound, UnknownReference, ValidationFailed
from app.questions import Answer, Question
from app.referrals.disclosure import Disclosure
from app.referrals.lifecycle import OPEN, REFERRAL, Action, Role
from app.referrals.models import Referral, ReferralPreview, ReferralText
from app.referrals.preview import preview_of
from app.referrals.schemas import Basis, ReferralIn
from app.refusals import DuplicateActiveReferral
from app.vault import Place

_STAMPS = {
    Action.ACKNOWLEDGE: "acknowledged_at",
    Action.ACCEPT: "accepted_at",
    Action.START: "started_at",
    Action.COMPLETE: "ended_at",
    Action.REFUSE: "ended_at",
    Action.WITHDRAW: "ended_at",
}
_EVENTS = {
    Action.CLAIM: Event.REFERRAL_CLAIMED,
    Action.CONFIRM: Event.REFERRAL_CONFIRMED,
    Action.DECLINE: Event.REFERRAL_DECLINED,
    Action.ACKNOWLEDGE: Event.REFERRAL_ACKNOWLEDGED,
    Action.ACCEPT: Event.REFERRAL_ACCEPTED,
    Action.REFUSE: Event.REFERRAL_REFUSED,
    Action.REQUEST_INFORMATION: Event.REFERRAL_INFORMATION_REQUESTED,
    Action.ANSWER: Event.REFERRAL_ANSWERED,
    Action.START: Event.REFERRAL_STARTED,
    Action.COMPLETE: Event.REFERRAL_COMPLETED,
    Action.WITHDRAW: Event.REFERRAL_WITHDRAWN,
}


def roles(tx: Tx, row: Row[Any] | Answer) -> list[Role]:
    """Every part this caller has in the referral; a claimant is anybody else who sees one without a receiver."""
    found = [Role.SENDER] if row.sender_id == tx.me else []
    if row.custodian_id == tx.me:
        found.append(Role.CUSTODIAN)
    if row.receiver_id == tx.me:
        found.append(Role.RECEIVER)
    elif row.receiver_id is None and not found:
        found.append(Role.CLAIMANT)
    return found


def referral_etag(tx: Tx, row: Row[Any] | Answer) -> str:
    """With whether its basis has ended: who moves it must have seen that."""
    return etag(tx, row.id, row.version, row.basis_ended)


BASIS_ENDED: Any = func.access.basis_ended(Referral.id, type_=Boolean()).label("basis_ended")
_LOCKED = Question(  # as `Tx.lock`
    select(Referral, BASIS_ENDED).where(Referral.id == bindparam("id")).with_for_update(key_share=True)
)


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("referral", row_id, case_id)


async def send(tx: Tx, body: ReferralIn) -> UUID:
    """Sends to a receiver, or opens to claims. Sections are among those the sender reads, and covered by the basis."""
    try:
        case = await lock_case(tx, body.case_id)
    except NotFound:
        raise UnknownReference(FieldError("/case_id", "unknown_reference")) from None
    await _check_duplicate(tx, body)
    disclosure = await _disclosure(tx, body)
    referral_id = uuid4()
    row = {
        "id": referral_id,
        "reference": new_reference(),
        "sender_id": tx.me,
        "originator_id": tx.me,
        "province_code": body.claimable.province_code if body.claimable else None,
        **body.model_dump(include={"case_id", "receiver_id", "service", "urgency", "sections"}),
    }
    await tx.insert(Referral, row)
    await tx.insert(ReferralPreview, {"referral_id": referral_id, "preview": await _preview(tx, body, case)})
    await add_text(tx, referral_id, body.case_id, "note", body.note)
    if disclosure:
        await disclosure.grant(tx, referral_id)
    facts = {"service": body.service, "sections_offered": sorted(body.sections)}
    record(tx, Event.REFERRAL_SENT, _subject(referral_id, body.case_id), parties=[body.receiver_id], **facts)
    await _follow(tx, Event.REFERRAL_SENT, {**row, "custodian_id": case.custodian_id}, body.receiver_id)
    return referral_id


async def _disclosure(tx: Tx, body: ReferralIn) -> Disclosure | None:
    """What the receiver will read and why; nothing yet for a claimable one, whose sections must be the sender's own."""
    if body.receiver_id is None:
        await check_readable(tx, body.case_id, body.sections)
        return None
    if body.receiver_id == tx.me:
        raise ValidationFailed(FieldError("/receiver_id", "invalid_value"))
    receiver = await addressee(tx, body.receiver_id, "/receiver_id", Capability.REFERRAL_RESPOND)
    await check_not_excluded(tx, body.case_id, body.receiver_id, "/receiver_id")
    on_consent = receiver.treats and body.consent_id is not None
    await check_readable(tx, body.case_id, body.sections, beyond={Section.HEALTH} if on_consent else set())
    disclosure = Disclosure(body.case_id, receiver, body.service, body.sections, body.consent_id, body.lawful_basis)
    return await disclosure.checked(tx)


async def _preview(tx: Tx, body: ReferralIn, case: Row[Any]) -> dict[str, Any]:
    identity = await section_content(tx, body.case_id, Section.IDENTITY)
    handling = await section_content(tx, body.case_id, Section.HANDLING)
    return preview_of(body.service, body.urgency, case.province_code, identity, handling)


async def _check_duplicate(tx: Tx, body: ReferralIn) -> None:
    """The case is locked, so that two twins cannot both find nothing."""
    to = Referral.receiver_id == body.receiver_id
    if body.claimable:
        to = Referral.province_code == body.claimable.province_code
    twin = select(Referral.id).where(
        Referral.sender_id == tx.me,
        Referral.case_id == body.case_id,
        Referral.service == body.service,
        Referral.status.in_(OPEN),
        to,
    )
    if await tx.first(twin):
        raise DuplicateActiveReferral


async def add_text(tx: Tx, referral_id: UUID, case_id: UUID, kind: str, words: str | None) -> None:
    """Keeps words said on the referral; nothing said leaves no row."""
    if words is None:
        return
    text_id = uuid4()
    sealed = tx.keyring.vault.seal(await case_key(tx, case_id), Place("referral_texts", kind, text_id), words)
    row = {"id": text_id, "referral_id": referral_id, "author_id": tx.me, "kind": kind, "sealed": sealed}
    await tx.insert(ReferralText, row)


async def move(
    tx: Tx, referral_id: UUID, action: Action, if_match: str | None, *, text: str | None = None, **values: Any
) -> UUID:
    """Any move that only changes status, dates and codes; `text` is what was said with it."""
    row = await _locked(tx, referral_id, if_match)
    if action in _STAMPS:
        values[_STAMPS[action]] = func.now()
    await advance(tx, Referral, row, (REFERRAL, action, roles(tx, row)), **values)
    await add_text(tx, referral_id, row.case_id, str(action), text)
    await _record_move(tx, row, action, {k: v for k, v in values.items() if k in ("reason", "outcome")})
    return referral_id


async def claim(tx: Tx, referral_id: UUID, if_match: str | None) -> UUID:
    """First come: the row is locked, the others find it claimed and see it no more."""
    row = await _locked(tx, referral_id, if_match)
    await advance(tx, Referral, row, (REFERRAL, Action.CLAIM, roles(tx, row)), claimant_id=tx.me)
    await _record_move(tx, row, Action.CLAIM, {})
    return referral_id


async def decline(tx: Tx, referral_id: UUID, if_match: str | None) -> UUID:
    row = await _locked(tx, referral_id, if_match)
    await advance(tx, Referral, row, (REFERRAL, Action.DECLINE, roles(tx, row)), claimant_id=None)
    await _record_move(tx, row, Action.DECLINE, {})
    return referral_id


async def confirm(tx: Tx, referral_id: UUID, if_match: str | None, body: Basis) -> UUID:
    """The custodian accepts the claimant, on a basis that names it; a trigger makes the claimant the receiver."""
    row = await _locked(tx, referral_id, if_match)
    await advance(tx, Referral, row, (REFERRAL, Action.CONFIRM, roles(tx, row)))
    receiver = await addressee(tx, row.claimant_id, "/consent_id", Capability.REFERRAL_RESPOND)
    await check_not_excluded(tx, row.case_id, row.claimant_id, "/consent_id")
    await check_readable(tx, row.case_id, row.sections)
    disclosure = Disclosure(row.case_id, receiver, row.service, row.sections, body.consent_id, body.lawful_basis)
    await (await disclosure.checked(tx)).grant(tx, referral_id)
    await _record_move(tx, row, Action.CONFIRM, {})
    return referral_id


async def _locked(tx: Tx, referral_id: UUID, if_match: str | None) -> Answer:
    row = await tx.ask(_LOCKED, id=referral_id)
    must_match(if_match, referral_etag(tx, row))
    return row


async def _record_move(tx: Tx, row: Answer, action: Action, facts: dict[str, Any]) -> None:
    parties = [row.sender_id, row.receiver_id, row.claimant_id]
    record(tx, _EVENTS[action], _subject(row.id, row.case_id), parties=parties, **facts)
    receiver_id = row.claimant_id if action is Action.CONFIRM else row.receiver_id
    await _follow(tx, _EVENTS[action], dict(row), receiver_id)


async def _follow(tx: Tx, event: Event, row: Mapping[str, Any], receiver_id: UUID | None) -> None:
    """The clocks of a referral; a claimable one has nobody yet who owes an answer."""
    owners = {Owner.SENDER: row["sender_id"], Owner.RECEIVER: receiver_id}
    facts = {"urgency": row["urgency"], "addressing": "named" if receiver_id else "claimable"}
    if receiver_id:
        facts["receiver_agency"] = await agency_of(tx, receiver_id)
    await follow(tx, event, Moved(Carrier.REFERRAL, row["id"], owners, facts))
