"""A worklist of 100,000 open duties: a page of fifty is one query, and it walks the index that is in its order."""

import json
from typing import Any

from fastapi import FastAPI
from sqlalchemy import event

from tests.conftest import Raw
from tests.deadlines.duties import Sort, items, some, supervising
from tests.personas import Clients
from tests.sql import acting

MANY = 100_000
Plan = dict[str, Any]


class Taken:
    """The statements that the application sends, with their values, while this is open."""

    def __init__(self, app: FastAPI) -> None:
        self._engine = app.state.database.engine.sync_engine
        self.statements: list[tuple[str, tuple[Any, ...]]] = []

    def _take(self, _connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool) -> None:
        self.statements.append((sql, tuple(values)))

    def __enter__(self) -> "Taken":
        event.listen(self._engine, "before_cursor_execute", self._take)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._take)


def nodes(plan: Plan) -> list[Plan]:
    return [plan, *(node for below in plan.get("Plans", []) for node in nodes(below))]


async def planned(raw: Raw, who: str, sql: str, values: tuple[Any, ...]) -> list[Plan]:
    """The nodes of the plan that this body gets, under row security and whatever the values will be."""
    async with acting(raw, who) as connection:
        await connection.execute("set local plan_cache_mode = force_generic_plan")
        await connection.execute(f"prepare page as {sql}")
        written = [await connection.fetchval("select quote_literal($1)", str(value)) for value in values]
        (row,) = await connection.fetch(f"explain (format json) execute page({', '.join(written)})")
        await connection.execute("deallocate page")
    return nodes(json.loads(row[0])[0]["Plan"])


async def test_a_page_of_a_hundred_thousand_is_one_walk_of_one_index(clients: Clients, app: FastAPI, raw: Raw) -> None:
    await some(raw, "demo-police", Sort(), MANY)
    await some(raw, "demo-labour", Sort(), 100)
    await raw.all.execute("analyze duties")
    await clients.ok("demo-police", "GET", "/v1/me")
    with Taken(app) as taken:
        page = await clients.ok("demo-police", "GET", "/v1/worklist?limit=50")
    assert len(page["items"]) == 50
    ((sql, values),) = taken.statements
    plan = await planned(raw, "demo-police", sql, values)
    scans = [node for node in plan if "Relation Name" in node]
    assert [(node["Relation Name"], node["Index Name"]) for node in scans] == [("duties", "ix_duties_worklist")]
    assert "Sort" not in {node["Node Type"] for node in plan}
    async with supervising(raw, "demo-oversight", "demo-police", "demo-labour"):
        assert len(await items(clients, "demo-oversight", view="supervised")) == 50
    await raw.all.execute("truncate duties")
