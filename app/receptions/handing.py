"""Handing a reception over to many home provinces at once: one hand-over for each, all of them or none.

Whoever shows no indicators has no case to hand over: the receiver is told how many come home, and no more.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from app.auth.scopes import Capability
from app.cases import custody
from app.cases.actions import lock_own_case
from app.cases.custody_schemas import HandoverIn
from app.db import Tx
from app.happenings import Event
from app.journal import Subject, record
from app.organisations.actions import addressee
from app.problems import FieldError, UnknownReference, ValidationFailed
from app.receptions.actions import HANDED, free, handed_out, with_fate
from app.receptions.models import Reception, ReceptionHandover, ReceptionLine
from app.receptions.schemas import GroupIn, HandoversIn, ReceptionHandoverOut
from app.refusals import AlreadyHandedOver, NobodyToHandOver

Lines = list[Row[Any]]


async def hand_over(tx: Tx, reception_id: UUID, body: HandoversIn) -> UUID:
    """Proposes to every receiver, on a closed reception too: people go home after the last was screened."""
    reception = await tx.lock(select(Reception).where(Reception.id == reception_id))
    for at, group in enumerate(body.groups):
        if group.receiver_id == tx.me:
            raise ValidationFailed(FieldError(f"/groups/{at}/receiver_id", "invalid_value"))
        await addressee(tx, group.receiver_id, f"/groups/{at}/receiver_id", Capability.CUSTODY_WRITE)
    groups = await _chosen(tx, reception_id, body.groups)
    # All at once and in the order of ids, so that two who move many cases never wait for each other.
    for case_id in sorted(_cases(line for lines in groups for line in lines)):
        await lock_own_case(tx, case_id)
    for group, lines in zip(body.groups, groups, strict=True):
        await _hand(tx, reception, group, lines, body)
    return reception_id


async def _chosen(tx: Tx, reception_id: UUID, groups: list[GroupIn]) -> list[Lines]:
    """The lines of each group, nobody in two of them."""
    query = with_fate(select(ReceptionLine, free().label("free")))
    screened = (ReceptionLine.reception_id == reception_id, ReceptionLine.screening_result.is_not(None))
    order = (ReceptionLine.position, ReceptionLine.id)
    left = {row.id: row for row in await tx.all(query.where(*screened).order_by(*order))}
    gone = {line_id for line_id, row in left.items() if not row.free}
    chosen = []
    for at, group in enumerate(groups):
        lines = _named(at, group.line_ids, left, gone) if group.line_ids else _of_province(group, left, gone)
        if not lines:
            raise NobodyToHandOver(FieldError(f"/groups/{at}", "invalid_value"))
        gone |= {line.id for line in lines}
        chosen.append(lines)
    return chosen


def _named(at: int, line_ids: list[UUID], left: dict[UUID, Row[Any]], gone: set[UUID]) -> Lines:
    pointers = {line_id: f"/groups/{at}/line_ids/{n}" for n, line_id in enumerate(line_ids)}
    if unknown := [FieldError(pointer, "unknown_reference") for i, pointer in pointers.items() if i not in left]:
        raise UnknownReference(*unknown)
    if handed := [FieldError(pointer, "invalid_value") for i, pointer in pointers.items() if i in gone]:
        raise AlreadyHandedOver(*handed)
    return [left[line_id] for line_id in line_ids]


def _of_province(group: GroupIn, left: dict[UUID, Row[Any]], gone: set[UUID]) -> Lines:
    return [row for i, row in left.items() if row.home_province_code == group.province_code and i not in gone]


def _cases(lines: Iterable[Row[Any]]) -> list[UUID]:
    return [line.case_id for line in lines if line.case_id is not None]


async def _hand(tx: Tx, reception: Row[Any], group: GroupIn, lines: Lines, body: HandoversIn) -> None:
    """One receiver's part: the cases by a hand-over like any other, the rest as a number."""
    cases, handover_id = _cases(lines), None
    if cases:
        proposed = HandoverIn(receiver_id=group.receiver_id, with_cases=cases[1:], occurred_at=_stated(body))
        handover_id = await custody.propose(tx, cases[0], proposed)
    told_id = uuid4()
    row = {
        "id": told_id,
        "reception_id": reception.id,
        "reception_reference": reception.reference,
        "giver_id": tx.me,
        "receiver_id": group.receiver_id,
        "handover_id": handover_id,
        "home_province_code": group.province_code,
        "place_province_code": reception.province_code,
        "occurred_at": reception.occurred_at,
        "cases": len(cases),
        "others": len(lines) - len(cases),
    }
    await tx.insert(ReceptionHandover, row)
    mine = (ReceptionLine.organisation_id == tx.me, ReceptionLine.id.in_([line.id for line in lines]))
    await tx.execute(update(ReceptionLine).where(*mine).values(reception_handover_id=told_id))
    counts = {"cases": row["cases"], "others": row["others"]}
    record(
        tx,
        Event.RECEPTION_HANDED_OVER,
        Subject("reception_handover", told_id),
        parties=[group.receiver_id],
        **counts,
    )


def _stated(body: HandoversIn) -> Any:
    """As the hand-over takes a moment: as text with its offset."""
    return body.occurred_at.isoformat() if body.occurred_at else None


async def show_handed(tx: Tx, told_id: UUID) -> ReceptionHandoverOut:
    return handed_out(tx, await tx.one(HANDED.where(ReceptionHandover.id == told_id)))
