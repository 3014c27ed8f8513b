"""The guides for partners as they are typed: every block runs, says what the page says, and is well typed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api as mypy

from app.embedded import Server
from tests.conftest import Raw
from tests.running import ENVIRONMENT, ROOT
from tests.served import served

BLOCKS = {"quickstart": 3, "sending-intakes": 1, "receiving-referrals": 2}
"""Page → how many blocks it has."""
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.M | re.S)
REFERENCE = re.compile(r"\b[0-9AC-HJ-NP-RT-Z]{8}\b")


def blocks_of(page: str) -> list[tuple[str, str]]:
    """Each block, and what the page says that it prints."""
    return BLOCK.findall((ROOT / "docs" / f"{page}.md").read_text("utf-8"))


@pytest.mark.parametrize("page", BLOCKS)
async def test_every_block_does_what_the_page_says(
    page: str, server: Server, data: Path, raw: Raw, tmp_path: Path
) -> None:
    (tmp_path / "app").symlink_to(ROOT / "app")
    (tmp_path / ".data").symlink_to(data)
    blocks = blocks_of(page)
    assert len(blocks) == BLOCKS[page]
    with served(server, data, tmp_path / "log", named=True) as service:
        for number, (block, shown) in enumerate(blocks):
            script = tmp_path / f"block_{number}.py"
            script.write_text(block.replace("http://127.0.0.1:8000", service.url), "utf-8")
            assert REFERENCE.sub("REFERENCE", typed_in(script)) == REFERENCE.sub("REFERENCE", shown)
    assert (tmp_path / "my-system.json").exists() == (page == "quickstart")


def typed_in(script: Path) -> str:
    """What it prints, run where the program and the demo's data lie."""
    ran = subprocess.run(
        [sys.executable, script],
        cwd=script.parent,
        env={**ENVIRONMENT, "PYTHONPATH": str(script.parent), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_first_block_of_the_quickstart_is_ten_lines_at_most() -> None:
    assert len([line for line in blocks_of("quickstart")[0][0].splitlines() if line]) <= 10


@pytest.mark.parametrize("page", BLOCKS)
def test_every_block_is_well_typed(page: str, tmp_path: Path) -> None:
    for number, (block, _) in enumerate(blocks_of(page)):
        (tmp_path / f"block_{number}.py").write_text(block, "utf-8")
    said, errors, code = mypy.run(["--strict", "--config-file", str(ROOT / "pyproject.toml"), str(tmp_path)])
    assert code == 0, said + errors


def test_every_link_leads_somewhere() -> None:
    for page in (ROOT / "docs" / "quickstart.md", ROOT / "app" / "client" / "README.md"):
        targets = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
        assert targets
        assert [target for target in targets if not (page.parent / target).exists()] == []
