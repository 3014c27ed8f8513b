"""Who is told of a look, when, and what each of them learns: asker, holder, oversight."""

import time
from datetime import timedelta
from uuid import UUID

from fastapi import FastAPI

from app.deadlines.sweep import sweep
from tests.break_glass import ASKER, FOUND, HOLDER, OVERSEER, PATH, SECOND, SEEN, WHY, a_look, asked, moved, over, seen
from tests.conftest import Raw
from tests.deadlines.duties import items, owed, statuses
from tests.factories import a_confirmation, a_proposed_handover
from tests.personas import PERSONAS, Clients, Story


async def told(raw: Raw) -> list[tuple[str, set[UUID]]]:
    rows = await raw.all.fetch(
        "select a.event, a.parties from audit_entries a join outbox_events o on o.type = a.event"
        " and o.subject_id = a.subject_id where a.event like 'break_glass.%' order by a.at"
    )
    return [(row["event"], set(row["parties"])) for row in rows]


async def test_the_hour_ends_by_itself_and_is_told_of_once(
    clients: Clients, raw: Raw, app: FastAPI, story: Story
) -> None:
    glass = await a_look(clients, story.case)
    assert await raw.all.fetchval("select expires_at - approved_at from break_glass") == timedelta(minutes=60)
    await over(raw)
    assert await seen(clients, story) == set()
    assert (await clients.ok(ASKER, "GET", f"{PATH}/{glass['id']}"))["status"] == "ended"
    assert [await sweep(app.state.database) for _ in range(2)] == [1, 0]
    ends = [parties for event, parties in await told(raw) if event == "break_glass.ended"]
    assert ends == [{PERSONAS[who].id for who in (ASKER, HOLDER, OVERSEER)}]
    assert (await moved(clients, glass, OVERSEER, "reviews", FOUND))["status"] == "reviewed"


async def test_an_end_that_nobody_swept_yet_is_told_of_by_the_next_move(
    clients: Clients, raw: Raw, app: FastAPI, story: Story
) -> None:
    glass = await a_look(clients, story.case)
    await over(raw)
    assert (await moved(clients, glass, OVERSEER, "reviews", FOUND))["status"] == "reviewed"
    events = [event for event, _ in await told(raw)]
    assert events == [f"break_glass.{what}" for what in ("requested", "approved", "ended", "reviewed")]
    assert await sweep(app.state.database) == 0


async def test_holder_and_oversight_are_told_within_a_minute(clients: Clients, raw: Raw, story: Story) -> None:
    began = time.monotonic()
    glass = await asked(clients, story.case)
    await moved(clients, glass, SECOND, "approvals")
    everybody = {PERSONAS[who].id for who in (ASKER, HOLDER, OVERSEER)}
    assert await told(raw) == [("break_glass.requested", everybody), ("break_glass.approved", everybody)]
    for who, rule in ((HOLDER, "T19"), (OVERSEER, "T18")):
        (item,) = await items(clients, who, kind="break_glass")
        assert (item["rule"], item["subject_id"], item["overdue"]) == (rule, glass["id"], False)
    took = time.monotonic() - began
    print(f"asked, approved and on both worklists after {took:.2f} s")
    assert took <= 60


async def test_each_ends_its_own_clock_and_a_review_that_is_late_shows(
    clients: Clients, raw: Raw, story: Story
) -> None:
    glass = await a_look(clients, story.case, "ended")
    await moved(clients, glass, HOLDER, "acknowledgements")
    assert (await statuses(raw, "T19"), await statuses(raw, "T18")) == (["met"], ["running"])
    await raw.all.execute("update duties set due_at = now() - interval '1 day' where rule_id = 'T18'")
    (late,) = (await clients.ok(OVERSEER, "GET", f"{PATH}?status=ended"))["items"]
    assert (late["id"], late["overdue"]) == (glass["id"], True)
    assert [item["rule"] for item in await items(clients, OVERSEER, overdue="true")] == ["T18"]
    await moved(clients, glass, OVERSEER, "reviews", FOUND)
    assert await statuses(raw, "T18") == ["met"]
    assert (await clients.ok(OVERSEER, "GET", f"{PATH}?status=ended"))["items"] == []


async def test_the_holders_clock_follows_custody(clients: Clients, raw: Raw, story: Story) -> None:
    glass = await a_look(clients, story.case)
    await a_proposed_handover(clients, story, HOLDER, "demo-commune")
    await a_confirmation(clients, story, "demo-commune")
    assert "T19" in await owed(clients, "demo-commune")
    assert (await clients.get(HOLDER, f"{PATH}/{glass['id']}")).status_code == 404
    await moved(clients, glass, "demo-commune", "acknowledgements")
    assert await statuses(raw, "T19") == ["met"]


async def test_the_words_are_for_asker_and_oversight_and_the_rest_for_the_holder_too(
    clients: Clients, raw: Raw, story: Story
) -> None:
    glass = await a_look(clients, story.case)
    await clients.ok(ASKER, "GET", f"/v1/cases/{story.case}")
    await moved(clients, glass, ASKER, "endings")
    await moved(clients, glass, OVERSEER, "reviews", FOUND)
    path = f"{PATH}/{glass['id']}"
    for who in (ASKER, SECOND, OVERSEER):
        shown = await clients.ok(who, "GET", path)
        assert (shown["text"], shown["review_text"]) == (WHY, FOUND["text"])
        assert (shown["officer"], shown["approver_officer"]) == (f"officer.{ASKER}", f"officer.{SECOND}")
        (read,) = shown["reads"]
        assert (read["event"], set(read["sections"]), read["officer"]) == ("case.read", SEEN, f"officer.{ASKER}")
    shown = await clients.ok(HOLDER, "GET", path)
    assert (shown["agency"], shown["reason"], shown["finding"]) == ("police", "danger_to_life", "justified")
    assert {shown[name] for name in ("text", "review_text", "client_id", "officer", "approver_officer")} == {None}
    assert [(read["officer"], set(read["sections"])) for read in shown["reads"]] == [(None, SEEN)]
    for stranger in ("demo-other-police", "demo-ngo", "demo-border"):
        assert (await clients.get(stranger, path)).status_code == 404
        assert (await clients.ok(stranger, "GET", PATH))["items"] == []


async def test_the_holder_finds_it_on_timeline_and_accesses(clients: Clients, story: Story) -> None:
    glass = await a_look(clients, story.case)
    await clients.ok(ASKER, "GET", f"/v1/cases/{story.case}")
    await moved(clients, glass, ASKER, "endings")
    await moved(clients, glass, OVERSEER, "reviews", FOUND)
    timeline = (await clients.ok(HOLDER, "GET", f"/v1/cases/{story.case}/timeline"))["items"]
    facts = {entry["event"]: entry["facts"] for entry in timeline if entry["subject_id"] == glass["id"]}
    assert facts == {
        "break_glass.requested": {"reason": "danger_to_life"},
        "break_glass.approved": {"reason": "danger_to_life"},
        "break_glass.ended": {"by": "asker"},
        "break_glass.reviewed": {"finding": "justified"},
    }
    accesses = (await clients.ok(HOLDER, "GET", f"/v1/cases/{story.case}/accesses"))["items"]
    (look,) = [entry for entry in accesses if entry["break_glass_id"]]
    assert (look["break_glass_id"], look["agency"], look["officer"]) == (glass["id"], "police", None)


async def test_oversight_reviews_the_record_and_never_sees_the_case(clients: Clients, raw: Raw, story: Story) -> None:
    glass = await a_look(clients, story.case)
    assert (await clients.get(OVERSEER, f"/v1/cases/{story.case}")).status_code == 403
    tag = (await clients.ok(OVERSEER, "GET", f"{PATH}/{glass['id']}"))["etag"]
    early = await clients.call(OVERSEER, "POST", f"{PATH}/{glass['id']}/reviews", FOUND, etag=tag)
    assert (early.status_code, early.json()["code"]) == (409, "invalid_transition")
    await moved(clients, glass, ASKER, "endings")
    await moved(clients, glass, OVERSEER, "reviews", FOUND)
    tag = (await clients.ok(OVERSEER, "GET", f"{PATH}/{glass['id']}"))["etag"]
    again = await clients.call(OVERSEER, "POST", f"{PATH}/{glass['id']}/reviews", FOUND, etag=tag)
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
