"""Oversight's search: each filter picks what it says, is itself recorded by its codes, and needs no long walk."""

import json
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from fastapi import FastAPI

from tests.conftest import Raw
from tests.deadlines.test_worklist_plan import Taken, planned
from tests.factories import a_held_case, a_referral
from tests.personas import PERSONAS, Clients, Story
from tests.sql import org

PATH = "/v1/audit-events"
WHO = "demo-oversight"
MANY = 200_000


@pytest.fixture
async def story(clients: Clients) -> Story:
    story = await a_referral(clients, status="accepted")
    await clients.ok("demo-ngo", "GET", f"/v1/cases/{story.case}")
    await a_held_case(clients, "demo-commune", accompanying_minors=[])
    return story


async def found(clients: Clients, **filters: object) -> list[dict[str, Any]]:
    query = "&".join(f"{name.strip('_')}={quote(str(value))}" for name, value in filters.items())
    answer = await clients.ok(WHO, "GET", f"{PATH}?limit=200&{query}")
    items: list[dict[str, Any]] = answer["items"]
    return items


async def test_each_filter_picks_its_entries_and_no_others(clients: Clients, raw: Raw, story: Story) -> None:
    filters = {
        "organisation_id": PERSONAS["demo-ngo"].id,
        "agency": "border_guard",
        "client_id": "demo-ngo",
        "officer": "officer.demo-commune",
        "event": "handover.confirmed",
        "subject_type": "referral",
        "case_id": UUID(story.case),
        "purpose": "care_coordination",
    }
    for name, value in filters.items():
        wanted = await raw.all.fetch(f"select id from audit_entries where {name} = $1", value)  # noqa: S608
        entries = await found(clients, **{name: value})
        assert {entry["id"] for entry in entries} == {str(row["id"]) for row in wanted}, name
        assert entries, name
    assert [entry["event"] for entry in await found(clients, client_id="demo-ngo", event="case.read")] == ["case.read"]


async def test_a_period_begins_at_its_first_moment_and_ends_before_its_last(
    clients: Clients, raw: Raw, story: Story
) -> None:
    rows = await raw.all.fetch("select at from audit_entries order by at limit 3")
    first, second, third = (row["at"].isoformat() for row in rows)
    assert [len(await found(clients, _from=first, to=end)) for end in (first, second, third)] == [0, 1, 2]


@pytest.mark.parametrize(
    "query", ["from=2026-11-20", "from=x", "agency=nobody", "event=x", "officer=a%20b", "subject_type=A", "purpose=x"]
)
async def test_a_filter_that_means_nothing_is_refused(clients: Clients, query: str) -> None:
    assert (await clients.get(WHO, f"{PATH}?{query}")).status_code == 422


async def test_a_search_is_recorded_by_its_codes_and_never_by_whom_it_was_about(
    clients: Clients, raw: Raw, story: Story
) -> None:
    await found(
        clients, officer="nguyen.van.an", case_id=story.case, event="case.read", agency="ngo", include_total=True
    )
    rows = await raw.all.fetch("select * from audit_entries where event = 'audit.searched'")
    (entry,) = rows
    facts = json.loads(entry["facts"])
    assert facts == {"filters": {"agency": "ngo", "case_id": None, "event": "case.read", "officer": None}}
    assert (entry["case_id"], entry["officer"], entry["purpose"]) == (None, f"officer.{WHO}", "oversight_review")
    assert await raw.all.fetchval("select count(*) from outbox_events where type = 'audit.searched'") == 0
    timeline = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/timeline"))["items"]
    assert "audit.searched" not in {item["event"] for item in timeline}


async def test_a_search_states_who_asks_and_why(clients: Clients) -> None:
    for missing, code in (("Purpose_Of_Use", "purpose_required"), ("Acting_Officer", "officer_required")):
        answer = await clients.get(WHO, PATH, **{missing: None})
        assert (answer.status_code, answer.json()["code"]) == (403, code)


FILL = """
insert into audit_entries (id, at, request_id, client_id, organisation_id, agency, officer, purpose, event,
                           subject_type, case_id, parties, sections, facts, leaf)
select gen_random_uuid(), now() - n * interval '1 minute', gen_random_uuid(), 'client-' || n % 40,
  ('00000000-0000-4000-8000-' || lpad((n % 40)::text, 12, '0'))::uuid, (array['police','labour','ngo'])[1 + n % 3],
  'officer-' || n % 500, 'care_coordination', 'case.read', 'case',
  ('00000000-0000-4000-9000-' || lpad((n % 20000)::text, 12, '0'))::uuid, '{}', '{}', '{}', ''
from generate_series(1, $1) n
"""
RARE = """
insert into audit_entries (id, at, request_id, client_id, organisation_id, agency, officer, purpose, event,
                           subject_type, parties, sections, facts, leaf)
select gen_random_uuid(), now() - n * interval '30 days', gen_random_uuid(), 'demo-rare', $1, 'hotline', 'officer.rare',
  'subject_request', 'protection.ended', 'protection', '{}', '{}', '{}', '' from generate_series(1, 3) n
"""


async def test_what_picks_few_of_many_is_found_by_an_index_in_the_order_of_the_list(
    clients: Clients, app: FastAPI, raw: Raw
) -> None:
    """Of 200,000 entries each filter names a few old ones: the longest walk that a search could be sent on."""
    await raw.all.execute("set session_replication_role = replica")
    await raw.all.execute(FILL, MANY)
    await raw.all.execute(RARE, org("demo-hotline"))
    await raw.all.execute("reset session_replication_role; analyze audit_entries")
    month = {"_from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}
    searches: dict[str, dict[str, Any]] = {
        "organisation_id": {"organisation_id": org("demo-hotline")},
        "client_id": {"client_id": "demo-rare"},
        "officer": {"officer": "officer.rare"},
        "event": {"event": "protection.ended"},
        "case_id": {"case_id": "00000000-0000-4000-9000-000000000007"},
        "at": month,
    }
    named = {"agency": "hotline", "subject_type": "protection", "purpose": "subject_request"}
    for name, filters in [*searches.items(), *(("at", {**month, name: value}) for name, value in named.items())]:
        with Taken(app) as taken:
            await found(clients, **filters)
        (statement,) = [each for each in taken.statements if "FROM audit_entries" in each[0]]
        plan = await planned(raw, WHO, *statement)
        walked = {node.get("Index Name") for node in plan if "Relation Name" in node}
        # An event may be walked by time instead: of few kinds, the planner holds any for frequent.
        assert walked <= {f"ix_audit_entries_{name}", "ix_audit_entries_at" if name == "event" else ""}, filters
        assert "Sort" not in {node["Node Type"] for node in plan}, filters
    await raw.all.execute("truncate audit_entries")
