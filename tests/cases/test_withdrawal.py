"""A consent that is withdrawn or over: reads end at once, and those who rely on it are told, once."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID

from fastapi import FastAPI

from app.deadlines.sweep import sweep
from app.reference.fields import today
from tests.cases.test_consents import NGO, codes
from tests.conftest import Raw
from tests.factories import a_case, a_consent, a_held_case, a_move, a_referral, a_verification, an_action
from tests.personas import Clients, Story
from tests.sql import acting, org


async def _seen(clients: Clients, who: str, story: Story) -> tuple[int, bool, bool, list[str]]:
    """The case's status for them; of the referral whether its basis ended, whether it has a preview, and its texts."""
    case = await clients.get(who, f"/v1/cases/{story.case}")
    referral = await clients.ok(who, "GET", f"/v1/referrals/{story.referral['id']}")
    texts = [text["kind"] for text in referral["texts"]]
    return case.status_code, referral["basis_ended"], referral["preview"] is not None, texts


async def a_talkative_referral(clients: Clients) -> Story:
    """Accepted, with a note of the sender, a question and its answer."""
    story = await a_referral(clients, status="acknowledged", note="Nên gặp buổi sáng.")
    await a_move(clients, story, "demo-ngo", "information-requests", {"text": "Chị cần phiên dịch không?"})
    await a_move(clients, story, "demo-labour", "answers", {"text": "Có, tiếng Mông."})
    await a_move(clients, story, "demo-ngo", "acceptances", {})
    return story


async def test_a_withdrawal_ends_reads_at_once_and_names_the_referrals_it_affects(clients: Clients, raw: Raw) -> None:
    story = await a_talkative_referral(clients)
    referral = f"/v1/referrals/{story.referral['id']}"
    resting = [{"id": story.referral["id"], "status": "accepted"}]
    assert await _seen(clients, "demo-ngo", story) == (200, False, True, ["note", "request_information", "answer"])
    before = (await clients.ok("demo-ngo", "GET", referral))["etag"]
    answer = await clients.ok("demo-labour", "POST", f"/v1/consents/{story.consent['id']}/revocations", {})
    assert (answer["status"], answer["affected_referrals"]) == ("revoked", resting)
    assert await _seen(clients, "demo-ngo", story) == (404, True, False, ["request_information"])
    assert await _seen(clients, "demo-labour", story) == (200, True, True, ["note", "request_information", "answer"])
    for who in ("demo-ngo", "demo-labour"):
        assert (await clients.ok(who, "GET", f"/v1/consents/{story.consent['id']}"))["affected_referrals"] == resting
    stale = await clients.call("demo-ngo", "POST", f"{referral}/starts", {}, etag=before)
    assert stale.json()["code"] == "stale_version"
    boxes = (("demo-ngo", "inbox"), ("demo-labour", "outbox"))
    for who, box in boxes:
        (item,) = (await clients.ok(who, "GET", f"/v1/referrals?box={box}"))["items"]
        assert item["basis_ended"] is True
        assert (item["preview"] is None) == (who == "demo-ngo")
    parties = await raw.all.fetchval("select parties from audit_entries where event = 'consent.revoked'")
    assert set(parties) == {org("demo-ngo"), org("demo-labour")}
    await an_action(clients, "demo-labour", referral, "withdrawals", {"reason": "person_declined"})


async def test_who_recorded_a_consent_learns_only_of_the_referrals_it_sees(clients: Clients) -> None:
    """The police recorded what the person agreed to; what labour sent on it is not theirs to see."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    body = {"recipient_id": NGO, "purpose": "psychological", "sections": ["identity", "needs"]}
    body |= {"language": "vi", "method": "spoken"}
    consent = await clients.ok("demo-police", "POST", f"/v1/cases/{story.case}/consents", body)
    assert await codes(clients, story, {"consent_id": consent["id"]}) == ["sent"]
    path = f"/v1/consents/{consent['id']}"
    seen = {who: await clients.ok(who, "GET", path) for who in ("demo-police", "demo-labour", "demo-ngo")}
    assert {who: len(each["affected_referrals"]) for who, each in seen.items()} == {
        "demo-police": 0,
        "demo-labour": 1,
        "demo-ngo": 1,
    }


async def test_the_raw_texts_and_preview_go_with_the_basis(clients: Clients, raw: Raw) -> None:
    story = await a_talkative_referral(clients)
    counts = "select (select count(*) from referral_previews), (select count(*) from referral_texts)"
    sections = "select access.caller_sections($1)"
    async with acting(raw, "demo-ngo") as sql:
        assert tuple(await sql.fetchrow(counts)) == (1, 3)
    await clients.ok("demo-labour", "POST", f"/v1/consents/{story.consent['id']}/revocations", {})
    async with acting(raw, "demo-ngo") as sql:
        assert tuple(await sql.fetchrow(counts)) == (0, 1)
        assert await sql.fetchval(sections, UUID(story.case)) == []
        assert await sql.fetchval("select access.caller_grants($1)", UUID(story.case)) == "[]"
        assert await sql.fetchval("select count(*) from case_sections") == 0


async def expire(raw: Raw, story: Story) -> None:
    """Its last day was yesterday."""
    yesterday, consent = today() - timedelta(days=1), UUID(story.consent["id"])
    await raw.all.execute("update consents set expires_on = $2 where id = $1", consent, yesterday)
    await raw.all.execute("update case_parties set expires_on = $2 where consent_id = $1", consent, yesterday)


async def test_an_expiry_is_told_once_to_all_it_concerns_however_many_sweep(
    clients: Clients, raw: Raw, app: FastAPI
) -> None:
    story = await a_referral(clients, status="accepted")
    rested_on = story.consent
    lasting = await a_consent(clients, story, purpose="legal_advice", expires_on=today().isoformat())
    story.consent = rested_on
    await expire(raw, story)
    for path in ("", "/timeline", "/accesses", "/notes", "/corrections", "/referrals", "/consents", "/statements"):
        answer = await clients.get("demo-ngo", f"/v1/cases/{story.case}{path}")
        assert answer.status_code == 404, f"{path} before any sweep"
    told = await asyncio.gather(*(sweep(app.state.database) for _ in range(6)))
    assert sum(told) == 1
    entry = await raw.all.fetchrow("select * from audit_entries where event = 'consent.expired'")
    assert set(entry["parties"]) == {org("demo-ngo"), org("demo-labour")}
    assert str(entry["subject_id"]) == str(story.consent["id"])
    assert await raw.all.fetchval("select count(*) from outbox_events where type = 'consent.expired'") == 1
    shown = await clients.ok("demo-labour", "GET", f"/v1/consents/{story.consent['id']}")
    assert (shown["status"], shown["affected_referrals"]) == (
        "expired",
        [{"id": story.referral["id"], "status": "accepted"}],
    )
    assert (await clients.ok("demo-labour", "GET", f"/v1/referrals/{story.referral['id']}"))["basis_ended"] is True
    assert (await clients.ok("demo-labour", "GET", f"/v1/consents/{lasting['id']}"))["status"] == "given"
    for who, events in (("demo-labour", 1), ("demo-ngo", 0)):
        timeline = await clients.get(who, f"/v1/cases/{story.case}/timeline")
        found = [entry["event"] for entry in timeline.json().get("items", [])]
        assert found.count("consent.expired") == events


async def test_a_list_of_consents_names_no_guardian_and_reading_one_is_recorded(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    guardian = {"full_name": "Phạm Thị Lụa", "relation": "grandparent", "basis": "appointed"}
    consent = await a_consent(clients, Story(case=story.child), guardian=guardian, own_agreement=True)
    listed = await clients.get("demo-labour", f"/v1/cases/{story.child}/consents")
    assert "Lụa" not in json.dumps(listed.json(), ensure_ascii=False)
    count = "select count(*) from audit_entries where event = 'guardian.read'"
    before = await raw.all.fetchval(count)
    shown = await clients.ok("demo-labour", "GET", f"/v1/consents/{consent['id']}")
    assert shown["guardian"]["full_name"] == "Phạm Thị Lụa"
    assert await raw.all.fetchval(count) == before + 1
    to_recipient = await clients.ok("demo-ngo", "GET", f"/v1/consents/{consent['id']}")
    assert (to_recipient["guardian"], to_recipient["own_agreement"]) == (None, True)


async def test_a_completed_referral_shows_its_texts_until_the_consent_is_withdrawn(clients: Clients) -> None:
    story = await a_talkative_referral(clients)
    await a_move(clients, story, "demo-ngo", "completions", {"outcome": "service_delivered"})
    assert await _seen(clients, "demo-ngo", story) == (404, False, True, ["request_information", "answer"])
    await clients.ok("demo-labour", "POST", f"/v1/consents/{story.consent['id']}/revocations", {})
    assert await _seen(clients, "demo-ngo", story) == (404, True, False, ["request_information"])


async def test_a_stranger_learns_nothing_of_a_basis(clients: Clients, raw: Raw) -> None:
    story = await a_referral(clients)
    await clients.ok("demo-labour", "POST", f"/v1/consents/{story.consent['id']}/revocations", {})
    await a_case(clients, "demo-other-police")
    for who, seen in (("demo-other-police", False), ("demo-border", False), ("demo-ngo", True)):
        async with acting(raw, who) as sql:
            assert await sql.fetchval("select access.basis_ended($1)", UUID(story.referral["id"])) is seen
