"""The facts of a breach notice, from the read audit alone: whose records were read, which sections, by whom, when, why.

The notice is due 72 hours after the breach was found (Law 91/2025/QH15 Art 23). Persons stand here by the reference of
their case and in no other way; officers by the opaque id that their organisation gave them.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.models import AuditHead
from app.auth.keys import encode_base64url
from app.cases.models import Case
from app.happenings import READS, Event
from app.leaves import spelled
from app.organisations.actions import with_name
from app.pages import Ts
from app.reference.fields import today
from app.trail import AuditEntry

LAW = "Luật 91/2025/QH15, Điều 23 · Law 91/2025/QH15 Art 23"
_LOOKS = tuple(sorted(READS - {Event.AUDIT_SEARCHED, Event.CASE_SEARCHED}))


@dataclass(frozen=True)
class Scope:
    """What is looked into: reads from `start` up to before `end`, of all or of one suspected reader."""

    start: datetime
    end: datetime
    client_id: str | None = None
    organisation_id: UUID | None = None
    officer: str | None = None

    def narrow(self, query: Select[*Ts]) -> Select[*Ts]:
        query = query.where(AuditEntry.at >= self.start, AuditEntry.at < self.end)
        for name in ("client_id", "organisation_id", "officer"):
            if getattr(self, name) is not None:
                query = query.where(getattr(AuditEntry, name) == getattr(self, name))
        return query

    def shown(self) -> dict[str, str | None]:
        reader = {name: getattr(self, name) for name in ("client_id", "organisation_id", "officer")}
        said = {name: str(value) if value else None for name, value in reader.items()}
        return {"from": spelled(self.start), "to": spelled(self.end), **said}


@dataclass
class _Seen:
    """How often, which sections, why, and between when."""

    reads: int = 0
    sections: set[str] = field(default_factory=set)
    purposes: set[str] = field(default_factory=set)
    others: set[Any] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, entry: Any, other: Any) -> None:
        self.reads += 1
        self.sections.update(entry.sections)
        self.purposes.update(filter(None, [entry.purpose]))
        self.others.add(other)
        self.first = min(self.first or entry.at, entry.at)
        self.last = max(self.last or entry.at, entry.at)

    def shown(self) -> dict[str, Any]:
        return {
            "reads": self.reads,
            "sections": sorted(self.sections),
            "purposes": sorted(self.purposes),
            "first": self.first and spelled(self.first),
            "last": self.last and spelled(self.last),
        }


class Tally:
    """Reads as they come, by person and by reader. One without a case is kept by what was read."""

    def __init__(self) -> None:
        self._persons: dict[str, _Seen] = {}
        self._readers: dict[tuple[str, str, str | None], _Seen] = {}
        self._elsewhere: dict[tuple[str, str], _Seen] = {}
        self.reads = 0

    def add(self, entry: Any) -> None:
        self.reads += 1
        reader = (str(entry.organisation_id), entry.client_id, entry.officer)
        if entry.reference is not None:
            self._persons.setdefault(entry.reference, _Seen()).add(entry, reader)
        else:
            subject = (entry.subject_type, str(entry.subject_id))
            self._elsewhere.setdefault(subject, _Seen()).add(entry, reader)
        self._readers.setdefault(reader, _Seen()).add(entry, entry.reference)

    def facts(self, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """`persons` and `readers` point at each other: a person names its readers by their number."""
        readers = sorted(self._readers, key=str)
        number = {reader: place for place, reader in enumerate(readers, 1)}
        return {
            "persons_affected": len(self._persons),
            "sections": sorted(set().union(*(seen.sections for seen in self._readers.values()), set())),
            "reads": self.reads,
            "persons": [
                {"case_reference": reference, **seen.shown(), "readers": sorted(number[each] for each in seen.others)}
                for reference, seen in sorted(self._persons.items())
            ],
            "without_a_case": [
                {"subject_type": kind, "subject_id": subject, **seen.shown()}
                for (kind, subject), seen in sorted(self._elsewhere.items())
            ],
            "readers": [
                {
                    "number": number[reader],
                    **names.get(reader[0], {}),
                    "organisation_id": reader[0],
                    "client_id": reader[1],
                    "officer": reader[2],
                    "cases": len(self._readers[reader].others - {None}),
                    **self._readers[reader].shown(),
                }
                for reader in readers
            ],
        }


async def count(db: AsyncConnection, scope: Scope) -> int:
    """How many reads there are to go through."""
    query = scope.narrow(select(func.count()).select_from(AuditEntry)).where(AuditEntry.event.in_(_LOOKS))
    return int((await db.execute(query)).scalar_one())


async def reads(db: AsyncConnection, scope: Scope) -> AsyncIterator[Any]:
    """Every read within the scope, oldest first, with the reference of its case."""
    query = select(AuditEntry, Case.reference).outerjoin(Case, Case.id == AuditEntry.case_id)
    query = scope.narrow(query).where(AuditEntry.event.in_(_LOOKS)).order_by(AuditEntry.at, AuditEntry.id)
    async for row in await db.stream(query):
        yield row


async def besides(db: AsyncConnection, scope: Scope) -> dict[str, int]:
    """What was tried and showed nothing of a section: searches, and requests that were refused."""
    asked = (Event.CASE_SEARCHED, Event.REFUSED)
    query = scope.narrow(select(AuditEntry.event, func.count().label("number"))).where(AuditEntry.event.in_(asked))
    found = {row.event: row.number for row in await db.execute(query.group_by(AuditEntry.event))}
    return {event.value.replace(".", "_"): found.get(event, 0) for event in asked}


async def names(db: AsyncConnection) -> dict[str, dict[str, str]]:
    """Function and present name of every organisation, by id."""
    rows = await db.execute(with_name(today()))
    return {
        str(row.id): {"agency": row.agency, "organisation_vi": row.name_vi, "organisation_en": row.name_en}
        for row in rows
    }


async def newest_head(db: AsyncConnection) -> dict[str, Any] | None:
    """The signed head by which these facts can be checked against an export later."""
    head = (await db.execute(select(AuditHead).order_by(AuditHead.tree_size.desc()).limit(1))).first()
    if head is None:
        return None
    return {"tree_size": head.tree_size, "root": encode_base64url(head.root), "at": spelled(head.at)}


def page(facts: Mapping[str, Any]) -> str:
    """The same facts to be read and signed by a person: Markdown, Vietnamese and English."""
    scope = facts["scope"]
    lines = [
        "# Dữ kiện thông báo vi phạm dữ liệu cá nhân · Facts for a notice of a personal-data breach",
        "",
        f"{LAW} — gửi trong 72 giờ từ khi phát hiện · due within 72 hours of finding it.",
        "",
        f"- Thời gian · Period: {scope['from']} – {scope['to']}",
        f"- Người được ghi theo mã hồ sơ · Persons affected, by case reference: **{facts['persons_affected']}**",
        f"- Loại dữ liệu · Sections: {', '.join(facts['sections']) or '–'}",
        f"- Lượt đọc · Reads: {facts['reads']}; tra cứu · searches: {facts['besides']['case_searched']};"
        f" bị từ chối · refused: {facts['besides']['request_refused']}",
    ]
    lines += [f"- {name}: {value}" for name, value in scope.items() if name not in ("from", "to") and value]
    if facts["head"]:
        lines.append(f"- Mốc nhật ký · Audit head: {facts['head']['tree_size']} · {facts['head']['root']}")
    lines += [
        "",
        "## Ai đã đọc · Readers",
        "",
        "| # | cơ quan · organisation | client | officer | purpose | reads | cases |",
    ]
    lines += ["|---|---|---|---|---|---|---|", *map(_reader_line, facts["readers"])]
    lines += ["", "## Ai bị ảnh hưởng · Persons", "", "| case | sections | reads | first | last | readers |"]
    lines += ["|---|---|---|---|---|---|", *map(_person_line, facts["persons"]), ""]
    return "\n".join(lines)


def _reader_line(reader: Mapping[str, Any]) -> str:
    name = f"{reader.get('organisation_vi', '?')} · {reader.get('organisation_en', '?')}"
    cells = (
        reader["number"],
        name,
        reader["client_id"],
        reader["officer"] or "–",
        ", ".join(reader["purposes"]) or "–",
    )
    return f"| {' | '.join(map(str, cells))} | {reader['reads']} | {reader['cases']} |"


def _person_line(person: Mapping[str, Any]) -> str:
    readers = ", ".join(map(str, person["readers"]))
    sections = ", ".join(person["sections"]) or "–"
    cells = (person["case_reference"], sections, person["reads"], person["first"], person["last"], readers)
    return f"| {' | '.join(map(str, cells))} |"
