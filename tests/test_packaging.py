"""What a fresh machine receives: a complete lock that names no host, a launcher, an image without rights."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
LAUNCHERS = (ROOT / "referral", ROOT / ".ci" / "run")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    return {normalised(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE)}


def test_no_lock_file_names_a_host() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.lock", "*package-lock.json"], cwd=ROOT, capture_output=True, text=True
    )
    committed = [ROOT / name for name in listed.stdout.splitlines()]
    assert len(committed) == 3
    assert not [path.name for path in committed if "://" in path.read_text("utf-8")]


def test_every_locked_package_is_pinned_by_hash() -> None:
    entries = re.split(r"^(?=\w)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked())
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]


@pytest.mark.parametrize("wanted", [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["check"]])
def test_the_lock_satisfies_pyproject(wanted: str) -> None:
    found = re.match(r"([\w.-]+)(?:\[[\w,-]+\])?(?:>=([\d.]+))?(?:,<[\d.]+)?(?:;|$)", wanted.replace(" ", ""))
    assert found, wanted
    name, at_least = found.groups("0")
    assert parts(locked()[normalised(name)]) >= parts(at_least)


def parts(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


@pytest.mark.parametrize("path", LAUNCHERS, ids=lambda path: path.name)
def test_a_launcher_is_executable_plain_shell(path: Path) -> None:
    assert os.access(path, os.X_OK)
    assert path.read_text("utf-8").startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", path], check=True)


def test_the_launcher_says_in_both_languages_that_python_is_missing(tmp_path: Path) -> None:
    tools, checkout = tmp_path / "bin", tmp_path / "a clone"
    tools.mkdir()
    checkout.mkdir()
    for tool in ("sh", "dirname", "cmp"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    for name in ("referral", "requirements.lock"):
        shutil.copy(ROOT / name, checkout)
    result = subprocess.run(
        [checkout / "referral"], env={"PATH": str(tools)}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert "cần Python 3.11" in result.stderr
    assert "Python 3.11 or newer" in result.stderr


def test_the_launcher_runs_this_checkouts_program_with_the_callers_folder_and_arguments(tmp_path: Path) -> None:
    checkout, elsewhere = tmp_path / "a clone", tmp_path / "elsewhere"
    for folder, said in ((checkout, "print(os.getcwd(), sys.argv[1:])"), (elsewhere, "print('not ours')")):
        (folder / "app").mkdir(parents=True)
        (folder / "app" / "__main__.py").write_text(f"import os, sys\n{said}\n")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(ROOT / ".venv" / "bin" / "python")
    shutil.copy(ROOT / "referral", checkout)
    shutil.copy(ROOT / "requirements.lock", checkout)
    shutil.copy(ROOT / "requirements.lock", checkout / ".venv" / "installed.lock")
    result = subprocess.run(
        [checkout / "referral", "a b", "c"], cwd=elsewhere, capture_output=True, text=True, check=True
    )
    assert result.stdout == f"{elsewhere} ['a b', 'c']\n"
    assert result.stderr == ""


def test_the_image_runs_as_a_numbered_user_without_rights() -> None:
    last_stage = (ROOT / "Dockerfile").read_text("utf-8").rsplit("\nFROM ", 1)[1]
    user = re.findall(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)
    assert user
    assert "0" not in user[-1]
    assert last_stage.index("USER") < last_stage.index("CMD")


def test_the_build_context_holds_nothing_but_the_program() -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert next(rule for rule in rules if not rule.startswith("#")) == "*"
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert {name for line in copied for name in line.split()} == {rule[1:] for rule in rules if rule.startswith("!")}


def test_compose_has_no_default_password_and_gives_the_api_only_its_own() -> None:
    for service in COMPOSE["services"].values():
        for value in service["environment"].values():
            assert all(":?" in use for use in re.findall(r"\$\{[^}]*PASSWORD[^}]*\}", value))
            assert not re.search(r":[^/${}@]+@", value)
    assert set(COMPOSE["services"]["api"]["environment"]) == {"DATABASE_URL", "REFERRAL_PUBLIC_URL"}


def test_compose_migrates_before_it_serves() -> None:
    services = COMPOSE["services"]
    assert services["db"]["image"].startswith("postgres:18")
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert services["api"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
