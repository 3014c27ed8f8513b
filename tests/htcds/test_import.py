"""A file of 200 rows into a running service, twice, with the command as an operator gives it."""

import json
import time
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from typer.testing import CliRunner

from app.auth.keys import read_key
from app.cli.htcds import commands
from app.cli.htcds.generate import generate, write_workbook
from app.oauth.assertions import fetch_token, make_assertion
from tests.htcds import a_survey, a_workbook

HEADINGS = ("con_Consent", "prs_FirstName", "prs_Gender", "prs_Birthdate", "vic_TypeOfExploitation")


class Live(Protocol):
    """A running service, and the data folder with its clients' keys."""

    @property
    def url(self) -> str: ...

    @property
    def data(self) -> Path: ...


def run(live: Live, file: Path, report: Path, *more: str) -> tuple[int, Any]:
    """Exit code and report."""
    where = ["--data", str(live.data), "--url", live.url, "--report", str(report)]
    frame = ["--as", "demo-border", "--channel", "bilateral_return", "--province", "15"]
    result = CliRunner().invoke(
        commands, ["htcds", str(file), *where, *frame, "--received-at", "2026-01-20T22:41:00+07:00", *more]
    )
    return result.exit_code, json.loads(report.read_text("utf-8")) if report.exists() else result.output


def stored(live: Live) -> int:
    """How many intakes the service holds of this client's organisation."""
    key = read_key(live.data / "clients" / "demo-border.pem")
    token = fetch_token(live.url, make_assertion("demo-border", key, live.url, time.time()))
    headers = {"Authorization": f"Bearer {token}"}
    found = 0
    cursor: dict[str, str] = {}
    while True:
        answer = httpx.get(f"{live.url}/v1/intakes", params={"limit": 200, **cursor}, headers=headers)
        page = answer.raise_for_status().json()
        found += len(page["items"])
        if not page["next"]:
            return found
        cursor = {"cursor": page["next"]}


def test_two_hundred_rows_twice_are_two_hundred_rows_once(live: Live, tmp_path: Path) -> None:
    file = tmp_path / "rows.xlsx"
    write_workbook(file, generate(200, seed=7))
    before = stored(live)
    first_code, first = run(live, file, tmp_path / "first.json")
    after_first = stored(live)
    second_code, second = run(live, file, tmp_path / "second.json")
    counts = first["counts"]
    assert (first_code, second_code) == (3, 3)
    assert counts["created"] + counts["rejected"] == first["total"] == len(first["rows"]) == 200
    assert after_first - before == counts["created"] > 150
    assert second["counts"] == {
        "created": 0,
        "replayed": counts["created"],
        "rejected": counts["rejected"],
        "not_sent": 0,
    }
    assert stored(live) == after_first
    assert [row["reference"] for row in second["rows"]] == [row["reference"] for row in first["rows"]]
    assert all(reason["cell"] for row in first["rows"] for reason in row["reasons"])


def test_a_rejected_row_names_its_cell_and_stops_no_other(live: Live, tmp_path: Path) -> None:
    rows = (
        (True, "Một", "Feminine", "1999", "ForcedLabour"),
        (True, "Hai", "F", "31/02/1999", "ForcedLabour"),
        (True, "Ba", "Feminine", "2099-01-01", "ForcedLabour"),
        (False, "Bốn", "F", "1970", ""),
        (True, "Năm\x7f", "Masculine", "", "ForcedScamming"),
        (True, "Sáu", "Masculine", "5/2001", "ForcedScamming"),
    )
    code, report = run(live, a_workbook(tmp_path / "a.xlsx", HEADINGS, *rows), tmp_path / "r.json", "--language", "en")
    reasons = {row["row"]: [(reason["cell"], reason["code"]) for reason in row["reasons"]] for row in report["rows"]}
    assert code == 3
    assert reasons == {
        2: [],
        3: [("D3", "invalid_date"), ("C3", "unknown_code")],
        4: [("D4", "in_the_future")],
        5: [],
        6: [("B6", "invalid_value")],
        7: [],
    }
    assert report["rows"][1]["reasons"][0]["message"] == "The date is not valid."
    assert [row["row"] for row in report["rows"] if row["minimal"]] == [5]
    assert "Hai" not in json.dumps(report, ensure_ascii=False)


def test_a_survey_and_the_workbook_of_the_same_people_are_imported_once(live: Live, tmp_path: Path) -> None:
    survey = a_survey(
        tmp_path / "a.csv", {"con_Consent": "TRUE", "prs_First_Name": "Khảo Sát", "prs_Gender": "Feminine"}
    )
    book = a_workbook(tmp_path / "b.xlsx", HEADINGS, (True, "Khảo Sát", "Feminine"))
    for file, result in ((survey, "created"), (book, "replayed")):
        code, report = run(live, file, tmp_path / f"{result}.json")
        assert (code, report["counts"][result]) == (0, 1)


def test_the_same_rows_with_other_circumstances_are_rejected_not_doubled(live: Live, tmp_path: Path) -> None:
    file = a_workbook(tmp_path / "a.xlsx", HEADINGS, (True, "Lần Hai", "Feminine", "1999", ""))
    assert run(live, file, tmp_path / "first.json")[0] == 0
    code, report = run(live, file, tmp_path / "second.json", "--province", "20")
    assert (code, report["rows"][0]["reasons"][0]["code"]) == (3, "intake_conflict")


@pytest.mark.parametrize(
    "more",
    [
        ("--channel", "by_balloon"),
        ("--channel", "other"),
        ("--province", "99"),
        ("--received-at", "2026-01-20"),
        ("--as", "demo-nobody"),
    ],
)
def test_a_command_that_cannot_work_sends_nothing(live: Live, tmp_path: Path, more: tuple[str, str]) -> None:
    file = a_workbook(tmp_path / "a.xlsx", HEADINGS, (True, "Hoa", "Feminine", "1999", ""))
    assert run(live, file, tmp_path / "r.json", *more)[0] == 2
    assert not (tmp_path / "r.json").exists()


def test_a_service_that_admits_nobody_ends_the_run_with_everything_unsent(live: Live, tmp_path: Path) -> None:
    file = a_workbook(tmp_path / "a.xlsx", HEADINGS, (True, "Hoa", "Feminine", "1999", ""))
    code, report = run(live, file, tmp_path / "r.json", "--as", "demo-oversight")
    assert (code, report["counts"]["not_sent"]) == (1, 1)
