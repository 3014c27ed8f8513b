"""docs/sandbox.md as a partner types it: every block runs, the two integrations shown pass, the tables are the data."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.auth.rehearsal import MAGIC
from app.cli.conformance.verdicts import RULES
from tests.running import ENVIRONMENT, ROOT, Demo, running

PAGE = (ROOT / "docs" / "sandbox.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```", PAGE, re.M | re.S)
REGISTERING, CURL, SENDING, RECEIVING = (text for language, text in BLOCKS if language == "sh")
SENDER, RECEIVER = (text for language, text in BLOCKS if language == "python")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("sandbox") / "data") as started:
        yield started


@pytest.fixture
def folder(demo: Demo, tmp_path: Path) -> Path:
    """Where the program and the demo's data lie, as the page takes for granted."""
    (tmp_path / "app").symlink_to(ROOT / "app")
    (tmp_path / "migrations").symlink_to(ROOT / "migrations")
    (tmp_path / ".data").symlink_to(demo.data)
    for name, text in (("sender.py", SENDER), ("receiver.py", RECEIVER)):
        (tmp_path / name).write_text(text.replace("http://127.0.0.1:8000", demo.url), "utf-8")
    return tmp_path


def typed(command: str, demo: Demo, folder: Path) -> subprocess.CompletedProcess[str]:
    command = command.replace("./referral conformance", f"./referral conformance --url {demo.url} --port 0")
    command = command.replace("http://127.0.0.1:8000", demo.url).replace(".venv/bin/python", sys.executable)
    command = command.replace("./referral", f"{sys.executable} -m app")
    environment = {**ENVIRONMENT, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        ["sh", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=200
    )


@pytest.mark.parametrize(("command", "role"), [(SENDING, "sender"), (RECEIVING, "receiver")])
def test_our_own_client_as_the_page_uses_it_passes(command: str, role: str, demo: Demo, folder: Path) -> None:
    ran = typed(command, demo, folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads((folder / f"{role}.json").read_text("utf-8"))
    asked = {name for name, rule in RULES.items() if role in rule.roles}
    assert {rule["rule"]: rule["verdict"] for rule in report["rules"]} == dict.fromkeys(asked, "passed")
    assert "Người thứ" not in json.dumps(report, ensure_ascii=False)


def test_the_magic_value_shown_is_answered_as_the_table_says(demo: Demo, folder: Path) -> None:
    ran = typed(CURL, demo, folder)
    assert json.loads(ran.stdout)["code"] == "intake_conflict", ran.stdout + ran.stderr


def test_the_command_that_registers_has_the_options_shown() -> None:
    options = set(re.findall(r"--[\w-]+", REGISTERING))
    command = [sys.executable, "-m", "app", "client", "add", "--help"]
    said = subprocess.run(command, cwd=ROOT, env={**ENVIRONMENT, "COLUMNS": "200"}, capture_output=True, text=True)
    assert options == {"--mode", "--id", "--organisation", "--jwk"}
    assert all(option in said.stdout for option in options)


def test_the_tables_are_the_data() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:3] == "| `"]
    shown = {row[0].strip("`"): row[2] for row in rows}
    data = {magic.begins: f"{magic.vi} · {magic.en}" for magic in MAGIC.values()}
    assert shown == data | {rule.name: f"{rule.vi} · {rule.en}" for rule in RULES.values()}
    stated = {row[0].strip("`"): row[1] for row in rows}
    assert {m.begins: f"{m.status} `{m.code}`" for m in MAGIC.values() if m.status}.items() <= stated.items()
