"""Builders of what the tests of the money start from."""

from typing import Any

from tests.personas import PERSONAS, Clients, Story


async def an_application(
    clients: Clients, story: Story, decider: str = "demo-labour", **changes: Any
) -> dict[str, Any]:
    """An allowance asked for by the person, handed in by labour."""
    body = {
        "supports": ["initial_allowance"],
        "applicant": "person",
        "text": "Xin trợ cấp để bắt đầu lại.",
        "submitted_on": "2026-11-20",
        "decider_id": str(PERSONAS[decider].id),
        **changes,
    }
    made: dict[str, Any] = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/applications", body)
    return made


async def a_disbursement(clients: Clients, story: Story, by: str = "demo-labour", **changes: Any) -> dict[str, Any]:
    """Half an allowance, planned."""
    body = {
        "regime": "k",
        "service": "initial_allowance",
        "amount_vnd": 1_500_000,
        "planned_on": "2026-11-20",
        "funding": "state",
        "budget": "Dự toán năm 2026",
        **changes,
    }
    made: dict[str, Any] = await clients.ok(by, "POST", f"/v1/cases/{story.case}/disbursements", body)
    return made
