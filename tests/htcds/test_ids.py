"""A row's id: always the same, and telling nobody anything."""

from pathlib import Path
from stat import S_IMODE
from unicodedata import normalize
from uuid import RFC_4122

import pytest

from app.cli.htcds.ids import KEY_BYTES, DamagedSecretError, RowIds, secret
from app.cli.htcds.mapping import draft
from app.cli.htcds.workbook import read
from tests.htcds import FRAME, a_row, a_survey, a_workbook

SECRET = bytes(KEY_BYTES)
HOA = a_row(prs_FirstName="Thị Hoa", prs_SecondName="Nguyễn")


def test_an_id_is_a_uuid_of_version_8_that_never_changes() -> None:
    made = RowIds(SECRET, "demo-border").next(HOA)
    assert (made.version, made.variant) == (8, RFC_4122)
    assert made == RowIds(SECRET, "demo-border").next(HOA)
    assert str(made) == "77309b10-dd3d-88de-a2a8-021d76455222"


def test_another_client_secret_or_content_gives_another_id() -> None:
    ids = {
        RowIds(SECRET, "demo-border").next(HOA),
        RowIds(SECRET, "demo-police").next(HOA),
        RowIds(b"x" * KEY_BYTES, "demo-border").next(HOA),
        RowIds(SECRET, "demo-border").next(a_row(prs_FirstName="Thị Hoa")),
    }
    assert len(ids) == 4


def test_equal_rows_are_told_apart_by_their_order() -> None:
    first, again = RowIds(SECRET, "demo-border"), RowIds(SECRET, "demo-border")
    twice = [first.next(HOA), first.next(HOA)]
    assert twice[0] != twice[1]
    assert [again.next(HOA), again.next(HOA)] == twice


def test_a_survey_and_a_workbook_saved_otherwise_give_the_same_id_and_body(tmp_path: Path) -> None:
    name = "Nguyễn Thị Ánh"
    headings = ("con_Consent", "prs_FirstName", "prs_Birthdate")
    files = [
        a_workbook(tmp_path / "typed.xlsx", headings, (True, name, 1999)),
        a_workbook(tmp_path / "moved.xlsx", headings[::-1], (), ("1999", normalize("NFD", name), "TRUE")),
        a_survey(
            tmp_path / "survey.csv",
            {"con_Consent": "TRUE", "prs_First_Name": normalize("NFD", name), "prs_Birthdate": "1999"},
        ),
    ]
    rows = [read(file).rows[0] for file in files]
    assert len({RowIds(SECRET, "demo-border").next(row) for row in rows}) == 1
    assert [draft(row, FRAME).body for row in rows] == [draft(rows[0], FRAME).body] * 3


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    made = secret(tmp_path)
    assert secret(tmp_path) == made
    assert len(made) == KEY_BYTES
    assert S_IMODE((tmp_path / "import.key").stat().st_mode) == 0o600


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "import.key").write_bytes(b"")
    with pytest.raises(DamagedSecretError):
        secret(tmp_path)
