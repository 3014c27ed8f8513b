"""Timeline and accesses: the custodian sees all that happened and who looked, another party its own part of it."""

from typing import Any

import pytest

from tests.factories import a_conclusion, a_held_case, a_referral, a_verification
from tests.personas import PERSONAS, Clients, Story


@pytest.fixture
async def story(clients: Clients) -> Story:
    """Verified by the police, served by the NGO now; both have looked, and so has the custodian."""
    story = await a_held_case(clients)
    await a_verification(clients, story)
    await clients.ok("demo-police", "GET", f"/v1/cases/{story.case}")
    await a_conclusion(clients, story)
    await a_referral(clients, story, status="accepted")
    for who in ("demo-labour", "demo-ngo"):
        await clients.ok(who, "GET", f"/v1/cases/{story.case}")
    return story


async def listed(clients: Clients, who: str, story: Story, what: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await clients.ok(who, "GET", f"/v1/cases/{story.case}/{what}?limit=200"))["items"]
    return items


async def test_a_party_sees_on_the_timeline_only_what_it_took_part_in(clients: Clients, story: Story) -> None:
    whole = await listed(clients, "demo-labour", story, "timeline")
    seen = await listed(clients, "demo-ngo", story, "timeline")
    happened = {entry["event"] for entry in whole}
    assert {"case.opened", "handover.confirmed", "verification.concluded", "referral.accepted"} <= happened
    assert {entry["event"] for entry in seen} == {
        "consent.given",
        "referral.sent",
        "referral.acknowledged",
        "referral.accepted",
    }
    officers = {entry["officer"] for entry in seen if entry["organisation_id"] != str(PERSONAS["demo-ngo"].id)}
    assert officers == {None}


async def test_a_party_sees_its_own_reads_and_nobody_elses(clients: Clients, story: Story) -> None:
    whole = await listed(clients, "demo-labour", story, "accesses")
    seen = await listed(clients, "demo-ngo", story, "accesses")
    assert {entry["agency"] for entry in whole} >= {"police", "labour", "ngo"}
    assert {entry["officer"] for entry in whole if not entry["own"]} == {None}
    assert seen
    assert all(entry["own"] for entry in seen)
