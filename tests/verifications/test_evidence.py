"""Evidence from any party: the shelter knows what the police do not, and learns nothing of what they do."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.factories import (
    A_STATEMENT,
    a_case,
    a_confirmation,
    a_held_case,
    a_move,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
)
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting, org, refused

SEEN = {"source": "other_domestic_body", "text": "Có vết thương cũ ở cổ tay, khi mới vào cơ sở."}


@pytest.fixture
async def story(clients: Clients) -> Story:
    """Labour holds the case, police verify, the shelter serves."""
    made = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, made)
    await a_referral(clients, made, status="accepted", receiver="demo-shelter", service="shelter")
    return made


def path_of(story: Story) -> str:
    return f"/v1/verifications/{story.verification['id']}"


async def given(clients: Clients, story: Story, by: str = "demo-shelter", **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = await clients.ok(by, "POST", f"{path_of(story)}/evidence", {**SEEN, **changes})
    return made


async def test_the_shelter_gives_evidence_to_a_verification_it_does_not_see(
    clients: Clients, story: Story, raw: Raw
) -> None:
    open_ = await clients.ok("demo-shelter", "GET", f"/v1/cases/{story.case}/open-verifications")
    assert open_ == {"items": [{"id": story.verification["id"], "kind": "victim"}]}
    made = await given(clients, story)
    assert "text" not in made
    for hidden in (path_of(story), f"{path_of(story)}/evidence", f"{path_of(story)}/status"):
        assert (await clients.get("demo-shelter", hidden)).status_code == 404
    for who in ("demo-police", "demo-labour"):
        (item,) = (await clients.ok(who, "GET", f"{path_of(story)}/evidence"))["items"]
        assert item == made
        assert (await clients.ok(who, "GET", f"/v1/evidence/{made['id']}"))["text"] == SEEN["text"]
    parties = "select parties from audit_entries where event = 'verification.evidence_added'"
    assert {org("demo-police"), org("demo-labour")} == set(await raw.all.fetchval(parties))
    told = await clients.ok("demo-police", "GET", f"/v1/cases/{story.case}/timeline")
    assert "verification.evidence_added" in {entry["event"] for entry in told["items"]}


async def test_reading_it_needs_a_purpose_and_is_recorded(clients: Clients, story: Story, raw: Raw) -> None:
    made = await given(clients, story)
    refusal = await clients.call("demo-police", "GET", f"/v1/evidence/{made['id']}", Purpose_Of_Use=None)
    assert refusal.json()["code"] == "purpose_required"
    await clients.ok("demo-police", "GET", f"/v1/evidence/{made['id']}")
    accesses = await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/accesses")
    read = [entry for entry in accesses["items"] if entry["event"] == "evidence.read"]
    assert [(entry["agency"], entry["purpose"]) for entry in read] == [("police", "care_coordination")]


async def test_its_author_keeps_it_and_others_who_serve_the_case_never_see_it(clients: Clients, story: Story) -> None:
    made = await given(clients, story)
    for who in ("demo-ngo", "demo-border", "demo-other-police", "demo-stranger"):
        assert (await clients.get(who, f"/v1/evidence/{made['id']}")).status_code == 404
        assert (await clients.get(who, f"{path_of(story)}/evidence")).status_code == 404
        answer = await clients.call(who, "POST", f"{path_of(story)}/evidence", SEEN)
        assert answer.status_code == 404
    await a_move(clients, story, "demo-shelter", "completions", {"outcome": "service_delivered"})
    assert (await clients.ok("demo-shelter", "GET", f"/v1/evidence/{made['id']}"))["text"] == SEEN["text"]
    assert (await clients.call("demo-shelter", "POST", f"{path_of(story)}/evidence", SEEN)).status_code == 404
    assert (await clients.get("demo-shelter", f"/v1/cases/{story.case}/open-verifications")).status_code == 404


async def test_the_new_custodian_reads_what_the_former_one_no_longer_does(clients: Clients, story: Story) -> None:
    made = await given(clients, story)
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    assert (await clients.get("demo-commune", f"/v1/evidence/{made['id']}")).status_code == 404
    await a_confirmation(clients, story, "demo-commune")
    assert (await clients.get("demo-labour", f"/v1/evidence/{made['id']}")).status_code == 404
    assert (await clients.ok("demo-commune", "GET", f"/v1/evidence/{made['id']}"))["text"] == SEEN["text"]


async def test_a_proposed_receiver_looks_and_gives_nothing(clients: Clients, story: Story) -> None:
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    open_ = await clients.ok("demo-commune", "GET", f"/v1/cases/{story.case}/open-verifications")
    assert open_ == {"items": []}
    assert (await clients.call("demo-commune", "POST", f"{path_of(story)}/evidence", SEEN)).status_code == 404


async def test_evidence_goes_along_when_the_question_is_forwarded(clients: Clients, story: Story) -> None:
    """Twice, as far as it must; who forwarded has no more need of what others gave, and keeps its own."""
    made, own = await given(clients, story), await given(clients, story, "demo-police", source="offender")
    for here, there in (("demo-police", "demo-other-police"), ("demo-other-police", "demo-police")):
        body = {"verifier_id": str(PERSONAS[there].id), "reason": "Khác địa bàn"}
        await an_action(clients, here, path_of(story), "forwardings", body)
        story.verification = (await clients.ok(there, "GET", "/v1/verifications?box=inbox&status=requested"))["items"][
            0
        ]
        items = (await clients.ok(there, "GET", f"{path_of(story)}/evidence"))["items"]
        assert [item["id"] for item in items] == [made["id"], own["id"]]
        assert (await clients.get(here, f"/v1/evidence/{made['id']}")).status_code == 404
        assert (await clients.get("demo-police", f"/v1/evidence/{own['id']}")).status_code == 200


@pytest.mark.parametrize(("who", "act"), [("demo-labour", "withdrawals"), ("demo-police", "refusals")])
async def test_who_no_longer_verifies_keeps_its_own_and_loses_what_others_gave(
    clients: Clients, story: Story, raw: Raw, who: str, act: str
) -> None:
    """A verifier that concludes keeps what it concluded on; one that did not has nothing to keep."""
    made, own = await given(clients, story), await given(clients, story, "demo-police", source="offender")
    await an_action(clients, who, path_of(story), act, {"reason": "not_competent"} if act == "refusals" else {})
    assert (await clients.get("demo-police", f"/v1/evidence/{made['id']}")).status_code == 404
    assert (await clients.get("demo-police", f"/v1/evidence/{own['id']}")).status_code == 200
    (item,) = (await clients.ok("demo-police", "GET", f"{path_of(story)}/evidence"))["items"]
    assert item["id"] == own["id"]
    async with acting(raw, "demo-police") as sql:
        assert await sql.fetchval("select count(*) from verification_evidence") == 1
    assert (await clients.ok("demo-labour", "GET", f"/v1/evidence/{made['id']}"))["text"] == SEEN["text"]


async def test_how_a_hidden_verification_ended_is_not_told_to_who_comes_too_late(
    clients: Clients, story: Story
) -> None:
    await an_action(clients, "demo-labour", path_of(story), "withdrawals", {})
    answer = await clients.call("demo-shelter", "POST", f"{path_of(story)}/evidence", SEEN)
    assert answer.status_code == 409
    assert "withdrawn" not in answer.text


async def test_what_comes_too_late_is_refused_and_leads_to_a_reconsideration(clients: Clients, story: Story) -> None:
    await an_action(clients, "demo-labour", path_of(story), "withdrawals", {})
    for who in ("demo-labour", "demo-police", "demo-shelter"):
        answer = await clients.call(who, "POST", f"{path_of(story)}/evidence", SEEN)
        assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")
    assert (await clients.ok("demo-shelter", "GET", f"/v1/cases/{story.case}/open-verifications"))["items"] == []


async def test_a_statement_is_referred_to_by_who_reads_it(clients: Clients, story: Story) -> None:
    (first,) = (await clients.ok("demo-police", "GET", f"/v1/cases/{story.case}/statements"))["items"]
    made = await given(clients, story, "demo-police", statement_id=first["id"])
    assert made["statement_id"] == first["id"]
    other = await a_case(clients, "demo-hotline", accompanying_minors=[])
    (elsewhere,) = (await clients.ok("demo-hotline", "GET", f"/v1/cases/{other.case}/statements"))["items"]
    for who, statement in (
        ("demo-shelter", first["id"]),
        ("demo-labour", first["id"]),
        ("demo-police", elsewhere["id"]),
        ("demo-police", str(uuid4())),
    ):
        answer = await clients.call(who, "POST", f"{path_of(story)}/evidence", {**SEEN, "statement_id": statement})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference"), who


async def test_the_same_key_gives_one_piece_of_evidence(clients: Clients, story: Story, raw: Raw) -> None:
    path, key = f"{path_of(story)}/evidence", "evidence-from-the-shelter"
    ids = {(await clients.ok("demo-shelter", "POST", path, SEEN, Idempotency_Key=key))["id"] for _ in range(2)}
    assert len(ids) == await raw.all.fetchval("select count(*) from verification_evidence") == 1


GIVEN = (
    "insert into verification_evidence (id, verification_id, case_id, author_id, source, statement_id, sealed)"
    " values (gen_random_uuid(), $1, $2, $3, 'offender', $4, '')"
)


async def test_raw_sql_forges_no_evidence(clients: Clients, story: Story, raw: Raw) -> None:
    """Not in another's name, not by who has no part in the case, not across cases, not on a statement one cannot read,
    not once the question is closed."""
    verification, case = UUID(story.verification["id"]), UUID(story.case)
    own = await a_case(clients, "demo-ngo", accompanying_minors=[])
    another = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, another)
    statement, elsewhere = [
        UUID((await clients.ok("demo-police", "GET", f"/v1/cases/{of.case}/statements"))["items"][0]["id"])
        for of in (story, another)
    ]
    for who, values in (
        ("demo-shelter", (verification, case, org("demo-police"), None)),
        ("demo-shelter", (verification, case, org("demo-shelter"), statement)),
        ("demo-ngo", (verification, case, org("demo-ngo"), None)),
        ("demo-ngo", (verification, UUID(own.case), org("demo-ngo"), None)),
        ("demo-border", (verification, case, org("demo-border"), None)),
        ("demo-labour", (verification, UUID(another.case), org("demo-labour"), None)),
        ("demo-police", (verification, case, org("demo-police"), elsewhere)),
    ):
        await refused(raw, who, GIVEN, *values)
    async with acting(raw, "demo-shelter") as sql:
        await sql.execute(GIVEN, verification, case, org("demo-shelter"), None)
    await an_action(clients, "demo-labour", path_of(story), "withdrawals", {})
    await refused(raw, "demo-shelter", GIVEN, verification, case, org("demo-shelter"), None)


async def test_raw_sql_reads_no_evidence_of_others(clients: Clients, story: Story, raw: Raw) -> None:
    await given(clients, story)
    await a_statement_of_police(clients, story)
    for who, seen in (("demo-shelter", 1), ("demo-police", 1), ("demo-labour", 1), ("demo-ngo", 0), ("demo-border", 0)):
        async with acting(raw, who) as sql:
            assert await sql.fetchval("select count(*) from verification_evidence") == seen, who
    for who in ("demo-ngo", "demo-border", "demo-other-police"):
        async with acting(raw, who) as sql:
            for function in ("evidence_target", "open_verifications"):
                wanted = UUID(story.case if function == "open_verifications" else story.verification["id"])
                assert await sql.fetch(f"select * from access.{function}($1)", wanted) == []  # noqa: S608


async def a_statement_of_police(clients: Clients, story: Story) -> None:
    again = {**A_STATEMENT, "reason": "new_fact"}
    await clients.ok("demo-police", "POST", f"/v1/cases/{story.case}/statements", again)
