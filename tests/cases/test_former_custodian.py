"""The second after a hand-over was confirmed: whoever had custody finds nothing of the case by any way there is."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.forms.pages import PAGES
from tests.bad_requests import ROUTES
from tests.conftest import Raw
from tests.factories import a_confirmation, a_proposed_handover
from tests.lived import a_lived_case
from tests.personas import Clients, Story
from tests.sql import acting, counted
from tests.test_row_security import THE_CASE

GETS = [route for route in ROUTES if route["method"] == "GET" and route["capability"] not in ("public", "audit.read")]
OF_A_CASE = sorted(route["path"] for route in GETS if route["path"].startswith("/v1/cases/{case_id}"))
LISTS = sorted(route["path"] for route in GETS if "{" not in route["path"] and route["path"].startswith("/v1/"))
BOXES = ("?box=inbox", "?box=outbox", "?box=claimable")
FORMER = "demo-labour"


@pytest.fixture
async def moved(clients: Clients) -> Story:
    """A case in which labour did all that can be done, just confirmed by the commune."""
    story = await a_lived_case(clients)
    await a_proposed_handover(clients, story, FORMER, "demo-commune")
    await a_confirmation(clients, story, "demo-commune")
    return story


async def test_every_path_under_the_case_answers_as_if_it_were_missing(clients: Clients, moved: Story) -> None:
    plain = [path for path in OF_A_CASE if "{form_code}" not in path]
    assert len(plain) > 25
    for path in plain:
        for case in (moved.case, moved.child):
            hidden = await clients.get(FORMER, path.replace("{case_id}", case))
            missing = await clients.get(FORMER, path.replace("{case_id}", str(uuid4())))
            assert hidden.status_code == missing.status_code == 404, path
            assert without_instance(hidden.json()) == without_instance(missing.json()), path


def without_instance(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "instance"}


async def test_no_list_shows_more_than_its_own_records(clients: Clients, moved: Story) -> None:
    """Its hand-overs, and the referral that was over before: each names the case by its id."""
    naming = set()
    for path in LISTS:
        for query in ("", *(BOXES if path in ("/v1/handovers", "/v1/referrals", "/v1/verifications") else ())):
            answer = await clients.get(FORMER, f"{path}{query}")
            if re.search(f"{moved.case}|{moved.child}", answer.text):
                naming.add(f"{path}{query}")
    handovers = {"/v1/handovers", "/v1/handovers?box=inbox", "/v1/handovers?box=outbox"}
    assert naming == handovers | {"/v1/referrals?box=outbox"}


async def test_a_search_finds_it_no_more(clients: Clients, moved: Story) -> None:
    for wanted in ({"full_name": "Nguyễn Thị Hoa", "birth_year": 1999}, {"document_number": "C1234567"}):
        found = {who: await clients.ok(who, "POST", "/v1/case-searches", wanted) for who in (FORMER, "demo-commune")}
        assert (len(found[FORMER]["items"]), len(found["demo-commune"]["items"])) == (0, 1)


async def test_no_form_prints_a_person(clients: Clients, moved: Story) -> None:
    for code in PAGES:
        answer = await clients.get(FORMER, f"/v1/cases/{moved.case}/forms/{code}")
        assert answer.status_code in (404, 422), code


async def test_behind_the_application_nothing_is_left_but_what_it_wrote_in_its_own_name(
    clients: Clients, moved: Story, raw: Raw
) -> None:
    """Consents and evidence it recorded, the override it asked for, the measures it ordered, the application that it
    decides, the referral that was over before."""
    async with acting(raw, FORMER) as sql:
        seen = await counted(sql, [*THE_CASE, "referrals", "referral_texts", "referral_previews", "case_parties"])
        for case in (moved.case, moved.child):
            assert await sql.fetchval("select access.caller_sections($1)", UUID(case)) == []
            assert not await sql.fetchval("select access.caller_takes_part_in($1)", UUID(case))
            assert await sql.fetchval("select access.open_business($1)", UUID(case)) == []
            for journal in ("case_timeline", "case_accesses", "case_disclosures"):
                query = f"select count(*) from access.{journal}($1, '-infinity', $2, 10)"  # noqa: S608
                ahead = query.replace("'-infinity'", "'infinity'")
                assert await sql.fetchval(query, UUID(case), UUID(int=0)) == 0
                assert await sql.fetchval(ahead, UUID(case), UUID(int=0)) == 0
        received = await sql.fetchval("select count(*) from case_parties where organisation_id = access.caller_org()")
    assert received == 2, "the hand-over by which it once received case and child"
    assert {table: count for table, count in seen.items() if count} == {
        "consents": 2,
        "overrides": 1,
        "protections": 1,
        "verification_evidence": 1,
        "applications": 1,
        "referrals": 1,
        "referral_previews": 1,
        "referral_texts": 2,
        "case_parties": 8,
    }


async def test_what_it_wrote_names_nobody(clients: Clients, moved: Story, raw: Raw) -> None:
    """Of the rows left to it the answers hold codes, dates and ids; words only where they are its own."""
    consents = await raw.all.fetch("select id from consents")
    answers = [await clients.ok(FORMER, "GET", f"/v1/consents/{row['id']}") for row in consents]
    override = await raw.all.fetchval("select id from overrides")
    answers.append(await clients.ok(FORMER, "GET", f"/v1/overrides/{override}"))
    told = json.dumps(answers, ensure_ascii=False)
    assert "Nguyễn Thị Hoa" not in told
    affected = [referral["status"] for answer in answers for referral in answer["affected_referrals"]]
    assert affected == ["completed"], "the open one is its next sender's"
