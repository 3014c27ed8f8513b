"""The quickstart as a newcomer types it: every block runs, says what the page says, and is well typed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mypy import api as mypy

from tests.running import ENVIRONMENT, ROOT, Demo, running

PAGE = (ROOT / "docs" / "quickstart.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", PAGE, re.M | re.S)
REFERENCE = re.compile(r"\b[0-9AC-HJ-NP-RT-Z]{8}\b")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("quickstart") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the newcomer stands: the program, and the demo's data beside it."""
    here = tmp_path_factory.mktemp("here")
    (here / "app").symlink_to(ROOT / "app")
    (here / ".data").symlink_to(demo.data)
    return here


def test_every_block_does_what_the_page_says(demo: Demo, folder: Path) -> None:
    assert len(BLOCKS) == 3
    for number, (block, shown) in enumerate(BLOCKS):
        script = folder / f"block_{number}.py"
        script.write_text(block.replace("http://127.0.0.1:8000", demo.url), "utf-8")
        ran = subprocess.run(
            [sys.executable, script],
            cwd=folder,
            env={**ENVIRONMENT, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stderr
        assert REFERENCE.sub("REFERENCE", ran.stdout) == REFERENCE.sub("REFERENCE", shown)
    assert (folder / "my-system.json").exists()


def test_the_first_block_is_ten_lines_at_most() -> None:
    assert len([line for line in BLOCKS[0][0].splitlines() if line]) <= 10


def test_every_block_is_well_typed(tmp_path: Path) -> None:
    for number, (block, _) in enumerate(BLOCKS):
        (tmp_path / f"block_{number}.py").write_text(block, "utf-8")
    said, errors, code = mypy.run(["--strict", "--config-file", str(ROOT / "pyproject.toml"), str(tmp_path)])
    assert code == 0, said + errors


def test_every_link_leads_somewhere() -> None:
    for page in (ROOT / "docs" / "quickstart.md", ROOT / "app" / "client" / "README.md"):
        targets = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
        assert targets
        assert [target for target in targets if not (page.parent / target).exists()] == []
