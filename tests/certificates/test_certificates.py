"""Certificates over HTTP: made with the finding, mended, given anew, taken back; who is told and who sees."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.reference.fields import today
from tests.conftest import Raw
from tests.factories import CONCLUSION, a_conclusion, a_held_case, a_referral, a_verification, an_action
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting, org, refused
from tests.test_commit_order import waiting


async def _certified(clients: Clients) -> tuple[Story, dict[str, Any]]:
    """A case of labour that the police found to be a victim's, and the certificate that gave."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    await a_conclusion(clients, story)
    items = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/certificates"))["items"]
    assert [item["status"] for item in items] == ["issued"]
    return story, items[0]


async def _of(clients: Clients, story: Story) -> list[tuple[str, str | None]]:
    items = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/certificates"))["items"]
    return [(item["status"], item["reason"]) for item in items]


async def test_the_conclusion_makes_the_certificate_and_its_issuer_keeps_it(clients: Clients) -> None:
    story, item = await _certified(clients)
    assert (await clients.call("demo-police", "GET", f"/v1/cases/{story.case}")).status_code == 404
    assert [one["id"] for one in (await clients.ok("demo-police", "GET", "/v1/certificates"))["items"]] == [item["id"]]
    assert (await clients.ok("demo-other-police", "GET", "/v1/certificates"))["items"] == []
    shown = await clients.ok("demo-police", "GET", f"/v1/certificates/{item['id']}")
    assert (shown["number"], shown["kind"], shown["verification_id"]) == (
        CONCLUSION["certificate"]["number"],
        "victim",
        story.verification["id"],
    )
    assert shown["holder"]["full_name"] == "Nguyễn Thị Hoa"
    assert shown["available_actions"] == ["correct", "reissue", "revoke"]


async def test_a_wrong_birth_year_is_corrected_then_printed_anew_and_the_custodian_is_told(clients: Clients) -> None:
    story, item = await _certified(clients)
    path = f"/v1/certificates/{item['id']}"
    wrong = {"holder": {"birth_date": "1998"}, "reason": "Nhầm năm sinh"}
    mended = await an_action(clients, "demo-police", path, "corrections", wrong)
    assert (mended["holder"]["birth_date"], mended["earlier"][0]["holder"]["birth_date"]) == ("1998", "1999")
    assert mended["holder"]["full_name"] == "Nguyễn Thị Hoa"
    body = {"number": "13/GXN-CA", "issued_on": "2026-11-21", "reason": "In lại sau đính chính"}
    new = await an_action(clients, "demo-police", path, "reissues", body)
    assert (new["replaces_id"], new["number"], new["holder"]["birth_date"]) == (item["id"], "13/GXN-CA", "1998")
    assert await _of(clients, story) == [("issued", None), ("replaced", None)]
    told = [entry["event"] for entry in (await clients.ok("demo-labour", "GET", _timeline(story)))["items"]]
    assert [event for event in told if event.startswith("certificate.")] == [
        "certificate.issued",
        "certificate.corrected",
        "certificate.reissued",
        "certificate.issued",
    ]


async def test_a_new_finding_waits_for_who_moves_the_old_paper_before_it_takes_the_clocks(
    clients: Clients, raw: Raw
) -> None:
    """Whoever takes a paper back holds it and asks for the clocks next: the other way round both would wait."""
    story, item = await _certified(clients)
    found = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, "demo-labour", found, "reconsiderations", {"reason": "Có tình tiết mới."})
    etag = (await clients.ok("demo-police", "GET", found))["etag"]
    async with raw.all.transaction():
        await raw.all.execute("select 1 from certificates where id = $1 for no key update", UUID(item["id"]))
        concluding = asyncio.create_task(
            clients.call("demo-police", "POST", f"{found}/conclusions", CONCLUSION, etag=etag)
        )
        await waiting(raw.all)
        held = await raw.all.fetch("select status from duties where case_id = $1 for update nowait", UUID(story.case))
    assert held
    assert (await concluding).status_code == 200
    assert await _of(clients, story) == [("issued", None), ("replaced", None)]


async def test_no_paper_is_issued_tomorrow(clients: Clients) -> None:
    """The day of a finding decides which law holds: another year is a slip."""
    story = await a_held_case(clients)
    await a_verification(clients, story)
    found = f"/v1/verifications/{story.verification['id']}"
    etag = (await clients.ok("demo-police", "GET", found))["etag"]
    paper = {"number": "12/GXN-CA", "issued_on": (today() + timedelta(days=1)).isoformat()}
    for path, body, pointer in (
        (f"{found}/conclusions", {**CONCLUSION, "certificate": paper}, "/certificate/issued_on"),
        (f"/v1/cases/{story.case}/certificates", {**paper, "kind": "return"}, "/issued_on"),
    ):
        answer = await clients.call("demo-police", "POST", path, body, etag=etag)
        assert answer.status_code == 422
        assert (answer.json()["errors"][0]["pointer"], answer.json()["errors"][0]["code"]) == (pointer, "in_the_future")


def _timeline(story: Story) -> str:
    return f"/v1/cases/{story.case}/timeline?limit=200"


async def test_only_the_issuer_moves_it_and_strangers_do_not_find_it(clients: Clients) -> None:
    _, item = await _certified(clients)
    path = f"/v1/certificates/{item['id']}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    body = {"reason": "issued_in_error"}
    refused = await clients.call("demo-labour", "POST", f"{path}/revocations", body, etag=etag)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_move")
    for stranger in ("demo-other-police", "demo-border", "demo-ngo"):
        assert (await clients.call(stranger, "GET", path)).status_code == 404
        assert (await clients.call(stranger, "POST", f"{path}/revocations", body, etag=etag)).status_code == 404


async def test_an_impostors_certificate_is_revoked_and_the_custodian_gets_a_review_to_do(clients: Clients) -> None:
    story, item = await _certified(clients)
    path = f"/v1/certificates/{item['id']}"
    gone = await an_action(clients, "demo-police", path, "revocations", {"reason": "impostor", "text": "Giả mạo"})
    assert (gone["status"], gone["reason"], gone["available_actions"]) == ("revoked", "impostor", [])
    rules = [duty["rule"] for duty in (await clients.ok("demo-labour", "GET", "/v1/worklist"))["items"]]
    assert "T13" in rules
    again = await clients.call("demo-police", "POST", f"{path}/revocations", {"reason": "impostor"}, etag=gone["etag"])
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert await _of(clients, story) == [("revoked", "impostor")]


async def test_a_reversed_finding_takes_the_certificate_back(clients: Clients) -> None:
    story, item = await _certified(clients)
    path = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, "demo-labour", path, "reconsiderations", {"reason": "Có chứng cứ mới"})
    assert await _of(clients, story) == [("issued", None)]
    said = {"result": "not_victim", "grounds": ["act_not_established"], "evidence_sources": ["proceedings_body"]}
    await an_action(clients, "demo-police", path, "conclusions", said)
    assert await _of(clients, story) == [("revoked", "finding_reversed")]
    assert (await clients.ok("demo-police", "GET", f"/v1/certificates/{item['id']}"))["available_actions"] == []


async def test_a_second_finding_replaces_the_paper_of_the_first(clients: Clients) -> None:
    story, item = await _certified(clients)
    path = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, "demo-labour", path, "reconsiderations", {"reason": "Thiếu căn cứ"})
    paper = {"number": "14/GXN-CA", "issued_on": "2026-11-20"}
    await an_action(clients, "demo-police", path, "conclusions", {**CONCLUSION, "certificate": paper})
    assert await _of(clients, story) == [("issued", None), ("replaced", None)]
    newest = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/certificates"))["items"][0]
    assert newest["replaces_id"] == item["id"]


async def test_a_return_certificate_is_issued_at_the_gate_once(clients: Clients) -> None:
    made = await clients.ok(
        "demo-border", "POST", "/v1/intakes", {**_RETURNED, "received_at": "2026-11-20T22:41:00+07:00"}
    )
    path = f"/v1/cases/{made['case']['id']}/certificates"
    body = {"kind": "return", "number": "05/GCN", "issued_on": "2026-11-20"}
    paper = await clients.ok("demo-border", "POST", path, body)
    assert (paper["status"], paper["holder"]) == ("issued", {"full_name": "Nguyễn Thị Hoa", **_EMPTY})
    twice = await clients.call("demo-border", "POST", path, body)
    assert (twice.status_code, twice.json()["code"]) == (409, "certificate_exists")
    unproven = await clients.call("demo-border", "POST", path, {**body, "kind": "victim"})
    assert (unproven.status_code, unproven.json()["code"]) == (422, "not_competent")


_RETURNED = {
    "schema_version": "1.0",
    "channel": "mission_return_land_sea",
    "place": {"province_code": "15"},
    "person": {"full_name": "Nguyễn Thị Hoa"},
}
_EMPTY = {"birth_date": None, "sex": None, "nationalities": None, "birth_place": None}


async def test_a_shelter_does_not_sign_certificates(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    body = {"kind": "return", "number": "1", "issued_on": "2026-11-20"}
    refused = await clients.call("demo-labour", "POST", f"/v1/cases/{story.case}/certificates", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_competent")


async def test_a_receiver_without_papers_neither_lists_nor_reads_it(clients: Clients) -> None:
    story, item = await _certified(clients)
    await a_referral(clients, story, status="accepted")
    assert (await clients.ok("demo-ngo", "GET", f"/v1/cases/{story.case}/certificates"))["items"] == []
    assert (await clients.call("demo-ngo", "GET", f"/v1/certificates/{item['id']}")).status_code == 404


async def test_a_finding_opens_a_review_of_penalties_and_recording_it_ends_that(clients: Clients, raw: Raw) -> None:
    story, _ = await _certified(clients)
    assert await _duty(raw) == "running"
    path = f"/v1/verifications/{story.verification['id']}/fine-reviews"
    stranger = await clients.call("demo-other-police", "POST", path, {"outcome": "none_found"})
    assert stranger.status_code == 404
    made = await clients.ok("demo-police", "POST", path, {"outcome": "lifted", "text": "Đã hủy quyết định xử phạt"})
    assert await _duty(raw) == "met"
    assert (await clients.ok("demo-labour", "GET", f"/v1/fine-reviews/{made['id']}"))["outcome"] == "lifted"
    assert [item["outcome"] for item in (await clients.ok("demo-labour", "GET", path))["items"]] == ["lifted"]


async def _duty(raw: Raw) -> str:
    query = "select status from duties where rule_id = 'T12' and organisation_id = $1"
    return str(await raw.all.fetchval(query, PERSONAS["demo-police"].id))


async def test_procedural_status_is_its_investigators_alone(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok("demo-police", "GET", path))["etag"]
    finding = {"sections": {"investigation": {"text": "Đang bị điều tra", "procedural_status": "suspect"}}}
    changed = await clients.ok("demo-police", "PATCH", path, finding, etag=etag)
    assert changed["sections"]["investigation"][0]["procedural_status"] == "suspect"
    seen = await clients.call("demo-labour", "GET", path)
    assert "suspect" not in seen.text
    assert "investigation" in seen.json()["masked"]


async def test_raw_sql_forges_no_certificate_and_moves_no_others(clients: Clients, raw: Raw) -> None:
    story, item = await _certified(clients)
    forged = (
        "insert into certificates (id, case_id, kind, issuer_id, verification_id, replaces_id, issued_on, sealed)"
        " values (gen_random_uuid(), $1, 'return', $2, null, null, '2026-11-20', 'x')"
    )
    case = UUID(story.case)
    for who in ("demo-police", "demo-border", "demo-ngo", "demo-other-police"):
        await refused(raw, who, forged, case, org(who))
    await refused(raw, "demo-labour", forged, case, org("demo-police"))
    revoked = "update certificates set status = 'revoked' where id = $1"
    await refused(raw, "demo-labour", revoked, UUID(item["id"]))
    for who in ("demo-ngo", "demo-other-police", "demo-border"):
        async with acting(raw, who) as sql:
            assert await sql.execute(revoked, UUID(item["id"])) == "UPDATE 0"
            assert await sql.fetchval("select count(*) from certificates") == 0
            assert await sql.fetchval("select access.certificate_holders($1)", UUID(item["id"])) == []


async def test_a_revoked_certificate_is_not_revived_by_raw_sql(clients: Clients, raw: Raw) -> None:
    _, item = await _certified(clients)
    await an_action(clients, "demo-police", f"/v1/certificates/{item['id']}", "revocations", {"reason": "impostor"})
    await refused(raw, "demo-police", "update certificates set status = 'issued' where id = $1", UUID(item["id"]))


async def test_raw_sql_reviews_no_fines_of_others(clients: Clients, raw: Raw) -> None:
    story, _ = await _certified(clients)
    forged = (
        "insert into fine_reviews (id, verification_id, case_id, author_id, outcome)"
        " values (gen_random_uuid(), $1, $2, $3, 'upheld')"
    )
    for who in ("demo-labour", "demo-other-police", "demo-ngo"):
        await refused(raw, who, forged, UUID(story.verification["id"]), UUID(story.case), org(who))


async def test_raw_sql_makes_nobody_a_victim_who_was_not_found_one(clients: Clients, raw: Raw) -> None:
    """Neither the house that serves the person, nor a body that could sign but before anything was found."""
    forged = (
        "insert into certificates (id, case_id, kind, issuer_id, verification_id, replaces_id, issued_on, sealed)"
        " values (gen_random_uuid(), $1, $2, $3, null, null, '2026-11-20', 'x')"
    )
    story = await a_referral(clients, await a_held_case(clients, accompanying_minors=[]), status="accepted")
    await a_verification(clients, story)
    for who in ("demo-ngo", "demo-labour", "demo-police"):
        await refused(raw, who, forged, UUID(story.case), "victim", org(who))
    for who in ("demo-ngo", "demo-labour"):
        await refused(raw, who, forged, UUID(story.case), "return", org(who))
    async with acting(raw, "demo-police") as sql:
        await sql.execute(forged, UUID(story.case), "return", org("demo-police"))


async def test_what_a_paper_said_is_not_rewritten_once_it_is_no_longer_valid(clients: Clients, raw: Raw) -> None:
    _, item = await _certified(clients)
    await an_action(clients, "demo-police", f"/v1/certificates/{item['id']}", "revocations", {"reason": "impostor"})
    for change in ("sealed = 'x'", "reason = null"):
        rewritten = f"update certificates set {change} where id = $1"  # noqa: S608
        await refused(raw, "demo-police", rewritten, UUID(item["id"]))
