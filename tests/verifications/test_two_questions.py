"""Who somebody is and whether they are a victim are two questions: asked at once of two bodies, answered apart."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.conftest import Raw
from tests.factories import CONCLUSION, a_held_case, an_action
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting, refused

VERIFIERS = {"victim": "demo-police", "identity": "demo-other-police"}
ANSWERS: dict[str, dict[str, Any]] = {
    "victim": CONCLUSION,
    "identity": {**CONCLUSION, "result": "identity_confirmed", "certificate": None},
}


@pytest.fixture
async def story(clients: Clients) -> Story:
    return await a_held_case(clients, accompanying_minors=[])


@pytest.fixture
async def asked(clients: Clients, story: Story) -> dict[str, str]:
    """The path of each of the two verifications, by kind."""
    made = {}
    for kind, verifier in VERIFIERS.items():
        body = {"verifier_id": str(PERSONAS[verifier].id), "kind": kind}
        answer = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/verifications", body)
        made[kind] = f"/v1/verifications/{answer['id']}"
    return made


async def standing(clients: Clients, story: Story) -> tuple[str, str]:
    case = await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}")
    intake = await clients.ok("demo-border", "GET", f"/v1/intakes/{story.intake}")
    return case["identification"], intake["status"]


async def test_each_is_read_by_its_own_verifier_with_its_own_sections(
    clients: Clients, story: Story, asked: dict[str, str]
) -> None:
    shown = {}
    for kind, verifier in VERIFIERS.items():
        case = await clients.ok(verifier, "GET", f"/v1/cases/{story.case}")
        shown[kind] = {name for name, content in case["sections"].items() if content is not None}
        other = asked["identity" if kind == "victim" else "victim"]
        assert (await clients.get(verifier, other)).status_code == 404
    assert shown["identity"] == {"identity", "papers", "handling"}
    assert shown["identity"] < shown["victim"]


async def test_an_identity_result_moves_no_identification_and_ends_no_other_question(
    clients: Clients, story: Story, asked: dict[str, str]
) -> None:
    made = await an_action(clients, "demo-other-police", asked["identity"], "conclusions", ANSWERS["identity"])
    assert made["result"] == "identity_confirmed"
    assert await standing(clients, story) == ("verifying", "verifying")
    assert (await clients.get("demo-other-police", f"/v1/cases/{story.case}")).status_code == 404
    assert (await clients.get("demo-police", f"/v1/cases/{story.case}")).status_code == 200
    await an_action(clients, "demo-police", asked["victim"], "conclusions", ANSWERS["victim"])
    assert await standing(clients, story) == ("confirmed", "confirmed")


async def test_a_victim_result_leaves_the_identity_question_open(
    clients: Clients, story: Story, asked: dict[str, str]
) -> None:
    await an_action(clients, "demo-police", asked["victim"], "conclusions", ANSWERS["victim"])
    assert (await clients.ok("demo-other-police", "GET", asked["identity"]))["status"] == "requested"
    not_known = {**ANSWERS["identity"], "result": "identity_not_established"}
    await an_action(clients, "demo-other-police", asked["identity"], "conclusions", not_known)
    assert await standing(clients, story) == ("confirmed", "confirmed")


@pytest.mark.parametrize("attempt", range(4))
async def test_both_may_be_answered_at_the_same_moment(
    clients: Clients, story: Story, asked: dict[str, str], attempt: int
) -> None:
    calls = [an_action(clients, VERIFIERS[kind], asked[kind], "conclusions", ANSWERS[kind]) for kind in asked]
    assert [made["status"] for made in await asyncio.gather(*calls)] == ["concluded", "concluded"]
    assert await standing(clients, story) == ("confirmed", "confirmed")


async def test_a_question_is_answered_by_its_own_kind_of_result(
    clients: Clients, story: Story, asked: dict[str, str], raw: Raw
) -> None:
    for kind, other in (("victim", "identity"), ("identity", "victim")):
        etag = (await clients.ok(VERIFIERS[kind], "GET", asked[kind]))["etag"]
        answer = await clients.call(VERIFIERS[kind], "POST", f"{asked[kind]}/conclusions", ANSWERS[other], etag=etag)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/result")
        wrong = "update verifications set status = 'concluded', result = $2 where id = $1"
        id_ = UUID(asked[kind].rsplit("/", 1)[1])
        values = (id_, ANSWERS[other]["result"])
        await refused(raw, VERIFIERS[kind], wrong, *values, by=asyncpg.CheckViolationError)
    async with acting(raw, "demo-other-police") as sql:
        case = await sql.fetchrow("select identification from cases where id = $1", UUID(story.case))
    assert case["identification"] == "verifying"
