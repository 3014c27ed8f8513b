"""Tables in files as rows of text, XLSX and CSV alike, within bounds that a hostile file cannot pass."""

import csv
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from typing import Any, BinaryIO, TextIO
from unicodedata import normalize
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

LONGEST = 20_000
"""Characters of a cell, as many as an intake takes of one text; a longer one stays as it is, for a refusal."""

_EXCEL_ROWS, _MOST_SHEETS, _MOST_COLUMNS, _MOST_MERGED = 1_048_576, 100, 200, 5_000
_LONGEST_GAP = 10_000
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})\"")

Texts = Sequence[str]
Grid = list[tuple[int, Texts]]
"""The rows that say something, with their numbers as a spreadsheet shows them."""


class TooBigError(Exception):
    """More than the reader allows, in bytes unless it is a `TooManyRowsError`."""


class TooManyRowsError(TooBigError):
    """More rows than the reader allows."""


@dataclass(frozen=True)
class Bounds:
    """How many bytes a file may unpack to, and how many of its rows may say something."""

    inflated: int
    rows: int


def read_book(file: BinaryIO, bounds: Bounds, *, fill_merged: bool = False) -> Iterator[Grid]:
    """The sheets of a workbook in order; with `fill_merged`, every cell of a merged range says what its first does.

    A damaged file fails anywhere in zipfile, the XML reader or openpyxl, with whatever exception is near.
    """
    with ZipFile(file) as archive:
        # zipfile never inflates a member beyond the size declared for it, so the declared sizes bound what is read.
        if sum(member.file_size for member in archive.infolist()) > bounds.inflated:
            raise TooBigError
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of drop-down lists and styles that it leaves out
            # Read-only, values only and without links: no formula is run and no other file is opened.
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            try:
                if len(book.worksheets) > _MOST_SHEETS:
                    raise TooBigError
                for sheet in book.worksheets:
                    grid = grid_of(_lines(sheet), bounds.rows)
                    yield _filled(grid, _merged(archive, sheet)) if fill_merged else grid
            finally:
                book.close()


DELIMITERS = ",;\t"


def read_csv(file: TextIO, bounds: Bounds, delimiter: str | None = None) -> Grid:
    """A table of text; unless told, its delimiter is the one that its first line has most of."""
    first = file.readline()
    file.seek(0)
    return grid_of(csv.reader(file, delimiter=delimiter or max(DELIMITERS, key=first.count)), bounds.rows)


def grid_of(lines: Iterable[Sequence[Any]], most_rows: int) -> Grid:
    """The lines that are not empty, with their numbers; `TooManyRowsError` when there are more than so many.

    A table ends where ten thousand empty lines follow: office programs style the very last row of a sheet, and walking
    to it takes seconds.
    """
    grid: Grid = []
    for number, values in enumerate(lines, 1):
        if number - (grid[-1][0] if grid else 0) > _LONGEST_GAP:
            break
        if any(value not in (None, "") for value in values):
            grid.append((number, [text_of(value) for value in values[:_MOST_COLUMNS]]))
        if len(grid) > most_rows:
            raise TooManyRowsError
    return grid


def text_of(value: Any) -> str:
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


def _lines(sheet: Any) -> Iterable[Sequence[Any]]:
    # The dimensions that a sheet states are a claim of the file, so they are not asked for.
    lines: Iterable[Sequence[Any]] = sheet.iter_rows(max_row=_EXCEL_ROWS, max_col=_MOST_COLUMNS, values_only=True)
    return lines


def _merged(archive: ZipFile, sheet: Any) -> Iterator[tuple[int, int, int, int]]:
    """Merged ranges as (first column, first row, last column, last row), from 1; read-only openpyxl leaves them out."""
    for found in islice(_MERGED.finditer(archive.read(sheet._worksheet_path)), _MOST_MERGED):
        left, top, right, bottom = range_boundaries(found[1].decode())
        if left and top and right and bottom:
            yield left, top, min(right, _MOST_COLUMNS), bottom


def _filled(grid: Grid, ranges: Iterable[tuple[int, int, int, int]]) -> Grid:
    """Only rows that say something of their own are filled: a merged cell alone makes no row."""
    rows = {number: list(texts) for number, texts in grid}
    for left, top, right, bottom in ranges:
        first = rows.get(top, [])
        text = first[left - 1] if left <= len(first) else ""
        for number in (each for each in rows if text and top <= each <= bottom):
            texts = rows[number]
            texts += [""] * (right - len(texts))
            texts[left - 1 : right] = [each if each else text for each in texts[left - 1 : right]]
    return list(rows.items())
