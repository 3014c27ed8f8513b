"""What one person must not do alone: whoever approves is another officer, through another client, than who asked.

The officer is what the organisation says of itself; the client is proven by its key, so both must differ. The tables
repeat it as a constraint.
"""

from app.db import Tx
from app.problems import SecondPersonRequired


def are_two(client: str, officer: str | None, asked_client: str, asked_officer: str) -> bool:
    """Whether these are another officer and another client than those who asked."""
    return client != asked_client and officer != asked_officer


def second_person(tx: Tx, asked_client: str, asked_officer: str) -> None:
    """`SecondPersonRequired` when the caller is the one who asked, in either respect."""
    if not are_two(tx.caller.client_id, tx.act.officer, asked_client, asked_officer):
        raise SecondPersonRequired
