"""Asking the unknown holder to make contact: who learns what, who answers, and what the wall alone says."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.expectations import lifecycles
from tests.factories import a_confirmation, a_proposed_handover, an_action
from tests.moves import Judge, Kind, World
from tests.personas import Clients, Story
from tests.searches import a_contact_request, a_found_case, a_handle, an_exclusion
from tests.sql import acting, counted, org, refused
from tests.test_journal import everything

HOLDER, ASKER, NUMBER = "demo-foreign", "demo-police", "Q7654321"
PATH = "/v1/contact-requests"
ANSWER = {"answer": "will_contact", "text": "Sẽ gọi ngày mai."}
QUESTION = "Người này đang ở chỗ chúng tôi."


@pytest.fixture
async def story(clients: Clients) -> Story:
    return await a_found_case(clients, HOLDER)


async def test_the_asker_learns_neither_case_nor_holder(clients: Clients, story: Story) -> None:
    made = await a_contact_request(clients, ASKER, text=QUESTION)
    answered = await an_action(clients, HOLDER, f"{PATH}/{made['id']}", "answers", ANSWER)
    assert answered["case_id"] == story.case
    read = await clients.get(ASKER, f"{PATH}/{made['id']}")
    assert (read.json()["answer"], read.json()["answer_text"]) == ("will_contact", ANSWER["text"])
    assert (read.json()["case_id"], read.json()["disclosed_id"]) == (None, None)
    listed = await clients.get(ASKER, f"{PATH}?box=outbox")
    for answer in (read, listed):
        for secret in (story.case, str(org(HOLDER)), HOLDER):
            assert secret not in answer.text
    assert (await clients.get(ASKER, f"/v1/cases/{story.case}")).status_code == 404


async def test_the_holder_finds_it_in_its_inbox_and_says_who_it_is_if_it_will(clients: Clients, story: Story) -> None:
    made = await a_contact_request(clients, ASKER, text=QUESTION)
    (item,) = (await clients.ok(HOLDER, "GET", PATH))["items"]
    assert (item["id"], item["asker_id"], item["case_id"]) == (made["id"], str(org(ASKER)), story.case)
    assert "text" not in item
    (of_case,) = (await clients.ok(HOLDER, "GET", f"/v1/cases/{story.case}/contact-requests"))["items"]
    assert of_case == item
    read = await clients.ok(HOLDER, "GET", f"{PATH}/{made['id']}")
    assert (read["text"], read["available_actions"]) == (QUESTION, ["answer"])
    await an_action(clients, HOLDER, f"{PATH}/{made['id']}", "answers", {"answer": "decline", "disclose_me": True})
    seen = await clients.ok(ASKER, "GET", f"{PATH}/{made['id']}")
    assert (seen["answer"], seen["disclosed_id"], seen["case_id"]) == ("decline", str(org(HOLDER)), None)
    assert (await clients.ok(HOLDER, "GET", f"{PATH}?status=asked"))["items"] == []


async def test_a_handle_serves_for_one_request(clients: Clients, story: Story) -> None:
    body = {"handle": await a_handle(clients, ASKER, {"document_number": NUMBER}), "reason": "verification"}
    key = str(uuid4())
    first = await clients.ok(ASKER, "POST", PATH, body, Idempotency_Key=key)
    again = await clients.call(ASKER, "POST", PATH, body, Idempotency_Key=key)
    assert (again.json()["id"], again.headers["Idempotent-Replayed"]) == (first["id"], "true")
    other = await clients.call(ASKER, "POST", PATH, body)
    assert (other.status_code, other.json()["code"]) == (409, "already_asked")


@pytest.mark.parametrize("why", ["unknown", "expired", "of another client", "of another body", "excluded since"])
async def test_a_handle_that_is_not_good_is_one_refusal(clients: Clients, raw: Raw, story: Story, why: str) -> None:
    handle, who = "A" * 22, ASKER
    if why != "unknown":
        handle = await a_handle(clients, ASKER, {"document_number": NUMBER})
    if why == "expired":
        await raw.all.execute("update search_handles set expires_at = now() - interval '1 second'")
    elif why == "excluded since":
        await an_exclusion(clients, story.case, ASKER, HOLDER)
    elif why.startswith("of another"):
        who = "demo-police-second" if why == "of another client" else "demo-other-police"
    answer = await clients.call(who, "POST", PATH, {"handle": handle, "reason": "same_person"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")
    assert answer.json()["errors"][0]["pointer"] == "/handle"
    assert await raw.all.fetchval("select count(*) from contact_requests") == 0


async def test_whoever_holds_the_case_next_answers(clients: Clients, story: Story) -> None:
    made = await a_contact_request(clients, ASKER, text=QUESTION)
    await a_proposed_handover(clients, story, HOLDER, "demo-labour")
    await a_confirmation(clients, story, "demo-labour")
    assert (await clients.get(HOLDER, f"{PATH}/{made['id']}")).status_code == 404
    assert (await clients.ok(HOLDER, "GET", PATH))["items"] == []
    read = await clients.ok("demo-labour", "GET", f"{PATH}/{made['id']}")
    assert read["text"] == QUESTION
    await an_action(clients, "demo-labour", f"{PATH}/{made['id']}", "answers", {**ANSWER, "disclose_me": True})
    assert (await clients.ok(ASKER, "GET", f"{PATH}/{made['id']}"))["disclosed_id"] == str(org("demo-labour"))


async def test_every_move_by_everybody(clients: Clients, raw: Raw) -> None:
    kind = Kind(lifecycles()["contact_request"], "contact_requests", PATH, {"answer": ("answers", ANSWER)})
    judge = Judge(clients, raw, kind)
    numbers = iter(range(1000))

    async def world(status: str) -> World:
        number = f"Q{next(numbers):07}"
        await a_found_case(clients, HOLDER, number)
        made = await a_contact_request(clients, ASKER, number)
        if status == "answered":
            await an_action(clients, HOLDER, f"{PATH}/{made['id']}", "answers", ANSWER)
        parties = {ASKER: frozenset({"asker"}), HOLDER: frozenset({"holder"}), "demo-labour": None}
        return World(made["id"], status, parties)

    for status in ("asked", "answered"):
        await judge.judge(partial(world, status), status)
    assert (judge.faults, judge.tried) == ([], 6)


async def test_both_readings_are_recorded_and_only_the_holders_on_the_case(
    clients: Clients, raw: Raw, story: Story
) -> None:
    made = await a_contact_request(clients, ASKER, text=QUESTION)
    for who in (ASKER, HOLDER):
        await clients.ok(who, "GET", f"{PATH}/{made['id']}")
    rows = await raw.all.fetch(
        "select organisation_id, case_id from audit_entries where event = 'contact_request.read' order by at"
    )
    assert [tuple(row) for row in rows] == [(org(ASKER), None), (org(HOLDER), UUID(story.case))]
    (event,) = await raw.all.fetch("select * from outbox_events where type = 'contact_request.asked'")
    assert str(event["subject_id"]) == made["id"]


async def test_the_words_are_sealed_and_no_word_lies_in_clear(clients: Clients, raw: Raw, story: Story) -> None:
    made = await a_contact_request(clients, ASKER, text="zqquestion")
    await an_action(clients, HOLDER, f"{PATH}/{made['id']}", "answers", {**ANSWER, "text": "zqanswer"})
    stored = await everything(raw.all)
    for word in ("zqquestion", "zqanswer"):
        assert word not in stored
        assert word.encode().hex() not in stored


async def test_the_wall_without_the_service(clients: Clients, raw: Raw, story: Story) -> None:
    """Raw SQL as the API's role: the asker cannot read whom it reached nor answer itself, a stranger nothing at all."""
    made = await a_contact_request(clients, ASKER, text=QUESTION)
    request = UUID(made["id"])
    tables = ["contact_requests", "contact_targets", "contact_texts"]
    seen: dict[str, list[int]] = {ASKER: [1, 0, 1], HOLDER: [1, 1, 1], "demo-other-police": [0, 0, 0]}
    for who, rows in seen.items():
        async with acting(raw, who) as sql:
            assert list((await counted(sql, tables)).values()) == rows, who
            keys = await sql.fetchval("select count(*) from access.contact_key($1)", request)
            assert keys == rows[0]
    answered = "update contact_requests set status = 'answered', answer = 'decline' where id = $1"
    await refused(raw, ASKER, answered, request)
    await refused(raw, HOLDER, answered.replace("'decline'", "'decline', disclosed_id = $2"), request, org(ASKER))
    text = "insert into contact_texts (request_id, kind, author_id, sealed) values ($1, $2, $3, '')"
    for who in (ASKER, "demo-other-police"):
        await refused(raw, who, text, request, "answer", org(who))
    await refused(raw, HOLDER, text, request, "question", org(HOLDER))
    asked = "insert into contact_requests (id, asker_id, found_by, reason) values (gen_random_uuid(), $1, $2, 'other')"
    await refused(raw, "demo-other-police", asked, org("demo-other-police"), b"x" * 32)
    target = "insert into contact_targets (request_id, case_id, holder_id) values ($1, $2, $3)"
    await refused(raw, ASKER, target, uuid4(), UUID(story.case), org(ASKER))


async def test_an_answer_is_given_once_even_by_sql(clients: Clients, raw: Raw, story: Story) -> None:
    made = await a_contact_request(clients, ASKER)
    await an_action(clients, HOLDER, f"{PATH}/{made['id']}", "answers", ANSWER)
    again: Any = "update contact_requests set answer = 'decline' where id = $1"
    await refused(raw, HOLDER, again, UUID(made["id"]))
