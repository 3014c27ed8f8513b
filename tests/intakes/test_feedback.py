"""Feedback: whoever reported hears what became of it, from the custodian, and nothing else of the case."""

import asyncio
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.factories import a_case, a_confirmation, a_held_case, a_proposed_handover, a_referral, an_action
from tests.intakes.reports import COMMUNE, HOTLINE, a_passed_on_case, a_reported_case, feedback, pointers, sent
from tests.intakes.reports import a_report as a_body
from tests.personas import PERSONAS, Clients

TOLD = {"outcome": "handed_to_police"}


async def test_the_author_hears_by_event_though_the_case_is_hidden_from_it(clients: Clients, raw: Raw) -> None:
    story = await a_passed_on_case(clients)
    made = await feedback(clients, story, outcome="handed_to_police", text="Công an xã đã đến.")
    (entry,) = await raw.all.fetch("select * from audit_entries where event = 'case.feedback_given'")
    assert (str(entry["subject_id"]), str(entry["case_id"])) == (made["id"], story.case)
    assert (entry["parties"], entry["facts"]) == ([PERSONAS[HOTLINE].id], '{"outcome": "handed_to_police"}')
    assert await raw.all.fetchval("select count(*) from outbox_events where type = 'case.feedback_given'") == 1
    shown = await clients.ok(HOTLINE, "GET", f"/v1/feedback/{made['id']}")
    assert (shown["outcome"], shown["text"]) == ("handed_to_police", "Công an xã đã đến.")
    assert (await clients.get(HOTLINE, f"/v1/cases/{story.case}")).status_code == 404


async def test_the_custodian_sees_what_was_told_to_whom_and_the_reading_is_recorded(clients: Clients, raw: Raw) -> None:
    story = await a_passed_on_case(clients)
    first, second = await feedback(clients, story), await feedback(clients, story, text="Chị đã về nhà.")
    listed = (await clients.ok(COMMUNE, "GET", f"/v1/cases/{story.case}/feedback"))["items"]
    assert listed == [second, first]
    assert (await clients.ok(COMMUNE, "GET", f"/v1/feedback/{second['id']}"))["text"] == "Chị đã về nhà."
    await clients.ok(HOTLINE, "GET", f"/v1/intakes/{story.intake}/feedback")
    reads = "select event from audit_entries where sections = '{feedback}' and case_id = $1 order by at"
    assert [row["event"] for row in await raw.all.fetch(reads, UUID(story.case))] == ["case.read", "intake.read"]


async def test_one_report_hears_of_every_case_it_opened(clients: Clients) -> None:
    story = await a_held_case(clients)
    child = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.child}/feedback", TOLD)
    mother = await feedback(clients, story, "demo-labour")
    heard = await clients.ok("demo-border", "GET", f"/v1/intakes/{story.intake}/feedback")
    assert [item["id"] for item in heard["items"]] == [mother["id"], child["id"]]
    assert child["told"] == [str(PERSONAS["demo-border"].id)]


async def test_a_report_hears_of_its_own_case_and_not_of_another_by_the_same_body(clients: Clients) -> None:
    story, other = await a_passed_on_case(clients), await a_passed_on_case(clients)
    await feedback(clients, other)
    assert (await clients.ok(HOTLINE, "GET", f"/v1/intakes/{story.intake}/feedback"))["items"] == []


async def test_the_next_custodian_sees_what_was_told_before_and_goes_on_telling(clients: Clients) -> None:
    story = await a_passed_on_case(clients)
    first = await feedback(clients, story, text="Đang tìm.", outcome="not_found")
    await a_proposed_handover(clients, story, COMMUNE, "demo-police")
    proposed = await clients.get("demo-police", f"/v1/feedback/{first['id']}")
    assert proposed.status_code == 404
    await a_confirmation(clients, story, "demo-police")
    assert (await clients.ok("demo-police", "GET", f"/v1/feedback/{first['id']}"))["text"] == "Đang tìm."
    assert (await clients.get(COMMUNE, f"/v1/feedback/{first['id']}")).status_code == 404
    assert (await clients.call(COMMUNE, "POST", f"/v1/cases/{story.case}/feedback", TOLD)).status_code == 404
    second = await feedback(clients, story, "demo-police")
    heard = (await clients.ok(HOTLINE, "GET", f"/v1/intakes/{story.intake}/feedback"))["items"]
    assert [item["id"] for item in heard] == [second["id"], first["id"]]


async def test_only_the_custodian_tells(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    path = f"/v1/cases/{story.case}/feedback"
    refused = await clients.call("demo-ngo", "POST", path, TOLD)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_move")
    for who in ("demo-stranger", "demo-border", "demo-police"):
        hidden = await clients.call(who, "POST", path, TOLD)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found"), who
    made = await feedback(clients, story, "demo-labour")
    assert (await clients.ok("demo-ngo", "GET", path))["items"] == []
    for who in ("demo-ngo", "demo-stranger", "demo-police"):
        assert (await clients.get(who, f"/v1/feedback/{made['id']}")).status_code == 404, who
        assert (await clients.get(who, f"/v1/intakes/{story.intake}/feedback")).status_code == 404, who


async def test_the_outcome_of_a_closed_case_can_still_be_told(clients: Clients) -> None:
    story = await a_passed_on_case(clients)
    closure = {"reason": "completed", "outcome": "support_completed"}
    await an_action(clients, COMMUNE, f"/v1/cases/{story.case}", "closures", closure)
    await feedback(clients, story, outcome="no_grounds")
    assert len((await clients.ok(HOTLINE, "GET", f"/v1/intakes/{story.intake}/feedback"))["items"]) == 1


async def test_another_outcome_is_put_in_words(clients: Clients) -> None:
    story = await a_passed_on_case(clients)
    path = f"/v1/cases/{story.case}/feedback"
    assert pointers(await clients.call(COMMUNE, "POST", path, {"outcome": "other"})) == {"/text": "text_required"}
    assert pointers(await clients.call(COMMUNE, "POST", path, {"outcome": "glad"})) == {"/outcome": "unknown_code"}


async def test_feedback_sent_twice_at_once_is_told_once(clients: Clients, raw: Raw) -> None:
    story = await a_passed_on_case(clients)
    path, key = f"/v1/cases/{story.case}/feedback", str(uuid4())
    calls = [clients.call(COMMUNE, "POST", path, TOLD, Idempotency_Key=key) for _ in range(5)]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {201, 409}
    again = await clients.call(COMMUNE, "POST", path, TOLD, Idempotency_Key=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    for table in ("case_feedback", "outbox_events where type = 'case.feedback_given'"):
        assert await raw.all.fetchval(f"select count(*) from {table}") == 1  # noqa: S608


async def test_a_dry_run_tells_nobody(clients: Clients, raw: Raw) -> None:
    story = await a_passed_on_case(clients)
    path = f"/v1/cases/{story.case}/feedback?validate_only=true"
    assert (await clients.ok(COMMUNE, "POST", path, TOLD)) == {"valid": True}
    assert await raw.all.fetchval("select count(*) from case_feedback") == 0


async def test_two_bodies_that_reported_the_same_are_both_told(clients: Clients) -> None:
    """The commune took the case over, and then somebody rang there as well."""
    story = await a_passed_on_case(clients)
    second = await sent(clients, a_body(channel="self_report_domestic", case_id=story.case), COMMUNE)
    await a_proposed_handover(clients, story, COMMUNE, "demo-police")
    await a_confirmation(clients, story, "demo-police")
    made = await feedback(clients, story, "demo-police")
    assert set(made["told"]) == {str(PERSONAS[who].id) for who in (HOTLINE, COMMUNE)}
    for who, intake in ((HOTLINE, story.intake), (COMMUNE, second.json()["id"])):
        (heard,) = (await clients.ok(who, "GET", f"/v1/intakes/{intake}/feedback"))["items"]
        alone = await clients.ok(who, "GET", f"/v1/feedback/{made['id']}")
        assert heard["told"] == alone["told"] == [str(PERSONAS[who].id)], "nobody learns who else reported"
    assert (await clients.ok("demo-police", "GET", f"/v1/feedback/{made['id']}"))["told"] == made["told"]


async def test_who_served_the_person_is_not_told_for_having_added_a_report(clients: Clients) -> None:
    """Else a body could grant itself a look that outlives the person's consent."""
    story = await a_referral(clients, status="in_service")
    added = a_body(record_mode="full", channel="referred_by_organisation", case_id=story.case)
    joined = await sent(clients, added, "demo-ngo")
    assert joined.status_code == 201
    made = await feedback(clients, story, "demo-labour")
    assert made["told"] == [str(PERSONAS["demo-border"].id)]
    assert (await clients.ok("demo-ngo", "GET", f"/v1/intakes/{joined.json()['id']}/feedback"))["items"] == []


@pytest.mark.parametrize("path", ["/v1/intakes/{}/feedback", "/v1/intakes/{}/reporter", "/v1/feedback/{}"])
async def test_what_does_not_exist_is_not_found(clients: Clients, path: str) -> None:
    await a_reported_case(clients)
    await a_case(clients)
    assert (await clients.get(HOTLINE, path.format(uuid4()))).status_code == 404
