"""`referral token` speaks to programs: a token on stdout, everything else elsewhere."""

import subprocess
import sys
from pathlib import Path

import httpx

from tests.cli.conftest import Run
from tests.running import ENVIRONMENT, ROOT, Demo


def test_it_prints_a_token_that_works_and_nothing_else(demo: Demo) -> None:
    command = [sys.executable, "-m", "app", "token", "demo-border", "--data", str(demo.data)]
    said = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert said.stderr == ""
    (token,) = said.stdout.splitlines()
    me = httpx.get(f"{demo.url}/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
    assert me["client_id"] == "demo-border"
    assert me["organisation"]["agency"] == "border_guard"
    assert me["mode"] == "test"


def test_an_unknown_client_is_named_on_stderr_with_those_that_exist(demo: Demo, run: Run) -> None:
    result = run("token", "demo-nobody", "--data", demo.data)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "demo-border" in result.stderr


def test_without_a_demo_it_says_how_to_start_one(run: Run, tmp_path: Path) -> None:
    result = run("token", "demo-border", "--data", tmp_path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "./referral demo" in result.stderr
