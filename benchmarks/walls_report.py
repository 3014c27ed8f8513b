"""What the walls cost, as Markdown and as bars: medians, with the least and the most of the repeats beside them."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import bars
from benchmarks.bars import Bar, Group
from benchmarks.figures import spread
from benchmarks.load import Figures
from benchmarks.operations import OPERATIONS, SECTIONED

BARE = "bare route"
TITLES = {name: operation.title for name, operation in OPERATIONS.items()} | {"C1": SECTIONED.title}


@dataclass(frozen=True)
class Variant:
    """`service`: which process answers. `scheme`: how its client shows itself. `off`: what is missing, in words."""

    service: str
    scheme: str
    off: str


VARIANTS = {
    "everything": Variant("walled", "bound", "– (everything on)"),
    "bearer": Variant("walled", "bearer", "DPoP: a bearer token instead"),
    "no_token": Variant("no_token", "name", "the whole token check and registry"),
    "no_rows": Variant("open", "bound", "row security (a role it does not bind)"),
    "no_vault": Variant("no_vault", "bound", "the vault (sections in clear, no blind indexes)"),
    "no_audit": Variant("no_audit", "bound", "audit, leaves and events"),
    "nothing": Variant("nothing", "name", "all of these at once"),
}
Results = dict[tuple[str, str], list[Figures]]
"""All runs by operation and variant; those of the bare route under (BARE, BARE)."""


def middle(results: Results, place: tuple[str, str], what: str) -> float:
    values: list[float] = [getattr(run, what) for run in results[place]]
    return median(values)


def total(results: Results, name: str, variant: str) -> float:
    """Processor time of a request in ms, service and PostgreSQL together."""
    return middle(results, (name, variant), "cpu") + middle(results, (name, variant), "database")


def names(results: Results) -> list[str]:
    return list(dict.fromkeys(name for name, _ in results if name != BARE))


def markdown(results: Results, version: str, settings: dict[str, object], report: Path | None) -> str:
    told = ", ".join(f"{name} {value}" for name, value in settings.items())
    load = os.getloadavg()
    lines = [
        "# What each wall costs a request",
        "",
        f"{os.cpu_count()} cores ({platform.machine()}), {version}, default durability, one API process; {told}."
        f" Load average at the end: {load[0]:.1f} (1 min), {load[2]:.1f} (15 min), of which about 2 is this run.",
        "Medians, with (least–most) of the repeats; variants alternate within one run, each with one layer taken away.",
        "API and PostgreSQL: ms of processor time a request. *Costs*: both together, everything on less this variant.",
        "Differences below a tenth of a millisecond, or within the spread, are noise.",
        "",
        *([f"![Processor time by layer]({report.with_suffix('.svg').name})", ""] if report else []),
        *_summary(results),
    ]
    for name in names(results):
        lines += ["", *_table(results, name)]
    bare = results[BARE, BARE]
    bare_cpu = spread([run.cpu for run in bare], 3)
    lines += ["", f"Bare FastAPI route in the same run: {bare_cpu} ms, p50 {spread([r.p50 for r in bare], 2)} ms.", ""]
    return "\n".join(lines)


def _summary(results: Results) -> Iterator[str]:
    """What each layer costs, operation by operation, in ms and in share of everything."""
    yield f"| costs, ms (share) | {' | '.join(f'{name} {TITLES[name]}' for name in names(results))} |"
    yield f"|---|{'---|' * len(names(results))}"
    for variant, told in VARIANTS.items():
        if variant == "everything":
            cells = [f"**{total(results, name, variant):.2f}**" for name in names(results)]
            yield f"| everything on: total | {' | '.join(cells)} |"
            continue
        cells = []
        for name in names(results):
            whole = total(results, name, "everything")
            saved = whole - total(results, name, variant)
            cells.append(f"{saved:.2f} ({100 * saved / whole:.0f} %)")
        yield f"| {told.off} | {' | '.join(cells)} |"


def _table(results: Results, name: str) -> Iterator[str]:
    yield f"## {name} {TITLES[name]}"
    yield ""
    yield "| off | API ms | PostgreSQL ms | costs ms | p50 ms | p99 ms | requests/s | API / bare route |"
    yield "|---|---|---|---|---|---|---|---|"
    for variant, told in VARIANTS.items():
        runs = results[name, variant]
        saved = total(results, name, "everything") - total(results, name, variant)
        cells = [
            told.off,
            spread([run.cpu for run in runs], 2),
            spread([run.database for run in runs], 2),
            "" if variant == "everything" else f"{saved:.2f}",
            spread([run.p50 for run in runs], 1),
            spread([run.p99 for run in runs], 1),
            spread([run.rate for run in runs], 0),
            f"{middle(results, (name, variant), 'cpu') / middle(results, (BARE, BARE), 'cpu'):.1f} ×",
        ]
        yield f"| {' | '.join(cells)} |"


_KEY = {"cpu": ("#2f5d8a", "API, ms a request"), "database": ("#c98b2b", "PostgreSQL, ms")}


def chart(results: Results) -> str:
    """Bars of processor time, service and PostgreSQL end to end, by operation and variant."""
    groups = [
        Group(
            f"{name} {TITLES[name]}", [_bar(results, (name, variant), told.off) for variant, told in VARIANTS.items()]
        )
        for name in names(results)
    ]
    return bars.chart(groups, _KEY, one_scale=True)


def _bar(results: Results, place: tuple[str, str], off: str) -> Bar:
    label = "everything on" if place[1] == "everything" else f"off: {off}"
    parts = {what: middle(results, place, what) for what in _KEY}
    return Bar(label, parts, f"{total(results, *place):.2f}")
