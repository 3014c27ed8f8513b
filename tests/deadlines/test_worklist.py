"""The worklist: what waits for one body, soonest first, and nothing that waits for another."""

import json
from datetime import timedelta

import pytest

from app.law.deadlines import Carrier
from tests.conftest import Raw
from tests.deadlines.duties import APPROACHING, MISSED, Sort, items, some
from tests.factories import a_case, a_held_case, a_proposed_handover, a_referral, a_verification
from tests.lived import a_lived_case
from tests.personas import PERSONAS, Clients
from tests.sql import acting, be, refused

POLICE, LABOUR = "demo-police", "demo-labour"


async def walk(clients: Clients, who: str, query: str) -> tuple[list[str], list[str]]:
    """Every id by `next`, and again by `prev` from the last page back."""
    page = await clients.ok(who, "GET", f"/v1/worklist?{query}")
    forwards = [item["id"] for item in page["items"]]
    while page["next"]:
        page = await clients.ok(who, "GET", f"/v1/worklist?{query}&cursor={page['next']}")
        forwards += [item["id"] for item in page["items"]]
    back = [item["id"] for item in page["items"]]
    while page["prev"]:
        page = await clients.ok(who, "GET", f"/v1/worklist?{query}&cursor={page['prev']}")
        back = [item["id"] for item in page["items"]] + back
    return forwards, back


async def test_overdue_comes_first_then_the_date(clients: Clients, raw: Raw) -> None:
    for sort in (Sort(), APPROACHING, MISSED, Sort(due=timedelta(days=-30))):
        await some(raw, POLICE, sort, 2)
    found = await items(clients, POLICE)
    assert [item["due_at"] for item in found] == sorted(item["due_at"] for item in found)
    assert [item["overdue"] for item in found] == [True] * 4 + [False] * 4


async def test_pages_join_without_a_gap_both_ways(clients: Clients, raw: Raw) -> None:
    await some(raw, POLICE, Sort(), 7)
    await some(raw, POLICE, MISSED, 4)
    whole = [item["id"] for item in await items(clients, POLICE)]
    assert len(whole) == 11
    assert await walk(clients, POLICE, "limit=3") == (whole, whole)


async def test_filters_narrow_it(clients: Clients, raw: Raw) -> None:
    elsewhere = await some(raw, POLICE, Sort(province="20"))
    referral = await some(raw, POLICE, Sort(carrier="referral"))
    late = await some(raw, POLICE, MISSED)
    paused = await some(raw, POLICE, Sort(due=MISSED.due, paused=timedelta(days=-2)))
    for filters, wanted in (
        ({}, elsewhere | referral | late | paused),
        ({"kind": "referral"}, referral),
        ({"overdue": "true"}, late),
        ({"province_code": "20"}, elsewhere),
        ({"kind": "referral", "overdue": "true"}, set()),
    ):
        assert {item["id"] for item in await items(clients, POLICE, **filters)} == {str(each) for each in wanted}


async def test_counts_are_by_kind_and_of_what_is_open(clients: Clients, raw: Raw) -> None:
    await some(raw, POLICE, Sort(), 3)
    await some(raw, POLICE, Sort(carrier="referral"), 2)
    await some(raw, POLICE, Sort(status="met"), 5)
    await some(raw, LABOUR, Sort(carrier="case"), 4)
    assert await clients.ok(POLICE, "GET", "/v1/worklist/counts") == {"verification": 3, "referral": 2}


@pytest.mark.parametrize("query", ["kind=person", "overdue=perhaps", "province_code=99x", "view=all"])
async def test_a_filter_that_does_not_exist_is_refused(clients: Clients, query: str) -> None:
    answer = await clients.get(POLICE, f"/v1/worklist?{query}")
    assert answer.status_code == 422


async def test_every_kind_that_a_clock_hangs_on_now_can_be_asked_for(clients: Clients) -> None:
    waiting = {Carrier.RETURN}
    for kind in set(Carrier) - waiting:
        assert await items(clients, POLICE, kind=kind) == []


async def test_each_body_sees_what_it_owes_and_only_about_things_it_may_open(clients: Clients, raw: Raw) -> None:
    """After a whole life of a case: every id on a worklist still opens for its reader, and a stranger has none."""
    await a_lived_case(clients)
    await a_verification(clients, await a_held_case(clients))
    await a_referral(clients, await a_held_case(clients))
    await a_proposed_handover(clients, await a_case(clients), "demo-border", "demo-commune")
    owners = await raw.all.fetch("select organisation_id, id from duties where status = 'running'")
    paths = {"case": "cases", "plan": "plans", "break_glass": "break-glass"}
    for persona in PERSONAS.values():
        found = await items(clients, persona.name)
        assert {item["id"] for item in found} == {str(row["id"]) for row in owners if row[0] == persona.id}
        for item in found:
            kind = paths.get(item["kind"], f"{item['kind']}s")
            opened = await clients.get(persona.name, f"/v1/{kind}/{item['subject_id']}")
            assert opened.status_code == 200, (persona.name, item)
    assert len({row[0] for row in owners}) == 6
    assert await items(clients, "demo-stranger") == []


async def test_row_security_shows_a_body_its_own_duties_and_lets_it_write_none(raw: Raw) -> None:
    mine = await some(raw, POLICE, Sort(), 2)
    await some(raw, LABOUR, Sort(), 3)
    async with acting(raw, POLICE) as sql:
        assert {row["id"] for row in await sql.fetch("select id from duties")} == mine
    for statement in (
        "update duties set status = 'met'",
        "delete from duties",
        "insert into duties select from duties",
    ):
        await refused(raw, POLICE, statement)


async def test_without_a_caller_there_is_no_duty(raw: Raw) -> None:
    await some(raw, POLICE, Sort())
    assert await raw.api.fetchval("select count(*) from duties") == 0


async def test_clocks_are_moved_only_by_a_party_and_only_those_of_its_case(clients: Clients, raw: Raw) -> None:
    """Behind the application's back: neither with a stranger's hands, nor under cover of a case of one's own."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    own = await a_case(clients, "demo-foreign", accompanying_minors=[])
    before = await raw.all.fetch("select * from duties order by id")
    text = await raw.all.fetchval("select to_jsonb(d) from duties d where rule_id = 'D04'")
    ended = {**json.loads(text), "status": "met"}
    put = "select access.put_duties($1, $2, $3)"
    for kind, subject in (("case", story.case), ("verification", story.verification["id"])):
        async with acting(raw, "demo-foreign") as sql:
            assert await sql.fetchval("select access.duties_touched($1, $2)", kind, subject) is None
            assert await sql.fetchval("select access.due_of($1, $2)", kind, subject) is None
    for subject, case_id in ((story.case, story.case), (own.case, story.case), (own.case, own.case)):
        async with raw.api.transaction():
            await be(raw.api, "demo-foreign")
            await raw.api.execute(put, "case", subject, json.dumps([{**ended, "case_id": case_id}]))
    assert await raw.all.fetch("select * from duties order by id") == before
