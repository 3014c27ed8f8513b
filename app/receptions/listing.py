"""Importing a list: everybody on it once, however often it is sent, and each row told what became of it."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.engine import Row

from app.cases.keys import new_keys
from app.cases.sections import content_of
from app.db import Tx
from app.happenings import Event
from app.intakes.schemas import PersonIn
from app.journal import Subject, record
from app.problems import RULES, Language
from app.receptions.actions import lock_open, said_of, tally
from app.receptions.manifests import Entry, Manifest
from app.receptions.models import ReceptionLine, ReceptionManifest
from app.receptions.schemas import ManifestOut
from app.vault import DataKey, Place, fold


def mark_of(key: DataKey, person: PersonIn) -> bytes | None:
    """By which the same person is known again in this reception: the name without accents, and the birth date."""
    return key.mark(fold(person.full_name), person.birth_date or "") if person.full_name else None


def words_of(organisation_id: UUID, line_id: UUID) -> Place:
    return Place("reception_lines", "sealed", f"{organisation_id}/{line_id}")


async def import_manifest(tx: Tx, reception_id: UUID, manifest: Manifest) -> UUID:
    """Lists whoever is readable and not yet listed, all in one transaction; nobody is listed twice."""
    reception = await lock_open(tx, reception_id)
    key, _ = await said_of(tx, reception)
    lines = await tx.all(select(ReceptionLine.id, ReceptionLine.mark).where(ReceptionLine.reception_id == reception_id))
    known = {bytes(line.mark): line.id for line in lines if line.mark is not None}
    results, new = _sorted_out(key, manifest, known)
    if new:
        await tx.insert(ReceptionLine, *await _rows(tx, reception_id, len(lines), new))
    if tx.act.validate_only:  # the ids lead nowhere
        results = [{**result, "line_id": None} for result in results]
    manifest_id = uuid4()
    row = {
        "id": manifest_id,
        "reception_id": reception_id,
        "organisation_id": tx.me,
        "ignored_columns": list(manifest.ignored),
        "results": results,
    }
    await tx.insert(ReceptionManifest, row)
    record(tx, Event.RECEPTION_LISTED, Subject("reception", reception_id), listed=len(new), rows=len(results))
    return manifest_id


New = tuple[UUID, Entry, bytes]


def _sorted_out(key: DataKey, manifest: Manifest, known: dict[bytes, UUID]) -> tuple[list[dict[str, Any]], list[New]]:
    """What becomes of each row, and whom to list; `known` grows with them."""
    results: list[dict[str, Any]] = []
    new: list[New] = []
    for entry in manifest.entries:
        status, line_id = "unreadable", None
        if entry.person is not None and (mark := mark_of(key, entry.person)) is not None:
            status = "duplicate" if mark in known else "listed"
            line_id = known.setdefault(mark, uuid4())
            if status == "listed":
                new.append((line_id, entry, mark))
        faults = [{"column": fault.column, "code": fault.code} for fault in entry.faults]
        results.append(
            {"row": entry.row, "status": status, "line_id": str(line_id) if line_id else None, "errors": faults}
        )
    return results, new


async def _rows(tx: Tx, reception_id: UUID, listed: int, new: list[New]) -> list[dict[str, Any]]:
    """Each under a data key of its own, which goes when that person was screened."""
    keys = await new_keys(tx, len(new))
    return [
        {
            "organisation_id": tx.me,
            "id": line_id,
            "reception_id": reception_id,
            "position": position,
            "home_province_code": entry.home_province_code,
            "key_id": key.id,
            "sealed": tx.keyring.vault.seal(key, words_of(tx.me, line_id), content_of(entry.person)),
            "mark": mark,
        }
        for position, ((line_id, entry, mark), key) in enumerate(zip(new, keys, strict=True), listed + 1)
    ]


async def show_manifest(tx: Tx, ids: tuple[UUID, UUID], language: Language) -> ManifestOut:
    """`ids` of the reception and of the list; what is wrong with a row is said in the caller's language."""
    of_it = (ReceptionManifest.reception_id == ids[0], ReceptionManifest.id == ids[1])
    row: Row[Any] = await tx.one(select(ReceptionManifest).where(*of_it))
    rows = [
        {**result, "errors": [{**error, "message": RULES[error["code"]][language]} for error in result["errors"]]}
        for result in row.results
    ]
    return ManifestOut.model_validate({**row._mapping, **tally(row), "rows": rows})
