"""Each organisation is told of what it may see now, in order, and goes on where it stopped."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.events.relay import advance, forget, mark
from tests.break_glass import ASKER, a_look
from tests.conftest import Raw
from tests.events.conftest import Follow
from tests.factories import a_case, a_confirmation, a_held_case, a_proposed_handover, a_referral, an_action
from tests.personas import Clients
from tests.sql import acting, org

FEED = "/v1/events"


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def cursor(clients: Clients, who: str, query: str = "after=latest") -> str:
    return str((await clients.ok(who, "GET", f"{FEED}?{query}"))["next"])


async def test_whoever_takes_part_is_told_and_nobody_else(clients: Clients, follow: Follow) -> None:
    story = await a_case(clients)
    told = await follow("demo-border")
    assert sorted(types(told)) == ["case.opened", "case.opened", "intake.submitted"]
    assert {event["subject"] for event in told} == {
        f"case/{story.case}",
        f"case/{story.child}",
        f"intake/{story.intake}",
    }
    for stranger in ("demo-labour", "demo-other-police", "demo-oversight"):
        assert await follow(stranger) == []


async def test_an_event_is_a_name_a_time_and_a_link(clients: Clients, follow: Follow) -> None:
    await a_case(clients)
    for event in await follow("demo-border"):
        assert set(event) == {"specversion", "id", "source", "type", "subject", "time", "sequence"}
        assert "Nguyễn" not in json.dumps(event, ensure_ascii=False)


async def test_what_is_no_longer_seen_is_no_longer_told(clients: Clients, follow: Follow) -> None:
    story = await a_case(clients)
    await clients.ok("demo-border", "POST", f"/v1/cases/{story.case}/notes", {"text": "Gọi lại thứ hai."})
    assert {"case.opened", "case.noted"} <= set(types(await follow("demo-border")))
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    await a_confirmation(clients, story, "demo-labour")
    left = {"handover.proposed", "handover.confirmed"}
    assert set(types(await follow("demo-border"))) == left | {"intake.submitted"}
    assert set(types(await follow("demo-labour"))) == left


async def test_a_completed_referral_leaves_its_own_events_and_none_of_the_case(
    clients: Clients, follow: Follow
) -> None:
    story = await a_referral(clients, status="in_service")
    await a_need(clients, story.case)
    assert "case.amended" in types(await follow("demo-ngo"))
    path = f"/v1/referrals/{story.referral['id']}"
    await an_action(clients, "demo-ngo", path, "completions", {"outcome": "service_delivered"})
    left = await follow("demo-ngo")
    assert {event["subject"].split("/")[0] for event in left} == {"referral", "consent"}
    assert types(left)[-1] == "referral.completed" == types(await follow("demo-labour"))[-1]


async def test_a_change_of_sections_is_told_to_their_readers_alone(clients: Clients, follow: Follow) -> None:
    story = await a_referral(clients, status="in_service")
    before = types(await follow("demo-ngo"))
    path = f"/v1/cases/{story.case}"
    for section, value in (
        ("exploitation", {"exploitation_types": ["forced_labour"]}),
        ("contact", {"text": "Gọi buổi tối."}),
    ):
        etag = (await clients.ok("demo-labour", "GET", path))["etag"]
        await clients.ok("demo-labour", "PATCH", path, {"sections": {section: value}}, etag=etag)
        told = types(await follow("demo-labour")).count("case.amended")
        assert told, "who wrote it has it in the feed"
    unread = set((await clients.ok("demo-ngo", "GET", path))["masked"])
    assert {"exploitation", "contact"} <= unread
    assert types(await follow("demo-ngo")) == before


async def a_need(clients: Clients, case_id: str) -> None:
    path = f"/v1/cases/{case_id}"
    etag = (await clients.ok("demo-ngo", "GET", path))["etag"]
    await clients.ok("demo-ngo", "PATCH", path, {"sections": {"needs": {"services": ["legal_advice"]}}}, etag=etag)


async def test_that_somebody_looks_for_the_person_is_told_to_the_holder_alone(
    clients: Clients, follow: Follow, raw: Raw
) -> None:
    story = await a_referral(clients, status="in_service")
    found = "insert into outbox_events (id, type, subject_type, subject_id, case_id, organisation_id)"
    found += " values (gen_random_uuid(), 'case.found', 'case', $1, $1, $2)"
    await raw.all.execute(found, UUID(story.case), org("demo-other-police"))
    assert "case.found" in types(await follow("demo-labour"))
    for other in ("demo-ngo", "demo-other-police", "demo-border"):
        assert "case.found" not in types(await follow(other)), other


async def test_who_broke_the_glass_is_told_of_that_and_nothing_of_the_case(clients: Clients, follow: Follow) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_look(clients, story.case)
    before = types(await follow(ASKER))
    assert "break_glass.approved" in before
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    await clients.ok("demo-labour", "PATCH", path, {"sections": {"needs": {"services": ["legal_advice"]}}}, etag=etag)
    assert types(await follow(ASKER)) == before


async def test_a_reader_goes_on_where_it_stopped(clients: Clients, follow: Follow) -> None:
    await a_held_case(clients)
    whole = await follow("demo-border")
    assert await follow("demo-border", limit=1) == whole
    stopped = await cursor(clients, "demo-border")
    assert await follow("demo-border", stopped) == []
    await a_case(clients)
    assert sorted(types(await follow("demo-border", stopped))) == ["case.opened", "case.opened", "intake.submitted"]


async def test_types_narrow_and_the_cursor_is_good_for_them_alone(clients: Clients, follow: Follow) -> None:
    await a_case(clients)
    assert types(await follow("demo-border", types="intake.submitted")) == ["intake.submitted"]
    narrow = await cursor(clients, "demo-border", "types=intake.submitted")
    answer = await clients.get("demo-border", f"{FEED}?after={narrow}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    unknown = await clients.get("demo-border", f"{FEED}?types=case.read")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "query:types")


@pytest.mark.parametrize("after", ["AAAA", "latest'", "x" * 1024])
async def test_a_forged_cursor_is_refused(clients: Clients, after: str) -> None:
    answer = await clients.get("demo-border", f"{FEED}?after={after}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_a_cursor_is_good_for_its_own_client(clients: Clients) -> None:
    taken = await cursor(clients, "demo-police")
    for thief in ("demo-police-second", "demo-labour"):
        answer = await clients.get(thief, f"{FEED}?after={taken}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_a_cursor_behind_what_is_kept_says_so(app: FastAPI, clients: Clients, follow: Follow, raw: Raw) -> None:
    await a_case(clients)
    old = await cursor(clients, "demo-border", "limit=1")
    assert len(await follow("demo-border")) == 3
    await raw.all.execute("update outbox_events set at = now() - interval '31 days'")
    assert await forget(app.state.database) == 3
    assert await raw.all.fetchval("select count(*) from feed_entries") == 0
    answer = await clients.get("demo-border", f"{FEED}?after={old}")
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
    await a_case(clients)
    assert len(await follow("demo-border")) == 3


async def test_what_the_feed_may_not_yet_be_read_to_is_kept_however_old(
    app: FastAPI, clients: Clients, raw: Raw
) -> None:
    await advance(app.state.database)
    await a_case(clients)
    await raw.all.execute("update outbox_events set at = now() - interval '31 days'")
    assert await forget(app.state.database) == 0


async def test_after_a_fail_over_events_may_come_again_and_none_is_missed(
    clients: Clients, follow: Follow, raw: Raw
) -> None:
    await a_case(clients)
    await follow("demo-border")
    before = await cursor(clients, "demo-border")
    await raw.all.execute("update feed_epochs set timeline = timeline - 1, horizon = horizon - 1")
    assert len(await follow("demo-border", before)) == 1
    assert len(await follow("demo-border", await cursor(clients, "demo-border"))) == 0
    assert await raw.all.fetchval("select count(*) from feed_epochs") == 2


async def test_however_many_notice_a_new_timeline_one_epoch_begins(app: FastAPI, clients: Clients, raw: Raw) -> None:
    for _ in range(5):
        await raw.all.execute("delete from feed_epochs")
        stands = await asyncio.gather(*(mark(app.state.database) for _ in range(6)))
        assert len({each.epoch for each in stands}) == 1
        assert await raw.all.fetchval("select count(*) from feed_epochs") == 1


async def test_a_cursor_of_an_epoch_that_was_lost_starts_again(clients: Clients, follow: Follow, raw: Raw) -> None:
    await a_case(clients)
    await follow("demo-border")
    lost = await cursor(clients, "demo-border")
    await raw.all.execute("update feed_epochs set epoch = $1", uuid4())
    assert len(await follow("demo-border", lost)) == 3


async def test_waiting_ends_with_the_first_event(app: FastAPI, clients: Clients, follow: Follow) -> None:
    await follow("demo-border")
    now = await cursor(clients, "demo-border")
    waiting = asyncio.create_task(clients.get("demo-border", f"{FEED}?after={now}", Prefer="wait=25"))
    await a_case(clients)
    assert not waiting.done()
    app.state.feed.see(await advance(app.state.database))
    answer = await asyncio.wait_for(waiting, 20)
    assert answer.headers["preference-applied"] == "wait=25"
    assert len(answer.json()["items"]) == 3


async def test_waiting_for_nothing_ends_in_time_and_is_not_an_error(clients: Clients) -> None:
    answer = await clients.get("demo-border", f"{FEED}?after=latest", Prefer="respond-async, wait=1")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_raw_sql_reads_no_event_beyond_the_wall(clients: Clients, follow: Follow, raw: Raw) -> None:
    await a_held_case(clients)
    told = {who: {event["id"] for event in await follow(who)} for who in ("demo-border", "demo-labour", "demo-ngo")}
    await a_case(clients)
    for who, ids in told.items():
        async with acting(raw, who) as sql:
            assert {str(row["id"]) for row in await sql.fetch("select id from outbox_events")} == ids
