"""Builders of the money: a person found a victim, an application granted, a half paid."""

from typing import Any

import httpx

from tests.benefits import a_disbursement, an_application
from tests.factories import CONCLUSION, a_confirmation, a_held_case, a_proposed_handover, a_verification, an_action
from tests.personas import Clients, Story

ELSEWHERE = "labour-elsewhere"
HALF, WHOLE = 1_500_000, 3_000_000
GRANT = {"result": "granted", "number": "88/QĐ-SYT", "decided_on": "2026-11-21", "amount_vnd": WHOLE}
REFUSAL = {"result": "refused", "number": "89/QĐ-SYT", "decided_on": "2026-11-21", "reason": "Đã nhận năm trước."}
PAYMENT = {"paid_on": "2026-11-21", "amount_vnd": HALF, "receipt_number": "BN-0042"}


async def a_victim(clients: Clients, issued_on: str = "2026-11-20", **changes: Any) -> Story:
    """Held by labour, found a victim on that day."""
    story = await a_held_case(clients, **{"accompanying_minors": [], **changes})
    await a_verification(clients, story)
    certificate = {"number": "12/GXN-CA", "issued_on": issued_on}
    path = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, "demo-police", path, "conclusions", {**CONCLUSION, "certificate": certificate})
    return story


async def a_grant(clients: Clients, story: Story, decider: str = "demo-labour", **changes: Any) -> dict[str, Any]:
    """An allowance applied for and granted."""
    application = await an_application(clients, story, decider)
    return await an_action(clients, decider, f"/v1/applications/{application['id']}", "decisions", {**GRANT, **changes})


async def a_payment(clients: Clients, disbursement: dict[str, Any], by: str = "demo-labour") -> dict[str, Any]:
    return await an_action(clients, by, f"/v1/disbursements/{disbursement['id']}", "payments", PAYMENT)


async def a_half_paid_allowance(clients: Clients, story: Story) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Granted, planned in two halves, the first one paid."""
    application = await a_grant(clients, story)
    halves = [await a_disbursement(clients, story, application_id=application["id"]) for _ in range(2)]
    return application, [await a_payment(clients, halves[0]), halves[1]]


async def moved_to(clients: Clients, story: Story, receiver: str, giver: str = "demo-labour") -> None:
    """Custody passes to `receiver`."""
    await a_proposed_handover(clients, story, giver, receiver)
    await a_confirmation(clients, story, receiver)


async def tried(clients: Clients, who: str, path: str, act: str, body: dict[str, Any]) -> httpx.Response:
    """One act, with the version this party sees now, or some other where it sees none."""
    etag = (await clients.get(who, path)).headers.get("ETag", '"AAAAAAAAAAAAAAAAAAAA"')
    return await clients.call(who, "POST", f"{path}/{act}", body, etag=etag)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def pointers(answer: httpx.Response) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]
