"""What of an audit entry its leaf covers: every column, in one spelling that anybody can repeat from an export."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.canonical import canonical
from app.merkle import leaf_hash


def content(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as it is hashed and exported: every column but the leaf itself. What is null is left out, so that a
    column added later leaves the older leaves true."""
    return {name: _plain(value) for name, value in row.items() if value is not None and name != "leaf"}


def leaf_of(entry: Mapping[str, Any]) -> bytes:
    """The RFC 9162 leaf hash of an entry's `content`, spelled canonically (RFC 8785)."""
    return leaf_hash(canonical(dict(entry)))


def with_leaf(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its leaf, and with the time that the leaf covers: this machine's, not the database's."""
    timed = {**row, "at": datetime.now(UTC)}
    return {**timed, "leaf": leaf_of(content(timed))}


def spelled(time: datetime) -> str:
    """RFC 3339, UTC, to the microsecond."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return spelled(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, UUID) else value
