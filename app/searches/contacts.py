"""Asking the unknown holder of a case to make contact, and the holder's answer.

The asker learns neither case nor holder, unless the answer discloses the holder. Which case it is stands in a row that
only the holder reads (`contact_targets`) and that follows custody. The words are under the person's key, so they end
with the person's record; `access.contact_key` gives that key to the two sides, for these words.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.engine import Row

from app.cases.keys import seal, unseal, unwrapped
from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import advance, available_actions, next_status
from app.problems import FieldError, UnknownReference
from app.searches.actions import digest_of
from app.searches.lifecycle import CONTACT_REQUEST, Action, Role
from app.searches.models import ContactRequest, ContactTarget, ContactText
from app.searches.schemas import ContactAnswerIn, ContactIn, ContactItem, ContactOut
from app.vault import DataKey, Place

_TARGET: tuple[Any, ...] = (ContactTarget.case_id, ContactTarget.holder_id)
VIEW: Select[Any] = select(ContactRequest, *_TARGET).outerjoin(
    ContactTarget, ContactTarget.request_id == ContactRequest.id
)
"""Of the target the asker sees nothing: row security leaves its columns null."""


def roles(tx: Tx, row: Row[Any]) -> list[Role]:
    parties = {Role.ASKER: row.asker_id, Role.HOLDER: row.holder_id}
    return [role for role, organisation in parties.items() if organisation == tx.me]


def _etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


async def ask(tx: Tx, body: ContactIn) -> UUID:
    """Through a handle that is good, once; 422 for any other, whether it never was, has expired or is another's."""
    found_by = digest_of(body.handle)
    case_id: UUID | None = await tx.scalar(select(func.access.case_behind(found_by)))
    if case_id is None:
        raise UnknownReference(FieldError("/handle", "unknown_reference"))
    request_id = uuid4()
    await tx.insert(ContactRequest, {"id": request_id, "asker_id": tx.me, "found_by": found_by, "reason": body.reason})
    await _say(tx, request_id, "question", body.text)
    record(tx, Event.CONTACT_REQUESTED, Subject("contact_request", request_id, case_id), reason=body.reason)
    return request_id


async def answer(tx: Tx, request_id: UUID, body: ContactAnswerIn, if_match: str | None) -> UUID:
    """By whoever holds the case now, once."""
    await tx.lock(select(ContactRequest).where(ContactRequest.id == request_id))
    row = await tx.one(VIEW.where(ContactRequest.id == request_id))
    must_match(if_match, _etag(tx, row))
    step = (CONTACT_REQUEST, Action.ANSWER, roles(tx, row))
    next_status(CONTACT_REQUEST, row.status, Action.ANSWER, roles(tx, row))
    await _say(tx, request_id, "answer", body.text)
    disclosed = tx.me if body.disclose_me else None
    said = {"answer": body.answer, "disclosed_id": disclosed, "answered_at": func.now()}
    await advance(tx, ContactRequest, row, step, **said)
    subject = Subject("contact_request", request_id, row.case_id)
    record(tx, Event.CONTACT_ANSWERED, subject, parties=[row.asker_id], answer=body.answer)
    return request_id


async def _say(tx: Tx, request_id: UUID, kind: str, words: str | None) -> None:
    if words is not None:
        sealed = seal(tx, await _key(tx, request_id), _place(request_id, kind), words)
        text = {"request_id": request_id, "kind": kind, "author_id": tx.me, "sealed": sealed}
        await tx.insert(ContactText, text)


async def _key(tx: Tx, request_id: UUID) -> DataKey:
    return await unwrapped(
        tx, select(literal_column("*")).select_from(func.access.contact_key(request_id).alias("key"))
    )


def _place(request_id: UUID, kind: str) -> Place:
    return Place("contact_texts", kind, request_id)


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    actions = available_actions(CONTACT_REQUEST, row.status, roles(tx, row))
    return {**row._mapping, "available_actions": actions, "etag": _etag(tx, row)}


def contact_item(tx: Tx, row: Row[Any]) -> ContactItem:
    return ContactItem.model_validate(_item(tx, row))


async def show_item(tx: Tx, request_id: UUID) -> ContactItem:
    """The answer to an asking or an answering; reading the words needs a purpose."""
    return contact_item(tx, await tx.one(VIEW.where(ContactRequest.id == request_id)))


async def show_contact(tx: Tx, request_id: UUID) -> ContactOut:
    """With the words of both sides; the reading is recorded, on the case where it is the holder's."""
    row = await tx.one(VIEW.where(ContactRequest.id == request_id))
    key = await _key(tx, request_id)
    texts = await tx.all(select(ContactText).where(ContactText.request_id == request_id))
    words = {text.kind: unseal(tx, key, _place(request_id, text.kind), text.sealed) for text in texts}
    record(tx, Event.CONTACT_READ, Subject("contact_request", request_id, row.case_id))
    said = {"text": words.get("question"), "answer_text": words.get("answer")}
    return ContactOut.model_validate({**_item(tx, row), **said})
