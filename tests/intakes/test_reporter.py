"""Who reported is another person in danger: known to the body that took the report, and to nobody after it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.factories import a_confirmation, a_proposed_handover
from tests.intakes.reports import (
    COMMUNE,
    HOTLINE,
    REPORTER,
    a_passed_on_case,
    a_report,
    a_reported_case,
    feedback,
    pointers,
    sent,
)
from tests.personas import PERSONAS, Clients
from tests.sql import acting
from tests.test_journal import disguises, everything

CANARY = "zqreporter00f3"
KNOWN = {**REPORTER, "full_name": f"Lò Thị {CANARY}", "phone": CANARY}


async def test_the_body_that_took_the_report_reads_its_reporter_for_ever(clients: Clients, raw: Raw) -> None:
    story = await a_passed_on_case(clients, reporter=REPORTER)
    path = f"/v1/intakes/{story.intake}/reporter"
    answer = await clients.get(HOTLINE, path)
    assert answer.json() == {"intake_id": story.intake, "anonymous": False, **REPORTER}
    (entry,) = await raw.all.fetch("select * from audit_entries where event = 'reporter.read'")
    assert (entry["request_id"], str(entry["subject_id"])) == (UUID(answer.headers["X-Request-Id"]), story.intake)
    assert (entry["purpose"], entry["case_id"]) == ("care_coordination", None)
    for header, code in (("Purpose_Of_Use", "purpose_required"), ("Acting_Officer", "officer_required")):
        refused = await clients.get(HOTLINE, path, **{header: None})
        assert (refused.status_code, refused.json()["code"]) == (403, code)


async def test_nobody_after_it_finds_a_trace_of_the_reporter(clients: Clients, raw: Raw) -> None:
    """Not the proposed receiver, not the next custodian, in no reply; and nowhere in clear in the database."""
    story = await a_reported_case(clients, reporter=KNOWN)
    said = {"kind": "correction", "pointer": "/reporter/phone", "value": CANARY}
    await clients.ok(HOTLINE, "PUT", f"/v1/intakes/{story.intake}/supplements/{uuid4()}", said)
    await clients.ok(HOTLINE, "GET", f"/v1/intakes/{story.intake}/reporter")
    assert CANARY not in (await clients.get(HOTLINE, f"/v1/intakes/{story.intake}")).text
    case = f"/v1/cases/{story.case}"
    await a_proposed_handover(clients, story, HOTLINE, COMMUNE)
    paths = [case, f"/v1/handovers/{story.handover['id']}", f"/v1/intakes/{story.intake}"]
    replies = [(await clients.get(COMMUNE, path)).text for path in paths]
    await a_confirmation(clients, story, COMMUNE)
    hanging = ("timeline", "accesses", "supplements", "notes", "corrections", "consents", "handovers", "feedback")
    paths += [f"{case}/{name}" for name in hanging]
    paths += [f"/v1/intakes/{story.intake}/{name}" for name in ("reporter", "supplements", "feedback")]
    replies += [(await clients.get(COMMUNE, path)).text for path in paths]
    assert not [reply for reply in replies if CANARY in reply or "reporter" in reply]
    stored = await everything(raw.all)
    assert not [mark for mark in disguises(CANARY) if mark in stored]


@pytest.mark.parametrize("who", sorted(set(PERSONAS) - {HOTLINE, "demo-oversight"}))
async def test_to_everybody_else_there_is_no_reporter(clients: Clients, who: str) -> None:
    story = await a_passed_on_case(clients, reporter=REPORTER)
    answer = await clients.get(who, f"/v1/intakes/{story.intake}/reporter")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_report_without_a_reporter_has_none_to_show(clients: Clients) -> None:
    story = await a_reported_case(clients)
    assert (await clients.get(HOTLINE, f"/v1/intakes/{story.intake}/reporter")).status_code == 404


async def test_the_reporter_has_a_data_key_that_no_case_has(clients: Clients, raw: Raw) -> None:
    story = await a_passed_on_case(clients, reporter=REPORTER)
    key = await raw.all.fetchval("select key_id from intake_reporters")
    assert await raw.all.fetchval("select count(*) from cases where key_id = $1", key) == 0
    for who, seen in ((HOTLINE, 1), (COMMUNE, 0), ("demo-stranger", 0)):
        async with acting(raw, who) as sql:
            assert await sql.fetchval("select count(*) from data_keys where id = $1", key) == seen, who
            case_key = await sql.fetch("select id from access.case_key($1)", UUID(story.case))
            assert key not in [row["id"] for row in case_key]


@pytest.mark.parametrize(
    ("said", "apart"),
    [
        ({"pointer": "/reporter/phone", "value": "0987"}, True),
        ({"pointer": "/reporter", "value": {"phone": "0987"}}, True),
        ({"value": {"reporter": {"phone": "0987"}}}, True),
        ({"pointer": "", "value": {"reporter": {"phone": "0987"}}}, True),
        ({"pointer": "/text", "value": "Xe màu trắng."}, False),
        ({"pointer": "/person/reporter", "value": "Xe màu trắng."}, False),
        ({"value": "Xe màu trắng."}, False),
    ],
)
@pytest.mark.parametrize("reporter", [REPORTER, None])
async def test_what_is_added_of_a_reporter_stays_with_the_author(
    clients: Clients, said: dict[str, Any], apart: bool, reporter: Any
) -> None:
    story = await a_passed_on_case(clients, reporter=reporter)
    supplements = f"/v1/intakes/{story.intake}/supplements"
    supplement_id = uuid4()
    made = await clients.ok(HOTLINE, "PUT", f"{supplements}/{supplement_id}", {"kind": "addition", **said})
    assert (made["case_id"] is None, made["value"]) == (apart, said["value"])
    assert len((await clients.ok(HOTLINE, "GET", supplements))["items"]) == 1
    passed = (await clients.ok(COMMUNE, "GET", f"/v1/cases/{story.case}/supplements"))["items"]
    assert len(passed) == (0 if apart else 1)


async def test_an_anonymous_reporter_has_no_name_and_may_leave_a_number(clients: Clients) -> None:
    named = await sent(clients, a_report(reporter={"anonymous": True, "full_name": "Lò Thị Mận"}))
    assert pointers(named) == {"/reporter": "exactly_one"}
    story = await a_reported_case(clients, reporter={"anonymous": True, "phone": "0912"})
    shown = await clients.ok(HOTLINE, "GET", f"/v1/intakes/{story.intake}/reporter")
    assert (shown["anonymous"], shown["full_name"], shown["phone"]) == (True, None, "0912")


async def test_feedback_says_nothing_of_the_reporter_to_who_gives_it(clients: Clients) -> None:
    story = await a_passed_on_case(clients, reporter=KNOWN)
    made = await feedback(clients, story)
    assert made["told"] == [str(PERSONAS[HOTLINE].id)]
    assert set(made) == {"id", "case_id", "author_id", "told", "outcome", "created_at"}
