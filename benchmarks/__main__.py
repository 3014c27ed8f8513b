"""`python -m benchmarks`: loads a database, measures the service and pgbench in turn, and writes the report."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import pgbench, worklist
from benchmarks.capture import capture
from benchmarks.load import Figures
from benchmarks.operations import LIST, OPERATIONS, PAGES, World
from benchmarks.report import Results, Sample, markdown
from benchmarks.stage import SEED, Stage, stage

_SETTLE = (
    # Gives the pool of W2 back its rows, with the triggers off: what they would do is done by the second line.
    "set session_replication_role = replica;"
    " update referrals set status = 'sent', version = 1, accepted_at = null"
    " where accepted_at is not null and receiver_id = md5('organisation3')::uuid;"
    " update case_parties set carrier_live = false"
    " where carrier_live and carrier = 'referral' and organisation_id = md5('organisation3')::uuid",
    "vacuum analyze referrals",
    "vacuum analyze case_parties",
    "checkpoint",
)


@dataclasses.dataclass(frozen=True)
class Plan:
    seconds: float
    clients: int
    repeat: int
    names: tuple[str, ...]

    @property
    def steps(self) -> int:
        """Runs to come: four an operation and repeat, and the bare route beside R1."""
        return self.repeat * (4 * len(self.names) + ("R1" in self.names))


def main(
    *,
    rows: Annotated[int, typer.Option(min=100, help="Cases to load")] = 10_000,
    seconds: Annotated[float, typer.Option(min=0.2, max=120, help="Measured time of each run")] = 8,
    clients: Annotated[int, typer.Option(min=1, max=64, help="Connections")] = 8,
    repeat: Annotated[int, typer.Option(min=1, max=20)] = 3,
    only: Annotated[str, typer.Option(help="Operations, with commas")] = "R1,R2,W2,W1",
    report: Annotated[Path | None, typer.Option(help="Where to write the Markdown")] = None,
) -> None:
    """Requests a second, latency and processor time of W1, W2, R1 and R2, each beside pgbench with its statements."""
    plan = Plan(seconds, clients, repeat, tuple(name for name in OPERATIONS if name in only.split(",")))
    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        loading = len(SEED) + 2
        bar = progress.add_task("", total=loading + plan.steps)

        def told(what: str) -> None:
            progress.update(bar, description=what[:32])
            progress.advance(bar)

        with stage(rows, told) as built:
            results: Results = {}
            for name in plan.names:
                measure(built, name, plan, results, told)
            settings = dataclasses.asdict(plan) | {"names": ",".join(plan.names)}
            text = markdown(results, version(built), {"rows": f"{rows:,}", **settings})
    print(text)
    if report:
        report.write_text(text, "utf-8")


def measure(built: Stage, name: str, plan: Plan, results: Results, told: Any) -> None:
    """All runs of one operation: service and pgbench, row security on and off, in turn, as often as asked."""
    scripts = captured(built, name)
    for _ in range(plan.repeat):
        for variant in ("walled", "open"):
            sample = results.setdefault((name, variant), Sample())
            told(f"{name} · API · {variant}")
            sample.runs.append(drive(built, name, variant, plan))
            settle(built, name)
            told(f"{name} · pgbench · {variant}")
            bounds = (plan.clients, plan.seconds)
            sample.limits.append(pgbench.run(built, OPERATIONS[name], scripts, variant, bounds))
            settle(built, name)
        if name == "R1":
            told("bare FastAPI route")
            results.setdefault(("bare", "bare"), Sample()).runs.append(drive(built, name, "bare", plan))


def settle(built: Stage, name: str) -> None:
    built.run(*(_SETTLE if OPERATIONS[name].pool else ("checkpoint",)))


def world_of(built: Stage, name: str) -> World:
    """What this operation's client knows now; the token is a fresh one, good for longer than a run."""
    token = built.token(OPERATIONS[name].client)
    pages = tuple(pages_of(built, token)) if name == "R2" else ()
    return World(rows=built.rows, token=token, wire=built.wire.hex(), pages=pages)


def pages_of(built: Stage, token: str) -> Iterator[str]:
    """The inbox page by page, as its links lead."""
    with httpx.Client(base_url=built.services["walled"].url, headers={"Authorization": f"Bearer {token}"}) as http:
        address = LIST
        for _ in range(PAGES):
            yield address
            following = http.get(address).raise_for_status().json()["next"]
            if following is None:
                return
            address = f"{LIST}&cursor={following}"


def captured(built: Stage, name: str) -> list[pgbench.Script]:
    """pgbench scripts of the operation. Where its requests differ, two show which values do; pages stay themselves."""
    operation = OPERATIONS[name]
    world = world_of(built, name)
    warm, *requests = islice(operation.requests(world), 1 + max(2, operation.captures))
    taken = capture(built, warm, requests)
    settle(built, name)
    if operation.captures > 1:
        return [pgbench.script(f"s{i}", found, found, None) for i, found in enumerate(taken)]
    picked = UUID(requests[0].path.split("/")[3]) if operation.picks else None
    return [pgbench.script("s", taken[0], taken[1], picked)]


def drive(built: Stage, name: str, variant: str, plan: Plan) -> Figures:
    """One run of the load generator against this variant of the service."""
    return driven(built, variant, (name, world_of(built, name)), plan)


def driven(built: Stage, variant: str, sent: tuple[str, World], plan: Plan) -> Figures:
    """The same with a world made elsewhere; `sent` is (operation, world)."""
    service = built.services[variant]
    told = {
        "operation": sent[0],
        "world": dataclasses.asdict(sent[1]),
        "postmaster": built.postmaster,
        "port": service.port,
        "pid": service.pid,
        "clients": plan.clients,
        "seconds": plan.seconds,
    }
    command = [sys.executable, "-m", "benchmarks.load"]
    done = subprocess.run(
        command, input=json.dumps(told), capture_output=True, text=True, timeout=60 + 2 * plan.seconds, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Figures(**json.loads(done.stdout))


def version(built: Stage) -> str:
    program = str(built.programs / "postgres")
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    other = sys.argv[1:2] == ["worklist"]
    if other:
        del sys.argv[1]
    typer.run(worklist.main if other else main)
