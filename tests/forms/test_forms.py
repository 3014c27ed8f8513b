"""Printed forms over HTTP: what stands on them, who may print them, and that nothing is printed by mistake."""

import io
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader

from app.forms.pages import PAGES, form_of
from app.forms.printing import fill, render
from app.vault import fold
from tests.conftest import Raw
from tests.factories import (
    a_conclusion,
    a_held_case,
    a_move,
    a_plan,
    a_proposed_handover,
    a_referral,
    a_verification,
)
from tests.lived import a_lived_case
from tests.personas import Clients, Story


def text_of(pdf: bytes) -> str:
    """The words of every page, spaces and line ends made one."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


async def printed(clients: Clients, who: str, story: Story, code: str, query: str = "") -> str:
    answer = await clients.call(who, "GET", f"/v1/cases/{story.case}/forms/{code}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return text_of(answer.content)


async def test_every_form_prints_what_the_record_says(clients: Clients) -> None:
    story = await a_held_case(clients)
    await a_verification(clients, story)
    request = await printed(clients, "demo-labour", story, "verification_request")
    await a_conclusion(clients, story)
    await a_plan(clients, story)
    await a_referral(clients, story, status="acknowledged")
    await a_move(clients, story, "demo-ngo", "refusals", {"reason": "no_capacity", "text": "Hết chỗ đến tháng sau."})
    told = {
        "verification_request": (request, ["Nguyễn Thị Hoa", "1999", "demo-police"]),
        "handover_minutes_domestic": (None, ["Nguyễn Thị Hoa", "Vương Tiểu Mai", "Trung Quốc", "demo-border"]),
        "verification_reply": (None, ["Là nạn nhân bị mua bán", "12/GXN-CA", "Bị coi như hàng hóa"]),
        "victim_certificate": (None, ["Nguyễn Thị Hoa", "12/GXN-CA", "20/11/2026", "Bị coi như hàng hóa"]),
        "refusal_letter": (None, ["Hết chỗ đến tháng sau.", "Hết chỗ, không đủ năng lực", "demo-ngo"]),
        "reintegration_plan": (None, ["Ổn định tâm lý", "20/02/2027", "Nguyễn Thị Hoa"]),
        "declaration_domestic": (None, ["Nguyễn Thị Hoa", "Ép buộc làm vợ hoặc chồng", "Người phiên dịch"]),
        "declaration_from_abroad": (None, ["Nguyễn Thị Hoa", "Người khai"]),
    }
    for code, (text, words) in told.items():
        text = text or await printed(clients, "demo-labour", story, code)
        assert [word for word in words if word not in text] == [], (code, text)
        assert "Trang 1/" in text
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text


async def test_minutes_with_a_foreign_party_stand_in_both_languages(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    outside = {"outside": {"name": "Công an Vân Nam", "country": "CN", "signatory": "Vương Đại Lực"}, "with_cases": []}
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/handovers", outside)
    text = await printed(clients, "demo-labour", story, "handover_minutes_foreign")
    for word in (
        "Họ và tên / Full name",
        "Trung Quốc / China",
        "Vương Đại Lực",
        "For the receiver",
        "Signature and full name",
    ):
        assert word in text
    domestic = await printed(clients, "demo-labour", story, "handover_minutes_domestic")
    assert "Full name" not in domestic


async def test_minutes_of_somebody_received_name_the_foreign_side_as_the_giver(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    party = {"name": "Công an Hà Khẩu", "country": "CN", "signatory": "Vương Cường", "role": "giver"}
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/handovers", {"outside": party, "with_cases": []})
    text = await printed(clients, "demo-labour", story, "handover_minutes_foreign")
    assert text.index("Bên giao / Handed over by Công an Hà Khẩu") < text.index(
        "Bên nhận / Received by Cơ quan demo-labour"
    )


async def test_a_return_certificate_is_printed_by_its_issuer(clients: Clients) -> None:
    story = await a_held_case(clients, "demo-police", accompanying_minors=[])
    body = {"kind": "return", "number": "05/GCN", "issued_on": "2026-11-20"}
    path = f"/v1/cases/{story.case}"
    missing = await clients.call("demo-police", "GET", f"{path}/forms/return_certificate")
    assert missing.status_code == 404
    made = await clients.ok("demo-police", "POST", f"{path}/certificates", body)
    text = await printed(clients, "demo-police", story, "return_certificate", f"?record_id={made['id']}")
    assert [word for word in ("05/GCN", "Nguyễn Thị Hoa") if word not in text] == []


async def test_who_lacks_a_needed_section_cannot_print_and_learns_which(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    await a_plan(clients, story)
    path = f"/v1/cases/{story.case}/forms"
    refused = await clients.call("demo-ngo", "GET", f"{path}/declaration_domestic")
    assert (refused.status_code, refused.json()["code"]) == (422, "sections_not_permitted")
    assert {fault["pointer"] for fault in refused.json()["errors"]} == {
        "/sections/papers",
        "/sections/contact",
        "/sections/family",
        "/sections/exploitation",
    }
    assert (await clients.call("demo-ngo", "GET", f"{path}/reintegration_plan")).status_code == 200


@pytest.mark.parametrize("code", sorted(PAGES))
async def test_a_stranger_finds_no_form_of_a_case_it_does_not_see(clients: Clients, code: str) -> None:
    story = await _story(clients)
    for who in ("demo-other-police", "demo-stranger"):
        hidden = await clients.call(who, "GET", f"/v1/cases/{story.case}/forms/{code}")
        missing = await clients.call(who, "GET", f"/v1/cases/{uuid4()}/forms/{code}")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.json()["code"] == missing.json()["code"] == "not_found"


async def _story(clients: Clients) -> Story:
    return await a_held_case(clients, accompanying_minors=[])


async def test_the_verifier_prints_its_reply_and_the_certificate_after_its_access_ended(clients: Clients) -> None:
    story = await _story(clients)
    await a_verification(clients, story)
    await a_conclusion(clients, story)
    assert (await clients.call("demo-police", "GET", f"/v1/cases/{story.case}")).status_code == 404
    reply = await printed(clients, "demo-police", story, "verification_reply")
    assert "12/GXN-CA" in reply
    assert "Nguyễn Thị Hoa" not in reply
    assert "Nguyễn Thị Hoa" in await printed(clients, "demo-police", story, "victim_certificate")
    refused = await clients.call("demo-police", "GET", f"/v1/cases/{story.case}/forms/verification_request")
    assert (refused.status_code, refused.json()["code"]) == (422, "sections_not_permitted")


async def test_a_record_of_another_case_is_not_printed_under_this_one(clients: Clients) -> None:
    one, other = await _story(clients), await _story(clients)
    await a_plan(clients, other)
    path = f"/v1/cases/{one.case}/forms"
    answer = await clients.call("demo-labour", "GET", f"{path}/reintegration_plan?record_id={other.plan['id']}")
    assert answer.status_code == 404
    answer = await clients.call("demo-labour", "GET", f"{path}/declaration_domestic?record_id={other.case}")
    assert answer.status_code == 404


async def test_an_unknown_form_is_not_found_and_a_purpose_is_needed(clients: Clients) -> None:
    story = await _story(clients)
    path = f"/v1/cases/{story.case}/forms"
    assert (await clients.call("demo-labour", "GET", f"{path}/bogus")).status_code == 404
    answer = await clients.call("demo-labour", "GET", f"{path}/declaration_domestic", Purpose_Of_Use=None)
    assert (answer.status_code, answer.json()["code"]) == (403, "purpose_required")


async def test_a_print_is_recorded_with_the_checksum_that_stands_on_the_paper(clients: Clients, raw: Raw) -> None:
    story = await _story(clients)
    text = await printed(clients, "demo-labour", story, "declaration_domestic")
    row = await raw.all.fetchrow("select event, sections, facts, officer from audit_entries where event = 'form.read'")
    assert "identity" in row["sections"]
    assert row["officer"]
    checksum = _member(row["facts"], "checksum")
    assert len(checksum) == len(sha256().hexdigest())
    assert checksum in text.replace(" ", "")
    accesses = await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/accesses")
    assert "form.read" in [entry["event"] for entry in accesses["items"]]


def _member(facts: Any, name: str) -> str:
    import json

    return str((json.loads(facts) if isinstance(facts, str) else facts)[name])


async def test_a_name_that_looks_like_a_command_is_printed_as_it_is_spelled(clients: Clients) -> None:
    name = "#pagebreak() *Hoa* $x$ \\ <a> @b [c]"
    person = {"full_name": name, "sex": "female"}
    story = await a_held_case(clients, accompanying_minors=[], person=person)
    text = await printed(clients, "demo-labour", story, "declaration_domestic")
    assert fold(name).replace(" ", "") in fold(text).replace(" ", "")


async def test_a_form_whose_contents_await_a_jurist_says_so(clients: Clients) -> None:
    story = await _story(clients)
    assert "BẢN DỰ THẢO" in await printed(clients, "demo-labour", story, "declaration_domestic")


async def test_a_former_custodian_prints_no_more(clients: Clients) -> None:
    story = await a_lived_case(clients)
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    for code in PAGES:
        answer = await clients.call("demo-border", "GET", f"/v1/cases/{story.case}/forms/{code}")
        assert answer.status_code in (404, 422), code


def test_every_page_is_set_as_a_picture_too() -> None:
    for code, page in PAGES.items():
        filled = fill(page, form_of(code, "law_2024"), {"case": {"reference": "A1C2D3E4"}, page.about: {}}, "Công an")
        pictures = render(filled, "png")
        assert all(picture.startswith(b"\x89PNG") for picture in pictures), code
