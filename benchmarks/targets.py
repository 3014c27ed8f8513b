"""What is to be reached, with every wall on, and whether it was: ratios alone, since only they carry over."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.bulk import Bulk
from benchmarks.figures import BARE, Found, Place, Run, p95
from benchmarks.operations import OPERATIONS
from benchmarks.stage import SHIPPED

OF_LIMIT = {"W1": 0.20, "W2": 0.20, "R1": 0.05, "R2": 0.10}
"""Least share of what pgbench reaches with the same statements."""
OF_DJANGO = 3.0
OF_BARE = 4.0
"""Most processor time of R1, in bare FastAPI routes."""
OF_SMALLER = 0.7
"""Least share that remains when there are ten times as many rows."""
OF_ONE = 1.3
"""Least gain by a second process."""
LOOKUP_MS = 2.0
OF_COPY, OF_SINGLE = 0.25, 4.0


@dataclass(frozen=True)
class Verdict:
    """`limit` and `figure` as they are written; `ratio` is judged: no less than `target`, or no more where `most`."""

    what: str
    limit: str
    figure: str
    ratio: float
    target: float
    most: bool = False

    @property
    def reached(self) -> bool:
        return self.ratio <= self.target if self.most else self.ratio >= self.target


def verdicts(found: Found) -> Iterator[Verdict]:
    """Every target that this measurement can judge."""
    for place in found.places:
        for name in OPERATIONS:
            if found.has(place, name, SHIPPED):
                yield from _of_place(found, place, name)
    yield from _of_sizes(found)
    yield from _of_processes(found)
    for (rows, name), took in found.lookups.items():
        worst = p95(took)
        yield Verdict(f"{name}, p95 in ms · {rows:,} persons", "–", f"{worst:.2f}", worst, LOOKUP_MS, most=True)
    yield from _of_bulk(found)


def _of_place(found: Found, place: Place, name: str) -> Iterator[Verdict]:
    mine, where = found.rate(place, name), told(place)
    limit = found.limit(place, name)
    yield Verdict(f"{name} / pgbench · {where}", _each(limit), _each(mine), mine / limit, OF_LIMIT[name])
    if found.has(place, name):
        other = found.rate(place, name, "django")
        yield Verdict(f"{name} / Django · {where}", _each(other), _each(mine), mine / other, OF_DJANGO)
    if name == "R1" and found.has(place, name, BARE):
        cpu, bare = found.cpu(place, name), found.cpu(place, name, BARE)
        what = f"R1 CPU / bare route · {where}"
        yield Verdict(what, f"{bare:.3f} ms", f"{cpu:.2f} ms", cpu / bare, OF_BARE, most=True)


def _of_sizes(found: Found) -> Iterator[Verdict]:
    """Each number of rows against the next smaller one, by one process."""
    alone = [place for place in found.places if place.workers == min(each.workers for each in found.places)]
    for small, large in pairwise(sorted(alone)):
        for name in OPERATIONS:
            if found.has(large, name, SHIPPED):
                before, after = found.rate(small, name), found.rate(large, name)
                what = f"{name}, {large.rows:,} rows / {small.rows:,}"
                yield Verdict(what, _each(before), _each(after), after / before, OF_SMALLER)


def _of_processes(found: Found) -> Iterator[Verdict]:
    for place in found.places:
        alone = Place(place.rows, 1)
        if place.workers == 2 and alone in found.places:
            for name in OPERATIONS:
                if {Run(place, name, SHIPPED), Run(alone, name, SHIPPED)} <= found.runs.keys():
                    one, two = found.rate(alone, name), found.rate(place, name)
                    yield Verdict(
                        f"{name}, two processes / one · {place.rows:,} rows", _each(one), _each(two), two / one, OF_ONE
                    )


def _of_bulk(found: Found) -> Iterator[Verdict]:
    batch = found.bulk.get("bulk")
    if not isinstance(batch, Bulk):
        return
    for name, target in {"COPY, triggers": OF_COPY, "COPY, bare": OF_COPY, "single": OF_SINGLE}.items():
        other = found.bulk[name]
        if isinstance(other, float):
            yield Verdict(f"B1 / {name}", _each(other), _each(batch.rate), batch.rate / other, target)


def told(place: Place) -> str:
    return f"{place.rows:,} rows, {place.workers} process{'es' if place.workers > 1 else ''}"


def _each(rate: float) -> str:
    return f"{rate:,.0f}/s"
