"""What is so at one moment, as the superuser reads it: rows, and what the contract makes of them for each organisation.

Nothing here asks the service's own rules (`access.*`, party rows, `custodian_id`, `expected`): custody is followed from
hand-over to hand-over, and a grant is judged by the status of what carries it and of its consent.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.reference.fields import today

Row = dict[str, Any]
_LIVE = ("requested", "in_progress", "info_requested")
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
        self._relations: dict[str, dict[str, list[Relation]]] = {}

    @classmethod
    async def read(cls, connection: asyncpg.Connection) -> "Facts":
        names = [row[0] for row in await connection.fetch("select tablename from pg_tables where schemaname = 'public'")]
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
            self._relations[case_id or ""] = found
        return self._relations[case_id or ""].get(organisation, [])

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

    def _custody(self, case_id: str | None) -> tuple[str | None, bool]:
        """Who has custody, and whether it was ever handed over: from the intake on, one confirmation after the other."""
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
        for r in self._of("referrals", case_id):
            if r["status"] in SERVING and self._consented(r):
                yield r["receiver_id"], Relation("referral_receiver", frozenset(r["sections"]))

    def _of(self, table: str, case_id: str) -> list[Row]:
        return [row for row in self.tables[table] if row["case_id"] == case_id]

    def _as_custodian(self, organisation: str) -> str:
        body = self.organisation(organisation)
        if body["agency"] in ("labour", "commune"):
            return "custodian_social"
        return "custodian_treating" if body["treats"] else "custodian_other"

    def _consented(self, referral: Row) -> bool:
        """Whether what the referral rests on still holds: of its party row only which consent it names is read."""
        named = [row["consent_id"] for row in self.tables["case_parties"] if row["carrier_id"] == referral["id"]]
        consents = [self.row("consents", consent_id) for consent_id in named if consent_id]
        day = today().isoformat()
        return bool(named) and all(c["status"] == "given" and (c["expires_on"] or day) >= day for c in consents)
