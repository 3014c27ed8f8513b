"""Notices over HTTP: a body is told what it must know, sees nothing of the case, and says once that it knows."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Raw
from tests.deadlines.duties import owed, statuses
from tests.factories import (
    a_case,
    a_confirmation,
    a_held_case,
    a_notice,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
)
from tests.personas import PERSONAS, Clients, Story
from tests.test_races import effects, race, rounds
from tests.test_races import statuses as answered

HOME = "demo-other-police"
WORDS = "Chị sẽ về nhà trong tuần này."
PLAIN = ("id", "kind", "status", "acknowledged_at", "created_at", "updated_at", "etag", "due_at", "overdue")
CLOSURE = {"reason": "completed", "outcome": "support_completed"}


def to(recipient: str, kind: str = "home_province", **changes: Any) -> dict[str, Any]:
    return {"recipient_id": str(PERSONAS[recipient].id), "kind": kind, **changes}


def of(case: str) -> str:
    return f"/v1/cases/{case}/notices"


async def test_the_home_province_is_told_what_it_must_know(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    made = await a_notice(clients, story, effective_on="2026-11-25", agreed_on="2026-11-20", text=WORDS)
    (item,) = (await clients.ok(HOME, "GET", "/v1/notices?box=inbox"))["items"]
    assert (item["id"], item["kind"], item["status"]) == (made["id"], "home_province", "sent")
    seen = await clients.ok(HOME, "GET", f"/v1/notices/{made['id']}")
    case = await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}")
    told = {
        "case_id": None,
        "case_reference": case["reference"],
        "sender_id": str(PERSONAS["demo-labour"].id),
        "recipient_id": str(PERSONAS[HOME].id),
        "effective_on": "2026-11-25",
        "agreed_on": "2026-11-20",
        "age_band": "27_29",
        "sex": "female",
        "text": WORDS,
        "available_actions": ["acknowledge"],
    }
    assert {name: seen[name] for name in told} == told
    assert set(seen) == {*told, *PLAIN}
    assert (made["case_id"], made["available_actions"]) == (story.case, [])
    assert (
        await raw.all.fetchval("select count(*) from case_parties where organisation_id = $1", PERSONAS[HOME].id) == 0
    )


async def test_who_was_told_sees_nothing_of_the_case_before_or_after_it_acknowledges(clients: Clients) -> None:
    story = await a_held_case(clients)
    made = await a_notice(clients, story, text=WORDS)
    for _ in ("before", "after"):
        for path in ("", "/timeline", "/accesses", "/notices", "/notes", "/handovers", "/consents"):
            assert (await clients.get(HOME, f"/v1/cases/{story.case}{path}")).status_code == 404, path
        assert (await clients.ok(HOME, "GET", "/v1/cases"))["items"] == []
        sought = {"full_name": "Nguyễn Thị Hoa", "birth_year": 1999}
        assert (await clients.ok(HOME, "POST", "/v1/case-searches", sought))["items"] == []
        assert (await clients.call(HOME, "POST", of(story.case), to("demo-labour"))).status_code == 404
        if made["status"] == "sent":
            made = await an_action(clients, HOME, f"/v1/notices/{made['id']}", "acknowledgements", {})
    assert made["case_id"] is None


async def test_its_acknowledgement_is_owed_within_three_working_days_and_shown_to_both(
    clients: Clients, raw: Raw
) -> None:
    story = await a_held_case(clients)
    made = await a_notice(clients, story)
    waiting = (await owed(clients, HOME))["T14"]
    assert (waiting["kind"], waiting["subject_id"], waiting["due_at"]) == ("notice", made["id"], made["due_at"])
    assert waiting["province_code"] is None
    assert [item["id"] for item in (await clients.ok(HOME, "GET", "/v1/worklist?kind=notice"))["items"]] == [
        waiting["id"]
    ]
    done = await an_action(clients, HOME, f"/v1/notices/{made['id']}", "acknowledgements", {})
    assert (done["status"], done["available_actions"], done["due_at"]) == ("acknowledged", [], None)
    assert await statuses(raw, "T14") == ["met"]
    (sent,) = (await clients.ok("demo-labour", "GET", "/v1/notices?box=outbox&status=acknowledged"))["items"]
    assert sent["acknowledged_at"] == done["acknowledged_at"] is not None
    assert (await clients.ok("demo-labour", "GET", "/v1/notices?box=outbox&status=sent"))["items"] == []


@rounds
async def test_of_two_acknowledgements_one_counts(clients: Clients, raw: Raw, attempt: int) -> None:
    made = await a_notice(clients, await a_held_case(clients))
    path = f"/v1/notices/{made['id']}"
    etag = (await clients.ok(HOME, "GET", path))["etag"]
    calls = [clients.call(HOME, "POST", f"{path}/acknowledgements", {}, etag=etag) for _ in range(2)]
    assert answered(await race(raw, *calls)) == [200, 412]
    assert await effects(raw, made["id"]) == {"notice.sent": 1, "notice.acknowledged": 1}


async def test_a_reading_needs_a_purpose_and_the_custodian_sees_it_by_function(clients: Clients) -> None:
    story = await a_held_case(clients)
    path = f"/v1/notices/{(await a_notice(clients, story, text=WORDS))['id']}"
    refusal = await clients.call(HOME, "GET", path, Purpose_Of_Use=None)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "purpose_required")
    await clients.ok(HOME, "GET", path)
    reads = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/accesses"))["items"]
    (read,) = [read for read in reads if read["event"] == "notice.read"]
    assert (read["agency"], read["purpose"], read["officer"]) == ("police", "care_coordination", None)
    await an_action(clients, HOME, path, "acknowledgements", {})
    told = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/timeline"))["items"]
    assert [entry["event"] for entry in told][-2:] == ["notice.sent", "notice.acknowledged"]


async def test_lists_and_answers_carry_no_words_and_no_age(clients: Clients) -> None:
    story = await a_held_case(clients)
    shown = [str(await a_notice(clients, story, text=WORDS))]
    shown += [
        (await clients.get(who, "/v1/notices?box=" + box)).text
        for who, box in ((HOME, "inbox"), ("demo-labour", "outbox"))
    ]
    shown.append((await clients.get("demo-labour", of(story.case))).text)
    for text in shown:
        assert WORDS not in text
        assert "age_band" not in text


async def test_who_acts_in_the_case_may_tell_and_the_custodian_sees_all(clients: Clients) -> None:
    story = await a_held_case(clients)
    await a_verification(clients, story)
    by_police = await clients.ok("demo-police", "POST", of(story.case), to(HOME, text=WORDS))
    ours = await a_notice(clients, story, "demo-foreign", "embassy")
    listed = (await clients.ok("demo-labour", "GET", of(story.case)))["items"]
    assert {item["id"] for item in listed} == {by_police["id"], ours["id"]}
    assert (await clients.ok("demo-labour", "GET", f"/v1/notices/{by_police['id']}"))["text"] == WORDS
    theirs = (await clients.ok("demo-police", "GET", of(story.case)))["items"]
    assert [item["id"] for item in theirs] == [by_police["id"]]
    assert (await clients.get("demo-police", f"/v1/notices/{ours['id']}")).status_code == 404


async def test_a_recipient_with_a_part_in_the_case_is_led_to_it(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted", receiver="demo-shelter", service="shelter")
    leaving = to("demo-labour", "leaving_facility", effective_on="2026-12-01")
    made = await clients.ok("demo-shelter", "POST", of(story.case), leaving)
    (item,) = (await clients.ok("demo-labour", "GET", "/v1/notices?box=inbox"))["items"]
    assert (item["id"], item["case_id"], item["effective_on"]) == (made["id"], story.case, "2026-12-01")


async def test_a_proposed_receiver_a_stranger_and_a_closed_case_tell_nobody(clients: Clients) -> None:
    story = await a_case(clients, accompanying_minors=[])
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    body = to(HOME)
    answers = [await clients.call("demo-labour", "POST", of(story.case), body)]
    answers.append(await clients.call("demo-stranger", "POST", of(story.case), body))
    await a_confirmation(clients, story, "demo-labour")
    await an_action(clients, "demo-labour", f"/v1/cases/{story.case}", "closures", CLOSURE)
    answers.append(await clients.call("demo-labour", "POST", of(story.case), body))
    codes = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert codes == [(403, "not_your_move"), (404, "not_found"), (409, "case_closed")]


async def test_a_former_custodian_keeps_its_own_notice_but_not_the_case(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    made = await a_notice(clients, story, text=WORDS)
    path, bare = f"/v1/notices/{made['id']}", Story(case=story.case)
    await a_proposed_handover(clients, bare, "demo-labour", "demo-commune")
    await a_confirmation(clients, bare, "demo-commune")
    kept = await clients.ok("demo-labour", "GET", path)
    assert (kept["text"], kept["case_id"], kept["case_reference"]) == (WORDS, None, made["case_reference"])
    for hidden in (f"/v1/cases/{story.case}", of(story.case)):
        assert (await clients.get("demo-labour", hidden)).status_code == 404
    assert (await clients.call("demo-labour", "POST", of(story.case), to(HOME))).status_code == 404
    continued = await clients.ok("demo-commune", "GET", path)
    assert (continued["text"], continued["case_id"], continued["available_actions"]) == (WORDS, story.case, [])
    answer = await clients.call("demo-commune", "POST", f"{path}/acknowledgements", {}, etag=continued["etag"])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_move")
    assert (await clients.ok("demo-commune", "GET", of(story.case)))["items"][0]["id"] == made["id"]


@pytest.fixture
async def disabled(raw: Raw) -> AsyncIterator[str]:
    change = "update organisations set status = $2 where id = $1"
    await raw.all.execute(change, PERSONAS[HOME].id, "disabled")
    yield HOME
    await raw.all.execute(change, PERSONAS[HOME].id, "active")


async def test_a_body_that_is_unknown_or_works_no_more_is_told_nothing(clients: Clients, disabled: str) -> None:
    story = await a_held_case(clients)
    for recipient_id in (str(uuid4()), str(PERSONAS[disabled].id)):
        answer = await clients.call("demo-labour", "POST", of(story.case), to(HOME) | {"recipient_id": recipient_id})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")


FITTING = {
    "home_province": {"police", "labour"},
    "home_commune": {"commune"},
    "embassy": {"foreign_affairs"},
    "immigration": {"police"},
    "leaving_facility": {"police", "labour"},
    "found_safe": {"police", "border_guard", "hotline"},
}


@pytest.mark.parametrize("kind", FITTING)
async def test_a_kind_goes_only_to_agencies_that_it_concerns(clients: Clients, kind: str) -> None:
    story = await a_held_case(clients, handling=[])
    for persona in PERSONAS.values():
        answer = await clients.call("demo-labour", "POST", of(story.case), to(persona.name, kind))
        if persona.name == "demo-labour":
            assert answer.json()["code"] == "validation_failed"
        elif persona.agency == "oversight":
            assert answer.json()["code"] == "unknown_reference"
        elif persona.agency in FITTING[kind]:
            assert answer.status_code == 201, answer.text
        else:
            assert answer.json()["code"] == "does_not_fit"
            assert set(answer.json()["errors"][0]["params"]["agencies"]) == FITTING[kind]


async def test_a_notice_sent_again_is_the_same_one_and_a_dry_run_is_none(clients: Clients, raw: Raw) -> None:
    story, key = await a_held_case(clients), "a-key-of-a-lost-reply"
    checked = await clients.call("demo-labour", "POST", of(story.case) + "?validate_only=true", to(HOME))
    assert checked.json() == {"valid": True}
    assert await raw.all.fetchval("select count(*) from notices") == 0
    first, again, other = [
        await clients.call("demo-labour", "POST", of(story.case), body, Idempotency_Key=key)
        for body in (to(HOME), to(HOME), to(HOME, text=WORDS))
    ]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await raw.all.fetchval("select count(*) from notices") == 1


async def test_a_foreign_victim_is_reported_to_foreign_affairs_within_three_days(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients, "demo-police", channel="foreign_victim_in_vn", accompanying_minors=[])
    assert "D14" in await owed(clients, "demo-police")
    await a_proposed_handover(clients, story, "demo-police", "demo-labour")
    await a_confirmation(clients, story, "demo-labour")
    assert "D14" not in await owed(clients, "demo-police")
    assert (await owed(clients, "demo-labour"))["D14"]["subject_id"] == story.case
    await a_notice(clients, story, HOME, "immigration")
    assert await statuses(raw, "D14") == ["running"]
    await a_notice(clients, story, "demo-foreign", "embassy")
    assert await statuses(raw, "D14") == ["met"]


async def test_no_other_channel_owes_a_word_to_foreign_affairs(clients: Clients, raw: Raw) -> None:
    await a_case(clients, "demo-police", channel="rescued_domestic")
    assert await statuses(raw, "D14") == []
