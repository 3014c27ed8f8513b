"""Which cells of which files are read, and what bounds a hostile one."""

from datetime import date, datetime
from pathlib import Path
from unicodedata import normalize
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import load_workbook

from app.cli.htcds import workbook
from app.cli.htcds.generate import write_workbook
from app.cli.htcds.standard import FIELDS, STANDARD
from app.cli.htcds.workbook import BOUNDS, UnreadableFileError, layout, read
from app.spreadsheets import grid_of
from tests.htcds import a_survey, a_workbook, published

NAMES = ("prs_FirstName", "prs_Gender", "con_Consent", "prs_Birthdate")


def test_the_published_workbook_is_known_column_by_column() -> None:
    rows = list(load_workbook(published("htcds/htcds-excel-spreadsheet-v2.0.xlsx")).worksheets[0].iter_rows(max_row=2))
    names, labels = ([cell.value for cell in row][1:] for row in rows)
    assert names == STANDARD.template.names
    assert labels == STANDARD.template.labels
    found = layout(grid_of([[cell.value for cell in row] for row in rows], BOUNDS.rows))
    assert found is not None
    assert (sorted(found.columns.values()), found.ignored, found.last_row) == (sorted(FIELDS), [], 2)


def test_the_published_workbook_has_numbered_but_empty_rows() -> None:
    assert read(published("htcds/htcds-excel-spreadsheet-v2.0.xlsx")).rows == []


def test_every_name_of_the_published_survey_form_is_known(tmp_path: Path) -> None:
    form = load_workbook(published("htcds/htcds_xlsform.xlsx"))["survey"].iter_rows(min_row=2, values_only=True)
    names = [str(line[1]) for line in form]
    sheet = read(a_survey(tmp_path / "survey.csv", dict.fromkeys(names, "1")))
    assert sheet.ignored == ["start", "end", "__version__"]
    assert len(sheet.rows[0].cells) == len(names) - 3


def test_a_survey_form_is_no_survey() -> None:
    with pytest.raises(UnreadableFileError, match="No HTCDS column names"):
        read(published("htcds/htcds_xlsform.xlsx"))


def test_headings_with_the_published_faults_are_understood(tmp_path: Path) -> None:
    write_workbook(tmp_path / "made.xlsx", [{name: name for name in FIELDS}])
    row = read(tmp_path / "made.xlsx").rows[0]
    assert row.number == 3
    assert {name: cell.text for name, cell in row.cells.items()} == {name: name for name in FIELDS}
    assert row.cells["prs_MailingStreet"].ref == "N3"  # what the label says, though the name says city
    assert row.cells["vic_TraffickingStatusDecisionMakingOrg"].ref == "T3"
    assert row.cells["cas_ReasonForOutgoingReferral"].ref == "AJ3"  # has a label and no name


def test_without_a_label_row_the_names_count(tmp_path: Path) -> None:
    sheet = read(
        a_workbook(tmp_path / "a.xlsx", ("prs_MailingCity", *NAMES), ("Lào Cai", "Hoa", "Feminine", True, None))
    )
    assert sheet.rows[0].cells["prs_MailingCity"].ref == "A2"
    assert sheet.rows[0].number == 2


def test_columns_of_others_are_left_out_and_named(tmp_path: Path) -> None:
    sheet = read(a_workbook(tmp_path / "a.xlsx", (*NAMES, "case worker's remarks"), ("Hoa", "", "", "", "secret")))
    assert sheet.ignored == ["case worker's remarks"]
    assert list(sheet.rows[0].cells) == ["prs_FirstName"]


def test_empty_lines_are_no_rows_but_keep_their_number(tmp_path: Path) -> None:
    sheet = read(a_workbook(tmp_path / "a.xlsx", NAMES, (), ("  ",), ("Hoa",), (), ("Mai",)))
    assert [row.number for row in sheet.rows] == [4, 6]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (1999, "1999"),
        (1999.0, "1999"),
        (True, "TRUE"),
        (date(1999, 5, 17), "1999-05-17"),
        (datetime(1999, 5, 17), "1999-05-17"),
        (" Hoa\r\nMai ", "Hoa\nMai"),
        (normalize("NFD", "Nguyễn Thị Ánh"), "Nguyễn Thị Ánh"),
    ],
)
def test_a_cell_has_one_spelling_however_it_is_typed(tmp_path: Path, typed: object, text: str) -> None:
    rows = read(a_workbook(tmp_path / "a.xlsx", NAMES, (typed,))).rows
    assert rows[0].cells["prs_FirstName"].text == text


def test_a_formula_is_not_run(tmp_path: Path) -> None:
    rows = read(a_workbook(tmp_path / "a.xlsx", NAMES, ("=1+1", "Feminine"))).rows
    assert list(rows[0].cells) == ["prs_Gender"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_survey_is_read_in_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    said = {"prs_First_Name": "Thị Hoa", "prs_Second_Name": "Lò", "vic_Methods_of_Control": "DebtBondage FalsePromises"}
    row = read(a_survey(tmp_path / "survey.csv", said, delimiter=delimiter)).rows[0]
    assert {name: cell.text for name, cell in row.cells.items()} == {
        "prs_FirstName": "Thị Hoa",
        "prs_SecondName": "Lò",
        "vic_MethodsOfControl": "DebtBondage FalsePromises",
    }


@pytest.mark.parametrize("content", [b"", b"not a spreadsheet", b"PK\x03\x04 damaged"])
def test_what_is_no_spreadsheet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(UnreadableFileError):
        read(tmp_path / "a.xlsx")


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("prs_FirstName,prs_Gender,con_Consent\nÁnh,,".encode("cp1258"))
    with pytest.raises(UnreadableFileError):
        read(tmp_path / "a.csv")


def test_a_file_that_would_fill_the_memory_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(workbook.MAX_INFLATED + 1))
    assert path.stat().st_size < workbook.MAX_BYTES
    with pytest.raises(UnreadableFileError, match="too big"):
        read(path)


def test_a_file_above_the_size_is_refused_unopened(tmp_path: Path) -> None:
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(workbook.MAX_BYTES + 1)
    with pytest.raises(UnreadableFileError, match="too big"):
        read(tmp_path / "big.csv")


def test_more_rows_than_allowed_are_refused(tmp_path: Path) -> None:
    lines = ["prs_FirstName,prs_Gender,con_Consent", *["Hoa,,"] * (workbook.MAX_ROWS + 10)]
    (tmp_path / "long.csv").write_text("\n".join(lines), "utf-8")
    with pytest.raises(UnreadableFileError, match="too big"):
        read(tmp_path / "long.csv")
