"""Every bad request typed from the contract gets its one answer, stores nothing and gives nothing of itself back."""

from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app import problems
from tests.bad_requests import EXPECTED, Row, World, a_world, row_counts, stage_of
from tests.conftest import Raw
from tests.personas import Clients

TEXTS = Path(problems.__file__).with_suffix(".yaml").read_text("utf-8")
AUDITED = {403, 404, 409, 410, 412}


@pytest.fixture(scope="module")
async def world(request: pytest.FixtureRequest, _clients: Clients) -> World:
    """One story for all rows of a stage: refused requests change nothing in it, which is what is tested."""
    return await a_world(_clients, request.param)


@pytest.fixture(scope="module")
async def counted(_connections: Raw) -> asyncpg.Connection:
    return _connections.all


@pytest.fixture(scope="module")
def member_names(app: FastAPI) -> set[str]:
    """The contract's own words: a pointer may name a member, a parameter a list."""
    schemas = app.openapi()["components"]["schemas"].values()
    return {name for schema in schemas for name in schema.get("properties", {})}


def rows(kind: str) -> pytest.MarkDecorator:
    found = [pytest.param(stage_of(row), row, id=row["name"]) for row in EXPECTED[kind]]
    return pytest.mark.parametrize(("world", "row"), found, indirect=["world"], scope="module")


def audits(answer: httpx.Response) -> int:
    """How many entries the contract wants of this refusal."""
    return int(
        answer.status_code in AUDITED or (answer.status_code == 422 and answer.json()["code"] != "validation_failed")
    )


def check_refusal(answer: httpx.Response, expected: Row) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (expected["status"], expected["code"]), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Language"] == expected.get("language", "vi")
    assert body["detail"] == problems.CATALOGUE[expected["code"]].detail[expected.get("language", "vi")]
    assert (body["status"], body["type"]) == (expected["status"], f"/problems/{expected['code']}")
    assert body["instance"] == f"urn:uuid:{answer.headers['X-Request-Id']}"
    if "error_code" in expected:
        assert expected["error_code"] in {error["code"] for error in body["errors"]}


@rows("requests")
async def test_a_bad_request_gets_its_one_answer_and_changes_nothing(
    world: World, row: Row, counted: asyncpg.Connection, member_names: set[str]
) -> None:
    request = await world.request(row)
    before = await row_counts(counted)
    answer = await world.clients.http.send(request)
    check_refusal(answer, row["expect"])
    assert await row_counts(counted) == {**before, "audit_entries": before["audit_entries"] + audits(answer)}
    own = {text for text in world.sent(row) if len(text) >= 6 and text not in TEXTS and text not in member_names}
    assert not [text for text in own if text in answer.text or any(text in value for value in answer.headers.values())]


@rows("precedence")
async def test_of_two_faults_the_documented_one_wins(world: World, row: Row, counted: asyncpg.Connection) -> None:
    request = await world.request(row)
    before = await row_counts(counted)
    answer = await world.clients.http.send(request)
    audited = 0
    if row["wins"].get("replayed"):
        assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (201, "true"), answer.text
    else:
        check_refusal(answer, row["wins"])
        audited = audits(answer)
    assert await row_counts(counted) == {**before, "audit_entries": before["audit_entries"] + audited}
