"""Entity tags change with what the caller sees and nothing else, and only a current one lets a change through."""

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Raw
from tests.factories import (
    a_case,
    a_consent,
    a_held_case,
    a_plan,
    a_proposed_handover,
    a_referral,
    a_verification,
)
from tests.personas import Clients, Story

STRONG = re.compile(r'"[\x21\x23-\x7e]+"')


async def tag(clients: Clients, persona: str, path: str) -> str:
    answer = await clients.get(persona, path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == answer.json()["etag"]
    return answer.headers["ETag"]


async def amend(clients: Clients, persona: str, case: str, **sections: Any) -> Any:
    path = f"/v1/cases/{case}"
    etag = (await clients.ok(persona, "GET", path))["etag"]
    return await clients.ok(persona, "PATCH", path, {"sections": sections}, etag=etag)


async def hand_over(clients: Clients, story: Story, giver: str, receiver: str) -> None:
    await a_proposed_handover(clients, story, giver, receiver)
    path = f"/v1/handovers/{story.handover['id']}"
    etag = (await clients.ok(receiver, "GET", path))["etag"]
    await clients.ok(receiver, "POST", f"{path}/confirmations", {}, etag=etag)


async def test_tags_are_strong_and_differ_between_organisations(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    for path in (f"/v1/cases/{story.case}", f"/v1/referrals/{story.referral['id']}"):
        tags = {await tag(clients, persona, path) for persona in ("demo-labour", "demo-ngo")}
        assert len(tags) == 2
        assert all(STRONG.fullmatch(each) for each in tags)


async def test_a_tag_stays_while_nothing_changes(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    path = f"/v1/cases/{story.case}"
    assert len({await tag(clients, "demo-ngo", path) for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("section", "said", "seen"),
    [
        ("contact", {"address": "Số 1"}, False),
        ("refuge", {"address": "Nhà tạm lánh"}, False),
        ("exploitation", {"countries": ["CN"]}, False),
        ("needs", {"services": ["medical"]}, True),
        ("handling", {"flags": ["ask_before_family"], "text": "Gọi trước"}, True),
        ("identity", {"occupation": "May"}, True),
    ],
)
async def test_a_write_shows_in_the_tag_of_those_who_may_read_it(
    clients: Clients, section: str, said: dict[str, Any], seen: bool
) -> None:
    story = await a_referral(clients, status="accepted")
    path = f"/v1/cases/{story.case}"
    before = await tag(clients, "demo-ngo", path)
    await amend(clients, "demo-labour", story.case, **{section: said})
    assert (await tag(clients, "demo-ngo", path) != before) is seen


async def test_a_hidden_write_causes_no_false_conflict(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    path = f"/v1/cases/{story.case}"
    etag = await tag(clients, "demo-ngo", path)
    await amend(clients, "demo-labour", story.case, contact={"address": "Số 2"})
    patch = {"sections": {"needs": {"services": ["psychological"]}}}
    assert (await clients.call("demo-ngo", "PATCH", path, patch, etag=etag)).status_code == 200


async def test_what_happens_elsewhere_in_the_case_leaves_a_referral_alone(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    path = f"/v1/referrals/{story.referral['id']}"
    before = await tag(clients, "demo-ngo", path)
    await a_verification(clients, story)
    await a_plan(clients, story)
    await amend(clients, "demo-labour", story.case, needs={"services": ["medical"]})
    assert await tag(clients, "demo-ngo", path) == before


async def test_custody_moving_on_is_not_told_by_the_tags_of_what_stays(clients: Clients) -> None:
    story = await a_referral(clients, status="completed")
    path = f"/v1/referrals/{story.referral['id']}"
    before = await tag(clients, "demo-ngo", path), await tag(clients, "demo-ngo", f"{path}/status")
    await hand_over(clients, story, "demo-labour", "demo-commune")
    assert (await tag(clients, "demo-ngo", path), await tag(clients, "demo-ngo", f"{path}/status")) == before


async def test_a_new_sender_shows_in_an_open_referral_but_not_in_its_status(clients: Clients) -> None:
    story = await a_referral(clients, status="acknowledged")
    path = f"/v1/referrals/{story.referral['id']}"
    whole, status = await tag(clients, "demo-ngo", path), await tag(clients, "demo-ngo", f"{path}/status")
    await hand_over(clients, story, "demo-labour", "demo-commune")
    assert await tag(clients, "demo-ngo", path) != whole
    assert await tag(clients, "demo-ngo", f"{path}/status") == status


async def test_an_answer_and_a_list_item_carry_the_tag_of_a_reading(clients: Clients) -> None:
    story = await a_referral(clients)
    await a_verification(clients, story)
    await a_plan(clients, story)
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    things = {
        f"/v1/cases/{story.case}": "/v1/cases",
        f"/v1/handovers/{story.handover['id']}": "/v1/handovers?box=outbox",
        f"/v1/consents/{story.consent['id']}": f"/v1/cases/{story.case}/consents",
        f"/v1/verifications/{story.verification['id']}": "/v1/verifications?box=outbox",
        f"/v1/referrals/{story.referral['id']}": "/v1/referrals?box=outbox",
        f"/v1/plans/{story.plan['id']}": f"/v1/cases/{story.case}/plans",
    }
    for path, listed in things.items():
        items = (await clients.ok("demo-labour", "GET", listed))["items"]
        (item,) = [item for item in items if path.endswith(item["id"])]
        assert item["etag"] == await tag(clients, "demo-labour", path), path
    assert story.handover["etag"] == await tag(clients, "demo-labour", f"/v1/handovers/{story.handover['id']}")


async def test_an_answer_to_a_change_carries_the_tag_for_the_next(clients: Clients) -> None:
    story = await a_held_case(clients)
    first = await amend(clients, "demo-labour", story.case, contact={"address": "Số 1"})
    path = f"/v1/cases/{story.case}"
    second = {"sections": {"contact": {"address": "Số 2"}}}
    answer = await clients.call("demo-labour", "PATCH", path, second, etag=first["etag"])
    assert (answer.status_code, answer.headers["ETag"]) == (200, await tag(clients, "demo-labour", path))


@pytest.mark.parametrize("form", ["*", 'W/"{}"', '"{}", "b"', '"{}","b"', "{}", '"{}', "", '"a b"', '"{}"x'])
@pytest.mark.parametrize("hidden", [False, True])
async def test_anything_but_one_strong_tag_is_a_bad_header(clients: Clients, form: str, hidden: bool) -> None:
    story = await a_held_case(clients)
    path = f"/v1/cases/{uuid4() if hidden else story.case}"
    current = (await tag(clients, "demo-labour", f"/v1/cases/{story.case}")).strip('"')
    patch = {"sections": {"contact": {"address": "Số 1"}}}
    answer = await clients.call("demo-labour", "PATCH", path, patch, etag=form.format(current))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_header")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["header:If-Match"]


async def test_no_tag_but_the_callers_own_current_one_matches(clients: Clients, raw: Raw) -> None:
    story = await a_referral(clients)
    other = await a_referral(clients)
    path = f"/v1/referrals/{story.referral['id']}"
    old = await tag(clients, "demo-ngo", path)
    await clients.ok("demo-ngo", "POST", f"{path}/acknowledgements", {}, etag=old)
    elsewhere = await tag(clients, "demo-ngo", f"/v1/referrals/{other.referral['id']}")
    for wrong in (old, await tag(clients, "demo-labour", path), elsewhere):
        answer = await clients.call("demo-ngo", "POST", f"{path}/acceptances", {}, etag=wrong)
        assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")
    query = "select status from referrals where id = $1"
    assert await raw.all.fetchval(query, story.referral["id"]) == "acknowledged"


async def test_a_status_that_has_not_changed_is_answered_in_304(clients: Clients) -> None:
    story = await a_referral(clients)
    path = f"/v1/referrals/{story.referral['id']}/status"
    etag = await tag(clients, "demo-labour", path)
    same = await clients.get("demo-labour", path, If_None_Match=etag)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    mine = await tag(clients, "demo-ngo", f"/v1/referrals/{story.referral['id']}")
    await clients.ok("demo-ngo", "POST", f"/v1/referrals/{story.referral['id']}/acknowledgements", {}, etag=mine)
    assert (await clients.get("demo-labour", path, If_None_Match=etag)).status_code == 200


async def test_a_stale_patch_of_a_closed_case_is_stale_before_it_is_closed(clients: Clients) -> None:
    story = await a_held_case(clients)
    path = f"/v1/cases/{story.case}"
    old = await tag(clients, "demo-labour", path)
    body = {"reason": "completed", "outcome": "support_completed"}
    closed = await clients.ok("demo-labour", "POST", f"{path}/closures", body, etag=old)
    patch = {"sections": {"contact": {"address": "Số 1"}}}
    answers = [await clients.call("demo-labour", "PATCH", path, patch, etag=etag) for etag in (old, closed["etag"])]
    assert [answer.json()["code"] for answer in answers] == ["stale_version", "case_closed"]


async def test_an_intakes_tag_follows_its_coarse_status_and_whether_its_content_shows(clients: Clients) -> None:
    story = await a_case(clients)
    path = f"/v1/intakes/{story.intake}"
    whole = await tag(clients, "demo-border", path)
    await hand_over(clients, story, "demo-border", "demo-labour")
    before = await tag(clients, "demo-border", path)
    assert before != whole
    consented = await a_consent(clients, story)
    assert consented["status"] == "given"
    assert await tag(clients, "demo-border", path) == before
    await a_verification(clients, story)
    assert await tag(clients, "demo-border", path) != before
