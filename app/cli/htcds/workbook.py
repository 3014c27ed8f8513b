"""Which cells of a file are HTCDS: the published workbook, or an export of the survey form (XLSX or CSV).

The published workbook is taken with its faults: a column without a name is known by its label; where name and label
disagree (the mailing columns) the label counts, since it stands right above what was typed. A hostile file is bounded.
"""

import csv
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any
from unicodedata import normalize
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from app.cli.htcds.standard import BY_LABEL, BY_NAME, key

MAX_BYTES = 20_000_000
MAX_INFLATED = 100_000_000
MAX_ROWS = 50_000
LONGEST = 20_000
"""Characters of a cell, as many as an intake takes of one text; a longer one stays as it is, for a refusal."""

_EXCEL_ROWS, _MOST_COLUMNS = 1_048_576, 200
_HEADER_WITHIN, _HEADER_CELLS = 10, 3

Texts = Sequence[str]
Grid = list[tuple[int, Texts]]


class UnreadableFileError(Exception):
    """A file that cannot be imported at all; the message says why, in both languages."""


@dataclass(frozen=True)
class Cell:
    """`ref` is where a spreadsheet shows it (`G17`); `text` is NFC."""

    ref: str
    text: str


@dataclass(frozen=True)
class Row:
    """What a row says, by the standard's field names; empty cells are left out."""

    number: int
    cells: Mapping[str, Cell]

    def text(self, field: str) -> str:
        return self.cells[field].text if field in self.cells else ""


@dataclass(frozen=True)
class Sheet:
    """The rows that say something, and the headings of columns that are not of the standard and were not read."""

    rows: Sequence[Row]
    ignored: Sequence[str]


def read(path: Path) -> Sheet:
    """All of the file's first sheet with HTCDS headings; `UnreadableFileError` when there is none, or it is too big."""
    try:
        grids = _csv(path) if path.suffix.lower() == ".csv" else _spreadsheet(path)
    except UnreadableFileError:
        raise
    except Exception as error:
        # A damaged file fails anywhere in zipfile, the XML reader, openpyxl or csv, with whatever exception is near.
        raise UnreadableFileError(f"Không đọc được tệp / The file cannot be read ({type(error).__name__})") from error
    for grid in grids:
        if (header := _header(grid)) is not None:
            return _sheet(grid, header)
    raise UnreadableFileError("Không thấy tên cột HTCDS / No HTCDS column names found")


def columns(grid: Grid, header: int) -> Mapping[int, str]:
    """Field by column index; a heading that comes twice counts once."""
    names, labels = _headings(grid, header)
    found: dict[int, str] = {}
    for index, name in enumerate(names):
        label = labels[index] if index < len(labels) else ""
        field = BY_LABEL.get(key(label)) or BY_NAME.get(key(name))
        if field is not None and field not in found.values():
            found[index] = field
    return found


def _headings(grid: Grid, header: int) -> tuple[Texts, Texts]:
    names = grid[header][1]
    labels = grid[header + 1][1] if _has_labels(grid, header) else ()
    return names, labels


def _has_labels(grid: Grid, header: int) -> bool:
    return header + 1 < len(grid) and _known(grid[header + 1][1], BY_LABEL) >= _HEADER_CELLS


def _header(grid: Grid) -> int | None:
    heads = (index for index, (_, texts) in enumerate(grid[:_HEADER_WITHIN]) if _known(texts, BY_NAME) >= _HEADER_CELLS)
    return next(heads, None)


def _known(texts: Texts, names: Mapping[str, str]) -> int:
    return sum(key(text) in names for text in texts)


def _sheet(grid: Grid, header: int) -> Sheet:
    fields = columns(grid, header)
    names, labels = _headings(grid, header)
    body = grid[header + (2 if labels else 1) :]
    rows = [Row(number, _cells(number, texts, fields)) for number, texts in body]
    ignored = [name for index, name in enumerate(names) if name and index not in fields]
    return Sheet([row for row in rows if row.cells], ignored)


def _cells(number: int, texts: Texts, fields: Mapping[int, str]) -> Mapping[str, Cell]:
    return {
        field: Cell(f"{get_column_letter(index + 1)}{number}", texts[index])
        for index, field in fields.items()
        if index < len(texts) and texts[index]
    }


def _spreadsheet(path: Path) -> Iterator[Grid]:
    _check_size(path)
    with ZipFile(path) as archive:
        # zipfile never inflates a member beyond the size declared for it, so the declared sizes bound what is read.
        if sum(member.file_size for member in archive.infolist()) > MAX_INFLATED:
            raise _too_big()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of drop-down lists and styles that it leaves out
        # Read-only, values only and without links: no formula is run and no other file is opened.
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            # The sheet's own dimensions are a claim of the file.
            bounds = {"max_row": _EXCEL_ROWS, "max_col": _MOST_COLUMNS, "values_only": True}
            return iter([_grid(sheet.iter_rows(**bounds)) for sheet in book.worksheets])
        finally:
            book.close()


def _csv(path: Path) -> Iterator[Grid]:
    _check_size(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(",;\t", key=first.count)
        return iter([_grid(csv.reader(file, delimiter=delimiter))])


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise _too_big()


def _too_big() -> UnreadableFileError:
    return UnreadableFileError(
        f"Tệp quá lớn: tối đa {MAX_BYTES // 10**6} MB, {MAX_ROWS} dòng / "
        f"The file is too big: at most {MAX_BYTES // 10**6} MB, {MAX_ROWS} rows"
    )


def _grid(lines: Any) -> Grid:
    grid: Grid = []
    for number, values in enumerate(lines, 1):
        if any(value not in (None, "") for value in values):
            grid.append((number, [_text(value) for value in values[:_MOST_COLUMNS]]))
        if len(grid) > MAX_ROWS + _HEADER_WITHIN:
            raise _too_big()
    return grid


def _text(value: Any) -> str:
    """One spelling for a value, however the program that saved it chose to type it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
    text = str(value).replace("\r\n", "\n").strip()
    # Normalising a long run of combining marks takes quadratic time.
    return normalize("NFC", text) if len(text) <= LONGEST else text
