"""Assistance of another province: a verifier asks a body elsewhere one thing, and gets one answer.

The assistant needs to know the question and nothing of the case, so it becomes no party: what identifies the person,
as far as it must, is written in the question. Both keep what they said; a question withdrawn is no longer the
assistant's to read, and the end of the verification withdraws what is still asked.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.engine import Row

from app.auth.scopes import Capability
from app.cases.exclusions import check_not_excluded
from app.cases.keys import case_key, seal, unseal
from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import advance, available_actions, next_status
from app.organisations.actions import addressee
from app.problems import FieldError, InvalidTransition, NotYourMove, ValidationFailed
from app.refusals import VerifierNotCompetent
from app.vault import Place
from app.verifications.actions import roles as verification_roles
from app.verifications.lifecycle import ASSISTANCE, LIVE, AssistanceAction, AssistanceRole, Role
from app.verifications.models import Assistance, AssistanceText, Verification
from app.verifications.schemas import AssistanceIn, AssistanceItem, AssistanceOut

_EVENTS: Mapping[AssistanceAction, Event] = {
    AssistanceAction.ANSWER: Event.ASSISTANCE_ANSWERED,
    AssistanceAction.WITHDRAW: Event.ASSISTANCE_WITHDRAWN,
}


def roles(tx: Tx, row: Row[Any]) -> list[AssistanceRole]:
    parties = {AssistanceRole.ASKER: row.asker_id, AssistanceRole.ASSISTANT: row.assistant_id}
    return [role for role, organisation in parties.items() if organisation == tx.me]


def _etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


async def ask(tx: Tx, verification_id: UUID, body: AssistanceIn) -> UUID:
    """Asks another body that may verify; the verifier of a live verification alone does."""
    row = await tx.lock(select(Verification).where(Verification.id == verification_id))
    if Role.VERIFIER not in verification_roles(tx, row):
        raise NotYourMove
    if row.status not in LIVE:
        raise InvalidTransition(params={"status": row.status, "available_actions": []})
    if body.assistant_id == tx.me:
        raise ValidationFailed(FieldError("/assistant_id", "invalid_value"))
    capability = Capability.VERIFICATION_DECIDE
    await addressee(tx, body.assistant_id, "/assistant_id", capability, VerifierNotCompetent)
    await check_not_excluded(tx, row.case_id, body.assistant_id, "/assistant_id")
    assistance_id = uuid4()
    await tx.insert(
        Assistance,
        {
            "id": assistance_id,
            "verification_id": verification_id,
            "case_id": row.case_id,
            "asker_id": tx.me,
            "assistant_id": body.assistant_id,
        },
    )
    await _say(tx, assistance_id, row.case_id, "question", body.question)
    subject = Subject("assistance", assistance_id, row.case_id)
    record(tx, Event.ASSISTANCE_REQUESTED, subject, parties=[tx.me, body.assistant_id])
    return assistance_id


async def _say(tx: Tx, assistance_id: UUID, case_id: UUID, kind: str, words: str) -> None:
    text = {
        "assistance_id": assistance_id,
        "kind": kind,
        "author_id": tx.me,
        "sealed": seal(tx, await case_key(tx, case_id), _place(assistance_id, kind), words),
    }
    await tx.insert(AssistanceText, text)


def _place(assistance_id: UUID, kind: str) -> Place:
    return Place("assistance_texts", kind, assistance_id)


async def answer(tx: Tx, assistance_id: UUID, text: str, if_match: str | None) -> UUID:
    """What the assistant found."""
    row = await _locked(tx, assistance_id, if_match)
    next_status(ASSISTANCE, row.status, AssistanceAction.ANSWER, roles(tx, row))
    await _say(tx, row.id, row.case_id, "answer", text)
    return await _move(tx, row, AssistanceAction.ANSWER)


async def withdraw(tx: Tx, assistance_id: UUID, if_match: str | None) -> UUID:
    """The asker needs it no more; the assistant loses the question at once."""
    return await _move(tx, await _locked(tx, assistance_id, if_match), AssistanceAction.WITHDRAW)


async def _locked(tx: Tx, assistance_id: UUID, if_match: str | None) -> Row[Any]:
    row = await tx.lock(select(Assistance).where(Assistance.id == assistance_id))
    must_match(if_match, _etag(tx, row))
    return row


async def _move(tx: Tx, row: Row[Any], action: AssistanceAction) -> UUID:
    await advance(tx, Assistance, row, (ASSISTANCE, action, roles(tx, row)))
    subject = Subject("assistance", row.id, row.case_id)
    record(tx, _EVENTS[action], subject, parties=[row.asker_id, row.assistant_id])
    assistance_id: UUID = row.id
    return assistance_id


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {
        **row._mapping,
        "verification_id": row.verification_id if row.asker_id == tx.me else None,
        "available_actions": available_actions(ASSISTANCE, row.status, roles(tx, row)),
        "etag": _etag(tx, row),
    }


def assistance_item(tx: Tx, row: Row[Any]) -> AssistanceItem:
    return AssistanceItem.model_validate(_item(tx, row))


async def show_state(tx: Tx, assistance_id: UUID) -> AssistanceItem:
    """The answer to a move: reading the words needs a purpose."""
    return assistance_item(tx, await tx.one(select(Assistance).where(Assistance.id == assistance_id)))


async def show_assistance(tx: Tx, assistance_id: UUID) -> AssistanceOut:
    """Question and answer; the reading is recorded."""
    row = await tx.one(select(Assistance).where(Assistance.id == assistance_id))
    key = await case_key(tx, row.case_id)
    texts = await tx.all(select(AssistanceText).where(AssistanceText.assistance_id == assistance_id))
    words = {text.kind: unseal(tx, key, _place(assistance_id, text.kind), text.sealed) for text in texts}
    record(tx, Event.ASSISTANCE_READ, Subject("assistance", row.id, row.case_id))
    return AssistanceOut.model_validate(
        {**_item(tx, row), "question": words.get("question"), "answer": words.get("answer")}
    )
