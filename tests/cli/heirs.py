"""Bodies that stand ready as successors, and the transfer to one of them."""

from typing import Any

from app.cli import transfer
from app.cli.stakes import Transfer
from app.embedded import Server
from tests.sql import org

HEIRS = {
    "new-labour": "demo-labour",
    "new-police": "demo-police",
    "new-border": "demo-border",
    "new-foreign": "demo-foreign",
    "new-shelter": "demo-shelter",
}
"""Who each of them is to follow; none of them gives clinical care."""


def to_heir(giver: str = "demo-labour", taker: str = "new-labour", **members: Any) -> Transfer:
    return Transfer(giver=org(giver), taker=org(taker), **members)


async def pass_on(server: Server, wanted: Transfer, batch: int = 500) -> tuple[int, list[str]]:
    return await transfer.carry_out(server.migration_url, wanted, lambda done, total: None, batch)
