"""How PostgreSQL finds a page of an inbox once it plans for nobody's values, as it does from the sixth time on."""

from collections.abc import Iterator

import asyncpg
import pytest

from app.connections import PLANNER
from app.pages import Cursor
from app.referrals.reads import WALKS
from benchmarks.stage import CLIENTS, Stage, seeded_id, stage
from tests.conftest import dsn

ROWS = 1000
"""Enough for PostgreSQL to have a choice: of a hundred it walks an index whatever it is told."""
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
    question = WALKS[box, one_status].question(cursor)
    settings = {**PLANNER, "plan_cache_mode": "force_generic_plan"}
    api = await asyncpg.connect(dsn(built.server.api_url), server_settings=settings)
    try:
        organisation = str(seeded_id("organisation", CLIENTS["ngo"][0]))
        await api.execute("select set_config('app.organisation_id', $1, false)", organisation)
        await api.execute(f"prepare page as {question.sql}")
        nulls = ", ".join("null" for _ in range(question.sql.count("$")))
        plan = "\n".join(row[0] for row in await api.fetch(f"explain execute page({nulls})"))
    finally:
        await api.close()
    assert "Sort" not in plan
    assert "using ix_referrals_" in plan
