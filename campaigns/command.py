"""`referral campaign`: plays a campaign in a folder of its own, or decides once more over an earlier one."""

import asyncio
import json
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from app.cli.output import progress, refuse, say, show
from campaigns import stage
from campaigns.checks import Decision, decide
from campaigns.plan import Plan, UnknownFaultError, counted
from campaigns.run import run as play
from campaigns.small_disk import NoDiskError, small_disk

IMPOSSIBLE = 2
VERDICTS = "verdicts.json"
"""Check → what it found wrong."""

_GIVEN = ("DATABASE_URL", "MIGRATION_DATABASE_URL")
_PART = ("ended", "stop")
_SHOWN = 5
"""Faults of one check that are told; all of them can be counted again from the folder."""


def run(out: Path, kills: int, minutes: float, faults: str | None, seed: int | None, **more: float) -> None:
    """Exit code 1 when a check finds a fault: log and rows then stay in the folder, and the data beside them."""
    chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    try:
        plan = Plan(chosen, minutes * 60, counted(faults, kills), **more)  # type: ignore[arg-type]
    except UnknownFaultError as error:
        refuse(f"Không có lỗi nào tên như vậy. · There is no such fault: {error}", IMPOSSIBLE)
    _claim(out)
    say(f"--seed {chosen}")
    signal.signal(signal.SIGTERM, _stop)
    try:
        seconds = _play(plan, out)
    except KeyboardInterrupt:
        refuse("Đã dừng theo yêu cầu. · Stopped as asked.", 130)
    decision = decide(out)
    (out / VERDICTS).write_text(json.dumps({each.name: each.faults for each in decision.verdicts}), "utf-8")
    say(f"{seconds:.0f} s")
    _show(decision)
    _end(decision, out)


def check(folder: Path) -> None:
    """The decision once more, from the log and the rows that were kept."""
    if not (folder / stage.MARKER).exists():
        refuse(f"{folder} không phải thư mục của một đợt thử lỗi. · {folder} is no campaign's folder.", IMPOSSIBLE)
    decision = decide(folder)
    _show(decision)
    if not decision.good:
        refuse("Có điều sai. · Something is wrong.")


def _claim(out: Path) -> None:
    """A campaign kills what it finds: it plays on a database that it made, and on this machine alone."""
    if any(name in os.environ for name in _GIVEN):
        refuse(
            f"Đợt thử lỗi chỉ chạy trên cơ sở dữ liệu của chính nó: hãy bỏ {' và '.join(_GIVEN)}. · "
            f"A campaign plays on a database of its own alone: unset {' and '.join(_GIVEN)}.",
            IMPOSSIBLE,
        )
    try:
        stage.claim(out)
    except stage.ForeignFolderError:
        refuse(f"{out} không trống. · {out} is not empty; a campaign takes a folder of its own.", IMPOSSIBLE)


def _play(plan: Plan, out: Path) -> float:
    try:
        with progress("thử lỗi · campaign") as moved, small_disk(out / "data", wanted="disk" in plan.faults):
            return asyncio.run(play(plan, out, moved))
    except NoDiskError as reason:
        say(f"Bỏ qua đĩa đầy: không gắn được đĩa nhỏ. · No full disk: a small one cannot be mounted here. {reason}")
        return _play(replace(plan, faults={kind: n for kind, n in plan.faults.items() if kind != "disk"}), out)


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _show(decision: Decision) -> None:
    show(("", ""), _totals(decision))
    show(("kiểm tra · check", "đã xem · looked at", "sai · faults"), _verdicts(decision))
    for verdict in decision.verdicts:
        for fault in verdict.faults[:_SHOWN]:
            say(f"✗ {verdict.name}: {fault}", style="red")


def _totals(decision: Decision) -> Iterator[tuple[str, str]]:
    told = decision.evidence.told
    sent = decision.evidence.submissions
    tries = Counter(each.outcome for one in told.operations.values() for each in one.tries.values())
    yield "đã nhận · submissions acknowledged", f"{sum(bool(each.told) for each in sent):,}"
    yield "trong số · out of attempted", f"{len(sent):,}"
    yield "chuyển tuyến · referrals", f"{len(decision.evidence.stored.referrals):,}"
    yield "lần hỏi · tries", ", ".join(f"{outcome} {number:,}" for outcome, number in sorted(tries.items()))
    for kind, number in sorted(Counter(line["kind"] for line in told.faults if line["kind"] not in _PART).items()):
        yield f"lỗi · {kind}", f"{number:,}"


def _verdicts(decision: Decision) -> Iterator[tuple[str, str, str]]:
    for verdict in decision.verdicts:
        yield verdict.name, f"{verdict.looked:,}", f"{len(verdict.faults):,} {'✗' if verdict.faults else '✓'}"


def _end(decision: Decision, out: Path) -> None:
    if not decision.good:
        refuse(f"Có điều sai, xem {out}. · Something is wrong: ./referral campaign check {out}")
    shutil.rmtree(out / "data", ignore_errors=True)
    say("✓ Không mất gì. · Nothing was lost.", style="green")
