"""What is asked of the database thousands of times an hour, spoken to the driver itself.

A status is polled by whoever waits for it, and such a read pays more for its road than for its answer: by way of Core
it costs the processor about six times what the driver needs (performance.md). The question is still written in Core,
once, so that there is one dialect of queries.
"""

from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect


class Question:
    """A SELECT whose columns the driver reads as they are: no JSON, which only Core decodes."""

    def __init__(self, statement: Select[tuple[object, ...]]) -> None:
        made = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self.sql = made.string
        self.names = tuple(made.positiontup or ())
