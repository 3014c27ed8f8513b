"""What `./referral campaign failover` asks, shows and refuses."""

import os
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.output import refuse, say, show
from campaigns import cluster
from campaigns.failover import FAULTS, Result, run
from campaigns.stage import ForeignFolderError

_GIVEN = ("DATABASE_URL", "MIGRATION_DATABASE_URL")


def failover(out: Path, runs: int, seed: int | None, only: Sequence[str] | None) -> None:
    """Exit code 1 when a figure or a check does not hold, 2 when it cannot be played; logs and rows stay in `out`."""
    alone()
    absent = cluster.missing()
    if absent:
        named = "\n".join(f"  {name} — {package}" for name, package in absent.items())
        refuse(f"Thiếu chương trình, hãy tự cài đặt. · Programs are missing; install them yourself.\n{named}", 2)
    if set(only or ()) - FAULTS.keys():
        refuse(f"--only: {', '.join(FAULTS)}", 2)
    faults = [fault for fault in FAULTS if fault in (only or FAULTS)]
    chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    say(f"--seed {chosen}")
    with _steps(runs * (len(faults) + 1)) as step:
        try:
            places = [out.resolve() / f"run{number}" for number in range(1, runs + 1)]
            results = [run(place, each, chosen + each, faults, step) for each, place in enumerate(places, 1)]
        except ForeignFolderError as error:
            refuse(f"Thư mục không trống: {error} · The folder is not empty.", 2)
        except cluster.ClusterError as error:
            refuse(str(error))
    _show(results)
    if not all(result.holds for result in results):
        raise typer.Exit(1)


def alone() -> None:
    """A campaign breaks what it finds: it plays on databases that it made, on this machine. A polite request to end it
    ends it as Ctrl-C does, so that it leaves no process behind."""
    if any(name in os.environ for name in _GIVEN):
        refuse(f"Hãy bỏ {', '.join(_GIVEN)}. · A campaign plays on a database of its own: unset them.", 2)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _show(results: Sequence[Result]) -> None:
    columns = ("run", "fault", "from → to", "no write s", "allowed s", "no read s", "other answers", "")
    rows = [
        (
            *(str(f.run), f.fault, f"{f.leader} → {f.successor}", f"{f.write_outage:.1f}", f"{f.allowed:.0f}"),
            *(f"{f.read_outage:.1f}", ", ".join(f"{n} × {what}" for what, n in f.answers.items())),
            "✓" if f.holds else "✗",
        )
        for result in results
        for f in result.figures
    ]
    show(columns, rows)
    for result in results:
        say(f"seed {result.seed}: {result.acknowledged} đã nhận · acknowledged, {result.lost} mất · lost")
        for verdict in result.verdicts:
            mark = "✗" if verdict.faults else "✓"
            say(f"  {mark} {verdict.name}: {verdict.looked}, {len(verdict.faults)} lỗi · faults")
            for fault in verdict.faults[:5]:
                say(f"      {fault}")


@contextmanager
def _steps(total: int) -> Iterator[Callable[[str], None]]:
    """A bar moved by the name of what begins."""
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)

        def step(name: str) -> None:
            bar.update(task, description=name, advance=1)

        yield step
