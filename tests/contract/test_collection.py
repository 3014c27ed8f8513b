"""The collection of requests is what a REST client of an editor can send: every operation once, each well formed."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app import contract
from app.contract.collection import collection
from tests.personas import Clients

MALFORMED = {400, 401, 405, 406, 413, 415, 428}


@dataclass
class Request:
    name: str
    method: str
    url: str
    headers: dict[str, str]
    body: str


def requests(text: str, given: dict[str, str]) -> list[Request]:
    """The file as REST Client reads it."""
    top, *parts = re.split(r"^### .*\n", text, flags=re.M)
    values = {**dict(re.findall(r"^@(\w+) = (.*)$", top, flags=re.M)), **given}
    found = []
    for part in parts:
        filled = re.sub(r"{{([\w$]+)}}", lambda match: values.get(match[1], str(uuid4())), part)
        head, _, body = filled.partition("\n\n")
        name, start, *headers = head.splitlines()
        method, url = start.split(" ")
        stated = dict(line.split(": ", 1) for line in headers)
        found.append(Request(name.removeprefix("# @name "), method, url, stated, body.rstrip("\n")))
    return found


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return contract.document(app)


async def test_every_operation_is_there_once(document: dict[str, Any]) -> None:
    operations = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert Counter(each.name for each in requests(collection(document), {})) == Counter(operations)


async def test_every_request_is_well_formed(clients: Clients, document: dict[str, Any]) -> None:
    bearer = (await clients.headers("demo-labour", "GET", {}))["Authorization"]
    given = {"url": "", "token": bearer.removeprefix("Bearer "), "etag": "AAAAAAAAAAAAAAAAAAAA"}
    wrong = []
    for each in requests(collection(document), given):
        if each.url.startswith(("/oauth", "/v1/events/stream")):
            continue
        answer = await clients.http.request(each.method, each.url, content=each.body.encode(), headers=each.headers)
        if answer.status_code in MALFORMED or answer.status_code >= 500:
            wrong.append(f"{each.name}: {answer.status_code} {answer.text[:200]}")
        elif answer.status_code == 422 and answer.json()["code"] == "validation_failed":
            wrong.append(f"{each.name}: {answer.text[:300]}")
    assert wrong == []
