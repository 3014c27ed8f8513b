"""What announcer and gate see of a return, and how late its notice was.

The lines of the list are ids and codes; who the persons are is read apart, with a purpose, and only as far as row
security shows it: the gate while it awaits or holds them, the announcer what it said or still has.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, func, select, true
from sqlalchemy.engine import Row

from app.cases.custody import PREVIEWED
from app.cases.keys import key_for, unseal
from app.cases.models import CaseSection, DataKey
from app.cases.sections import from_columns
from app.db import Tx
from app.deadlines.reads import due_at
from app.happenings import Event
from app.intakes.models import IntakePerson
from app.journal import Subject, record
from app.law.clocks import Clocks
from app.law.deadlines import DEADLINES
from app.law.rules import regime_of
from app.lifecycles import available_actions
from app.pages import Cursor, keyset, newest
from app.reference.fields import day_of
from app.returns.actions import answer_place, return_etag, roles, words_place
from app.returns.arrivals import text_place
from app.returns.lifecycle import RETURN, Status
from app.returns.listing import is_inbound, person_place
from app.returns.models import AnnouncedPerson, Return, ReturnPerson
from app.returns.schemas import NoticeTerm, ReturnItem, ReturnOut, ReturnPersonItem, ReturnPersonOut
from app.sealing import KeyDestroyedError
from app.vault import DataKey as OpenKey

Notice = Literal["on_time", "late", "missing"] | None
_TERMS = ("D11", "D12")
"""The mission's notice, and the gate's (Joint Circular 01/2014 Arts 4.1 and 4.2); the first one decides."""
_VIEW: Select[Any] = select(Return, due_at("return", Return.id).label("due_at"))
_CASE_ID = func.coalesce(ReturnPerson.case_id, IntakePerson.case_id).label("shown_case_id")
_ITS_INTAKE = and_(
    IntakePerson.organisation_id == ReturnPerson.recorded_by,
    IntakePerson.intake_id == ReturnPerson.intake_id,
    IntakePerson.position == 0,
)
_LINES = (
    select(ReturnPerson, AnnouncedPerson.sealed, _CASE_ID)
    .outerjoin(AnnouncedPerson, AnnouncedPerson.person_id == ReturnPerson.id)
    .outerjoin(IntakePerson, _ITS_INTAKE)
)


def notice_terms(row: Row[Any]) -> list[NoticeTerm]:
    """The terms of the law of the day, for persons who enter the country; judged on the moment the gate could know."""
    if not is_inbound(row):
        return []
    on = day_of(row.noticed_at)
    found = {rule.id: rule for rule in DEADLINES.applicable(regime_of(None, on), on) if rule.id in _TERMS}
    terms = []
    for rule in (found[rule_id] for rule_id in _TERMS):
        latest = Clocks().start(rule, row.arrives_at).due_at
        kept = row.announcer_id is not None and row.noticed_at <= latest
        said = {"rule": rule.id, "latest_at": latest, "kept": kept}
        terms.append(
            NoticeTerm.model_validate({**rule.model_dump(include={"vi", "en", "source", "certainty"}), **said})
        )
    return terms


def notice(row: Row[Any]) -> Notice:
    terms = notice_terms(row)
    if not terms:
        return None
    if row.announcer_id is None:
        return "missing"
    return "on_time" if terms[0].kept else "late"


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "notice": notice(row), "etag": return_etag(tx, row)}


def return_item(tx: Tx, row: Row[Any]) -> ReturnItem:
    return ReturnItem.model_validate(_item(tx, row))


async def list_returns(
    tx: Tx, box: str, status: Status | None, cursor: Cursor | None, limit: int
) -> Sequence[Row[Any]]:
    mine = Return.gate_id if box == "inbox" else Return.announcer_id
    query = _VIEW.where(mine == tx.me)
    if status:
        query = query.where(Return.status == status)
    return await tx.all(newest(query, Return, cursor, limit))


async def show_return(tx: Tx, return_id: UUID) -> ReturnOut:
    """The return with its lines; words about persons are read apart."""
    row = await tx.one(_VIEW.where(Return.id == return_id))
    key = await key_for(tx, row.key_id)
    lines = await tx.all(_LINES.where(ReturnPerson.return_id == return_id).order_by(ReturnPerson.position))
    return ReturnOut.model_validate(
        {
            **_item(tx, row),
            **unseal(tx, key, words_place(row.id), row.words_sealed),
            "answer": unseal(tx, key, answer_place(row.id), row.answer_sealed),
            "notice_terms": notice_terms(row),
            "persons": [ReturnPersonItem.model_validate(_line(line)) for line in lines],
            "available_actions": available_actions(RETURN, row.status, roles(tx, row)),
        }
    )


def _line(row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "case_id": row.shown_case_id}


async def list_persons(tx: Tx, return_id: UUID, cursor: Cursor | None, limit: int) -> list[ReturnPersonOut]:
    """A page of the persons, in the order of the list, with what this caller reads of each; every case shown is
    entered among its accesses."""
    row = await tx.one(select(Return.id).where(Return.id == return_id))
    query = _LINES.where(ReturnPerson.return_id == return_id)
    columns = (ReturnPerson.position, ReturnPerson.id)
    lines = await tx.all(keyset(query, columns, cursor, limit, descending=False))
    keys = await _keys(tx, lines)
    sections = await _case_sections(tx, keys, lines)
    record(tx, Event.RETURN_READ, Subject("return", row.id), sections=PREVIEWED)
    for case_id, read in sections.items():
        record(tx, Event.RETURN_READ, Subject("return", row.id, case_id), sections=read)
    return [_person(tx, line, keys.get(line.id), sections) for line in lines]


async def _keys(tx: Tx, lines: Sequence[Row[Any]]) -> dict[UUID, OpenKey]:
    """The data key of each person that this caller may unwrap, by line."""
    of_case = func.access.case_key(ReturnPerson.case_id).table_valued("id", "wrapped", "kek_id").lateral()
    line_id = ReturnPerson.id.label("line_id")
    cases = select(line_id, of_case.c.id, of_case.c.wrapped, of_case.c.kek_id).join(of_case, true())
    own = select(line_id, DataKey.id, DataKey.wrapped, DataKey.kek_id).join(DataKey, DataKey.id == ReturnPerson.key_id)
    wanted = ReturnPerson.id.in_([line.id for line in lines])
    rows = [row for query in (cases, own) for row in await tx.all(query.where(wanted))]
    keys: dict[UUID, OpenKey] = {}
    for row in rows:
        with suppress(KeyDestroyedError):  # one who was erased is a line without words, and hides no other
            keys[row.line_id] = await tx.keyring.vault.unwrap(row.id, row.wrapped, row.kek_id)
    return keys


async def _case_sections(
    tx: Tx, keys: Mapping[UUID, OpenKey], lines: Sequence[Row[Any]]
) -> dict[UUID, dict[str, dict[str, Any]]]:
    """By case announced: identity, papers and handling, as far as they are this caller's to read now."""
    lines_of = {line.case_id: line.id for line in lines if line.case_id and line.id in keys}
    query = select(CaseSection).where(CaseSection.case_id.in_(lines_of), CaseSection.section.in_(PREVIEWED))
    found: dict[UUID, dict[str, dict[str, Any]]] = {}
    for row in await tx.all(query):
        found.setdefault(row.case_id, {})[row.section] = from_columns(tx, keys[lines_of[row.case_id]], row)
    return found


def _person(tx: Tx, line: Row[Any], key: OpenKey | None, sections: Mapping[UUID, Mapping[str, Any]]) -> ReturnPersonOut:
    said: Mapping[str, Any] = sections.get(line.case_id, {})
    text = None
    if key is not None:
        text = unseal(tx, key, text_place(line.id), line.text_sealed)
        said = unseal(tx, key, person_place(line.id), line.sealed) or said
    shown = {section: said.get(section) for section in PREVIEWED}
    return ReturnPersonOut.model_validate({**_line(line), **shown, "text": text})
