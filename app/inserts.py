"""How rows are written: a few ride together in one round trip, many are one statement.

COPY cannot write where row security holds. An INSERT from arrays can, each row is judged, and it costs PostgreSQL about
as little. Inline always: a RETURNING for generated columns would need the right to SELECT them.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.orm import DeclarativeBase

_FEW = 20
_PACKED = (JSONB, ARRAY)


def insertion(table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> tuple[Insert, Any]:
    """The statement that writes these rows, all of one shape and in this order, and what to send with it."""
    if len(rows) <= _FEW:
        return _of_few(table), rows if len(rows) > 1 else rows[0]
    sent = {name: _column(table, name, [row[name] for row in rows]) for name in rows[0]}
    return _of_many(table, tuple(sent)), sent


@cache
def _of_few(table: type[DeclarativeBase]) -> Insert:
    return insert(table).inline()


@cache
def _of_many(table: type[DeclarativeBase], columns: tuple[str, ...]) -> Insert:
    """One array a column, side by side."""
    types = {name: table.__table__.c[name].type for name in columns}
    packed = {name for name, kind in types.items() if isinstance(kind, _PACKED)}
    sent = [bindparam(name, type_=ARRAY(Text() if name in packed else types[name])) for name in columns]
    rows = func.unnest(*sent).table_valued(*columns, name="sent").render_derived()
    each = [cast(rows.c[name], types[name]) if name in packed else rows.c[name] for name in columns]
    return insert(table).inline().from_select(columns, select(*each), include_defaults=False)


def _column(table: type[DeclarativeBase], name: str, values: list[Any]) -> list[Any]:
    """An array of arrays must be even in PostgreSQL, so those of a row go as text; and JSON goes as text anyhow."""
    kind = table.__table__.c[name].type
    pack = _json if isinstance(kind, JSONB) else _array if isinstance(kind, ARRAY) else None
    return [value if value is None else pack(value) for value in values] if pack else values


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _array(value: Sequence[Any]) -> str:
    quoted = (str(each).replace("\\", "\\\\").replace('"', '\\"') for each in value)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
