"""The only writer of a status: `advance` looks the move up in the table of its thing and makes it, or refuses it.

A lifecycle is three StrEnums and one table, `(status, action) → Step(to, by)`. The same table gives `available_actions`
and the diagrams. It is compared, both ways, with expectations typed by hand from the contract.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.engine import Row

from app.db import Base, Tx
from app.problems import InvalidTransition, NotYourMove
from app.questions import Answer


@dataclass(frozen=True, init=False)
class Step:
    """Where a move leads, and which parties may make it."""

    to: StrEnum
    by: tuple[StrEnum, ...]

    def __init__(self, to: StrEnum, *by: StrEnum) -> None:
        object.__setattr__(self, "to", to)
        object.__setattr__(self, "by", by)

    def open_to(self, parties: Collection[StrEnum]) -> bool:
        return any(party in parties for party in self.by)


Table = Mapping[tuple[StrEnum, StrEnum], Step]


def available_actions(table: Table, status: str, parties: Collection[StrEnum]) -> list[str]:
    """The moves open to these parties in this status, in the table's order."""
    return [str(action) for (at, action), step in table.items() if at == status and step.open_to(parties)]


def next_status(table: Table, status: str, action: StrEnum, parties: Collection[StrEnum]) -> StrEnum:
    """Where the move leads. 403 when no row gives these parties the action, 409 when one does but not from here."""
    for (at, name), step in table.items():
        if at == status and name == action and step.open_to(parties):
            return step.to
    if any(name == action and step.open_to(parties) for (_, name), step in table.items()):
        raise InvalidTransition(
            params={"status": str(status), "available_actions": available_actions(table, status, parties)}
        )
    raise NotYourMove


async def advance(
    tx: Tx, model: type[Base], row: Row[Any] | Answer, step: tuple[Table, StrEnum, Collection[StrEnum]], **values: Any
) -> StrEnum:
    """Moves a locked row: status, version and `values` at once. `step` is (table, action, the caller's parties)."""
    table, action, parties = step
    to = next_status(table, row.status, action, parties)
    columns = model.__table__.c
    await tx.execute(
        update(model)
        .where(columns.id == row.id)
        .values(status=to, version=columns.version + 1, updated_at=func.clock_timestamp(), **values)
    )
    return to


def diagram(name: str, table: Table) -> str:
    """A Mermaid state diagram of the table, for the documentation."""
    lines = [f"    {at} --> {step.to}: {action} / {', '.join(step.by)}" for (at, action), step in table.items()]
    return "\n".join([f"%% {name}", "stateDiagram-v2", *dict.fromkeys(lines)])
