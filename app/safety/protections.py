"""Protection of a person's safety: who may order which measure is data, and who may know of it is the compartment."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.engine import Row

from app.cases.actions import lock_case
from app.cases.keys import case_key, seal, unseal
from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import advance, available_actions, next_status
from app.problems import FieldError
from app.reference.codes import code_list
from app.refusals import DoesNotFit, NotCompetent
from app.safety.lifecycle import PROTECTION, ProtectionAction, ProtectionRole, ProtectionStatus
from app.safety.models import Protection
from app.safety.schemas import (
    ProtectionChangeIn,
    ProtectionEndIn,
    ProtectionIn,
    ProtectionItem,
    ProtectionOut,
    ProtectionState,
)
from app.vault import DataKey, Place

_MEASURES = code_list("protection_measure")


def roles(tx: Tx, row: Row[Any]) -> list[ProtectionRole]:
    parties = {ProtectionRole.ORDERER: row.ordered_by, ProtectionRole.CUSTODIAN: row.custodian_id}
    return [role for role, organisation in parties.items() if organisation == tx.me]


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("protection", row_id, case_id)


def _etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


async def order(tx: Tx, case_id: UUID, body: ProtectionIn) -> UUID:
    """Records measures ordered by a competent body, or that the person declined them (Decree 62/2012 Arts 3, 7, 8)."""
    await lock_case(tx, case_id)
    _check_competent(tx, body.measures)
    protection_id = uuid4()
    key = await case_key(tx, case_id)
    await tx.insert(
        Protection,
        {
            "id": protection_id,
            "case_id": case_id,
            "ordered_by": tx.me,
            "measures": sorted(set(body.measures)),
            "starts_on": body.starts_on,
            "orders_sealed": _orders(tx, key, protection_id, [body.order_number] if body.order_number else []),
            "text_sealed": seal(tx, key, _text_of(protection_id), body.declined.text if body.declined else None),
            "status": ProtectionStatus.DECLINED if body.declined else ProtectionStatus.ACTIVE,
        },
    )
    event = Event.PROTECTION_DECLINED if body.declined else Event.PROTECTION_ORDERED
    record(tx, event, _subject(protection_id, case_id))
    return protection_id


def _check_competent(tx: Tx, measures: Iterable[str]) -> None:
    """422 naming every measure that a body of this function cannot order (Decree 62/2012 Art 8)."""
    agency = tx.caller.agency
    refused = [code for code in measures if agency not in _MEASURES.latest(code).attributes["agencies"]]
    if refused:
        raise NotCompetent(params={"measures": refused})


async def _locked(tx: Tx, protection_id: UUID, action: ProtectionAction, if_match: str | None) -> Row[Any]:
    """The protection under lock, once this action is open to the caller, who could have ordered what it is to undo."""
    row = await tx.lock(select(Protection).where(Protection.id == protection_id))
    must_match(if_match, _etag(tx, row))
    next_status(PROTECTION, row.status, action, roles(tx, row))
    _check_competent(tx, row.measures)
    return row


async def change(tx: Tx, protection_id: UUID, body: ProtectionChangeIn, if_match: str | None) -> UUID:
    """A further order, kept beside the earlier numbers."""
    row = await _locked(tx, protection_id, ProtectionAction.CHANGE, if_match)
    _check_competent(tx, body.measures)
    key = await case_key(tx, row.case_id)
    numbers = unseal(tx, key, _orders_of(row.id), row.orders_sealed)
    values = {
        "measures": sorted(set(body.measures)),
        "orders_sealed": _orders(tx, key, row.id, [*numbers, body.order_number]),
    }
    await advance(tx, Protection, row, (PROTECTION, ProtectionAction.CHANGE, roles(tx, row)), **values)
    record(tx, Event.PROTECTION_CHANGED, _subject(row.id, row.case_id), parties=[row.ordered_by])
    return protection_id


async def end(tx: Tx, protection_id: UUID, body: ProtectionEndIn, if_match: str | None) -> UUID:
    row = await _locked(tx, protection_id, ProtectionAction.END, if_match)
    if body.ended_on < row.starts_on:
        raise DoesNotFit(FieldError("/ended_on", "out_of_range", {"least": "starts_on"}))
    words = body.declined.text if body.declined else body.text
    sealed = seal(tx, await case_key(tx, row.case_id), _text_of(row.id), words)
    values = {"ended_on": body.ended_on, "reason": body.reason, "text_sealed": sealed}
    await advance(tx, Protection, row, (PROTECTION, ProtectionAction.END, roles(tx, row)), **values)
    record(tx, Event.PROTECTION_ENDED, _subject(row.id, row.case_id), parties=[row.ordered_by])
    return protection_id


def _orders(tx: Tx, key: DataKey, protection_id: UUID, numbers: list[str]) -> bytes | None:
    return seal(tx, key, _orders_of(protection_id), numbers)


def _orders_of(protection_id: UUID) -> Place:
    return Place("protections", "orders", protection_id)


def _text_of(protection_id: UUID) -> Place:
    return Place("protections", "text", protection_id)


def protection_item(tx: Tx, row: Row[Any]) -> ProtectionItem:
    return ProtectionItem.model_validate({**row._mapping, "etag": _etag(tx, row)})


def _state(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    actions = available_actions(PROTECTION, row.status, roles(tx, row))
    return {**row._mapping, "etag": _etag(tx, row), "available_actions": actions}


async def show_state(tx: Tx, protection_id: UUID) -> ProtectionState:
    row = await tx.one(select(Protection).where(Protection.id == protection_id))
    return ProtectionState.model_validate(_state(tx, row))


async def show_protection(tx: Tx, protection_id: UUID) -> ProtectionOut:
    """The protection with the numbers of its orders; 404 outside the compartment."""
    row = await tx.one(select(Protection).where(Protection.id == protection_id))
    key = await case_key(tx, row.case_id)
    record(tx, Event.PROTECTION_READ, _subject(row.id, row.case_id), sections=["refuge"])
    return ProtectionOut.model_validate(
        {
            **_state(tx, row),
            "order_numbers": unseal(tx, key, _orders_of(row.id), row.orders_sealed),
            "text": unseal(tx, key, _text_of(row.id), row.text_sealed),
        }
    )
