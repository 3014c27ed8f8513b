"""Builders of overrides of consent, over the public API."""

from typing import Any

from tests.factories import an_action
from tests.personas import PERSONAS, Clients, Story


async def an_override(
    clients: Clients, story: Story, recipient: str = "demo-shelter", *, status: str = "approved", **changes: Any
) -> dict[str, Any]:
    """Asked for by labour, which has custody, and approved by its second client unless it stays `requested`."""
    body = {
        "recipient_id": str(PERSONAS[recipient].id),
        "purpose": "shelter",
        "sections": ["identity", "needs"],
        "reason": "vital_interest",
        "text": "Đang hôn mê tại bệnh viện.",
        **changes,
    }
    made: dict[str, Any] = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/overrides", body)
    if status == "approved":
        made = await an_action(clients, "demo-labour-second", f"/v1/overrides/{made['id']}", "approvals", {})
    return made
