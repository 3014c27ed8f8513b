"""A reply that arrived on paper: entered by the requester under the letter's number and day, and by nobody else."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.reference.fields import today
from tests.conftest import Raw
from tests.factories import A_REPLY, CONCLUSION, a_held_case, a_proposed_handover, a_verification, an_action
from tests.factories import a_confirmation as a_change_of_custody
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting, be, org, refused


def letter() -> dict[str, Any]:
    return {name: A_REPLY[name] for name in ("number", "issued_on")}


@pytest.fixture
async def story(clients: Clients) -> Story:
    made = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, made)
    return made


def path_of(story: Story) -> str:
    return f"/v1/verifications/{story.verification['id']}"


async def replied(clients: Clients, story: Story, **changes: Any) -> dict[str, Any]:
    return await an_action(clients, "demo-labour", path_of(story), "paper-replies", {**A_REPLY, **changes})


async def test_a_letter_of_the_police_concludes_and_says_so_in_every_view(clients: Clients, story: Story) -> None:
    made = await replied(clients, story)
    assert (made["status"], made["result"], made["on_paper"]) == ("concluded", "victim", letter())
    assert made["certificate"]["number"] == CONCLUSION["certificate"]["number"]
    case = await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}")
    assert case["identification"] == "confirmed"
    day = {"issued_on": A_REPLY["issued_on"]}
    for who, box in (("demo-labour", "outbox"), ("demo-police", "inbox")):
        assert (await clients.ok(who, "GET", path_of(story)))["on_paper"] == letter()
        assert (await clients.ok(who, "GET", f"{path_of(story)}/status"))["on_paper"] == day
        (item,) = (await clients.ok(who, "GET", f"/v1/verifications?box={box}"))["items"]
        assert item["on_paper"] == day


async def test_the_verifier_is_told_and_its_clock_and_its_access_end(clients: Clients, story: Story, raw: Raw) -> None:
    assert (await clients.ok("demo-police", "GET", path_of(story)))["due_at"]
    await replied(clients, story)
    event = "select parties, facts from audit_entries where event = 'verification.replied_on_paper'"
    (entry,) = await raw.all.fetch(event)
    assert org("demo-police") in entry["parties"]
    assert json.loads(entry["facts"]) == {"result": "victim", "on_paper": True}
    assert (await clients.get("demo-police", f"/v1/cases/{story.case}")).status_code == 404
    running = "select rule_id from duties where carrier = 'verification' and status = 'running'"
    assert [row["rule_id"] for row in await raw.all.fetch(running)] == ["T12"]


@pytest.mark.parametrize("days", [1, -1])
async def test_a_letter_is_dated_between_the_request_and_today(clients: Clients, story: Story, days: int) -> None:
    etag = story.verification["etag"]
    body = {**A_REPLY, "issued_on": (today() + timedelta(days)).isoformat()}
    answer = await clients.call("demo-labour", "POST", f"{path_of(story)}/paper-replies", body, etag=etag)
    fault = answer.json()["errors"][0]
    wanted = ("validation_failed", "in_the_future") if days > 0 else ("does_not_fit", "out_of_range")
    assert (answer.status_code, answer.json()["code"], fault["code"], fault["pointer"]) == (422, *wanted, "/issued_on")


async def test_a_letter_says_as_much_as_a_conclusion(clients: Clients, story: Story) -> None:
    """The certificate of a victim, a result that fits the question, the letter's number."""
    etag = story.verification["etag"]
    for changes, pointer in (
        ({"certificate": None}, "/certificate"),
        ({"result": "identity_confirmed", "certificate": None}, "/result"),
        ({"evidence_sources": []}, "/evidence_sources"),
        ({"number": " "}, "/number"),
    ):
        body = {**A_REPLY, **changes}
        answer = await clients.call("demo-labour", "POST", f"{path_of(story)}/paper-replies", body, etag=etag)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_the_same_key_records_a_letter_once(clients: Clients, story: Story, raw: Raw) -> None:
    body, etag = A_REPLY, story.verification["etag"]
    for _ in range(2):
        answer = await clients.call(
            "demo-labour",
            "POST",
            f"{path_of(story)}/paper-replies",
            body,
            etag=etag,
            Idempotency_Key="a-letter-in-the-post",
        )
        assert (answer.status_code, answer.json()["on_paper"]) == (200, letter())
    entries = "select count(*) from audit_entries where event = 'verification.replied_on_paper'"
    assert await raw.all.fetchval(entries) == 1


async def test_a_conclusion_of_the_verifiers_own_leaves_no_paper_behind(clients: Clients, story: Story) -> None:
    await replied(clients, story)
    await an_action(clients, "demo-labour", path_of(story), "reconsiderations", {"reason": "Số công văn ghi nhầm"})
    own = {**CONCLUSION, "result": "not_victim", "certificate": None}
    made = await an_action(clients, "demo-police", path_of(story), "conclusions", own)
    assert (made["result"], made["on_paper"]) == ("not_victim", None)


async def test_the_letter_reaches_whoever_holds_the_case_by_then(clients: Clients, story: Story) -> None:
    """Custody moves with the question open: the new custodian is the requester and records the reply."""
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    await a_change_of_custody(clients, story, "demo-commune")
    assert (await clients.get("demo-labour", path_of(story))).status_code == 404
    made = await an_action(clients, "demo-commune", path_of(story), "paper-replies", A_REPLY)
    assert made["on_paper"] == letter()


CONCLUDES = "update verifications set status = 'concluded', result = 'victim', concluded_at = now()"
PAPER = ", paper_sealed = '\\x01', paper_issued_on = $2"


async def test_a_requester_concludes_by_no_other_way(clients: Clients, story: Story, raw: Raw) -> None:
    """Behind the application's back: without paper, with half of it, or with one dated wrongly."""
    verification = UUID(story.verification["id"])
    mine = " where id = $1"
    await refused(raw, "demo-labour", CONCLUDES + mine, verification)
    half = CONCLUDES + ", paper_issued_on = $2" + mine
    await refused(raw, "demo-labour", half, verification, today(), by=asyncpg.CheckViolationError)
    for day in (today() - timedelta(1), today() + timedelta(1)):
        await refused(raw, "demo-labour", CONCLUDES + PAPER + mine, verification, day)
    async with acting(raw, "demo-labour") as sql:
        assert await sql.execute(CONCLUDES + PAPER + mine, verification, today()) == "UPDATE 1"


async def test_a_verifier_invents_no_letter_and_a_stranger_moves_nothing(
    clients: Clients, story: Story, raw: Raw
) -> None:
    verification = UUID(story.verification["id"])
    await refused(raw, "demo-police", CONCLUDES + PAPER + " where id = $1", verification, today())
    for who in ("demo-other-police", "demo-border", "demo-stranger"):
        async with acting(raw, who) as sql:
            assert await sql.execute(CONCLUDES + PAPER + " where id = $1", verification, today()) == "UPDATE 0"
    async with acting(raw, "demo-police") as sql:
        assert await sql.execute(CONCLUDES + " where id = $1", verification) == "UPDATE 1"


@pytest.mark.parametrize("who", ["demo-labour", "demo-police"])
async def test_a_finding_is_written_with_the_conclusion_and_never_after(
    clients: Clients, story: Story, raw: Raw, who: str
) -> None:
    """Neither beforehand, nor slipped into a reconsideration, nor afterwards: that is why it is reconsidered."""
    verification = UUID(story.verification["id"])
    changes = ("result = 'not_victim'", "grounds = '{}'", "certificate_sealed = ''", "determined_on = '2020-01-01'")
    for change in changes:
        if change != "grounds = '{}'":
            await refused(raw, who, f"update verifications set {change} where id = $1", verification)  # noqa: S608
    await replied(clients, story)
    for change in (*changes, "paper_issued_on = '2020-01-01'", "status = 'in_progress', result = 'insufficient'"):
        await refused(raw, who, f"update verifications set {change} where id = $1", verification)  # noqa: S608


async def test_a_request_is_born_open_and_goes_to_a_verifying_body(clients: Clients, story: Story, raw: Raw) -> None:
    """Otherwise a custodian would insert its own conclusion, or name itself and conclude."""
    columns = "insert into verifications (id, case_id, kind, requester_id, originator_id, verifier_id"
    values = " values (gen_random_uuid(), $1, 'victim', $2, $2, $3"
    case, labour, police = UUID(story.case), org("demo-labour"), org("demo-police")
    for column, value in (("status", "'concluded'"), ("result", "'victim'"), ("paper_issued_on", "current_date")):
        await refused(raw, "demo-labour", f"{columns}, {column}){values}, {value})", case, labour, police)
    for verifier in ("demo-labour", "demo-shelter"):
        await refused(raw, "demo-labour", f"{columns}){values})", case, labour, org(verifier))
    async with acting(raw, "demo-labour") as sql:
        await sql.execute(f"{columns}){values})", case, labour, police)
        await be(sql, "demo-police")
        assert await sql.fetchval("select count(*) from verifications where status = 'requested'") == 2


async def test_an_identity_letter_leaves_the_identification_alone(clients: Clients, story: Story) -> None:
    body = {"verifier_id": str(PERSONAS["demo-other-police"].id), "kind": "identity"}
    story.verification = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/verifications", body)
    await replied(clients, story, result="identity_confirmed", certificate=None)
    assert (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}"))["identification"] == "verifying"
