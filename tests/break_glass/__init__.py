"""Break-glass as the tests walk it: police ask for a case that labour holds, and a second officer approves."""

from typing import Any

from tests.conftest import Raw
from tests.factories import an_action
from tests.handles import a_handle
from tests.personas import Clients, Story

PATH = "/v1/break-glass"
ASKER, SECOND, HOLDER, OVERSEER = "demo-police", "demo-police-second", "demo-labour", "demo-oversight"
WHY = "Có tin kẻ mua bán đang trên đường đến nhà."
SEEN = {"identity", "handling", "needs", "contact"}
FOUND = {"finding": "justified", "text": "Đã gọi nơi quản lý, không ai nghe máy."}


async def asked(clients: Clients, case_id: str, who: str = ASKER, reason: str = "danger_to_life") -> dict[str, Any]:
    body = {"handle": await a_handle(case_id, who), "reason": reason, "text": WHY}
    made: dict[str, Any] = await clients.ok(who, "POST", PATH, body)
    return made


async def moved(clients: Clients, glass: dict[str, Any], who: str, act: str, body: Any = None) -> dict[str, Any]:
    return await an_action(clients, who, f"{PATH}/{glass['id']}", act, body or {})


async def a_look(clients: Clients, case_id: str, until: str = "active") -> dict[str, Any]:
    """A break-glass walked to `until`: requested, active, ended or reviewed."""
    glass = await asked(clients, case_id)
    for status, who, act, body in (
        ("active", SECOND, "approvals", {}),
        ("ended", ASKER, "endings", {}),
        ("reviewed", OVERSEER, "reviews", FOUND),
    ):
        if glass["status"] == until:
            break
        glass = await moved(clients, glass, who, act, body)
        assert glass["status"] == status
    return glass


async def over(raw: Raw) -> None:
    """The hour of the one that is active has gone by."""
    await raw.all.execute(
        "set session_replication_role = replica; update break_glass set expires_at = approved_at;"
        " update case_parties set expires_at = created_at where carrier = 'break_glass'; reset session_replication_role"
    )


async def seen(clients: Clients, story: Story, who: str = ASKER) -> set[str]:
    """The sections that this client reads; none of a case that is hidden from it."""
    answer = await clients.get(who, f"/v1/cases/{story.case}")
    if answer.status_code == 404:
        return set()
    return set(answer.json()["sections"]) - set(answer.json()["masked"])
