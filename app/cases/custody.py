"""Hand-over of custody: proposed by the custodian, complete when the receiver confirms, in any direction."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from app.auth.scopes import Agency, Capability
from app.cases.actions import lock_own_case
from app.cases.custody_schemas import CancellationIn, HandoverIn, HandoverItem, HandoverOut, HandoverRefusalIn
from app.cases.keys import case_key, seal, unseal
from app.cases.lifecycle import HANDOVER, HandoverAction, HandoverRole
from app.cases.models import Handover, HandoverCase
from app.cases.parties import grant
from app.cases.sections import Section
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.deadlines.reads import due_at
from app.etags import etag, must_match
from app.journal import Event, Subject, record
from app.law.deadlines import Carrier, Owner
from app.law.procedures import Duty, flags
from app.lifecycles import advance, available_actions
from app.organisations.actions import addressee, agency_of
from app.problems import FieldError, NotFound, OpenHandover, UnknownReference, ValidationFailed
from app.reference.fields import day_of
from app.vault import Place

VIEW: Select[Any] = select(Handover, due_at("handover", Handover.id).label("due_at"))
PREVIEWED = (Section.IDENTITY, Section.PAPERS, Section.HANDLING)
"""What a proposed receiver needs to find and treat the persons; ends with the proposal."""


def roles(tx: Tx, row: Row[Any]) -> list[HandoverRole]:
    parties = {HandoverRole.GIVER: row.giver_id, HandoverRole.RECEIVER: row.receiver_id}
    return [role for role, organisation in parties.items() if organisation == tx.me]


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("handover", row_id, case_id)


def handover_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


async def propose(tx: Tx, case_id: UUID, body: HandoverIn, *, occasion: str = "handover") -> UUID:
    """Proposes to a receiver, or records a hand-over to a party outside the network, which leaves custody alone. On the
    occasion of a `return` the receiver's answer waits for the arrival, by the return's own clock."""
    cases = await _lock_together(tx, case_id, body.with_cases)
    if body.receiver_id:
        await _check_none_open(tx, [case.id for case in cases])
    if body.receiver_id == tx.me:
        raise ValidationFailed(FieldError("/receiver_id", "invalid_value"))
    if body.receiver_id:
        await addressee(tx, body.receiver_id, "/receiver_id", Capability.CUSTODY_WRITE)
    handover_id = uuid4()
    key = await case_key(tx, case_id)
    outside = body.outside.model_dump() if body.outside else None
    await tx.insert(
        Handover,
        {
            "id": handover_id,
            "case_id": case_id,
            "giver_id": tx.me,
            "receiver_id": body.receiver_id,
            "channel": cases[0].channel,
            "outside": seal(tx, key, Place("handovers", "outside", handover_id), outside),
            "status": "proposed" if body.receiver_id else "received",
            "state": body.state,
            "text_sealed": seal(tx, key, Place("handovers", "text", handover_id), body.text),
            "occurred_at": body.occurred_at,
        },
    )
    await tx.insert(HandoverCase, *({"handover_id": handover_id, "case_id": case.id} for case in cases))
    if body.receiver_id:
        for case in cases:
            await grant(tx, case.id, body.receiver_id, ("handover", handover_id), PREVIEWED, lawful_basis="custody")
    event = Event.HANDOVER_PROPOSED if body.receiver_id else Event.HANDOVER_CONFIRMED
    for case in cases:
        record(tx, event, _subject(handover_id, case.id), parties=[body.receiver_id])
    if body.receiver_id:
        sides, family = (tx.me, body.receiver_id), [case.id for case in cases[1:]]
        await _follow(tx, event, handover_id, sides, family, occasion=occasion)
    return handover_id


async def _follow(
    tx: Tx, event: Event, handover_id: UUID, sides: tuple[UUID, UUID], family: Iterable[UUID], **more: str
) -> None:
    """Moves the clocks of the hand-over and of every case in it. One to a party outside moves none: custody stays."""
    owners = dict(zip((Owner.SENDER, Owner.RECEIVER), sides, strict=True))
    facts = {"receiver_agency": await agency_of(tx, sides[1]), **more}
    await follow(tx, event, Moved(Carrier.HANDOVER, handover_id, owners, facts))
    for case_id in family:
        await follow(tx, event, Moved(Carrier.CASE, case_id, {}, facts))


async def _check_none_open(tx: Tx, case_ids: list[UUID]) -> None:
    """409 before anything is said of the receiver. The cases are locked, so no twin can be proposing meanwhile."""
    if await tx.first(select(HandoverCase.case_id).where(HandoverCase.case_id.in_(case_ids), HandoverCase.open)):
        raise OpenHandover


async def _lock_together(tx: Tx, case_id: UUID, others: list[UUID]) -> list[Row[Any]]:
    """The path's case first, then the family; locked in the order of ids, so that two moves never deadlock."""
    locked: dict[UUID, Row[Any]] = {}
    for each in sorted({case_id, *others}):
        try:
            locked[each] = await lock_own_case(tx, each)
        except NotFound:
            if each == case_id:
                raise
            at = others.index(each)
            raise UnknownReference(FieldError(f"/with_cases/{at}", "unknown_reference")) from None
    return [locked[case_id], *(locked[each] for each in dict.fromkeys(others) if each != case_id)]


Why = HandoverRefusalIn | CancellationIn


async def _duties_owed(tx: Tx, row: Row[Any]) -> list[Duty]:
    """What the procedure of the channel still asks for when this giver hands to this receiver; empty when it fits."""
    if row.receiver_id is None:
        return []
    giver, receiver = Agency(await agency_of(tx, row.giver_id)), Agency(await agency_of(tx, row.receiver_id))
    return list(flags(row.channel, giver, receiver, day_of(row.created_at)))


async def move(
    tx: Tx, handover_id: UUID, action: HandoverAction, if_match: str | None, body: Why | None = None
) -> UUID:
    """Confirms, refuses or cancels. Custody moves in the trigger on the status, with all that follows it."""
    row = await tx.lock(select(Handover).where(Handover.id == handover_id))
    must_match(if_match, handover_etag(tx, row))
    values: dict[str, Any] = {}
    if body is not None:
        key = await case_key(tx, row.case_id)
        answer = seal(tx, key, Place("handovers", "answer", handover_id), body.text)
        values = {"reason": body.reason, "answer_sealed": answer}
    cases = await _case_ids(tx, handover_id)
    await advance(tx, Handover, row, (HANDOVER, action, roles(tx, row)), **values)
    event = _EVENTS[action]
    for case_id in cases:
        record(tx, event, _subject(handover_id, case_id), parties=[row.giver_id, row.receiver_id])
    family = [case_id for case_id in cases if case_id != row.case_id]
    await _follow(tx, event, handover_id, (row.giver_id, row.receiver_id), family)
    return handover_id


_EVENTS = {
    HandoverAction.CONFIRM: Event.HANDOVER_CONFIRMED,
    HandoverAction.REFUSE: Event.HANDOVER_REFUSED,
    HandoverAction.CANCEL: Event.HANDOVER_CANCELLED,
}


async def _case_ids(tx: Tx, handover_id: UUID) -> list[UUID]:
    query = select(HandoverCase.case_id).where(HandoverCase.handover_id == handover_id).order_by(HandoverCase.case_id)
    return [row.case_id for row in await tx.all(query)]


async def show_handover(tx: Tx, handover_id: UUID) -> HandoverOut:
    """The hand-over as both sides and the custodian see it: who, when, state, reason; the persons by case id only."""
    row = await tx.one(VIEW.where(Handover.id == handover_id))
    key = await case_key(tx, row.case_id)
    return HandoverOut.model_validate(
        {
            **row._mapping,
            "cases": await _case_ids(tx, handover_id),
            "outside": unseal(tx, key, Place("handovers", "outside", row.id), row.outside),
            "text": unseal(tx, key, Place("handovers", "text", row.id), row.text_sealed),
            "answer": unseal(tx, key, Place("handovers", "answer", row.id), row.answer_sealed),
            "duties_owed": await _duties_owed(tx, row),
            "available_actions": available_actions(HANDOVER, row.status, roles(tx, row)),
            "etag": handover_etag(tx, row),
        }
    )


def handover_item(tx: Tx, row: Row[Any]) -> HandoverItem:
    return HandoverItem.model_validate({**row._mapping, "etag": handover_etag(tx, row)})
