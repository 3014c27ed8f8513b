"""Bugs planted one at a time in a copy of the tree: a suite that stays green with one of them in place is no evidence.

`bugs.yaml` is the list. A bug is a text that stands exactly once in a file, what it becomes, and the tests that must
fail then, or the fault campaign and which of its checks must find a fault. A copy is thrown away with its bug, so
nothing planted can be left behind.
"""

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.running import ENVIRONMENT

ROOT = Path(__file__).parents[2]
FAMILIES = ("isolation", "token", "vault", "audit", "feed", "sending", "edge", "batches", "loss", "outages")
_NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".data", ".*_cache", ".hypothesis", ".import_linter_cache")
_LONGEST = 600
_LONGEST_CAMPAIGN = 1800


@dataclass(frozen=True)
class Edit:
    file: str
    find: str
    replace: str


@dataclass(frozen=True)
class Bug:
    """`listed` is its name in security.md, where it has one. `order` is the work order that builds what the bug would
    break: until then there is nothing to plant it in. `campaign`: options of `referral campaign run`, whose checks
    `caught_by` names instead of tests."""

    family: str
    name: str
    edits: tuple[Edit, ...]
    caught_by: tuple[str, ...]
    listed: str | None
    order: int | None
    campaign: str | None = None

    @property
    def files(self) -> str:
        return ", ".join(dict.fromkeys(edit.file for edit in self.edits))


@dataclass(frozen=True)
class Verdict:
    """What the named tests said of one tree: those that failed as tests do, and how long it took in seconds.

    A test that could not even start (a copy that does not import or migrate) has not caught anything.
    """

    failed: frozenset[str]
    passed: frozenset[str]
    seconds: float


@cache
def bugs() -> tuple[Bug, ...]:
    rows = yaml.safe_load(Path(__file__).with_name("bugs.yaml").read_text("utf-8"))
    return tuple(_bug(row) for row in rows)


def _bug(row: Mapping[str, Any]) -> Bug:
    given = [row, *row.get("also", [])] if "file" in row else []
    edits = tuple(Edit(each["file"], each["find"], each["replace"]) for each in given)
    known = {name: row.get(name) for name in ("listed", "order", "campaign")}
    return Bug(row["family"], row["bug"], edits, tuple(row.get("caught_by", ())), **known)


def plantable() -> Iterator[Bug]:
    return (bug for bug in bugs() if bug.order is None)


@contextmanager
def copied() -> Iterator[Path]:
    """The tree as it stands, compiled files too, so that a copy starts as fast as its original."""
    with tempfile.TemporaryDirectory(prefix="referral-planted-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=_NOT_COPIED)
        yield tree


def plant(bug: Bug, tree: Path) -> None:
    """`ValueError` unless every text stands exactly once: a bug that is not where it is said to be proves nothing."""
    for edit in bug.edits:
        path = tree / edit.file
        text = path.read_text("utf-8")
        if text.count(edit.find) != 1:
            raise ValueError(f"{bug.name}: found {text.count(edit.find)} times in {edit.file}: {edit.find!r}")
        path.write_text(text.replace(edit.find, edit.replace), "utf-8")


def judged(tests: Iterable[str], tree: Path) -> Verdict:
    """The named tests, run in that tree by this interpreter."""
    report = tree / "report.xml"
    command = [sys.executable, "-m", "pytest", *tests, "-p", "no:cacheprovider", f"--junitxml={report}"]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=tree, env=ENVIRONMENT, capture_output=True, text=True, timeout=_LONGEST, check=False
    )
    seconds = time.monotonic() - began
    if not report.exists():
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return _verdict(report, seconds)


def _verdict(report: Path, seconds: float) -> Verdict:
    failed, broken, seen = set(), set(), set()
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - our own file
        name = f"{case.get('classname', '').replace('.', '/')}.py::{str(case.get('name')).split('[')[0]}"
        seen.add(name)
        if case.find("error") is not None:
            broken.add(name)
        elif case.find("failure") is not None:
            failed.add(name)
    return Verdict(frozenset(failed - broken), frozenset(seen - failed - broken), seconds)


def campaigned(options: str, tree: Path) -> Verdict:
    """The checks of one campaign in that tree, of the seed that every planted bug is given."""
    out = tree / "campaign"
    command = [sys.executable, "-m", "app", "campaign", "run", "--out", str(out), "--seed", "7", *shlex.split(options)]
    began = time.monotonic()
    said = _said(command, tree)
    seconds = time.monotonic() - began
    if not (out / "verdicts.json").exists():
        raise RuntimeError(said[-4000:])
    found: dict[str, list[str]] = json.loads((out / "verdicts.json").read_text("utf-8"))
    failed = frozenset(name for name, faults in found.items() if faults)
    return Verdict(failed, frozenset(found) - failed, seconds)


def _said(command: list[str], tree: Path) -> str:
    """What it printed. One that takes too long is asked to stop, so that it ends the PostgreSQL it started."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=tree, env=ENVIRONMENT, stdout=pipe, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            return process.communicate(timeout=_LONGEST_CAMPAIGN)[0]
        except subprocess.TimeoutExpired:
            process.terminate()
            return process.communicate()[0]


def catches(bug: Bug) -> Verdict:
    """Plants the bug in a copy and runs what should catch it."""
    with copied() as tree:
        plant(bug, tree)
        return judged(bug.caught_by, tree) if bug.campaign is None else campaigned(bug.campaign, tree)


def is_caught(bug: Bug, verdict: Verdict) -> bool:
    """By every test that is said to catch it."""
    return bool(bug.caught_by) and {node.split("[")[0] for node in bug.caught_by} <= verdict.failed
