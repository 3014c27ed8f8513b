"""Who reads the words of a hand-over, with which traces, and what raw SQL cannot write into them."""

from typing import Any
from uuid import UUID

import pytest

from tests.cases.test_handover_minutes import DRIVER, HEAD, PASSPORT, propose
from tests.conftest import Raw
from tests.factories import a_case, a_confirmation, a_proposed_handover, an_action
from tests.personas import Clients, Story
from tests.sql import acting, org, refused, refused_within

WORDS = ("Lê Thị Lái", "Phạm Thị Tiếp", "C7654321", "Một điện thoại", "hai mẹ con")


@pytest.fixture
async def story(clients: Clients) -> Story:
    """Handed over with words of both sides, and confirmed."""
    story = await a_case(clients)
    said: dict[str, Any] = {"received_by": DRIVER, "papers": [PASSPORT], "belongings": ["Một điện thoại"]}
    path = await propose(clients, story, text="Về đủ hai mẹ con.", **said)
    story.handover = await an_action(clients, "demo-labour", path, "confirmations", {"received_by": HEAD})
    return story


def path_of(story: Story) -> str:
    return f"/v1/handovers/{story.handover['id']}"


async def test_words_are_read_by_id_with_a_purpose_and_nowhere_else(clients: Clients, story: Story) -> None:
    refusal = await clients.call("demo-labour", "GET", path_of(story), Purpose_Of_Use=None)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "purpose_required")
    lists = ["/v1/handovers?box=inbox", f"/v1/cases/{story.case}/handovers"]
    shown = [str(story.handover), *[(await clients.get("demo-labour", path)).text for path in lists]]
    assert [word for word in WORDS for text in shown if word in text] == []
    read = (await clients.get("demo-labour", path_of(story))).text
    assert [word for word in WORDS if word not in read] == []


async def test_a_reading_shows_among_the_accesses_of_everybody_handed_over(clients: Clients, story: Story) -> None:
    await clients.ok("demo-border", "GET", path_of(story))
    for case in (story.case, story.child):
        reads = (await clients.ok("demo-labour", "GET", f"/v1/cases/{case}/accesses"))["items"]
        found = [(read["agency"], read["purpose"]) for read in reads if read["event"] == "handover.read"]
        assert ("border_guard", "care_coordination") in found


async def test_both_sides_and_every_later_custodian_read_it_and_nobody_else(clients: Clients, story: Story) -> None:
    bare = Story(case=story.case, child=story.child)
    await a_proposed_handover(clients, bare, "demo-labour", "demo-commune")
    assert (await clients.get("demo-commune", path_of(story))).status_code == 404
    await a_confirmation(clients, bare, "demo-commune")
    for who in ("demo-border", "demo-labour", "demo-commune"):
        assert (await clients.ok(who, "GET", path_of(story)))["confirmation"]["received_by"] == HEAD
    for who in ("demo-police", "demo-shelter", "demo-stranger"):
        assert (await clients.get(who, path_of(story))).status_code == 404


async def test_who_later_has_one_of_them_does_not_read_of_the_other(clients: Clients, raw: Raw) -> None:
    """Mother and child came together and were parted for the child's safety: the mother's house learns neither how the
    child was, nor its papers, nor which case is the child's."""
    story = await a_case(clients)
    said = {
        "papers": [PASSPORT, {**PASSPORT, "number": "B1112223", "case_id": story.child}],
        "states": [{"case_id": story.child, "state": "ill"}],
    }
    path = await propose(clients, story, **said)
    found = {"received_by": HEAD, "states": [{"case_id": story.child, "state": "injured"}]}
    story.handover = await an_action(clients, "demo-labour", path, "confirmations", found)
    whole = await clients.ok("demo-labour", "GET", path)
    assert (set(whole["cases"]), whole["states"]) == ({story.case, story.child}, said["states"])
    mother = Story(case=story.case)
    parted = {"receiver_id": str(org("demo-commune")), "separation_reason": "danger"}
    mother.handover = await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/handovers", parted)
    await a_confirmation(clients, mother, "demo-commune")
    seen = await clients.ok("demo-commune", "GET", path)
    assert (seen["cases"], [paper["number"] for paper in seen["papers"]]) == ([story.case], ["C7654321"])
    assert story.child not in str(seen)
    assert "B1112223" not in str(seen)
    async with acting(raw, "demo-commune") as sql:
        shown = await sql.fetch("select case_id from handover_cases")
        assert {row["case_id"] for row in shown} == {UUID(story.case)}
    for who in ("demo-border", "demo-labour"):
        assert (await clients.ok(who, "GET", path))["states"] == said["states"]


async def test_a_confirmation_sent_again_is_the_same_one(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    path = await propose(clients, story)
    etag, key = (await clients.ok("demo-labour", "GET", path))["etag"], "a-key-of-a-lost-reply"
    said, post = {"received_by": HEAD}, f"{path}/confirmations"
    first, again, other = [
        await clients.call("demo-labour", "POST", post, body, etag=etag, Idempotency_Key=key)
        for body in (said, said, {"received_by": DRIVER})
    ]
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'handover.confirmed'") == 2


async def test_neither_side_writes_the_words_of_the_other(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    made = UUID((await propose(clients, story)).rpartition("/")[2])
    found = "update handovers set confirmation_sealed = 'x' where id = $1"
    await refused(raw, "demo-border", found, made)
    for who in ("demo-border", "demo-labour"):
        for column in ("minutes_sealed", "text_sealed", "outside", "occurred_at", "state"):
            await refused(raw, who, f"update handovers set {column} = null where id = $1", made)  # noqa: S608
    async with acting(raw, "demo-labour") as sql:
        assert await sql.execute(found, made) == "UPDATE 1"


@pytest.mark.parametrize("column", ["confirmation_sealed", "answer_sealed", "reason"])
async def test_minutes_are_not_rewritten_once_it_is_over(story: Story, raw: Raw, column: str) -> None:
    for who in ("demo-border", "demo-labour"):
        rewritten = f"update handovers set {column} = 'x' where id = $1"  # noqa: S608
        await refused(raw, who, rewritten, UUID(story.handover["id"]))


async def test_a_giver_cannot_write_down_that_somebody_has_received(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    made = (
        "insert into handovers (id, case_id, giver_id, receiver_id, channel, status)"
        " values (gen_random_uuid(), $1, $2, $3, 'other', $4)"
    )
    values = (UUID(story.case), org("demo-border"), org("demo-labour"))
    async with acting(raw, "demo-border") as sql:
        for status in ("received", "refused", "cancelled"):
            await refused_within(sql, made, *values, status)
        await sql.execute(made, *values, "proposed")
