"""Opening cases: one for each person, any number of them with one statement a table.

One path for one and for many: a border post's single record and ten thousand lines of a batch are written alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app.cases.actions import Content, subject
from app.cases.entries import entry_row
from app.cases.keys import new_reference
from app.cases.lookups import blind_indexes
from app.cases.models import Case, CaseEntry, CaseLookup, CaseSection
from app.cases.sections import Section, to_columns
from app.db import Tx
from app.deadlines.actions import follow_opened
from app.happenings import Event
from app.journal import record
from app.vault import DataKey


@dataclass(frozen=True)
class Seen:
    """How, where and, unless it was just now, when a person, a group or a situation came to notice."""

    channel: str
    province_code: str | None
    subject: str = "person"
    group_size: int | None = None
    received_at: datetime | None = None


@dataclass(frozen=True)
class Opening:
    """A case to be opened under this key. `content` maps sections to what was said; empty ones leave no row."""

    key: DataKey
    content: Content
    statement: str | None
    seen: Seen
    id: UUID = field(default_factory=uuid4)
    reference: str = field(default_factory=new_reference)


async def open_cases(tx: Tx, openings: Sequence[Opening]) -> None:
    """New cases in the caller's custody, with their sections, look-up values, first statements and clocks."""
    await tx.insert(Case, *(_case_row(tx, each) for each in openings))
    await tx.insert(CaseSection, *(row for each in openings for row in _section_rows(tx, each)))
    await tx.insert(CaseEntry, *(_statement_row(tx, each, each.statement) for each in openings if each.statement))
    await tx.insert(CaseLookup, *(row for each in openings for row in _lookup_rows(tx, each)))
    for each in openings:
        record(tx, Event.CASE_OPENED, subject(each.id))
    await follow_opened(tx, Event.CASE_OPENED, [each.id for each in openings])


def _case_row(tx: Tx, opening: Opening) -> dict[str, Any]:
    seen = opening.seen
    return {
        "id": opening.id,
        "reference": opening.reference,
        "key_id": opening.key.id,
        "custodian_id": tx.me,
        "channel": seen.channel,
        "province_code": seen.province_code,
        "subject": seen.subject,
        "group_size": seen.group_size,
    }


def _section_rows(tx: Tx, opening: Opening) -> list[dict[str, Any]]:
    return [
        {
            "case_id": opening.id,
            "section": name,
            "updated_by": tx.me,
            **to_columns(tx, opening.key, opening.id, name, said),
        }
        for name, said in opening.content.items()
        if said
    ]


def _statement_row(tx: Tx, opening: Opening, said: str) -> dict[str, Any]:
    where = (opening.id, Section.STATEMENT)
    return {**entry_row(tx, opening.key, where, {"text": said}), "taken_at": opening.seen.received_at}


def _lookup_rows(tx: Tx, opening: Opening) -> list[dict[str, Any]]:
    nothing: Mapping[str, Any] = {}
    said = opening.content
    return blind_indexes(tx, opening.id, said.get("identity", nothing), said.get("papers", nothing))
