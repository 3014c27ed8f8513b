"""`python -m tests.history`: walks as long as one likes; exit code 1 and the whole walk at the first violation."""

import sys
import time
from typing import Annotated

import typer
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.history.walk import Walk
from tests.history.world import World, world


def main(
    *,
    runs: Annotated[int, typer.Option(min=1, help="Walks")] = 200,
    steps: Annotated[int, typer.Option(min=1, help="Moves of each")] = 50,
    start: Annotated[int, typer.Option("--seed", help="The same seed makes the same walks")] = 1,
    shorten: Annotated[bool, typer.Option(help="Look for the shortest walk that fails too")] = True,
) -> None:
    """Each walk is a fresh case or two; every move and every reading is judged by the policy."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress, world() as made:
        bar = progress.add_task(f"seed {start}", total=runs)

        class Told(Walk):
            world = made

            def teardown(self) -> None:
                super().teardown()
                progress.update(bar, completed=min(made.runs, runs))

        began = time.monotonic()
        try:
            run_state_machine_as_test(seed(start)(Told), settings=how(runs, steps, shorten=shorten))
        except AssertionError as violation:
            progress.stop()
            print("\n".join([*getattr(violation, "__notes__", []), f"{violation}"]))
            print(f"violated after {made.runs} walks with --seed {start} --runs {runs} --steps {steps}")
            sys.exit(1)
    Console(width=100).print(moves(made))
    print(summary(made, time.monotonic() - began, start))


def how(runs: int, steps: int, *, shorten: bool) -> settings:
    """Nothing is remembered between campaigns, and no walk is too slow."""
    phases = (Phase.generate, Phase.shrink) if shorten else (Phase.generate,)
    return settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )


def moves(made: World) -> Table:
    """How often each move was granted and refused: a walk that is refused everywhere shows little."""
    table = Table("move", "granted", "refused")
    for asked in sorted({*made.granted, *made.refused}):
        table.add_row(asked, str(made.granted[asked]), str(made.refused[asked]))
    return table


def summary(made: World, seconds: float, start: int) -> str:
    each = 1000 * seconds / made.steps
    return (
        f"0 violations: {made.runs} walks, {made.steps} moves, {made.requests} requests in {seconds:.0f} s"
        f" ({each:.1f} ms a move), seed {start}"
    )


if __name__ == "__main__":
    typer.run(main)
