"""`python -m benchmarks.bulk`: ten thousand intakes in one request, beside single submissions and COPY of the same
rows.

A border post sends the batch over HTTP, packed; the clock stops when the operation says that it is done. COPY then
writes the very rows that the batch made, table by table into the same tables: as the superuser, whom no policy binds,
once with every trigger and foreign key, once with neither. All in turn, in one run, as only ratios carry over.
"""

import asyncio
import gzip
import io
import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Annotated, Any
from uuid import uuid4

import asyncpg
import httpx
import typer

from benchmarks.load import family_seconds
from benchmarks.measuring import Plan, driven
from benchmarks.operations import World, intake_body
from benchmarks.stage import SHIPPED, Stage, connect, stage

CLIENT = "border"
PATH = "/v1/intake-batches"
TABLES = ("data_keys", "cases", "case_sections", "case_entries", "case_lookups", "intakes", "intake_contents",
          "intake_persons", "duties", "audit_entries", "outbox_events")  # fmt: skip
"""In the order in which foreign keys take them."""
_OF_CASES = {"case_sections", "case_lookups", "intake_contents", "intake_persons", "duties"}
_BARE = "replica"
"""The role of a session in which neither triggers nor foreign keys are judged."""
_SECONDS = 600


@dataclass(frozen=True)
class Bulk:
    """One batch: intakes a second, ms of processor an intake of the API and of PostgreSQL, MB of the API's memory."""

    rate: float
    cpu: float
    database: float
    before: float
    peak: float
    after: float


def main(
    *,
    lines: Annotated[int, typer.Option(min=501, max=10_000, help="Intakes of a batch")] = 10_000,
    seconds: Annotated[float, typer.Option(min=0.2, max=30, help="Measured time of single submissions")] = 8,
    rows: Annotated[int, typer.Option(min=100, help="Cases to load before")] = 10_000,
    repeat: Annotated[int, typer.Option(min=1, max=20)] = 3,
) -> None:
    """Intakes a second: alone, in bulk, by COPY; the ratios; and the memory of the service meanwhile."""
    with stage(rows, lambda _: None, first=(SHIPPED,)) as built:
        rounds = [in_turn(built, lines, seconds) for _ in range(repeat)]
    print(f"{lines:,} intakes of 1.5 kB; {repeat} rounds, medians with (least–most).")
    bulk = [each["bulk"].rate for each in rounds]
    for name in ("single", "at once", "bulk", "COPY, triggers", "COPY, bare"):
        rates = bulk if name == "bulk" else [each[name] for each in rounds]
        ratio = median(mine / rate for mine, rate in zip(bulk, rates, strict=True))
        print(f"{name:<16}{median(rates):9,.0f}/s ({min(rates):,.0f}–{max(rates):,.0f})   bulk is {ratio:6.2f} x this")
    last: Bulk = rounds[-1]["bulk"]
    print(f"processor, ms an intake: API {last.cpu:.2f}, PostgreSQL {last.database:.2f}")
    for each in rounds:
        print(
            "memory of the API, MB: before {0.before:.0f}, most {0.peak:.0f}, after {0.after:.0f}".format(each["bulk"])
        )


def in_turn(built: Stage, lines: int, seconds: float) -> dict[str, Any]:
    """Intakes a second by each way, once: the batch as a whole `Bulk`."""
    token = built.token(CLIENT)
    world = World(0, token, built.wire.hex(), ())
    single = driven(built, SHIPPED, ("W1", world), Plan(seconds, 8, 1, ("W1",)))
    headers = {**world.headers(Acting_Officer="officer.bench"), "Content-Type": "application/jsonl"}
    at_once = asyncio.run(_at_once(built, headers, lines))
    began = built.fetch("select clock_timestamp() as now")[0]["now"]
    bulk = asyncio.run(_bulk(built, headers, lines))
    copied = asyncio.run(_copies(built, began, lines))
    return {"single": single.rate, "at once": at_once, "bulk": bulk, **copied}


def a_batch(lines: int) -> bytes:
    made = ({"id": str(each := uuid4()), **intake_body(each)} for _ in range(lines))
    return b"".join(json.dumps(line).encode() + b"\n" for line in made)


async def _at_once(built: Stage, headers: dict[str, str], lines: int) -> float:
    """Five hundred at a time, each answered when it is done."""
    batches = [a_batch(500) for _ in range(lines // 500)]
    async with httpx.AsyncClient(base_url=built.services[SHIPPED].url, headers=headers, timeout=_SECONDS) as http:
        began = time.perf_counter()
        for batch in batches:
            answer = await http.post(PATH, content=gzip.compress(batch, 1), headers={"Content-Encoding": "gzip"})
            if answer.status_code != 200:
                raise RuntimeError(answer.text[:500])
        return 500 * len(batches) / (time.perf_counter() - began)


async def _bulk(built: Stage, headers: dict[str, str], lines: int) -> Bulk:
    service, postmaster = built.services[SHIPPED], built.postmaster
    content = gzip.compress(a_batch(lines), 1)
    memory = [_megabytes(service.pid)]
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=_SECONDS) as http:
        used = (family_seconds(service.pid), family_seconds(postmaster))
        began = datetime.now(UTC)
        answer = await http.post(PATH, content=content, headers={"Content-Encoding": "gzip"})
        if answer.status_code != 202:
            raise RuntimeError(answer.text[:500])
        said: dict[str, Any] = {}
        while said.get("status") != "done":
            said = await _asked(http, answer.headers["location"])
            memory.append(_megabytes(service.pid))
    took = (datetime.fromisoformat(said["finished_at"]) - began).total_seconds()
    cpu, database = family_seconds(service.pid) - used[0], family_seconds(postmaster) - used[1]
    each = 1e3 / lines
    return Bulk(lines / took, each * cpu, each * database, memory[0], max(memory), _megabytes(service.pid))


async def _asked(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """What the operation says a tenth of a second later; a line that is not taken in ends the run."""
    await asyncio.sleep(0.1)
    said: dict[str, Any] = (await http.get(path)).raise_for_status().json()
    if said["refused"] or said["replayed"]:
        raise RuntimeError(f"{said['refused']} refused, {said['replayed']} replayed")
    return said


def _megabytes(pid: int) -> float:
    """Resident memory of the process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


async def _copies(built: Stage, began: Any, lines: int) -> dict[str, float]:
    connection = await connect(built.server)
    try:
        held = {table: await _taken(connection, table, began) for table in TABLES}
        bare = await _copied(connection, held, began, _BARE)
        return {"COPY, triggers": lines / await _copied(connection, held, began, "origin"), "COPY, bare": lines / bare}
    finally:
        await connection.close()


def _made_since(table: str) -> str:
    """Which rows the batch made: by a time of their own, or by the time of their case."""
    if table in _OF_CASES:
        return "case_id in (select id from cases where created_at > $1)"
    return f"{'at' if table in ('audit_entries', 'outbox_events') else 'created_at'} > $1"


async def _taken(connection: asyncpg.Connection, table: str, began: Any) -> tuple[str, bytes]:
    """The columns and the rows of one table, as COPY writes them."""
    columns = ", ".join(
        row["column_name"]
        for row in await connection.fetch(
            "select column_name from information_schema.columns where table_schema = 'public' and table_name = $1"
            " and is_generated = 'NEVER' and is_identity = 'NO' order by ordinal_position",
            table,
        )
    )
    held = io.BytesIO()
    query = f"select {columns} from {table} where {_made_since(table)}"  # noqa: S608 - names from the catalogue
    await connection.copy_from_query(query, began, output=held, format="binary")
    return columns, held.getvalue()


async def _copied(connection: asyncpg.Connection, held: dict[str, tuple[str, bytes]], began: Any, role: str) -> float:
    """Seconds to write the rows back, after they were taken away."""
    await connection.execute(f"set session_replication_role = {_BARE}")
    for table in sorted(TABLES, key=_OF_CASES.__contains__, reverse=True):
        await connection.execute(f"delete from {table} where {_made_since(table)}", began)  # noqa: S608
    await connection.execute("delete from audit_unordered")
    await connection.execute(f"set session_replication_role = {role}")
    for table in TABLES:
        await connection.execute(f"vacuum analyze {table}")
    started = time.perf_counter()
    async with connection.transaction():
        for table, (columns, rows) in held.items():
            await connection.copy_to_table(table, source=io.BytesIO(rows), columns=columns.split(", "), format="binary")
    return time.perf_counter() - started


if __name__ == "__main__":
    typer.run(main)
