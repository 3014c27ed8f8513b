"""Who has a record of a case and no part in the case: it moves its own clock, and neither learns nor touches more."""

import json
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.deadlines.duties import items
from tests.factories import (
    a_case,
    a_conclusion,
    a_confirmation,
    a_held_case,
    a_move,
    a_notice,
    a_proposed_handover,
    a_referral,
    a_stay,
    a_verification,
    an_action,
    an_incident,
)
from tests.personas import PERSONAS, Clients, Story
from tests.safety.stays import a_taken_in
from tests.sql import be

HOUSE, LABOUR, POLICE = "demo-shelter", "demo-labour", "demo-police"
SERVED = {"outcome": "service_delivered"}
Told = tuple[str, str, str]


async def a_danger(clients: Clients, story: Story) -> str:
    made = await clients.ok(HOUSE, "POST", f"/v1/cases/{story.case}/incidents", an_incident())
    return str(made["id"])


async def police_told_of_danger(clients: Clients) -> Told:
    return POLICE, "incident", await a_danger(clients, await a_taken_in(clients))


async def a_house_that_reported_danger_once(clients: Clients) -> Told:
    story = await a_taken_in(clients)
    danger = await a_danger(clients, story)
    await a_move(clients, story, HOUSE, "completions", SERVED)
    return HOUSE, "incident", danger


async def a_house_whose_referral_is_over(clients: Clients) -> Told:
    story = await a_taken_in(clients)
    stay = await a_stay(clients, story)
    await a_move(clients, story, HOUSE, "completions", SERVED)
    return HOUSE, "placement", stay["id"]


async def a_body_with_a_notice(clients: Clients) -> Told:
    story = await a_held_case(clients, accompanying_minors=[])
    return "demo-other-police", "notice", (await a_notice(clients, story))["id"]


async def a_former_custodian(clients: Clients) -> Told:
    story = await a_case(clients, accompanying_minors=[])
    await a_proposed_handover(clients, story, "demo-border", LABOUR)
    await a_confirmation(clients, story, LABOUR)
    return "demo-border", "handover", story.handover["id"]


async def one_that_refused_custody(clients: Clients) -> Told:
    story = await a_case(clients, accompanying_minors=[])
    await a_proposed_handover(clients, story, "demo-border", LABOUR)
    path = f"/v1/handovers/{story.handover['id']}"
    await an_action(clients, LABOUR, path, "refusals", {"reason": "not_present", "text": "Không có mặt."})
    return LABOUR, "handover", story.handover["id"]


async def a_verifier_that_has_concluded(clients: Clients) -> Told:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    await a_conclusion(clients, story)
    return POLICE, "verification", story.verification["id"]


async def a_verifier_that_passed_it_on(clients: Clients) -> Told:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    body = {"verifier_id": str(PERSONAS["demo-other-police"].id), "reason": "Khác địa bàn"}
    path = f"/v1/verifications/{story.verification['id']}"
    await an_action(clients, POLICE, path, "forwardings", body)
    return POLICE, "verification", story.verification["id"]


async def a_receiver_that_has_not_answered(clients: Clients) -> Told:
    story = await a_referral(clients)
    return "demo-ngo", "referral", story.referral["id"]


async def a_receiver_that_is_done(clients: Clients) -> Told:
    story = await a_referral(clients, status="in_service")
    await a_move(clients, story, "demo-ngo", "completions", SERVED)
    return "demo-ngo", "referral", story.referral["id"]


WITH_A_SIDE = [
    a_verifier_that_has_concluded,
    a_verifier_that_passed_it_on,
    a_receiver_that_has_not_answered,
    a_receiver_that_is_done,
]
"""They have a side in a request, whose clocks of both sides they move, and no part in the case."""


@pytest.mark.parametrize(
    "made",
    [
        *WITH_A_SIDE,
        a_body_with_a_notice,
        police_told_of_danger,
        a_house_that_reported_danger_once,
        a_house_whose_referral_is_over,
        a_former_custodian,
        one_that_refused_custody,
    ],
)
async def test_the_clocks_of_the_case_are_neither_read_nor_moved(
    clients: Clients, raw: Raw, made: Callable[[Clients], Awaitable[Told]]
) -> None:
    who, kind, carrier = await made(clients)
    before = await raw.all.fetch("select * from duties order by id")
    of_case = json.loads(await raw.all.fetchval("select to_jsonb(d) from duties d where carrier = 'case' limit 1"))
    forged = [{**of_case, "status": "met"}, {**of_case, "id": str(uuid4())}]
    if made not in WITH_A_SIDE:
        forged.append({**of_case, "id": str(uuid4()), "carrier": kind, "carrier_id": carrier})
    async with raw.api.transaction():
        await be(raw.api, who)
        touched = json.loads(await raw.api.fetchval("select access.duties_touched($1, $2)", kind, carrier) or "{}")
        assert [name for name in ("province_code", "regime", "facts") if touched.get(name)] == []
        assert made in WITH_A_SIDE or not touched.get("custodian_id")
        assert [row for row in touched.get("duties", []) if row["carrier_id"] != carrier] == []
        for row in forged:
            await raw.api.execute("select access.put_duties($1, $2, $3)", kind, UUID(carrier), json.dumps([row]))
        await be(raw.api, "demo-stranger")
        assert await raw.api.fetchval("select access.duties_touched($1, $2)", kind, UUID(carrier)) is None
    assert await raw.all.fetch("select * from duties order by id") == before


async def test_where_the_person_is_does_not_stand_in_the_worklist_of_the_police(clients: Clients) -> None:
    """The incident says where it happened, if its reporter does; the case's province is not told with it."""
    story = await a_taken_in(clients)
    body = an_incident(province_code=None)
    await clients.ok(HOUSE, "POST", f"/v1/cases/{story.case}/incidents", body)
    (item,) = await items(clients, POLICE, kind="incident")
    assert (item["rule"], item["province_code"]) == ("T16", None)
    (item,) = await items(clients, LABOUR, kind="incident")
    assert (item["rule"], item["province_code"]) == ("T11", "15")


async def test_a_house_told_nothing_more_still_has_its_clocks(clients: Clients) -> None:
    """A stay outlasts the referral, and so do its days."""
    story = await a_taken_in(clients)
    stay = await a_stay(clients, story)
    await a_move(clients, story, HOUSE, "completions", SERVED)
    longer = {"until": "2027-06-20", "reason": "Chưa có nơi ở."}
    await an_action(clients, HOUSE, f"/v1/placements/{stay['id']}", "extensions", longer)
    assert [item["rule"] for item in await items(clients, HOUSE, kind="placement")] == ["T17"]
