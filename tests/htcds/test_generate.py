"""The rows made for trials: the same ones each time, and as varied as they promise."""

from collections import Counter
from pathlib import Path
from unicodedata import is_normalized

from app.cli.htcds.generate import Record, generate, write_workbook
from app.cli.htcds.mapping import draft
from app.cli.htcds.workbook import Row, read
from tests.htcds import FRAME, published


def filled(records: list[Record]) -> list[Record]:
    return [record for record in records if record]


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert generate(50, seed=7) == generate(50, seed=7)
    assert generate(50, seed=7) != generate(50, seed=8)


def test_there_are_as_many_filled_rows_as_asked_and_empty_ones_between() -> None:
    records = generate(200, seed=7)
    assert len(filled(records)) == 200
    assert {} in records


def test_names_come_in_both_normal_forms() -> None:
    names = [str(record.get("prs_SecondName", "")) for record in filled(generate(200, seed=7))]
    decomposed = [name for name in names if not is_normalized("NFC", name)]
    assert 10 < len(decomposed) < 100


def test_a_read_file_has_every_kind_of_row(tmp_path: Path) -> None:
    write_workbook(tmp_path / "made.xlsx", generate(200, seed=7))
    sheet = read(tmp_path / "made.xlsx")
    made = [draft(row, FRAME) for row in sheet.rows]
    bodies = [each.body for each in made if not each.faults]
    dates = Counter(len(body.get("person", {}).get("birth_date", "")) for body in bodies)
    types = [body.get("trafficking", {}).get("exploitation_types", []) for body in bodies]
    assert len(sheet.rows) == 200
    assert {0, 4, 7, 10} == set(dates)
    assert max(map(len, types)) >= 3
    assert len({code for codes in types for code in codes}) > 8
    assert any("other" in body.get("trafficking", {}).get("means_of_control", []) for body in bodies)
    assert any(body.get("record_mode") == "minimal" for body in bodies)
    assert any(body.get("person", {}).get("birth_date", "").startswith("2096") for body in bodies)
    assert {fault.code for each in made for fault in each.faults} >= {"unknown_code", "invalid_date"}
    assert len({said(row) for row in sheet.rows}) < 200  # some come twice


def said(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple((name, cell.text) for name, cell in row.cells.items())


def test_the_published_workbook_is_filled(tmp_path: Path) -> None:
    template = published("htcds/htcds-excel-spreadsheet-v2.0.xlsx")
    records = generate(200, seed=7)
    write_workbook(tmp_path / "filled.xlsx", records, template)
    write_workbook(tmp_path / "own.xlsx", records)
    assert read(tmp_path / "filled.xlsx") == read(tmp_path / "own.xlsx")


def test_attributes_come_from_the_ctdc_sample() -> None:
    sample = published("ctdc/ctdc-derived-sample.csv")
    types = Counter(record["vic_TypeOfExploitation"] for record in filled(generate(200, 7, sample)))
    assert types["SexualExploitation"] > types["ForcedLabour"] > 0
