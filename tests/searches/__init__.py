"""Searches beyond one's own cases, requests for contact, exclusions, as the tests make them."""

from typing import Any

import httpx

from tests.factories import a_case, an_intake
from tests.personas import PERSONAS, Clients, Story

HOLDER, FINDER, NUMBER = "demo-foreign", "demo-police", "Q7654321"
BY_NUMBER = {"document_number": NUMBER}


async def a_search(clients: Clients, who: str, body: dict[str, Any], **changes: str | None) -> Any:
    """Beyond one's own cases, for `duplicate_check` unless told otherwise."""
    answer = await asked(clients, who, body, **changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def asked(clients: Clients, who: str = FINDER, body: Any = None, **changes: str | None) -> httpx.Response:
    headers: dict[str, str | None] = {"Purpose_Of_Use": "duplicate_check", **changes}
    return await clients.call(who, "POST", "/v1/case-searches", {"beyond": True, **(body or BY_NUMBER)}, **headers)


async def a_handle(clients: Clients, who: str, body: dict[str, Any]) -> str:
    """Of the one hit that there is."""
    (hit,) = (await a_search(clients, who, body))["handles"]
    return str(hit["handle"])


async def a_found_case(
    clients: Clients, holder: str = "demo-foreign", number: str = "Q7654321", **person: Any
) -> Story:
    """A case that others can find by the person's passport."""
    papers = [{"type": "passport", "number": number}]
    found = {**an_intake()["person"], "identity_documents": papers, **person}
    return await a_case(clients, holder, person=found, accompanying_minors=[])


async def a_contact_request(clients: Clients, asker: str, number: str = "Q7654321", **changes: Any) -> dict[str, Any]:
    body = {"handle": await a_handle(clients, asker, {"document_number": number}), "reason": "same_person", **changes}
    made: dict[str, Any] = await clients.ok(asker, "POST", "/v1/contact-requests", body)
    return made


async def an_exclusion(
    clients: Clients, case_id: str, excluded: str, by: str = "demo-labour", **changes: Any
) -> dict[str, Any]:
    body = {"organisation_id": str(PERSONAS[excluded].id), "reason": "official_suspected", **changes}
    made: dict[str, Any] = await clients.ok(by, "POST", f"/v1/cases/{case_id}/exclusions", body)
    return made
