"""A paper that another agency has recorded is taken in as a new one is: no answer tells who is known elsewhere.

By every way in: an intake with one's own id or without, an arrival at a gate, a list of many.
"""

import json
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Raw
from tests.factories import an_intake
from tests.personas import Clients
from tests.receptions import a_reception, a_table
from tests.returns.sent import a_return, persons
from tests.test_hidden import entries_of

AGENCY, KNOWN, NEW = "demo-commune", "015199000123", "015199000124"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_OF_THE_ACT = re.compile(r'"(reference|digest|etag|\w+_at)":"(?:[^"\\]|\\.)*"')


def a_person(number: str, **changes: Any) -> dict[str, Any]:
    paper = {"type": "citizen_identity_card", "number": number}
    return {"full_name": "Nguyễn Thị Hoa", "birth_date": "1999-03-08", "identity_documents": [paper], **changes}


def shape(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """The answer with every id, reference, digest and moment of its own taken out."""
    headers = {h: v for h, v in answer.headers.items() if h not in ("x-request-id", "etag")}
    return answer.status_code, _OF_THE_ACT.sub(r'"\1":…', _ID.sub("…", answer.text)), headers


async def put(clients: Clients, number: str) -> httpx.Response:
    body = an_intake(person=a_person(number), accompanying_minors=[])
    return await clients.call(AGENCY, "PUT", f"/v1/intakes/{uuid4()}", body)


async def post(clients: Clients, number: str) -> httpx.Response:
    return await clients.call(AGENCY, "POST", "/v1/intakes", an_intake(person=a_person(number), accompanying_minors=[]))


async def arrive(clients: Clients, number: str) -> httpx.Response:
    gate = "demo-other-police"
    made = await a_return(clients, {"person": a_person(number)}, gate=gate, province_code="20")
    (person,) = await persons(clients, gate, made)
    path = f"/v1/returns/{made['id']}"
    etag = (await clients.ok(gate, "GET", path))["etag"]
    line = {"person_id": person["id"], "result": "arrived"}
    body = {"arrived_at": "2026-01-20T22:41:00+07:00", "persons": [line]}
    return await clients.call(gate, "POST", f"{path}/arrivals", body, etag=etag)


async def list_many(clients: Clients, number: str) -> httpx.Response:
    reception = await a_reception(clients, AGENCY)
    table = a_table(("Nguyễn Thị Hoa", "08/03/1999", number), headings=("Họ và tên", "Ngày sinh", "Số CCCD"))
    return await clients.send(AGENCY, f"/v1/receptions/{reception['id']}/manifests", table, "text/csv")


WAYS = {"PUT": put, "POST": post, "arrival": arrive, "manifest": list_many}


@pytest.mark.parametrize("way", WAYS)
async def test_a_known_paper_answers_as_a_new_one(clients: Clients, raw: Raw, way: str) -> None:
    await clients.ok("demo-border", "POST", "/v1/intakes", an_intake(person=a_person(KNOWN), accompanying_minors=[]))
    answers = [await WAYS[way](clients, number) for number in (KNOWN, NEW)]
    assert answers[0].is_success, answers[0].text
    assert shape(answers[0]) == shape(answers[1])
    left = [[_coded(entry) for entry in await entries_of(raw.all, answer)] for answer in answers]
    assert left[0] == left[1] != []


def _coded(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry["event"], entry["organisation_id"], entry["parties"], json.loads(entry["facts"])


async def test_the_id_of_anothers_intake_is_free_to_oneself(clients: Clients) -> None:
    taken, free = str(uuid4()), str(uuid4())
    theirs = an_intake(person=a_person(KNOWN), accompanying_minors=[])
    await clients.ok("demo-border", "PUT", f"/v1/intakes/{taken}", theirs)
    other = an_intake(person=a_person(KNOWN, full_name="Lò Thị Mỷ"), accompanying_minors=[])
    answers = [await clients.call(AGENCY, "PUT", f"/v1/intakes/{each}", other) for each in (taken, free)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert shape(answers[0]) == shape(answers[1])
