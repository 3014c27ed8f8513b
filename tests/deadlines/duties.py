"""What the tests of clocks ask: a worklist, the rows beneath it, the date counted by the frozen rule."""

from datetime import datetime, timedelta
from typing import Any

from app.law.clocks import Clocks
from app.law.deadlines import DEADLINES, Deadline
from app.law.rules import Regime
from tests.conftest import Raw
from tests.personas import Clients

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
