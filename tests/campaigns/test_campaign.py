"""The short campaign that every check runs, and what the command refuses to do.

The long one is `./referral campaign run --kills 500 …`; that its checks find anything is shown by `python -m
tests.planted --family loss`.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.running import ENVIRONMENT, ROOT

KINDS = ("api", "postgres", "commit", "restart")
KILLS = 20


def campaign(
    *arguments: str, cwd: Path = ROOT, given: Mapping[str, str] = ENVIRONMENT
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", "campaign", *arguments]
    return subprocess.run(command, cwd=cwd, env=given, capture_output=True, text=True, timeout=600, check=False)


def processes(folder: Path) -> list[str]:
    """Command lines of whatever still runs on this folder."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = line.read_bytes().decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [said] if str(folder) in said else []
    return found


def test_twenty_kills_of_each_kind_lose_double_and_disorder_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    faults = ",".join([*KINDS, "relay=2", "line=2"])
    ran = campaign("run", "--out", str(out), "--kills", str(KILLS), "--seed", "20261122", "--faults", faults)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for kind in KINDS:
        assert re.search(rf"· {kind} +{KILLS}\b", ran.stdout), ran.stdout
    assert "--seed 20261122" in ran.stdout
    verdicts = json.loads((out / "verdicts.json").read_text("utf-8"))
    assert len(verdicts) == 12
    assert not any(verdicts.values())
    assert processes(out) == []
    assert not (out / "data").exists()
    _decided_again(out)


def _decided_again(out: Path) -> None:
    """By the log that was kept; and otherwise when an answer in it is another."""
    assert campaign("check", str(out)).returncode == 0
    log = out / "history.jsonl"
    lines = log.read_text("utf-8").splitlines(keepends=True)
    told = next(number for number, line in enumerate(lines) if '"e":"ok"' in line and '"reference":"' in line)
    lines[told] = re.sub(r'"reference":"\w+"', '"reference":"XXXXXXXX"', lines[told])
    log.write_text("".join(lines), "utf-8")
    again = campaign("check", str(out))
    assert again.returncode == 1
    assert "acknowledged is stored" in again.stdout


def test_a_campaign_takes_no_folder_that_holds_anything(tmp_path: Path) -> None:
    (tmp_path / "a letter").write_text("…", "utf-8")
    refused = campaign("run", "--out", str(tmp_path))
    assert refused.returncode == 2
    assert "không trống" in refused.stderr
    assert "is not empty" in refused.stderr
    assert os.listdir(tmp_path) == ["a letter"]


def test_a_campaign_takes_no_database_but_its_own(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://app_api:x@127.0.0.1:1/referral"
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
        refused = campaign("run", "--out", str(tmp_path / "out"), given={**ENVIRONMENT, name: url})
        assert refused.returncode == 2
        assert "A campaign plays on a database of its own alone" in refused.stderr
        assert not (tmp_path / "out").exists()


def test_a_fault_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    for wanted in ("meteor=3", "api=-1", "api=x"):
        refused = campaign("run", "--out", str(tmp_path / "out"), "--faults", wanted)
        assert refused.returncode == 2
        assert wanted.partition("=")[0] in refused.stderr


def test_what_no_campaign_left_is_not_decided_over(tmp_path: Path) -> None:
    assert campaign("check", str(tmp_path)).returncode == 2


def test_where_campaigns_are_not_shipped_the_command_says_so(tmp_path: Path) -> None:
    (tmp_path / "app").symlink_to(ROOT / "app")
    here = {name: value for name, value in ENVIRONMENT.items() if name != "PYTHONPATH"}
    refused = campaign("run", "--out", str(tmp_path / "out"), cwd=tmp_path, given=here)
    assert refused.returncode == 2
    assert "Bản cài này không có thư mục campaigns/" in refused.stderr
    assert "campaigns/ is not here" in refused.stderr


def test_no_image_holds_campaigns() -> None:
    assert "campaigns" not in (ROOT / "Dockerfile").read_text("utf-8")
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    assert not [line for line in ignored if line.startswith("!campaigns")]
