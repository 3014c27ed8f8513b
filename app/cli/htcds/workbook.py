"""Which cells of a file are HTCDS: the published workbook, or an export of the survey form (XLSX or CSV).

The published workbook is taken with its faults: a column without a name is known by its label; where name and label
disagree (the mailing columns) the label counts, since it stands right above what was typed. A hostile file is bounded.
"""

import csv
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import zip_longest
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


@dataclass(frozen=True)
class Layout:
    """Field by column index (from 0); `last_row` is the number of the last row of headings."""

    columns: Mapping[int, str]
    ignored: Sequence[str]
    last_row: int


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
        if (found := layout(grid)) is not None:
            return _sheet(grid, found)
    raise UnreadableFileError("Không thấy tên cột HTCDS / No HTCDS column names found")


def layout(grid: Grid) -> Layout | None:
    """Where the standard's fields stand, or nothing. A heading that comes twice counts once."""
    heads = (index for index, (_, texts) in enumerate(grid[:_HEADER_WITHIN]) if _known(texts, BY_NAME) >= _HEADER_CELLS)
    header = next(heads, None)
    if header is None:
        return None
    below = grid[header + 1 : header + 2]
    labels = below[0] if below and _known(below[0][1], BY_LABEL) >= _HEADER_CELLS else (grid[header][0], ())
    columns: dict[int, str] = {}
    ignored = []
    for index, (name, label) in enumerate(zip_longest(grid[header][1], labels[1], fillvalue="")):
        field = BY_LABEL.get(key(label)) or BY_NAME.get(key(name))
        if field is not None and field not in columns.values():
            columns[index] = field
        elif name:
            ignored.append(name)
    return Layout(columns, ignored, labels[0])


def _known(texts: Texts, names: Mapping[str, str]) -> int:
    return sum(key(text) in names for text in texts)


def _sheet(grid: Grid, found: Layout) -> Sheet:
    rows = [Row(number, _cells(number, texts, found.columns)) for number, texts in grid if number > found.last_row]
    return Sheet([row for row in rows if row.cells], found.ignored)


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
            return iter([grid_of(_lines(sheet)) for sheet in book.worksheets])
        finally:
            book.close()


def _lines(sheet: Any) -> Iterable[Sequence[Any]]:
    # The dimensions that a sheet states are a claim of the file, so they are not asked for.
    lines: Iterable[Sequence[Any]] = sheet.iter_rows(max_row=_EXCEL_ROWS, max_col=_MOST_COLUMNS, values_only=True)
    return lines


def _csv(path: Path) -> Iterator[Grid]:
    _check_size(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(",;\t", key=first.count)
        return iter([grid_of(csv.reader(file, delimiter=delimiter))])


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise _too_big()


def _too_big() -> UnreadableFileError:
    return UnreadableFileError(
        f"Tệp quá lớn: tối đa {MAX_BYTES // 10**6} MB, {MAX_ROWS} dòng / "
        f"The file is too big: at most {MAX_BYTES // 10**6} MB, {MAX_ROWS} rows"
    )


def grid_of(lines: Iterable[Sequence[Any]]) -> Grid:
    """The lines that are not empty, with their numbers; `UnreadableFileError` when there are too many."""
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
