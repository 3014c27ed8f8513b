"""Money planned for a person and paid to them: the custodian's, and so the next custodian's when custody moves.

A payment is support that was given: it writes the support item, and the disbursement points to it. Like all support it
may outlast the closure of the case; only state money that a sourced article denies is refused.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from app.benefits.applications import money
from app.benefits.lifecycle import DISBURSEMENT, ApplicationStatus, DisbursementAction, DisbursementRole
from app.benefits.models import Application, Disbursement
from app.benefits.schemas import DisbursementIn, DisbursementItem, DisbursementOut, DisbursementState, PaymentIn
from app.cases.actions import lock_case
from app.cases.custody_schemas import CancellationIn
from app.cases.keys import case_key, seal, unseal
from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.amounts import Amount, ceiling
from app.law.categories import Standing
from app.lifecycles import advance, available_actions, next_status
from app.problems import FieldError, NotYourMove, UnknownReference
from app.refusals import BeyondGrant, DoesNotFit
from app.reintegration.actions import give_support
from app.reintegration.entitlements import judged, standing
from app.reintegration.models import SupportItem
from app.reintegration.schemas import SupportItemIn
from app.vault import Place

VIEW = select(
    Disbursement,
    SupportItem.given_on.label("paid_on"),
    SupportItem.amount_vnd.label("paid_vnd"),
    SupportItem.author_id.label("paid_by"),
).outerjoin(SupportItem, SupportItem.id == Disbursement.support_item_id)


def disbursement_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


def _budget_of(disbursement_id: UUID) -> Place:
    return Place("disbursements", "budget", disbursement_id)


def _outcome_of(disbursement_id: UUID) -> Place:
    return Place("disbursements", "outcome", disbursement_id)


async def _lock_held(tx: Tx, case_id: UUID) -> Row[Any]:
    """The case of this custodian, closed or not: what a person was granted is owed after the closure too."""
    case = await lock_case(tx, case_id, open_only=False)
    if case.custodian_id != tx.me:
        raise NotYourMove
    return case


async def plan(tx: Tx, case_id: UUID, body: DisbursementIn) -> UUID:
    """Sets a sum aside. The case is locked, so that two sums never exceed a grant together."""
    case = await _lock_held(tx, case_id)
    if body.application_id:
        await _check_grant(tx, case_id, body.application_id, body)
    of = await standing(tx, case_id, body.planned_on)
    beyond = judged(of, body.regime, body.service, body.funding) or await _above(tx, case, of, body)
    disbursement_id = uuid4()
    row = {
        "id": disbursement_id,
        "case_id": case_id,
        "author_id": tx.me,
        "budget_sealed": seal(tx, await case_key(tx, case_id), _budget_of(disbursement_id), body.budget),
        "beyond": beyond,
        **body.model_dump(exclude={"budget"}),
    }
    await tx.insert(Disbursement, row)
    subject = Subject("disbursement", disbursement_id, case_id)
    flagged = {"beyond": beyond["article"]} if beyond else {}
    record(tx, Event.DISBURSEMENT_PLANNED, subject, regime=body.regime, service=body.service, **flagged)
    return disbursement_id


async def _check_grant(tx: Tx, case_id: UUID, application_id: UUID, body: DisbursementIn) -> None:
    """422 unless the application is this person's, was granted, asked for the service, and has so much left."""
    mine = select(Application).where(Application.id == application_id, Application.case_id == case_id)
    application = await tx.first(mine)
    if application is None:
        raise UnknownReference(FieldError("/application_id", "unknown_reference"))
    if application.status != ApplicationStatus.GRANTED:
        raise DoesNotFit(FieldError("/application_id", "not_granted"))
    if body.service not in application.supports:
        raise DoesNotFit(FieldError("/service", "invalid_value", {"of": application.supports}))
    left = (application.granted_vnd or 0) - sum((await money(tx, application_id)).values())
    if application.granted_vnd is not None and body.amount_vnd > left:
        raise BeyondGrant(params={"granted_vnd": application.granted_vnd, "left_vnd": left})


async def _above(tx: Tx, case: Row[Any], of: Standing, body: DisbursementIn) -> dict[str, Any] | None:
    """The flag of a service that costs more, with what is planned and paid already, than a source allows a person."""
    most = ceiling(body.service, of.regime, body.planned_on, case.province_code)
    if most is None:
        return None
    same = (Disbursement.case_id == case.id, Disbursement.service == body.service, Disbursement.status != "cancelled")
    query = select(func.coalesce(SupportItem.amount_vnd, Disbursement.amount_vnd).label("vnd"))
    joined = query.select_from(Disbursement).outerjoin(SupportItem, SupportItem.id == Disbursement.support_item_id)
    before = sum(row.vnd for row in await tx.all(joined.where(*same)))
    return _flag(most) if before + body.amount_vnd > most.amount_vnd else None


def _flag(most: Amount) -> dict[str, Any]:
    return {
        "point": most.point,
        "article": most.source,
        "certainty": most.certainty,
        "vi": f"{most.vi}: vượt mức {most.amount_vnd} đồng",
        "en": f"{most.en}: above {most.amount_vnd} dong",
    }


async def _locked(
    tx: Tx, disbursement_id: UUID, if_match: str | None, action: DisbursementAction
) -> tuple[Row[Any], list[DisbursementRole]]:
    """The row under lock, with the caller's part in it; refused when this move is not open."""
    row = await tx.lock(select(Disbursement).where(Disbursement.id == disbursement_id))
    must_match(if_match, disbursement_etag(tx, row))
    await _lock_held(tx, row.case_id)
    parties = [DisbursementRole.CUSTODIAN]
    next_status(DISBURSEMENT, row.status, action, parties)
    return row, parties


async def pay(tx: Tx, disbursement_id: UUID, if_match: str | None, body: PaymentIn) -> UUID:
    """Records what the person received, once: the row is locked, and a paid one is not paid again."""
    row, parties = await _locked(tx, disbursement_id, if_match, DisbursementAction.PAY)
    if body.amount_vnd > row.amount_vnd:
        raise DoesNotFit(FieldError("/amount_vnd", "out_of_range", {"most": row.amount_vnd}))
    if body.amount_vnd < row.amount_vnd and body.reason is None:
        raise DoesNotFit(FieldError("/reason", "required"))
    # Not validated anew: its codes were in force when it was planned.
    given = SupportItemIn.model_construct(
        regime=row.regime,
        service=row.service,
        given_on=body.paid_on,
        amount_vnd=body.amount_vnd,
        funding=row.funding,
    )
    item_id = await give_support(tx, row.case_id, given)
    step = (DISBURSEMENT, DisbursementAction.PAY, parties)
    outcome = await _outcome(tx, row, {"receipt_number": body.receipt_number, "text": body.reason})
    await advance(tx, Disbursement, row, step, support_item_id=item_id, outcome_sealed=outcome)
    record(tx, Event.DISBURSEMENT_PAID, Subject("disbursement", row.id, row.case_id), support_item=str(item_id))
    return disbursement_id


async def cancel(tx: Tx, disbursement_id: UUID, if_match: str | None, body: CancellationIn) -> UUID:
    """Gives up a sum not yet paid; what it took of a grant is free again."""
    row, parties = await _locked(tx, disbursement_id, if_match, DisbursementAction.CANCEL)
    step = (DISBURSEMENT, DisbursementAction.CANCEL, parties)
    outcome = await _outcome(tx, row, {"receipt_number": None, "text": body.text})
    await advance(tx, Disbursement, row, step, cancellation_reason=body.reason, outcome_sealed=outcome)
    record(tx, Event.DISBURSEMENT_CANCELLED, Subject("disbursement", row.id, row.case_id), reason=body.reason)
    return disbursement_id


async def _outcome(tx: Tx, row: Row[Any], words: dict[str, str | None]) -> bytes | None:
    return seal(tx, await case_key(tx, row.case_id), _outcome_of(row.id), words)


def disbursement_item(tx: Tx, row: Row[Any]) -> DisbursementItem:
    return DisbursementItem.model_validate({**row._mapping, "etag": disbursement_etag(tx, row)})


def _state(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    moves = available_actions(DISBURSEMENT, row.status, [DisbursementRole.CUSTODIAN])
    return {**row._mapping, "available_actions": moves, "etag": disbursement_etag(tx, row)}


async def show_state(tx: Tx, disbursement_id: UUID) -> DisbursementState:
    """The disbursement without its words, as the answer to a move."""
    row = await tx.one(VIEW.where(Disbursement.id == disbursement_id))
    return DisbursementState.model_validate(_state(tx, row))


async def show_disbursement(tx: Tx, disbursement_id: UUID) -> DisbursementOut:
    """With budget line, receipt and reasons, for whoever has custody; the reading is recorded."""
    row = await tx.one(VIEW.where(Disbursement.id == disbursement_id))
    key = await case_key(tx, row.case_id)
    budget = unseal(tx, key, _budget_of(row.id), row.budget_sealed)
    outcome = unseal(tx, key, _outcome_of(row.id), row.outcome_sealed) or {"receipt_number": None, "text": None}
    record(tx, Event.DISBURSEMENT_READ, Subject("disbursement", row.id, row.case_id))
    return DisbursementOut.model_validate({**_state(tx, row), "budget": budget, **outcome})
