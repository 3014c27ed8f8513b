"""What the tests of stays ask and arrange: free places, another shelter, a person whom a shelter has taken in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from tests.conftest import Raw
from tests.factories import SHELTER, a_held_case, a_referral
from tests.personas import PERSONAS, Clients, Story

ENDED = {"ended_on": "2026-11-21", "reason": "moved_on", "destination": "own_home"}


async def free(raw: Raw, service: str = SHELTER) -> int | None:
    found: int | None = await raw.all.fetchval("select places_free from services where id = $1", UUID(service))
    return found


async def set_places(raw: Raw, free_now: int | None, total: int | None = 10) -> None:
    await raw.all.execute(
        "update services set places_free = $2, places_total = $3 where id = $1", UUID(SHELTER), free_now, total
    )


@asynccontextmanager
async def another_shelter(raw: Raw, of: str = "demo-ngo", province: str = "15", places: int = 2) -> AsyncIterator[str]:
    """A service for as long as it lasts; the registry is kept from test to test."""
    service_id = uuid4()
    await raw.all.execute(
        "insert into services (id, organisation_id, service, province_codes, places_total, places_free)"
        " values ($1, $2, 'shelter', $3, $4, $4)",
        *(service_id, PERSONAS[of].id, [province], places),
    )
    try:
        yield str(service_id)
    finally:
        await raw.all.execute("set session_replication_role = replica")
        await raw.all.execute("delete from placements where service_id = $1", service_id)
        await raw.all.execute("delete from services where id = $1", service_id)
        await raw.all.execute("reset session_replication_role")


async def a_taken_in(clients: Clients, story: Story | None = None, by: str = "demo-shelter") -> Story:
    """A person whose referral for shelter that facility has accepted; labour has custody."""
    story = story or await a_held_case(clients, accompanying_minors=[])
    return await a_referral(clients, story, status="accepted", receiver=by, service="shelter")


async def problem(clients: Clients, who: str, path: str, body: Any, **headers: Any) -> tuple[int, dict[str, Any]]:
    """Status and problem of a refused POST."""
    answer = await clients.call(who, "POST", path, body, **headers)
    assert not answer.is_success, answer.text
    return answer.status_code, answer.json()


async def events(clients: Clients, who: str, case_id: str, thing: str) -> list[str]:
    """What this body's timeline of the case tells of one kind of thing."""
    page = await clients.ok(who, "GET", f"/v1/cases/{case_id}/timeline?limit=200")
    return [entry["event"] for entry in page["items"] if entry["subject_type"] == thing]
