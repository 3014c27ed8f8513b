"""What the gate answers for each person of a return: all results of one call, or none of them.

Custody of a case moves here only as it always does, by confirming the hand-over that the announcer proposed; whoever
does not come has it refused. Who had no case gets one: the gate is the first to receive them. Of a return going out the
gate records that the person left, and nothing moves.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from app import safejson
from app.cases import custody
from app.cases.custody_schemas import Confirmation, HandoverRefusalIn
from app.cases.keys import case_key, key_for, seal, unseal
from app.cases.lifecycle import HandoverAction
from app.cases.models import Case
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.happenings import Event
from app.intakes.schemas import IntakeIn
from app.intakes.submission import submit
from app.law.deadlines import Carrier
from app.lifecycles import advance
from app.problems import FieldError
from app.reference.codes import code_list, label
from app.refusals import DoesNotFit
from app.returns.actions import follow_return, locked, record_return, roles
from app.returns.lifecycle import RETURN, Action
from app.returns.listing import is_inbound, next_position, open_handovers, person_place, persons_named
from app.returns.models import AnnouncedPerson, Return, ReturnPerson
from app.returns.schemas import ArrivalIn, ArrivalsIn
from app.vault import DataKey, Place

ARRIVED = "arrived"
_REFUSALS = {"hospitalised": "hospital_first"}
"""Why a hand-over is not confirmed, by result; everybody else was not present."""


def text_place(person_id: UUID) -> Place:
    return Place("return_persons", "text", person_id)


@dataclass(frozen=True)
class _Gate:
    """What the gate stands before: the return, the moment, and the hand-overs that wait for its word."""

    row: Row[Any]
    body: ArrivalsIn
    persons: dict[UUID, Row[Any]]
    handovers: dict[UUID, UUID]

    def person(self, line: ArrivalIn) -> Row[Any] | None:
        return self.persons[line.person_id] if line.person_id else None


async def record_arrivals(tx: Tx, return_id: UUID, body: ArrivalsIn, if_match: str | None) -> UUID:
    """Judges every line before any is recorded. A later wave is recorded the same way."""
    row = await locked(tx, return_id, Action.ARRIVE, if_match)
    named = [(f"/persons/{at}/person_id", line.person_id) for at, line in enumerate(body.persons) if line.person_id]
    persons = await persons_named(tx, return_id, named)
    gate = _Gate(row, body, persons, await open_handovers(tx, row, persons.values()))
    await _check_custody(tx, gate)
    await _answer_handovers(tx, gate)
    for line in body.persons:
        await _record(tx, gate, line)
    await advance(tx, Return, row, (RETURN, Action.ARRIVE, roles(tx, row)))
    record_return(tx, Event.RETURN_ARRIVED, row, [None], **Counter(line.result for line in body.persons))
    await follow_return(tx, Event.RETURN_ARRIVED, return_id)
    return return_id


async def _check_custody(tx: Tx, gate: _Gate) -> None:
    """Coming home, a case must be on its way to this gate, or have been confirmed by itself already; then its person
    is here, whatever else is said."""
    cases = [person.case_id for person in gate.persons.values() if person.case_id and is_inbound(gate.row)]
    held = {row.id for row in await tx.all(select(Case.id).where(Case.id.in_(cases), Case.custodian_id == tx.me))}
    wrong = [at for at, line in enumerate(gate.body.persons) if not _fits(gate, line, held)]
    if wrong:
        raise DoesNotFit(*(FieldError(f"/persons/{at}/result", "not_available") for at in wrong))


def _fits(gate: _Gate, line: ArrivalIn, held: set[UUID]) -> bool:
    person = gate.person(line)
    if person is None or person.case_id is None or not is_inbound(gate.row):
        return True
    if line.result != ARRIVED:
        return person.case_id not in held
    return person.case_id in held or person.case_id in gate.handovers


async def _answer_handovers(tx: Tx, gate: _Gate) -> None:
    """Confirmed for who arrived, refused for who did not, in the order of ids. One that carries several persons is
    answered once: 409 unless they came together."""
    answers: dict[tuple[UUID, bool], ArrivalIn] = {}
    for line in gate.body.persons:
        person = gate.person(line)
        if person is not None and person.case_id in gate.handovers:
            answers.setdefault((gate.handovers[person.case_id], line.result == ARRIVED), line)
    for (handover_id, arrived), line in sorted(answers.items(), key=lambda answer: answer[0]):
        if arrived:
            await custody.move(tx, handover_id, HandoverAction.CONFIRM, None, Confirmation())
        else:
            await custody.move(tx, handover_id, HandoverAction.REFUSE, None, _refusal(line))


def _refusal(line: ArrivalIn) -> HandoverRefusalIn:
    """In writing, as every refusal; the result says why where nothing more was written."""
    text = line.text or label("return_person_result", line.result, "vi")
    return HandoverRefusalIn(reason=_REFUSALS.get(line.result, "not_present"), text=text)


async def _record(tx: Tx, gate: _Gate, line: ArrivalIn) -> None:
    person = gate.person(line)
    if person is None:
        await _record_unlisted(tx, gate, line)
        return
    key = await case_key(tx, person.case_id) if person.case_id else await key_for(tx, person.key_id)
    opens = line.result == ARRIVED and person.case_id is None and is_inbound(gate.row)
    result = {
        "result": line.result,
        "recorded_by": tx.me,
        "arrived_at": gate.body.arrived_at if line.result == ARRIVED else None,
        "intake_id": await _open_announced(tx, gate, person, key) if opens else None,
        "text_sealed": seal(tx, key, text_place(person.id), line.text),
    }
    await tx.execute(update(ReturnPerson).where(ReturnPerson.id == person.id).values(**result))
    if person.case_id:
        record_return(tx, Event.RETURN_ARRIVED, gate.row, [person.case_id], result=line.result)
        if line.result == ARRIVED and is_inbound(gate.row):
            facts = {"channel": _channel(gate.row)}
            await follow(tx, Event.RETURN_ARRIVED, Moved(Carrier.CASE, person.case_id, {}, facts))


async def _record_unlisted(tx: Tx, gate: _Gate, line: ArrivalIn) -> None:
    """Whoever stands at the gate is received; what is written about them is of the intake."""
    person = line.person.model_dump(mode="json", exclude_unset=True) if line.person else {}
    said = {"person": person, "handling": line.handling, "text": line.text}
    await tx.insert(
        ReturnPerson,
        {
            "id": uuid4(),
            "return_id": gate.row.id,
            "position": await next_position(tx, gate.row.id),
            "result": line.result,
            "recorded_by": tx.me,
            "arrived_at": gate.body.arrived_at,
            "intake_id": await _open(tx, gate, said),
        },
    )


async def _open_announced(tx: Tx, gate: _Gate, person: Row[Any], key: DataKey) -> UUID:
    row = await tx.one(select(AnnouncedPerson.sealed).where(AnnouncedPerson.person_id == person.id))
    sections = unseal(tx, key, person_place(person.id), row.sealed)
    said = {"person": {**sections["identity"], **sections["papers"]}, "handling": sections["handling"]["flags"]}
    return await _open(tx, gate, said, key)


async def _open(tx: Tx, gate: _Gate, said: dict[str, Any], key: DataKey | None = None) -> UUID:
    """An intake by the gate as the first receiver, and with it a case in its custody."""
    intake_id = uuid4()
    outline = {
        "schema_version": "1.0",
        "channel": _channel(gate.row),
        "received_at": gate.body.arrived_at.isoformat(),
        "place": {"province_code": gate.row.province_code},
        **{name: value for name, value in said.items() if value is not None},
    }
    intake = IntakeIn.model_validate(outline)
    return await submit(tx, intake_id, intake, safejson.fingerprint(outline), key)


def _channel(row: Row[Any]) -> str:
    """How somebody of this return comes to notice: unannounced, a foreigner found when leaving, or by the means."""
    if row.announcer_id is None:
        return "foreign_handover_unannounced"
    if not is_inbound(row):
        return "foreign_victim_in_vn"
    return str(code_list("transport").latest(row.means).attributes["channel"])
