"""The restore drill as the page on backups types it, and the command for a snapshot of a volume."""

import re
import subprocess
from pathlib import Path

from tests.running import ENVIRONMENT, ROOT

PAGE = (ROOT / "docs" / "backup.md").read_text("utf-8")


def block(mark: str) -> str:
    found = re.search(rf"^```sh {mark}\n(.*?)^```", PAGE, re.M | re.S)
    assert found, mark
    return found[1].strip()


def typed(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-ec", command], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=900, check=False
    )


def test_a_thousand_cases_are_lost_and_come_back_as_they_were(tmp_path: Path) -> None:
    ran = typed(block("drill").replace("--out drill", f"--out '{tmp_path / 'drill'}'"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("✓") == 7
    assert "log replayed" in ran.stdout


def test_the_epoch_after_a_snapshot_is_begun_as_typed(tmp_path: Path) -> None:
    data = f"--data '{tmp_path / 'data'}'"
    made = typed(f"./referral demo --once --port 0 {data}")
    assert made.returncode == 0, made.stdout + made.stderr
    ran = typed(f"{block('epoch')} {data}")
    assert (ran.returncode, "Begun" in ran.stdout) == (0, True), ran.stdout + ran.stderr
