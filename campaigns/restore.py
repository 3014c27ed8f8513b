"""What `./referral campaign restore` asks, shows and refuses."""

import random
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.output import refuse, say, show
from app.postgres_programs import EmbeddedError
from campaigns.availability import alone
from campaigns.drill import Drill, Outcome
from campaigns.stage import ForeignFolderError


def restore(out: Path, cases: int, seed: int | None) -> None:
    """Exit code 1 when a check does not hold. Everything stays in `out`, which is several times the database."""
    alone()
    chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    say(f"--seed {chosen}")
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks = {}

        def moved(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name)
            bar.update(tasks[name], completed=done, total=total if done else None)

        try:
            outcome = Drill(out.resolve(), cases, chosen, moved).run()
        except ForeignFolderError as error:
            refuse(f"Thư mục không trống: {error} · The folder is not empty.", 2)
        except EmbeddedError as error:
            refuse(str(error))
    _show(outcome)
    if not outcome.good:
        raise typer.Exit(1)


def _show(outcome: Outcome) -> None:
    rows = [(name, f"{seconds:.1f}", f"{seconds / 60:.2f}") for name, seconds in outcome.phases.items()]
    show(("giai đoạn · phase", "s", "min"), rows)
    say(f"{outcome.megabytes} MB")
    for name, holds in outcome.checks.items():
        say(f"{'✓' if holds else '✗'} {name}", style="green" if holds else "red")
