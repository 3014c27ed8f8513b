"""What is so at one moment, as the superuser reads it: rows, and what the contract makes of them for each organisation.

Nothing here asks the service's own rules (`access.*`, party rows, `custodian_id`, `expected`): custody is followed from
hand-over to hand-over, and a grant is judged by the status of what carries it and of its consent.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from app.reference.fields import today

Row = dict[str, Any]
_LIVE = ("requested", "in_progress", "info_requested")
_JOURNALS = {"audit_entries", "audit_leaves", "audit_unordered", "outbox_events", "idempotency_keys"}
"""Tables of which nobody's access follows, and which every look makes longer."""
SERVING = ("accepted", "in_service")


@dataclass(frozen=True)
class Relation:
    """One way in which an organisation stands to a case; `disclosed`: sections named by what carries it."""

    name: str
    disclosed: frozenset[str] = frozenset()


class Facts:
    """All rows of all tables at one moment, binary columns in hexadecimal."""

    def __init__(self, tables: Mapping[str, list[Row]]) -> None:
        self.tables = tables
        self._by_id = {name: {row["id"]: row for row in rows if "id" in row} for name, rows in tables.items()}
        self._relations: dict[str | None, dict[str, list[Relation]]] = {}
        self._involved: dict[str | None, frozenset[str]] = {}
        self._custodies: dict[str | None, tuple[str | None, bool]] = {}

    @classmethod
    async def read(cls, connection: asyncpg.Connection) -> "Facts":
        found = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        names = sorted({row["tablename"] for row in found} - _JOURNALS)
        parts = " union all ".join(f"select '{name}', to_jsonb(t)::text from {name} t" for name in names)  # noqa: S608
        tables: dict[str, list[Row]] = {name: [] for name in names}
        for name, row in await connection.fetch(parts):
            tables[name].append(json.loads(row))
        return cls(tables)

    def row(self, table: str, wanted: str | None) -> Row:
        return self._by_id[table].get(wanted or "", {})

    def organisation(self, wanted: str) -> Row:
        return self._by_id["organisations"][wanted]

    def relations(self, organisation: str, case_id: str | None) -> list[Relation]:
        """Everything that now lets this organisation into this case; nothing for everybody else."""
        if case_id not in self._relations:
            found: dict[str, list[Relation]] = defaultdict(list)
            for holder, relation in self._all_relations(case_id) if case_id else ():
                found[holder].append(relation)
            self._relations[case_id] = found
        return [] if self._excluded(organisation, case_id) else self._relations[case_id].get(organisation, [])

    def _excluded(self, organisation: str, case_id: str | None) -> bool:
        """Whether it must not see the case, whatever else it holds; an exclusion of one officer leaves the others."""
        return any(
            (row["case_id"], row["organisation_id"], row["status"], row["officer"])
            == (case_id, organisation, "active", None)
            for row in self.tables.get("case_exclusions", [])
        )

    def custodian(self, case_id: str | None) -> str | None:
        return self._custody(case_id)[0]

    def is_first_receiver(self, organisation: str, case_id: str | None) -> bool:
        """Whether it has had the case from the beginning."""
        return self._custody(case_id) == (organisation, False)

    def hides_the_address(self, case_id: str) -> bool:
        return any(
            "hidden_address" in row["codes"].get("flags", [])
            for row in self.tables["case_sections"]
            if row["case_id"] == case_id and row["section"] == "handling"
        )

    def named_in(self, row: Row) -> frozenset[str]:
        """The organisations that the row names in any column."""
        values = (each for value in row.values() for each in (value if isinstance(value, list) else [value]))
        return frozenset(value for value in values if isinstance(value, str) and value in self._by_id["organisations"])

    def involved(self, case_id: str | None) -> frozenset[str]:
        """Whoever has, or once had, anything to do with the case: named in any row about it."""
        if case_id not in self._involved:
            rows = (row for rows in self.tables.values() for row in rows if case_id and row.get("case_id") == case_id)
            self._involved[case_id] = frozenset(each for row in rows for each in self.named_in(row))
        return self._involved[case_id]

    def _custody(self, case_id: str | None) -> tuple[str | None, bool]:
        if case_id not in self._custodies:
            self._custodies[case_id] = self._follow_custody(case_id)
        return self._custodies[case_id]

    def _follow_custody(self, case_id: str | None) -> tuple[str | None, bool]:
        """Who has it, and whether it was ever handed over: from the intake on, one confirmation after the other."""
        intakes = {(row["organisation_id"], row["id"]): row["created_at"] for row in self.tables["intakes"]}
        opened = sorted(
            (intakes[row["organisation_id"], row["intake_id"]], row["organisation_id"])
            for row in self.tables["intake_persons"]
            if row["case_id"] == case_id
        )
        moved = sorted((h["updated_at"], h["receiver_id"]) for h in self._handovers(case_id, "received"))
        if not opened:
            return None, False
        return (moved[-1][1], True) if moved else (opened[0][1], False)

    def _handovers(self, case_id: str | None, status: str) -> list[Row]:
        """Hand-overs between bodies of the network: custody does not move to an outside party."""
        along = {row["handover_id"] for row in self.tables["handover_cases"] if row["case_id"] == case_id}
        rows = self.tables["handovers"]
        return [h for h in rows if h["id"] in along and h["status"] == status and h["receiver_id"]]

    def _all_relations(self, case_id: str) -> Iterator[tuple[str, Relation]]:
        custodian, moved = self._custody(case_id)
        if custodian:
            yield custodian, Relation(self._as_custodian(custodian) if moved else "first_receiver")
        for handover in self._handovers(case_id, "proposed"):
            yield handover["receiver_id"], Relation("handover_receiver")
        for v in self._of("verifications", case_id):
            if v["status"] in _LIVE and v["verifier_id"] != v["requester_id"]:
                yield v["verifier_id"], Relation(f"{v['kind']}_verifier")
        for line in self._of("return_persons", case_id):
            journey = self.row("returns", line["return_id"])
            if line["result"] is None and journey["status"] != "cancelled" and journey["announcer_id"] == custodian:
                yield journey["gate_id"], Relation("gate")
        yield from self._decided(case_id)

    def _decided(self, case_id: str) -> Iterator[tuple[str, Relation]]:
        """By somebody's consent, or by two persons in an emergency."""
        for r in self._of("referrals", case_id):
            if r["status"] in SERVING and self._consented(r):
                yield r["receiver_id"], Relation("referral_receiver", frozenset(r["sections"]))

        for glass in self._of("break_glass", case_id):
            if glass["status"] == "active" and datetime.fromisoformat(glass["expires_at"]) > datetime.now(UTC):
                yield glass["organisation_id"], Relation("break_glass")

    def _of(self, table: str, case_id: str) -> list[Row]:
        return [row for row in self.tables[table] if row["case_id"] == case_id]

    def _as_custodian(self, organisation: str) -> str:
        body = self.organisation(organisation)
        if body["agency"] in ("labour", "commune"):
            return "custodian_social"
        return "custodian_treating" if body["treats"] else "custodian_other"

    def _consented(self, referral: Row) -> bool:
        """Whether what the referral rests on still holds: of its party row only which consent it names is read."""
        parties = [row for row in self.tables["case_parties"] if row["carrier_id"] == referral["id"]]
        bases = [self.row("consents", row["consent_id"]) for row in parties if row["consent_id"]]
        bases += [self.row("overrides", row["override_id"]) for row in parties if row.get("override_id")]
        day = today().isoformat()
        alive = (b["status"] in ("given", "approved") and (b["expires_on"] or day) >= day for b in bases)
        return bool(parties) and all(alive)
