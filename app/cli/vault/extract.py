"""A person's own data, as the law lets them ask for it: all that is held of them and everybody who read it.

It holds every section, also those no single body reads, so the operator makes it at the custodian's request; the
custodian finds on the timeline that it was made, and decides what of an investigation may be handed over.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cases.models import Case
from app.cases.models import DataKey as DataKeyRow
from app.cli.registry import RegistryError
from app.cli.vault.held import Held, Person, held
from app.cli.vault.operator import Operator, note
from app.happenings import READS, Event
from app.journal import Subject
from app.organisations.actions import with_name
from app.organisations.models import Organisation
from app.reference.fields import today
from app.sealing import KeyDestroyedError
from app.trail import AuditEntry
from app.vault import Vault

HEADINGS: Mapping[str, Mapping[str, str]] = yaml.safe_load(Path(__file__).with_name("headings.yaml").read_text("utf-8"))
SOURCE = "Law 91/2025/QH15"


async def extract(db: AsyncConnection, operator: Operator, vault: Vault, reference: str) -> dict[str, Any]:
    """Everything of the person of that case; that it was made is entered in the same transaction."""
    case, person = await _person(db, vault, reference)
    found = await held(db, vault, person)
    entries = (await db.execute(_entries(case.id))).all()
    await note(db, operator, Event.EXTRACT_MADE, Subject("case", case.id, case.id), [case.custodian_id])
    return {
        "title": HEADINGS["extract"],
        "source": SOURCE,
        "case": reference,
        "made_at": datetime.now(UTC),
        "held": [{"table": table, **HEADINGS[table], "rows": rows} for table, rows in found.shown()],
        "read_by": {**HEADINGS["read_by"], "rows": [_reading(row) for row in entries if _is_reading(row)]},
        "history": {**HEADINGS["history"], "rows": [_step(row) for row in entries if not _is_reading(row)]},
        "bodies": {**HEADINGS["bodies"], "rows": await _bodies(db, found)},
    }


async def _person(db: AsyncConnection, vault: Vault, reference: str) -> tuple[Row[Any], Person]:
    case = (await db.execute(select(Case).where(Case.reference == reference))).first()
    if case is None:
        raise RegistryError(f"Không có hồ sơ {reference}. · There is no case {reference}.")
    key = (await db.execute(select(DataKeyRow).where(DataKeyRow.id == case.key_id))).one()
    try:
        return case, Person(case.id, await vault.unwrap(key.id, key.wrapped, key.kek_id))
    except KeyDestroyedError:
        raise RegistryError("Người này đã được xóa. · This person was erased.") from None


def _entries(case_id: UUID) -> Any:
    """A refusal is nobody's reading."""
    of_case = (AuditEntry.case_id == case_id, AuditEntry.event != Event.REFUSED)
    return select(AuditEntry).where(*of_case).order_by(AuditEntry.at, AuditEntry.id)


def _is_reading(row: Row[Any]) -> bool:
    return row.event in READS or row.event == Event.EXTRACT_MADE


def _reading(row: Row[Any]) -> dict[str, Any]:
    """By function, time and purpose: which officer it was is told to their own organisation and to oversight."""
    told = {"at": row.at, "function": row.agency, "purpose": row.purpose, "what": row.event, "sections": row.sections}
    return {name: value for name, value in told.items() if value}


def _step(row: Row[Any]) -> dict[str, Any]:
    return {"at": row.at, "function": row.agency, "what": row.event, "facts": row.facts}


async def _bodies(db: AsyncConnection, found: Held) -> list[dict[str, Any]]:
    """Whose ids stand in the rows, by name."""
    named = {value for rows in found.rows.values() for row in rows for value in row.values() if isinstance(value, UUID)}
    rows = await db.execute(with_name(today()).where(Organisation.id.in_(named)).order_by(Organisation.sort_key))
    return [{"id": row.id, "function": row.agency, "vi": row.name_vi, "en": row.name_en} for row in rows]


def write(path: Path, content: str) -> None:
    """For its maker only, and never over another file."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)


def as_json(extracted: Mapping[str, Any]) -> str:
    return json.dumps(extracted, ensure_ascii=False, indent=1, default=_plain) + "\n"


def as_text(extracted: Mapping[str, Any]) -> str:
    """To be read on paper: Markdown, a heading for each kind of record and a line for each fact."""
    return "\n".join(_lines(json.loads(as_json(extracted)))) + "\n"


def _lines(extracted: dict[str, Any]) -> Iterator[str]:
    yield f"# {extracted['title']['vi']} · {extracted['title']['en']}"
    yield f"\n{extracted['source']} · {extracted['case']} · {extracted['made_at']}"
    for part in [*extracted["held"], extracted["read_by"], extracted["history"], extracted["bodies"]]:
        yield f"\n## {part['vi']} · {part['en']}\n"
        for row in part["rows"]:
            yield "- " + "; ".join(f"{name}: {_said(value)}" for name, value in row.items())


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
