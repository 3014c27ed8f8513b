"""Which cells of a file are HTCDS: the published workbook, or an export of the survey form (XLSX or CSV).

The published workbook is taken with its faults: a column without a name is known by its label; where name and label
disagree (the mailing columns) the label counts, since it stands right above what was typed. A hostile file is bounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from openpyxl.utils import get_column_letter

from app.cli.htcds.standard import BY_LABEL, BY_NAME, key
from app.spreadsheets import Bounds, Grid, Texts, TooBigError, read_book, read_csv

MAX_BYTES = 20_000_000
MAX_INFLATED = 100_000_000
MAX_ROWS = 50_000
_HEADER_WITHIN, _HEADER_CELLS = 10, 3
BOUNDS = Bounds(MAX_INFLATED, MAX_ROWS + _HEADER_WITHIN)


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
        grids = list(_csv(path) if path.suffix.lower() == ".csv" else _spreadsheet(path))
    except UnreadableFileError:
        raise
    except TooBigError:
        raise _too_big() from None
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
    with path.open("rb") as file:
        yield from read_book(file, BOUNDS)


def _csv(path: Path) -> Iterator[Grid]:
    _check_size(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield read_csv(file, BOUNDS)


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise _too_big()


def _too_big() -> UnreadableFileError:
    return UnreadableFileError(
        f"Tệp quá lớn: tối đa {MAX_BYTES // 10**6} MB, {MAX_ROWS} dòng / "
        f"The file is too big: at most {MAX_BYTES // 10**6} MB, {MAX_ROWS} rows"
    )
