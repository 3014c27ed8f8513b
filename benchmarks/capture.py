"""Takes down the SQL that the application sends for one request, with its values: what pgbench then repeats."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import event

from app.main import create_app
from app.settings import Settings
from benchmarks.operations import Request
from benchmarks.stage import ISSUER, Stage


@dataclass(frozen=True)
class Statement:
    """One round trip: the statement with `$n`, and one list of values for each time it is executed in it."""

    sql: str
    values: tuple[tuple[Any, ...], ...]


def capture(stage: Stage, warm: Request, requests: Sequence[Request]) -> list[list[Statement]]:
    """The statements of each request. `warm` goes first: its connection and its look at the registry do not count."""
    return asyncio.run(_capture(stage, warm, requests))


async def _capture(stage: Stage, warm: Request, requests: Sequence[Request]) -> list[list[Statement]]:
    app = create_app(Settings(data=stage.data, public_url=ISSUER, pool_size=1), stage.server.api_url)
    engine = app.state.database.engine
    taken: list[Statement] = []
    begins: list[str] = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def take(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:
        """What goes through Core. Noted in the next turn of the loop, as the driver does: else it would overtake."""
        asyncio.get_running_loop().call_soon(taken.append, Statement(sql, tuple(values) if many else (tuple(values),)))

    def hear(query: Any) -> None:
        """What goes past Core: BEGIN, COMMIT, a `Question`, and rows; of many in one round trip each has its values."""
        if "set_config" in query.query:
            begins.append(query.query)
        elif query.args:
            each = query.args if isinstance(query.args, list) else [query.args]
            taken.append(Statement(query.query, tuple(tuple(values) for values in each)))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as http:
        await _send(http, warm)
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_query_logger(hear)
        found = []
        for request in requests:
            taken.clear()
            await _send(http, request)
            await asyncio.sleep(0)  # the driver's logger is called in the loop's next turn
            found.append([Statement(begins[-1], ((),)), *taken, Statement("commit", ((),))])
    await app.state.database.close()
    return found


async def _send(http: httpx.AsyncClient, request: Request) -> None:
    json = {"Content-Type": "application/json"} if request.method != "GET" else {}
    answer = await http.request(
        request.method, request.path, headers={**request.headers, **json}, content=request.body or None
    )
    answer.raise_for_status()
