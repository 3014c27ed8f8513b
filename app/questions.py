"""What is asked of the database thousands of times an hour, spoken to the driver itself.

A status is polled by whoever waits for it, an inbox by whoever works through it, and every submission and move asks the
same things in the same order: such a statement pays more for its road than for its answer. By way of Core it costs the
processor about six times what the driver needs. The question is still written in Core, once, so that there is one
dialect of queries.
"""

from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect


class Question:
    """A SELECT whose columns the driver reads as they are."""

    def __init__(self, statement: Any) -> None:
        made = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self.sql = made.string
        self._names = tuple(made.positiontup or ())
        self._written = {name: value for name, value in made.params.items() if value is not None}

    def bound(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values of the parameters, in their order; those that the statement itself wrote need none."""
        said = {**self._written, **values}
        return tuple(said[name] for name in self._names)


class Answer(asyncpg.Record):  # type: ignore[misc]
    """A row that is read like one of Core: by attribute, or whole as a mapping."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def _mapping(self) -> "Answer":
        return self
