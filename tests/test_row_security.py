"""The wall without the application: what raw SQL as the API's role sees, with a caller and without."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import Raw
from tests.factories import (
    a_case,
    a_consent,
    a_held_case,
    a_proposed_handover,
    a_referral,
    a_verification,
)
from tests.lived import a_lived_case
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting, counted, org

PERSONAL = [
    "data_keys",
    "cases",
    "case_sections",
    "case_entries",
    "case_parties",
    "case_links",
    "case_lookups",
    "handovers",
    "handover_cases",
    "consents",
    "overrides",
    "case_notes",
    "corrections",
    "intakes",
    "intake_persons",
    "intake_contents",
    "intake_supplements",
    "intake_reporters",
    "case_feedback",
    "case_exclusions",
    "contact_requests",
    "contact_targets",
    "contact_texts",
    "verifications",
    "verification_texts",
    "verification_evidence",
    "assistances",
    "assistance_texts",
    "referrals",
    "referral_previews",
    "referral_texts",
    "plans",
    "support_items",
    "certificates",
    "fine_reviews",
    "follow_ups",
    "returns",
    "return_persons",
    "announced_persons",
    "guardians",
    "assessments",
    "notices",
    "break_glass",
    "placements",
    "placement_extensions",
    "incidents",
    "incident_texts",
    "protections",
    "receptions",
    "reception_lines",
    "reception_manifests",
    "reception_handovers",
    "applications",
    "disbursements",
    "operations",
    "operation_bodies",
    "operation_outcomes",
    "duties",
    "audit_entries",
    "idempotency_keys",
    "webhook_endpoints",
    "webhook_deliveries",
]
"""Every table that holds or points to a person, typed by hand; `outbox_events` is not readable at all."""
THE_CASE = ["cases", "case_sections", "case_entries", "case_links", "case_lookups", "case_notes", "corrections"]
THE_CASE += ["guardians", "assessments", "consents", "plans", "intake_contents", "verifications", "verification_texts"]
THE_CASE += ["overrides", "protections", "verification_evidence", "applications", "disbursements"]
"""What is of the case itself, and so of nobody whose part in it is over."""
SECTIONS_READ = "select access.caller_sections($1)"


@pytest.fixture
async def lived(clients: Clients) -> Story:
    return await a_lived_case(clients)


async def sections_of(raw: Raw, who: str, case: str) -> set[str]:
    async with acting(raw, who) as sql:
        return set(await sql.fetchval(SECTIONS_READ, UUID(case)))


async def test_without_a_caller_nothing_is_visible(lived: Story, raw: Raw) -> None:
    stored = await counted(raw.all, PERSONAL)
    assert [table for table, rows in stored.items() if not rows] == []
    assert set((await counted(raw.api, PERSONAL)).values()) == {0}


@pytest.mark.parametrize("caller", ["", "00000000-0000-0000-0000-000000000000"])
async def test_an_empty_or_unknown_caller_sees_nothing(lived: Story, raw: Raw, caller: str) -> None:
    """After a transaction its settings are '' and not null."""
    async with raw.api.transaction():
        await raw.api.execute("select set_config('app.organisation_id', $1, true)", caller)
        assert set((await counted(raw.api, PERSONAL)).values()) == {0}
    async with acting(raw, "demo-labour"):
        pass
    assert set((await counted(raw.api, PERSONAL)).values()) == {0}


@pytest.mark.parametrize("who", ["demo-stranger", "demo-other-police", "demo-hotline", "demo-commune"])
async def test_who_has_no_part_in_it_sees_nothing(lived: Story, raw: Raw, who: str) -> None:
    async with acting(raw, who) as sql:
        assert set((await counted(sql, PERSONAL)).values()) == {0}


async def test_a_custodian_sees_its_own_cases_and_no_others(lived: Story, clients: Clients, raw: Raw) -> None:
    await a_case(clients, "demo-hotline")
    other = await a_held_case(clients, "demo-police")
    async with acting(raw, "demo-labour") as sql:
        seen = {str(row["id"]) for row in await sql.fetch("select id from cases")}
        of_cases = {str(row["case_id"]) for row in await sql.fetch("select case_id from case_sections")}
    assert seen == of_cases == {lived.case, lived.child}
    async with acting(raw, "demo-police") as sql:
        assert {str(row["id"]) for row in await sql.fetch("select id from cases")} == {other.case, other.child}


async def test_the_former_custodian_reads_nothing_of_the_case(lived: Story, raw: Raw) -> None:
    """What it keeps is its own: intake row, supplements, the hand-over with the grant it wrote for it."""
    async with acting(raw, "demo-border") as sql:
        seen = await counted(sql, [*THE_CASE, "referrals", "referral_texts", "referral_previews", "support_items"])
        kept = await counted(sql, ["intakes", "intake_supplements", "handovers"])
        givers = {row["given_by"] for row in await sql.fetch("select given_by from case_parties")}
    assert set(seen.values()) == {0}
    assert kept == {"intakes": 1, "intake_supplements": 1, "handovers": 1}
    assert givers == {org("demo-border")}


async def test_the_completed_ngo_reads_nothing_of_the_case(lived: Story, raw: Raw) -> None:
    """What it keeps is its own: the referral, support given, follow-ups, and the consent that named it."""
    async with acting(raw, "demo-ngo") as sql:
        seen = await counted(sql, [table for table in THE_CASE if table != "consents"])
        kept = await counted(sql, ["referrals", "referral_previews", "support_items", "follow_ups", "consents"])
        notes = await sql.fetchval("select count(*) from referral_texts where kind = 'note'")
        live = await sql.fetchval("select count(*) from case_parties where live")
    assert set(seen.values()) == {0}
    assert set(kept.values()) == {1}
    assert (notes, live) == (0, 0)
    assert await sections_of(raw, "demo-ngo", lived.case) == set()


async def test_the_verifier_afterwards_reads_its_record_and_its_own_entries(lived: Story, raw: Raw) -> None:
    async with acting(raw, "demo-police") as sql:
        seen = await counted(
            sql, [table for table in THE_CASE if not table.startswith("ver") and table != "case_entries"]
        )
        entries = await sql.fetch("select section, author_id from case_entries")
        verifications = await sql.fetchval("select count(*) from verifications")
    assert set(seen.values()) == {0}
    assert [tuple(row) for row in entries] == [("investigation", org("demo-police"))]
    assert verifications == 1


async def test_a_live_receiver_reads_the_disclosed_sections_and_handling(lived: Story, raw: Raw) -> None:
    async with acting(raw, "demo-shelter") as sql:
        stored = {row["section"] for row in await sql.fetch("select section from case_sections")}
        kinds = {row["kind"] for row in await sql.fetch("select kind from case_lookups")}
        entries = await sql.fetchval("select count(*) from case_entries")
    assert await sections_of(raw, "demo-shelter", lived.case) == {"identity", "needs", "handling"}
    assert stored <= {"identity", "needs", "handling"}
    assert stored
    assert "document" not in kinds
    assert entries == 0
    assert await sections_of(raw, "demo-shelter", lived.child) == set()


async def test_the_receiver_of_a_proposed_handover_reads_identity_papers_handling(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    await a_proposed_handover(clients, story, "demo-border", "demo-commune")
    for case in (story.case, story.child):
        assert await sections_of(raw, "demo-commune", case) == {"identity", "papers", "handling"}
    async with acting(raw, "demo-commune") as sql:
        stored = {row["section"] for row in await sql.fetch("select section from case_sections")}
        assert set((await counted(sql, ["case_entries", "intake_contents", "intakes", "case_notes"])).values()) == {0}
    assert stored <= {"identity", "papers", "handling"}
    await clients.ok("demo-border", "POST", f"/v1/handovers/{story.handover['id']}/cancellations",
                     {"reason": "replaced"}, etag=story.handover["etag"])  # fmt: skip
    assert await sections_of(raw, "demo-commune", story.case) == set()


async def test_a_revoked_consent_ends_every_read_at_once(clients: Clients, raw: Raw) -> None:
    story = await a_referral(clients, status="in_service")
    assert await sections_of(raw, "demo-ngo", story.case) == {"identity", "needs", "handling"}
    await clients.ok("demo-labour", "POST", f"/v1/consents/{story.consent['id']}/revocations", {})
    await _reads_nothing(raw, "demo-ngo", story.case)


async def test_an_expired_consent_ends_every_read_with_its_last_day(clients: Clients, raw: Raw) -> None:
    story = await a_referral(clients, status="in_service")
    query = "update case_parties set expires_on = $2 where consent_id = $1"
    today = await raw.all.fetchval("select access.today()")
    await raw.all.execute(query, UUID(story.consent["id"]), today)
    assert await sections_of(raw, "demo-ngo", story.case) == {"identity", "needs", "handling"}
    await raw.all.execute(query, UUID(story.consent["id"]), date.fromordinal(today.toordinal() - 1))
    await _reads_nothing(raw, "demo-ngo", story.case)


async def _reads_nothing(raw: Raw, who: str, case: str) -> None:
    assert await sections_of(raw, who, case) == set()
    async with acting(raw, who) as sql:
        assert set((await counted(sql, ["cases", "case_sections", "case_entries", "case_lookups"])).values()) == {0}
        for question in ("caller_takes_part_in", "caller_acts_in", "caller_has_custody"):
            assert await sql.fetchval(f"select access.{question}($1)", UUID(case)) is False


async def test_a_grant_takes_the_expiry_of_its_consent_along(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    consent = await a_consent(clients, story, expires_on="2027-01-31")
    body: dict[str, Any] = {"case_id": story.case, "receiver_id": str(org("demo-ngo")), "service": "psychological"}
    body |= {"sections": ["identity"], "consent_id": consent["id"]}
    await clients.ok("demo-labour", "POST", "/v1/referrals", body)
    expiry = "select expires_on from case_parties where consent_id = $1"
    assert await raw.all.fetchval(expiry, UUID(consent["id"])) == date(2027, 1, 31)


async def test_a_hidden_address_takes_contact_from_the_verifier_at_once(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    await a_verification(clients, story)
    assert "contact" in await sections_of(raw, "demo-police", story.case)
    etag = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}"))["etag"]
    hidden = {"sections": {"handling": {"flags": ["hidden_address"]}}}
    await clients.ok("demo-labour", "PATCH", f"/v1/cases/{story.case}", hidden, etag=etag)
    seen = await sections_of(raw, "demo-police", story.case)
    assert "contact" not in seen
    assert "identity" in seen


@pytest.mark.parametrize("who", ["demo-stranger", "demo-border", "demo-ngo", "demo-police"])
async def test_the_journal_of_a_case_is_closed_to_who_takes_no_part_any_more(lived: Story, raw: Raw, who: str) -> None:
    """Their own acts included: the contract answers 404 for the case."""
    async with acting(raw, who) as sql:
        for function in ("case_timeline", "case_accesses"):
            query = f"select count(*) from access.{function}($1, '-infinity', $2, 200)"  # noqa: S608
            assert await sql.fetchval(query, UUID(lived.case), UUID(int=0)) == 0


async def test_functions_of_the_model_tell_a_stranger_nothing(lived: Story, raw: Raw) -> None:
    case, nil = UUID(lived.case), UUID(int=0)
    questions: list[tuple[Any, ...]] = [
        ("select * from access.referral_status($1)", UUID(lived.referral["id"])),
        ("select * from access.verification_status($1)", UUID(lived.verification["id"])),
        ("select * from access.case_key($1)", case),
    ]
    async with acting(raw, "demo-stranger") as sql:
        for question in questions:
            assert await sql.fetch(*question) == []
        assert await sql.fetchval("select access.open_business($1)", case) == []
        forward = "select access.forward_verification($1, $2, $3)"
        assert not await sql.fetchval(forward, UUID(lived.verification["id"]), nil, PERSONAS["demo-stranger"].id)


async def test_oversight_reads_the_audit_and_no_case(lived: Story, raw: Raw) -> None:
    async with acting(raw, "demo-oversight") as sql:
        seen = await counted(sql, PERSONAL)
        keys = {row["id"] for row in await sql.fetch("select id from data_keys")}
    assert seen.pop("audit_entries") == await raw.all.fetchval("select count(*) from audit_entries")
    assert keys == {await raw.all.fetchval("select key_id from break_glass")}
    assert {table for table, rows in seen.items() if rows} == {
        *("break_glass", "data_keys"),
        *("duties", "idempotency_keys"),  # its own: a review that is due, and the key of the one it made
    }
