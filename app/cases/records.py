"""What is kept beside the sections: working notes, and corrections with the old value, the reason and the evidence."""

from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.engine import Row

from app.cases.actions import lock_case, must_write, replace_section, section_content, subject
from app.cases.keys import case_key, unseal
from app.cases.models import CaseNote, Correction
from app.cases.parties import holders
from app.cases.schemas import CorrectionIn, CorrectionItem, CorrectionOut, NoteIn, NoteOut
from app.cases.sections import APPENDED, MODELS, merged
from app.db import Tx
from app.happenings import Event
from app.journal import Subject, record
from app.problems import FieldError, ValidationFailed
from app.vault import DataKey, Place


async def add_note(tx: Tx, case_id: UUID, body: NoteIn) -> UUID:
    await lock_case(tx, case_id)
    note_id = uuid4()
    sealed = tx.keyring.vault.seal(await case_key(tx, case_id), Place("case_notes", "text", note_id), body.text)
    await tx.insert(CaseNote, {"id": note_id, "case_id": case_id, "author_id": tx.me, "sealed": sealed})
    record(tx, Event.NOTE_ADDED, Subject("note", note_id, case_id))
    return note_id


def note_out(tx: Tx, key: DataKey, row: Row[Any]) -> NoteOut:
    text = unseal(tx, key, Place("case_notes", "text", row.id), row.sealed)
    return NoteOut.model_validate({**row._mapping, "text": text})


async def show_note(tx: Tx, note_id: UUID) -> NoteOut:
    row = await tx.one(select(CaseNote).where(CaseNote.id == note_id))
    record(tx, Event.NOTES_READ, Subject("note", note_id, row.case_id))
    return note_out(tx, await case_key(tx, row.case_id), row)


async def correct(tx: Tx, case_id: UUID, body: CorrectionIn) -> UUID:
    """Mends a section and keeps what it said before. Everybody with a live grant on that section is told."""
    patch = _section_patch(body)
    await lock_case(tx, case_id)
    await must_write(tx, case_id, [body.section], "/section")
    key = await case_key(tx, case_id)
    old = await section_content(tx, case_id, body.section)
    new = merged(old, patch)
    await replace_section(tx, key, case_id, body.section, new)
    correction_id = uuid4()
    kept = {"old": old, "new": new, "reason": body.reason, "evidence": body.evidence}
    sealed = tx.keyring.vault.seal(key, Place("corrections", body.section, correction_id), kept)
    row = {"id": correction_id, "case_id": case_id, "section": body.section, "author_id": tx.me, "sealed": sealed}
    await tx.insert(Correction, row)
    told = await holders(tx, case_id, body.section)
    record(tx, Event.CASE_CORRECTED, subject(case_id), parties=told, sections=[body.section])
    return correction_id


def _section_patch(body: CorrectionIn) -> Any:
    if body.section in APPENDED:
        raise ValidationFailed(FieldError("/section", "invalid_value"))
    try:
        return MODELS[body.section].model_validate(body.value)
    except ValidationError as error:
        found = error.errors()[0]
        # The name of an unknown member is the sender's own text, and is not given back.
        loc = found["loc"][:-1] if found["type"] == "extra_forbidden" else found["loc"]
        raise ValidationFailed(FieldError("/".join(["/value", *map(str, loc)]), "invalid_value")) from None


def correction_out(tx: Tx, key: DataKey, row: Row[Any]) -> CorrectionOut:
    kept = unseal(tx, key, Place("corrections", row.section, row.id), row.sealed)
    return CorrectionOut.model_validate({**row._mapping, **kept})


async def show_made(tx: Tx, correction_id: UUID) -> CorrectionItem:
    """The answer to a correction: that it was made."""
    return CorrectionItem.model_validate(await tx.one(select(Correction).where(Correction.id == correction_id)))


async def show_correction(tx: Tx, correction_id: UUID) -> CorrectionOut:
    row = await tx.one(select(Correction).where(Correction.id == correction_id))
    record(tx, Event.CASE_READ, Subject("correction", correction_id, row.case_id), sections=[row.section])
    return correction_out(tx, await case_key(tx, row.case_id), row)
