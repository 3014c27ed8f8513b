"""Province A asks province B one thing about a verification; B answers it and sees nothing of the case."""

from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests import expectations
from tests.conftest import Raw
from tests.factories import CONCLUSION, a_held_case, a_verification, an_action
from tests.moves import Judge, Kind, World
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting, org, refused, refused_within

ASSISTANCE = Kind(
    expectations.lifecycles()["assistance"],
    "assistances",
    "/v1/assistances",
    {"answer": ("answers", {"text": "Gia đình đã trình báo năm 2021."}), "withdraw": ("withdrawals", {})},
)
PARTIES = {
    "demo-police": frozenset({"asker"}),
    "demo-other-police": frozenset({"assistant"}),
    "demo-border": None,
}
QUESTION = {"assistant_id": str(PERSONAS["demo-other-police"].id), "question": "Có ai trình báo chị H. mất tích không?"}


@pytest.fixture
async def story(clients: Clients) -> Story:
    made = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, made)
    return made


def path_of(story: Story) -> str:
    return f"/v1/verifications/{story.verification['id']}"


async def asked(clients: Clients, story: Story) -> str:
    made = await clients.ok("demo-police", "POST", f"{path_of(story)}/assistances", QUESTION)
    return f"/v1/assistances/{made['id']}"


async def test_province_b_answers_province_a_and_sees_nothing_of_the_case(clients: Clients, story: Story) -> None:
    path = await asked(clients, story)
    (item,) = (await clients.ok("demo-other-police", "GET", "/v1/assistances?box=inbox"))["items"]
    assert (item["status"], item["available_actions"], item["verification_id"]) == ("asked", ["answer"], None)
    shown = await clients.ok("demo-other-police", "GET", path)
    assert (shown["question"], shown["answer"]) == (QUESTION["question"], None)
    assert story.case not in str(shown)
    for hidden in (f"/v1/cases/{story.case}", path_of(story), f"{path_of(story)}/status", f"{path_of(story)}/evidence"):
        assert (await clients.get("demo-other-police", hidden)).status_code == 404
    for listed in ("/v1/cases", "/v1/verifications"):
        assert (await clients.ok("demo-other-police", "GET", listed))["items"] == []
    await an_action(clients, "demo-other-police", path, *ASSISTANCE.requests["answer"])
    (item,) = (await clients.ok("demo-police", "GET", f"{path_of(story)}/assistances"))["items"]
    assert (item["status"], item["verification_id"]) == ("answered", story.verification["id"])
    assert (await clients.ok("demo-police", "GET", path))["answer"] == "Gia đình đã trình báo năm 2021."


async def test_words_are_read_with_a_purpose_only_and_the_reading_is_recorded(
    clients: Clients, story: Story, raw: Raw
) -> None:
    path = await asked(clients, story)
    refusal = await clients.call("demo-other-police", "GET", path, Purpose_Of_Use=None)
    assert refusal.json()["code"] == "purpose_required"
    await clients.ok("demo-other-police", "GET", path)
    read = "select organisation_id, purpose from audit_entries where event = 'assistance.read'"
    assert [tuple(row) for row in await raw.all.fetch(read)] == [(org("demo-other-police"), "care_coordination")]


async def test_neither_requester_nor_custodian_nor_anybody_else_reads_it(clients: Clients, story: Story) -> None:
    path = await asked(clients, story)
    for who in ("demo-border", "demo-oversight", "demo-labour"):
        assert (await clients.get(who, path)).status_code == (404 if who == "demo-border" else 403)
    assert (await clients.ok("demo-border", "GET", "/v1/assistances?box=outbox"))["items"] == []
    assert (await clients.get("demo-border", f"{path_of(story)}/assistances")).status_code == 404


async def _assistance(clients: Clients, story: Story, status: str) -> World:
    path = await asked(clients, story)
    who = {"answered": ("demo-other-police", "answer"), "withdrawn": ("demo-police", "withdraw")}.get(status)
    if who:
        await an_action(clients, who[0], path, *ASSISTANCE.requests[who[1]])
    return World(path.rsplit("/", 1)[1], status, PARTIES)


async def test_an_assistance_moves_as_typed_and_no_otherwise(clients: Clients, story: Story, raw: Raw) -> None:
    judge = Judge(clients, raw, ASSISTANCE)
    for status in ASSISTANCE.lifecycle.statuses:
        await judge.judge(partial(_assistance, clients, story, status), status)
    assert judge.faults == []
    assert judge.tried == 3 * 2 * 3


async def test_a_question_withdrawn_leaves_its_status_and_not_its_words(clients: Clients, story: Story) -> None:
    path = await asked(clients, story)
    await an_action(clients, "demo-police", path, "withdrawals", {})
    shown = await clients.ok("demo-other-police", "GET", path)
    assert (shown["status"], shown["question"], shown["available_actions"]) == ("withdrawn", None, [])
    assert (await clients.ok("demo-police", "GET", path))["question"] == QUESTION["question"]


ENDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "concluded": ("demo-police", "conclusions", CONCLUSION),
    "refused": ("demo-police", "refusals", {"reason": "not_competent"}),
    "withdrawn": ("demo-labour", "withdrawals", {}),
    "forwarded": ("demo-police", "forwardings", {"verifier_id": QUESTION["assistant_id"], "reason": "Khác địa bàn"}),
}


@pytest.mark.parametrize("end", ENDS)
async def test_the_end_of_the_verification_closes_what_is_open_and_keeps_what_is_answered(
    clients: Clients, story: Story, end: str
) -> None:
    answered, open_ = await asked(clients, story), await asked(clients, story)
    await an_action(clients, "demo-other-police", answered, *ASSISTANCE.requests["answer"])
    before = (await clients.ok("demo-other-police", "GET", open_))["etag"]
    who, act, body = ENDS[end]
    assert (await an_action(clients, who, path_of(story), act, body))["status"] == end
    for reader in ("demo-police", "demo-other-police"):
        assert (await clients.ok(reader, "GET", answered))["question"] == QUESTION["question"]
    shown = await clients.ok("demo-other-police", "GET", open_)
    assert (shown["status"], shown["question"]) == ("withdrawn", None)
    assert shown["etag"] != before
    answer = await clients.call("demo-police", "POST", f"{path_of(story)}/assistances", QUESTION)
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


async def test_only_the_verifier_asks_and_only_a_verifying_body(clients: Clients, story: Story) -> None:
    for who, body, status, code in (
        ("demo-border", QUESTION, 404, "not_found"),
        ("demo-labour", QUESTION, 403, "insufficient_scope"),
        ("demo-police", {**QUESTION, "assistant_id": str(org("demo-shelter"))}, 422, "verifier_not_competent"),
        ("demo-police", {**QUESTION, "assistant_id": str(org("demo-police"))}, 422, "validation_failed"),
        ("demo-police", {**QUESTION, "assistant_id": story.case}, 422, "unknown_reference"),
    ):
        answer = await clients.call(who, "POST", f"{path_of(story)}/assistances", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), who


async def test_a_requester_that_may_itself_verify_does_not_ask_in_the_verifiers_place(clients: Clients) -> None:
    story = await a_held_case(clients, "demo-police", accompanying_minors=[])
    await a_verification(clients, story, "demo-police", "demo-other-police")
    body = {**QUESTION, "assistant_id": str(org("demo-border"))}
    answer = await clients.call("demo-police", "POST", f"{path_of(story)}/assistances", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_move")


async def test_the_same_key_asks_once(clients: Clients, story: Story, raw: Raw) -> None:
    path, key = f"{path_of(story)}/assistances", "a-question-to-province-b"
    ids = {(await clients.ok("demo-police", "POST", path, QUESTION, Idempotency_Key=key))["id"] for _ in range(2)}
    assert len(ids) == await raw.all.fetchval("select count(*) from assistances") == 1


ASK = (
    "insert into assistances (id, verification_id, case_id, asker_id, assistant_id)"
    " values (gen_random_uuid(), $1, $2, $3, $4)"
)
SAY = "insert into assistance_texts (assistance_id, kind, author_id, sealed) values ($1, $2, $3, '')"


async def test_raw_sql_asks_nobody_elses_question_and_nobody_unfit(clients: Clients, story: Story, raw: Raw) -> None:
    """Who is assistant may unwrap the person's key: so nobody makes itself, or a stranger, one."""
    verification, case = UUID(story.verification["id"]), UUID(story.case)
    for who, asker, assistant in (
        ("demo-labour", "demo-labour", "demo-other-police"),
        ("demo-other-police", "demo-other-police", "demo-border"),
        ("demo-other-police", "demo-police", "demo-other-police"),
        ("demo-police", "demo-police", "demo-stranger"),
    ):
        await refused(raw, who, ASK, verification, case, org(asker), org(assistant))
    other = await a_held_case(clients, accompanying_minors=[])
    await refused(raw, "demo-police", ASK, verification, UUID(other.case), org("demo-police"), org("demo-other-police"))
    ended = "update verifications set status = 'refused' where id = $1"
    async with acting(raw, "demo-police") as sql:
        await sql.execute(ASK, verification, case, org("demo-police"), org("demo-other-police"))
        await sql.execute(ended, verification)
        await refused_within(sql, ASK, verification, case, org("demo-police"), org("demo-other-police"))


async def test_raw_sql_answers_withdraws_and_says_only_what_is_ones_own(
    clients: Clients, story: Story, raw: Raw
) -> None:
    id_ = UUID((await asked(clients, story)).rsplit("/", 1)[1])
    await refused(raw, "demo-police", "update assistances set status = 'answered' where id = $1", id_)
    await refused(raw, "demo-other-police", "update assistances set status = 'withdrawn' where id = $1", id_)
    for who, kind, author in (
        ("demo-police", "answer", "demo-police"),
        ("demo-police", "answer", "demo-other-police"),
        ("demo-labour", "answer", "demo-labour"),
    ):
        await refused(raw, who, SAY, id_, kind, org(author))
    await refused(raw, "demo-police", SAY, id_, "question", org("demo-police"), by=asyncpg.UniqueViolationError)
    async with acting(raw, "demo-other-police") as sql:
        await sql.execute(SAY, id_, "answer", org("demo-other-police"))
        await sql.execute("update assistances set status = 'answered' where id = $1", id_)
        for status in ("asked", "withdrawn"):
            await refused_within(sql, "update assistances set status = $2 where id = $1", id_, status)


async def test_raw_sql_shows_the_assistant_its_question_and_no_row_of_the_case(
    clients: Clients, story: Story, raw: Raw
) -> None:
    path = await asked(clients, story)
    tables = ("cases", "case_sections", "case_entries", "verifications", "verification_texts", "case_parties")
    async with acting(raw, "demo-other-police") as sql:
        for table in tables:
            assert await sql.fetchval(f"select count(*) from {table}") == 0, table  # noqa: S608
        assert await sql.fetchval("select count(*) from assistance_texts") == 1
        for question in ("caller_takes_part_in", "caller_acts_in"):
            assert not await sql.fetchval(f"select access.{question}($1)", UUID(story.case))
    await an_action(clients, "demo-police", path, "withdrawals", {})
    revived = "update assistances set status = 'answered' where id = $1"
    await refused(raw, "demo-other-police", revived, UUID(path.rsplit("/", 1)[1]))
    for who, words in (("demo-other-police", 0), ("demo-police", 1), ("demo-labour", 0), ("demo-stranger", 0)):
        async with acting(raw, who) as sql:
            assert await sql.fetchval("select count(*) from assistance_texts") == words, who
