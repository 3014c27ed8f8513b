"""The published policy (app/cases/data/disclosure.yaml), asked about one organisation and one row at one moment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.auth.scopes import MATRIX, Capability
from tests.disclosure.facts import SERVING, Facts, Row

_FILE = Path(__file__).parents[2] / "app/cases/data/disclosure.yaml"
POLICY: Mapping[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))


@dataclass(frozen=True)
class Kind:
    """Where records of a kind lie: `parent` is the table, and the column naming it, whose columns it shares."""

    table: str
    author: str = "author_id"
    parent: tuple[str, str] | None = None


KINDS: Mapping[str, Kind] = {
    "intake": Kind("intakes", "organisation_id"),
    "intake_content": Kind("intake_contents", "organisation_id"),
    "reporter": Kind("intake_reporters", "organisation_id"),
    "supplement": Kind("intake_supplements", "organisation_id"),
    "feedback": Kind("case_feedback"),
    "case": Kind("cases"),
    "section": Kind("case_sections"),
    "note": Kind("case_notes"),
    "correction": Kind("corrections"),
    "statement": Kind("case_entries"),
    "finding": Kind("case_entries"),
    "health_entry": Kind("case_entries"),
    "handover": Kind("handovers"),
    "consent": Kind("consents", "recorded_by"),
    "override": Kind("overrides", "requested_by"),
    "exclusion": Kind("case_exclusions"),
    "contact_request": Kind("contact_requests"),
    "contact_text": Kind("contact_texts", parent=("contact_requests", "request_id")),
    "break_glass": Kind("break_glass", "organisation_id"),
    "guardian": Kind("guardians"),
    "assessment": Kind("assessments"),
    "notice": Kind("notices"),
    "verification": Kind("verifications"),
    "verification_status": Kind("verifications"),
    "verification_text": Kind("verification_texts", parent=("verifications", "verification_id")),
    "evidence": Kind("verification_evidence", parent=("verifications", "verification_id")),
    "assistance": Kind("assistances"),
    "assistance_text": Kind("assistance_texts", parent=("assistances", "assistance_id")),
    "fine_review": Kind("fine_reviews"),
    "certificate": Kind("certificates", "issuer_id"),
    "referral": Kind("referrals"),
    "referral_status": Kind("referrals"),
    "referral_text": Kind("referral_texts", parent=("referrals", "referral_id")),
    "referral_note": Kind("referral_texts", parent=("referrals", "referral_id")),
    "plan": Kind("plans"),
    "support_item": Kind("support_items"),
    "follow_up": Kind("follow_ups"),
    "placement": Kind("placements"),
    "extension": Kind("placement_extensions", parent=("placements", "placement_id")),
    "incident": Kind("incidents", "reported_by"),
    "incident_text": Kind("incident_texts", parent=("incidents", "incident_id")),
    "protection": Kind("protections", "ordered_by"),
    "application": Kind("applications"),
    "disbursement": Kind("disbursements"),
    "reception": Kind("receptions", "organisation_id"),
    "manifest": Kind("reception_manifests", "organisation_id"),
    "line": Kind("reception_lines", "organisation_id"),
    "reception_handover": Kind("reception_handovers"),
    "return": Kind("returns"),
    "arrival": Kind("return_persons", parent=("returns", "return_id")),
    "announced_person": Kind("announced_persons", parent=("return_persons", "person_id")),
}
_PART_OF = {
    "verification_text": "verification",
    "assistance_text": "assistance",
    "extension": "placement",
    "contact_text": "contact_request",
}
"""Kinds that the policy does not tell apart from what they are part of."""
_FIRST = {kind.table: name for name, kind in reversed(list(KINDS.items()))}
_TOLD_APART = {
    ("case_entries", "statement"): "statement",
    ("case_entries", "investigation"): "finding",
    ("case_entries", "health"): "health_entry",
    ("referral_texts", "note"): "referral_note",
}


def kind_of(table: str, row: Row) -> str:
    """Which kind of record the sealed words of this row are."""
    by = str(row.get("section") if table == "case_entries" else row.get("kind"))
    return _TOLD_APART.get((table, by)) or _FIRST[table]


class Policy:
    """Answers from the published table and the facts of one moment."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._answers: dict[tuple[str, str, str, int], bool] = {}
        self._wholes: dict[tuple[str, int], Row] = {}

    def rows(self, kind: str) -> list[Row]:
        return [row for row in self.facts.tables[KINDS[kind].table] if kind_of_matches(kind, row)]

    def seen(self, organisation: str, kind: str) -> list[Row]:
        """The records of a kind that it may know of."""
        return [row for row in self.rows(kind) if self.sees(organisation, kind, row)]

    def sections(self, organisation: str, case_id: str | None) -> frozenset[str]:
        """What it reads of the case now: all its relations together."""
        found: set[str] = set()
        for relation in self.facts.relations(organisation, case_id):
            published = POLICY["relations"][relation.name]
            reads = {*published["reads"], *(relation.disclosed if published.get("disclosed") else ())}
            hidden = case_id and self.facts.hides_the_address(case_id)
            found |= reads - set(published.get("unless_hidden", ()) if hidden else ())
        return frozenset(found)

    def sees(self, organisation: str, kind: str, row: Row) -> bool:
        """Whether it may know that the record is there."""
        return self._any(organisation, kind, row, "seen_by")

    def reads(self, organisation: str, kind: str, row: Row) -> bool:
        """Whether it may read the record's words."""
        return self._any(organisation, kind, row, "words")

    def standing(self, organisation: str, kind: str, row: Row) -> str:
        """How it stands to the record, in words of the policy: the relations and readers that hold."""
        case_id = self._whole(kind, row).get("case_id") or (row["id"] if kind == "case" else None)
        relations = [relation.name for relation in self.facts.relations(organisation, case_id)]
        readers = [name for name in self._names(kind, "seen_by") if self.holds([name], organisation, kind, row)]
        return "+".join([*relations, *readers]) or "none"

    def holds(self, readers: Sequence[str], organisation: str, kind: str, row: Row) -> bool:
        """Whether it stands to the record in one of these ways."""
        whole = self._whole(kind, row)
        return any(_READERS[name](self, organisation, whole) for name in readers)

    def _any(self, organisation: str, kind: str, row: Row, which: str) -> bool:
        asked = organisation, kind, which, id(row)  # rows live as long as the facts
        if asked not in self._answers:
            self._answers[asked] = self.holds(self._names(kind, which), organisation, kind, row)
        return self._answers[asked]

    def _names(self, kind: str, which: str) -> Sequence[str]:
        published = POLICY["records"][_PART_OF.get(kind, kind)]
        named: Sequence[str] = published.get(which) or published["seen_by"]
        return named

    def _whole(self, kind: str, row: Row) -> Row:
        """The row with the columns of what it is part of, and its author under one name."""
        if (kind, id(row)) not in self._wholes:
            self._wholes[kind, id(row)] = self._put_together(kind, row)
        return self._wholes[kind, id(row)]

    def _put_together(self, kind: str, row: Row) -> Row:
        where = KINDS[kind]
        whole = {**row, "author": row.get(where.author)}
        if kind == "case":
            whole["case_id"] = row["id"]
        if where.parent:
            table, column = where.parent
            above = next(name for name, other in KINDS.items() if other.table == table)
            whole = {**self._whole(above, self.facts.row(table, row[column])), **whole}
        return whole


def kind_of_matches(kind: str, row: Row) -> bool:
    """Whether a row of the kind's table is of this kind."""
    table = KINDS[kind].table
    return table not in ("case_entries", "referral_texts") or kind_of(table, row) == kind


Reader = Callable[[Policy, str, Row], bool]


def _named(column: str) -> Reader:
    return lambda _, organisation, row: row.get(column) == organisation


def _of_a_province(policy: Policy, organisation: str, row: Row) -> bool:
    body = policy.facts.organisation(organisation)
    open_to_all = row["receiver_id"] is None and row["status"] == "sent"
    may = body["agency"] in {str(agency) for agency in MATRIX[Capability.REFERRAL_RESPOND]}
    return open_to_all and may and row["province_code"] in body["province_codes"]


def _serves(policy: Policy, organisation: str, row: Row) -> bool:
    facts = policy.facts
    served = {
        r["service"]
        for r in facts.tables["referrals"]
        if r["case_id"] == row["case_id"] and r["receiver_id"] == organisation and r["status"] in SERVING
    }
    has_part = any(r.name == "referral_receiver" for r in facts.relations(organisation, row["case_id"]))
    provides = facts.organisation(organisation)["agency"] in ("provider", "ngo")
    return provides and has_part and bool(served & set(row["services"]))


def _verified(policy: Policy, organisation: str, row: Row) -> bool:
    asked = (v for v in policy.facts.tables["verifications"] if v["case_id"] == row["case_id"])
    took = row["author"] == organisation
    return took and any(v["verifier_id"] == organisation and v["created_at"] <= row["created_at"] for v in asked)


def _expects(policy: Policy, organisation: str, row: Row) -> bool:
    return bool(row["gate_id"] == organisation and row["result"] is None and row["status"] != "cancelled")


def _supervises(policy: Policy, organisation: str, row: Row) -> bool:
    sides = [row.get(name) for name in ("sender_id", "receiver_id", "requester_id", "verifier_id")]
    return any(side and policy.facts.organisation(side)["supervised_by"] == organisation for side in sides)


def _custody(policy: Policy, organisation: str, row: Row) -> bool:
    return policy.facts.custodian(row["case_id"]) == organisation


def _holds_what_is_asked_about(policy: Policy, organisation: str, row: Row) -> bool:
    asked = row.get("request_id", row["id"])
    targets = (target for target in policy.facts.tables["contact_targets"] if target["request_id"] == asked)
    return any(policy.facts.custodian(target["case_id"]) == organisation for target in targets)


def _reads(section: str | None = None) -> Reader:
    def judge(policy: Policy, organisation: str, row: Row) -> bool:
        return (section or row["section"]) in policy.sections(organisation, row["case_id"])

    return judge


_READERS: Mapping[str, Reader] = {
    **{
        name: _named(f"{name}_id")
        for name in (
            *("giver", "receiver", "recipient", "requester", "verifier", "originator", "sender", "asker"),
            *("assistant", "facility", "police", "decider", "announcer", "gate"),
        )
    },
    "claimant": lambda _, o, row: row["claimant_id"] == o and row["receiver_id"] != o,
    "part": lambda policy, organisation, row: bool(policy.facts.relations(organisation, row["case_id"])),
    "custodian": _custody,
    "custodian_social": lambda p, o, row: (
        _custody(p, o, row) and p.facts.organisation(o)["agency"] in ("labour", "commune")
    ),
    "author": _named("author"),
    "author_in_case": lambda p, o, row: row["author"] == o and bool(p.facts.relations(o, row["case_id"])),
    "author_as_first_receiver": lambda p, o, row: (
        row["author"] == o and (row["case_id"] is None or p.facts.is_first_receiver(o, row["case_id"]))
    ),
    "author_verifying": _verified,
    "reads_section": _reads(),
    "reads_statement": _reads("statement"),
    "reads_papers": _reads("papers"),
    "reads_refuge": _reads("refuge"),
    "told": lambda _, organisation, row: organisation in row["told"],
    "receiver_serving": lambda _, o, row: row["receiver_id"] == o and row["status"] in SERVING,
    "verifier_not_fruitless": lambda _, o, row: (
        row["verifier_id"] == o and row["status"] not in ("refused", "withdrawn")
    ),
    "supervisor": _supervises,
    "could_claim": _of_a_province,
    "serves": _serves,
    "assistant_unless_withdrawn": lambda _, o, row: row["assistant_id"] == o and row["status"] != "withdrawn",
    "gate_expecting": _expects,
    "holder": _holds_what_is_asked_about,
    "oversight": lambda p, o, _: p.facts.organisation(o)["agency"] == "oversight",
}
