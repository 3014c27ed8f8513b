"""A filled form as the layout takes it, and the document that typst sets from it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import rfc8785
import typst

from app.forms.facts import Facts
from app.forms.pages import Field, Heading, Page, Part, is_draft
from app.law.forms import Form
from app.problems import Language
from app.reference.codes import label
from app.reference.fields import VIET_NAM
from app.safejson import fingerprint

Languages = tuple[Language, ...]
_LAYOUT = Path(__file__).parent / "data" / "form.typ"
_DRAFT = (
    "BẢN DỰ THẢO: danh mục nội dung của mẫu này chưa được đối chiếu với văn bản pháp luật",
    "DRAFT: what this form must hold has not been checked against the text of the law",
)
_WORDS = {
    "reference": "Mã",
    "printed": "in lúc",
    "checksum": "SHA-256",
    "page": "Trang",
    "sign": ["(Ký, ghi rõ họ tên)", "(Signature and full name)"],
}


def fill(page: Page, form: Form, facts: Facts, issuer: str) -> dict[str, Any]:
    """The form with its values in words, its checksum last: SHA-256 over everything printed but the time of printing,
    so that two prints of the same content carry the same one."""
    languages: Languages = ("vi", "en") if page.foreign else ("vi",)
    content = {
        "title": _in(languages, form),
        "source": form.source,
        "issuer": issuer,
        "draft": list(_DRAFT) if is_draft(form) else None,
        "reference": _reference(page, facts),
        "parts": [_part(part, facts, languages) for part in page.parts],
        "signatures": [_in(languages, each) for each in page.signatures],
        "words": {**_WORDS, "sign": _WORDS["sign"] if page.foreign else _WORDS["sign"][:1]},
    }
    printed_at = datetime.now(UTC).astimezone(VIET_NAM).strftime("%H:%M %d/%m/%Y")
    return {**content, "checksum": fingerprint(content), "printed_at": printed_at}


def render(filled: Mapping[str, Any], kind: Literal["pdf", "png"] = "pdf") -> list[bytes]:
    """The document: one PDF, or one picture a page. Sets a page in about ten milliseconds; call it off the loop."""
    inputs = {"form": rfc8785.dumps(dict(filled)).decode()}
    made = typst.compile(_LAYOUT.read_bytes(), format=kind, ppi=110.0, sys_inputs=inputs, font_paths=_fonts())
    return made if isinstance(made, list) else [made]


@cache
def _fonts() -> Any:
    # The machine's own fonts would make the same form look different at every post.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _reference(page: Page, facts: Facts) -> str:
    of = facts.get(page.about, {})
    return str(facts["case"].get("reference") or of.get("reference") or of.get("id"))


def _in(languages: Languages, texts: Any) -> list[str]:
    return [getattr(texts, language) for language in languages]


def _part(part: Part, facts: Facts, languages: Languages) -> dict[str, Any]:
    title = _in(languages, part.title)
    if part.rows is None:
        rows = [{"label": _in(languages, field), "value": _value(field, facts, languages)} for field in part.fields]
        return {"kind": "fields", "title": title, "rows": rows}
    listed = _at(facts, part.rows) or []
    return {
        "kind": "table",
        "title": title,
        "head": [_in(languages, Heading(vi="STT", en="No.")), *(_in(languages, field) for field in part.fields)],
        "rows": [
            [str(at), *(_value(field, row, languages) for field in part.fields)] for at, row in enumerate(listed, 1)
        ],
    }


def _at(facts: Mapping[str, Any], path: str) -> Any:
    found: Any = facts
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _value(field: Field, facts: Mapping[str, Any], languages: Languages) -> str:
    """In words; empty where nothing is known."""
    said = _at(facts, field.value) if field.value else None
    values = said if isinstance(said, Sequence) and not isinstance(said, str) else [said]
    return ", ".join(_word(field, value, languages) for value in values if value not in (None, ""))


def _word(field: Field, value: Any, languages: Languages) -> str:
    if field.list is not None:
        return " / ".join(label(field.list, str(value), language) for language in languages)
    if isinstance(value, datetime):
        return value.astimezone(VIET_NAM).strftime("%H:%M, %d/%m/%Y")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return _turned(str(value))


def _turned(text: str) -> str:
    """A year, month or day as it is written in Viet Nam; any other text as it is."""
    parts = text.split("-")
    dated = len(parts) in (2, 3) and len(parts[0]) == 4 and all(part.isdigit() for part in parts)
    return "/".join(reversed(parts)) if dated else text
