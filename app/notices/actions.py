"""Sending and acknowledging notices: minimal information, no grant, and nothing that the person's safety forbids.

Which agencies a kind goes to and which safety flags stand against it is the code list `notice_kind`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from app.auth.scopes import Capability
from app.cases.actions import lock_case, section_content
from app.cases.exclusions import check_not_excluded
from app.cases.keys import case_key, seal, unseal
from app.cases.sections import Section
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.deadlines.reads import due_at
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier, Owner
from app.lifecycles import advance, available_actions
from app.notices.lifecycle import NOTICE, Action, Role
from app.notices.models import Notice
from app.notices.schemas import NoticeIn, NoticeItem, NoticeOut, NoticeState
from app.organisations.actions import addressee
from app.problems import FieldError, ValidationFailed
from app.reference.ages import age_band
from app.reference.codes import code_list
from app.reference.fields import today
from app.refusals import DoesNotFit, HandlingForbids
from app.vault import Place

VIEW: Select[Any] = select(
    Notice,
    due_at("notice", Notice.id).label("due_at"),
    func.access.caller_takes_part_in(Notice.case_id).label("takes_part"),
)


def roles(tx: Tx, row: Row[Any]) -> list[Role]:
    sides = {Role.SENDER: row.sender_id, Role.RECIPIENT: row.recipient_id}
    return [role for role, organisation in sides.items() if organisation == tx.me]


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("notice", row_id, case_id)


def _words_of(notice_id: UUID) -> Place:
    return Place("notices", "text", notice_id)


async def send(tx: Tx, case_id: UUID, body: NoticeIn) -> UUID:
    """Tells a body what it must know. The case is locked, so that no flag is set between the look and the sending."""
    case = await lock_case(tx, case_id)
    kind = code_list("notice_kind").latest(body.kind).attributes
    await _check_recipient(tx, body.recipient_id, kind)
    await check_not_excluded(tx, case_id, body.recipient_id, "/recipient_id")
    await _check_handling(tx, case_id, kind, body.agreed_on)
    notice_id = uuid4()
    identity = await section_content(tx, case_id, Section.IDENTITY)
    await tx.insert(
        Notice,
        {
            "id": notice_id,
            "case_id": case_id,
            "case_reference": case.reference,
            "sender_id": tx.me,
            "age_band": age_band(identity.get("birth_date"), today()),
            "sex": identity.get("sex", "unknown"),
            "text_sealed": seal(tx, await case_key(tx, case_id), _words_of(notice_id), body.text),
            **body.model_dump(exclude={"text"}),
        },
    )
    record(tx, Event.NOTICE_SENT, _subject(notice_id, case_id), parties=[body.recipient_id], kind=body.kind)
    await _follow(tx, Event.NOTICE_SENT, notice_id, body.recipient_id, body.kind)
    return notice_id


async def _check_recipient(tx: Tx, recipient_id: UUID, kind: Mapping[str, Any]) -> None:
    """An active body other than oneself, of an agency that this kind goes to."""
    if recipient_id == tx.me:
        raise ValidationFailed(FieldError("/recipient_id", "invalid_value"))
    recipient = await addressee(tx, recipient_id, "/recipient_id", Capability.CASE_READ)
    if recipient.agency not in kind["recipients"]:
        raise DoesNotFit(FieldError("/recipient_id", "invalid_value", {"agencies": kind["recipients"]}))


async def _check_handling(tx: Tx, case_id: UUID, kind: Mapping[str, Any], agreed_on: date | None) -> None:
    """422 while a flag of the case forbids the kind, or asks for the person's word first. Flags count whoever sends,
    and are named to who reads `handling`."""
    standing = {"/kind": kind["forbidden_by"], "/agreed_on": [] if agreed_on else kind["ask_first"]}
    for pointer, flags in standing.items():
        if await tx.scalar(select(func.access.case_is_flagged(case_id, literal(flags, ARRAY(Text()))))):
            seen = (await section_content(tx, case_id, Section.HANDLING)).get("flags", [])
            named = [flag for flag in flags if flag in seen]
            raise HandlingForbids(FieldError(pointer, "handling_flag", {"flags": named} if named else {}))


async def acknowledge(tx: Tx, notice_id: UUID, if_match: str | None) -> UUID:
    """The recipient's word that it knows; it gains nothing by it."""
    row = await tx.lock(select(Notice).where(Notice.id == notice_id))
    must_match(if_match, notice_etag(tx, row))
    step = (NOTICE, Action.ACKNOWLEDGE, roles(tx, row))
    await advance(tx, Notice, row, step, acknowledged_at=func.now())
    record(tx, Event.NOTICE_ACKNOWLEDGED, _subject(notice_id, row.case_id), parties=[row.sender_id], kind=row.kind)
    await _follow(tx, Event.NOTICE_ACKNOWLEDGED, notice_id, row.recipient_id, row.kind)
    return notice_id


async def _follow(tx: Tx, event: Event, notice_id: UUID, recipient_id: UUID, kind: str) -> None:
    await follow(tx, event, Moved(Carrier.NOTICE, notice_id, {Owner.RECEIVER: recipient_id}, {"notice_kind": kind}))


def notice_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "case_id": row.case_id if row.takes_part else None, "etag": notice_etag(tx, row)}


def notice_item(tx: Tx, row: Row[Any]) -> NoticeItem:
    return NoticeItem.model_validate(_item(tx, row))


def _state(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {**_item(tx, row), "available_actions": available_actions(NOTICE, row.status, roles(tx, row))}


async def show_state(tx: Tx, notice_id: UUID) -> NoticeState:
    """The answer to a sending or a move."""
    return NoticeState.model_validate(_state(tx, await tx.one(VIEW.where(Notice.id == notice_id))))


async def show_notice(tx: Tx, notice_id: UUID) -> NoticeOut:
    """The whole notice, for sender, recipient and custodian; the reading is recorded."""
    row = await tx.one(VIEW.where(Notice.id == notice_id))
    words = unseal(tx, await case_key(tx, row.case_id), _words_of(row.id), row.text_sealed)
    record(tx, Event.NOTICE_READ, _subject(notice_id, row.case_id))
    return NoticeOut.model_validate({**_state(tx, row), "text": words})
