"""`python -m benchmarks.overload`: what becomes of the service under ten times the load that it can bear.

First a closed loop finds the peak: intakes and statuses, one to four, as fast as they are answered. Then requests are
begun at ten times that rate, whatever becomes of them, and after that at a third of it, to see when all is as before;
then the peak once more, for a machine that others use may be a quarter slower a minute later: goodput is a share of the
mean of both. The figures to reach: goodput at least 0.8 of the peak, accepted answers within 1 s (p99), refusals within
50 ms, flat memory, recovered within 5 s. Generator, service and PostgreSQL share the machine. Peak and flood go the
same way: through HAProxy as `deploy/front.cfg` sets it up, or with `--no-front` to the worker itself.
"""

import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from app.settings import Settings
from benchmarks.flood import Told
from benchmarks.operations import OPERATIONS, World
from benchmarks.stage import SHIPPED, Service, Stage, stage
from campaigns.front import command, fronted

CALM = 3
"""The load after the flood: the peak divided by this."""


def main(
    *,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="Of the flood")] = 60,
    times: Annotated[float, typer.Option(min=1, max=50, help="The load, in peaks")] = 10,
    connections: Annotated[int, typer.Option(min=1, max=900)] = 400,
    closed: Annotated[int, typer.Option(min=1, max=64, help="Connections of the closed loop")] = 12,
    rows: Annotated[int, typer.Option(min=100, help="Cases to load")] = 2000,
    front: Annotated[bool, typer.Option(help="Through HAProxy, where it is installed")] = command() is not None,
) -> None:
    """Goodput, waiting times, memory and recovery; one JSON object."""
    with (
        stage(rows, lambda what: print(what, file=sys.stderr), first=(SHIPPED,)) as built,
        way(built.services[SHIPPED], connections, through_front=front) as at,
    ):
        worker = built.services[SHIPPED]
        calm = max(2.0, min(20.0, seconds / 3))
        flooded(built, at.port, closed, 0, calm)  # caches and statements are made
        peak = flooded(built, at.port, closed, 0, calm)
        before = resident(worker), resident(at)
        flood = flooded(built, at.port, connections, goodput(peak) * times, seconds)
        after = resident(worker), resident(at)
        calmed = flooded(built, at.port, connections, goodput(peak) / CALM, max(6.0, calm))
        again = flooded(built, at.port, closed, 0, calm)
        memory = {"rss_mb_before": before[0], "rss_mb_after": after[0]}
        if front:
            memory |= {"front_rss_mb_before": before[1], "front_rss_mb_after": after[1]}
        told = {"through": "front" if front else "worker"} | figures((peak, again), flood, calmed) | memory
        print(json.dumps(told, indent=1))


def goodput(told: Told) -> float:
    """Accepted requests a second."""
    return told.accepted / told.seconds


@contextmanager
def way(worker: Service, connections: int, *, through_front: bool) -> Iterator[Service]:
    """What the generator speaks to. All its connections come from one address, so the front must allow that many."""
    if not through_front:
        yield worker
        return
    allowed = {"per_address": connections + 100, "places": Settings().requests_at_once}
    with (
        tempfile.TemporaryDirectory(prefix="referral-front-") as folder,
        fronted([worker.port], Path(folder) / "haproxy.log", **allowed) as front,
    ):
        yield Service(front.pid, front.port)


def figures(peaks: tuple[Told, Told], flood: Told, calmed: Told) -> dict[str, Any]:
    before, after = map(goodput, peaks)
    return {
        "peak_per_second_before": round(before, 1),
        "peak_per_second_after": round(after, 1),
        "sent_per_second": round((flood.accepted + flood.refused + flood.other) / flood.seconds, 1),
        "goodput_of_peak": round(2 * goodput(flood) / (before + after), 3),
        "accepted_p99_ms": round(flood.accepted_p99, 1),
        "refused_p50_ms": round(flood.refused_p50, 1),
        "refused_p99_ms": round(flood.refused_p99, 1),
        "refused_without_retry_after": flood.without_retry_after,
        "statuses": flood.statuses,
        "unsent": flood.unsent,
        "generator_processors": round(flood.generator, 2),
        "dropped": flood.dropped + calmed.dropped,
        "recovered_after_seconds": round(calmed.slow_until, 2),
        "statuses_after": calmed.statuses,
    }


def flooded(built: Stage, port: int, connections: int, rate: float, seconds: float) -> Told:
    """One run of the generator against what listens there."""
    worlds = {
        name: dataclasses.asdict(World(built.rows, built.token(OPERATIONS[name].client), built.wire.hex(), ()))
        for name in ("W1", "R1")
    }
    told = {"port": port, "rate": rate, "seconds": seconds, "connections": connections, "worlds": worlds}
    command = [sys.executable, "-m", "benchmarks.flood"]
    done = subprocess.run(
        command, input=json.dumps(told), capture_output=True, text=True, timeout=seconds + 90, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Told(**json.loads(done.stdout))


def resident(service: Service) -> int:
    """Megabytes of memory that the process holds."""
    lines = Path(f"/proc/{service.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024


if __name__ == "__main__":
    typer.run(main)
