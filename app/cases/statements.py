"""A person's statement: one, in versions, shared by its id, so that whoever comes next reads instead of asking."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row

from app.cases.actions import lock_case, readable_sections
from app.cases.entries import append_statement
from app.cases.keys import case_key, unseal
from app.cases.models import CaseEntry
from app.cases.schemas import StatementIn, StatementItem, StatementOut
from app.cases.sections import Section
from app.db import Tx
from app.happenings import Event
from app.journal import Subject, record
from app.organisations.models import Organisation
from app.problems import FieldError, NotFound
from app.refusals import SectionsNotReadable
from app.vault import Place

VIEW: Select[CaseEntry, str] = (
    select(CaseEntry, Organisation.agency.label("author_agency"))
    .join(Organisation, Organisation.id == CaseEntry.author_id)
    .where(CaseEntry.section == Section.STATEMENT)
)
_WORDS = {"text", "reason_text"}


async def take(tx: Tx, case_id: UUID, body: StatementIn) -> UUID:
    """Keeps the next version, by whoever reads `statement`: the first receiver while it has custody, and who verifies
    whether the person is a victim. 422 when it is a further interview and nothing says why."""
    await lock_case(tx, case_id)
    if not await tx.scalar(select(func.access.caller_may_write(case_id, Section.STATEMENT))):
        raise SectionsNotReadable(FieldError("/text", "not_covered"))
    words = body.model_dump(include=_WORDS, exclude_none=True)
    columns = body.model_dump(exclude=_WORDS)
    return await append_statement(tx, await case_key(tx, case_id), case_id, words, "/reason", **columns)


async def must_read(tx: Tx, case_id: UUID) -> None:
    """404 to whoever does not read the section: `masked` does not tell either whether there is anything in it."""
    if Section.STATEMENT not in await readable_sections(tx, case_id):
        raise NotFound


def statement_item(_: Tx, row: Row[Any]) -> StatementItem:
    return StatementItem.model_validate(row)


async def show_taken(tx: Tx, statement_id: UUID) -> StatementItem:
    """The answer to one just taken: that it was, without the words."""
    return statement_item(tx, await tx.one(VIEW.where(CaseEntry.id == statement_id)))


async def show_statement(tx: Tx, statement_id: UUID) -> StatementOut:
    """The words; the reading is recorded."""
    row = await tx.one(VIEW.where(CaseEntry.id == statement_id))
    words = unseal(tx, await case_key(tx, row.case_id), Place("case_entries", Section.STATEMENT, row.id), row.sealed)
    record(tx, Event.STATEMENT_READ, Subject("statement", row.id, row.case_id), sections=[Section.STATEMENT])
    return StatementOut.model_validate({**row._mapping, **words})
