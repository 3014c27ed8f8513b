"""`python -m tests.fuzz --cases 20000 --seed N`: schemathesis with all checks against the service as shipped.

Several personas take turns, each with its own token, over the ids of one story and over generated ones; examples,
coverage, fuzzing and stateful phases. What it finds is printed, each fault once, and makes the exit code 1.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import schemathesis
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from app.auth.key_folder import ensure_keys
from app.embedded import ensure
from app.keyring import Keyring
from app.schema import upgrade
from tests.conftest import dsn
from tests.factories import a_plan, a_referral, a_verification
from tests.personas import Clients, register
from tests.running import eventually
from tests.served import Served, served

PERSONAS = ("demo-labour", "demo-border", "demo-police", "demo-ngo", "demo-shelter", "demo-oversight", "demo-foreign")
ROUND_SECONDS = 400
"""Of one persona's turn, at most; its token lives for 600."""
PHASES = (("examples", "coverage"), ("fuzzing",), ("stateful",))
"""One a turn, each in its turn: the cases of the first alone would use up any number."""

CHECKS = {
    # A well-formed request may still be about what is not there, not the caller's, or not now; and some rules (a
    # period that ends before it begins) no schema can say.
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "304", "400", "401", "403", "404", "409", "410", "412", "415", "422", "428"]
    },
    # A body that is too long is told so, which is not the 400 that a schema's limit suggests.
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
    },
    "missing_required_header": {"expected-statuses": ["400", "401", "403", "404", "406", "415", "422", "428"]},
}
NOT_WHOLE = {"application/jsonl", "text/event-stream"}
"""What the generator cannot write or read, line by line: tests/batches and tests/events do."""
TWINS = {"POST /v1/returns/unannounced": "unsupported_method"}
"""An address that is also one of `/v1/returns/{return_id}`, whose methods it answers: there is no such return."""
_NO_KEY = "Missing `Idempotency-Key`"
"""With `validate_only=true` none is needed, which no schema can say of a header."""


@contextmanager
def stage(folder: Path) -> Iterator[tuple[Served, Path]]:
    """The service as shipped over a database of its own, with the personas registered."""
    Keyring.create(folder / "keys")
    ensure_keys(folder / "keys")
    server = ensure(folder, durable=False)
    try:
        upgrade(server.migration_url)
        asyncio.run(_register(dsn(server.superuser_url).rsplit("/", 1)[0] + "/referral", folder / "clients"))
        with served(server, folder, folder / "log", client_rate=1e6, stranger_rate=1e6, stream_seconds=0) as service:
            yield service, folder / "clients"
    finally:
        server.stop()


async def _register(url: str, keys: Path) -> None:
    connection = await asyncpg.connect(url)
    try:
        await register(connection, keys)
    finally:
        await connection.close()


async def known_ids(url: str, keys: Path) -> dict[str, str]:
    """A story, so that some of what is asked about is there."""
    async with httpx.AsyncClient(base_url=url) as http:
        clients = Clients(http, keys)
        story = await a_referral(clients)
        await a_verification(clients, story)
        return {
            "path.case_id": story.case,
            "path.intake_id": story.intake,
            "path.referral_id": story.referral["id"],
            "path.verification_id": story.verification["id"],
            "path.consent_id": story.consent["id"],
            "path.plan_id": (await a_plan(clients, story))["id"],
            "path.handover_id": story.handover["id"],
        }


async def headers_of(url: str, keys: Path, persona: str) -> dict[str, str]:
    async with httpx.AsyncClient(base_url=url) as http:
        headers = await Clients(http, keys).headers(persona, "GET")
    return {"Authorization": headers["Authorization"]}


def configured(
    url: str, headers: dict[str, str], ids: dict[str, str], seed: int, phases: tuple[str, ...]
) -> SchemathesisConfig:
    """One turn: all checks, and nothing that stops at the first fault."""
    every = {name for each in PHASES for name in each}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": url,
            "headers": headers,
            "parameters": ids,
            "max-time": ROUND_SECONDS,
            "continue-on-failure": True,
            "checks": CHECKS,
            "generation": {"max-examples": 20, "no-shrink": True, "database": "none"},
            "suppress-health-check": ["all"],
            "phases": {name: {"enabled": name in phases} for name in every},
            "workers": 2,
        }
    )


def campaign(service: Served, keys: Path, cases: int, seed: int) -> dict[str, str]:
    """Turns until so many requests were sent and every persona had one; the faults found, by what they are."""
    document = eventually(f"{service.url}/openapi.json", 200).json()
    apart = sorted(line_by_line(document))
    ids = asyncio.run(known_ids(service.url, keys))
    faults: dict[str, str] = {}
    with Progress("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as bar:
        task = bar.add_task("", total=cases)
        for turn, persona in enumerate(itertools.cycle(PERSONAS)):
            headers = asyncio.run(headers_of(service.url, keys, persona))
            phases = PHASES[turn % len(PHASES)]
            config = configured(service.url, headers, ids if turn % 2 == 0 else {}, seed + turn, phases)
            for sent, found in _turn(
                schemathesis.openapi.from_dict(document, config=config).exclude(operation_id=apart)
            ):
                bar.update(task, advance=sent, description=f"{persona} · {', '.join(phases)} · {len(faults)} faults")
                faults |= found
            if bar.tasks[0].completed >= cases and turn + 1 >= len(PERSONAS):
                print(f"{bar.tasks[0].completed:.0f} requests in {turn + 1} turns")
                return faults
    return faults


def line_by_line(document: Any) -> Iterator[str]:
    """The operations that are left out for it, by operationId."""
    for operation in (each for methods in document["paths"].values() for each in methods.values()):
        told = operation["responses"].get("200", {}).get("content", {})
        if NOT_WHOLE & {*operation.get("requestBody", {}).get("content", {}), *told}:
            yield operation["operationId"]


def _turn(schema: Any) -> Iterator[tuple[int, dict[str, str]]]:
    """How many requests each scenario sent, and the faults it found."""
    stream = from_schema(schema).execute()
    for event in stream:
        recorder = getattr(event, "recorder", None)
        if recorder is not None and type(event).__name__.endswith("Finished"):
            yield len(recorder.interactions), _faults(recorder)
        # SystemError: the interpreter's own, at the depth that Hypothesis works in (python/cpython#106905).
        if isinstance(event, events.FatalError) or (
            isinstance(event, events.NonFatalError) and not isinstance(event.value, SystemError)
        ):
            yield 0, {f"error in {getattr(event, 'label', 'the engine')}": str(getattr(event, "value", event))[:2000]}


def _faults(recorder: Any) -> dict[str, str]:
    found = {}
    for case_id, checks in recorder.checks.items():
        for check in checks:
            rehearsed = "validate_only=true" in recorder.interactions[case_id].request.uri
            twin = TWINS.get(recorder.label) == check.name
            if check.failure_info is not None and not twin and not (rehearsed and _excused(check)):
                answer = recorder.interactions[case_id].response
                status = answer.status_code if answer is not None else "none"
                name = f"{recorder.label}: {check.name}: {status}"
                found[name] = f"{check.failure_info.failure}\n{check.failure_info.code_sample}"[:3000]
    return found


def _excused(check: Any) -> bool:
    return check.name == "missing_required_header" or _NO_KEY in str(check.failure_info.failure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="referral-fuzz-") as folder, stage(Path(folder)) as (service, keys):
        faults = campaign(service, keys, chosen.cases, chosen.seed)
        said = [line for line in service.log.read_text().splitlines() if '"level": "error"' in line]
    for name, text in faults.items():
        print(f"── {name}\n{text}\n")
    print(*said[:20], sep="\n")
    took = time.monotonic() - started
    print(f"{chosen.cases} cases, seed {chosen.seed}, {took:.0f} s: {len(faults)} faults, {len(said)} errors logged")
    return 1 if faults or said else 0


if __name__ == "__main__":
    sys.exit(main())
