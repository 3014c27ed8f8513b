"""The report: what was to be reached and what was, every figure behind it, and two charts."""

import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import bars
from benchmarks.bars import Bar, Group
from benchmarks.figures import BARE, Found, Place, Run, p95, spread
from benchmarks.operations import OPERATIONS, SEARCHES
from benchmarks.stage import DJANGO, SHIPPED
from benchmarks.targets import told, verdicts

TITLES = {name: operation.title for name, operation in {**OPERATIONS, **SEARCHES}.items()}
_VARIANTS = {SHIPPED: "API", DJANGO: "Django", BARE: "bare route"}
_KEY = {
    "pgbench": ("#b8b8b8", "pgbench, the limit"),
    SHIPPED: ("#2f5d8a", "this service"),
    DJANGO: ("#c98b2b", "Django REST framework"),
}


def markdown(found: Found, version: str, settings: Mapping[str, object], report: Path | None) -> str:
    said = ", ".join(f"{name} {value}" for name, value in settings.items())
    load = os.getloadavg()
    charts = (
        [f"![Beside pgbench and Django]({beside(report).name})", f"![By size]({sizes(report).name})"] if report else []
    )
    lines = [
        "# How fast the service is, and beside what",
        "",
        f"{os.cpu_count()} cores ({platform.machine()}), {version}, default durability; {said}."
        f" Load average at the end: {load[0]:.1f} (1 min), {load[2]:.1f} (15 min), of which about 3 is this run.",
        "Every wall is on: bearer token, row security, vault, audit and event. Medians, (least–most) of the repeats;"
        " variants alternate within one run. What is measured, and by what, says README.md.",
        "",
        *charts,
        "",
        *_targets(found),
    ]
    for place in found.places:
        lines += ["", *_figures(found, place)]
    lines += ["", *_lookups(found), *_bulk(found), ""]
    return "\n".join(lines)


def _targets(found: Found) -> Iterator[str]:
    yield "| target | limit | figure | ratio | to reach | |"
    yield "|---|---|---|---|---|---|"
    for each in verdicts(found):
        bound = f"{'≤' if each.most else '≥'} {each.target:g}"
        word = "reached" if each.reached else "**missed**"
        yield f"| {each.what} | {each.limit} | {each.figure} | {each.ratio:.3g} | {bound} | {word} |"


def _figures(found: Found, place: Place) -> Iterator[str]:
    yield f"## {told(place)}"
    yield ""
    yield "| operation | by | requests/s | p50 ms | p95 ms | p99 ms | CPU ms/request | PostgreSQL ms/request |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in TITLES:
        for variant, said in _VARIANTS.items():
            run = Run(place, name, variant)
            if run in found.runs:
                digits = {"rate": 0, "p50": 1, "p95": 1, "p99": 1, "cpu": 3 if variant == BARE else 2, "database": 2}
                cells = [spread(found.all(run, what), places) for what, places in digits.items()]
                yield f"| {name} {TITLES[name]} | {said} | {' | '.join(cells)} |"
        if (place, name) in found.limits:
            yield f"| {name} {TITLES[name]} | pgbench | {spread(found.limits[place, name], 0)} | | | | | |"


def _lookups(found: Found) -> Iterator[str]:
    if found.lookups:
        yield "R3 in PostgreSQL, the statement alone, prepared, under `app_api`, round trip included:"
        yield ""
        yield "| look-up | persons | p50 ms | p95 ms | most ms |"
        yield "|---|---|---|---|---|"
    for (rows, name), took in found.lookups.items():
        middle = sorted(took)[len(took) // 2]
        yield f"| {name} {TITLES[name]} | {rows:,} | {middle:.2f} | {p95(took):.2f} | {max(took):.2f} |"


def _bulk(found: Found) -> Iterator[str]:
    if found.bulk:
        yield ""
        rates = (f"{name} {getattr(rate, 'rate', rate):,.0f}/s" for name, rate in found.bulk.items())
        yield f"B1, intakes a second: {', '.join(rates)}."


def beside(report: Path) -> Path:
    return report.with_suffix(".svg")


def sizes(report: Path) -> Path:
    return report.with_name(f"{report.stem}-SIZES.svg")


def write_charts(found: Found, report: Path) -> None:
    """Beside the report: each operation by one process of each service and pgbench; and this service by size."""
    first = found.places[0]
    if found.limits:
        beside(report).write_text(bars.chart(list(_beside(found, first)), _KEY, one_scale=False), "utf-8")
        key = {SHIPPED: _KEY[SHIPPED]}
        sizes(report).write_text(bars.chart(list(_by_size(found)), key, one_scale=False), "utf-8")


def _beside(found: Found, place: Place) -> Iterator[Group]:
    for name in OPERATIONS:
        if (place, name) in found.limits:
            rates = {"pgbench": found.limit(place, name)}
            rates |= {each: found.rate(place, name, each) for each in (SHIPPED, DJANGO) if found.has(place, name, each)}
            drawn = [Bar(_KEY[each][1], {each: rate}, f"{rate:,.0f}/s") for each, rate in rates.items()]
            yield Group(f"{name} {TITLES[name]} · {told(place)}", drawn)


def _by_size(found: Found) -> Iterator[Group]:
    for name in OPERATIONS:
        rates = {place: found.rate(place, name) for place in found.places if found.has(place, name, SHIPPED)}
        if rates:
            drawn = [Bar(told(place), {SHIPPED: rate}, f"{rate:,.0f}/s") for place, rate in rates.items()]
            yield Group(f"{name} {TITLES[name]}", drawn)
