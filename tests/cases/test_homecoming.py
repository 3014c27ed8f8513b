"""A child goes home only to a family found safe; who may be a child is treated as one."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.caller import Act, Caller
from app.cases.homecoming import check_return_to_family
from app.reference.fields import today
from app.refusals import FamilyAssessmentRequired
from tests.conftest import Raw
from tests.factories import a_case, a_consent, a_held_case, a_referral, an_assessment
from tests.personas import PERSONAS, Clients

FAMILY = {"name": "Ông bà ngoại", "country": "VN", "signatory": "Phạm Thị Lụa", "to_family": True}
CHILD = {"full_name": "Nguyễn Văn Bình", "birth_date": "2015"}
YESTERDAY = (today() - timedelta(days=1)).isoformat()


async def a_child(clients: Clients, **person: Any) -> str:
    story = await a_held_case(clients, person={**CHILD, **person}, accompanying_minors=[])
    return story.case


async def home(clients: Clients, case: str, **body: Any) -> httpx.Response:
    return await clients.call("demo-labour", "POST", f"/v1/cases/{case}/handovers", {"outside": FAMILY, **body})


def refused_because(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["code"]) == (422, "family_assessment_required"), answer.text
    return str(answer.json()["params"]["why"])


async def test_a_child_goes_home_to_a_family_found_safe_only(clients: Clients) -> None:
    case = await a_child(clients)
    assert refused_because(await home(clients, case)) == "missing"
    await an_assessment(clients, case, conclusion="unsafe", assessed_on="2026-11-18")
    assert refused_because(await home(clients, case)) == "unsafe"
    await an_assessment(clients, case, conclusion="inconclusive", assessed_on="2026-11-19")
    assert refused_because(await home(clients, case)) == "inconclusive"
    await an_assessment(clients, case, conclusion="safe_with_conditions", assessed_on="2026-11-20")
    gone = await home(clients, case)
    assert gone.status_code == 201
    made = await clients.ok("demo-labour", "GET", f"/v1/handovers/{gone.json()['id']}")
    assert made["outside"]["to_family"] is True


async def test_the_newest_finding_counts_whenever_it_was_typed_in(clients: Clients) -> None:
    """Of one day, the one recorded last."""
    case = await a_child(clients)
    await an_assessment(clients, case, conclusion="safe", assessed_on="2026-11-19")
    await an_assessment(clients, case, conclusion="unsafe", assessed_on="2026-11-01")
    assert (await home(clients, case)).status_code == 201
    await an_assessment(clients, case, conclusion="unsafe", assessed_on="2026-11-19")
    assert refused_because(await home(clients, case)) == "unsafe"


@pytest.mark.parametrize(("kind", "conclusion"), [("risk", "unsafe"), ("best_interests", "other_care")])
async def test_a_later_finding_of_another_kind_forbids_it_too(clients: Clients, kind: str, conclusion: str) -> None:
    case = await a_child(clients)
    await an_assessment(clients, case, kind=kind, conclusion=conclusion, assessed_on="2026-11-01")
    await an_assessment(clients, case, conclusion="safe", assessed_on="2026-11-02")
    assert (await home(clients, case)).status_code == 201
    await an_assessment(clients, case, kind=kind, conclusion=conclusion, assessed_on="2026-11-03")
    assert refused_because(await home(clients, case)) == "unsafe"


async def test_an_assessment_that_is_too_old_says_nothing_of_today(clients: Clients) -> None:
    case = await a_child(clients)
    await an_assessment(clients, case, assessed_on="2026-01-05")
    answer = await home(clients, case)
    assert refused_because(answer) == "too_old"
    assert answer.json()["params"]["valid_months"] == 6
    assert "21.3" in answer.json()["params"]["article"]


@pytest.mark.parametrize("born", [None, "2008", "2009-06"])
async def test_who_may_be_a_child_is_treated_as_one(clients: Clients, born: str | None) -> None:
    case = await a_child(clients, birth_date=born)
    assert refused_because(await home(clients, case)) == "missing"


async def test_an_adult_goes_home_unassessed_and_a_child_elsewhere(clients: Clients) -> None:
    assert (await home(clients, await a_child(clients, birth_date="1999"))).status_code == 201
    hospital = {**FAMILY, "to_family": False}
    assert (await home(clients, await a_child(clients), outside=hospital)).status_code == 201


async def test_every_child_of_the_hand_over_is_judged(clients: Clients) -> None:
    story = await a_held_case(clients)
    assert refused_because(await home(clients, story.case, with_cases=[story.child])) == "missing"
    await an_assessment(clients, story.child)
    assert (await home(clients, story.case, with_cases=[story.child])).status_code == 201


def caller_of(who: str) -> Caller:
    persona = PERSONAS[who]
    return Caller(who, persona.id, persona.agency, frozenset(persona.provinces), frozenset(), "live")


async def judged(app: FastAPI, who: str, case: str) -> str | None:
    async with app.state.database.transaction(caller_of(who), Act(uuid4(), "officer.one", None)) as tx:
        try:
            await check_return_to_family(tx, UUID(case))
        except FamilyAssessmentRequired as refusal:
            return str(refusal.params["why"])
    return None


async def test_it_does_not_hang_on_what_the_caller_reads(clients: Clients, app: FastAPI) -> None:
    """The shelter reads needs alone: the person may be a child, and labour's finding binds though it is not shown."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_referral(
        clients, story, status="in_service", receiver="demo-shelter", service="shelter", sections=["needs"]
    )
    assert await judged(app, "demo-labour", story.case) is None  # born 1999, and labour reads that
    assert await judged(app, "demo-shelter", story.case) == "missing"
    made = await an_assessment(clients, story.case)
    assert (await clients.get("demo-shelter", f"/v1/assessments/{made['id']}")).status_code == 404
    assert await judged(app, "demo-shelter", story.case) is None
    await an_assessment(clients, story.case, conclusion="unsafe")
    assert await judged(app, "demo-shelter", story.case) == "unsafe"


async def test_an_assessment_is_read_by_its_author_while_it_serves_and_by_the_custodian(
    clients: Clients, raw: Raw
) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_referral(clients, story, status="in_service")
    made = await an_assessment(clients, story.case, "demo-ngo", kind="initial_needs", conclusion="needs_found")
    assert "text" not in made
    path = f"/v1/assessments/{made['id']}"
    for who in ("demo-ngo", "demo-labour"):
        assert (await clients.ok(who, "GET", path))["text"] == "Đã đến thăm gia đình."
        assert (await clients.ok(who, "GET", f"/v1/cases/{story.case}/assessments"))["items"] == [made]
    entries = await raw.all.fetch("select parties from audit_entries where event = 'assessment.made'")
    assert [row["parties"] for row in entries] == [[PERSONAS["demo-labour"].id]]
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'assessment.read'") == 2
    own = await an_assessment(clients, story.case, kind="risk", risk="high")
    assert (await clients.get("demo-ngo", f"/v1/assessments/{own['id']}")).status_code == 404
    at = f"/v1/referrals/{story.referral['id']}"
    etag = (await clients.ok("demo-ngo", "GET", at))["etag"]
    await clients.ok("demo-ngo", "POST", f"{at}/completions", {"outcome": "service_delivered"}, etag=etag)
    assert (await clients.get("demo-ngo", path)).status_code == 404
    assert (await clients.get("demo-other-police", path)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"assessed_on": "2099-01-01"}, "/assessed_on", "in_the_future"),
        ({"conclusion": "ready"}, "/conclusion", "invalid_value"),
        ({"kind": "initial_needs"}, "/conclusion", "invalid_value"),
        ({"assessor": "Nguyễn Văn A"}, "/assessor", "unknown_code"),
        ({"text": ""}, "/text", "too_short"),
    ],
)
async def test_an_assessment_fits_together(clients: Clients, changes: Any, pointer: str, code: str) -> None:
    story = await a_case(clients)
    body = {"kind": "family_safety", "assessed_on": YESTERDAY, "conclusion": "safe", "assessor": "social_worker"}
    path = f"/v1/cases/{story.child}/assessments"
    answer = await clients.call("demo-border", "POST", path, {**body, "text": "Đã thăm.", **changes})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, pointer, code)


async def test_the_preview_says_who_may_be_a_child(clients: Clients) -> None:
    for person, band, child in (
        ({"full_name": "Nguyễn Thị Hoa"}, "unknown", True),
        ({"full_name": "Nguyễn Thị Hoa", "birth_date": "2008"}, "9_17", True),
        ({"full_name": "Nguyễn Thị Hoa", "birth_date": "1999"}, "27_29", False),
    ):
        story = await a_held_case(clients, person=person, accompanying_minors=[])
        adult = {"full_name": "Phạm Thị Lụa", "relation": "grandparent", "basis": "appointed"}
        consent = await a_consent(clients, story, guardian=adult, own_agreement=True)
        body = {
            "case_id": story.case,
            "receiver_id": str(PERSONAS["demo-ngo"].id),
            "service": "psychological",
            "sections": [],
            "consent_id": consent["id"],
        }
        preview = (await clients.ok("demo-labour", "POST", "/v1/referrals", body))["preview"]
        assert (preview["age_band"], preview["may_be_child"]) == (band, child)
