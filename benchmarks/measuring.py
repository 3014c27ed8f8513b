"""One run of the load generator, or of pgbench, against a stage; and what each operation's client must know for it."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

import httpx

from benchmarks import pgbench
from benchmarks.capture import capture
from benchmarks.load import Figures
from benchmarks.operations import LIST, OPERATIONS, PAGES, SEARCHES, World
from benchmarks.stage import Service, Stage

_SETTLE = (
    # Gives the pool of W2 back its rows, with the triggers off: what they would do is done by the second line.
    "set session_replication_role = replica;"
    " update referrals set status = 'sent', version = 1, accepted_at = null"
    " where status = 'accepted' and accepted_at is not null and receiver_id = md5('organisation3')::uuid;"
    " update case_parties set carrier_live = false"
    " where live and carrier = 'referral' and organisation_id = md5('organisation3')::uuid",
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


def settle(built: Stage, name: str) -> None:
    pool = name in OPERATIONS and OPERATIONS[name].pool
    built.run(*(_SETTLE if pool else ("checkpoint",)))


def world_of(built: Stage, name: str, variant: str) -> World:
    """What this operation's client knows now; the token is a fresh one, good for longer than a run."""
    token = built.token({**OPERATIONS, **SEARCHES}[name].client)
    pages = tuple(pages_of(built.services[variant], token)) if name == "R2" else ()
    return World(rows=built.rows, token=token, wire=built.wire.hex(), pages=pages)


def pages_of(service: Service, token: str) -> Iterator[str]:
    """The inbox page by page, as its links lead."""
    with httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
        address = LIST
        for _ in range(PAGES):
            yield address
            following = http.get(address).raise_for_status().json()["next"]
            if following is None:
                return
            address = f"{LIST}&cursor={following}"


def captured(built: Stage, name: str, variant: str) -> list[pgbench.Script]:
    """pgbench scripts of the operation. Where its requests differ, two show which values do; pages stay themselves."""
    operation = OPERATIONS[name]
    world = world_of(built, name, variant)
    warm, *requests = islice(operation.requests(world), 1 + max(2, operation.captures))
    taken = capture(built, warm, requests)
    settle(built, name)
    if operation.captures > 1:
        return [pgbench.script(f"s{i}", found, found, None) for i, found in enumerate(taken)]
    picked = UUID(requests[0].path.split("/")[3]) if operation.picks else None
    return [pgbench.script("s", taken[0], taken[1], picked)]


def driven(built: Stage, variant: str, sent: tuple[str, World], plan: Plan) -> Figures:
    """One run of the load generator against this variant, of the operation of this name with what its client knows."""
    name, world = sent
    service = built.services[variant]
    told = {
        **{"operation": name, "world": dataclasses.asdict(world), "seconds": plan.seconds, "clients": plan.clients},
        **{"port": service.port, "pid": service.pid, "postmaster": built.postmaster},
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
