"""Protection: who may order what, the person's refusal, and the compartment that hides all of it."""

from typing import Any

import pytest

from app.reference.codes import code_list
from tests.conftest import Raw
from tests.factories import (
    a_case,
    a_confirmation,
    a_held_case,
    a_proposed_handover,
    a_referral,
    a_verification,
    an_action,
    an_order,
)
from tests.personas import PERSONAS, Clients, Story
from tests.safety.stays import events, problem

LABOUR, COMMUNE, POLICE, BORDER, NGO = "demo-labour", "demo-commune", "demo-police", "demo-border", "demo-ngo"
DECLINED = {"undertaking": True, "text": "Tự chịu trách nhiệm về an toàn của mình."}
OVER = {"ended_on": "2026-11-21", "reason": "danger_over"}
EVERYBODY = "border_guard police foreign_affairs labour commune provider"
MAY_ORDER = {
    "evidence_secrecy": EVERYBODY,  # 1
    "privacy": EVERYBODY,  # 2
    "guards": "border_guard police",  # 3
    "limited_contact": EVERYBODY,  # 4
    "refuge": EVERYBODY,  # 5
    "relocation": "border_guard police",  # 6
    "prevention": "border_guard police",  # 7
    "closed_trial": "",  # 8, a court alone
    "danger_watch": "border_guard police",
    "armed_support": EVERYBODY,
}
"""Decree 62/2012 Arts 7 and 8, typed by hand in their order; the last two came with Decree 162/2025."""


def protections_of(story: Story) -> str:
    return f"/v1/cases/{story.case}/protections"


async def an_ordered(clients: Clients, story: Story, by: str, *measures: str) -> str:
    """The path of a protection just ordered."""
    made = await clients.ok(by, "POST", protections_of(story), an_order(*measures))
    return f"/v1/protections/{made['id']}"


def test_who_may_order_which_measure_is_what_the_decree_says() -> None:
    codes = code_list("protection_measure").codes
    assert {code.code: " ".join(code.attributes["agencies"]) for code in codes} == MAY_ORDER


async def test_a_commune_cannot_order_a_new_home(clients: Clients) -> None:
    story = await a_held_case(clients, COMMUNE, accompanying_minors=[])
    status, told = await problem(clients, COMMUNE, protections_of(story), an_order("privacy", "relocation", "guards"))
    assert (status, told["code"], told["params"]) == (422, "not_competent", {"measures": ["relocation", "guards"]})
    assert (await clients.ok(COMMUNE, "GET", protections_of(story)))["items"] == []
    await an_ordered(clients, story, COMMUNE, "evidence_secrecy", "privacy", "limited_contact", "refuge")


async def test_an_association_orders_nothing(clients: Clients) -> None:
    story = await a_referral(clients, status="accepted")
    told = (await problem(clients, NGO, protections_of(story), an_order("refuge")))[1]
    assert (told["code"], told["params"]) == ("not_competent", {"measures": ["refuge"]})


async def test_outside_the_compartment_there_is_no_trace_of_it(clients: Clients) -> None:
    """Neither for an association with a live referral, nor for the verifier, nor for strangers."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_referral(clients, story, status="accepted")
    await a_verification(clients, story)
    path = await an_ordered(clients, story, LABOUR, "refuge")
    await an_action(clients, LABOUR, path, "ends", OVER)
    for who in (NGO, POLICE, BORDER, "demo-shelter", "demo-stranger"):
        hidden, missing = [await clients.get(who, p) for p in (path, f"/v1/protections/{story.case}")]
        assert (hidden.status_code, hidden.json()["code"]) == (404, missing.json()["code"])
        assert (await problem(clients, who, f"{path}/ends", OVER, etag='"AAAAAAAAAAAAAAAAAAAA"'))[0] == 404
    for who in (NGO, POLICE):
        assert (await clients.ok(who, "GET", protections_of(story)))["items"] == []
        assert await events(clients, who, story.case, "protection") == []
    assert await events(clients, LABOUR, story.case, "protection") == ["protection.ordered", "protection.ended"]


async def test_not_even_a_custodian_that_does_not_read_the_compartment_learns_of_it(clients: Clients) -> None:
    """The first receiver reads all but health, investigation and refuge; its verifier orders protection."""
    story = await a_case(clients, accompanying_minors=[])
    await a_verification(clients, story, by=BORDER)
    path = await an_ordered(clients, story, POLICE, "guards", "relocation")
    seen = await clients.ok(POLICE, "GET", path)
    assert (seen["measures"], seen["order_numbers"]) == (["guards", "relocation"], ["12/QĐ-UBND"])
    assert (await clients.get(BORDER, path)).status_code == 404
    assert (await clients.ok(BORDER, "GET", protections_of(story)))["items"] == []
    assert await events(clients, BORDER, story.case, "protection") == []
    told = [entry["event"] for entry in (await clients.ok(BORDER, "GET", f"/v1/cases/{story.case}/accesses"))["items"]]
    assert "protection.read" not in told
    assert await events(clients, POLICE, story.case, "protection") == ["protection.ordered"]
    own = (await clients.ok(POLICE, "GET", f"/v1/cases/{story.case}/accesses"))["items"]
    assert [entry["sections"] for entry in own if entry["event"] == "protection.read"] == [["refuge"]]


async def test_who_ordered_it_ends_it_when_its_part_in_the_case_is_over(clients: Clients) -> None:
    """And the custodian, who may not order guards, cannot undo them."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    path = await an_ordered(clients, story, POLICE, "guards")
    await an_action(clients, LABOUR, f"/v1/verifications/{story.verification['id']}", "withdrawals", {})
    etag = (await clients.ok(LABOUR, "GET", path))["etag"]
    for act, body in (("ends", OVER), ("changes", {"measures": ["privacy"], "order_number": "13/QĐ"})):
        assert (await problem(clients, LABOUR, f"{path}/{act}", body, etag=etag))[1]["code"] == "not_competent"
    assert (await an_action(clients, POLICE, path, "ends", OVER))["status"] == "ended"
    seen = await clients.ok(LABOUR, "GET", path)
    assert (seen["reason"], seen["ended_on"], seen["available_actions"]) == ("danger_over", "2026-11-21", [])


async def test_a_further_order_replaces_the_measures_and_keeps_the_numbers(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    path = await an_ordered(clients, story, LABOUR, "privacy")
    changed = await an_action(
        clients, LABOUR, path, "changes", {"measures": ["refuge", "privacy"], "order_number": "15/QĐ"}
    )
    assert (changed["measures"], changed["status"]) == (["privacy", "refuge"], "active")
    assert "order_numbers" not in changed
    assert (await clients.ok(LABOUR, "GET", path))["order_numbers"] == ["12/QĐ-UBND", "15/QĐ"]
    etag = (await clients.ok(LABOUR, "GET", path))["etag"]
    more = {"measures": ["prevention"], "order_number": "16/QĐ"}
    assert (await problem(clients, LABOUR, f"{path}/changes", more, etag=etag))[1]["code"] == "not_competent"


async def test_the_next_custodian_continues_it_if_it_may(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    path = await an_ordered(clients, story, LABOUR, "refuge")
    await a_proposed_handover(clients, story, LABOUR, COMMUNE)
    await a_confirmation(clients, story, COMMUNE)
    assert (await an_action(clients, COMMUNE, path, "ends", OVER))["status"] == "ended"
    assert (await clients.ok(LABOUR, "GET", path))["status"] == "ended"  # it ordered it


async def test_a_person_declines_with_an_undertaking(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    made = await clients.ok(LABOUR, "POST", protections_of(story), {"measures": ["refuge"], "declined": DECLINED})
    assert (made["status"], made["starts_on"], made["available_actions"]) == ("declined", None, [])
    seen = await clients.ok(LABOUR, "GET", f"/v1/protections/{made['id']}")
    assert (seen["order_numbers"], seen["text"]) == ([], DECLINED["text"])
    assert await events(clients, LABOUR, story.case, "protection") == ["protection.declined"]
    path = await an_ordered(clients, story, LABOUR, "refuge")
    refused = {"ended_on": "2026-11-21", "reason": "person_declined", "declined": DECLINED}
    await an_action(clients, LABOUR, path, "ends", refused)
    assert (await clients.ok(LABOUR, "GET", path))["text"] == DECLINED["text"]


@pytest.mark.parametrize(
    ("body", "pointer", "rule"),
    [
        ({"measures": ["refuge"], "declined": {**DECLINED, "undertaking": False}}, "/declined/undertaking", None),
        ({"measures": ["refuge"], "declined": {"text": "Không cần."}}, "/declined/undertaking", "required"),
        ({"measures": ["refuge"]}, "", "exactly_one"),
        ({**an_order("refuge"), "declined": DECLINED}, "", "exactly_one"),
        ({"measures": ["refuge"], "order_number": "12/QĐ"}, "/starts_on", "required"),
        ({**an_order("refuge"), "measures": []}, "/measures", "too_short"),
        ({**an_order("refuge"), "measures": ["moon"]}, "/measures/0", "unknown_code"),
        ({**an_order("refuge"), "file": "…"}, "", "unknown_member"),
    ],
)
async def test_what_is_neither_an_order_nor_a_refusal_is_refused(
    clients: Clients, body: dict[str, Any], pointer: str, rule: str | None
) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    status, told = await problem(clients, LABOUR, protections_of(story), body)
    assert (status, told["errors"][0]["pointer"], told["errors"][0]["code"]) == (422, pointer, rule or "invalid_value")


@pytest.mark.parametrize(
    ("changes", "pointer", "rule"),
    [
        ({"ended_on": "2026-11-19"}, "/ended_on", "out_of_range"),
        ({"ended_on": "2999-01-01"}, "/ended_on", "in_the_future"),
        ({"reason": "person_declined"}, "/declined", "required"),
        ({"declined": DECLINED}, "/declined", "invalid_value"),
        ({"reason": "other"}, "/text", "text_required"),
    ],
)
async def test_an_end_that_cannot_be_is_refused(
    clients: Clients, raw: Raw, changes: dict[str, Any], pointer: str, rule: str
) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    path = await an_ordered(clients, story, LABOUR, "refuge")
    etag = (await clients.ok(LABOUR, "GET", path))["etag"]
    status, told = await problem(clients, LABOUR, f"{path}/ends", {**OVER, **changes}, etag=etag)
    assert (status, told["errors"][0]["pointer"], told["errors"][0]["code"]) == (422, pointer, rule)
    assert await raw.all.fetchval("select status from protections") == "active"


async def test_a_disclosed_compartment_shows_it_and_lets_nothing_be_moved(clients: Clients) -> None:
    """A house to which `refuge` was disclosed knows of the protection; the orders stay with those competent."""
    story = await a_held_case(clients, accompanying_minors=[])
    sections = {"sections": ["identity", "refuge"], "lawful_basis": "statutory_support", "service": "shelter"}
    body = {"case_id": story.case, "receiver_id": str(PERSONAS["demo-shelter"].id), **sections}
    referral = await clients.ok(LABOUR, "POST", "/v1/referrals", body)
    await an_action(clients, "demo-shelter", f"/v1/referrals/{referral['id']}", "acceptances", {})
    path = await an_ordered(clients, story, LABOUR, "refuge")
    seen = await clients.ok("demo-shelter", "GET", path)
    assert (seen["order_numbers"], seen["available_actions"]) == (["12/QĐ-UBND"], [])
    assert (await problem(clients, "demo-shelter", f"{path}/ends", OVER, etag=seen["etag"]))[1][
        "code"
    ] == "not_your_move"
