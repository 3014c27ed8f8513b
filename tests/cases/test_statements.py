"""A statement is taken once and shared; a second interview says why, and who looks after the person sees it."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from tests.conftest import Raw
from tests.factories import (
    A_STATEMENT,
    a_case,
    a_conclusion,
    a_confirmation,
    a_held_case,
    a_proposed_handover,
    a_referral,
    a_verification,
)
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting, org, refused

AGAIN = {**A_STATEMENT, "text": "Kể thêm về người môi giới.", "reason": "new_fact"}
FIRST_WORDS = "Bị lừa sang bên kia biên giới."
SILENT: dict[str, Any] = {"trafficking": {"exploitation_types": ["forced_marriage"]}, "accompanying_minors": []}
"""What an intake says of a person who told nothing yet."""


@pytest.fixture
async def story(clients: Clients) -> Story:
    """Taken in with a statement by the post, held by labour, verified by police."""
    made = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, made)
    return made


def path_of(story: Story) -> str:
    return f"/v1/cases/{story.case}/statements"


async def listed(clients: Clients, who: str, story: Story) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await clients.ok(who, "GET", path_of(story)))["items"]
    return items


async def test_the_statement_of_the_intake_is_the_first_version(clients: Clients, story: Story) -> None:
    (first,) = await listed(clients, "demo-police", story)
    assert (first["version"], first["author_agency"], first["reason"]) == (1, "border_guard", None)
    assert first["taken_at"] == "2026-11-20T15:41:00Z"
    assert FIRST_WORDS not in str(first)
    shown = await clients.ok("demo-police", "GET", f"/v1/statements/{first['id']}")
    assert (shown["text"], shown["version"]) == (FIRST_WORDS, 1)


async def test_a_second_interview_without_a_reason_is_led_to_the_first(clients: Clients, story: Story) -> None:
    (first,) = await listed(clients, "demo-police", story)
    answer = await clients.call("demo-police", "POST", path_of(story), A_STATEMENT)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "statement_exists")
    assert problem["errors"][0]["pointer"] == "/reason"
    assert problem["params"] == {"statements": [{"id": first["id"], "version": 1}]}
    assert len(await listed(clients, "demo-police", story)) == 1


async def test_with_a_reason_it_is_kept_and_shows_on_the_timeline(clients: Clients, story: Story) -> None:
    made = await clients.ok("demo-police", "POST", path_of(story), AGAIN)
    assert (made["version"], made["author_agency"], made["reason"]) == (2, "police", "new_fact")
    assert "text" not in made
    for who in ("demo-labour", "demo-police"):
        timeline = (await clients.ok(who, "GET", f"/v1/cases/{story.case}/timeline"))["items"]
        told = [(e["facts"], e["subject_id"]) for e in timeline if e["event"] == "statement.taken"]
        assert told == [({"version": 2, "reason": "new_fact"}, made["id"])]
    assert [item["version"] for item in await listed(clients, "demo-police", story)] == [1, 2]
    case = await clients.ok("demo-police", "GET", f"/v1/cases/{story.case}")
    assert [entry["text"] for entry in case["sections"]["statement"]] == [FIRST_WORDS, AGAIN["text"]]


async def test_the_reading_of_a_statement_is_recorded(clients: Clients, story: Story) -> None:
    (first,) = await listed(clients, "demo-police", story)
    path = f"/v1/statements/{first['id']}"
    assert (await clients.call("demo-police", "GET", path, Purpose_Of_Use=None)).json()["code"] == "purpose_required"
    await clients.ok("demo-police", "GET", path)
    accesses = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/accesses"))["items"]
    assert [entry["sections"] for entry in accesses if entry["event"] == "statement.read"] == [["statement"]]


async def test_who_does_not_read_the_section_gets_404_filled_or_not(clients: Clients) -> None:
    """The later custodian, an identity verifier, who serves the case, the former custodian, a stranger."""
    statements = []
    for told in (SILENT["trafficking"] | {"statement": FIRST_WORDS}, SILENT["trafficking"]):
        story = await a_held_case(clients, accompanying_minors=[], trafficking=told)
        await a_referral(clients, story, status="accepted")
        body = {"verifier_id": str(org("demo-other-police")), "kind": "identity"}
        await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/verifications", body)
        await a_verification(clients, story)
        statements += await listed(clients, "demo-police", story)
        for who in ("demo-labour", "demo-other-police", "demo-ngo", "demo-border", "demo-stranger"):
            assert (await clients.get(who, path_of(story))).status_code == 404, who
    (first,) = statements
    for who in ("demo-labour", "demo-other-police", "demo-ngo", "demo-border", "demo-stranger"):
        assert (await clients.get(who, f"/v1/statements/{first['id']}")).status_code == 404, who


async def test_who_does_not_read_the_section_takes_no_statement(clients: Clients, story: Story) -> None:
    await a_referral(clients, story, status="accepted")
    for who, status, code in (
        ("demo-labour", 422, "sections_not_permitted"),
        ("demo-ngo", 422, "sections_not_permitted"),
        ("demo-border", 404, "not_found"),
        ("demo-stranger", 404, "not_found"),
    ):
        answer = await clients.call(who, "POST", path_of(story), AGAIN)
        assert (answer.status_code, answer.json()["code"]) == (status, code), who


async def test_the_first_one_needs_no_reason_whoever_takes_it(clients: Clients) -> None:
    story = await a_held_case(clients, **SILENT)
    await a_verification(clients, story)
    made = await clients.ok("demo-police", "POST", path_of(story), A_STATEMENT)
    assert (made["version"], made["language"], made["interpreter"]) == (1, "vi", False)


async def test_a_patch_adds_the_first_statement_and_is_no_way_round_the_reason(clients: Clients) -> None:
    story = await a_case(clients, **SILENT)
    case, patch = f"/v1/cases/{story.case}", {"sections": {"statement": {"text": "Chưa muốn kể nhiều."}}}
    etag = (await clients.ok("demo-border", "GET", case))["etag"]
    etag = (await clients.ok("demo-border", "PATCH", case, patch, etag=etag))["etag"]
    (first,) = await listed(clients, "demo-border", story)
    answer = await clients.call("demo-border", "PATCH", case, patch, etag=etag)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "statement_exists")
    assert problem["errors"][0]["pointer"] == "/sections/statement"
    assert problem["params"]["statements"] == [{"id": first["id"], "version": 1}]


async def test_the_verifier_keeps_the_statement_it_took_and_no_other(clients: Clients) -> None:
    """The intake's and one the post took meanwhile are the verifier's to read while it verifies."""
    story = await a_case(clients, accompanying_minors=[])
    await a_verification(clients, story, "demo-border")
    own = await clients.ok("demo-police", "POST", path_of(story), AGAIN)
    await clients.ok("demo-border", "POST", path_of(story), AGAIN)
    versions = await listed(clients, "demo-police", story)
    assert [item["version"] for item in versions] == [1, 2, 3]
    await a_conclusion(clients, story)
    assert (await clients.ok("demo-police", "GET", f"/v1/statements/{own['id']}"))["text"] == AGAIN["text"]
    for other in (versions[0], versions[2]):
        assert (await clients.get("demo-police", f"/v1/statements/{other['id']}")).status_code == 404
    assert (await clients.get("demo-police", path_of(story))).status_code == 404
    assert (await clients.call("demo-police", "POST", path_of(story), AGAIN)).status_code == 404


async def test_a_post_that_verifies_keeps_what_it_took_as_verifier_and_not_the_intakes(clients: Clients) -> None:
    story = await a_case(clients, accompanying_minors=[])
    body = {"verifier_id": str(PERSONAS["demo-border"].id), "kind": "victim"}
    story.verification = await clients.ok("demo-border", "POST", f"/v1/cases/{story.case}/verifications", body)
    (first,) = await listed(clients, "demo-border", story)
    own = await clients.ok("demo-border", "POST", path_of(story), AGAIN)
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    await a_confirmation(clients, story, "demo-labour")
    assert (await clients.get("demo-border", f"/v1/statements/{first['id']}")).status_code == 404
    assert (await clients.get("demo-border", f"/v1/statements/{own['id']}")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"reason": "other"}, "/reason_text", "text_required"),
        ({"reason": "curiosity"}, "/reason", "unknown_code"),
        ({"taken_at": "2999-01-01T00:00:00Z"}, "/taken_at", "in_the_future"),
        ({"language": "klingon"}, "/language", "unknown_code"),
        ({"text": " "}, "/text", "too_short"),
    ],
)
async def test_bad_input_is_named(
    clients: Clients, story: Story, changes: dict[str, str], pointer: str, code: str
) -> None:
    answer = await clients.call("demo-police", "POST", path_of(story), {**AGAIN, **changes})
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


async def test_the_words_of_another_reason_are_kept_with_the_statement(clients: Clients, story: Story) -> None:
    body = {**AGAIN, "reason": "other", "reason_text": "Băng ghi âm bị hỏng."}
    made = await clients.ok("demo-police", "POST", path_of(story), body)
    shown = await clients.ok("demo-police", "GET", f"/v1/statements/{made['id']}")
    assert shown["reason_text"] == "Băng ghi âm bị hỏng."


@pytest.mark.parametrize("attempt", range(4))
async def test_of_two_first_statements_at_once_one_is_the_first(clients: Clients, attempt: int) -> None:
    """Post and police ask at the same moment: the later one is told to read."""
    story = await a_case(clients, **SILENT)
    await a_verification(clients, story, "demo-border")
    calls = [clients.call(who, "POST", path_of(story), A_STATEMENT) for who in ("demo-border", "demo-police")]
    answers: list[httpx.Response] = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert len(await listed(clients, "demo-police", story)) == 1


async def test_the_same_key_takes_one_statement(clients: Clients, story: Story) -> None:
    key = "an-interview-of-police"
    for _ in range(2):
        await clients.ok("demo-police", "POST", path_of(story), AGAIN, Idempotency_Key=key)
    assert len(await listed(clients, "demo-police", story)) == 2


TAKEN = (
    "insert into case_entries (id, case_id, section, author_id, sealed, version, reason)"
    " values (gen_random_uuid(), $1, 'statement', $2, '', $3, $4)"
)


async def test_raw_sql_passes_no_second_statement_for_the_first(clients: Clients, story: Story, raw: Raw) -> None:
    """Nor without a reason, nor in another's name, nor by who does not read the section."""
    case = UUID(story.case)
    for version in (None, 1, 2):
        values = (case, org("demo-police"), version, None)
        await refused(raw, "demo-police", TAKEN, *values, by=asyncpg.CheckViolationError)
    for who, author in (
        ("demo-police", "demo-border"),
        ("demo-labour", "demo-labour"),
        ("demo-border", "demo-border"),
        ("demo-stranger", "demo-stranger"),
    ):
        await refused(raw, who, TAKEN, case, org(author), None, "court")
    async with acting(raw, "demo-police") as sql:
        await sql.execute(TAKEN, case, org("demo-police"), 7, "court")
        versions = await sql.fetch("select version from case_entries where section = 'statement' order by 1")
    assert [row["version"] for row in versions] == [1, 2]
