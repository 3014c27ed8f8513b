"""Which rows of a list are which people: a workbook or a text table as foreign bodies and busy posts make them.

Titles above the table, two rows of headings, headings repeated on each page, merged cells and Vietnamese encodings of
old are understood. What cannot be read is named by row and column; what stands there is never repeated.
"""

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category, normalize

from openpyxl.utils import get_column_letter
from pydantic import ValidationError

from app.intakes.schemas import PersonIn
from app.problems import RULES, FieldError, UnreadableManifest
from app.receptions.wording import (
    PAPERS,
    column_of,
    country_of,
    date_of,
    ends_the_list,
    is_nothing,
    province_of,
    sex_of,
)
from app.spreadsheets import DELIMITERS, Bounds, Grid, Texts, TooBigError, TooManyRowsError, read_book, read_csv
from app.vault import fold

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 2_000
_HEADER_WITHIN = 10
_BOUNDS = Bounds(inflated=20_000_000, rows=MOST_ROWS + 2 * _HEADER_WITHIN)
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TYPOGRAPHIC = re.compile("[\u00a0\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026]")

Columns = Mapping[int, str]


@dataclass(frozen=True)
class Fault:
    """A cell that could not be taken over: the letter of its column, and a key of `RULES`."""

    column: str
    code: str


@dataclass(frozen=True)
class Entry:
    """One row: a person, or None when the faults leave nobody who could be called by name and birth date."""

    row: int
    person: PersonIn | None
    home_province_code: str | None
    faults: Sequence[Fault]


@dataclass(frozen=True)
class Manifest:
    """The people of the first sheet that has a heading for names, and the letters of columns that were not read."""

    entries: Sequence[Entry]
    ignored: Sequence[str]


def read(media_type: str, content: bytes) -> Manifest:
    """Every row of the list. `UnreadableManifest` when it is no table, has no heading for names, or is too big."""
    try:
        grids = _book(content) if media_type == XLSX else _tables(_decoded(content))
    except TooManyRowsError:
        raise _refusal("too_many_rows", most=MOST_ROWS) from None
    except TooBigError:
        raise _refusal("file_too_big") from None
    except csv.Error:
        raise _refusal("damaged_file") from None
    for grid in grids:
        if (found := _layout(grid)) is not None:
            return _manifest(grid, *found)
    raise _refusal("no_header_row")


def _refusal(code: str, **params: Any) -> UnreadableManifest:
    return UnreadableManifest(FieldError("", code, params))


def _book(content: bytes) -> list[Grid]:
    try:
        return list(read_book(io.BytesIO(content), _BOUNDS, fill_merged=True))
    except TooBigError:
        raise
    except Exception:
        # A damaged file fails anywhere in zipfile, the XML reader or openpyxl, with whatever exception is near.
        raise _refusal("damaged_file") from None


def _tables(text: str) -> list[Grid]:
    """By each delimiter there may be: above the headings stand titles, which have none."""
    return [read_csv(io.StringIO(text, newline=""), _BOUNDS, delimiter) for delimiter in DELIMITERS]


def _decoded(content: bytes) -> str:
    """Text by its byte order mark, else UTF-8, else Windows-1258 if that gives nothing but Vietnamese letters."""
    encoding = next((name for mark, name in _MARKED if content.startswith(mark)), None)
    try:
        text = content.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        text = "" if encoding else _as_windows_1258(content)
    if "\0" in text or (content and not text):
        raise _refusal("unknown_encoding")
    return text


def _as_windows_1258(content: bytes) -> str:
    """The encoding has no mark, and nearly any bytes are text in it: those of another would show strange signs."""
    try:
        text = content.decode("cp1258")
    except UnicodeDecodeError:
        return ""
    plain = _TYPOGRAPHIC.sub(" ", text)
    strange = any(category(sign) == "Cc" and sign not in "\t\r\n" for sign in plain)
    return "" if strange or not fold(plain).isascii() else text


def _layout(grid: Grid) -> tuple[Columns, int] | None:
    """The meaning of each column, and the index of the first row below the headings; None without one for names."""
    for index, (_, texts) in enumerate(grid[:_HEADER_WITHIN]):
        columns = _headings(texts)
        below = grid[index + 1][1] if index + 1 < len(grid) else ()
        lower = _headings(below) if _is_heading(below) else {}
        both = {**columns, **lower}
        if columns and "full_name" in both.values() and len(both) > 1:
            return both, index + (2 if lower else 1)
    return None


def _headings(texts: Texts) -> Columns:
    return {at: meaning for at, text in enumerate(texts) if (meaning := column_of(text)) is not None}


def _is_heading(texts: Texts) -> bool:
    """Two known headings or more: a second row of them, or the same again at the top of a page."""
    return len(_headings(texts)) > 1


def _manifest(grid: Grid, columns: Columns, start: int) -> Manifest:
    rows = [(number, texts) for number, texts in grid[start:] if not _is_heading(texts)]
    if len(rows) > MOST_ROWS:
        raise _refusal("too_many_rows", most=MOST_ROWS)
    used = {at for _, texts in rows for at, text in enumerate(texts) if text}
    ignored = [get_column_letter(at + 1) for at in sorted(used - set(columns))]
    return Manifest([entry for row in rows if (entry := _entry(*row, columns)) is not None], ignored)


def _entry(number: int, texts: Texts, columns: Columns) -> Entry | None:
    """The person of a row; None for one that says nothing in the columns we know, or a sum below the list."""
    said = _Said(texts, columns)
    if not any(said.all(meaning) for meaning in set(columns.values())) or ends_the_list(next(filter(None, texts))):
        return None
    if not said.all("full_name"):
        return Entry(number, None, None, [Fault(said.letter("full_name"), "required")])
    province = province_of(said.one("home"))
    faults = [*said.unknown("sex", sex_of), *said.unknown("nationalities", country_of)]
    faults += said.unknown("home", province_of)
    try:
        return Entry(number, PersonIn.model_validate(said.person()), province, faults)
    except ValidationError as error:
        return Entry(number, None, None, [*_faults(error, said), *faults])


class _Said:
    """What one row says by meaning of its columns."""

    def __init__(self, texts: Texts, columns: Columns) -> None:
        self._texts, self._columns = texts, columns

    def all(self, meaning: str) -> list[str]:
        """Each different text once: a merged cell says the same in several columns."""
        found = (self._texts[at] for at, which in self._columns.items() if which == meaning and at < len(self._texts))
        return list(dict.fromkeys(normalize("NFC", " ".join(text.split())) for text in found if not is_nothing(text)))

    def one(self, meaning: str) -> str:
        return " ".join(self.all(meaning))

    def letter(self, meaning: str) -> str:
        return next((get_column_letter(at + 1) for at, which in self._columns.items() if which == meaning), "")

    def unknown(self, meaning: str, known: Any) -> list[Fault]:
        text = self.one(meaning)
        return [Fault(self.letter(meaning), "unknown_code")] if text and known(text) is None else []

    def person(self) -> dict[str, Any]:
        """As an intake takes it. A date that is none stays as it is, and is refused there."""
        nationality, sex = country_of(self.one("nationalities")), sex_of(self.one("sex"))
        address = {"address": self.one("home")} if self.all("home") else {}
        phones = {"phones": self.all("phones")} if self.all("phones") else {}
        papers = [{"type": kind, "number": n, "text": PAPERS[kind]} for kind in PAPERS for n in self.all(kind)]
        said = {
            "full_name": self.one("full_name"),
            "birth_date": date_of(self.one("birth_date")),
            "sex": sex,
            "nationalities": [nationality] if nationality else None,
            "identity_documents": papers or None,
            "contact": {**address, **phones} or None,
        }
        return {name: value for name, value in said.items() if value is not None}


_COLUMN_OF = {"identity_documents": tuple(PAPERS), "contact": ("home", "phones")}


def _faults(error: ValidationError, said: _Said) -> list[Fault]:
    """What an intake would not take, by the column it came from."""
    found = []
    for finding in error.errors():
        member = str(finding["loc"][0])
        meaning = next((each for each in _COLUMN_OF.get(member, (member,)) if said.all(each)), member)
        code = {"string_too_long": "too_long"}.get(finding["type"], finding["type"])
        found.append(Fault(said.letter(meaning), code if code in RULES else "invalid_value"))
    return list(dict.fromkeys(found))
