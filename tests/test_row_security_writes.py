"""The wall without the application: what raw SQL as the API's role cannot write, forge or take."""

from uuid import UUID

import asyncpg
import pytest

from tests import expectations
from tests.conftest import Raw
from tests.factories import (
    a_case,
    a_held_case,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
)
from tests.lived import a_lived_case
from tests.personas import Clients, Story
from tests.sql import acting, be, org, refused


@pytest.fixture
async def lived(clients: Clients) -> Story:
    return await a_lived_case(clients)


PROTECTED = {
    "cases": "custodian_id custodian_sections identification support support_before_closure key_id reference",
    "case_parties": "organisation_id given_by sections carrier carrier_id consent_id lawful_basis case_created_at",
    "case_sections": "case_id section",
    "handovers": "giver_id receiver_id case_id minutes_sealed",
    "notices": "sender_id recipient_id case_id kind age_band sex text_sealed",
    "break_glass": "case_id key_id organisation_id client_id officer reason text_sealed asked_until expires_at",
    "case_entries": "sealed author_id section version reason",
    "handover_cases": "open case_id",
    "consents": "recipient_id sections purpose expires_on recorded_by guardian_id",
    "intakes": "status digest organisation_id",
    "intake_contents": "sealed",
    "intake_supplements": "sealed",
    "intake_reporters": "sealed key_id",
    "case_feedback": "outcome text_sealed told",
    "verifications": "requester_id verifier_id custodian_id originator_id kind",
    "verification_evidence": "sealed verification_id source",
    "assistances": "asker_id assistant_id verification_id case_id",
    "assistance_texts": "sealed kind",
    "referrals": "sender_id receiver_id custodian_id originator_id sections case_id service province_code",
    "referral_previews": "preview",
    "referral_texts": "sealed kind",
    "support_items": "amount_vnd author_id",
    "follow_ups": "result",
    "case_links": "case_id linked_case_id",
    "guardians": "case_id author_id basis starts_on",
    "assessments": "case_id author_id kind conclusion assessed_on text_sealed created_at",
    "applications": "case_id author_id custodian_id decider_id supports submitted_on words_sealed beyond",
    "disbursements": "case_id application_id author_id amount_vnd service regime funding planned_on budget_sealed",
    "corrections": "sealed",
    "case_notes": "sealed",
    "receptions": "organisation_id key_id sealed",
    "reception_lines": "organisation_id reception_id position",
    "reception_manifests": "results",
    "reception_handovers": "giver_id receiver_id others",
    "duties": "organisation_id due_at status missed_at",
    "data_keys": "wrapped created_by",
    "audit_entries": "event officer facts at leaf",
    "audit_leaves": "position entry_id leaf",
    "audit_heads": "tree_size root frontier at jws",
    "services": "organisation_id service",
    "placements": "case_id service_id facility_id custodian_id placed_by started_on",
    "placement_extensions": "until reason_sealed extended_by",
    "incidents": "case_id reported_by custodian_id police_id exclusion kind text_sealed reference",
    "incident_texts": "sealed kind author_id",
    "protections": "case_id ordered_by custodian_id starts_on",
    "idempotency_keys": "fingerprint status_code",
    "operations": "organisation_id client_id officer lines done created refused held_until finished_at",
    "operation_bodies": "key_id coding sealed",
    "operation_outcomes": "first_line outcomes",
    "webhook_endpoints": "organisation_id client_id failing_since epoch seen leased_until",
    "webhook_deliveries": "organisation_id endpoint_id kind event_id seq lane status attempts next_at result",
    "webhook_hosts": "host port loopback",
}
"""What nobody who logs in as the API may change, whoever calls: typed by hand."""


@pytest.mark.parametrize("table", sorted(PROTECTED))
async def test_what_is_not_the_callers_to_write_cannot_be_written(lived: Story, raw: Raw, table: str) -> None:
    for column in PROTECTED[table].split():
        await refused(raw, "demo-labour", f"update {table} set {column} = {column}")  # noqa: S608


async def test_nothing_is_deleted_but_look_ups(raw: Raw) -> None:
    tables = await raw.all.fetch("select tablename from pg_tables where schemaname = 'public'")
    for (table,) in tables:
        if table != "case_lookups":
            await refused(raw, "demo-labour", f"delete from {table}")  # noqa: S608
        await refused(raw, "demo-labour", f"truncate {table}")


async def test_the_journal_is_append_only_and_in_ones_own_name(lived: Story, raw: Raw) -> None:
    for others in ("case_id", "organisation_id", "parties"):
        await refused(raw, "demo-labour", f"select {others} from outbox_events")  # noqa: S608 - named above
    for change in (
        "update audit_entries set purpose = 'emergency'",
        "delete from audit_entries",
        "truncate audit_entries",
    ):
        await refused(raw, "demo-labour", change)
    entry = (
        "insert into audit_entries (id, request_id, client_id, organisation_id, agency, officer, event, subject_type,"
        " parties, sections, facts) values (gen_random_uuid(), gen_random_uuid(), 'demo-ngo', $1, 'ngo',"
        " 'officer.demo-ngo', 'case.read', 'case', '{}', '{}', '{}')"
    )
    event = (
        "insert into outbox_events (id, type, subject_type, subject_id, organisation_id)"
        " values (gen_random_uuid(), 'case.opened', 'case', gen_random_uuid(), $1)"
    )
    for statement in (entry, event):
        await refused(raw, "demo-ngo", statement, org("demo-labour"))
        async with acting(raw, "demo-ngo") as sql:
            await sql.execute(statement, org("demo-ngo"))


async def test_custody_moves_by_the_receivers_word_only(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    moved = "update handovers set status = 'received' where id = $1"
    await refused(raw, "demo-border", moved, UUID(story.handover["id"]))
    for who in ("demo-stranger", "demo-labour"):
        async with acting(raw, who) as sql:
            await sql.execute(moved, UUID(story.handover["id"]))
            held = await sql.fetchval("select count(*) from cases where custodian_id = $1", org(who))
            assert held == (2 if who == "demo-labour" else 0)


async def test_a_case_is_opened_for_oneself_under_a_key_of_ones_own(lived: Story, raw: Raw) -> None:
    key = await raw.all.fetchval("select key_id from cases where id = $1", UUID(lived.case))
    opened = (
        "insert into cases (id, reference, key_id, custodian_id, channel)"
        " values (gen_random_uuid(), 'AAAAAAAA', $1, $2, 'other')"
    )
    await refused(raw, "demo-stranger", opened, key, org("demo-stranger"))
    await refused(raw, "demo-labour", opened, key, org("demo-ngo"))


ADDITIONS = (
    "insert into case_sections (case_id, section, updated_by) values ($1, 'refuge', $2)",
    "insert into case_entries (id, case_id, section, author_id, sealed)"
    " values (gen_random_uuid(), $1, 'investigation', $2, '')",
    "insert into case_entries (id, case_id, section, author_id, sealed, reason)"
    " values (gen_random_uuid(), $1, 'statement', $2, '', 'court')",
    "insert into case_notes (id, case_id, author_id, sealed) values (gen_random_uuid(), $1, $2, '')",
    "insert into case_lookups (case_id, kind, digest) select $1, 'document', '' where $2::uuid is not null",
    "insert into consents (id, case_id, recorded_by, recipient_id, purpose, sections, language, method)"
    " values (gen_random_uuid(), $1, $2, $2, 'shelter', '{identity}', 'vi', 'spoken')",
    "insert into referrals (id, reference, case_id, sender_id, originator_id, receiver_id, service, urgency,"
    " sections) values (gen_random_uuid(), 'BBBBBBBB', $1, $2, $2, $2, 'shelter', 'routine', '{identity}')",
    "insert into verifications (id, case_id, kind, requester_id, originator_id, verifier_id)"
    " values (gen_random_uuid(), $1, 'victim', $2, $2, $2)",
    "insert into support_items (id, case_id, author_id, regime, service, given_on, funding)"
    " values (gen_random_uuid(), $1, $2, 'a', 'shelter', current_date, 'state')",
    "insert into handovers (id, case_id, giver_id, receiver_id) values (gen_random_uuid(), $1, $2, $2)",
    "insert into guardians (id, case_id, author_id, sealed, basis, conflict_of_interest)"
    " values (gen_random_uuid(), $1, $2, '', 'parent', true)",
    "insert into assessments (id, case_id, author_id, kind, assessed_on, conclusion, assessor, text_sealed)"
    " values (gen_random_uuid(), $1, $2, 'family_safety', current_date, 'safe', 'police_officer', '')",
    "insert into notices (id, case_id, case_reference, sender_id, recipient_id, kind, age_band, sex)"
    " select gen_random_uuid(), $1, 'DDDDDDDD', $2, id, 'embassy', 'unknown', 'unknown' from organisations"
    " where agency = 'foreign_affairs'",
    "insert into placements (id, case_id, service_id, placed_by, started_on)"
    " select gen_random_uuid(), $1, id, $2, current_date from services where service = 'shelter'",
    "insert into incidents (id, reference, case_id, reported_by, exclusion, kind, occurred_at, text_sealed)"
    " values (gen_random_uuid(), 'CCCCCCCC', $1, $2, 'other', 'threat', now(), '')",
    "insert into protections (id, case_id, ordered_by, measures, orders_sealed, starts_on)"
    " values (gen_random_uuid(), $1, $2, '{refuge}', '', current_date)",
    "insert into applications (id, case_id, author_id, decider_id, supports, applicant, submitted_on, words_sealed,"
    " beyond) select gen_random_uuid(), $1, $2, id, '{schooling}', 'person', current_date, '', '[]'"
    " from organisations where agency = 'labour'",
    "insert into disbursements (id, case_id, author_id, regime, service, amount_vnd, planned_on, funding)"
    " values (gen_random_uuid(), $1, $2, 'k', 'initial_allowance', 1, current_date, 'state')",
)
"""One attempt for each thing that can be added to a case; $1 is the case, $2 the attacker."""


async def test_nobody_adds_to_a_case_it_has_no_live_part_in(lived: Story, raw: Raw) -> None:
    """Neither the former custodian, nor the completed NGO, nor the former verifier, nor a stranger."""
    case = UUID(lived.case)
    for who in ("demo-border", "demo-ngo", "demo-police", "demo-stranger"):
        for statement in ADDITIONS:
            await refused(raw, who, statement, case, org(who))


BLIND = (
    "update cases set status = 'closed'",
    "update case_sections set codes = '{}'",
    "update handovers set status = 'cancelled'",
    "update consents set status = 'revoked'",
    "update verifications set status = 'withdrawn'",
    "update assistances set status = 'withdrawn'",
    "update referrals set status = 'withdrawn'",
    "update plans set starts_on = current_date",
    "update case_links set keep_together = false",
    "update guardians set conflict_of_interest = not conflict_of_interest",
    "update notices set status = 'acknowledged'",
    "update applications set status = 'withdrawn'",
    "update disbursements set status = 'cancelled'",
    "update services set places_free = 0",
    "update placements set status = 'ended', ended_on = current_date",
    "update incidents set status = 'resolved'",
    "update protections set status = 'ended', ended_on = current_date",
    "update receptions set status = 'closed'",
    "update reception_lines set present = false",
    "delete from case_lookups",
)
SNAPSHOT = (
    "select md5(string_agg(t::text, '|' order by t::text)) from (select * from {table}) t"
)  # fmt: skip


@pytest.mark.parametrize("who", ["demo-stranger", "demo-commune", "demo-hotline", "demo-other-police"])
async def test_a_blind_update_changes_nothing_of_others(lived: Story, clients: Clients, raw: Raw, who: str) -> None:
    """Without WHERE the SELECT policies do not apply: what is left is the policy on the write itself."""
    claimable = {"case_id": lived.case, "claimable": {"province_code": "15"}, "service": "travel", "sections": []}
    await clients.ok("demo-labour", "POST", "/v1/referrals", claimable)
    for statement in BLIND:
        await _unchanged(raw, who, statement)


@pytest.mark.parametrize("who", ["demo-stranger", "demo-ngo", "demo-other-police"])
async def test_nobody_makes_itself_the_claimant_of_what_it_does_not_see(clients: Clients, raw: Raw, who: str) -> None:
    """The claimant is the caller's to write, and what one claims one sees: the row must be visible before."""
    story = await a_held_case(clients)
    await a_referral(clients, story, receiver="demo-shelter", service="shelter")
    await _unchanged(raw, who, f"update referrals set claimant_id = '{org(who)}', status = 'claimed'")  # noqa: S608
    await _unchanged(raw, who, f"update referrals set claimant_id = '{org(who)}'")  # noqa: S608


async def _unchanged(raw: Raw, who: str, statement: str) -> None:
    table = statement.split()[2 if statement.startswith("delete") else 1]
    query = SNAPSHOT.format(table=table)
    before = await raw.all.fetchval(query)
    transaction = raw.api.transaction()
    await transaction.start()
    try:
        await be(raw.api, who)
        await raw.api.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        await transaction.rollback()
    else:
        await transaction.commit()
    assert await raw.all.fetchval(query) == before


async def test_a_verifier_writes_only_what_it_may(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    await a_verification(clients, story)
    case = UUID(story.case)
    async with acting(raw, "demo-police") as sql:
        may = {
            section: await sql.fetchval("select access.caller_may_write($1, $2)", case, section)
            for section in expectations.load("access")["sections"]
        }
    assert {section for section, allowed in may.items() if allowed} == {"investigation", "statement"}


async def test_a_claim_is_confirmed_by_the_custodians_word_only(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    body = {"case_id": story.case, "claimable": {"province_code": "15"}, "service": "psychological", "sections": []}
    referral = await clients.ok("demo-labour", "POST", "/v1/referrals", body)
    path = f"/v1/referrals/{referral['id']}"
    await an_action(clients, "demo-ngo", path, "claims", {})
    moved = "update referrals set status = 'sent' where id = $1"
    await refused(raw, "demo-ngo", moved, UUID(referral["id"]))
    async with acting(raw, "demo-labour") as sql:
        assert await sql.execute(moved, UUID(referral["id"])) == "UPDATE 1"
