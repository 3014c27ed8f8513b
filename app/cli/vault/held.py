"""Everything held of one person: every row that hangs on their case or on their data key, with its words opened.

The rule that keeps others out is the key: words sealed under another's key are not this person's, nor is a row that
names another case or another key. Tables are found by their foreign keys, so that a new one is not forgotten; a test
holds every sealed column against `SEALED`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary, Table, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Base
from app.searches.models import ContactTarget
from app.vault import DataKey, Place, Vault

SEALED: Mapping[str, tuple[str, str]] = {
    "announced_persons.sealed": ("sealed", "{person_id}"),
    "applications.answer_sealed": ("answer", "{id}"),
    "applications.words_sealed": ("words", "{id}"),
    "assessments.text_sealed": ("text", "{id}"),
    "assistance_texts.sealed": ("{kind}", "{assistance_id}"),
    "case_entries.sealed": ("{section}", "{id}"),
    "case_exclusions.lifting_sealed": ("lifting", "{id}"),
    "case_exclusions.text_sealed": ("text", "{id}"),
    "case_feedback.text_sealed": ("text", "{id}"),
    "case_notes.sealed": ("text", "{id}"),
    "case_sections.sealed": ("{section}", "{case_id}"),
    "certificates.sealed": ("sealed", "{id}"),
    "consents.guardian_sealed": ("guardian", "{id}"),
    "consents.revocation_sealed": ("revocation", "{id}"),
    "contact_texts.sealed": ("{kind}", "{request_id}"),
    "corrections.sealed": ("{section}", "{id}"),
    "disbursements.budget_sealed": ("budget", "{id}"),
    "disbursements.outcome_sealed": ("outcome", "{id}"),
    "fine_reviews.text_sealed": ("text", "{id}"),
    "follow_ups.text_sealed": ("text", "{id}"),
    "guardians.sealed": ("sealed", "{id}"),
    "handovers.answer_sealed": ("answer", "{id}"),
    "handovers.confirmation_sealed": ("confirmation", "{id}"),
    "handovers.minutes_sealed": ("minutes", "{id}"),
    "handovers.outside": ("outside", "{id}"),
    "handovers.text_sealed": ("text", "{id}"),
    "incident_texts.sealed": ("{kind}", "{id}"),
    "incidents.text_sealed": ("text", "{id}"),
    "intake_contents.sealed": ("sealed", "{organisation_id}/{intake_id}/{position}"),
    "intake_supplements.sealed": ("sealed", "{id}"),
    "notices.text_sealed": ("text", "{id}"),
    "overrides.text_sealed": ("text", "{id}"),
    "overrides.withdrawal_sealed": ("withdrawal", "{id}"),
    "placement_extensions.reason_sealed": ("reason", "{id}"),
    "placements.text_sealed": ("text", "{id}"),
    "plans.goals_sealed": ("goals", "{id}"),
    "protections.orders_sealed": ("orders", "{id}"),
    "protections.text_sealed": ("text", "{id}"),
    "referral_texts.sealed": ("{kind}", "{id}"),
    "return_persons.text_sealed": ("text", "{id}"),
    "verification_evidence.sealed": ("text", "{id}"),
    "verification_texts.sealed": ("text", "{id}"),
    "verifications.certificate_sealed": ("certificate", "{id}"),
    "verifications.paper_sealed": ("paper", "{id}"),
    "verifications.proof_sealed": ("proof", "{case_id}"),
}
"""Sealed column → the column and the row of its place, filled from the row's own members."""

OTHERS: Mapping[str, str] = {
    "break_glass.review_sealed": "by who oversees, under the break-glass's key",
    "break_glass.text_sealed": "by who broke the glass, under a key of its own",
    "operation_bodies.sealed": "of many persons, as it came, under a key of its own until each has a record",
    "intake_reporters.sealed": "who reported is another person, under a key of their own",
    "reception_lines.sealed": "before screening only, when there is no case yet",
    "receptions.sealed": "of a place and many persons, under the reception's key",
    "returns.answer_sealed": "of many persons, under the return's key",
    "returns.words_sealed": "of many persons, under the return's key",
}
"""Sealed columns that are never one person's of a case, and why."""

APART = frozenset(
    {
        *("audit_entries", "audit_leaves", "audit_unordered", "audit_heads", "outbox_events", "idempotency_keys"),
        *("data_keys", "case_lookups", "search_handles", "erasures", "retired_keks", "reception_handovers"),
        *("break_glass", "operations", "operation_bodies", "operation_outcomes"),
    }
)
"""Tables without anything said of the person: the audit is told apart, and with it every break-glass; keys and look-ups
say nothing, a reception's hand-over counts others; of a long batch only what waits is sealed, as it came."""

_INTERNAL = frozenset({"key_id", "digest", "case_created_at", "erased_at"})


@dataclass(frozen=True)
class Person:
    case_id: UUID
    key: DataKey


@dataclass
class Held:
    """Rows by table, each as a mapping of its members, words opened."""

    person: Person
    vault: Vault
    rows: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def shown(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Table by table, without what is only machinery and without who sat at a desk."""
        for table, rows in self.rows.items():
            yield table, [self._opened(table, row) for row in rows]

    def _opened(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, value in row.items():
            if f"{table}.{name}" in SEALED and value is not None:
                column, of = SEALED[f"{table}.{name}"]
                place = Place(table, column.format(**row), of.format(**row))
                said = self.vault.open(self.person.key, place, value)
                shown[name.removesuffix("_sealed")] = _without_others(said, self.person.case_id)
            elif value is not None and not isinstance(value, bytes) and not _machinery(name):
                shown[name] = value
        return shown


def _without_others(said: Any, case_id: UUID) -> Any:
    """Minutes tell of everybody who was handed over together; what they say of another stays out."""
    if isinstance(said, dict):
        return {name: _without_others(value, case_id) for name, value in said.items()}
    if isinstance(said, list):
        return [_without_others(each, case_id) for each in said if not _names_another(each, case_id)]
    return said


def _names_another(said: Any, case_id: UUID) -> bool:
    return isinstance(said, dict) and said.get("case_id") not in (None, str(case_id))


def _machinery(name: str) -> bool:
    """Which officer or client wrote is shown to its own organisation and to oversight alone."""
    return name in _INTERNAL or name.endswith(("officer", "client", "client_id", "_statement"))


async def held(db: AsyncConnection, vault: Vault, person: Person) -> Held:
    """What hangs on the case or the key itself, then what hangs on that, until nothing more is found."""
    found = Held(person, vault)
    tables = [table for table in Base.metadata.sorted_tables if table.name not in APART]
    for table in tables:
        await _add(db, found, table, _named(table, person))
    before = -1
    while before != (before := sum(map(len, found.rows.values()))):
        for table in tables:
            for reference in table.foreign_key_constraints:
                await _add(db, found, table, _under(reference, found.rows))
    return found


def _named(table: Table, person: Person) -> Any:
    """Rows that say whose they are."""
    columns = table.columns
    wanted = [columns.id == person.case_id] if table.name == "cases" else []
    wanted += [columns.case_id == person.case_id] if "case_id" in columns else []
    wanted += [columns.key_id == person.key.id] if "key_id" in columns else []
    if table.name == "contact_requests":  # which names no case, so that its asker cannot learn it
        about = select(ContactTarget.request_id).where(ContactTarget.case_id == person.case_id)
        wanted += [columns.id.in_(about)]
    return or_(*wanted) if wanted else None


def _under(reference: ForeignKeyConstraint, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Any:
    """Rows that point to one already found."""
    parents = rows.get(reference.referred_table.name, ())
    if not parents or reference.referred_table.name == "cases":
        return None
    names = [element.column.name for element in reference.elements]
    wanted = {tuple(parent[name] for name in names) for parent in parents}
    return tuple_(*reference.columns).in_(sorted(wanted, key=str))


async def _add(db: AsyncConnection, found: Held, table: Table, wanted: Any) -> None:
    if wanted is None:
        return
    rows = found.rows.setdefault(table.name, [])
    for row in map(dict, (await db.execute(select(table).where(wanted))).mappings()):
        if _is_theirs(row, found.person) and row not in rows:
            rows.append(row)
    if not rows:
        del found.rows[table.name]


def _is_theirs(row: Mapping[str, Any], person: Person) -> bool:
    return row.get("case_id") in (None, person.case_id) and row.get("key_id") in (None, person.key.id)


def sealed_columns() -> set[str]:
    """Every binary column of the schema, `table.column`."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
