"""Operations that will end: what every answer of theirs says about it (RFC 9745, RFC 8594). The table is data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import yaml
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTICE = timedelta(days=180)
_FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Deprecation:
    """`operation` is announced on `since` to end on `sunset`. ValueError where partners have less than `NOTICE`."""

    operation: str
    since: date
    sunset: date
    successor: str | None = None

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError(f"{_FILE.name}: {self.operation} ends sooner than {NOTICE.days} days after its notice")

    def headers(self) -> Mapping[str, str]:
        """`Deprecation` is a structured date (RFC 9651 §3.3.7), `Sunset` one of HTTP: both midnight UTC."""
        since, sunset = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (self.since, self.sunset))
        return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": format_datetime(sunset, usegmt=True)}


Table = dict[str, Deprecation]


def load() -> Table:
    """Operation → its deprecation."""
    rows: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text("utf-8"))["operations"]
    return {row["operation"]: Deprecation(**row) for row in rows}


class Deprecations:
    """Middleware: the route that answered is known only when it does."""

    def __init__(self, app: ASGIApp, *, table: Table) -> None:
        self.app, self._table = app, table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._table:
            return await self.app(scope, receive, send)

        async def told(message: Message) -> None:
            route = scope.get("route")
            if message["type"] == "http.response.start" and route is not None:
                found = self._table.get(f"{scope['method']} {route.path}")
                if found:
                    MutableHeaders(scope=message).update(found.headers())
            await send(message)

        await self.app(scope, receive, told)
