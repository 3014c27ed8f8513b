"""The clocks of a case and of its hand-overs: who owes what while custody moves, and what a closure ends."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.law.calendar import WORKING_DAYS, add_months, end_of
from app.reference.fields import VIET_NAM
from tests.conftest import Raw
from tests.deadlines.duties import due, items, owed, rows, statuses, the_row
from tests.factories import (
    a_case,
    a_confirmation,
    a_held_case,
    a_plan,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
)
from tests.personas import PERSONAS, Clients, Story

OUTSIDE = {"name": "Đại sứ quán", "country": "CN", "signatory": "Vương Cường"}
CLOSURE = {"reason": "completed", "outcome": "reintegrated"}
SEEN = {"held_on": "2026-11-20", "method": "visit", "result": "stable", "retrafficking_risk": "low"}


async def handed(clients: Clients, giver: str, receiver: str, **changes: Any) -> tuple[Story, str]:
    """A hand-over that is proposed; the story, and where the hand-over is."""
    story = await a_case(clients, giver, **{"accompanying_minors": [], **changes})
    await a_proposed_handover(clients, story, giver, receiver)
    return story, f"/v1/handovers/{story.handover['id']}"


async def test_a_post_brings_the_person_to_the_commune_within_a_day(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients, accompanying_minors=[])
    (item,) = await items(clients, "demo-border")
    assert (item["rule"], item["kind"], item["subject_id"]) == ("D01", "case", story.case)
    assert due(item) == (await the_row(raw, "D01"))["started_at"] + timedelta(hours=24)
    assert item["certainty"] == "design"


async def test_a_proposed_receiver_owes_an_answer_within_a_day(clients: Clients, raw: Raw) -> None:
    story, _ = await handed(clients, "demo-border", "demo-labour")
    (item,) = await items(clients, "demo-labour")
    assert (item["rule"], item["kind"], item["subject_id"]) == ("T07", "handover", story.handover["id"])
    assert due(item) == (await the_row(raw, "T07"))["started_at"] + timedelta(hours=24)
    assert datetime.fromisoformat(story.handover["due_at"]) == due(item)
    assert list(await owed(clients, "demo-border")) == ["D01"]


async def test_a_confirmed_handover_meets_the_duty_to_hand_over_and_starts_the_next(clients: Clients, raw: Raw) -> None:
    story, _ = await handed(clients, "demo-border", "demo-labour")
    await a_confirmation(clients, story, "demo-labour")
    assert await statuses(raw, "T07") == await statuses(raw, "D01") == ["met"]
    assert await items(clients, "demo-border") == []
    (item,) = await items(clients, "demo-labour")
    confirmed_on = (await the_row(raw, "D03"))["started_at"].astimezone(VIET_NAM).date()
    assert item["rule"] == "D03"
    assert due(item) == end_of(WORKING_DAYS.nearest(confirmed_on + timedelta(days=3)))


async def test_a_family_handed_over_together_has_its_clocks_moved_together(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    await a_confirmation(clients, story, "demo-labour")
    assert await statuses(raw, "T07") == ["met"]
    assert await statuses(raw, "D01") == ["met", "met"]
    assert await items(clients, "demo-border") == []
    waiting = await items(clients, "demo-labour")
    assert {(item["rule"], item["subject_id"]) for item in waiting} == {("D03", story.case), ("D03", story.child)}


@pytest.mark.parametrize(
    ("who", "move", "end"),
    [
        ("demo-labour", ("refusals", {"reason": "hospital_first", "text": "Cần cấp cứu."}), "met"),
        ("demo-border", ("cancellations", {"reason": "replaced"}), "cancelled"),
    ],
)
async def test_a_handover_that_did_not_happen_leaves_the_duty_with_the_giver(
    clients: Clients, raw: Raw, who: str, move: tuple[str, dict[str, str]], end: str
) -> None:
    _, path = await handed(clients, "demo-border", "demo-labour")
    await an_action(clients, who, path, *move)
    assert await statuses(raw, "T07") == [end]
    assert await items(clients, "demo-labour") == []
    assert list(await owed(clients, "demo-border")) == ["D01"]


async def test_a_commune_notifies_the_support_authority_by_proposing(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients, "demo-commune", channel="self_report_domestic", accompanying_minors=[])
    assert list(await owed(clients, "demo-commune")) == ["D02"]
    await a_proposed_handover(clients, story, "demo-commune", "demo-labour")
    assert await statuses(raw, "D02") == ["met"]


async def test_a_handover_to_somebody_outside_moves_no_clock(clients: Clients, raw: Raw) -> None:
    """Custody stays, so that a recorded word must not give its holder three new days."""
    story = await a_held_case(clients, accompanying_minors=[])
    before = await the_row(raw, "D03")
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/handovers", {"outside": OUTSIDE})
    assert await the_row(raw, "D03") == before


async def test_custody_takes_along_what_custodian_requester_and_sender_owe(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_plan(clients, story)
    await a_verification(clients, story)
    path = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, "demo-police", path, "starts", {})
    await an_action(clients, "demo-police", path, "information-requests", {"text": "Xin bổ sung."})
    await a_referral(clients, story, status="acknowledged")
    path = f"/v1/referrals/{story.referral['id']}"
    await an_action(clients, "demo-ngo", path, "information-requests", {"text": "Xin bổ sung."})
    open_to = {"case_id": story.case, "service": "shelter", "sections": ["identity"]}
    made = await clients.ok("demo-labour", "POST", "/v1/referrals", open_to | {"claimable": {"province_code": "15"}})
    await an_action(clients, "demo-shelter", f"/v1/referrals/{made['id']}", "claims", {})
    mine = {"T04", "T05", "T06", "T08", "T09"}
    dates = {name: item["due_at"] for name, item in (await owed(clients, "demo-labour")).items()}
    assert set(dates) == mine
    bare = Story(case=story.case)
    await a_proposed_handover(clients, bare, "demo-labour", "demo-commune")
    await a_confirmation(clients, bare, "demo-commune")
    assert await items(clients, "demo-labour") == []
    now = {name: item["due_at"] for name, item in (await owed(clients, "demo-commune")).items()}
    assert {name: now[name] for name in mine} == dates
    assert set(await owed(clients, "demo-police")) == {"D04"}
    assert set(await owed(clients, "demo-ngo")) == {"T01"}


async def test_a_plan_is_reviewed_on_its_day_and_followed_up_after_three_months(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    plan = await a_plan(clients, story)
    mine = await owed(clients, "demo-labour")
    assert (mine["T08"]["kind"], mine["T08"]["subject_id"]) == ("plan", plan["id"])
    assert due(mine["T08"]) == end_of(date(2027, 2, 20))
    made_on = (await the_row(raw, "T09"))["started_at"].astimezone(VIET_NAM).date()
    assert due(mine["T09"]) == end_of(WORKING_DAYS.nearest(add_months(made_on, 3)))
    path = f"/v1/plans/{plan['id']}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    moved = await clients.ok("demo-labour", "PATCH", path, {"review_on": "2027-05-20"}, etag=etag)
    assert datetime.fromisoformat(moved["due_at"]) == end_of(date(2027, 5, 20))
    await clients.ok("demo-labour", "POST", f"{path}/follow-ups", SEEN)
    assert await statuses(raw, "T08") == await statuses(raw, "T09") == ["met", "running"]


async def test_a_closure_ends_every_clock_and_nothing_starts_one_after_it(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    plan = await a_plan(clients, story)
    assert set(await owed(clients, "demo-labour")) == {"D03", "T08", "T09"}
    etag = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}"))["etag"]
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/closures", CLOSURE, etag=etag)
    assert [await statuses(raw, name) for name in ("D03", "T08", "T09")] == [["cancelled"]] * 3
    await clients.ok("demo-labour", "POST", f"/v1/plans/{plan['id']}/follow-ups", SEEN)
    assert await items(clients, "demo-labour") == []


async def test_a_refused_move_leaves_the_clocks_alone(clients: Clients, raw: Raw) -> None:
    story, path = await handed(clients, "demo-border", "demo-labour")
    before = [await rows(raw, name) for name in ("D01", "T07")]
    answer = await clients.call("demo-labour", "POST", f"{path}/confirmations", {}, etag='"AAAAAAAAAAAAAAAAAAAA"')
    assert answer.status_code == 412
    body = {"verifier_id": str(PERSONAS["demo-ngo"].id), "kind": "victim"}
    assert (await clients.call("demo-border", "POST", f"/v1/cases/{story.case}/verifications", body)).is_client_error
    assert [await rows(raw, name) for name in ("D01", "T07")] == before
    assert await rows(raw, "D04") == []
