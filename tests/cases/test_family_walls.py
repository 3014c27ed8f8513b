"""Guardians, assessments and links against raw SQL as the API's own role, behind the application's back."""

from uuid import UUID

import pytest

from tests.conftest import Raw
from tests.factories import a_case, a_guardian, a_held_case, a_referral, an_assessment
from tests.personas import Clients, Story
from tests.sql import acting, org, refused

CONSENT = (
    "insert into consents (id, case_id, recorded_by, recipient_id, purpose, sections, language, method, guardian_id)"
    " values (gen_random_uuid(), $1, $2, $3, 'shelter', '{identity}', 'vi', 'spoken', $4)"
)
SAFE = (
    "insert into assessments (id, case_id, author_id, kind, assessed_on, conclusion, assessor, text_sealed{more})"
    " values (gen_random_uuid(), $1, $2, 'family_safety', current_date, 'safe', 'police_officer', ''{value})"
)


@pytest.fixture
async def served(clients: Clients) -> Story:
    """Held by labour, served by the NGO, with a guardian and an assessment of labour's."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_guardian(clients, story.case)
    await an_assessment(clients, story.case)
    return await a_referral(clients, story, status="in_service")


async def test_a_party_sees_neither_guardians_nor_anothers_assessments(served: Story, raw: Raw) -> None:
    for who, seen in (("demo-labour", 1), ("demo-ngo", 0), ("demo-border", 0), ("demo-stranger", 0)):
        async with acting(raw, who) as sql:
            assert await sql.fetchval("select count(*) from guardians") == seen, who
            assert await sql.fetchval("select count(*) from assessments") == seen, who


async def test_what_binds_a_party_unread_is_kept_from_everybody_else(served: Story, clients: Clients, raw: Raw) -> None:
    await a_guardian(clients, served.case, full_name="Vương Văn Tài", conflict_of_interest=True)
    for who, told in (("demo-labour", 1), ("demo-ngo", 1), ("demo-border", 0), ("demo-stranger", 0)):
        async with acting(raw, who) as sql:
            for function in ("guardians_in_conflict", "findings"):
                found = await sql.fetchval(f"select count(*) from access.{function}($1)", UUID(served.case))  # noqa: S608
                assert found == told, (who, function)


async def test_nobody_writes_guardians_of_a_case_it_does_not_hold(served: Story, raw: Raw) -> None:
    made = (
        "insert into guardians (id, case_id, author_id, sealed, basis, conflict_of_interest)"
        " values (gen_random_uuid(), $1, $2, '', 'parent', false)"
    )
    case = UUID(served.case)
    await refused(raw, "demo-ngo", made, case, org("demo-ngo"))
    await refused(raw, "demo-labour", made, case, org("demo-ngo"))
    for who in ("demo-ngo", "demo-stranger", "demo-border"):
        async with acting(raw, who) as sql:
            cleared = "update guardians set conflict_of_interest = false where case_id = $1"
            assert await sql.execute(cleared, case) == "UPDATE 0"
        await refused(raw, who, "update guardians set conflict_of_interest = false")


async def test_a_consent_through_the_suspect_cannot_be_written(served: Story, clients: Clients, raw: Raw) -> None:
    case, (labour, ngo) = UUID(served.case), (org("demo-labour"), org("demo-ngo"))
    good = UUID((await a_guardian(clients, served.case))["id"])
    bad = UUID((await a_guardian(clients, served.case, full_name="Tài", conflict_of_interest=True))["id"])
    other = await a_held_case(clients)
    elsewhere = UUID((await a_guardian(clients, other.child))["id"])
    for guardian in (bad, elsewhere):
        await refused(raw, "demo-labour", CONSENT, case, labour, ngo, guardian)
    async with acting(raw, "demo-labour") as sql:
        await sql.execute(CONSENT, case, labour, ngo, good)


async def test_an_assessment_is_in_ones_own_name_and_never_backdated(served: Story, raw: Raw) -> None:
    case = UUID(served.case)
    plain = SAFE.format(more="", value="")
    await refused(raw, "demo-ngo", plain, case, org("demo-labour"))
    await refused(raw, "demo-ngo", SAFE.format(more=", created_at", value=", now()"), case, org("demo-ngo"))
    for who in ("demo-border", "demo-stranger"):
        await refused(raw, who, plain, case, org(who))
    async with acting(raw, "demo-ngo") as sql:
        await sql.execute(plain, case, org("demo-ngo"))


async def test_a_guardianship_that_is_over_stays_over(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    over = await a_guardian(clients, story.child, ends_on="2026-11-20")
    for end in ("null", "current_date + 1"):
        await refused(raw, "demo-labour", f"update guardians set ends_on = {end} where id = $1", UUID(over["id"]))  # noqa: S608


async def test_a_consent_ended_by_a_conflict_is_not_given_again(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    body = {
        "recipient_id": str(org("demo-ngo")),
        "purpose": "psychological",
        "sections": ["identity"],
        "language": "vi",
        "method": "spoken",
        "guardian": {"guardian_id": (await a_guardian(clients, story.child))["id"]},
    }
    given = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.child}/consents", body)
    made = await a_guardian(clients, story.child, conflict_of_interest=True)
    assert made["withdrawn_consents"] == [given["id"]]
    await refused(raw, "demo-labour", "update consents set status = 'given' where id = $1", UUID(given["id"]))


async def test_nobody_unties_what_it_does_not_hold(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    stranger = await a_case(clients, "demo-police", accompanying_minors=[])
    tie = "insert into case_links (case_id, linked_case_id, relation) values ($1, $2, 'sibling')"
    await refused(raw, "demo-police", tie, UUID(stranger.case), UUID(story.case))
    await refused(raw, "demo-police", tie, UUID(story.case), UUID(stranger.case))
    await refused(raw, "demo-police", "update case_links set keep_together = false")
    async with acting(raw, "demo-police") as sql:
        loosened = "update case_links set keep_together = false where case_id = $1"
        assert await sql.execute(loosened, UUID(story.case)) == "UPDATE 0"
