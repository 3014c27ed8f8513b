"""One person ticked off and screened in one transaction: indicators open an intake and a case, all else is a count.

The id is the line's of an imported list, or made by the client for somebody on no list; sending the same again changes
nothing. A line only moves on: whoever was screened may be found to show indicators later, and is never unscreened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row

from app.cases.keys import key_for, new_keys, unseal
from app.cases.sections import content_of
from app.db import Tx
from app.happenings import Event
from app.intakes import submission as intakes
from app.intakes.models import Intake, IntakePerson
from app.intakes.schemas import IntakeIn
from app.journal import Subject, record
from app.pages import Cursor, keyset
from app.problems import IntakeConflict
from app.receptions.actions import check_open, said_of
from app.receptions.listing import mark_of, words_of
from app.receptions.models import Reception, ReceptionLine
from app.receptions.schemas import INDICATORS_FOUND, LineIn, LineOut, LineState
from app.reference.codes import code_list
from app.refusals import AlreadyScreened

_KNOWN: Mapping[str | None, int] = {None: 0, "unable": 1, "declined": 2, "no_indicators": 2, INDICATORS_FOUND: 3}
"""How much a result knows: a later one replaces it only if it knows more, or nobody was screened yet."""


@dataclass(frozen=True)
class _Look:
    """One person at the desk: what was sent of them, and the rows of the list and of the reception as they are."""

    line_id: UUID
    body: LineIn
    digest: str
    line: Row[Any] | None
    reception: Row[Any]

    @property
    def home_province_code(self) -> str | None:
        return self.body.home_province_code or (self.line.home_province_code if self.line else None)


async def screen(tx: Tx, reception_id: UUID, line_id: UUID, body: LineIn, digest: str) -> bool:
    """Records one person; whether this was a repetition. Others are screened at the same time: the reception is only
    kept from being closed meanwhile, and the line itself is locked."""
    reception = await tx.one(select(Reception).where(Reception.id == reception_id).with_for_update(read=True))
    repeated = await intakes.find(tx, line_id, digest)
    mine = (ReceptionLine.organisation_id == tx.me, ReceptionLine.id == line_id)
    line = await tx.first(select(ReceptionLine).where(*mine).with_for_update(key_share=True))
    if line is not None and line.reception_id != reception_id:
        raise IntakeConflict
    if repeated or (line is not None and line.digest == digest):
        return True
    check_open(reception)
    _check_moves_on(line, body)
    look = _Look(line_id, body, digest, line, reception)
    values = {
        **body.model_dump(include={"present", "screening_result", "indicators"}),
        **await _words(tx, look),
        "home_province_code": look.home_province_code,
        "case_id": await _open_case(tx, look) if body.opens_a_case else None,
        "digest": digest,
    }
    if line is None:
        keys = {"organisation_id": tx.me, "id": line_id, "reception_id": reception_id}
        await tx.execute(insert(ReceptionLine).values(**keys, **values, position=_next_position(reception_id)))
    else:
        await tx.execute(update(ReceptionLine).where(*mine).values(**values, updated_at=func.now()))
    subject = Subject("reception_line", line_id, values["case_id"])
    record(tx, Event.RECEPTION_SCREENED, subject, present=body.present, result=body.screening_result)
    return False


def _check_moves_on(line: Row[Any] | None, body: LineIn) -> None:
    if line is None or line.screening_result is None:
        return
    if _KNOWN[body.screening_result] <= _KNOWN[line.screening_result]:
        raise AlreadyScreened


def _next_position(reception_id: UUID) -> Any:
    """After whoever is listed; two who are added at the same moment share a place, and keep an order by id."""
    last = select(func.max(ReceptionLine.position)).where(ReceptionLine.reception_id == reception_id)
    return func.coalesce(last.scalar_subquery(), 0) + 1


async def _listed(tx: Tx, line: Row[Any] | None) -> dict[str, Any]:
    """What the list, or an earlier look, said of this person; nothing after screening."""
    if line is None or line.key_id is None:
        return {}
    key = await key_for(tx, line.key_id)
    said: dict[str, Any] = unseal(tx, key, words_of(line.organisation_id, line.id), line.sealed)
    return said


async def _words(tx: Tx, look: _Look) -> dict[str, Any]:
    """The columns that tell who it is: the mark for later lists, and the words while nobody was screened."""
    person, line = look.body.person, look.line
    if person is None:
        return {}
    known_by, _ = await said_of(tx, look.reception)
    mark = mark_of(known_by, person)
    marked = {"mark": mark} if mark else {}
    if look.body.screening_result:
        return marked
    key = await key_for(tx, line.key_id) if line and line.key_id else (await new_keys(tx, 1))[0]
    sealed = tx.keyring.vault.seal(key, words_of(tx.me, look.line_id), content_of(person))
    return {**marked, "key_id": key.id, "sealed": sealed}


async def _open_case(tx: Tx, look: _Look) -> UUID:
    """The intake of a person with indicators, under the line's own id, with the reception's time, place and channel."""
    body, reception = look.body, look.reception
    _, said = await said_of(tx, reception)
    person = content_of(body.person) if body.person else await _listed(tx, look.line)
    if look.home_province_code:
        person["contact"] = {"province_code": look.home_province_code, **person.get("contact", {})}
    record_of = {
        "schema_version": "1.0",
        "channel": reception.channel,
        "channel_text": said["channel_text"],
        "received_at": reception.occurred_at.isoformat(),
        "place": {name: value for name, value in said["place"].items() if value is not None},
        "person": person,
        "trafficking": _trafficking(body),
        **body.model_dump(mode="json", include={"handling", "urgent_needs", "text"}),
    }
    await intakes.submit(tx, look.line_id, IntakeIn.model_validate(record_of), look.digest)
    opened = select(Intake.case_id).where(Intake.organisation_id == tx.me, Intake.id == look.line_id)
    case_id: UUID = await tx.scalar(opened)
    return case_id


def _trafficking(body: LineIn) -> dict[str, Any]:
    """What was said of it, and the means of control that the indicators stand for, so that the next body reads them."""
    said = content_of(body.trafficking)
    codes = code_list("screening_indicator")
    means = [codes.latest(code).attributes.get("means") for code in body.indicators]
    return {**said, "means_of_control": list(dict.fromkeys([*said.get("means_of_control", []), *filter(None, means)]))}


_LINES = select(ReceptionLine, IntakePerson.case_reference).outerjoin(
    IntakePerson,
    (IntakePerson.organisation_id == ReceptionLine.organisation_id)
    & (IntakePerson.intake_id == ReceptionLine.id)
    & (IntakePerson.position == 0),
)


def _state(row: Row[Any]) -> dict[str, Any]:
    case = {"id": row.case_id, "reference": row.case_reference} if row.case_id else None
    return {**row._mapping, "case": case}


async def show_state(tx: Tx, reception_id: UUID, line_id: UUID) -> LineState:
    return LineState.model_validate(_state(await _line(tx, reception_id, line_id)))


async def _line(tx: Tx, reception_id: UUID, line_id: UUID) -> Row[Any]:
    mine = (ReceptionLine.organisation_id == tx.me, ReceptionLine.id == line_id)
    return await tx.one(_LINES.where(*mine, ReceptionLine.reception_id == reception_id))


async def show_line(tx: Tx, reception_id: UUID, line_id: UUID) -> LineOut:
    row = await _line(tx, reception_id, line_id)
    record(tx, Event.RECEPTION_READ, Subject("reception_line", line_id, row.case_id))
    return LineOut.model_validate({**_state(row), "person": await _listed(tx, row) or None})


async def list_lines(tx: Tx, reception_id: UUID, cursor: Cursor | None, limit: int) -> Sequence[Any]:
    """In the order of the list, with the names of those who are still to be screened; the reading is recorded."""
    await tx.one(select(Reception.id).where(Reception.id == reception_id))
    query = _LINES.where(ReceptionLine.reception_id == reception_id)
    rows = await tx.all(keyset(query, (ReceptionLine.position, ReceptionLine.id), cursor, limit, descending=False))
    record(tx, Event.RECEPTION_READ, Subject("reception", reception_id))
    return [LineOut.model_validate({**_state(row), "person": await _listed(tx, row) or None}) for row in rows]
