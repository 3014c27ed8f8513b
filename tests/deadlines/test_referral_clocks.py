"""The clocks of a referral: to answer it, to answer a question about it, to decide on a claim."""

from datetime import datetime, timedelta

import pytest

from app.law.calendar import WORKING_DAYS, end_of
from app.reference.fields import VIET_NAM
from tests.conftest import Raw
from tests.deadlines.duties import begin_earlier, due, items, owed, statuses, the_row
from tests.factories import a_held_case, a_move, a_referral
from tests.personas import Clients, Story

QUESTION = {"text": "Xin thêm thông tin."}
VITAL = {"lawful_basis": "vital_interest"}
RULES = {"routine": "T01", "urgent": "T02", "immediate": "T03"}


def answer_by(urgency: str, sent_at: datetime) -> datetime:
    """By hand: three working days, a day, two hours."""
    if urgency == "routine":
        return end_of(WORKING_DAYS.count(sent_at.astimezone(VIET_NAM).date(), 3))
    return sent_at + timedelta(hours={"urgent": 24, "immediate": 2}[urgency])


async def sent(clients: Clients, **changes: str) -> Story:
    """A referral of one person from labour to the NGO."""
    return await a_referral(clients, await a_held_case(clients, accompanying_minors=[]), **changes)


async def asked(clients: Clients, urgency: str = "urgent") -> Story:
    """A referral about which the receiver has asked something."""
    story = await sent(clients, status="acknowledged", urgency=urgency)
    await a_move(clients, story, "demo-ngo", "information-requests", QUESTION)
    return story


async def claimed(clients: Clients) -> Story:
    """A referral open to claims in the province, that the NGO has claimed; labour sends and has custody."""
    story = await a_held_case(clients, accompanying_minors=[])
    body = {"case_id": story.case, "service": "legal_advice", "sections": ["identity"]}
    story.referral = await clients.ok(
        "demo-labour", "POST", "/v1/referrals", body | {"claimable": {"province_code": "15"}}
    )
    for who in ("demo-ngo", "demo-shelter"):
        assert await items(clients, who) == []
    await a_move(clients, story, "demo-ngo", "claims", {})
    return story


@pytest.mark.parametrize("urgency", RULES)
async def test_the_receiver_owes_an_answer_as_soon_as_it_is_urgent(clients: Clients, raw: Raw, urgency: str) -> None:
    story = await sent(clients, urgency=urgency)
    (item,) = await items(clients, "demo-ngo")
    row = await the_row(raw, RULES[urgency])
    assert (item["rule"], item["kind"], item["subject_id"]) == (RULES[urgency], "referral", story.referral["id"])
    assert due(item) == row["due_at"] == answer_by(urgency, row["started_at"])
    assert datetime.fromisoformat(story.referral["due_at"]) == due(item)
    assert "T01" not in await owed(clients, "demo-labour")


@pytest.mark.parametrize(
    ("move", "end"),
    [
        (("demo-ngo", "acceptances", {}), "met"),
        (("demo-ngo", "refusals", {"reason": "no_capacity", "text": "Hết chỗ."}), "met"),
        (("demo-labour", "withdrawals", {"reason": "need_met"}), "cancelled"),
    ],
)
async def test_an_ended_duty_leaves_the_worklist(
    clients: Clients, raw: Raw, move: tuple[str, str, dict[str, str]], end: str
) -> None:
    """With it goes the id of what is no longer the receiver's business."""
    story = await sent(clients)
    await a_move(clients, story, "demo-ngo", "acknowledgements", {})
    assert list(await owed(clients, "demo-ngo")) == ["T01"]
    await a_move(clients, story, *move)
    assert await statuses(raw, "T01") == [end]
    assert await items(clients, "demo-ngo") == []
    assert (story.referral["due_at"], story.referral["overdue"]) == (None, False)


async def test_a_question_passes_the_duty_to_the_sender(clients: Clients, raw: Raw) -> None:
    story = await asked(clients)
    assert (await owed(clients, "demo-ngo"))["T02"]["paused"]
    item = (await owed(clients, "demo-labour"))["T05"]
    asked_on = (await the_row(raw, "T05"))["started_at"].astimezone(VIET_NAM).date()
    assert due(item) == end_of(WORKING_DAYS.count(asked_on, 3))
    assert datetime.fromisoformat(story.referral["due_at"]) == due(item)


async def test_an_answer_gives_the_receiver_back_the_hours_of_the_pause(clients: Clients, raw: Raw) -> None:
    story = await asked(clients)
    before = await begin_earlier(raw, "T02", timedelta(hours=12), paused=timedelta(hours=10))
    await a_move(clients, story, "demo-labour", "answers", {"text": "Đã bổ sung."})
    item = (await owed(clients, "demo-ngo"))["T02"]
    assert timedelta(hours=10) <= due(item) - before < timedelta(hours=10, minutes=5)
    assert not item["paused"]
    assert await statuses(raw, "T05") == ["met"]


async def test_a_refusal_answers_for_both_sides(clients: Clients, raw: Raw) -> None:
    story = await asked(clients)
    await a_move(clients, story, "demo-ngo", "refusals", {"reason": "no_capacity", "text": "Hết chỗ."})
    assert await statuses(raw, "T02") == ["met"]
    assert await statuses(raw, "T05") == ["cancelled"]


async def test_a_claim_is_the_custodians_to_decide(clients: Clients, raw: Raw) -> None:
    story = await claimed(clients)
    item = (await owed(clients, "demo-labour"))["T04"]
    assert (item["kind"], item["subject_id"]) == ("referral", story.referral["id"])
    assert due(item) == (await the_row(raw, "T04"))["started_at"] + timedelta(hours=24)
    assert await items(clients, "demo-ngo") == []


async def test_a_confirmed_claimant_owes_the_answer(clients: Clients, raw: Raw) -> None:
    story = await claimed(clients)
    await a_move(clients, story, "demo-labour", "confirmations", VITAL)
    assert await statuses(raw, "T04") == ["met"]
    assert list(await owed(clients, "demo-ngo")) == ["T01"]
    assert "T04" not in await owed(clients, "demo-labour")


@pytest.mark.parametrize(
    ("act", "body", "end"), [("declines", {}, "met"), ("withdrawals", {"reason": "need_met"}, "cancelled")]
)
async def test_without_a_claimant_nobody_owes_an_answer(
    clients: Clients, raw: Raw, act: str, body: dict[str, str], end: str
) -> None:
    story = await claimed(clients)
    await a_move(clients, story, "demo-labour", act, body)
    assert await statuses(raw, "T04") == [end]
    for who in ("demo-ngo", "demo-shelter"):
        assert await items(clients, who) == []
