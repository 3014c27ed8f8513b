"""Whether another agency holds somebody is told by nothing in the answer to a submission."""

from typing import Any
from uuid import uuid4

import httpx

from tests.factories import an_intake
from tests.personas import Clients

OF_THE_RECORD = {"id", "reference", "digest", "received_at", "created_at", "updated_at", "etag", "case"}


def somebody(number: str) -> dict[str, Any]:
    person = {**an_intake()["person"], "identity_documents": [{"type": "passport", "number": number}]}
    return an_intake(person=person, accompanying_minors=[])


async def submitted(clients: Clients, who: str, number: str) -> httpx.Response:
    return await clients.call(who, "PUT", f"/v1/intakes/{uuid4()}", somebody(number))


def shape(answer: httpx.Response) -> tuple[Any, ...]:
    """All that may not differ: status, headers, members, and the values that are not the record's own."""
    told = {name: value for name, value in answer.json().items() if name not in OF_THE_RECORD}
    own = {"x-request-id", "etag", "date", "content-length", "location"}
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    return answer.status_code, len(answer.content), sorted(answer.json()), sorted(answer.json()["case"]), told, headers


async def test_a_document_known_elsewhere_is_taken_in_like_a_new_one(clients: Clients) -> None:
    assert (await submitted(clients, "demo-border", "C1234567")).status_code == 201
    known = await submitted(clients, "demo-hotline", "C1234567")
    new = await submitted(clients, "demo-hotline", "C7654321")
    assert known.status_code == 201, known.text
    assert shape(known) == shape(new)
