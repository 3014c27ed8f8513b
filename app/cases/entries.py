"""What only grows: entries of statement, health and investigation, and the rule that nobody is made to tell it twice.

A person's statement is taken once and shared; whoever asks again gives a reason (domain: repeated interviews
re-traumatise, and four bodies may question one person). Every way of writing one comes through here.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from app.cases.models import CaseEntry
from app.cases.parties import holders
from app.cases.sections import Section
from app.db import Tx
from app.happenings import Event
from app.journal import Subject, record
from app.problems import FieldError
from app.refusals import StatementExists
from app.vault import DataKey, Place

Told = Mapping[str, Any]
"""Words to be sealed, by member."""


async def append_entry(tx: Tx, key: DataKey, where: tuple[UUID, Section], words: Told, **columns: Any) -> UUID:
    """One more entry of a case's section, in the caller's name. `where` is (case, section)."""
    row = entry_row(tx, key, where, words)
    await tx.insert(CaseEntry, {**row, **columns})
    entry_id: UUID = row["id"]
    return entry_id


def entry_row(tx: Tx, key: DataKey, where: tuple[UUID, Section], words: Told) -> dict[str, Any]:
    """The row of an entry, sealed; `where` is (case, section)."""
    case_id, section = where
    entry_id = uuid4()
    sealed = tx.keyring.vault.seal(key, Place("case_entries", section, entry_id), words)
    return {"id": entry_id, "case_id": case_id, "section": section, "author_id": tx.me, "sealed": sealed}


async def append_statement(tx: Tx, key: DataKey, case_id: UUID, words: Told, pointer: str, **columns: Any) -> UUID:
    """The next version of the person's statement; the case is locked by the caller. 422 `statement_exists` at `pointer`
    where there is one already and no reason is given: it names the ones to read instead."""
    taken = await tx.all(
        select(CaseEntry.id, CaseEntry.version)
        .where(CaseEntry.case_id == case_id, CaseEntry.section == Section.STATEMENT)
        .order_by(CaseEntry.version)
    )
    reason = columns.get("reason")
    if taken and reason is None:
        known = [{"id": str(row.id), "version": row.version} for row in taken]
        raise StatementExists(FieldError(pointer, "required"), params={"statements": known})
    statement_id = await append_entry(tx, key, (case_id, Section.STATEMENT), words, **columns)
    told = await holders(tx, case_id, Section.STATEMENT)
    facts = {"version": len(taken) + 1, **({"reason": reason} if reason else {})}
    record(tx, Event.STATEMENT_TAKEN, Subject("statement", statement_id, case_id), parties=told, **facts)
    return statement_id
