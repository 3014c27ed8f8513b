"""What has ended cannot be revived behind the application's back; duties are written about one's own things only."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.factories import CONCLUSION, a_consent, a_held_case, a_referral, a_verification
from tests.personas import Clients, Story
from tests.sql import acting, be, org, refused

PUT = "select access.put_duties($1, $2, $3)"


async def a_concluded_verification(clients: Clients) -> Story:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    path = f"/v1/verifications/{story.verification['id']}"
    etag = (await clients.ok("demo-police", "GET", path))["etag"]
    await clients.ok("demo-police", "POST", f"{path}/conclusions", CONCLUSION, etag=etag)
    return story


@pytest.mark.parametrize("status", ["in_progress", "requested", "forwarded"])
async def test_a_verifier_cannot_reopen_what_it_concluded(clients: Clients, raw: Raw, status: str) -> None:
    story = await a_concluded_verification(clients)
    moved = "update verifications set status = $1 where id = $2"
    await refused(raw, "demo-police", moved, status, UUID(story.verification["id"]))


async def test_a_receiver_cannot_take_up_again_what_it_completed(clients: Clients, raw: Raw) -> None:
    story = await a_referral(clients, status="completed")
    again = "update referrals set status = 'accepted' where id = $1"
    await refused(raw, "demo-ngo", again, UUID(story.referral["id"]))


async def test_a_withdrawn_consent_is_given_anew_or_not_at_all(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    consent = await a_consent(clients, story)
    await clients.ok("demo-labour", "POST", f"/v1/consents/{consent['id']}/revocations", {})
    await refused(raw, "demo-labour", "update consents set status = 'given' where id = $1", UUID(consent["id"]))


async def test_a_request_is_forwarded_once_and_to_a_verifying_body(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    path = f"/v1/verifications/{story.verification['id']}"
    etag = (await clients.ok("demo-police", "GET", path))["etag"]
    body = {"verifier_id": str(org("demo-other-police")), "reason": "Ngoài địa bàn"}
    await clients.ok("demo-police", "POST", f"{path}/forwardings", body, etag=etag)
    for receiver in ("demo-other-police", "demo-stranger"):
        async with acting(raw, "demo-police") as sql:
            old, to = UUID(story.verification["id"]), org(receiver)
            assert not await sql.fetchval("select access.forward_verification($1, $2, $3)", old, uuid4(), to)


def a_duty(case_id: str, carrier: str, carrier_id: str, owner: str) -> str:
    row: dict[str, Any] = {
        "id": str(uuid4()),
        "organisation_id": str(org(owner)),
        "owner": "verifier",
        "rule_id": "D04",
        "rule_key": "D04:law_2024:2025-07-01",
        "carrier": carrier,
        "carrier_id": carrier_id,
        "case_id": case_id,
        "started_at": "2020-01-01T00:00Z",
        "due_at": "2020-02-01T00:00Z",
        "paused_seconds": 0,
        "extended": False,
        "status": "running",
    }
    return json.dumps([row])


async def test_nobody_writes_duties_about_others_things_or_in_others_names(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    own = await a_held_case(clients, "demo-commune", accompanying_minors=[])
    written = {
        ("demo-police", a_duty(own.case, "verification", story.verification["id"], "demo-police")): 0,
        ("demo-stranger", a_duty(own.case, "case", own.case, "demo-stranger")): 0,
        ("demo-labour", a_duty(story.case, "case", story.case, "demo-labour")): 0,
        ("demo-commune", a_duty(own.case, "case", own.case, "demo-commune")): 1,
    }
    for (owner, row), found in written.items():
        async with acting(raw, "demo-commune") as sql:
            await sql.execute(PUT, "case", UUID(own.case), row)
            await be(sql, owner)
            assert await sql.fetchval("select count(*) from duties where due_at < '2021-01-01'") == found


async def test_entitlements_are_a_read_with_a_purpose_and_leave_their_entry(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    path = f"/v1/cases/{story.case}/entitlements"
    refusal = await clients.call("demo-labour", "GET", path, Purpose_Of_Use=None)
    assert refusal.json()["code"] == "purpose_required"
    await clients.ok("demo-labour", "GET", path)
    read = "select sections from audit_entries where event = 'case.read' and case_id = $1 and organisation_id = $2"
    assert [row["sections"] for row in await raw.all.fetch(read, UUID(story.case), org("demo-labour"))] == [
        ["identity"]
    ]


async def test_an_unclear_dry_run_is_refused_rather_than_done(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    path = f"/v1/cases/{story.case}/notes?validate_only=true&validate_only=false"
    assert (await clients.call("demo-labour", "POST", path, {"text": "Ghi chú"})).status_code == 422
    assert await raw.all.fetchval("select count(*) from case_notes") == 0
