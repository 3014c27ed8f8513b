"""Who reads what, as published: relations to a case, other ways to stand to a record, and every kind of record.

The database enforces it by rules of its own (`migrations/row_security.sql`); nothing here decides an access. It is what
integrators and jurists read, and what the tests hold every answer against.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from app.cases.sections import Section


class _Named(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: str
    en: str


class Relation(_Named):
    """`disclosed`: also the sections that its carrier names. `unless_hidden`: not while the address is hidden."""

    reads: tuple[Section, ...]
    unless_hidden: tuple[Section, ...] = ()
    disclosed: bool = False


class Record(_Named):
    """Who may know that such a record is there, and who reads its words where those are fewer."""

    seen_by: tuple[str, ...]
    words: tuple[str, ...] = ()


class Disclosure(BaseModel):
    """The whole policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relations: Mapping[str, Relation]
    readers: Mapping[str, _Named]
    records: Mapping[str, Record]

    @model_validator(mode="after")
    def _readers_are_known(self) -> "Disclosure":
        named = {name for record in self.records.values() for name in (*record.seen_by, *record.words)}
        if unknown := named - self.readers.keys():
            raise ValueError(f"disclosure.yaml: add to readers, or mend the name: {sorted(unknown)}")
        return self


_FILE = Path(__file__).parent / "data" / "disclosure.yaml"
DISCLOSURE = Disclosure.model_validate(yaml.safe_load(_FILE.read_text("utf-8")))


def disclosure_page() -> str:
    """The policy as two tables, in Vietnamese and English."""
    return "\n".join([_PREFACE, *_sections_table(), _BETWEEN, *_records_table(), ""])


_PREFACE = """# Ai đọc được gì · Who reads what

Generated from `app/cases/data/disclosure.yaml` by `./referral docs`. Row security enforces it; the tests compare every
answer of the service with it, looser and stricter.

## Các mục của hồ sơ · Sections of a case

Các quan hệ đang có được cộng lại. · All relations that live at once add up. ○ trừ khi địa chỉ được giữ kín · unless the
address is hidden. ◇ nếu được nêu trong chuyển tuyến · where the referral names it.
"""
_BETWEEN = """
## Các loại bản ghi · Kinds of record

Ai không thuộc các nhóm này nhận 404, như khi bản ghi không tồn tại. · To everybody else the record is missing (404).
"""


def _sections_table() -> list[str]:
    lines = [f"| | {' | '.join(Section)} |", f"|---|{'---|' * len(Section)}"]
    for relation in DISCLOSURE.relations.values():
        cells = " | ".join(_mark(relation, section) for section in Section)
        lines.append(f"| {relation.vi} · {relation.en} | {cells} |")
    return lines


def _mark(relation: Relation, section: Section) -> str:
    if section in relation.unless_hidden:
        return "○"
    if section in relation.reads:
        return "●"
    return "◇" if relation.disclosed else " "


def _records_table() -> list[str]:
    lines = ["| | Ai thấy · Who sees it | Ai đọc nội dung · Who reads its words |", "|---|---|---|"]
    for record in DISCLOSURE.records.values():
        words = _names(record.words) if record.words else "″"
        lines.append(f"| {record.vi} · {record.en} | {_names(record.seen_by)} | {words} |")
    return lines


def _names(readers: tuple[str, ...]) -> str:
    return "<br>".join(f"{DISCLOSURE.readers[name].vi} · {DISCLOSURE.readers[name].en}" for name in readers)
