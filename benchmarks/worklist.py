"""`python -m benchmarks worklist`: what a page of a long worklist costs over its bare query.

The same statement, as the application sends it, is run by the API's role, which row security binds, and by the
superuser, whom nothing binds; and the page is read over HTTP. All in turn, in one run, as only ratios carry over.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import sample
from statistics import median
from typing import Annotated, Any

import asyncpg
import httpx
import typer

from benchmarks.capture import Statement, capture
from benchmarks.operations import Request
from benchmarks.stage import Stage, connect, seeded_id, stage

CLIENT = "labour"
OWNER = seeded_id("organisation", 2)
PATH = "/v1/worklist?limit=50"
CASES = 100
_DUTIES = f"""
insert into duties (id, organisation_id, owner, rule_id, rule_key, carrier, carrier_id, province_code, started_at,
                    due_at, warned_at, missed_at)
select gen_random_uuid(), '{OWNER}', 'custodian', 'D03', 'D03:law_2024:2025-07-01', 'case', gen_random_uuid(), '15',
  now() - interval '90 days', now() + (n * 7919 % :rows - :rows / 2) * interval '1 minute', now(), now()
from generate_series(1, :rows) n
"""  # noqa: S608 - a constant


def main(
    *,
    rows: Annotated[int, typer.Option(min=100, help="Open duties of one organisation")] = 100_000,
    rounds: Annotated[int, typer.Option(min=5, max=10_000, help="Readings of each kind")] = 300,
) -> None:
    """Milliseconds of a page of fifty: bare query, query under row security, request; and the ratios."""
    with stage(CASES, lambda _: None) as built:
        built.run(_DUTIES.replace(":rows", str(rows)), "vacuum analyze duties")
        headers = {"Authorization": f"Bearer {built.token(CLIENT)}"}
        request = Request("GET", PATH, headers)
        begin, page, _ = capture(built, request, [request])[0]
        times = asyncio.run(measured(built, (begin, page), headers, rounds))
    bare = times["bare query"]
    print(f"A page of 50 out of {rows:,} open duties of one organisation; median of {rounds} readings, in turn.")
    for name, took in times.items():
        print(f"{name:<28}{took * 1000:8.3f} ms {took / bare:7.2f} x the bare query")


async def measured(
    built: Stage, sent: tuple[Statement, Statement], headers: dict[str, str], rounds: int
) -> dict[str, float]:
    """Median seconds by kind of reading."""
    bare = await connect(built.server)
    walled = await asyncpg.connect(built.server.api_url.replace("+asyncpg", ""))
    async with httpx.AsyncClient(base_url=built.services["walled"].url, headers=headers) as http:

        async def request() -> None:
            (await http.get(PATH)).raise_for_status()

        try:
            return await _medians(
                {"bare query": query(bare, sent), "query under row security": query(walled, sent), "request": request},
                rounds,
            )
        finally:
            await bare.close()
            await walled.close()


def query(connection: asyncpg.Connection, sent: tuple[Statement, Statement]) -> Callable[[], Awaitable[Any]]:
    """The page in a transaction that names its caller: three round trips for either role."""
    begin, page = sent

    async def run() -> None:
        await connection.execute(begin.sql)
        await connection.fetch(page.sql, *page.values[0])
        await connection.execute("commit")

    return run


async def _medians(readings: dict[str, Callable[[], Awaitable[Any]]], rounds: int) -> dict[str, float]:
    took: dict[str, list[float]] = {name: [] for name in readings}
    for _ in range(rounds):
        # Shuffled, as whoever comes after the request finds the processor's caches full of other things.
        for name, read in sample(list(readings.items()), len(readings)):
            start = time.perf_counter()
            await read()
            took[name].append(time.perf_counter() - start)
    return {name: median(each) for name, each in took.items()}
