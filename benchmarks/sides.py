"""`python -m benchmarks.sides`: what it costs to ask of every row on which side it is, rehearsal or life.

The same statements as the API's role, with the restrictive policies as they are and made to say yes, in turn.
"""

import asyncio
import time
from statistics import median
from typing import Annotated

import asyncpg
import typer

from benchmarks.stage import Stage, connect, seeded_id, stage

READINGS = {
    "a referral by id": (3, "select status from referrals where id = md5('referral' || (1 + $1::int))::uuid"),
    "an inbox of fifty": (
        3,
        "select id, status from referrals where receiver_id = '{me}' and status = 'sent' and $1::int >= 0"
        " order by created_at desc, id desc limit 50",
    ),
    "fifty cases in custody": (
        2,
        "select id, status from cases where custodian_id = '{me}' and $1::int >= 0"
        " order by updated_at desc, id desc limit 50",
    ),
    "all organisations": (2, "select id, agency from organisations where $1::int >= 0 order by sort_key, id"),
}
"""Name → number of the organisation that asks (seed.sql), and what it asks."""
ROUNDS, BLOCK = 6, 100
Policies = dict[str, str]


def main(*, rows: Annotated[int, typer.Option(min=100, help="Cases to load")] = 10_000) -> None:
    """Median milliseconds with the policies and without them, and their ratio."""
    with stage(rows, lambda _: None) as built:
        print(f"{rows:,} cases, {2 * rows:,} referrals; medians of {ROUNDS * BLOCK} readings, in turn.")
        for name, (asked, bare) in asyncio.run(_measured(built)).items():
            print(f"{name:<26}{asked:8.3f} ms with, {bare:8.3f} ms without: {asked / bare:5.2f}")


async def _measured(built: Stage) -> dict[str, tuple[float, float]]:
    owner, api = await connect(built.server), await asyncpg.connect(built.server.api_url.replace("+asyncpg", ""))
    try:
        said: Policies = {
            row["tablename"]: row["qual"]
            for row in await owner.fetch("select tablename, qual from pg_policies where policyname = 'beside'")
        }
        found = {}
        for name, (organisation, sql) in READINGS.items():
            me = str(seeded_id("organisation", organisation))
            await api.execute(f"select set_config('app.organisation_id', '{me}', false)")
            asked, bare = [], []
            for _ in range(ROUNDS):
                await _say(owner, said)
                asked += await _timed(api, sql.format(me=me))
                await _say(owner, dict.fromkeys(said, "true"))
                bare += await _timed(api, sql.format(me=me))
            found[name] = (median(asked), median(bare))
        return found
    finally:
        await owner.close()
        await api.close()


async def _say(owner: asyncpg.Connection, said: Policies) -> None:
    for table, condition in said.items():
        await owner.execute(f"alter policy beside on {table} using ({condition})")


async def _timed(api: asyncpg.Connection, sql: str) -> list[float]:
    """Milliseconds of each reading, after some that are not counted."""
    statement = await api.prepare(sql)
    took = []
    for number in range(-20, BLOCK):
        began = time.perf_counter()
        await statement.fetch(abs(number))
        if number >= 0:
            took.append((time.perf_counter() - began) * 1000)
    return took


if __name__ == "__main__":
    typer.run(main)
