"""`python -m benchmarks.walls`: what each wall costs a request, by taking away one at a time within one run."""

import dataclasses
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.load import Figures
from benchmarks.measuring import Plan, driven, pages_of, settle, version
from benchmarks.operations import OPERATIONS, SECTIONED, Operation, World
from benchmarks.stage import SEED, Stage, stage
from benchmarks.walls_report import BARE, VARIANTS, Results, chart, markdown

MEASURED: dict[str, Operation] = {"R1": OPERATIONS["R1"], "R2": OPERATIONS["R2"], "C1": SECTIONED}
MEASURED |= {"W2": OPERATIONS["W2"], "W1": OPERATIONS["W1"]}
LAYERS = ("no_token", "no_vault", "no_audit", "nothing")
READ_CASES = 50
"""So many cases are submitted to each service before they are read from it in turn."""


def main(
    *,
    rows: Annotated[int, typer.Option(min=100, help="Cases to load")] = 10_000,
    seconds: Annotated[float, typer.Option(min=0.2, max=30, help="Measured time of each run")] = 3,
    clients: Annotated[int, typer.Option(min=1, max=64, help="Connections")] = 4,
    repeat: Annotated[int, typer.Option(min=1, max=20)] = 5,
    only: Annotated[str, typer.Option(help="Operations, with commas")] = ",".join(MEASURED),
    report: Annotated[Path | None, typer.Option(help="Where to write the Markdown, and the chart beside it")] = None,
) -> None:
    """Processor time and latency of W1, W2, R1, R2 and a case with its sections: all walls on, then each one off."""
    plan = Plan(seconds, clients, repeat, tuple(name for name in MEASURED if name in only.split(",")))
    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=len(SEED) + 2 + repeat * len(plan.names) * len(VARIANTS) + repeat)

        def told(what: str) -> None:
            progress.update(bar, description=what[:32])
            progress.advance(bar)

        with stage(rows, told, LAYERS) as built:
            results = measured(built, plan, told)
            settings = {"rows": f"{rows:,}", **dataclasses.asdict(plan), "names": ",".join(plan.names)}
            text = markdown(results, version(built), settings, report)
    print(text)
    if report:
        report.write_text(text, "utf-8")
        report.with_suffix(".svg").write_text(chart(results), "utf-8")


def measured(built: Stage, plan: Plan, told: Any) -> Results:
    """Every operation in every variant; the variants alternate, and begin with another one each time."""
    results: Results = {}
    for name in plan.names:
        cases = {service: submitted(built, service) for service in _services()} if name == "C1" else {}
        for turn in range(plan.repeat):
            order = list(VARIANTS)
            for variant in order[turn % len(order) :] + order[: turn % len(order)]:
                told(f"{name} · {variant}")
                service = VARIANTS[variant].service
                world = world_of(built, name, variant, cases.get(service, ()))
                keep(results, (name, variant), driven(built, service, (name, world), plan))
                if not name.startswith("C"):
                    settle(built, name)
    for _ in range(plan.repeat):
        told(BARE)
        world = world_of(built, "R1", "bearer", ())
        keep(results, (BARE, BARE), driven(built, "bare", ("R1", world), plan))
    return results


def keep(results: Results, place: tuple[str, str], figures: Figures) -> None:
    results.setdefault(place, []).append(figures)


def _services() -> list[str]:
    return list(dict.fromkeys(variant.service for variant in VARIANTS.values()))


def world_of(built: Stage, name: str, variant: str, cases: tuple[str, ...]) -> World:
    """What the client of this operation holds in this variant: a bound token and its key, a bearer token, or a name."""
    client, scheme = MEASURED[name].client, VARIANTS[variant].scheme
    key = str(built.data / "clients" / f"{client}.pem") if scheme == "bound" else ""
    issue: dict[str, Callable[[str], str]] = {"bound": built.bound_token, "bearer": built.token, "name": str}
    pages = tuple(itertools.chain(pages_of(built.services["walled"], built.token(client)))) if name == "R2" else cases
    return World(rows=built.rows, token=issue[scheme](client), wire=built.wire.hex(), pages=pages, key=key)


def submitted(built: Stage, service: str) -> tuple[str, ...]:
    """Paths of new cases, sealed (or not) as this service does."""
    scheme = next(variant.scheme for variant in VARIANTS.values() if variant.service == service)
    token = "border" if scheme == "name" else built.token("border")
    world = World(rows=built.rows, token=token, wire=built.wire.hex(), pages=())
    found = []
    with httpx.Client(base_url=built.services[service].url) as http:
        for request in itertools.islice(OPERATIONS["W1"].requests(world), READ_CASES):
            body = json.loads(request.body)
            answer = http.put(request.path, json=body, headers=dict(request.headers)).raise_for_status()
            found.append(f"/v1/cases/{answer.json()['case']['id']}")
    return tuple(found)


if __name__ == "__main__":
    typer.run(main)
