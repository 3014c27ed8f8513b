"""Lists over HTTP: every row once in both directions, cursors good for one caller and one list, bounds on the size."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories import a_case, a_held_case, a_plan, a_referral, an_intake
from tests.personas import PERSONAS, Clients, Story

ROWS = 5
LINK = re.compile(r'<([^>]+)>; rel="(next|prev)"')


async def walk(clients: Clients, persona: str, path: str, limit: int = 2) -> tuple[list[str], list[str]]:
    """The ids from the first page to the last by `next`, and from the last back to the first by `prev`."""
    join = "&" if "?" in path else "?"
    page = await clients.ok(persona, "GET", f"{path}{join}limit={limit}")
    assert page["prev"] is None
    forward = [item["id"] for item in page["items"]]
    backward = [[item["id"] for item in page["items"]]]
    while page["next"]:
        page = await clients.ok(persona, "GET", f"{path}{join}limit={limit}&cursor={page['next']}")
        forward += [item["id"] for item in page["items"]]
    backward = [[item["id"] for item in page["items"]]]
    while page["prev"]:
        page = await clients.ok(persona, "GET", f"{path}{join}limit={limit}&cursor={page['prev']}")
        backward.insert(0, [item["id"] for item in page["items"]])
    return forward, [each for ids in backward for each in ids]


async def everything(clients: Clients) -> tuple[Story, dict[str, str]]:
    """A case with several of each thing, and the lists that show them, with who reads each."""
    story = await a_referral(clients, status="accepted")
    case = f"/v1/cases/{story.case}"
    await a_plan(clients, story)
    support = {"regime": "a", "service": "psychological", "given_on": "2026-11-20", "funding": "state"}
    follow_up = {"held_on": "2026-11-20", "method": "visit", "result": "stable", "retrafficking_risk": "low"}
    correction = {"section": "contact", "value": {"address": "Số 1"}, "reason": "Sai"}
    for _ in range(ROWS):
        await a_case(clients)
        await clients.ok("demo-labour", "POST", f"{case}/notes", {"text": "Ghi chú"})
        await clients.ok("demo-labour", "POST", f"{case}/corrections", correction)
        await clients.ok("demo-labour", "POST", f"/v1/plans/{story.plan['id']}/support-items", support)
        await clients.ok("demo-labour", "POST", f"/v1/plans/{story.plan['id']}/follow-ups", follow_up)
        await clients.ok("demo-labour", "GET", case)
    lists = {
        "/v1/intakes": "demo-border",
        "/v1/cases": "demo-border",
        "/v1/cases?status=open": "demo-border",
        f"{case}/notes": "demo-labour",
        f"{case}/corrections": "demo-labour",
        f"{case}/timeline": "demo-labour",
        f"{case}/support-items": "demo-labour",
        f"/v1/plans/{story.plan['id']}/support-items": "demo-labour",
        f"/v1/plans/{story.plan['id']}/follow-ups": "demo-labour",
        "/v1/organisations": "demo-ngo",
        "/v1/services": "demo-ngo",
        "/v1/audit-events?event=case.opened": "demo-oversight",
    }
    return story, lists


async def test_every_list_is_walked_both_ways_with_every_row_once(clients: Clients) -> None:
    _, lists = await everything(clients)
    for path, persona in lists.items():
        forward, backward = await walk(clients, persona, path)
        assert len(forward) >= ROWS, path
        assert len(forward) == len(set(forward)), path
        assert backward == forward, path
        whole = await clients.ok(persona, "GET", f"{path}{'&' if '?' in path else '?'}limit=200")
        assert [item["id"] for item in whole["items"]] == forward, path


async def test_the_accesses_of_a_case_are_walked_both_ways(clients: Clients) -> None:
    story, _ = await everything(clients)
    forward, backward = await walk(clients, "demo-labour", f"/v1/cases/{story.case}/accesses")
    assert len(forward) > ROWS
    assert backward == forward
    assert len(set(forward)) == len(forward)


async def test_newest_come_first_and_a_newcomer_shifts_no_page(clients: Clients) -> None:
    made = [(await a_case(clients)).case for _ in range(3)]
    children_too = await clients.ok("demo-border", "GET", "/v1/intakes?limit=2")
    await a_case(clients)
    following = await clients.ok("demo-border", "GET", f"/v1/intakes?limit=2&cursor={children_too['next']}")
    assert len(following["items"]) == 1
    first_pages = [item["created_at"] for item in children_too["items"] + following["items"]]
    assert first_pages == sorted(first_pages, reverse=True)
    assert len(made) == 3


async def test_links_lead_to_the_same_pages_with_the_same_filters(clients: Clients) -> None:
    for _ in range(3):
        await a_case(clients)
    first = await clients.get("demo-border", "/v1/cases?status=open&limit=2")
    ((url, rel),) = LINK.findall(first.headers["Link"])
    asked = parse_qs(urlsplit(url).query)
    assert (rel, asked["status"], asked["limit"], asked["cursor"]) == ("next", ["open"], ["2"], [first.json()["next"]])
    second = await clients.get("demo-border", url)
    links = {rel: url for url, rel in LINK.findall(second.headers["Link"])}
    assert set(links) == {"next", "prev"}
    back = await clients.get("demo-border", links["prev"])
    assert [item["id"] for item in back.json()["items"]] == [item["id"] for item in first.json()["items"]]
    whole = await clients.get("demo-border", "/v1/cases?limit=200")
    assert "Link" not in whole.headers


async def test_a_cursor_is_good_for_one_caller_one_list_and_its_filters(clients: Clients) -> None:
    story = await a_case(clients)
    for _ in range(2):
        await a_case(clients)
    cursor = (await clients.ok("demo-border", "GET", "/v1/cases?limit=1&status=open"))["next"]
    good = f"/v1/cases?limit=200&status=open&cursor={cursor}"
    assert (await clients.get("demo-border", good)).status_code == 200
    others = [
        ("demo-police", good),
        ("demo-border", f"/v1/cases?limit=1&cursor={cursor}"),
        ("demo-border", f"/v1/cases?limit=1&status=closed&cursor={cursor}"),
        ("demo-border", f"/v1/intakes?limit=1&cursor={cursor}"),
        ("demo-border", f"/v1/cases/{story.case}/notes?cursor={cursor}"),
        ("demo-border", f"/v1/cases?status=open&cursor={cursor[:-1]}"),
        ("demo-border", f"/v1/cases?status=open&cursor={cursor}="),
        ("demo-border", f"/v1/cases?status=open&cursor={cursor[:8]}X{cursor[9:]}"),
        ("demo-border", "/v1/cases?status=open&cursor=2026-11-20"),
        ("demo-border", "/v1/cases?status=open&cursor=%00"),
        ("demo-border", "/v1/cases?status=open&cursor=%F0%9F%A6%86"),
    ]
    for persona, path in others:
        answer = await clients.get(persona, path)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), path


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "", "9999999999999999999999", "1e2"])
async def test_a_limit_out_of_bounds_is_refused(clients: Clients, limit: str) -> None:
    answer = await clients.get("demo-border", f"/v1/cases?limit={limit}")
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["query:limit"]


async def test_fifty_rows_unless_told_and_as_many_as_told(clients: Clients) -> None:
    minors = [{"full_name": f"Em {n}", "relation": "child", "birth_date": "2021"} for n in range(20)]
    for _ in range(3):
        await clients.ok("demo-border", "POST", "/v1/intakes", an_intake(accompanying_minors=minors))
    for query, expected in (("", 50), ("?limit=1", 1), ("?limit=60", 60), ("?limit=200", 63)):
        assert len((await clients.ok("demo-border", "GET", f"/v1/cases{query}"))["items"]) == expected


async def test_lists_name_nobody_and_hide_what_is_hidden(clients: Clients) -> None:
    story = await a_referral(clients)
    for persona in PERSONAS:
        for path in ("/v1/intakes", "/v1/cases", "/v1/handovers", "/v1/verifications", "/v1/referrals", "/v1/notices"):
            answer = await clients.get(persona, path)
            assert answer.status_code == (403 if persona == "demo-oversight" else 200)
            assert not re.search("Nguyễn|Hoa|Vương|1999|biên giới", answer.text)
            if persona == "demo-other-police":
                assert answer.json() == {"items": [], "next": None, "prev": None}
    assert story.case


async def test_a_list_under_something_hidden_is_hidden(clients: Clients) -> None:
    story = await a_held_case(clients)
    lists = (
        "timeline",
        "accesses",
        "supplements",
        "notes",
        "corrections",
        "handovers",
        "notices",
        "consents",
        "verifications",
    )
    for name in (*lists, "referrals", "support-items"):
        answer: Any = await clients.get("demo-other-police", f"/v1/cases/{story.case}/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), name
