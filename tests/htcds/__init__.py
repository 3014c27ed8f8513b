"""Small HTCDS files for these tests, and where IOM's published ones are when they are at hand."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from app.cli.htcds.workbook import Cell, Row

_PUBLISHED = Path(__file__).parents[3] / "shared" / "data"
FRAME = {
    "schema_version": "1.0",
    "channel": "self_return_border",
    "received_at": "2026-01-20T22:41:00+07:00",
    "place": {"province_code": "15"},
}


def published(name: str) -> Path:
    """A published file; the test is skipped where it is not at hand."""
    path = _PUBLISHED / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path


def a_row(**cells: str) -> Row:
    """A consenting person's row 17, whose cells lie in columns B, C, D, …"""
    said = {"con_Consent": "TRUE", **cells}
    return Row(17, {name: Cell(f"{chr(ord('B') + index)}17", text) for index, (name, text) in enumerate(said.items())})


def a_workbook(path: Path, *rows: Sequence[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(path)
    return path


def a_survey(path: Path, *records: Mapping[str, str], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(records)
    return path
