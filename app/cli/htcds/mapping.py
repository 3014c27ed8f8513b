"""What a row becomes: the body of an intake, where each part of it was read, and the cells that cannot be taken over.

Without consent (FALSE or nothing, the standard's only consent) a row becomes a minimal report: channel, place, time and
age band. Only an adult can decline: a child, or somebody who may be one, is refused here and recorded by an officer.
Rules that the service itself judges (dates in the future, lengths) are left to it; `Draft.cell_of` finds their cell.
"""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openpyxl.cell.cell import ERROR_CODES

from app.cli.htcds.standard import FIELDS, STANDARD, Choice, Target, Value, choices, countries, province
from app.cli.htcds.workbook import Cell, Row
from app.reference.ages import age_band
from app.reference.codes import code_list
from app.reference.fields import day_of, earliest
from app.spreadsheets import LONGEST

_UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # refused by the service as a whole, without saying where
_ISO_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
# As Vietnamese papers write it: day, month, year. A month above 12 is a fault, never taken for the American order.
_WRITTEN_DATE = re.compile(r"(?:(?:(\d{1,2})[/.-])?(\d{1,2})[/.-])?(\d{4})")


@dataclass(frozen=True)
class Fault:
    """A cell that cannot be taken over; `code` is a rule of problems.yaml."""

    cell: str
    code: str


@dataclass
class Draft:
    """`origins`: JSON pointer of a member → the cell it came from."""

    body: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)

    def put(self, pointer: str, value: Any, cell: Cell) -> None:
        """Sets a member, unless there is nothing to say."""
        if not value:
            return
        *parents, member = pointer[1:].split("/")
        place = self.body
        for parent in parents:
            place = place.setdefault(parent, {})
        place[member] = value
        self.origins[pointer] = cell.ref

    def refuse(self, cell: Cell, code: str) -> None:
        self.faults.append(Fault(cell.ref, code))

    def cell_of(self, pointer: str) -> str | None:
        """The cell behind a member that the service refused; nothing when it did not come from the row."""
        above = [known for known in self.origins if pointer == known or pointer.startswith(f"{known}/")]
        return self.origins[max(above, key=len)] if above else None


def draft(row: Row, frame: Mapping[str, Any]) -> Draft:
    """The row within its frame (`schema_version`, `channel`, `received_at`, `place`)."""
    made = Draft(deepcopy(dict(frame)))
    _check_cells(made, row)
    if made.faults:
        return made
    if _record_mode(made, row) == "full":
        _person(made, row)
        _trafficking(made, row)
        _words(made, row, "/text", "text")
    elif not made.faults:
        _declined(made, row)
    return made


def _declined(made: Draft, row: Row) -> None:
    told = _cells(row, "birth_date") or _cells(row, "consent") or list(row.cells.values())
    born = [_birth_date(made, cell) for cell in _cells(row, "birth_date")]
    band = age_band(born[0] if born else None, day_of(datetime.fromisoformat(made.body["received_at"])))
    if not made.faults and "adult" not in code_list("age_band").latest(band).attributes:
        made.refuse(told[0], "minor_needs_record")
    made.body["record_mode"] = "minimal"
    made.put("/age_band", band, told[0])


def _check_cells(made: Draft, row: Row) -> None:
    for cell in row.cells.values():
        if len(cell.text) > LONGEST:
            made.refuse(cell, "too_long")
        elif cell.text in ERROR_CODES or _UNSENDABLE.search(cell.text):
            made.refuse(cell, "invalid_value")


def _record_mode(made: Draft, row: Row) -> str:
    return _coded(made, row, "con_Consent") or "minimal"


def _coded(made: Draft, row: Row, name: str) -> str | None:
    """The code of a single choice."""
    match choices(name, row.text(name)):
        case []:
            return None
        case [Choice(value=Value(code=code))]:
            return code
    made.refuse(row.cells[name], "unknown_code")
    return None


def _person(made: Draft, row: Row) -> None:
    nationalities = _nationalities(made, row)
    names = _cells(row, "name")
    if names:
        made.put("/person/full_name", _full_name(row, nationalities), names[0])
    for cell in _cells(row, "birth_date"):
        made.put("/person/birth_date", _birth_date(made, cell), cell)
    for cell in _cells(row, "sex"):
        made.put("/person/sex", _coded(made, row, "prs_Gender"), cell)
    for cell in _cells(row, "occupation"):
        made.put("/person/occupation", cell.text, cell)
    _contact(made, row)


def _full_name(row: Row, nationalities: list[str]) -> str:
    first, second = row.text("prs_FirstName"), row.text("prs_SecondName")
    family_first = not nationalities or STANDARD.family_name_first.intersection(nationalities)
    return " ".join(filter(None, (second, first) if family_first else (first, second)))


def _nationalities(made: Draft, row: Row) -> list[str]:
    codes: dict[str, None] = {}
    for cell in _cells(row, "nationalities"):
        for _, code in countries(cell.text):
            if code is None:
                made.refuse(cell, "unknown_code")
                return []
            codes[code] = None
        made.put("/person/nationalities", list(codes), cell)
    return list(codes)


def _birth_date(made: Draft, cell: Cell) -> str | None:
    """As precise as it was written; `17/05/1994` and `5/1994` are read as well as `1994-05-17`."""
    partial = cell.text
    if not _ISO_DATE.fullmatch(partial) and (written := _WRITTEN_DATE.fullmatch(partial)):
        day, month, year = written.groups()
        partial = "-".join(part.zfill(2) for part in (year, month, day) if part)
    try:
        earliest(partial)
    except ValueError:
        made.refuse(cell, "invalid_date")
        return None
    return partial


def _contact(made: Draft, row: Row) -> None:
    phones, lines = _cells(row, "phones"), _cells(row, "address")
    if phones:
        made.put("/person/contact/phones", [cell.text for cell in phones], phones[0])
    for cell in _cells(row, "email"):
        made.put("/person/contact/email", cell.text, cell)
    if lines:
        made.put("/person/contact/address", ", ".join(cell.text for cell in lines), lines[0])
        # The one mailing column whose name and label agree, so the only one to draw a code from.
        state = row.cells.get("prs_MailingState", lines[0])
        made.put("/person/contact/province_code", province(state.text), state)


def _trafficking(made: Draft, row: Row) -> None:
    words = _codes(made, row, "exploitation", "/trafficking/exploitation_types")
    words |= _codes(made, row, "means", "/trafficking/means_of_control")
    if words:
        first = row.cells[next(iter(words))]
        made.put("/trafficking/other_text", "; ".join(_said(name, text) for name, text in words.items()), first)
    _words(made, row, "/trafficking/statement", "statement")


def _codes(made: Draft, row: Row, target: Target, pointer: str) -> dict[str, str]:
    """Puts the codes of all cells with this target; returns, by field, the words that the codes do not say."""
    codes: dict[str, None] = {}
    words: dict[str, str] = {}
    for name in _filled(row, target):
        kept = []
        for written, value in choices(name, row.text(name)):
            if value is None:
                made.refuse(row.cells[name], "unknown_code")
            elif value.unless is None or not row.text(value.unless):
                codes[value.code] = None
                kept += [written] if value.in_words else []
        if kept:
            words[name] = ", ".join(kept)
        made.put(pointer, list(codes), row.cells[name])
    return words


def _words(made: Draft, row: Row, pointer: str, target: Target) -> None:
    said = [_said(name, row.text(name)) for name in _filled(row, target)]
    if said:
        made.put(pointer, "\n".join(said), _cells(row, target)[0])


def _said(name: str, text: str) -> str:
    return f"{FIELDS[name].label}: {text}"


def _filled(row: Row, target: Target) -> Iterable[str]:
    return [name for name, column in FIELDS.items() if column.to == target and name in row.cells]


def _cells(row: Row, target: Target) -> list[Cell]:
    return [row.cells[name] for name in _filled(row, target)]
