"""`python -m benchmarks.overload`: what becomes of the service under ten times the load that it can bear.

First a closed loop finds the peak: intakes and statuses, one to four, as fast as they are answered. Then requests are
begun at ten times that rate, whatever becomes of them, and after that at a third of it, to see when all is as before.
The figures to reach: goodput at least 0.8 of the peak, accepted answers within 1 s (p99), refusals within 50 ms, flat
memory, recovered within 5 s. Generator, service and PostgreSQL share the machine.
"""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.flood import Told
from benchmarks.operations import OPERATIONS, World
from benchmarks.stage import SHIPPED, Stage, stage

CALM = 3
"""The load after the flood: the peak divided by this."""


def main(
    *,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="Of the flood")] = 60,
    times: Annotated[float, typer.Option(min=1, max=50, help="The load, in peaks")] = 10,
    connections: Annotated[int, typer.Option(min=1, max=900)] = 400,
    closed: Annotated[int, typer.Option(min=1, max=64, help="Connections of the closed loop")] = 12,
    rows: Annotated[int, typer.Option(min=100, help="Cases to load")] = 2000,
) -> None:
    """Goodput, waiting times, memory and recovery; one JSON object."""
    with stage(rows, lambda what: print(what, file=sys.stderr), first=(SHIPPED,)) as built:
        calm = max(2.0, min(10.0, seconds / 3))
        flooded(built, closed, 0, calm)  # caches and statements are made
        peak = flooded(built, closed, 0, calm)
        rate = peak.accepted / peak.seconds
        before = resident(built)
        flood = flooded(built, connections, rate * times, seconds)
        after = resident(built)
        calmed = flooded(built, connections, rate / CALM, max(6.0, calm))
        print(json.dumps(figures(rate, flood, calmed) | {"rss_mb_before": before, "rss_mb_after": after}, indent=1))


def figures(rate: float, flood: Told, calmed: Told) -> dict[str, Any]:
    return {
        "peak_per_second": round(rate, 1),
        "sent_per_second": round((flood.accepted + flood.refused + flood.other) / flood.seconds, 1),
        "goodput_of_peak": round(flood.accepted / flood.seconds / rate, 3),
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


def flooded(built: Stage, connections: int, rate: float, seconds: float) -> Told:
    """One run of the generator against the service as shipped."""
    service = built.services[SHIPPED]
    worlds = {
        name: dataclasses.asdict(World(built.rows, built.token(OPERATIONS[name].client), built.wire.hex(), ()))
        for name in ("W1", "R1")
    }
    told = {"port": service.port, "rate": rate, "seconds": seconds, "connections": connections, "worlds": worlds}
    command = [sys.executable, "-m", "benchmarks.flood"]
    done = subprocess.run(
        command, input=json.dumps(told), capture_output=True, text=True, timeout=seconds + 90, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Told(**json.loads(done.stdout))


def resident(built: Stage) -> int:
    """Megabytes of memory that the worker holds."""
    lines = Path(f"/proc/{built.services[SHIPPED].pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024


if __name__ == "__main__":
    typer.run(main)
