"""What one whole measurement found, and the medians and ratios that are read off it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import NamedTuple

from benchmarks.bulk import Bulk
from benchmarks.load import Figures
from benchmarks.stage import DJANGO, SHIPPED

BARE = "bare"


class Place(NamedTuple):
    """Cases loaded, and processes of each service."""

    rows: int
    workers: int


class Run(NamedTuple):
    place: Place
    name: str
    variant: str


@dataclass
class Found:
    """`runs` of the services; `limits` of pgbench in transactions a second; `lookups` in ms by cases loaded and kind of
    search; `bulk` as `bulk.in_turn` says it, rates but for the batch itself."""

    runs: dict[Run, list[Figures]] = field(default_factory=dict)
    limits: dict[tuple[Place, str], list[float]] = field(default_factory=dict)
    lookups: dict[tuple[int, str], list[float]] = field(default_factory=dict)
    bulk: dict[str, float | Bulk] = field(default_factory=dict)

    @property
    def places(self) -> list[Place]:
        return list(dict.fromkeys(run.place for run in self.runs))

    def keep(self, run: Run, figures: Figures) -> None:
        self.runs.setdefault(run, []).append(figures)

    def all(self, run: Run, what: str) -> list[float]:
        return [getattr(each, what) for each in self.runs[run]]

    def rate(self, place: Place, name: str, variant: str = SHIPPED) -> float:
        return median(self.all(Run(place, name, variant), "rate"))

    def cpu(self, place: Place, name: str, variant: str = SHIPPED) -> float:
        return median(self.all(Run(place, name, variant), "cpu"))

    def limit(self, place: Place, name: str) -> float:
        return median(self.limits[place, name])

    def has(self, place: Place, name: str, variant: str = DJANGO) -> bool:
        return Run(place, name, variant) in self.runs


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


def spread(values: Sequence[float], digits: int) -> str:
    """The median, and beside it the least and the most."""
    middle, least, most = (f"{value:,.{digits}f}" for value in (median(values), min(values), max(values)))
    return middle if least == most else f"{middle} ({least}–{most})"
