"""Requests that meet: whatever the order, one effect, one audit entry, one event, and nothing of the refused one.

The application holds several connections, so requests gathered here do overlap in the database. Every race is run
several times, because one run shows one order.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Raw
from tests.factories import (
    a_case,
    a_consent,
    a_held_case,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_intake,
)
from tests.personas import PERSONAS, Clients, Story

rounds = pytest.mark.parametrize("attempt", range(6))
TWINS = 50
CLAIMANTS = ("demo-border", "demo-police", "demo-commune", "demo-shelter", "demo-ngo")
CLOSURE = {"reason": "completed", "outcome": "support_completed"}


async def race(raw: Raw, *calls: Awaitable[httpx.Response]) -> list[httpx.Response]:
    """The answers, none of them a 5xx; each new effect of a POST kept its key, a refused one kept none."""
    kept = await raw.all.fetchval("select count(*) from idempotency_keys")
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {200, 201, 404, 409, 412, 422}
    new = [a for a in answers if a.is_success and a.request.method == "POST" and "Idempotent-Replayed" not in a.headers]
    assert await raw.all.fetchval("select count(*) from idempotency_keys") - kept == len(new)
    return list(answers)


async def effects(raw: Raw, subject_id: str) -> Counter[str]:
    """What was recorded to have happened to one thing; audit and outbox must tell the same."""
    done = "subject_id = $1 and event not like '%.read' and event <> 'request.refused'"
    written = await raw.all.fetch(f"select event from audit_entries where {done}", subject_id)  # noqa: S608
    published = await raw.all.fetch("select type from outbox_events where subject_id = $1", subject_id)
    told = Counter(row["event"] for row in written)
    assert told == Counter(row["type"] for row in published)
    return told


def statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def etag_of(clients: Clients, persona: str, path: str) -> str:
    return str((await clients.ok(persona, "GET", path))["etag"])


@rounds
async def test_of_two_acceptances_one_counts(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_referral(clients)
    path = f"/v1/referrals/{story.referral['id']}"
    etag = await etag_of(clients, "demo-ngo", path)
    calls = [clients.call("demo-ngo", "POST", f"{path}/acceptances", {}, etag=etag) for _ in range(2)]
    assert statuses(await race(raw, *calls)) == [200, 412]
    assert await effects(raw, story.referral["id"]) == {"referral.sent": 1, "referral.accepted": 1}


@rounds
async def test_a_referral_is_either_accepted_or_withdrawn(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_referral(clients)
    path = f"/v1/referrals/{story.referral['id']}"
    theirs, ours = [await etag_of(clients, persona, path) for persona in ("demo-ngo", "demo-labour")]
    accepted, withdrawn = await race(
        raw,
        clients.call("demo-ngo", "POST", f"{path}/acceptances", {}, etag=theirs),
        clients.call("demo-labour", "POST", f"{path}/withdrawals", {"reason": "need_met"}, etag=ours),
    )
    assert statuses([accepted, withdrawn]) == [200, 412]
    won = "referral.accepted" if accepted.is_success else "referral.withdrawn"
    assert await effects(raw, story.referral["id"]) == {"referral.sent": 1, won: 1}
    read = await clients.get("demo-ngo", f"/v1/cases/{story.case}")
    assert read.status_code == (200 if accepted.is_success else 404)


@rounds
async def test_fifty_identical_puts_are_one_intake(clients: Clients, raw: Raw, attempt: int) -> None:
    intake_id = str(uuid4())
    calls = [clients.call("demo-border", "PUT", f"/v1/intakes/{intake_id}", an_intake()) for _ in range(TWINS)]
    answers = await race(raw, *calls)
    assert Counter(statuses(answers)) == {201: 1, 200: TWINS - 1}
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == TWINS - 1
    assert len({answer.json()["case"]["id"] for answer in answers}) == 1
    assert await one_reception(raw)
    assert await effects(raw, intake_id) == {"intake.submitted": 1}


@rounds
async def test_fifty_identical_keys_are_one_intake(clients: Clients, raw: Raw, attempt: int) -> None:
    key = str(uuid4())

    def post() -> Awaitable[httpx.Response]:
        return clients.call("demo-border", "POST", "/v1/intakes", an_intake(), Idempotency_Key=key)

    answers = await race(raw, *(post() for _ in range(TWINS)))
    running = [answer for answer in answers if answer.status_code == 409]
    assert {answer.json()["code"] for answer in running} <= {"idempotency_in_progress"}
    assert all(answer.headers["Retry-After"] for answer in running)
    answers = [answer for answer in answers if answer.status_code != 409]
    answers += [await post() for _ in running]
    assert {answer.status_code for answer in answers} == {201}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    (intake_id,) = {answer.json()["id"] for answer in answers}
    assert await one_reception(raw)
    assert await effects(raw, intake_id) == {"intake.submitted": 1}


async def one_reception(raw: Raw) -> bool:
    """One intake of two persons and nothing else, their openings told once."""
    rows = "select (select count(*) from intakes), (select count(*) from cases), (select count(*) from data_keys)"
    opened = "select count(*) from {} where {} = 'case.opened'"
    told = [
        await raw.all.fetchval(opened.format(*where))
        for where in (("audit_entries", "event"), ("outbox_events", "type"))
    ]
    return tuple(await raw.all.fetchrow(rows)) == (1, 2, 2) and told == [2, 2]


@rounds
async def test_of_fifty_claims_one_counts_and_the_other_houses_see_nothing(
    clients: Clients, raw: Raw, attempt: int
) -> None:
    story = await a_held_case(clients)
    offer = {"case_id": story.case, "claimable": {"province_code": "15"}, "service": "shelter", "sections": ["needs"]}
    referral = await clients.ok("demo-labour", "POST", "/v1/referrals", offer)
    path = f"/v1/referrals/{referral['id']}"
    etags = {name: await etag_of(clients, name, path) for name in CLAIMANTS}
    names = list(CLAIMANTS) * (TWINS // len(CLAIMANTS))
    calls = [clients.call(name, "POST", f"{path}/claims", {}, etag=etags[name]) for name in names]
    answers = await race(raw, *calls)
    (winner,) = [name for name, answer in zip(names, answers, strict=True) if answer.is_success]
    for name, answer in zip(names, answers, strict=True):
        assert answer.is_success or answer.status_code == (412 if name == winner else 404)
    assert await effects(raw, referral["id"]) == {"referral.sent": 1, "referral.claimed": 1}
    assert await raw.all.fetchval("select claimant_id from referrals") == PERSONAS[winner].id


@rounds
async def test_a_handover_is_either_confirmed_or_cancelled(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_case(clients)
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    path = f"/v1/handovers/{story.handover['id']}"
    theirs, ours = [await etag_of(clients, persona, path) for persona in ("demo-labour", "demo-border")]
    confirmed, cancelled = await race(
        raw,
        clients.call("demo-labour", "POST", f"{path}/confirmations", {}, etag=theirs),
        clients.call("demo-border", "POST", f"{path}/cancellations", {"reason": "replaced"}, etag=ours),
    )
    assert statuses([confirmed, cancelled]) == [200, 412]
    won, holder = ("confirmed", "demo-labour") if confirmed.is_success else ("cancelled", "demo-border")
    # One entry for each of the two persons who move together.
    assert await effects(raw, story.handover["id"]) == {"handover.proposed": 2, f"handover.{won}": 2}
    holders = await raw.all.fetch("select distinct custodian_id from cases")
    assert [row["custodian_id"] for row in holders] == [PERSONAS[holder].id]


@rounds
async def test_after_a_revocation_no_acceptance_opens_the_case(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_referral(clients)
    path = f"/v1/referrals/{story.referral['id']}"
    etag = await etag_of(clients, "demo-ngo", path)
    accepted, revoked = await race(
        raw,
        clients.call("demo-ngo", "POST", f"{path}/acceptances", {}, etag=etag),
        clients.call("demo-labour", "POST", f"/v1/consents/{story.consent['id']}/revocations", {}),
    )
    assert statuses([accepted, revoked]) == [200, 200]
    assert (await clients.get("demo-ngo", f"/v1/cases/{story.case}")).status_code == 404
    assert await effects(raw, story.consent["id"]) == {"consent.given": 1, "consent.revoked": 1}


@rounds
async def test_a_referral_sent_while_its_consent_is_revoked_opens_nothing(
    clients: Clients, raw: Raw, attempt: int
) -> None:
    story = await a_held_case(clients)
    consent = await a_consent(clients, story)
    sent, revoked = await race(
        raw,
        clients.call("demo-labour", "POST", "/v1/referrals", referral_on(story, consent["id"])),
        clients.call("demo-labour", "POST", f"/v1/consents/{consent['id']}/revocations", {}),
    )
    assert revoked.status_code == 200
    assert sent.status_code in (201, 404, 422)
    if sent.is_success:
        path = f"/v1/referrals/{sent.json()['id']}"
        etag = await etag_of(clients, "demo-ngo", path)
        await clients.call("demo-ngo", "POST", f"{path}/acceptances", {}, etag=etag)
    assert (await clients.get("demo-ngo", f"/v1/cases/{story.case}")).status_code == 404


def referral_on(story: Story, consent_id: str) -> dict[str, Any]:
    return {
        "case_id": story.case,
        "receiver_id": str(PERSONAS["demo-ngo"].id),
        "service": "psychological",
        "sections": ["identity", "needs"],
        "consent_id": consent_id,
    }


@rounds
@pytest.mark.parametrize("kind", ["referrals", "verifications"])
async def test_what_was_asked_while_custody_moved_follows_it(
    clients: Clients, raw: Raw, kind: str, attempt: int
) -> None:
    story = await a_held_case(clients)
    consent = await a_consent(clients, story)
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    path = f"/v1/handovers/{story.handover['id']}"
    etag = await etag_of(clients, "demo-commune", path)
    asked = {
        "referrals": ("/v1/referrals", referral_on(story, consent["id"])),
        "verifications": (f"/v1/cases/{story.case}/verifications", verification_by("demo-police")),
    }[kind]
    confirmed, made = await race(
        raw,
        clients.call("demo-commune", "POST", f"{path}/confirmations", {}, etag=etag),
        clients.call("demo-labour", "POST", *asked),
    )
    assert confirmed.status_code == 200
    assert made.status_code in (201, 404, 422)
    asker = "sender_id" if kind == "referrals" else "requester_id"
    for row in await raw.all.fetch(f"select {asker} as asker, custodian_id from {kind}"):  # noqa: S608
        assert (row["asker"], row["custodian_id"]) == (PERSONAS["demo-commune"].id,) * 2


def verification_by(persona: str) -> dict[str, Any]:
    return {"verifier_id": str(PERSONAS[persona].id), "kind": "victim"}


@rounds
async def test_of_two_closures_one_counts(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_held_case(clients)
    path = f"/v1/cases/{story.case}"
    etag = await etag_of(clients, "demo-labour", path)
    calls = [clients.call("demo-labour", "POST", f"{path}/closures", CLOSURE, etag=etag) for _ in range(2)]
    assert statuses(await race(raw, *calls)) == [200, 412]
    assert await effects(raw, story.case) == {"case.opened": 1, "case.closed": 1}


@rounds
async def test_a_case_is_not_closed_over_a_request_that_comes_in(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_held_case(clients)
    path = f"/v1/cases/{story.case}"
    etag = await etag_of(clients, "demo-labour", path)
    closed, asked = await race(
        raw,
        clients.call("demo-labour", "POST", f"{path}/closures", CLOSURE, etag=etag),
        clients.call("demo-labour", "POST", f"{path}/verifications", verification_by("demo-police")),
    )
    assert closed.is_success != asked.is_success


@rounds
async def test_of_two_patches_on_one_version_one_counts(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_held_case(clients)
    path = f"/v1/cases/{story.case}"
    etag = await etag_of(clients, "demo-labour", path)
    patches = [{"sections": {"contact": {"address": f"Địa chỉ {n}"}}} for n in range(2)]
    answers = await race(raw, *(clients.call("demo-labour", "PATCH", path, patch, etag=etag) for patch in patches))
    assert statuses(answers) == [200, 412]
    assert await effects(raw, story.case) == {"case.opened": 1, "case.amended": 1}
    stored = (await clients.ok("demo-labour", "GET", path))["sections"]["contact"]["address"]
    assert [stored] == [a.json()["sections"]["contact"]["address"] for a in answers if a.is_success]


@rounds
async def test_of_two_conclusions_one_counts(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_held_case(clients)
    await a_verification(clients, story)
    path = f"/v1/verifications/{story.verification['id']}"
    etag = await etag_of(clients, "demo-police", path)
    body = {"result": "insufficient", "grounds": ["traded_as_goods"], "evidence_sources": []}
    calls = [clients.call("demo-police", "POST", f"{path}/conclusions", body, etag=etag) for _ in range(2)]
    assert statuses(await race(raw, *calls)) == [200, 412]
    told = {"verification.requested": 1, "verification.concluded": 1}
    assert await effects(raw, story.verification["id"]) == told
