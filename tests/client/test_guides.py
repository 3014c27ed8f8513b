"""The guides for partners as they are typed: every block runs, says what the page says, and is well typed."""

import re
from pathlib import Path

import pytest
from mypy import api as mypy

from app.embedded import Server
from tests.client.test_quickstart import typed_in
from tests.conftest import Raw
from tests.running import ROOT
from tests.served import served

PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("sending-intakes", "receiving-referrals")}
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.M | re.S)


@pytest.mark.parametrize("page", PAGES)
async def test_every_block_does_what_the_page_says(
    page: str, server: Server, data: Path, raw: Raw, tmp_path: Path
) -> None:
    (tmp_path / "app").symlink_to(ROOT / "app")
    (tmp_path / ".data").symlink_to(data)
    blocks = BLOCK.findall(PAGES[page])
    assert blocks
    with served(server, data, tmp_path / "log", named=True) as service:
        for number, (block, shown) in enumerate(blocks):
            script = tmp_path / f"block_{number}.py"
            script.write_text(block.replace("http://127.0.0.1:8000", service.url), "utf-8")
            assert typed_in(script) == shown


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_well_typed(page: str, tmp_path: Path) -> None:
    for number, (block, _) in enumerate(BLOCK.findall(PAGES[page])):
        (tmp_path / f"block_{number}.py").write_text(block, "utf-8")
    said, errors, code = mypy.run(["--strict", "--config-file", str(ROOT / "pyproject.toml"), str(tmp_path)])
    assert code == 0, said + errors
