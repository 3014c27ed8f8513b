"""Who declines to be recorded, who cannot, and what somebody refuses who is recorded."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.factories import (
    a_case,
    a_confirmation,
    a_held_case,
    a_move,
    a_proposed_handover,
    a_referral,
    a_verification,
)
from tests.intakes.reports import HOTLINE, a_refusal, a_report, pointers, sent
from tests.personas import Clients

PERSON = {"full_name": "Nguyễn Thị Hoa"}


async def test_a_woman_who_declines_is_a_count_with_a_receipt(clients: Clients, raw: Raw) -> None:
    path = f"/v1/intakes/{uuid4()}"
    made = await clients.ok(HOTLINE, "PUT", path, a_refusal(text="Chỉ muốn hỏi đường về."))
    assert (made["case"], made["accompanying"], made["record_mode"]) == (None, [], "minimal")
    assert "." in (await clients.ok(HOTLINE, "GET", f"{path}/receipt"))["receipt"]
    (listed,) = (await clients.ok(HOTLINE, "GET", "/v1/intakes"))["items"]
    assert (listed["id"], listed["subject"]) == (made["id"], "person")
    assert (await clients.ok(HOTLINE, "GET", path))["content"]["text"] == "Chỉ muốn hỏi đường về."
    for table in ("cases", "case_sections", "case_lookups", "intake_persons", "intake_reporters", "duties"):
        assert await raw.all.fetchval(f"select count(*) from {table}") == 0, table  # noqa: S608
    again = await clients.call(HOTLINE, "PUT", path, a_refusal(text="Chỉ muốn hỏi đường về."))
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")


@pytest.mark.parametrize("band", ["0_8", "9_17", "unknown"])
async def test_a_child_or_who_may_be_one_cannot_decline(clients: Clients, raw: Raw, band: str) -> None:
    answer = await sent(clients, a_refusal(age_band=band))
    assert (answer.status_code, answer.json()["code"]) == (422, "minor_needs_record")
    assert answer.json()["errors"][0]["pointer"] == "/age_band"
    assert "record_mode full" in answer.json()["detail"]
    assert await raw.all.fetchval("select count(*) from intakes") == 0
    refused = "select count(*) from audit_entries where event = 'request.refused' and facts ->> 'code' = $1"
    assert await raw.all.fetchval(refused, "minor_needs_record") == 1


async def test_an_age_that_nobody_gave_is_asked_for(clients: Clients) -> None:
    assert pointers(await sent(clients, a_refusal(age_band=None))) == {"/age_band": "required"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"person": PERSON}, "/person"),
        ({"accompanying_minors": [PERSON]}, "/accompanying_minors"),
        ({"case_id": str(uuid4())}, "/case_id"),
        ({"reporter": {"full_name": "Hà"}}, "/reporter"),
        ({"place": {"province_code": "15", "text": "Nhà bà Hoa"}}, "/place/text"),
        ({"trafficking": {"statement": "Tôi tên Hoa."}}, "/trafficking/statement"),
        ({"trafficking": {"means_of_control": ["other"], "other_text": "Hoa"}}, "/trafficking/other_text"),
        ({"handling": ["immediate_danger"], "respond_by": "2026-11-30T09:00:00+07:00"}, "/respond_by"),
        ({"subject": "missing_person", "person": PERSON}, "/subject"),
        ({"group_size": 3}, "/group_size"),
    ],
)
async def test_of_who_declines_nothing_is_written_but_one_text(
    clients: Clients, changes: dict[str, Any], pointer: str
) -> None:
    assert pointers(await sent(clients, a_refusal(**changes)))[pointer] == "not_with_mode"


async def test_the_database_too_lets_no_minimal_report_lead_to_a_case(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    with pytest.raises(Exception, match="ck_intakes_minimal"):
        await raw.all.execute("update intakes set record_mode = 'minimal' where id = $1", UUID(story.intake))


async def test_who_is_recorded_has_not_declined_it(clients: Clients) -> None:
    recorded = a_report(record_mode="full", person=PERSON, declines=["record"])
    assert pointers(await sent(clients, recorded)) == {"/declines": "not_with_mode"}
    story = await a_case(clients)
    path, change = f"/v1/cases/{story.case}", {"sections": {"handling": {"declines": ["police", "record"]}}}
    etag = (await clients.ok("demo-border", "GET", path))["etag"]
    answer = await clients.call("demo-border", "PATCH", path, change, etag=etag)
    assert pointers(answer) == {"/sections/handling/declines/1": "not_with_mode"}


async def test_what_a_person_refuses_stands_in_the_handling_that_everybody_reads(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients, declines=["police", "family_contact"])
    case, child = f"/v1/cases/{story.case}", f"/v1/cases/{story.child}"
    refused = ["police", "family_contact"]
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    for who in ("demo-border", "demo-labour"):
        assert (await clients.ok(who, "GET", case))["sections"]["handling"]["declines"] == refused
        assert (await clients.ok(who, "GET", child))["sections"]["handling"]["declines"] is None
    await a_confirmation(clients, story, "demo-labour")
    await a_verification(clients, story)
    await a_referral(clients, story)
    preview = (await clients.ok("demo-ngo", "GET", f"/v1/referrals/{story.referral['id']}"))["preview"]
    assert (preview["declines"], preview["handling"]) == (refused, ["ask_before_family"])
    for act in ("acknowledgements", "acceptances"):
        await a_move(clients, story, "demo-ngo", act, {})
    for who in ("demo-labour", "demo-police", "demo-ngo"):
        assert (await clients.ok(who, "GET", case))["sections"]["handling"]["declines"] == refused
    codes = "select codes ->> 'declines' from case_sections where section = 'handling' and case_id = $1"
    assert await raw.all.fetchval(codes, UUID(story.case)) == '["police", "family_contact"]'


async def test_a_person_may_refuse_more_or_less_later(clients: Clients) -> None:
    story = await a_held_case(clients, declines=["support"])
    path, change = f"/v1/cases/{story.case}", {"sections": {"handling": {"declines": ["return"]}}}
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    changed = await clients.ok("demo-labour", "PATCH", path, change, etag=etag)
    assert changed["sections"]["handling"]["declines"] == ["return"]
    assert changed["sections"]["handling"]["flags"] == ["ask_before_family"]
