"""`python -m benchmarks`: loads a database of each size, measures the service, Django and pgbench in turn, and writes
the report."""

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import alike, bulk, pgbench, searches, worklist
from benchmarks.figures import BARE, Found, Place, Run
from benchmarks.measuring import Plan, captured, driven, settle, version, world_of
from benchmarks.operations import OPERATIONS, SEARCHES
from benchmarks.report import markdown, write_charts
from benchmarks.stage import DJANGO, SEED, SHIPPED, Stage, stage

Told = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Campaign:
    """What is measured at each size: `plan` bounds each run, `lines` are B1's intakes, which come once."""

    sizes: tuple[int, ...]
    workers: tuple[int, ...]
    plan: Plan
    lines: int

    @property
    def operations(self) -> list[str]:
        return [name for name in OPERATIONS if name in self.plan.names]

    @property
    def steps(self) -> int:
        """Steps to come, loading included."""
        runs = sum(len(self.operations) * 3 + ("R1" in self.plan.names and each == 1) for each in self.workers)
        looked = 1 + len(SEARCHES) * (1 + self.plan.repeat) if "R3" in self.plan.names else 0
        each = len(SEED) + 2 + self.plan.repeat * runs + looked
        return len(self.sizes) * each + ("B1" in self.plan.names)


def main(
    *,
    rows: Annotated[str, typer.Option(help="Cases to load, one size after another, with commas")] = "10000,100000",
    workers: Annotated[str, typer.Option(help="Processes of each service, with commas")] = "1,2",
    seconds: Annotated[float, typer.Option(min=0.2, max=120, help="Measured time of each run")] = 5,
    clients: Annotated[int, typer.Option(min=1, max=64, help="Connections")] = 8,
    repeat: Annotated[int, typer.Option(min=1, max=20)] = 3,
    only: Annotated[str, typer.Option(help="What to measure, with commas")] = "R1,R2,W2,W1,R3,B1",
    lines: Annotated[int, typer.Option(min=501, max=10_000, help="Intakes of B1's batch")] = 10_000,
    report: Annotated[Path | None, typer.Option(help="Where to write the Markdown, and the charts beside it")] = None,
) -> None:
    """Requests a second, latency and processor time of the service beside pgbench with its statements and beside the
    same work in Django; look-ups; a batch. Each target: reached or missed."""
    plan = Plan(seconds, clients, repeat, tuple(only.split(",")))
    wanted = Campaign(_numbers(rows), _numbers(workers), plan, lines)
    found = Found()
    settings = {"seconds": seconds, "clients": clients, "repeat": repeat, "measured": only.replace(",", " ")}
    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=wanted.steps)

        def told(what: str) -> None:
            progress.update(bar, description=what[:32])
            progress.advance(bar)

        for size in wanted.sizes:
            with stage(size, told, first=()) as built:
                measure(built, wanted, found, told)
                text = markdown(found, version(built), settings, report)
            if report:  # after each size: what is found is kept, whatever becomes of the next
                report.write_text(text, "utf-8")
                write_charts(found, report)
    print(text)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(each) for each in text.split(",")))


def measure(built: Stage, wanted: Campaign, found: Found, told: Told) -> None:
    """Everything at one size. B1, which makes the tables grow most, comes last, at the smallest."""
    for workers in wanted.workers:
        place = Place(built.rows, workers)
        bare = (BARE,) if workers == 1 and "R1" in wanted.operations else ()
        with built.serving((SHIPPED, DJANGO, *bare), workers) as served:
            for name in wanted.operations:
                if place == Place(wanted.sizes[0], wanted.workers[0]):
                    alike.check(served, name)
                compare(served, Run(place, name, SHIPPED), wanted.plan, found, told)
    if not {"R3", "B1"} & set(wanted.plan.names):
        return
    alone = Place(built.rows, 1)
    with built.serving((SHIPPED,), 1) as served:
        if "R3" in wanted.plan.names:
            look_up(served, alone, wanted.plan, found, told)
        if "B1" in wanted.plan.names and built.rows == wanted.sizes[0]:
            told("B1 · alone, in bulk, by COPY")
            found.bulk |= bulk.in_turn(served, wanted.lines, wanted.plan.seconds)


def compare(built: Stage, run: Run, plan: Plan, found: Found, told: Told) -> None:
    """All runs of one operation: service, Django, pgbench and for R1 the bare route, in turn, as often as asked."""
    scripts = captured(built, run.name, SHIPPED)
    where = f"{run.place.rows:,}×{run.place.workers}"
    for _ in range(plan.repeat):
        for variant in built.services:
            if variant != BARE or run.name == "R1":
                told(f"{where} · {run.name} · {variant}")
                sent = (run.name, world_of(built, run.name, variant))
                found.keep(run._replace(variant=variant), driven(built, variant, sent, plan))
                settle(built, run.name)
        told(f"{where} · {run.name} · pgbench")
        limit = pgbench.run(built, OPERATIONS[run.name], scripts, "walled", (plan.clients, plan.seconds))
        found.limits.setdefault((run.place, run.name), []).append(limit)
        settle(built, run.name)


def look_up(built: Stage, place: Place, plan: Plan, found: Found, told: Told) -> None:
    """R3 by both ways: the statement alone, and the whole request."""
    told(f"{place.rows:,} · persons made findable")
    searches.make_findable(built)
    for name in SEARCHES:
        told(f"{place.rows:,} · {name} · PostgreSQL")
        found.lookups[place.rows, name] = searches.timed(built, name, SHIPPED)
        for _ in range(plan.repeat):
            told(f"{place.rows:,} · {name} · API")
            sent = (name, world_of(built, name, SHIPPED))
            found.keep(Run(place, name, SHIPPED), driven(built, SHIPPED, sent, plan))


if __name__ == "__main__":
    other = sys.argv[1:2] == ["worklist"]
    if other:
        del sys.argv[1]
    typer.run(worklist.main if other else main)
