"""The contract's links lead somewhere: followed right after the call, by the client that made it."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app import contract
from tests.contract.recorder import Recorder
from tests.personas import Clients


class Follower(Recorder):
    """Runs the calls of calls.yaml and follows what each answer links to."""

    followed: int = 0
    astray: list[str]

    async def _send(self, call: dict[str, Any]) -> tuple[httpx.Response, Any]:
        answer, sent = await super()._send(call)
        _, _, operation = self.operations[call["do"]]
        for link in operation["responses"][str(answer.status_code)].get("links", {}).values():
            _, template, _ = self.operations[link["operationId"]]
            sources = {"$request.path": self._said(call.get("path", {})), "$response.body#": answer.json()}
            path = template.format(**{name: _at(sources, said) for name, said in link["parameters"].items()})
            stated = {"Purpose-Of-Use": call["purpose"]} if "purpose" in call else {}
            headers = await self.clients.headers(call["by"], "GET", stated)
            read = await self.clients.http.get(path, headers=headers)
            self.followed += 1
            if read.status_code != 200 or ("id" in link["parameters"] and read.json()["id"] != answer.json()["id"]):
                self.astray.append(f"{call['do']} by {call['by']}: {path} {read.status_code} {read.text[:200]}")
        return answer, sent


def _at(sources: dict[str, Any], expression: str) -> str:
    """The value of a runtime expression (OpenAPI 3.1 §4.8.20.4), of the two kinds the contract uses."""
    source, _, name = expression.replace("#/", "#.").rpartition(".")
    return str(sources[source][name])


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return contract.document(app)


async def test_every_link_of_an_answer_leads_to_what_was_made(
    app: FastAPI, clients: Clients, document: dict[str, Any]
) -> None:
    follower = Follower(app, clients, document, "vi")
    follower.astray = []
    await follower.run({})
    assert follower.astray == []
    assert follower.followed > 60


async def test_whatever_is_created_links_to_where_it_is_read(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "201" in operation["responses"]:
                links = operation["responses"]["201"].get("links", {})
                assert "read" in links, f"{method} {path}"
