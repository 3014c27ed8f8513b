"""What the README tells a newcomer to type works as typed, and generated pages say what the code says."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import docs
from tests.running import ENVIRONMENT, ROOT, Demo, running

README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.M | re.S)
BLOCKS = [(match[1], match[2], match[3]) for match in BLOCK.finditer(README)]
COMMANDS = [text for language, mark, text in BLOCKS if language == "sh" and mark is None]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("readme")) as started:
        yield started


def here(command: str, demo: Demo, folder: Path) -> str:
    """The same command against the demo of this test: its port, its data folder, files in a scratch folder."""
    data = f"--data '{demo.data}'"
    command = command.replace("http://127.0.0.1:8000", demo.url)
    command = re.sub(r"\./referral (token \S+?)(?=\))", rf"./referral \1 {data}", command)
    command = re.sub(r"\./referral import htcds (\S+)", rf"./referral import htcds \1 {data}", command)
    return command.replace("sample.xlsx", str(folder / "sample.xlsx"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split("\n")[0][:60])
def test_every_command_of_the_readme_runs(command: str, demo: Demo, tmp_path: Path) -> None:
    ran = subprocess.run(
        ["sh", "-ec", here(command, demo, tmp_path)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if "/v1/intakes/" in command:
        shown = next(json.loads(text) for language, _, text in BLOCKS if language == "json")
        assert shown.keys() <= json.loads(ran.stdout).keys()


def test_the_two_commands_are_the_ones_that_exist() -> None:
    assert [text.strip() for _, mark, text in BLOCKS if mark in ("demo", "check")] == [
        "./referral demo",
        "./referral check",
    ]
    assert (ROOT / ".ci/run").read_text("utf-8").strip().endswith("./referral check")


def test_the_output_shown_is_what_the_demo_says(demo: Demo) -> None:
    shown = next(text for language, _, text in BLOCKS if language == "text")
    said = [re.sub(r"\s+", " ", line).strip() for line in demo.said]
    for line in shown.strip().splitlines():
        if line and line != "…":
            expected = re.sub(r"\s+", " ", line.replace("http://127.0.0.1:8000", demo.url)).strip()
            assert expected in said


def test_generated_pages_are_current() -> None:
    assert docs.stale() == []


def test_every_link_of_the_readme_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
