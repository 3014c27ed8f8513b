"""The wall without the application: a grant is what its giver may give, on a real carrier, and never for oneself."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.conftest import Raw
from tests.factories import (
    a_consent,
    a_held_case,
    a_referral,
)
from tests.lived import a_lived_case
from tests.personas import Clients, Story
from tests.sql import DENIED, acting, org, refused, refused_within

GRANT = (
    "insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, consent_id,"
    " lawful_basis) values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8)"
)
FORGED = (DENIED, asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)


@pytest.fixture
async def lived(clients: Clients) -> Story:
    return await a_lived_case(clients)


def carriers(story: Story) -> list[tuple[str, UUID]]:
    """Every carrier that exists in the story, and one that does not."""
    found = [(name, UUID(getattr(story, name)["id"])) for name in ("handover", "verification", "referral")]
    return found + [(name, uuid4()) for name in ("handover", "verification", "referral")]


@pytest.mark.parametrize("who", ["demo-stranger", "demo-border", "demo-ngo", "demo-police", "demo-shelter"])
async def test_a_party_row_written_for_oneself_is_refused(lived: Story, raw: Raw, who: str) -> None:
    """By a stranger, the former custodian, the completed NGO, the former verifier and a live receiver; on any carrier,
    real or not, as oneself or in the name of the custodian."""
    for carrier, carrier_id in carriers(lived):
        for giver in (org(who), org("demo-labour")):
            values = (UUID(lived.case), org(who), giver, carrier, carrier_id, ["identity"], None, "custody")
            await refused(raw, who, GRANT, *values, by=FORGED)


async def test_a_custodian_gives_nothing_without_a_carrier_of_its_own(lived: Story, raw: Raw) -> None:
    for carrier, carrier_id in carriers(lived):
        for whom in ("demo-stranger", "demo-labour"):
            values = (
                UUID(lived.case),
                org(whom),
                org("demo-labour"),
                carrier,
                carrier_id,
                ["identity"],
                None,
                "custody",
            )
            await refused(raw, "demo-labour", GRANT, *values, by=FORGED)


async def test_a_grant_exceeds_neither_its_giver_nor_its_consent_nor_its_case(clients: Clients, raw: Raw) -> None:
    """The carrier is real, its receiver is the one named: only what is given is too much."""
    story = await a_referral(clients)
    other = await a_held_case(clients)
    consent = UUID(story.consent["id"])
    carrier = ("referral", UUID(story.referral["id"]))
    for case, sections, on in (
        (story.case, ["identity", "needs", "contact"], consent),
        (story.case, ["identity", "statement"], consent),
        (story.case, ["identity", "health"], consent),
        (other.case, ["identity"], consent),
        (story.case, ["identity"], uuid4()),
    ):
        values = (UUID(case), org("demo-ngo"), org("demo-labour"), *carrier, sections, on, None)
        await refused(raw, "demo-labour", GRANT, *values, by=FORGED)
    async with acting(raw, "demo-labour") as sql:
        values = (UUID(story.case), org("demo-ngo"), org("demo-labour"), *carrier, ["identity", "needs"], consent, None)
        await sql.execute(GRANT, *values)


async def test_a_grant_on_consent_stays_within_that_consent(clients: Clients, raw: Raw) -> None:
    """Even on a referral that names more, for which the application would have asked first."""
    story = await a_held_case(clients)
    consents = {
        "right": (await a_consent(clients, story))["id"],
        "of another": (await a_consent(clients, story, "demo-shelter"))["id"],
        "withdrawn": (await a_consent(clients, story))["id"],
    }
    await clients.ok("demo-labour", "POST", f"/v1/consents/{consents['withdrawn']}/revocations", {})
    sent = (
        "insert into referrals (id, reference, case_id, sender_id, originator_id, receiver_id, service, urgency,"
        " sections) values ($1, 'CCCCCCCC', $2, $3, $3, $4, 'psychological', 'routine', '{identity,contact}')"
    )
    referral, case, labour, ngo = uuid4(), UUID(story.case), org("demo-labour"), org("demo-ngo")
    async with acting(raw, "demo-labour") as sql:
        await sql.execute(sent, referral, case, labour, ngo)
        for consent, sections in (("right", ["contact"]), ("of another", ["identity"]), ("withdrawn", ["identity"])):
            values = (case, ngo, labour, "referral", referral, sections, UUID(consents[consent]), None)
            await refused_within(sql, GRANT, *values, by=FORGED)
        await sql.execute(GRANT, case, ngo, labour, "referral", referral, ["identity"], UUID(consents["right"]), None)


@pytest.mark.parametrize("column", ["carrier_live", "consent_live", "expires_on", "case_created_at"])
async def test_a_grant_is_born_without_a_word_on_its_own_life(clients: Clients, raw: Raw, column: str) -> None:
    story = await a_referral(clients)
    value = "null" if column in ("expires_on", "case_created_at") else "true"
    statement = f"insert into case_parties (id, {column}) values (gen_random_uuid(), {value})"  # noqa: S608
    await refused(raw, "demo-labour", statement)
    for who in ("demo-labour", "demo-ngo"):
        await refused(raw, who, f"update case_parties set {column} = {value} where case_id = $1", UUID(story.case))  # noqa: S608
