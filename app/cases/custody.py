"""Hand-over of custody: proposed by the custodian, complete when the receiver confirms, in any direction.

When it happened and when it was recorded are two things, and so are who took the person over and who has custody.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from app.auth.scopes import Agency, Capability
from app.cases.actions import lock_own_case
from app.cases.custody_models import Handover, HandoverCase
from app.cases.custody_schemas import (
    CancellationIn,
    Confirmation,
    HandoverIn,
    HandoverItem,
    HandoverOut,
    HandoverRefusalIn,
    HandoverState,
    Minutes,
)
from app.cases.exclusions import check_not_excluded
from app.cases.family import check_together
from app.cases.homecoming import check_return_to_family
from app.cases.keys import case_key, seal, unseal
from app.cases.lifecycle import HANDOVER, HandoverAction, HandoverRole
from app.cases.parties import grant
from app.cases.sections import Section
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.deadlines.reads import due_at
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier, Owner
from app.law.procedures import Duty, flags
from app.lifecycles import advance, available_actions, next_status
from app.organisations.actions import addressee, agency_of
from app.problems import FieldError, NotFound, UnknownReference, ValidationFailed
from app.reference.fields import day_of
from app.refusals import OpenHandover
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
    """Proposes to a receiver, or records a hand-over with a party outside the network, which leaves custody alone. On
    the occasion of a `return` the receiver's answer waits for the arrival, by the return's own clock."""
    cases = await _lock_together(tx, case_id, body.with_cases)
    if body.receiver_id:
        await _check_receiver(tx, body.receiver_id, [case.id for case in cases])
    await _check_family(tx, [case.id for case in cases], body)
    named = {f"/states/{at}/case_id": each.case_id for at, each in enumerate(body.states)}
    named |= {f"/papers/{at}/case_id": each.case_id for at, each in enumerate(body.papers) if each.case_id}
    _check_companions(named, [case.id for case in cases[1:]])
    handover_id = uuid4()
    await tx.insert(Handover, await _columns(tx, handover_id, cases[0], body))
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


async def _columns(tx: Tx, handover_id: UUID, case: Row[Any], body: HandoverIn) -> dict[str, Any]:
    """The row of a proposal. One set of minutes tells of everybody in it, so its words stand under one key, that of the
    person of the case."""
    key = await case_key(tx, case.id)
    words = {
        "outside": body.outside.model_dump() if body.outside else None,
        "text": body.text,
        "minutes": _said(body, include=set(Minutes.model_fields)),
    }
    sealed = {name: seal(tx, key, Place("handovers", name, handover_id), said) for name, said in words.items()}
    return {
        "id": handover_id,
        "case_id": case.id,
        "giver_id": tx.me,
        "receiver_id": body.receiver_id,
        "channel": case.channel,
        "status": "proposed" if body.receiver_id else "received",
        "state": body.state,
        "separation_reason": body.separation_reason,
        "occurred_at": body.occurred_at,
        "outside": sealed["outside"],
        "text_sealed": sealed["text"],
        "minutes_sealed": sealed["minutes"],
    }


def _said(body: BaseModel, include: set[str] | None = None) -> dict[str, Any] | None:
    """What was said, as JSON keeps it; nothing said is nothing to seal."""
    return body.model_dump(mode="json", include=include, exclude_defaults=True) or None


async def _check_receiver(tx: Tx, receiver_id: UUID, case_ids: list[UUID]) -> None:
    """409 before anything is said of the receiver. The cases are locked, so no twin can be proposing meanwhile."""
    if await tx.first(select(HandoverCase.case_id).where(HandoverCase.case_id.in_(case_ids), HandoverCase.open)):
        raise OpenHandover
    if receiver_id == tx.me:
        raise ValidationFailed(FieldError("/receiver_id", "invalid_value"))
    await addressee(tx, receiver_id, "/receiver_id", Capability.CUSTODY_WRITE)
    for case_id in case_ids:
        await check_not_excluded(tx, case_id, receiver_id, "/receiver_id")


def _check_companions(named: Mapping[str, UUID], companions: Collection[UUID]) -> None:
    """422 at each pointer that names somebody who does not move together with the person."""
    strange = [FieldError(at, "unknown_reference") for at, case_id in named.items() if case_id not in companions]
    if strange:
        raise UnknownReference(*strange)


async def _follow(
    tx: Tx, event: Event, handover_id: UUID, sides: tuple[UUID, UUID], family: Iterable[UUID], **more: str
) -> None:
    """Moves the clocks of the hand-over and of every case in it. One to a party outside moves none: custody stays."""
    owners = dict(zip((Owner.SENDER, Owner.RECEIVER), sides, strict=True))
    facts = {"receiver_agency": await agency_of(tx, sides[1]), **more}
    await follow(tx, event, Moved(Carrier.HANDOVER, handover_id, owners, facts))
    for case_id in family:
        await follow(tx, event, Moved(Carrier.CASE, case_id, {}, facts))


async def _check_family(tx: Tx, case_ids: list[UUID], body: HandoverIn) -> None:
    """Nobody is parted unsaid, and no child goes home to a family that was not found safe. Who comes to us from a party
    outside leaves nobody."""
    if body.outside and body.outside.role == "giver":
        return
    await check_together(tx, case_ids, body.separation_reason)
    if body.outside and body.outside.to_family:
        for case_id in case_ids:
            await check_return_to_family(tx, case_id)


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


Written = HandoverRefusalIn | CancellationIn | Confirmation


async def _duties_owed(tx: Tx, row: Row[Any]) -> list[Duty]:
    """What the procedure of the channel still asks for when this giver hands to this receiver; empty when it fits."""
    if row.receiver_id is None:
        return []
    giver, receiver = Agency(await agency_of(tx, row.giver_id)), Agency(await agency_of(tx, row.receiver_id))
    return list(flags(row.channel, giver, receiver, day_of(row.created_at)))


async def move(tx: Tx, handover_id: UUID, action: HandoverAction, if_match: str | None, body: Written) -> UUID:
    """Confirms, refuses or cancels. Custody moves in the trigger on the status, with all that follows it."""
    row = await tx.lock(select(Handover).where(Handover.id == handover_id))
    must_match(if_match, handover_etag(tx, row))
    next_status(HANDOVER, row.status, action, roles(tx, row))
    cases = await _case_ids(tx, handover_id)
    family = [case_id for case_id in cases if case_id != row.case_id]
    written = await _written(tx, row, body, family)
    await advance(tx, Handover, row, (HANDOVER, action, roles(tx, row)), **written)
    event = _EVENTS[action]
    for case_id in cases:
        record(tx, event, _subject(handover_id, case_id), parties=[row.giver_id, row.receiver_id])
    await _follow(tx, event, handover_id, (row.giver_id, row.receiver_id), family)
    return handover_id


async def _written(tx: Tx, row: Row[Any], body: Written, family: list[UUID]) -> dict[str, Any]:
    """The mover's own words, sealed: the receiver's side of the minutes, or in writing why it came to nothing."""
    key = await case_key(tx, row.case_id)
    if isinstance(body, Confirmation):
        _check_companions({f"/states/{at}/case_id": each.case_id for at, each in enumerate(body.states)}, family)
        return {"confirmation_sealed": seal(tx, key, Place("handovers", "confirmation", row.id), _said(body))}
    return {"reason": body.reason, "answer_sealed": seal(tx, key, Place("handovers", "answer", row.id), body.text)}


_EVENTS = {
    HandoverAction.CONFIRM: Event.HANDOVER_CONFIRMED,
    HandoverAction.REFUSE: Event.HANDOVER_REFUSED,
    HandoverAction.CANCEL: Event.HANDOVER_CANCELLED,
}


async def _case_ids(tx: Tx, handover_id: UUID) -> list[UUID]:
    query = select(HandoverCase.case_id).where(HandoverCase.handover_id == handover_id).order_by(HandoverCase.case_id)
    return [row.case_id for row in await tx.all(query)]


async def _state(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {
        **row._mapping,
        "cases": await _case_ids(tx, row.id),
        "duties_owed": await _duties_owed(tx, row),
        "available_actions": available_actions(HANDOVER, row.status, roles(tx, row)),
        "etag": handover_etag(tx, row),
    }


async def show_state(tx: Tx, handover_id: UUID) -> HandoverState:
    """The answer to a proposal or a move: who, when, state, reason; the persons by case id only."""
    return HandoverState.model_validate(await _state(tx, await tx.one(VIEW.where(Handover.id == handover_id))))


async def show_handover(tx: Tx, handover_id: UUID) -> HandoverOut:
    """The hand-over with the words of both sides, for both and the custodian; a read of everybody in it."""
    row = await tx.one(VIEW.where(Handover.id == handover_id))
    state = await _state(tx, row)
    key = await case_key(tx, row.case_id)
    sealed = {
        "outside": row.outside,
        "text": row.text_sealed,
        "answer": row.answer_sealed,
        "minutes": row.minutes_sealed,
        "confirmation": row.confirmation_sealed,
    }
    words = {name: unseal(tx, key, Place("handovers", name, row.id), said) for name, said in sealed.items()}
    for name in ("minutes", "confirmation"):
        words[name] = _of(state["cases"], words[name])
    for case_id in state["cases"]:
        record(tx, Event.HANDOVER_READ, _subject(handover_id, case_id))
    return HandoverOut.model_validate({**state, **words, **(words.pop("minutes") or {})})


def _of(case_ids: Collection[UUID], said: dict[str, Any] | None) -> dict[str, Any] | None:
    """What was said, without the states and papers of those whom this reader does not see in the hand-over."""
    shown = {None, *map(str, case_ids)}
    return said and {
        name: [each for each in value if each.get("case_id") in shown] if name in ("states", "papers") else value
        for name, value in said.items()
    }


def handover_item(tx: Tx, row: Row[Any]) -> HandoverItem:
    return HandoverItem.model_validate({**row._mapping, "etag": handover_etag(tx, row)})
