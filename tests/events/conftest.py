"""Reading the feed as a partner does: page by page, to the end, from wherever the last page ended."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI

from app.events.relay import advance
from tests.personas import Clients

Follow = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def follow(app: FastAPI, clients: Clients) -> Follow:
    """Everything that `who` is told after the cursor, as the horizon stands after one more round of the relay."""

    async def read(who: str, after: str | None = None, limit: int = 100, types: str = "") -> list[dict[str, Any]]:
        await advance(app.state.database)
        told: list[dict[str, Any]] = []
        while True:
            query = f"limit={limit}" + (f"&after={after}" if after else "") + (f"&types={types}" if types else "")
            page = await clients.ok(who, "GET", f"/v1/events?{query}")
            told += page["items"]
            if len(page["items"]) < limit:
                return told
            after = page["next"]

    return read
