"""Overrides behind the application's back: nobody approves alone, and no grant rests on what was not approved."""

from uuid import UUID, uuid4

import asyncpg

from tests.conftest import Raw
from tests.factories import a_consent, a_held_case
from tests.overrides import an_override
from tests.personas import Clients
from tests.sql import acting, org, refused_within

ASK = (
    "insert into overrides (id, case_id, requested_by, recipient_id, purpose, sections, reason, expires_on,"
    " asked_client, asked_officer) values ($1, $2, $3, $4, 'shelter', $5, 'vital_interest', current_date + 9, $6, $7)"
)
GRANT = (
    "insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, lawful_basis,"
    " override_id) values (gen_random_uuid(), $1, $2, $3, 'referral', $4, $5, 'override', $6)"
)
APPROVE = "update overrides set status = 'approved', approved_client = $2, approved_officer = $3 where id = $1"
PEOPLE = "select set_config('app.client_id', $1, true), set_config('app.officer', $2, true)"


async def test_behind_the_application_one_person_approves_nothing(clients: Clients, raw: Raw) -> None:
    """Client and officer are the connection's; a borrowed name, one's own approval and a second one are refused."""
    story = await a_held_case(clients, accompanying_minors=[])
    override = UUID((await an_override(clients, story, status="requested"))["id"])
    one, other = ("demo-labour", "officer.demo-labour"), ("demo-labour-second", "officer.demo-labour-second")
    check = (asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError)
    async with acting(raw, "demo-labour") as sql:
        await sql.execute(PEOPLE, *one)
        for names in (one, other, ("x", "y")):
            await refused_within(sql, APPROVE, override, *names, by=check)
        await sql.execute(PEOPLE, other[0], one[1])
        await refused_within(sql, APPROVE, override, other[0], one[1], by=check)
        await refused_within(
            sql, ASK, uuid4(), UUID(story.case), org("demo-labour"), org("demo-shelter"), ["identity"], *other
        )
        await refused_within(sql, "update overrides set approved_officer = 'x' where id = $1", override, by=check)
        await refused_within(sql, "update overrides set sections = '{family}' where id = $1", override)
        await sql.execute(PEOPLE, *other)
        await sql.execute(APPROVE, override, *other)
        await refused_within(sql, "update overrides set status = 'requested' where id = $1", override, by=check)
    for who in ("demo-police", "demo-shelter", "demo-border"):
        async with acting(raw, who) as sql:
            await sql.execute(PEOPLE, *other)
            assert await sql.fetchval("select count(*) from overrides") == 0
            assert await sql.execute(APPROVE, override, *other) == "UPDATE 0"
            forged = (uuid4(), UUID(story.case), org(who), org("demo-ngo"), ["identity"], *other)
            await refused_within(sql, ASK, *forged)


async def test_behind_the_application_no_grant_rests_on_what_is_not_approved(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    consent = await a_consent(clients, story, "demo-shelter", purpose="shelter")
    body = {
        "case_id": story.case,
        "receiver_id": str(org("demo-shelter")),
        "service": "shelter",
        "sections": ["identity", "needs"],
    }
    story.referral = await clients.ok("demo-labour", "POST", "/v1/referrals", body | {"consent_id": consent["id"]})
    waiting = await an_override(clients, story, status="requested")
    other_purpose = await an_override(clients, story, purpose="medical")
    narrow = await an_override(clients, story, sections=["identity"])
    other_body = await an_override(clients, story, "demo-ngo")
    fits = await an_override(clients, story)
    over = await an_override(clients, story)
    await clients.ok("demo-labour", "POST", f"/v1/overrides/{over['id']}/withdrawals", {})
    row = (UUID(story.case), org("demo-shelter"), org("demo-labour"), UUID(story.referral["id"]), ["identity", "needs"])
    async with acting(raw, "demo-labour") as sql:
        for override in (waiting, other_purpose, narrow, other_body, over):
            await refused_within(sql, GRANT, *row, UUID(override["id"]))
        await refused_within(sql, GRANT, *row, None, by=asyncpg.PostgresError)
        await sql.execute(GRANT, *row, UUID(fits["id"]))
