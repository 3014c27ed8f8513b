"""An override of consent: asked by one, approved by another, as narrow as a consent, and over when it is withdrawn."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.deadlines.sweep import sweep
from app.reference.fields import today
from tests import expectations
from tests.conftest import Raw
from tests.factories import (
    a_confirmation,
    a_held_case,
    a_proposed_handover,
    an_action,
)
from tests.moves import Judge, Kind, World
from tests.overrides import an_override
from tests.personas import PERSONAS, Clients, Story
from tests.sql import org

SHELTER = str(PERSONAS["demo-shelter"].id)
OVERRIDE = Kind(
    expectations.lifecycles()["override"],
    "overrides",
    "/v1/overrides",
    {"approve": ("approvals", {}), "withdraw": ("withdrawals", {})},
)
SECOND, ASKER, CUSTODIAN = frozenset({"custodian", "asker", "second"}), frozenset({"asker"}), frozenset({"custodian"})


async def held(clients: Clients) -> Story:
    return await a_held_case(clients, accompanying_minors=[])


async def asked(clients: Clients, story: Story, **changes: Any) -> tuple[int, str]:
    body = {"recipient_id": SHELTER, "purpose": "shelter", "sections": ["identity"], "reason": "vital_interest"}
    answer = await clients.call("demo-labour", "POST", f"/v1/cases/{story.case}/overrides", {**body, **changes})
    return answer.status_code, answer.json().get("code", "asked")


async def sent(clients: Clients, story: Story, **changes: Any) -> str:
    body = {"case_id": story.case, "receiver_id": SHELTER, "service": "shelter", "sections": ["identity", "needs"]}
    body |= {"lawful_basis": "override", **changes}
    answer = await clients.call("demo-labour", "POST", "/v1/referrals", body)
    if answer.is_success:
        story.referral = answer.json()
    return str(answer.json().get("code", "sent"))


async def accepted(clients: Clients) -> tuple[Story, dict[str, Any]]:
    """A referral to the shelter that rests on an override, accepted."""
    story = await held(clients)
    override = await an_override(clients, story, purpose="care_coordination")
    assert await sent(clients, story, note="Đưa thẳng vào phòng cấp cứu.") == "sent"
    path = f"/v1/referrals/{story.referral['id']}"
    story.referral = await an_action(clients, "demo-shelter", path, "acceptances", {})
    return story, override


async def _world(clients: Clients, raw: Raw, status: str, *, moved: bool) -> World:
    story = await held(clients)
    override = await an_override(clients, story, status="requested" if status == "requested" else "approved")
    if status == "withdrawn":
        await clients.ok("demo-labour", "POST", f"/v1/overrides/{override['id']}/withdrawals", {})
    if moved:
        await a_proposed_handover(clients, story, "demo-labour", "demo-police")
        await a_confirmation(clients, story, "demo-police")
    if status == "expired":
        yesterday = today() - timedelta(days=1)
        await raw.all.execute("update overrides set expires_on = $2 where id = $1", UUID(override["id"]), yesterday)
    parties: Mapping[str, Any] = {"demo-labour-second": SECOND}
    if moved:
        parties = {"demo-labour-second": ASKER, "demo-police": CUSTODIAN}
    return World(override["id"], status, {**parties, "demo-other-police": None})


@pytest.mark.parametrize("moved", [False, True], ids=["held", "handed_over"])
@pytest.mark.parametrize("status", OVERRIDE.lifecycle.statuses)
async def test_an_override_moves_as_typed_and_no_otherwise(
    clients: Clients, raw: Raw, status: str, moved: bool
) -> None:
    judge = Judge(clients, raw, OVERRIDE)
    await judge.judge(partial(_world, clients, raw, status, moved=moved), status)
    assert judge.faults == []
    assert judge.tried == (6 if moved else 4)


async def test_the_one_who_asked_does_not_approve_in_either_respect(clients: Clients, raw: Raw) -> None:
    override = await an_override(clients, await held(clients), status="requested")
    path = f"/v1/overrides/{override['id']}"
    tries = (
        ("demo-labour", "officer.demo-labour"),
        ("demo-labour", "officer.another"),
        ("demo-labour-second", "officer.demo-labour"),
    )
    for who, officer in tries:
        answer = await clients.call(who, "POST", f"{path}/approvals", {}, etag=override["etag"], Acting_Officer=officer)
        assert (answer.status_code, answer.json()["code"]) == (403, "second_person_required")
    assert await raw.all.fetchval("select status from overrides") == "requested"
    done = await clients.ok("demo-labour-second", "POST", f"{path}/approvals", {}, etag=override["etag"])
    assert (done["status"], done["approved_officer"]) == ("approved", "officer.demo-labour-second")


async def test_only_an_approved_override_carries_a_referral_and_only_what_it_names(clients: Clients, raw: Raw) -> None:
    story = await held(clients)
    assert await sent(clients, story) == "override_required"
    waiting = await an_override(clients, story, status="requested")
    assert await sent(clients, story) == "override_required"
    await an_action(clients, "demo-labour-second", f"/v1/overrides/{waiting['id']}", "approvals", {})
    beyond: tuple[dict[str, Any], ...] = (
        {"service": "medical"},
        {"sections": ["identity", "needs", "family"]},
        {"receiver_id": str(PERSONAS["demo-ngo"].id)},
    )
    assert [await sent(clients, story, **changes) for changes in beyond] == ["override_required"] * 3
    other = await held(clients)
    assert await sent(clients, other) == "override_required"
    assert await sent(clients, story) == "sent"
    grant = await raw.all.fetchrow("select * from case_parties where carrier = 'referral'")
    assert (grant["lawful_basis"], str(grant["override_id"])) == ("override", waiting["id"])
    assert set(grant["sections"]) == {"identity", "needs", "handling"}


async def test_a_claim_is_confirmed_on_an_override_that_names_the_claimant(clients: Clients) -> None:
    story = await held(clients)
    offer = {"case_id": story.case, "claimable": {"province_code": "15"}, "service": "shelter", "sections": ["needs"]}
    story.referral = await clients.ok("demo-labour", "POST", "/v1/referrals", offer)
    path = f"/v1/referrals/{story.referral['id']}"
    await an_action(clients, "demo-shelter", path, "claims", {})
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    basis = {"lawful_basis": "override"}
    refused = await clients.call("demo-labour", "POST", f"{path}/confirmations", basis, etag=etag)
    assert refused.json()["code"] == "override_required"
    await an_override(clients, story)
    await clients.ok("demo-labour", "POST", f"{path}/confirmations", basis, etag=etag)
    await an_action(clients, "demo-shelter", path, "acceptances", {})
    shown = await clients.ok("demo-shelter", "GET", f"/v1/cases/{story.case}")
    assert set(shown["sections"]) - {"masked"} >= {"needs"}
    assert "identity" in shown["masked"]


async def test_a_withdrawn_override_ends_reads_at_once_and_tells_its_receiver(clients: Clients, raw: Raw) -> None:
    story, override = await accepted(clients)
    case, referral = f"/v1/cases/{story.case}", f"/v1/referrals/{story.referral['id']}"
    assert (await clients.get("demo-shelter", case)).status_code == 200
    path = f"/v1/overrides/{override['id']}"
    done = await clients.ok("demo-labour", "POST", f"{path}/withdrawals", {"reason": "Đã tỉnh lại."})
    assert done["affected_referrals"] == [{"id": story.referral["id"], "status": "accepted"}]
    assert (await clients.get("demo-shelter", case)).status_code == 404
    left = await clients.ok("demo-shelter", "GET", referral)
    assert (left["basis_ended"], left["preview"], left["texts"]) == (True, None, [])
    parties = await raw.all.fetchval("select parties from audit_entries where event = 'override.withdrawn'")
    assert set(parties) == {org("demo-shelter"), org("demo-labour")}
    assert (await clients.ok("demo-labour", "GET", path))["withdrawal"] == "Đã tỉnh lại."
    assert await sent(clients, story, service="medical") == "override_required"


async def test_an_override_ends_with_its_last_day_and_that_is_told_once(
    clients: Clients, raw: Raw, app: FastAPI
) -> None:
    story, override = await accepted(clients)
    assert override["expires_on"] == (today() + timedelta(days=90)).isoformat()
    for table in ("overrides", "case_parties"):
        await raw.all.execute(f"update {table} set expires_on = $1", today() - timedelta(days=1))  # noqa: S608
    assert (await clients.get("demo-shelter", f"/v1/cases/{story.case}")).status_code == 404
    assert await sent(clients, story, service="medical", sections=[]) == "override_required"
    assert [await sweep(app.state.database) for _ in range(2)] == [1, 0]
    assert await raw.all.fetchval("select count(*) from outbox_events where type = 'override.expired'") == 1
    assert (await clients.ok("demo-labour", "GET", f"/v1/overrides/{override['id']}"))["status"] == "expired"


async def test_an_override_is_asked_within_what_its_body_reads_and_the_person_outweighs(clients: Clients) -> None:
    story = await held(clients)
    declined = {"sections": {"handling": {"declines": ["support"]}}}
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    await clients.ok("demo-labour", "PATCH", path, declined, etag=etag)
    too_late = (today() + timedelta(days=91)).isoformat()
    got = [
        await asked(clients, story, **changes)
        for changes in (
            {"sections": ["identity", "health"]},
            {"reason": "child_best_interests"},
            {"reason": "cannot_be_reached"},
            {"reason": "other"},
            {"recipient_id": str(uuid4())},
            {"recipient_id": str(PERSONAS["demo-labour"].id)},
            {"expires_on": too_late},
            {"purpose": "gossip"},
            {},
        )
    ]
    assert got == [
        (422, "sections_not_permitted"),
        (422, "consent_required"),
        (422, "person_declines"),
        (422, "validation_failed"),
        (422, "unknown_reference"),
        (422, "validation_failed"),
        (422, "validation_failed"),
        (422, "validation_failed"),
        (201, "asked"),
    ]


async def test_who_has_no_custody_asks_for_nothing_and_sees_nothing(clients: Clients) -> None:
    story, override = await accepted(clients)
    body = {"recipient_id": SHELTER, "purpose": "shelter", "sections": ["identity"], "reason": "vital_interest"}
    path = f"/v1/cases/{story.case}/overrides"
    assert (await clients.call("demo-police", "POST", path, body)).status_code == 404
    assert (await clients.call("demo-shelter", "POST", path, body)).json()["code"] == "insufficient_scope"
    assert (await clients.get("demo-shelter", f"/v1/overrides/{override['id']}")).status_code == 404
    assert (await clients.ok("demo-shelter", "GET", path))["items"] == []
    assert len((await clients.ok("demo-labour", "GET", path))["items"]) == 1


async def test_a_later_custodian_sees_no_officer_and_sends_nothing_on_anothers_decision(clients: Clients) -> None:
    """Nor does who decided it, once it has lost custody and is merely a receiver."""
    story, override = await accepted(clients)
    await a_proposed_handover(clients, story, "demo-labour", "demo-police")
    await a_confirmation(clients, story, "demo-police")
    shown = await clients.ok("demo-police", "GET", f"/v1/overrides/{override['id']}")
    assert (shown["asked_officer"], shown["approved_officer"]) == (None, None)
    back: dict[str, Any] = {
        "case_id": story.case,
        "receiver_id": str(PERSONAS["demo-labour"].id),
        "service": "case_management",
    }
    back |= {"sections": ["identity", "needs"], "lawful_basis": "statutory_support"}
    referral = await clients.ok("demo-police", "POST", "/v1/referrals", back)
    await an_action(clients, "demo-labour", f"/v1/referrals/{referral['id']}", "acceptances", {})
    body = {"case_id": story.case, "receiver_id": SHELTER, "service": "medical", "sections": ["identity"]}
    for who in ("demo-police", "demo-labour"):
        refused = await clients.call(who, "POST", "/v1/referrals", body | {"lawful_basis": "override"})
        assert refused.json()["code"] == "override_required", who
    assert (await clients.get("demo-shelter", f"/v1/cases/{story.case}")).status_code == 200
    await clients.ok("demo-police", "POST", f"/v1/overrides/{override['id']}/withdrawals", {})
    assert (await clients.get("demo-shelter", f"/v1/cases/{story.case}")).status_code == 404
