"""Keyset pages: a cursor is the key of the row at the edge of a page, signed and bound to who asked for which list.

No offsets: rows that come or go never shift a page, and page 500 costs what page 1 costs. A cursor of another client,
list or filter, or a forged one, is `InvalidCursor`.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar, TypeVarTuple, get_args
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Integer, Select, bindparam, literal, tuple_
from sqlalchemy.orm import QueryableAttribute

from app.problems import InvalidCursor
from app.questions import Question

Direction = Literal["next", "prev"]
T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Column = ColumnElement[Any] | QueryableAttribute[Any]
_VERSION = b"\x01"
_MAC_BYTES = 16
_LONGEST = 1024
MOST_COUNTED = 10_000
_READERS: Mapping[type, Any] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    UUID: UUID,
    int: int,
    str: str,
}


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` and `prev` are cursors, null at the ends; `total` only when it was asked for."""

    items: list[T]
    next: str | None = None
    prev: str | None = None
    total: int | None = Field(default=None, exclude_if=lambda total: total is None)


@dataclass(frozen=True)
class PageParams:
    """The query parameters of every list."""

    cursor: str | None
    limit: int
    include_total: bool


async def _page_params(
    cursor: Annotated[str | None, Query(max_length=1024, description="From `next` or `prev` of another page.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    include_total: Annotated[
        bool,
        Query(description=f"Đếm cả danh sách, tối đa {MOST_COUNTED} · Counts the whole list, up to {MOST_COUNTED}"),
    ] = False,
) -> PageParams:
    return PageParams(cursor, limit, include_total)


PageQuery = Annotated[PageParams, Depends(_page_params)]


@dataclass(frozen=True)
class Cursor:
    """Where a page starts: the rows after (`next`) or before (`prev`) the row with this key, that row excluded."""

    direction: Direction
    key: tuple[str, ...]

    @classmethod
    def at(cls, direction: Direction, values: Sequence[Any]) -> "Cursor":
        """The cursor of a row, from the values of its ordering columns (never null)."""
        return cls(direction, tuple(str(value) for value in values))

    def encode(self, secret: bytes, binding: str) -> str:
        """Base64url of version, MAC and key: opaque but not secret, it holds what the row shows."""
        content = _json([self.direction, *self.key])
        return urlsafe_b64encode(_VERSION + _mac(secret, binding, content) + content).rstrip(b"=").decode()

    @classmethod
    def decode(cls, secret: bytes, binding: str, text: str) -> "Cursor":
        """`InvalidCursor` unless this service issued exactly this text for this binding."""
        raw = _from_base64url(text)
        start = len(_VERSION) + _MAC_BYTES
        content = raw[start:]
        if not hmac.compare_digest(raw[:start], _VERSION + _mac(secret, binding, content)):
            raise InvalidCursor
        direction, *key = json.loads(content)
        return cls(direction, tuple(key))


def binding(client_id: str, organisation_id: UUID, route: str, filters: Mapping[str, Any]) -> str:
    """What a cursor is good for. `filters` hold JSON values, all that narrow or order the list; not limit or cursor."""
    return _json([client_id, str(organisation_id), route, filters]).decode()


def list_address(path: str, filters: Mapping[str, Any], page: "PageParams") -> str:
    """The list's own address, rebuilt from what was validated, without a place in it."""
    query = urlencode({**{name: value for name, value in filters.items() if value}, "limit": page.limit})
    return f"{path}?{query}&include_total=true" if page.include_total else f"{path}?{query}"


def link_header(url: str, next: str | None, prev: str | None) -> str | None:
    """The RFC 8288 `Link` value. `url` is a path and may hold a query rebuilt from the filters as validated."""
    start = f"{url}{'&' if '?' in url else '?'}cursor="
    links = [f'<{start}{cursor}>; rel="{rel}"' for rel, cursor in (("next", next), ("prev", prev)) if cursor]
    return ", ".join(links) or None


def window(rows: Sequence[T], limit: int, direction: Direction | None) -> tuple[list[T], bool, bool]:
    """Of up to limit + 1 rows as `keyset` reads them: the page in display order, whether a next and a previous exist.

    The page a cursor came from lies behind us, hence exists; `direction` is None on the first page.
    """
    page, more = list(rows[:limit]), len(rows) > limit
    if direction == "prev":
        return page[::-1], True, more
    return page, more, direction == "next"


def keyset(
    stmt: Select[*Ts], columns: Sequence[Column], cursor: Cursor | None, limit: int, *, descending: bool
) -> Select[*Ts]:
    """Orders by `columns` (not null, together unique, all one way) and reads limit + 1 rows from the cursor on.

    A `prev` page is read backwards, nearest rows first; `window` turns it round. The predicate is one row comparison,
    which PostgreSQL answers from an index on the same columns.
    """
    direction, edge = None, []
    if cursor is not None:
        direction, values = cursor.direction, _values(columns, cursor.key)
        edge = [literal(value, column.type) for column, value in zip(columns, values, strict=True)]
    return _ordered(stmt, columns, direction, edge, descending=descending).limit(limit + 1)


def _ordered(
    stmt: Select[*Ts],
    columns: Sequence[Column],
    direction: Direction | None,
    edge: Sequence[ColumnElement[Any]],
    *,
    descending: bool,
) -> Select[*Ts]:
    falling = descending != (direction == "prev")
    if direction is not None:
        row, bound = tuple_(*columns), tuple_(*edge)
        stmt = stmt.where(row < bound if falling else row > bound)
    return stmt.order_by(*(column.desc() if falling else column.asc() for column in columns))


def newest(query: Select[*Ts], model: Any, cursor: Cursor | None, limit: int) -> Select[*Ts]:
    """`keyset` in the order of most lists: the latest made first, by id among those of one moment."""
    return keyset(query, (model.created_at, model.id), cursor, limit, descending=True)


class Walk:
    """`newest` of a list that is read so often that its statements are made once: to make one costs as much as to run
    it. `query` has the parameters of the list itself."""

    def __init__(self, query: Select[Any], model: Any) -> None:
        self._columns: tuple[Column, ...] = (model.created_at, model.id)
        edge = [bindparam(f"edge_{n}", type_=column.type) for n, column in enumerate(self._columns)]
        limit = bindparam("limit", type_=Integer())
        self._questions = {
            direction: Question(_ordered(query, self._columns, direction, edge, descending=True).limit(limit))
            for direction in (None, *get_args(Direction))
        }

    def question(self, cursor: Cursor | None) -> Question:
        return self._questions[cursor.direction if cursor else None]

    def place(self, cursor: Cursor | None, limit: int) -> dict[str, Any]:
        """The question's values for up to limit + 1 rows from the cursor on, as `window` takes them."""
        key = _values(self._columns, cursor.key) if cursor else ()
        return {"limit": limit + 1, **{f"edge_{n}": value for n, value in enumerate(key)}}


def _values(columns: Sequence[Column], key: tuple[str, ...]) -> list[Any]:
    # A cursor from before a change of the ordering carries a good signature and still does not fit.
    try:
        return [_READERS[column.type.python_type](text) for column, text in zip(columns, key, strict=True)]
    except ValueError:
        raise InvalidCursor from None


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _mac(secret: bytes, binding: str, content: bytes) -> bytes:
    # JSON text holds no NUL byte, so the first one ends the binding.
    return hmac.digest(secret, _json(["cursor", binding]) + b"\0" + content, "sha256")[:_MAC_BYTES]


def _from_base64url(text: str) -> bytes:
    """Only the canonical spelling, so that one cursor has one text."""
    if len(text) > _LONGEST:
        raise InvalidCursor
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise InvalidCursor from None
    if urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise InvalidCursor
    return raw
