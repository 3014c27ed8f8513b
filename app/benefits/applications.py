"""Applying for support in the person's name, deciding on it in writing, taking it back.

An application is for the state's money: it is refused at once only where a sourced article denies the point, or a
sourced time limit has passed; whatever is in doubt goes to the decider with its flag.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, literal_column, select
from sqlalchemy.engine import Row

from app.auth.scopes import Agency, Capability
from app.benefits.lifecycle import APPLICATION, ApplicationAction, ApplicationRole
from app.benefits.models import Application
from app.benefits.schemas import (
    ApplicationIn,
    ApplicationItem,
    ApplicationOut,
    ApplicationState,
    DecisionIn,
    Result,
)
from app.cases.actions import lock_own_case
from app.cases.exclusions import check_not_excluded
from app.cases.keys import case_key, seal, unseal
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.deadlines.reads import due_at
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.categories import Standing
from app.law.deadlines import Carrier, Owner
from app.law.windows import check_window
from app.lifecycles import advance, available_actions, next_status
from app.organisations.actions import addressee
from app.problems import FieldError, UnknownReference
from app.reference.codes import code_list
from app.referrals.schemas import WithdrawalIn
from app.refusals import DoesNotFit
from app.reintegration.entitlements import judged, standing
from app.vault import Place

VIEW = select(Application, due_at("application", Application.id).label("due_at"))
_STATE = "state"
_DECISIONS = {Result.GRANTED: ApplicationAction.GRANT, Result.REFUSED: ApplicationAction.REFUSE}


def roles(tx: Tx, row: Row[Any]) -> list[ApplicationRole]:
    parties = {ApplicationRole.DECIDER: row.decider_id, ApplicationRole.CUSTODIAN: row.custodian_id}
    return [role for role, organisation in parties.items() if organisation == tx.me]


def application_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


def _words_of(application_id: UUID) -> Place:
    return Place("applications", "words", application_id)


def _answer_of(application_id: UUID) -> Place:
    return Place("applications", "answer", application_id)


async def submit(tx: Tx, case_id: UUID, body: ApplicationIn) -> UUID:
    """Hands in an application in the person's name; its decider has the days of the law from now on (D19)."""
    case = await lock_own_case(tx, case_id)
    decider = await addressee(tx, body.decider_id, "/decider_id", Capability.CASE_WRITE)
    if decider.agency != Agency.LABOUR:
        raise UnknownReference(FieldError("/decider_id", "unknown_reference"))
    await check_not_excluded(tx, case_id, body.decider_id, "/decider_id")
    check_window(case.determined_on if case.identification == "confirmed" else None, body.submitted_on)
    beyond = _judged(await standing(tx, case_id, body.submitted_on), body.supports)
    application_id = uuid4()
    words = {"text": body.text, "documents": body.documents}
    row = {
        "id": application_id,
        "case_id": case_id,
        "author_id": tx.me,
        "words_sealed": seal(tx, await case_key(tx, case_id), _words_of(application_id), words),
        "beyond": beyond,
        **body.model_dump(exclude={"text", "documents"}),
    }
    await tx.insert(Application, row)
    subject = Subject("application", application_id, case_id)
    flagged = {"beyond": [flag["article"] for flag in beyond]} if beyond else {}
    record(tx, Event.APPLICATION_SUBMITTED, subject, parties=[body.decider_id], supports=body.supports, **flagged)
    await _follow(tx, Event.APPLICATION_SUBMITTED, application_id, body.decider_id)
    return application_id


def _judged(of: Standing, supports: list[str]) -> list[dict[str, Any]]:
    """The flags of what the article does not give this person but a source does; 422 where none does."""
    points = {service: str(code_list("service").latest(service).attributes["regime"]) for service in supports}
    found = {point: judged(of, point, service, _STATE) for service, point in points.items()}
    return [flag for flag in found.values() if flag is not None]


async def _follow(tx: Tx, event: Event, application_id: UUID, decider_id: UUID) -> None:
    await follow(tx, event, Moved(Carrier.APPLICATION, application_id, {Owner.DECIDER: decider_id}))


async def decide(tx: Tx, application_id: UUID, if_match: str | None, body: DecisionIn) -> UUID:
    """Grants or refuses. The decider needs no part in the case, and gets none."""
    row = await _locked(tx, application_id, if_match)
    step = (APPLICATION, _DECISIONS[body.result], roles(tx, row))
    next_status(APPLICATION, row.status, *step[1:])
    if body.decided_on < row.submitted_on:
        raise DoesNotFit(FieldError("/decided_on", "out_of_range", {"least": row.submitted_on.isoformat()}))
    await advance(
        tx,
        Application,
        row,
        step,
        decided_on=body.decided_on,
        granted_vnd=body.amount_vnd,
        answer_sealed=await _answer(tx, row, {"number": body.number, "answer": body.reason}),
    )
    _record(tx, Event.APPLICATION_DECIDED, row, result=body.result)
    await _follow(tx, Event.APPLICATION_DECIDED, application_id, row.decider_id)
    return application_id


async def withdraw(tx: Tx, application_id: UUID, if_match: str | None, body: WithdrawalIn) -> UUID:
    """Takes it back before it is decided; on a closed case too, since nobody else would tell the decider."""
    row = await _locked(tx, application_id, if_match)
    answer = await _answer(tx, row, {"number": None, "answer": body.text})
    step = (APPLICATION, ApplicationAction.WITHDRAW, roles(tx, row))
    await advance(tx, Application, row, step, withdrawal_reason=body.reason, answer_sealed=answer)
    _record(tx, Event.APPLICATION_WITHDRAWN, row, reason=body.reason)
    await _follow(tx, Event.APPLICATION_WITHDRAWN, application_id, row.decider_id)
    return application_id


async def _locked(tx: Tx, application_id: UUID, if_match: str | None) -> Row[Any]:
    row = await tx.lock(select(Application).where(Application.id == application_id))
    must_match(if_match, application_etag(tx, row))
    return row


async def _answer(tx: Tx, row: Row[Any], words: dict[str, str | None]) -> bytes | None:
    return seal(tx, await case_key(tx, row.case_id), _answer_of(row.id), words)


def _record(tx: Tx, event: Event, row: Row[Any], **facts: Any) -> None:
    subject = Subject("application", row.id, row.case_id)
    record(tx, event, subject, parties=[row.custodian_id, row.decider_id], **facts)


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    case_id = row.case_id if row.custodian_id == tx.me else None
    return {**row._mapping, "case_id": case_id, "etag": application_etag(tx, row)}


def application_item(tx: Tx, row: Row[Any]) -> ApplicationItem:
    return ApplicationItem.model_validate(_item(tx, row))


async def money(tx: Tx, application_id: UUID) -> dict[str, int]:
    """`planned_vnd` and `paid_vnd` of an application that the caller sees, also what it may not see one by one."""
    sums = func.access.application_money(application_id).alias("money")
    return dict((await tx.one(select(literal_column("*")).select_from(sums)))._mapping)


async def _state(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    moves = available_actions(APPLICATION, row.status, roles(tx, row))
    return {**_item(tx, row), **await money(tx, row.id), "available_actions": moves}


async def show_state(tx: Tx, application_id: UUID) -> ApplicationState:
    """The application without its words, as the answer to a move."""
    row = await tx.one(VIEW.where(Application.id == application_id))
    return ApplicationState.model_validate(await _state(tx, row))


async def show_application(tx: Tx, application_id: UUID) -> ApplicationOut:
    """With its words, for custodian and decider; the reading is recorded."""
    row = await tx.one(VIEW.where(Application.id == application_id))
    key = await case_key(tx, row.case_id)
    words = unseal(tx, key, _words_of(row.id), row.words_sealed)
    answer = unseal(tx, key, _answer_of(row.id), row.answer_sealed) or {"number": None, "answer": None}
    record(tx, Event.APPLICATION_READ, Subject("application", row.id, row.case_id))
    return ApplicationOut.model_validate({**await _state(tx, row), **words, **answer})
