"""What one person must not do alone: whoever approves is another officer, through another client, than who asked.

The officer is what the organisation says of itself; the client is proven by its key, so both must differ. The tables
repeat it as a constraint.
"""

from app.db import Tx
from app.problems import SecondPersonRequired


def second_person(tx: Tx, asked_client: str, asked_officer: str) -> None:
    """`SecondPersonRequired` when the caller is the one who asked, in either respect."""
    if tx.caller.client_id == asked_client or tx.act.officer == asked_officer:
        raise SecondPersonRequired
