"""One call for every effect: `record` leaves an audit entry and, where others must learn of it, an outbox event.

Both are written by the effect's own transaction, just before it commits, so neither can be missing or left over.
Entries hold codes, ids and times; never a word about a person. Each carries its leaf of the audit tree from the moment
it is written; where in the tree it stands is given later and elsewhere, so that no writer waits for another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Uuid, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from app.caller import Act, Caller
from app.db import Database, Tx
from app.happenings import READS, UNPUBLISHED, Event
from app.leaves import with_leaf
from app.trail import AuditEntry, OutboxEvent


@dataclass(frozen=True)
class Subject:
    """What an entry is about; `case_id` puts it on that case's timeline."""

    type: str
    id: UUID | None
    case_id: UUID | None = None


@dataclass(frozen=True)
class Entry:
    event: Event
    subject: Subject
    parties: tuple[UUID, ...]
    sections: tuple[str, ...]
    facts: Mapping[str, Any]


def record(
    tx: Tx,
    event: Event,
    subject: Subject,
    *,
    parties: Iterable[UUID | None] = (),
    sections: Iterable[str] = (),
    **facts: Any,
) -> None:
    """Notes what this transaction does. Facts are codes and dates: the journal outlives every erasure."""
    others = tuple(dict.fromkeys(party for party in parties if party is not None))
    tx.entries.append(Entry(event, subject, others, tuple(sorted(sections)), facts))
    tx.write_journal = write_entries


async def write_entries(tx: Tx) -> None:
    """Audit first (it assigns the transaction's xid), then the outbox (it draws the sequence)."""
    tx.entries = await _with_grants(tx)
    await tx.insert(AuditEntry, *(with_leaf(_audit_row(tx.caller, tx.act, entry)) for entry in tx.entries))
    published = [_outbox_row(tx, entry) for entry in tx.entries if entry.event not in UNPUBLISHED]
    if published:
        await tx.insert(OutboxEvent, *published)


async def _with_grants(tx: Tx) -> list[Entry]:
    """Every read of a case says under which grants its reader held it, so that each disclosure can be accounted for."""
    cases = {case_id for entry in tx.entries if (case_id := _unaccounted(entry))}
    if not cases:
        return tx.entries
    each = func.unnest(literal(sorted(cases), ARRAY(Uuid()))).column_valued("case_id")
    rows = await tx.all(select(each.label("case_id"), func.access.caller_grants(each, type_=JSONB()).label("grants")))
    held = {row.case_id: row.grants for row in rows}
    return [
        replace(entry, facts={**entry.facts, "grants": held[case_id]}) if (case_id := _unaccounted(entry)) else entry
        for entry in tx.entries
    ]


def _unaccounted(entry: Entry) -> UUID | None:
    """The case that was read, where the reader did not say under which grants already."""
    return entry.subject.case_id if entry.event in READS and "grants" not in entry.facts else None


async def record_refusal(database: Database, caller: Caller, act: Act, subject: Subject, **facts: Any) -> None:
    """A refusal, in a transaction of its own: the refused one was rolled back. Hidden and missing look the same."""
    async with database.transaction(caller, replace(act, validate_only=False)) as tx:
        record(tx, Event.REFUSED, subject, **facts)


def _audit_row(caller: Caller, act: Act, entry: Entry) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "request_id": act.request_id,
        "client_id": caller.client_id,
        "organisation_id": caller.organisation_id,
        "agency": caller.agency,
        "officer": act.officer,
        "purpose": act.purpose,
        "event": entry.event,
        "subject_type": entry.subject.type,
        "subject_id": entry.subject.id,
        "case_id": entry.subject.case_id,
        "parties": list(entry.parties),
        "sections": list(entry.sections),
        "facts": dict(entry.facts),
    }


def _outbox_row(tx: Tx, entry: Entry) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "type": entry.event,
        "subject_type": entry.subject.type,
        "subject_id": entry.subject.id,
        "case_id": entry.subject.case_id,
        "organisation_id": tx.me,
        "parties": list(entry.parties),
        "sections": list(entry.sections) if entry.subject.type == "case" else [],
    }
