"""Reports as a hotline takes them down: an unknown person, a situation, a group, somebody who declines."""

from typing import Any
from uuid import uuid4

import httpx

from tests.factories import a_confirmation, a_proposed_handover
from tests.personas import Clients, Story

HOTLINE, COMMUNE = "demo-hotline", "demo-commune"
WORDS = "Cô gái khoảng hai mươi tuổi, áo đỏ, bị nhốt ở nhà ba tầng."
REPORTER = {"full_name": "Lò Thị Mận", "phone": "0912 345 678", "relation": "sibling", "may_be_contacted": True}


def a_report(**changes: Any) -> dict[str, Any]:
    """A situation about an unknown person, as told by telephone."""
    body: dict[str, Any] = {
        "schema_version": "1.0",
        "channel": "hotline_111",
        "received_at": "2026-11-20T09:05:00+07:00",
        "place": {"province_code": "15", "text": "Sau chợ Cốc Lếu"},
        "record_mode": "situation",
        "text": WORDS,
    }
    return {**body, **changes}


def a_refusal(**changes: Any) -> dict[str, Any]:
    """A grown woman who does not want to be recorded."""
    declined = {"record_mode": "minimal", "age_band": "24_26", "declines": ["record", "police"]}
    return a_report(**{**declined, "place": {"province_code": "15"}, **changes})


async def sent(clients: Clients, body: dict[str, Any], by: str = HOTLINE) -> httpx.Response:
    return await clients.call(by, "PUT", f"/v1/intakes/{uuid4()}", body)


async def a_reported_case(clients: Clients, by: str = HOTLINE, **changes: Any) -> Story:
    """Reported, and held by who reported it."""
    answer = await sent(clients, a_report(**changes), by)
    assert answer.status_code == 201, answer.text
    return Story(intake=answer.json()["id"], case=answer.json()["case"]["id"])


async def a_passed_on_case(clients: Clients, receiver: str = COMMUNE, **changes: Any) -> Story:
    """Reported by the hotline and handed over."""
    story = await a_reported_case(clients, **changes)
    await a_proposed_handover(clients, story, HOTLINE, receiver)
    await a_confirmation(clients, story, receiver)
    return story


async def feedback(clients: Clients, story: Story, by: str = COMMUNE, **body: Any) -> Any:
    told = {"outcome": "found_safe", **body}
    return await clients.ok(by, "POST", f"/v1/cases/{story.case}/feedback", told)


def pointers(answer: httpx.Response) -> dict[str, str]:
    """Of a refusal for its shape: where, and which rule."""
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), answer.text
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}
