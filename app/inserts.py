"""How rows are written: a few ride together in one round trip, many are one statement.

COPY cannot write where row security holds. An INSERT from arrays can, each row is judged, and it costs PostgreSQL about
as little. Inline always: a RETURNING for generated columns would need the right to SELECT them. Each shape is put into
words once and then spoken to the driver itself: on its way through Core a row cost the processor more than in it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from pydantic_core import to_json
from sqlalchemy import Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

_FEW = 20
_PACKED = (JSONB, ARRAY)


Spelled: TypeAlias = Mapping[type[TypeEngine[Any]], Callable[[Any], str]]


class _Made:
    """An INSERT of one shape: its words, and the columns in the order of its parameters, each with what spells a value
    of its type where the driver would not."""

    def __init__(self, statement: Insert, columns: Sequence[str], spelled: Spelled) -> None:
        made = statement.compile(dialect=dialect(), column_keys=list(columns))  # type: ignore[no-untyped-call]
        self.sql = made.string
        types = statement.table.c
        self._columns = [(name, spelled.get(type(types[name].type))) for name in made.positiontup or ()]

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        """Of one row."""
        return [_spelled(spell, row[name]) if spell else row[name] for name, spell in self._columns]

    def arrays(self, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        """One for each column, of all rows."""
        return [
            [_spelled(spell, row[name]) for row in rows] if spell else [row[name] for row in rows]
            for name, spell in self._columns
        ]


async def write_rows(driver: Any, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows, all of one shape, in the order given, by a connection of asyncpg."""
    columns = tuple(rows[0])
    if len(rows) > _FEW:
        many = _of_many(table, columns)
        await driver.execute(many.sql, *many.arrays(rows))
    elif len(rows) > 1:
        few = _of_few(table, columns)
        await driver.executemany(few.sql, [few.values(row) for row in rows])
    else:
        one = _of_few(table, columns)
        await driver.execute(one.sql, *one.values(rows[0]))


@cache
def _of_few(table: type[DeclarativeBase], columns: tuple[str, ...]) -> _Made:
    return _Made(insert(table).inline(), columns, {JSONB: _json})


@cache
def _of_many(table: type[DeclarativeBase], columns: tuple[str, ...]) -> _Made:
    """One array a column, side by side. An array of arrays must be even in PostgreSQL, so those of a row go as text;
    and JSON goes as text anyhow."""
    types = {name: table.__table__.c[name].type for name in columns}
    packed = {name for name, kind in types.items() if isinstance(kind, _PACKED)}
    sent = [bindparam(name, type_=ARRAY(Text() if name in packed else types[name])) for name in columns]
    rows = func.unnest(*sent).table_valued(*columns, name="sent").render_derived()
    each = [cast(rows.c[name], types[name]) if name in packed else rows.c[name] for name in columns]
    statement = insert(table).inline().from_select(columns, select(*each), include_defaults=False)
    return _Made(statement, columns, {JSONB: _json, ARRAY: _array})


def _spelled(spell: Callable[[Any], str], value: Any) -> str | None:
    return None if value is None else spell(value)


def _json(value: Any) -> str:
    return to_json(value).decode()


def _array(value: Sequence[Any]) -> str:
    quoted = (str(each).replace("\\", "\\\\").replace('"', '\\"') for each in value)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
