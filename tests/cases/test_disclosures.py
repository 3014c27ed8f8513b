"""The ledger: what of a case was shown to whom, and on what that rested. For its custodian alone."""

from typing import Any
from uuid import UUID, uuid4

from app.forms.pages import PAGES
from tests.conftest import Raw
from tests.factories import (
    A_STATEMENT,
    a_case,
    a_confirmation,
    a_consent,
    a_guardian,
    a_held_case,
    a_move,
    a_plan,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
)
from tests.overrides import an_override
from tests.personas import PERSONAS, Clients, Story
from tests.sql import acting

LEDGER = "select * from access.case_disclosures($1, 'infinity', $2, 100)"
Entries = list[dict[str, Any]]


async def ledger(clients: Clients, case: str, who: str = "demo-labour") -> Entries:
    found: Entries = (await clients.ok(who, "GET", f"/v1/cases/{case}/disclosures"))["items"]
    return found


def carriers(entry: dict[str, Any]) -> set[str]:
    return {grant["carrier"] for grant in entry["grants"]}


async def test_each_reading_names_reader_sections_purpose_and_what_it_rested_on(clients: Clients) -> None:
    story = await a_referral(clients, status="acknowledged", note="Nên gặp buổi sáng.")
    await a_move(clients, story, "demo-ngo", "acceptances", {})
    await clients.ok("demo-ngo", "GET", f"/v1/cases/{story.case}", Purpose_Of_Use="follow_up")
    newest, *older = await ledger(clients, story.case)
    expected = {"event": "case.read", "own": False, "agency": "ngo", "officer": None, "purpose": "follow_up"}
    assert expected.items() <= newest.items()
    assert set(newest["sections"]) == {"identity", "needs", "handling"}
    (grant,) = newest["grants"]
    assert {**grant, "sections": set(grant["sections"])} == {
        "carrier": "referral",
        "carrier_id": story.referral["id"],
        "consent_id": story.consent["id"],
        "override_id": None,
        "lawful_basis": None,
        "sections": {"identity", "needs", "handling"},
    }
    told = [entry for entry in older if entry["agency"] == "ngo"]
    assert [entry["event"] for entry in told] == ["referral.read", "referral.sent"], (
        "the note, and before it the preview"
    )
    assert told[1]["grants"][0]["consent_id"] == story.consent["id"]
    own = [entry for entry in older if entry["event"] == "case.read" and entry["own"]]
    assert all(entry["officer"] == "officer.demo-labour" and carriers(entry) == {"custody"} for entry in own)


async def test_every_way_of_showing_is_in_one_list_with_its_grant(clients: Clients) -> None:
    story = await a_held_case(clients)
    await a_plan(clients, story)
    await a_verification(clients, story)
    case = f"/v1/cases/{story.case}"
    taken = await clients.ok("demo-police", "POST", f"{case}/statements", {**A_STATEMENT, "reason": "new_fact"})
    override = await an_override(clients, story)
    body: dict[str, Any] = {"case_id": story.case, "receiver_id": str(PERSONAS["demo-shelter"].id)}
    body |= {"service": "shelter", "sections": ["identity", "needs"], "lawful_basis": "override"}
    story.referral = await clients.ok("demo-labour", "POST", "/v1/referrals", body)
    await a_move(clients, story, "demo-shelter", "acceptances", {})
    guardian = await a_guardian(clients, story.case)
    looks: tuple[tuple[str, str, str, set[str], set[str]], ...] = (
        ("demo-police", f"/v1/statements/{taken['id']}", "statement.read", {"statement"}, {"verification"}),
        ("demo-police", f"{case}/forms/verification_request", "form.read", {"identity", "papers"}, {"verification"}),
        ("demo-shelter", f"{case}", "case.read", {"identity", "needs", "handling"}, {"referral"}),
        ("demo-shelter", f"{case}/corrections", "case.read", set(), {"referral"}),
        ("demo-labour", f"/v1/guardians/{guardian['id']}", "guardian.read", set(), {"custody"}),
        ("demo-border", f"/v1/intakes/{story.intake}", "intake.read", set(), set()),
        ("demo-border", f"/v1/handovers/{story.handover['id']}", "handover.read", set(), set()),
    )
    for who, path, event, sections, given in looks:
        answer = await clients.get(who, path)
        assert answer.status_code == 200, (path, answer.text)
        newest = (await ledger(clients, story.case))[0]
        assert newest["event"] == event, path
        assert (newest["agency"], newest["own"]) == (PERSONAS[who].agency, who == "demo-labour")
        assert (set(newest["sections"]), carriers(newest)) == (sections, given), path
    shown = [entry for entry in await ledger(clients, story.case) if entry["agency"] == "provider"]
    assert {grant["override_id"] for entry in shown for grant in entry["grants"]} == {override["id"]}
    assert {grant["lawful_basis"] for entry in shown for grant in entry["grants"]} == {"override"}


async def test_a_form_opens_and_records_exactly_what_its_page_prints(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    await a_plan(clients, story)
    recorded = "select case_id, sections from audit_entries where event = 'form.read' and facts ->> 'form' = $1"
    for code, cases in (
        ("reintegration_plan", [story.case]),
        ("declaration_domestic", [story.case]),
        ("handover_minutes_domestic", [story.case, story.child]),
    ):
        assert (await clients.get("demo-labour", f"/v1/cases/{story.case}/forms/{code}")).status_code == 200
        rows = await raw.all.fetch(recorded, code)
        assert {str(row["case_id"]) for row in rows} == set(cases), code
        assert {frozenset(row["sections"]) for row in rows} == {PAGES[code].sections}
    assert [entry["event"] for entry in await ledger(clients, story.child)][:2] == ["form.read", "handover.read"]


def test_what_a_page_prints_is_what_its_reader_must_be_able_to_read() -> None:
    """Typed by hand, from the pages."""
    identified = {"identity", "papers"}
    declared = {*identified, "contact", "family", "needs", "exploitation"}
    assert {code: set(page.sections) for code, page in PAGES.items()} == {
        "declaration_from_abroad": declared,
        "declaration_domestic": declared,
        "handover_minutes_foreign": identified,
        "handover_minutes_domestic": identified,
        "verification_request": identified,
        "reintegration_plan": {"identity"},
        "return_certificate": set(),
        "victim_certificate": set(),
        "verification_reply": set(),
        "refusal_letter": set(),
    }


async def test_only_the_custodian_is_told(clients: Clients, raw: Raw) -> None:
    story = await a_referral(clients, status="accepted")
    path = f"/v1/cases/{story.case}/disclosures"
    refused = await clients.get("demo-ngo", path)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    for who in ("demo-border", "demo-other-police", "demo-stranger"):
        hidden, missing = await clients.get(who, path), await clients.get(who, f"/v1/cases/{uuid4()}/disclosures")
        assert hidden.status_code == missing.status_code == 404
    for who, rows in (("demo-labour", True), ("demo-ngo", False), ("demo-border", False), ("demo-oversight", False)):
        async with acting(raw, who) as sql:
            assert bool(await sql.fetch(LEDGER, UUID(story.case), UUID(int=0))) is rows, who


async def test_the_ledger_moves_with_custody(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    await clients.ok("demo-ngo", "GET", f"/v1/cases/{story.case}")
    before = await ledger(clients, story.case)
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    await a_confirmation(clients, story, "demo-commune")
    after = await ledger(clients, story.case, "demo-commune")
    assert {entry["id"] for entry in before} <= {entry["id"] for entry in after}
    assert not any(entry["own"] for entry in after if entry["agency"] != "commune")
    assert not any(entry["officer"] for entry in after if not entry["own"])
    assert (await clients.get("demo-labour", f"/v1/cases/{story.case}/disclosures")).status_code == 404


async def test_the_pages_of_a_ledger_join_without_gap_or_overlap_both_ways(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    for _ in range(4):
        await clients.ok("demo-ngo", "GET", f"/v1/cases/{story.case}")
    path = f"/v1/cases/{story.case}/disclosures"
    whole = [entry["id"] for entry in await ledger(clients, story.case)]
    pages, cursor = [], ""
    while True:
        page = await clients.ok("demo-labour", "GET", f"{path}?limit=3{cursor}")
        pages.append(page)
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [entry["id"] for page in pages for entry in page["items"]] == whole
    back = await clients.ok("demo-labour", "GET", f"{path}?limit=3&cursor={pages[-1]['prev']}")
    assert [entry["id"] for entry in back["items"]] == [entry["id"] for entry in pages[-2]["items"]]


async def test_reading_the_ledger_is_recorded_and_not_itself_a_disclosure(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    first, second = await ledger(clients, story.case), await ledger(clients, story.case)
    assert first == second
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'disclosures.read'") == 2


async def test_of_the_compartment_only_who_reads_it_is_told(clients: Clients) -> None:
    """The first receiver does not read `refuge`: what its verifier saw of protection is for a later custodian."""
    story = await a_case(clients, accompanying_minors=[])
    await a_verification(clients, story, by="demo-border")
    order = {"measures": ["guards"], "order_number": "12/QĐ", "starts_on": "2026-11-20"}
    made = await clients.ok("demo-police", "POST", f"/v1/cases/{story.case}/protections", order)
    await clients.ok("demo-police", "GET", f"/v1/protections/{made['id']}")
    seen = [entry["event"] for entry in await ledger(clients, story.case, "demo-border")]
    assert "protection.read" not in seen
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    await a_confirmation(clients, story, "demo-labour")
    assert "protection.read" in [entry["event"] for entry in await ledger(clients, story.case)]


async def test_an_unused_consent_discloses_nothing(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_consent(clients, story)
    assert [entry for entry in await ledger(clients, story.case) if entry["agency"] == "ngo"] == []
    assert (await clients.get("demo-ngo", f"/v1/cases/{story.case}")).status_code == 404


async def test_who_read_under_two_grants_is_recorded_with_both(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted", receiver="demo-shelter", service="shelter")
    first = Story(case=story.case, referral=dict(story.referral))
    await a_referral(clients, story, status="accepted", receiver="demo-shelter", service="medical")
    await clients.ok("demo-shelter", "GET", f"/v1/cases/{story.case}")
    (newest, *_) = await ledger(clients, story.case)
    assert {grant["carrier_id"] for grant in newest["grants"]} == {first.referral["id"], story.referral["id"]}
    path = f"/v1/referrals/{first.referral['id']}"
    await an_action(clients, "demo-shelter", path, "completions", {"outcome": "service_delivered"})
    await clients.ok("demo-shelter", "GET", f"/v1/cases/{story.case}")
    (newest, *_) = await ledger(clients, story.case)
    assert {grant["carrier_id"] for grant in newest["grants"]} == {story.referral["id"]}
