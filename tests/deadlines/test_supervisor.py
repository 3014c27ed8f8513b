"""A supervisor sees that a date is missed, by whom, under which rule; never about whom."""

import json

import pytest
from fastapi import FastAPI

from app.deadlines.sweep import sweep
from tests.conftest import Raw
from tests.deadlines.duties import MISSED, Sort, items, some, supervising
from tests.deadlines.test_worklist import walk
from tests.factories import a_held_case, a_verification
from tests.personas import PERSONAS, Clients, Story

OVERSIGHT = "demo-oversight"
SUPERVISED = {"view": "supervised"}


async def a_missed_one(clients: Clients, app: FastAPI, raw: Raw) -> Story:
    """The police have missed the date of a verification, and it was told."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    await raw.all.execute("update duties set due_at = now() - interval '1 day' where rule_id = 'D04'")
    await sweep(app.state.database)
    return story


async def about(raw: Raw, story: Story) -> list[str]:
    """Whatever would lead to the person: ids, references, names."""
    case = await raw.all.fetchrow("select reference, key_id from cases")
    ids = [story.case, story.intake, story.handover["id"], story.verification["id"], str(case["key_id"])]
    return [*ids, case["reference"], "Hoa", "1999"]


async def test_it_sees_rule_and_dates_of_bodies_under_it(clients: Clients, app: FastAPI, raw: Raw) -> None:
    async with supervising(raw, OVERSIGHT, "demo-police"):
        story = await a_missed_one(clients, app, raw)
        (item,) = await items(clients, OVERSIGHT, **SUPERVISED)
        (own,) = await items(clients, OVERSIGHT)
        seen = json.dumps([item, own], ensure_ascii=False)
    assert (item["rule"], item["kind"], item["overdue"]) == ("D04", "verification", True)
    assert (item["organisation_id"], item["subject_id"]) == (str(PERSONAS["demo-police"].id), None)
    assert (own["rule"], own["kind"], own["organisation_id"]) == ("D04", "escalation", str(PERSONAS[OVERSIGHT].id))
    assert own["subject_id"] == item["id"]
    assert own["due_at"] == item["due_at"]
    assert not [each for each in await about(raw, story) if each in seen]


async def test_the_ids_it_is_given_open_nothing(clients: Clients, app: FastAPI, raw: Raw) -> None:
    async with supervising(raw, OVERSIGHT, "demo-police"):
        await a_missed_one(clients, app, raw)
        (own,) = await items(clients, OVERSIGHT)
        for id_ in (own["id"], own["subject_id"]):
            for thing in ("cases", "verifications", "referrals", "handovers", "plans", "intakes"):
                assert (await clients.get(OVERSIGHT, f"/v1/{thing}/{id_}")).status_code in (403, 404)
    rows = await raw.all.fetch("select case_id, owner from duties where carrier = 'escalation'")
    assert [tuple(row) for row in rows] == [(None, "supervisor")]


@pytest.mark.parametrize("who", ["demo-labour", "demo-police", "demo-stranger"])
async def test_who_supervises_nobody_sees_nothing(clients: Clients, app: FastAPI, raw: Raw, who: str) -> None:
    async with supervising(raw, OVERSIGHT, "demo-police"):
        await a_missed_one(clients, app, raw)
        assert await items(clients, who, **SUPERVISED) == []
        assert await items(clients, who, kind="escalation") == []


async def test_a_body_without_a_supervisor_escalates_to_nobody(clients: Clients, app: FastAPI, raw: Raw) -> None:
    await a_missed_one(clients, app, raw)
    assert await raw.all.fetchval("select count(*) from duties where carrier = 'escalation'") == 0
    assert await items(clients, OVERSIGHT, **SUPERVISED) == []


async def test_its_view_is_narrowed_by_the_same_filters(clients: Clients, raw: Raw) -> None:
    async with supervising(raw, OVERSIGHT, "demo-police", "demo-border"):
        elsewhere = await some(raw, "demo-police", Sort(province="20"))
        nowhere = await some(raw, "demo-police", Sort(province=None))
        referral = await some(raw, "demo-border", Sort(carrier="referral"))
        late = await some(raw, "demo-border", MISSED)
        await some(raw, "demo-labour", MISSED)
        for filters, wanted in (
            ({}, elsewhere | nowhere | referral | late),
            ({"kind": "referral"}, referral),
            ({"overdue": "true"}, late),
            ({"province_code": "20"}, elsewhere | nowhere),
        ):
            found = await items(clients, OVERSIGHT, **SUPERVISED, **filters)
            assert {item["id"] for item in found} == {str(each) for each in wanted}


async def test_its_pages_join_without_a_gap_both_ways(clients: Clients, raw: Raw) -> None:
    async with supervising(raw, OVERSIGHT, "demo-police", "demo-border"):
        await some(raw, "demo-police", MISSED, 6)
        await some(raw, "demo-border", MISSED, 5)
        whole = await items(clients, OVERSIGHT, **SUPERVISED)
        ids = [item["id"] for item in whole]
        assert [item["due_at"] for item in whole] == sorted(item["due_at"] for item in whole)
        assert len(ids) == 11
        assert await walk(clients, OVERSIGHT, "view=supervised&limit=3") == (ids, ids)


async def test_the_end_of_supervision_ends_the_view(clients: Clients, raw: Raw) -> None:
    async with supervising(raw, OVERSIGHT, "demo-police"):
        await some(raw, "demo-police", MISSED)
        assert len(await items(clients, OVERSIGHT, **SUPERVISED)) == 1
    assert await items(clients, OVERSIGHT, **SUPERVISED) == []
