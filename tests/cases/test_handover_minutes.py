"""Hand-over as practised: minutes with place, papers and belongings, who took the person over, when it happened."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.factories import a_case, a_confirmation, a_proposed_handover, an_action
from tests.personas import PERSONAS, Clients, Story

FOREIGN = {"name": "Công an huyện Hà Khẩu", "country": "CN", "signatory": "Vương Cường"}
OFFICER = {"full_name": "Trần Văn Bình", "post": "Thượng úy", "organisation_text": "Đồn biên phòng cửa khẩu"}
DRIVER = {"full_name": "Lê Thị Lái", "post": "Lái xe", "organisation_text": "Nhà tạm lánh"}
HEAD = {"full_name": "Phạm Thị Tiếp", "post": None, "organisation_text": None}
PASSPORT = {"document_type": "passport", "number": "C7654321", "text": None, "case_id": None}
TWO_DAYS_AGO = (datetime.now(UTC) - timedelta(days=2)).replace(microsecond=0)
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
CODES = ("wrong_person", "not_present", "not_competent", "papers_differ", "hospital_first")


async def propose(clients: Clients, story: Story, **changes: Any) -> str:
    """Mother and child from the post to labour; where the hand-over is."""
    body = {"receiver_id": str(PERSONAS["demo-labour"].id), "with_cases": [story.child], **changes}
    story.handover = await clients.ok("demo-border", "POST", f"/v1/cases/{story.case}/handovers", body)
    return f"/v1/handovers/{story.handover['id']}"


async def custodians(raw: Raw) -> set[UUID]:
    return {row["custodian_id"] for row in await raw.all.fetch("select custodian_id from cases")}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_minutes_at_the_bridge_with_a_foreign_party(clients: Clients, raw: Raw) -> None:
    """The foreign side gives, the post receives: custody is the post's already, and the minutes are what is kept."""
    story = await a_case(clients)
    paper = {"document_type": "foreign_id", "number": "X1", "text": None, "case_id": story.child}
    minutes = {
        "place_text": "Giữa cầu Hồ Kiều",
        "received_by": OFFICER,
        "papers": [PASSPORT, paper],
        "belongings": ["Một điện thoại", "Một túi quần áo"],
        "states": [{"case_id": story.child, "state": "ill"}],
    }
    body = {
        "outside": FOREIGN | {"role": "giver"},
        "with_cases": [story.child],
        "occurred_at": "2026-11-20T08:10:00+07:00",
    }
    body |= {"state": "distressed", "text": "Bên kia giao lúc mờ sáng."}
    made = await clients.ok("demo-border", "POST", f"/v1/cases/{story.case}/handovers", body | minutes)
    assert (made["status"], made["receiver_id"], made["available_actions"]) == ("received", None, [])
    assert await custodians(raw) == {PERSONAS["demo-border"].id}
    seen = await clients.ok("demo-border", "GET", f"/v1/handovers/{made['id']}")
    assert {name: seen[name] for name in minutes} == minutes
    party = FOREIGN | {"role": "giver", "to_family": False}
    assert (seen["outside"], seen["state"], seen["text"]) == (party, "distressed", body["text"])
    assert moment(seen["occurred_at"]) == moment("2026-11-20T08:10:00+07:00")
    assert seen["confirmation"] is None
    for who in ("demo-labour", "demo-other-police", "demo-foreign"):
        assert (await clients.get(who, f"/v1/handovers/{made['id']}")).status_code == 404


@pytest.mark.parametrize("missing", ["name", "country", "signatory"])
async def test_minutes_with_a_foreign_party_lack_no_name_country_or_signatory(clients: Clients, missing: str) -> None:
    story = await a_case(clients)
    outside = {name: value for name, value in FOREIGN.items() if name != missing}
    answer = await clients.call("demo-border", "POST", f"/v1/cases/{story.case}/handovers", {"outside": outside})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/outside/{missing}"]


async def test_who_takes_the_person_over_need_not_be_who_takes_custody(clients: Clients, raw: Raw) -> None:
    """The giver names a driver of the shelter, labour says who it was in truth; neither word replaces the other."""
    story = await a_case(clients)
    path = await propose(clients, story, received_by=DRIVER, state="well", papers=[PASSPORT])
    found: dict[str, Any] = {
        "received_by": HEAD,
        "state": "injured",
        "papers_checked": False,
        "text": "Thiếu hộ chiếu.",
    }
    found |= {"states": [{"case_id": story.child, "state": "ill"}], "occurred_at": "2026-11-20T09:30:00+07:00"}
    await an_action(clients, "demo-labour", path, "confirmations", found)
    assert await custodians(raw) == {PERSONAS["demo-labour"].id}
    for who in ("demo-border", "demo-labour"):
        seen = await clients.ok(who, "GET", path)
        assert (seen["received_by"], seen["state"], seen["papers"]) == (DRIVER, "well", [PASSPORT])
        said = seen["confirmation"]
        assert moment(said.pop("occurred_at")) == moment(found["occurred_at"])
        assert said == {name: value for name, value in found.items() if name != "occurred_at"}


async def test_a_confirmation_says_as_little_as_nothing_at_all(clients: Clients) -> None:
    story = await a_case(clients)
    path = await propose(clients, story)
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    headers = await clients.headers("demo-labour", "POST", {"If-Match": etag})
    answer = await clients.http.post(f"{path}/confirmations", headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "received")
    assert (await clients.ok("demo-labour", "GET", path))["confirmation"] is None


async def test_what_happened_two_days_ago_is_recorded_today(clients: Clients) -> None:
    story = await a_case(clients)
    path = await propose(clients, story, occurred_at=TWO_DAYS_AGO.isoformat())
    await an_action(clients, "demo-labour", path, "confirmations", {"occurred_at": TWO_DAYS_AGO.isoformat()})
    seen = await clients.ok("demo-labour", "GET", path)
    assert moment(seen["occurred_at"]) == moment(seen["confirmation"]["occurred_at"]) == TWO_DAYS_AGO
    assert moment(seen["created_at"]) - TWO_DAYS_AGO >= timedelta(days=2)


async def test_what_has_not_happened_yet_is_in_no_minutes(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    body = {"receiver_id": str(PERSONAS["demo-labour"].id), "occurred_at": TOMORROW}
    answers = [await clients.call("demo-border", "POST", f"/v1/cases/{story.case}/handovers", body)]
    path = await propose(clients, story)
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    ahead = {"occurred_at": TOMORROW}
    answers.append(await clients.call("demo-labour", "POST", f"{path}/confirmations", ahead, etag=etag))
    for answer in answers:
        assert answer.status_code == 422
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/occurred_at", "in_the_future")]
    assert await custodians(raw) == {PERSONAS["demo-border"].id}


@pytest.mark.parametrize("code", CODES)
async def test_a_refusal_is_told_in_writing_and_leaves_custody_where_it_was(
    clients: Clients, raw: Raw, code: str
) -> None:
    story = await a_case(clients)
    path = await propose(clients, story)
    why = {"reason": code, "text": "Đã kiểm tra tại chỗ, không thể nhận."}
    refused = await an_action(clients, "demo-labour", path, "refusals", why)
    assert (refused["status"], refused["reason"]) == ("refused", code)
    told = await clients.ok("demo-border", "GET", path)
    assert (told["reason"], told["answer"]) == (code, why["text"])
    assert await custodians(raw) == {PERSONAS["demo-border"].id}
    assert (await clients.get("demo-labour", f"/v1/cases/{story.case}")).status_code == 404
    await propose(clients, story)


@pytest.mark.parametrize("why", [{"reason": "not_present"}, {"reason": "tired", "text": "Mệt."}, {"text": "Không."}])
async def test_a_refusal_without_a_known_reason_in_words_is_none(clients: Clients, why: dict[str, str]) -> None:
    story = await a_case(clients)
    path = await propose(clients, story)
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    assert (await clients.call("demo-labour", "POST", f"{path}/refusals", why, etag=etag)).status_code == 422
    assert (await clients.ok("demo-labour", "GET", path))["status"] == "proposed"


async def test_custody_stays_until_it_is_confirmed(clients: Clients, raw: Raw) -> None:
    story, post = await a_case(clients), {PERSONAS["demo-border"].id}
    path = await propose(clients, story, received_by=DRIVER)
    assert await custodians(raw) == post
    await an_action(clients, "demo-border", path, "cancellations", {"reason": "replaced"})
    assert await custodians(raw) == post
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    await clients.ok("demo-border", "POST", f"/v1/cases/{story.case}/notes", {"text": "Vẫn ở đồn."})
    assert await custodians(raw) == post
    await a_confirmation(clients, story, "demo-labour")
    assert await custodians(raw) == {PERSONAS["demo-labour"].id}


async def test_only_those_handed_over_have_a_state_or_a_paper(clients: Clients) -> None:
    story, other = await a_case(clients), await a_case(clients)
    strange = [{"case_id": other.case, "state": "well"}, {"case_id": str(uuid4()), "state": "well"}]
    body = {"receiver_id": str(PERSONAS["demo-labour"].id), "with_cases": [story.child], "states": strange}
    body["papers"] = [PASSPORT, PASSPORT | {"case_id": other.child}]
    answer = await clients.call("demo-border", "POST", f"/v1/cases/{story.case}/handovers", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/states/0/case_id", "/states/1/case_id", "/papers/1/case_id"]
    path = await propose(clients, story)
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    answer = await clients.call("demo-labour", "POST", f"{path}/confirmations", {"states": strange}, etag=etag)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")
    assert (await clients.ok("demo-labour", "GET", path))["status"] == "proposed"


@pytest.mark.parametrize(
    ("minutes", "pointer", "code"),
    [
        ({"states": [{"case_id": str(UUID(int=1)), "state": s} for s in ("well", "ill")]}, "/states", "invalid_value"),
        ({"papers": [{"document_type": "other"}]}, "/papers/0/text", "text_required"),
        ({"papers": [{"document_type": "paper"}]}, "/papers/0/document_type", "unknown_code"),
        ({"received_by": {"post": "Lái xe"}}, "/received_by/full_name", "required"),
        ({"belongings": [""]}, "/belongings/0", "too_short"),
    ],
)
async def test_minutes_that_contradict_or_leave_out_are_refused(
    clients: Clients, minutes: dict[str, Any], pointer: str, code: str
) -> None:
    story = await a_case(clients)
    body = {"receiver_id": str(PERSONAS["demo-labour"].id), **minutes}
    answer = await clients.call("demo-border", "POST", f"/v1/cases/{story.case}/handovers", body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
