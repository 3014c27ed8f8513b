"""Persons who belong together: a mother and her two children, one of them foreign, leave in one hand-over or for a
stated reason."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Raw
from tests.factories import a_case, a_held_case, a_proposed_handover, an_action
from tests.personas import PERSONAS, Clients, Story

SON = {"full_name": "Nguyễn Văn Bình", "sex": "male", "birth_date": "2023", "nationalities": ["VN"]}
LABOUR = str(PERSONAS["demo-labour"].id)


async def a_family(clients: Clients) -> tuple[Story, str]:
    """Mother and foreign daughter, received together; and the son, who came a day later, linked by hand."""
    story = await a_case(clients)
    son = (await a_case(clients, person=SON, accompanying_minors=[])).case
    await linked(clients, story.case, son, "child")
    return story, son


async def linked(
    clients: Clients, case: str, other: str, relation: str, *, by: str = "demo-border", **more: Any
) -> Any:
    return await clients.ok(by, "POST", f"/v1/cases/{case}/links", {"case_id": other, "relation": relation, **more})


async def links_of(clients: Clients, case: str, by: str = "demo-border") -> list[tuple[str, str, bool]]:
    items = (await clients.ok(by, "GET", f"/v1/cases/{case}/links"))["items"]
    return [(item["case_id"], item["relation"], item["keep_together"]) for item in items]


async def hand_over(clients: Clients, case: str, by: str = "demo-border", **body: Any) -> httpx.Response:
    return await clients.call(by, "POST", f"/v1/cases/{case}/handovers", {"receiver_id": LABOUR, **body})


def left_behind(answer: httpx.Response) -> list[str]:
    assert (answer.status_code, answer.json()["code"]) == (409, "keep_together"), answer.text
    return list(answer.json()["params"]["case_ids"])


async def test_a_link_is_found_from_both_sides(clients: Clients) -> None:
    story, son = await a_family(clients)
    assert await links_of(clients, story.case) == [(story.child, "child", True), (son, "child", True)]
    assert await links_of(clients, son) == [(story.case, "parent", True)]
    assert (await linked(clients, story.child, son, "sibling"))["relation"] == "sibling"
    assert (story.child, "sibling", True) in await links_of(clients, son)


@pytest.mark.parametrize(
    ("relation", "back"), [("grandchild", "grandparent"), ("guardian", "ward"), ("spouse", "spouse")]
)
async def test_the_other_side_says_the_other_half_of_the_relation(clients: Clients, relation: str, back: str) -> None:
    one, other = [(await a_case(clients, accompanying_minors=[])).case for _ in range(2)]
    await linked(clients, one, other, relation)
    assert await links_of(clients, other) == [(one, back, True)]


async def test_the_mother_leaves_with_both_children_and_none_is_forgotten(clients: Clients) -> None:
    story, son = await a_family(clients)
    assert left_behind(await hand_over(clients, story.case, with_cases=[story.child])) == [son]
    assert left_behind(await hand_over(clients, story.case)) == sorted([story.child, son])
    together = await hand_over(clients, story.case, with_cases=[story.child, son])
    assert together.status_code == 201
    await an_action(clients, "demo-labour", f"/v1/handovers/{together.json()['id']}", "confirmations", {})
    assert len(await links_of(clients, story.case, "demo-labour")) == 2
    assert (await clients.get("demo-border", f"/v1/cases/{story.case}/links")).status_code == 404


async def test_all_of_the_family_is_named_over_however_many_links(clients: Clients) -> None:
    """Nobody links the children with one another: whoever sends one of them is told of the mother and of the other."""
    story, son = await a_family(clients)
    assert left_behind(await hand_over(clients, son)) == sorted([story.case, story.child])


async def test_a_stated_reason_parts_them_and_stays_on_record(clients: Clients, raw: Raw) -> None:
    story, son = await a_family(clients)
    vague = await hand_over(clients, son, separation_reason="other")
    assert (vague.status_code, vague.json()["errors"][0]["code"]) == (422, "text_required")
    parted = await hand_over(clients, son, separation_reason="medical")
    assert (parted.status_code, parted.json()["separation_reason"]) == (201, "medical")
    await an_action(clients, "demo-labour", f"/v1/handovers/{parted.json()['id']}", "confirmations", {})
    assert await links_of(clients, story.case) == [(story.child, "child", True)]  # who sees one alone sees no link
    assert (await hand_over(clients, story.case, with_cases=[story.child])).status_code == 201


async def test_the_next_custodian_may_not_part_them_either(clients: Clients) -> None:
    story = await a_held_case(clients)
    commune = str(PERSONAS["demo-commune"].id)
    body = {"by": "demo-labour", "receiver_id": commune}
    assert left_behind(await hand_over(clients, story.child, **body)) == [story.case]
    assert (await hand_over(clients, story.child, **body, with_cases=[story.case])).status_code == 201


async def test_a_party_outside_the_network_parts_a_family_as_well(clients: Clients) -> None:
    story = await a_case(clients)
    outside = {"outside": {"name": "Công an Hà Khẩu", "country": "CN", "signatory": "Lý Minh"}}
    path = f"/v1/cases/{story.child}/handovers"
    assert left_behind(await clients.call("demo-border", "POST", path, outside)) == [story.case]
    await clients.ok("demo-border", "POST", path, {**outside, "separation_reason": "authority_decision"})


async def test_who_is_released_or_closed_is_not_waited_for(clients: Clients) -> None:
    story, son = await a_family(clients)
    await linked(clients, son, story.case, "parent", keep_together=False)
    assert await links_of(clients, son) == [(story.case, "parent", False)]
    etag = (await clients.ok("demo-border", "GET", f"/v1/cases/{story.child}"))["etag"]
    closure = {"reason": "completed", "outcome": "support_completed"}
    await clients.ok("demo-border", "POST", f"/v1/cases/{story.child}/closures", closure, etag=etag)
    assert (await hand_over(clients, story.case)).status_code == 201


async def test_one_who_is_about_to_leave_alone_is_not_bound_to_another(clients: Clients) -> None:
    """The receiver's word would part them without anybody having said why."""
    one, other = [(await a_case(clients, accompanying_minors=[])).case for _ in range(2)]
    assert (await hand_over(clients, one)).status_code == 201
    body = {"case_id": other, "relation": "sibling"}
    refused = await clients.call("demo-border", "POST", f"/v1/cases/{one}/links", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "open_handover")
    await linked(clients, one, other, "sibling", keep_together=False)


@pytest.mark.parametrize("attempt", range(4))
async def test_a_link_and_a_hand_over_at_the_same_moment_never_part_them(clients: Clients, attempt: int) -> None:
    one, other = [(await a_case(clients, accompanying_minors=[])).case for _ in range(2)]
    body = {"case_id": other, "relation": "sibling"}
    made, proposed = await asyncio.gather(
        clients.call("demo-border", "POST", f"/v1/cases/{one}/links", body), hand_over(clients, other)
    )
    assert sorted([made.status_code, proposed.status_code]) == [201, 409], (made.text, proposed.text)


async def test_two_links_of_the_same_persons_at_once_are_one(clients: Clients, raw: Raw) -> None:
    one, other = [(await a_case(clients, accompanying_minors=[])).case for _ in range(2)]
    await asyncio.gather(linked(clients, one, other, "sibling"), linked(clients, other, one, "sibling"))
    assert await raw.all.fetchval("select count(*) from case_links") == 2


async def test_repeating_a_link_with_its_key_makes_nothing_new(clients: Clients, raw: Raw) -> None:
    one, other = [(await a_case(clients, accompanying_minors=[])).case for _ in range(2)]
    body, key = {"case_id": other, "relation": "child"}, str(uuid4())
    path = f"/v1/cases/{one}/links"
    first, again = [await clients.call("demo-border", "POST", path, body, Idempotency_Key=key) for _ in range(2)]
    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'case.linked'") == 2


async def test_only_two_cases_of_ones_own_custody_are_linked(clients: Clients) -> None:
    story = await a_held_case(clients)
    foreign = (await a_case(clients, accompanying_minors=[])).case

    async def answer(who: str, case: str, other: str) -> tuple[int, str]:
        body = {"case_id": other, "relation": "sibling"}
        given = await clients.call(who, "POST", f"/v1/cases/{case}/links", body)
        return given.status_code, given.json()["code"]

    assert await answer("demo-labour", story.case, story.case) == (422, "validation_failed")
    for other in (foreign, str(uuid4())):
        assert await answer("demo-labour", story.case, other) == (422, "unknown_reference")
    for case in (story.case, str(uuid4())):
        assert await answer("demo-border", case, foreign) == (404, "not_found")
    await a_proposed_handover(clients, Story(case=foreign), "demo-border", "demo-labour")
    assert await answer("demo-labour", story.case, foreign) == (403, "not_your_move")
