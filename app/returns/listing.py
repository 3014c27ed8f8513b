"""Who is on the list of a return, and what each line gives the gate: all of a change to the list, or nothing of it.

A case announced inbound is proposed to the gate as a hand-over, and custody moves by the gate's word at the arrival.
Of one going out the gate is only shown who comes, and custody stays. Who has no case is announced under a key of their
own.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from app.cases import custody
from app.cases.actions import lock_own_case
from app.cases.custody_models import Handover, HandoverCase
from app.cases.custody_schemas import CancellationIn, HandoverIn
from app.cases.exclusions import check_not_excluded
from app.cases.keys import new_keys, seal
from app.cases.lifecycle import HandoverAction
from app.cases.parties import grant
from app.cases.sections import Section, content_of
from app.db import Tx
from app.problems import FieldError, NotFound, NotYourMove, UnknownReference
from app.refusals import AlreadyAnnounced, CaseClosed, CustodianOnly, DoesNotFit, OpenHandover
from app.returns.models import AnnouncedPerson, ReturnPerson
from app.returns.schemas import ListedIn
from app.vault import Place


def is_inbound(row: Row[Any]) -> bool:
    return bool(row.direction == "inbound")


def person_place(person_id: UUID) -> Place:
    return Place("announced_persons", "sealed", person_id)


async def enlist(tx: Tx, row: Row[Any], persons: Sequence[ListedIn], pointer: str) -> None:
    """Puts persons on the list of a locked return; a person who cannot be is named by the pointer."""
    named = {listed.case_id: f"{pointer}/{at}/case_id" for at, listed in enumerate(persons) if listed.case_id}
    await _check_none_announced(tx, named)
    for case_id in sorted(named):  # in one order, so that two lists never deadlock
        await _lock_own(tx, case_id, named[case_id])
    first = await next_position(tx, row.id)
    for position, listed in enumerate(persons, first):
        line = {"id": uuid4(), "return_id": row.id, "position": position, "wave": listed.wave}
        if listed.case_id:
            await _enlist_case(tx, row, {**line, "case_id": listed.case_id}, named[listed.case_id])
        else:
            await _enlist_traveller(tx, line, listed)


async def next_position(tx: Tx, return_id: UUID) -> int:
    """Positions are given out under the lock of the return."""
    last = await tx.scalar(select(func.max(ReturnPerson.position)).where(ReturnPerson.return_id == return_id))
    return 1 + (last or 0)


async def _check_none_announced(tx: Tx, named: dict[UUID, str]) -> None:
    announced = select(ReturnPerson.case_id).where(ReturnPerson.case_id.in_(named), ReturnPerson.expected)
    found = [named[row.case_id] for row in await tx.all(announced)]
    if found:
        raise AlreadyAnnounced(*(FieldError(pointer, "not_available") for pointer in sorted(found)))


async def _lock_own(tx: Tx, case_id: UUID, pointer: str) -> None:
    try:
        await lock_own_case(tx, case_id)
    except NotFound:
        raise UnknownReference(FieldError(pointer, "unknown_reference")) from None
    except (NotYourMove, CaseClosed) as refusal:
        problem = CustodianOnly if isinstance(refusal, NotYourMove) else CaseClosed
        raise problem(FieldError(pointer, "not_available")) from None


async def _enlist_traveller(tx: Tx, line: dict[str, Any], listed: ListedIn) -> None:
    """The key is the person's own: the case that the arrival opens takes it over."""
    (key,) = await new_keys(tx, 1)
    await tx.insert(ReturnPerson, {**line, "key_id": key.id})
    said = content_of(listed.person)
    papers = {"identity_documents": said.pop("identity_documents", [])}
    sections = {Section.IDENTITY: said, Section.PAPERS: papers, Section.HANDLING: {"flags": listed.handling}}
    sealed = seal(tx, key, person_place(line["id"]), sections)
    await tx.insert(AnnouncedPerson, {"person_id": line["id"], "sealed": sealed})


async def _enlist_case(tx: Tx, row: Row[Any], line: dict[str, Any], pointer: str) -> None:
    await tx.insert(ReturnPerson, line)
    if not is_inbound(row):
        await check_not_excluded(tx, line["case_id"], row.gate_id, pointer)
        carrier = ("return", line["id"])
        await grant(tx, line["case_id"], row.gate_id, carrier, custody.PREVIEWED, lawful_basis="custody")
        return
    try:
        await custody.propose(tx, line["case_id"], HandoverIn(receiver_id=row.gate_id), occasion="return")
    except OpenHandover:
        raise OpenHandover(FieldError(pointer, "not_available")) from None


async def awaited(tx: Tx, return_id: UUID) -> Sequence[Row[Any]]:
    """The persons of the list without a result."""
    query = select(ReturnPerson).where(ReturnPerson.return_id == return_id, ReturnPerson.result.is_(None))
    return await tx.all(query.order_by(ReturnPerson.position))


async def withdraw(tx: Tx, row: Row[Any], person_ids: Sequence[UUID]) -> None:
    """Takes off who will not travel, and cancels their hand-over."""
    persons = await persons_named(tx, row.id, [(f"/withdraw/{at}", each) for at, each in enumerate(person_ids)])
    if persons:
        await cancel_handovers(tx, row, persons.values(), CancellationIn(reason="not_happening"))
        off = update(ReturnPerson).where(ReturnPerson.id.in_(persons))
        await tx.execute(off.values(result="withdrew", recorded_by=tx.me))


async def persons_named(tx: Tx, return_id: UUID, named: Sequence[tuple[str, UUID]]) -> dict[UUID, Row[Any]]:
    """The lines with these ids, none of which has a result yet; 422 with every pointer where it is otherwise."""
    wanted = [person_id for _, person_id in named]
    query = select(ReturnPerson).where(ReturnPerson.return_id == return_id, ReturnPerson.id.in_(wanted))
    found = {person.id: person for person in await tx.all(query)}
    unknown = [pointer for pointer, person_id in named if person_id not in found]
    if unknown:
        raise UnknownReference(*(FieldError(pointer, "unknown_reference") for pointer in unknown))
    again = [
        pointer for at, (pointer, person_id) in enumerate(named) if found[person_id].result or person_id in wanted[:at]
    ]
    if again:
        raise DoesNotFit(*(FieldError(pointer, "already_recorded") for pointer in again))
    return found


async def open_handovers(tx: Tx, row: Row[Any], persons: Iterable[Row[Any]]) -> dict[UUID, UUID]:
    """Case → the hand-over that proposes it to this gate, unless it was confirmed, refused or cancelled by itself."""
    cases = [person.case_id for person in persons if person.case_id]
    query = (
        select(HandoverCase.case_id, HandoverCase.handover_id)
        .join(Handover, Handover.id == HandoverCase.handover_id)
        .where(HandoverCase.case_id.in_(cases), HandoverCase.open)
        .where(Handover.giver_id == row.announcer_id, Handover.receiver_id == row.gate_id)
    )
    return {found.case_id: found.handover_id for found in await tx.all(query)}


async def cancel_handovers(tx: Tx, row: Row[Any], persons: Iterable[Row[Any]], why: CancellationIn) -> None:
    proposed = await open_handovers(tx, row, persons)
    for handover_id in sorted(set(proposed.values())):
        await custody.move(tx, handover_id, HandoverAction.CANCEL, None, why)
