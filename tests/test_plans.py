"""How PostgreSQL finds rows once it plans for nobody's values, as it does from the sixth time on, and keeps to that."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

import app.main  # noqa: F401 - all tables
from app.connections import PLANNER
from app.db import Base
from app.pages import Cursor
from app.referrals.reads import WALKS
from benchmarks.stage import CLIENTS, Stage, connect, seeded_id, stage
from tests.conftest import dsn

ROWS = 1000
"""Enough for PostgreSQL to have a choice: of a hundred it walks an index whatever it is told."""
SETTINGS = {**PLANNER, "plan_cache_mode": "force_generic_plan"}
OF_CASES = {table.name for table in Base.metadata.tables.values() if "case_id" in table.c}
ELSEWISE = {"outbox_events", "intake_contents", "verification_evidence", "search_handles"}
"""Asked by number, by their intake, by their verification; and handles, which are few, for they expire."""
CURSORS = {"first": None, "next": Cursor("next", ()), "prev": Cursor("prev", ())}


@pytest.fixture(scope="module")
def built() -> Iterator[Stage]:
    with stage(ROWS, lambda _: None, first=()) as made:
        yield made


@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
@pytest.mark.parametrize("one_status", [True, False])
@pytest.mark.parametrize("box", ["inbox", "outbox"])
async def test_a_page_is_walked_to_and_never_sorted(
    built: Stage, box: str, *, one_status: bool, cursor: Cursor | None
) -> None:
    plan = await _plan(built, WALKS[box, one_status].question(cursor).sql)
    assert "Sort" not in plan
    assert "using ix_referrals_" in plan


async def test_a_plan_made_while_a_table_was_empty_goes_by_an_index(built: Stage) -> None:
    """A connection keeps it while the table grows: each record cost more than the last, until an ANALYZE."""
    assert not await asyncio.to_thread(built.fetch, "select from case_entries")
    assert "Seq Scan" not in await _plan(built, "select version from case_entries where case_id = $1")


@pytest.mark.parametrize("table", sorted(OF_CASES - ELSEWISE))
async def test_what_a_case_has_is_found_by_an_index(built: Stage, table: str) -> None:
    """Nothing else shows that one is missing: each intake read all clocks there were, by a function of the schema's."""
    superuser = await connect(built.server)
    for name, value in SETTINGS.items():
        await superuser.execute(f"set {name} = {value}")
    assert "Seq Scan" not in await _explained(superuser, f"select from {table} where case_id = $1")


async def _plan(built: Stage, sql: str) -> str:
    api = await asyncpg.connect(dsn(built.server.api_url), server_settings=SETTINGS)
    organisation = str(seeded_id("organisation", CLIENTS["ngo"][0]))
    await api.execute("select set_config('app.organisation_id', $1, false)", organisation)
    return await _explained(api, sql)


async def _explained(connection: Any, sql: str) -> str:
    try:
        await connection.execute(f"prepare asked as {sql}")
        nulls = ", ".join("null" for _ in range(sql.count("$")))
        return "\n".join(row[0] for row in await connection.fetch(f"explain execute asked({nulls})"))
    finally:
        await connection.close()
