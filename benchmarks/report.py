"""The figures as Markdown: medians, and beside each the least and the most of the repeats."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.load import Figures
from benchmarks.operations import OPERATIONS

_NAMES = {"walled": "on", "open": "off"}


@dataclass
class Sample:
    """All runs of one operation in one variant: the service's figures, and pgbench's transactions a second."""

    runs: list[Figures] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    def of(self, name: str) -> list[float]:
        return [getattr(run, name) for run in self.runs]

    @property
    def ratio(self) -> float:
        return median(self.of("rate")) / median(self.limits)


Results = dict[tuple[str, str], Sample]
"""By operation and variant; the bare route under ("bare", "bare")."""


def markdown(results: Results, version: str, settings: dict[str, object]) -> str:
    told = ", ".join(f"{name} {value}" for name, value in settings.items())
    machine = f"{os.cpu_count()} cores ({platform.machine()}), {version}, default durability, one API process; {told}."
    machine += f" Load average over the last 15 minutes: {os.getloadavg()[2]:.1f}."
    measured = [name for name in OPERATIONS if (name, "walled") in results]
    return "\n".join(
        [
            "# What the walls cost, and how near the service comes to its limit",
            "",
            f"{machine} Medians, with (least–most) of the repeats; variants alternate within one run.",
            "The limit is pgbench: the same statements, prepared, same role, same round trips. See README.md.",
            "",
            *_operations(results, measured),
            "",
            *_walls(results, measured),
            *_bare(results),
            "",
        ]
    )


def _operations(results: Results, measured: Sequence[str]) -> list[str]:
    lines = [
        "| operation | row security | requests/s | p50 ms | p99 ms | CPU ms/request | pgbench/s | API / pgbench |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in measured:
        for variant in ("walled", "open"):
            sample = results[name, variant]
            cells = [
                f"{name} {OPERATIONS[name].title}",
                _NAMES[variant],
                spread(sample.of("rate"), 0),
                spread(sample.of("p50"), 1),
                spread(sample.of("p99"), 1),
                spread(sample.of("cpu"), 2),
                spread(sample.limits, 0),
                f"**{sample.ratio:.3f}**",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def _walls(results: Results, measured: Sequence[str]) -> list[str]:
    lines = ["| row security on / off | API requests/s | API CPU | pgbench/s |", "|---|---|---|---|"]
    for name in measured:
        on, off = results[name, "walled"], results[name, "open"]
        rate, cpu = (median(on.of(what)) / median(off.of(what)) for what in ("rate", "cpu"))
        lines.append(f"| {name} | {rate:.2f} | {cpu:.2f} | {median(on.limits) / median(off.limits):.2f} |")
    return lines


def _bare(results: Results) -> list[str]:
    """R1 beside a FastAPI route without token, transaction or database."""
    if ("bare", "bare") not in results:
        return []
    bare, full = results["bare", "bare"], results["R1", "walled"]
    times = median(full.of("cpu")) / median(bare.of("cpu"))
    figures = f"{spread(bare.of('rate'), 0)} requests/s, {spread(bare.of('cpu'), 3)} ms CPU a request"
    return ["", f"Bare FastAPI route for R1: {figures}; the real R1 takes **{times:.1f} ×** its CPU."]


def spread(values: Sequence[float], digits: int) -> str:
    middle, least, most = (f"{value:,.{digits}f}" for value in (median(values), min(values), max(values)))
    return middle if least == most else f"{middle} ({least}–{most})"
