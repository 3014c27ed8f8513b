"""On what a disclosure rests: nothing goes out without a consent that covers it, or a lawful basis that fits."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.conftest import Raw
from tests.factories import (
    a_consent,
    a_held_case,
    a_notice,
    a_proposed_handover,
    a_referral,
    a_verification,
)
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting, org, refused_within

NGO, SHELTER, POLICE = (str(PERSONAS[name].id) for name in ("demo-ngo", "demo-shelter", "demo-police"))


async def send(clients: Clients, story: Story, **changes: Any) -> httpx.Response:
    body = {"case_id": story.case, "receiver_id": NGO, "service": "psychological", "sections": ["identity", "needs"]}
    return await clients.call("demo-labour", "POST", "/v1/referrals", {**body, **changes})


async def codes(clients: Clients, story: Story, *attempts: dict[str, Any]) -> list[str]:
    return [(await send(clients, story, **changes)).json().get("code", "sent") for changes in attempts]


async def declining(clients: Clients, story: Story, *declines: str) -> None:
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    said = {"sections": {"handling": {"declines": list(declines)}}}
    await clients.ok("demo-labour", "PATCH", path, said, etag=etag)


async def test_nothing_is_sent_without_a_consent_or_a_basis_that_fits(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    consent = await a_consent(clients, story)
    other = await a_consent(clients, story, "demo-shelter", purpose="medical", sections=("identity",))
    refused: tuple[dict[str, Any], ...] = (
        {},
        {"consent_id": consent["id"], "lawful_basis": "custody"},
        {"claimable": {"province_code": "15"}, "receiver_id": None, "lawful_basis": "custody"},
        {"lawful_basis": "statutory_support"},
        {"lawful_basis": "child_best_interests"},
        {"lawful_basis": "override"},
        {"consent_id": consent["id"], "service": "legal_advice"},
        {"consent_id": consent["id"], "sections": ["identity", "family"]},
        {"consent_id": other["id"]},
        {"consent_id": str(uuid4())},
        {"lawful_basis": "custody", "receiver_id": SHELTER, "sections": ["health"]},
    )
    assert await codes(clients, story, *refused) == [
        *["validation_failed"] * 3,
        *["consent_required"] * 2,
        "override_required",
        *["consent_required"] * 3,
        "unknown_reference",
        "sections_not_permitted",
    ]
    assert await raw.all.fetchval("select count(*) from referrals") == 0
    fits = ({"consent_id": consent["id"]}, {"lawful_basis": "vital_interest", "service": "legal_advice"})
    assert await codes(clients, story, *fits) == ["sent", "sent"]


async def test_the_best_interests_of_a_child_are_a_childs(clients: Clients) -> None:
    story = await a_held_case(clients)
    assert await codes(clients, Story(case=story.child), {"lawful_basis": "child_best_interests"}) == ["sent"]
    person = {"full_name": "Không rõ tuổi", "sex": "female"}
    unknown = await a_held_case(clients, accompanying_minors=[], person=person)
    assert await codes(clients, unknown, {"lawful_basis": "child_best_interests"}) == ["sent"]


async def test_health_goes_unread_to_who_treats_and_on_consent_alone(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    consent = await a_consent(clients, story, "demo-shelter", purpose="medical", sections=("identity", "health"))
    untreating = await a_consent(clients, story, sections=("identity", "health"))
    shelter = {"receiver_id": SHELTER, "service": "medical", "sections": ["identity", "health"]}
    got = await codes(
        clients,
        story,
        {**shelter, "lawful_basis": "vital_interest"},
        {"sections": ["identity", "health"], "consent_id": untreating["id"]},
        {**shelter, "consent_id": consent["id"]},
    )
    assert got == ["sections_not_permitted", "sections_not_permitted", "sent"]


@pytest.mark.parametrize(
    ("declines", "receiver", "basis", "code"),
    [
        ("police", POLICE, "statutory_support", "person_declines"),
        ("police", POLICE, "vital_interest", "sent"),
        ("police", SHELTER, "statutory_support", "sent"),
        ("support", SHELTER, "statutory_support", "person_declines"),
        ("support", SHELTER, "vital_interest", "sent"),
        ("support", POLICE, "statutory_support", "sent"),
        ("family_contact", SHELTER, "statutory_support", "sent"),
    ],
)
async def test_what_the_person_declines_is_outweighed_by_life_and_by_their_own_later_word(
    clients: Clients, declines: str, receiver: str, basis: str, code: str
) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await declining(clients, story, declines)
    to = {"receiver_id": receiver, "service": "shelter"}
    refused = await send(clients, story, **to, lawful_basis=basis)
    assert refused.json().get("code", "sent") == code
    if code == "person_declines":
        assert refused.json()["errors"][0]["params"] == {"declines": [declines]}
        name = next(name for name, persona in PERSONAS.items() if str(persona.id) == receiver)
        consent = await a_consent(clients, story, name, purpose="shelter")
        assert await codes(clients, story, {**to, "consent_id": consent["id"]}) == ["sent"]


async def test_hand_over_verification_and_notice_disclose_on_their_own_basis_and_no_more(
    clients: Clients, raw: Raw
) -> None:
    """What each gives is fixed, with the basis; a notice gives nothing of the case."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_notice(clients, story)
    assert (await clients.get("demo-other-police", f"/v1/cases/{story.case}")).status_code == 404
    await a_verification(clients, story)
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    rows = await raw.all.fetch("select carrier, lawful_basis, sections from case_parties where live order by carrier")
    given = {row["carrier"]: (row["lawful_basis"], set(row["sections"])) for row in rows}
    assert given["handover"] == ("custody", {"identity", "papers", "handling"})
    assert given["verification"][0] == "verification"
    assert {"needs", "health", "refuge", "investigation"}.isdisjoint(given["verification"][1])


FORGED = (
    "insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, consent_id,"
    " lawful_basis) values (gen_random_uuid(), $1, $2, $3, 'referral', $4, $5, $6, $7)"
)


async def test_no_grant_is_written_past_the_application_without_what_it_rests_on(clients: Clients, raw: Raw) -> None:
    """The consent is asked for purpose, sections and receiver once more by the database itself."""
    story = await a_referral(clients)
    for_law = await a_consent(clients, story, purpose="legal_advice")
    narrow = await a_consent(clients, story, sections=("identity",))
    wide = await a_consent(clients, story, sections=("identity", "needs"))
    of_the_shelter = await a_consent(clients, story, "demo-shelter")
    case, referral, me = UUID(story.case), UUID(story.referral["id"]), org("demo-labour")
    both = ["identity", "needs"]
    async with acting(raw, "demo-labour") as sql:
        row = (case, org("demo-ngo"), me, referral)
        for consent in (for_law, narrow, of_the_shelter):
            await refused_within(sql, FORGED, *row, both, UUID(consent["id"]), None)
        await refused_within(sql, FORGED, *row, both, UUID(wide["id"]), "custody")
        await refused_within(sql, FORGED, *row, ["family"], UUID(wide["id"]), None)
        await refused_within(sql, FORGED, *row, both, None, "override", by=Exception)
        await sql.execute(FORGED, *row, both, UUID(wide["id"]), None)
