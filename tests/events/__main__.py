"""`python -m tests.events --kills 200`: the faults of the check for as long as one likes; says what was counted."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from tests.events.faults import Faults


def campaign(
    kills: Annotated[int, typer.Option(min=1)] = 200, seed: Annotated[int, typer.Option()] = 20_261_122
) -> None:
    """Kill -9 of the API and of PostgreSQL in turn, while eight write to the feed and two read it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Progress() as progress:
        bar = progress.add_task("kill -9", total=kills)
        faults = Faults(Path(folder) / "data", seed)
        try:
            asyncio.run(faults.run(kills, lambda done: progress.advance(bar, done)))
            committed = [event for event, _ in asyncio.run(faults.committed())]
        finally:
            faults.service.stop()
    wrong = {name: told for name, told in faults.read.items() if told != committed}
    typer.echo(
        f"seed {seed}, {kills} kills, {time.monotonic() - began:.0f} s: {faults.acknowledged} notes acknowledged, "
        f"{len(committed)} events committed, readers that were told otherwise: {len(wrong)} of {len(faults.read)}"
    )
    raise typer.Exit(bool(wrong))


if __name__ == "__main__":
    typer.run(campaign)
