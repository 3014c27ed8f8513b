"""What the tests of clocks ask: a worklist, the rows beneath it, the date counted by the frozen rule."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.law.clocks import Clocks
from app.law.deadlines import DEADLINES, Deadline
from app.law.rules import Regime
from tests.conftest import Raw
from tests.personas import PERSONAS, Clients

CLOCKS = Clocks()
Item = dict[str, Any]


async def items(clients: Clients, who: str, **filters: str) -> list[Item]:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    found: list[Item] = (await clients.ok(who, "GET", f"/v1/worklist?{query}"))["items"]
    return found


async def owed(clients: Clients, who: str) -> dict[str, Item]:
    """The worklist by rule; a rule that stands there twice is a mistake of the test."""
    found = await items(clients, who)
    by_rule = {item["rule"]: item for item in found}
    assert len(by_rule) == len(found)
    return by_rule


async def rows(raw: Raw, rule_id: str) -> list[dict[str, Any]]:
    """Every clock of the rule, ended or not, oldest first."""
    found = await raw.all.fetch("select * from duties where rule_id = $1 order by started_at, id", rule_id)
    return [dict(row) for row in found]


async def the_row(raw: Raw, rule_id: str) -> dict[str, Any]:
    (row,) = await rows(raw, rule_id)
    return row


async def statuses(raw: Raw, rule_id: str) -> list[str]:
    return [row["status"] for row in await rows(raw, rule_id)]


def rule(rule_id: str) -> Deadline:
    """The rule of the new law, of which there is one version."""
    (found,) = (each for each in DEADLINES.of(rule_id) if each.regime == Regime.LAW_2024)
    return found


def counted(rule_id: str, started_at: datetime) -> datetime:
    return CLOCKS.start(rule(rule_id), started_at).due_at


def due(item: Item) -> datetime:
    return datetime.fromisoformat(item["due_at"])


async def begin_earlier(raw: Raw, rule_id: str, ago: timedelta, paused: timedelta | None = None) -> datetime:
    """Makes the one clock of the rule that long old, and its pause too; the date it then has."""
    row = await the_row(raw, rule_id)
    start = row["started_at"] - ago
    await raw.all.execute(
        "update duties set started_at = $2, due_at = $3, paused_at = $4 where id = $1",
        *(row["id"], start, counted(rule_id, start), row["paused_at"] - paused if paused else None),
    )
    return counted(rule_id, start)


_INSERT = """
insert into duties (id, organisation_id, owner, rule_id, rule_key, carrier, carrier_id, province_code, started_at,
                    due_at, warn_at, paused_at, status)
select gen_random_uuid(), $1, 'verifier', 'D04', 'D04:law_2024:2025-07-01', $2, gen_random_uuid(), $3,
  now() - interval '40 days', now() + $4 + n * interval '1 second', now() + $5, now() + $6, $7
from generate_series(1, $8) n returning id
"""


@dataclass(frozen=True)
class Sort:
    """Duties of one sort, put straight into the table; spans are from now."""

    due: timedelta = timedelta(days=9)
    warn: timedelta = timedelta(days=6)
    paused: timedelta | None = None
    carrier: str = "verification"
    province: str | None = "15"
    status: str = "running"


MISSED = Sort(due=timedelta(days=-1), warn=timedelta(days=-4))
APPROACHING = Sort(due=timedelta(days=2), warn=timedelta(days=-1))


async def some(raw: Raw, who: str, sort: Sort, number: int = 1) -> set[UUID]:
    values = (sort.carrier, sort.province, sort.due, sort.warn, sort.paused, sort.status, number)
    return {row["id"] for row in await raw.all.fetch(_INSERT, PERSONAS[who].id, *values)}


@asynccontextmanager
async def supervising(raw: Raw, supervisor: str, *bodies: str) -> AsyncIterator[None]:
    """For as long as it lasts; the registry is kept from test to test."""
    ids = [PERSONAS[body].id for body in bodies]
    change = "update organisations set supervised_by = $2 where id = any ($1)"
    await raw.all.execute(change, ids, PERSONAS[supervisor].id)
    try:
        yield
    finally:
        await raw.all.execute(change, ids, None)
