"""Who stands by a child: the guardian who is the suspect gives no consent, and what they gave before ends at once."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.conftest import Raw
from tests.factories import a_case, a_guardian, a_held_case, an_action
from tests.personas import PERSONAS, Clients, Story

UNCLE = {"full_name": "Vương Văn Tài", "relation": "other_relative", "basis": "temporary_authority"}
ENDED = {"starts_on": "2025-01-01", "ends_on": "2026-11-20"}


async def consent(clients: Clients, case: str, guardian: Any, by: str = "demo-labour", **more: Any) -> httpx.Response:
    body = {
        "recipient_id": str(PERSONAS["demo-ngo"].id),
        "purpose": "psychological",
        "sections": ["identity", "needs"],
        "language": "vi",
        "method": "spoken",
        "guardian": guardian,
        **more,
    }
    return await clients.call(by, "POST", f"/v1/cases/{case}/consents", body)


async def a_served_child(clients: Clients, guardian: dict[str, Any]) -> tuple[Story, str]:
    """The child of a held case, read by the NGO on a consent through this guardian; the story and the consent's id."""
    story = await a_held_case(clients)
    given = await consent(clients, story.child, guardian)
    assert given.status_code == 201, given.text
    body = {
        "case_id": story.child,
        "receiver_id": str(PERSONAS["demo-ngo"].id),
        "service": "psychological",
        "sections": ["identity", "needs"],
        "consent_id": given.json()["id"],
    }
    referral = await clients.ok("demo-labour", "POST", "/v1/referrals", body)
    for act in ("acknowledgements", "acceptances"):
        await an_action(clients, "demo-ngo", f"/v1/referrals/{referral['id']}", act, {})
    assert (await clients.get("demo-ngo", f"/v1/cases/{story.child}")).status_code == 200
    return story, given.json()["id"]


async def amended(clients: Clients, guardian: str, by: str = "demo-labour", **changes: Any) -> Any:
    path = f"/v1/guardians/{guardian}"
    etag = (await clients.ok(by, "GET", path))["etag"]
    return await clients.ok(by, "PATCH", path, changes, etag=etag)


def refusal(answer: httpx.Response) -> tuple[int, str, str, str]:
    problem = answer.json()
    error = problem["errors"][0]
    return answer.status_code, problem["code"], error["pointer"], error["code"]


async def test_a_guardian_is_recorded_listed_without_a_name_and_read_with_a_purpose(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    made = await a_guardian(clients, story.child, phone="0900000000", starts_on="2026-11-20")
    assert "full_name" not in made
    listed = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.child}/guardians"))["items"]
    assert listed == [made]
    read = await clients.ok("demo-labour", "GET", f"/v1/guardians/{made['id']}")
    assert (read["full_name"], read["relation"], read["phone"]) == ("Phạm Thị Lụa", "grandparent", "0900000000")
    seen = await raw.all.fetch(
        "select subject_type, purpose from audit_entries where event = 'guardian.read' order by at"
    )
    assert [tuple(row) for row in seen] == [("case", "care_coordination"), ("guardian", "care_coordination")]


async def test_the_guardian_who_is_the_suspect_consents_to_nothing(clients: Clients) -> None:
    story = await a_held_case(clients)
    suspect = await a_guardian(clients, story.child, **UNCLE, conflict_of_interest=True)
    by_id = await consent(clients, story.child, {"guardian_id": suspect["id"]})
    assert refusal(by_id) == (422, "guardian_required", "/guardian/guardian_id", "conflict_of_interest")
    named = (422, "guardian_required", "/guardian/full_name", "conflict_of_interest")
    for name in ("Vương Văn Tài", "vuong  VAN tai", "Tài Vương Văn"):
        assert refusal(await consent(clients, story.child, {**UNCLE, "full_name": name})) == named, name
    said_so = {**UNCLE, "full_name": "Phạm Thị Lụa", "conflict_of_interest": True}
    assert refusal(await consent(clients, story.child, said_so)) == named
    other = await a_guardian(clients, story.child, **UNCLE)  # the same person once more, the conflict left out
    assert refusal(await consent(clients, story.child, {"guardian_id": other["id"]})) == refusal(by_id)
    grandmother = await a_guardian(clients, story.child)
    assert (await consent(clients, story.child, {"guardian_id": grandmother["id"]})).status_code == 201


async def test_who_may_not_read_the_guardians_is_bound_by_them_all_the_same(clients: Clients) -> None:
    story, _ = await a_served_child(clients, {**UNCLE, "full_name": "Phạm Thị Lụa"})
    suspect = await a_guardian(clients, story.child, **UNCLE, conflict_of_interest=True)
    shelter = {"by": "demo-ngo", "recipient_id": str(PERSONAS["demo-shelter"].id)}
    assert refusal(await consent(clients, story.child, UNCLE, **shelter))[3] == "conflict_of_interest"
    unseen = await consent(clients, story.child, {"guardian_id": suspect["id"]}, **shelter)
    assert refusal(unseen) == (422, "unknown_reference", "/guardian/guardian_id", "unknown_reference")


async def test_a_conflict_found_later_ends_the_reading_at_once(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    uncle = (await a_guardian(clients, story.child, **UNCLE))["id"]
    elsewhere = await a_guardian(clients, story.case)
    wrong = await consent(clients, story.child, {"guardian_id": elsewhere["id"]})
    assert refusal(wrong)[1] == "unknown_reference"  # of another case
    story, given = await a_served_child(clients, UNCLE)
    uncle = (await a_guardian(clients, story.child, **UNCLE))["id"]
    by_id = (await consent(clients, story.child, {"guardian_id": uncle})).json()
    kept = (await consent(clients, story.child, {**UNCLE, "full_name": "Phạm Thị Lụa"})).json()["id"]
    assert by_id["guardian"]["guardian_id"] == uncle
    after = await amended(clients, uncle, conflict_of_interest=True)
    assert after["withdrawn_consents"] == [given, by_id["id"]]
    assert (await clients.get("demo-ngo", f"/v1/cases/{story.child}")).status_code == 404
    ended = await clients.ok("demo-labour", "GET", f"/v1/consents/{given}")
    assert (ended["status"], ended["withdrawn_for"]) == ("revoked", uncle)
    assert (await clients.ok("demo-labour", "GET", f"/v1/consents/{kept}"))["status"] == "given"
    told = await raw.all.fetch("select parties from audit_entries where event = 'consent.revoked'")
    assert [PERSONAS["demo-ngo"].id in row["parties"] for row in told] == [True, True]
    assert len(await raw.all.fetch("select 1 from outbox_events where type = 'consent.revoked'")) == 2


async def test_one_recorded_as_the_suspect_from_the_start_takes_earlier_consents_along(clients: Clients) -> None:
    story, given = await a_served_child(clients, UNCLE)
    made = await a_guardian(clients, story.child, **{**UNCLE, "full_name": "VUONG VAN TAI"}, conflict_of_interest=True)
    assert made["withdrawn_consents"] == [given]
    assert (await clients.get("demo-ngo", f"/v1/cases/{story.child}")).status_code == 404


async def test_a_conflict_cleared_lets_consent_anew_and_revives_nothing(clients: Clients) -> None:
    story, given = await a_served_child(clients, UNCLE)
    uncle = (await a_guardian(clients, story.child, **UNCLE, conflict_of_interest=True))["id"]
    after = await amended(clients, uncle, conflict_of_interest=False)
    assert (after["conflict_of_interest"], after["withdrawn_consents"]) == (False, [given])
    assert (await clients.get("demo-ngo", f"/v1/cases/{story.child}")).status_code == 404
    assert (await consent(clients, story.child, {"guardian_id": uncle})).status_code == 201


@pytest.mark.parametrize("period", [ENDED, {"starts_on": "2099-01-01"}])
async def test_a_guardian_not_in_force_consents_to_nothing(clients: Clients, period: dict[str, str]) -> None:
    story = await a_held_case(clients)
    guardian = await a_guardian(clients, story.child, **period)
    answer = await consent(clients, story.child, {"guardian_id": guardian["id"]})
    assert refusal(answer) == (422, "guardian_required", "/guardian/guardian_id", "not_live")


async def test_a_guardianship_that_is_over_does_not_begin_again_but_may_still_prove_a_conflict(
    clients: Clients,
) -> None:
    story = await a_held_case(clients)
    over = await a_guardian(clients, story.child, **ENDED)
    path = f"/v1/guardians/{over['id']}"
    answer = await clients.call("demo-labour", "PATCH", path, {"ends_on": None}, etag=over["etag"])
    assert refusal(answer) == (422, "does_not_fit", "/ends_on", "not_live")
    assert (await amended(clients, over["id"], conflict_of_interest=True))["conflict_of_interest"] is True
    live = await a_guardian(clients, story.child, starts_on="2026-01-01", phone="0900000000")
    path = f"/v1/guardians/{live['id']}"
    answer = await clients.call("demo-labour", "PATCH", path, {"ends_on": "2025-12-31"}, etag=live["etag"])
    assert refusal(answer) == (422, "does_not_fit", "/ends_on", "out_of_range")
    changed = await amended(clients, live["id"], ends_on="2026-11-20", phone=None)
    assert changed["ends_on"] == "2026-11-20"
    assert (await clients.ok("demo-labour", "GET", path))["phone"] is None
    stale = await clients.call("demo-labour", "PATCH", path, {"phone": "0911111111"}, etag=live["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"relation": "parent", "basis": "parent"}, "/full_name", "required"),
        ({**UNCLE, "basis": "uncle"}, "/basis", "unknown_code"),
        ({**UNCLE, "starts_on": "2026-01-02", "ends_on": "2026-01-01"}, "/ends_on", "out_of_range"),
    ],
)
async def test_a_guardian_is_whole(clients: Clients, body: Any, pointer: str, code: str) -> None:
    story = await a_held_case(clients)
    answer = await clients.call("demo-labour", "POST", f"/v1/cases/{story.child}/guardians", body)
    assert refusal(answer) == (422, "validation_failed", pointer, code)


@pytest.mark.parametrize("guardian", [{}, {"full_name": "Lụa"}, {**UNCLE, "guardian_id": str(PERSONAS["demo-ngo"].id)}])
async def test_a_consent_names_a_recorded_guardian_or_describes_one(clients: Clients, guardian: Any) -> None:
    story = await a_held_case(clients)
    assert refusal(await consent(clients, story.child, guardian))[2:] == ("/guardian", "exactly_one")


@pytest.mark.parametrize("born", [None, "2010", "2011-01"])
async def test_who_may_be_under_sixteen_consents_through_a_guardian(clients: Clients, born: str | None) -> None:
    """Unknown, or known only so far that the youngest reading is under 16."""
    person = {"full_name": "Nguyễn Thị Hoa", **({"birth_date": born} if born else {})}
    story = await a_held_case(clients, person=person, accompanying_minors=[])
    assert refusal(await consent(clients, story.case, None))[1:3] == ("guardian_required", "/guardian")
    assert refusal(await consent(clients, story.case, UNCLE))[1:3] == ("guardian_required", "/own_agreement")
    assert (await consent(clients, story.case, UNCLE, own_agreement=True)).status_code == 201


async def test_who_is_sixteen_on_every_reading_consents_alone(clients: Clients) -> None:
    person = {"full_name": "Nguyễn Thị Hoa", "birth_date": "2009"}
    story = await a_held_case(clients, person=person, accompanying_minors=[])
    assert (await consent(clients, story.case, None)).status_code == 201


async def test_guardians_are_the_custodians_and_pass_on_with_custody(clients: Clients) -> None:
    story = await a_case(clients)
    made = await a_guardian(clients, story.child, "demo-border")
    path, listed = f"/v1/guardians/{made['id']}", f"/v1/cases/{story.child}/guardians"
    for who in ("demo-labour", "demo-stranger"):
        assert [(await clients.get(who, at)).status_code for at in (path, listed)] == [404, 404]
    await a_transfer(clients, story)
    assert [(await clients.get("demo-border", at)).status_code for at in (path, listed)] == [404, 404]
    assert (await amended(clients, made["id"], conflict_of_interest=True))["conflict_of_interest"] is True


async def a_transfer(clients: Clients, story: Story) -> None:
    body = {"receiver_id": str(PERSONAS["demo-labour"].id), "with_cases": [story.case]}
    handover = await clients.ok("demo-border", "POST", f"/v1/cases/{story.child}/handovers", body)
    await an_action(clients, "demo-labour", f"/v1/handovers/{handover['id']}", "confirmations", {})


@pytest.mark.parametrize("attempt", range(4))
async def test_a_consent_and_a_conflict_at_the_same_moment_leave_no_consent(clients: Clients, attempt: int) -> None:
    story = await a_held_case(clients)
    uncle = await a_guardian(clients, story.child, **UNCLE)
    path = f"/v1/guardians/{uncle['id']}"
    given, _ = await asyncio.gather(
        consent(clients, story.child, UNCLE),
        clients.ok("demo-labour", "PATCH", path, {"conflict_of_interest": True}, etag=uncle["etag"]),
    )
    assert given.status_code in (201, 422)
    left = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.child}/consents"))["items"]
    assert [item["status"] for item in left] == (["revoked"] if given.status_code == 201 else [])
