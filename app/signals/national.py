"""What the database knows of the service as a whole, the same whichever worker asks."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.db import Database


@dataclass(frozen=True)
class National:
    """Lags are the age in seconds of the oldest thing that waits, 0 where nothing does: an event that the feed does not
    show yet, one due to a webhook that is not in trouble, an audit entry that no signed head covers."""

    feed_lag: float
    webhook_lag: float
    webhooks_failing: int
    tree_lag: float
    batches: int


async def national(database: Database) -> National:
    (row,) = await database.plain("select * from access.signals()")
    return National(**row)


async def overdue(database: Database) -> Mapping[str, int]:
    """Clocks overdue by rule, in steps of five, rounded up: small cells tell of persons."""
    rows = await database.plain("select * from access.overdue()")
    return {row["rule"]: row["overdue"] for row in rows}
