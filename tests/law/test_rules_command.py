"""`referral rules`: what a jurist sees, of a sound folder and of a broken one."""

from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner

from app.cli.rules import commands
from app.law.clocks import Clocks
from app.law.deadlines import DEADLINES
from app.law.explain import explain
from app.law.rules import DATA


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, arguments)
    return result.exit_code, result.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(copytree(DATA, tmp_path / "rules"))


def test_the_rules_of_the_service_are_sound() -> None:
    code, output = run("check")
    assert (code, "deadlines" in output) == (0, True)


def test_every_fault_of_a_folder_is_named_by_line(folder: Path) -> None:
    for name, was, now in (("deadlines", "unit: days", "unit: weeks"), ("calendar", "2026-01-10", "2026-01-40")):
        path = folder / f"{name}.yaml"
        path.write_text(path.read_text("utf-8").replace(was, now, 1), "utf-8")
    (folder / "deadlnes.yaml").write_text("name: deadlnes\n", "utf-8")
    (folder / "regimes.yaml").unlink()
    code, output = run("check", "--folder", str(folder))
    assert code == 1
    assert "calendar.yaml, line 7: day: write a day that exists" in output
    assert "length.unit: Input should be 'hours'" in output
    assert "deadlnes.yaml: không có chủ đề này · no such subject" in output
    assert "regimes.yaml: thiếu tệp · the file is missing" in output


def test_a_rule_is_explained_with_source_certainty_and_a_worked_example() -> None:
    code, output = run("explain", "D04")
    assert code == 0
    for said in (
        "D04 · law_2011 · 01/01/2012 – 30/06/2025",
        "D04 · law_2024 · 01/07/2025 – …",
        "Xác minh và trả lời bằng văn bản (công an cấp tỉnh)",
        "Verify and reply in writing (provincial police)",
        "Nguồn · Source: Law 66/2011 Art 24: 20 days from the request",
        "Độ chắc chắn · Certainty: chưa chắc chắn · uncertain",
        "Ví dụ: bắt đầu thứ Năm 12/02/2026 09:30; hết hạn thứ Tư 04/03/2026 23:59",
        "Example: starts on Thu 12/02/2026 09:30; ends on Wed 04/03/2026 23:59",
        "Nếu kéo dài: hết hạn thứ Hai 13/04/2026 23:59",  # 12/4/2026 is a Sunday
    ):
        assert said in output


def test_an_at_once_says_that_its_length_is_not_statutory() -> None:
    assert "not statutory" in run("explain", "D01")[1]


def test_every_rule_can_be_explained() -> None:
    for rule in DEADLINES:
        lines = "\n".join(explain(rule.id, Clocks()))
        assert rule.source in lines
        assert "Ví dụ: " in lines
        assert "Example: " in lines


def test_an_unknown_rule_names_those_there_are() -> None:
    code, output = run("explain", "D99")
    assert (code, "D01, D02" in output) == (1, True)


def test_a_broken_file_is_not_explained(folder: Path) -> None:
    path = folder / "deadlines.yaml"
    path.write_text(path.read_text("utf-8").replace("unit: days", "unit: weeks", 1), "utf-8")
    code, output = run("explain", "D04", "--folder", str(folder))
    assert (code, output.startswith("deadlines.yaml, line ")) == (1, True)
