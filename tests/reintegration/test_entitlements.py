"""Art 37 over HTTP: what this person is due, what was given, and when the state's money is refused."""

from typing import Any

import pytest

from tests.factories import CONCLUSION, a_case, a_held_case, a_verification
from tests.personas import Clients, Story

SUPPORT = {"regime": "a", "service": "essential_needs", "given_on": "2026-11-20", "funding": "state"}
VIETNAMESE = {"full_name": "Nguyễn Thị Hoa", "birth_date": "1999", "nationalities": ["VN"]}
FOREIGN = {"full_name": "Anna", "birth_date": "1999", "nationalities": ["LA"]}


async def entitlements(clients: Clients, case_id: str, **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = await clients.ok("demo-labour", "GET", f"/v1/cases/{case_id}/entitlements", **headers)
    return found


def points(found: dict[str, Any]) -> str:
    return " ".join(item["point"] for item in found["items"])


async def confirmed(clients: Clients, issued_on: str = "2026-11-20", **changes: Any) -> Story:
    story = await a_held_case(clients, **changes)
    await a_verification(clients, story)
    path = f"/v1/verifications/{story.verification['id']}"
    etag = (await clients.ok("demo-police", "GET", path))["etag"]
    certificate = {"number": "12/GXN-CA", "issued_on": issued_on}
    await clients.ok(
        "demo-police", "POST", f"{path}/conclusions", {**CONCLUSION, "certificate": certificate}, etag=etag
    )
    return story


async def test_a_victim_is_due_every_point_and_a_child_with_her_a_to_h(clients: Clients) -> None:
    story = await confirmed(clients)
    mother, child = await entitlements(clients, story.case), await entitlements(clients, story.child)
    assert (mother["category"], points(mother)) == ("V", "a b c d dd e g h i k")
    assert (child["category"], points(child)) == ("A", "a b c d dd e g h")


async def test_a_person_being_identified_is_due_a_to_g_and_a_foreigner_no_travel(clients: Clients) -> None:
    person = await a_held_case(clients, person=VIETNAMESE, accompanying_minors=[])
    foreigner = await a_held_case(clients, person=FOREIGN, accompanying_minors=[])
    found = await entitlements(clients, person.case)
    assert (found["category"], points(found)) == ("P_in", "a b c d dd e g")
    found = await entitlements(clients, foreigner.case)
    assert (found["category"], points(found)) == ("F", "a b c d dd g")


@pytest.mark.parametrize(("issued_on", "regime"), [("2025-06-30", "law_2011"), ("2025-07-01", "law_2024")])
async def test_who_was_found_a_victim_before_july_2025_keeps_the_earlier_law(
    clients: Clients, issued_on: str, regime: str
) -> None:
    story = await confirmed(clients, issued_on)
    assert (await entitlements(clients, story.case))["regime"] == regime


async def test_what_was_given_stands_beside_what_is_due_with_its_last_day(clients: Clients) -> None:
    story = await confirmed(clients)
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/support-items", {**SUPPORT, "amount_vnd": 500_000})
    item = (await entitlements(clients, story.case))["items"][0]
    assert [given["amount_vnd"] for given in item["given"]] == [500_000]
    # 120 days after 20/11/2026 is Saturday 20/3/2027; a term ends with the next working day (Civil Code 2015 Art 148).
    assert item["until"] == "2027-03-22"
    assert "37" in item["article"]


async def test_beyond_entitlement_is_flagged_and_refused_only_to_the_states_money(clients: Clients) -> None:
    """Vocational training (point i) is no support of a person still being identified."""
    story = await a_held_case(clients, person=VIETNAMESE, accompanying_minors=[])
    path = f"/v1/cases/{story.case}/support-items"
    training = {**SUPPORT, "regime": "i", "service": "vocational_training"}
    refused = await clients.call("demo-labour", "POST", path, training)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_entitled")
    assert (await clients.ok("demo-labour", "GET", path))["items"] == []
    given = await clients.ok("demo-labour", "POST", path, {**training, "funding": "donor"})
    assert given["beyond"]["point"] == "i"
    assert [item["id"] for item in (await entitlements(clients, story.case))["beyond"]] == [given["id"]]


async def test_titles_come_in_the_callers_language_and_strangers_get_404(clients: Clients) -> None:
    story = await a_case(clients)
    path = f"/v1/cases/{story.case}/entitlements"
    titles = [
        (await clients.ok("demo-border", "GET", path, Accept_Language=language))["items"][0]["title"]
        for language in ("vi", "en")
    ]
    assert titles[0] != titles[1]
    assert (await clients.get("demo-labour", path)).status_code == 404
