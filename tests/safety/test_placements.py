"""Stays in a shelter: who may take a place, that the count follows every step, and how a stay ends."""

from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Raw
from tests.factories import (
    SHELTER,
    a_confirmation,
    a_held_case,
    a_move,
    a_proposed_handover,
    a_referral,
    a_stay,
    a_verification,
    an_action,
)
from tests.personas import PERSONAS, Clients, Story
from tests.safety.stays import ENDED, a_taken_in, another_shelter, events, free, problem, set_places
from tests.test_races import race, statuses

LABOUR, HOUSE, NGO, POLICE = "demo-labour", "demo-shelter", "demo-ngo", "demo-police"
STAY = {"service_id": SHELTER, "started_on": "2026-11-20"}


def placements_of(story: Story) -> str:
    return f"/v1/cases/{story.case}/placements"


async def test_the_shelter_is_full_and_another_takes_her(clients: Clients, raw: Raw) -> None:
    """Accepted, then full at the door: others are named, the first refuses, the second takes her in."""
    story = await a_taken_in(clients)
    await set_places(raw, 0)
    async with another_shelter(raw) as other, another_shelter(raw, province="20"), another_shelter(raw, places=0):
        status, told = await problem(clients, HOUSE, placements_of(story), STAY)
        assert (status, told["code"], told["params"]) == (409, "no_capacity", {"alternatives": [other]})
        await a_move(clients, story, LABOUR, "withdrawals", {"reason": "other", "text": "Hết chỗ."})
        await a_referral(clients, story, receiver=HOUSE, service="shelter")
        await a_move(clients, story, HOUSE, "refusals", {"reason": "no_capacity", "text": "Hết chỗ."})
        await a_taken_in(clients, story, by=NGO)
        made = await a_stay(clients, story, by=NGO, service_id=other)
        assert (made["facility_id"], made["placed_by"], made["status"]) == (str(PERSONAS[NGO].id),) * 2 + ("active",)
        assert (await free(raw), await free(raw, other)) == (0, 1)


async def test_the_count_of_free_places_follows_every_step(clients: Clients, raw: Raw) -> None:
    story = await a_taken_in(clients)
    made = await a_stay(clients, story, by=LABOUR)
    assert await free(raw) == 3
    path = f"/v1/placements/{made['id']}"
    await an_action(clients, HOUSE, path, "extensions", {"until": "2027-01-20", "reason": "Chưa có nơi ở."})
    assert await free(raw) == 3
    ended = await an_action(clients, HOUSE, path, "ends", ENDED)
    assert (ended["status"], ended["available_actions"]) == ("ended", [])
    assert (ended["ended_on"], ended["reason"], ended["destination"]) == ("2026-11-21", "moved_on", "own_home")
    assert await free(raw) == 4
    again = await a_stay(clients, story, started_on="2026-11-21")
    assert (again["status"], await free(raw)) == ("active", 3)


async def test_a_place_given_back_never_makes_more_than_there_are(clients: Clients, raw: Raw) -> None:
    """The house has counted anew meanwhile; its own word on its places needs the version that the stay has moved."""
    story = await a_taken_in(clients)
    seen = (await clients.ok(HOUSE, "GET", f"/v1/services/{SHELTER}"))["etag"]
    made = await a_stay(clients, story)
    capacity = {"places_total": 5, "places_free": 5}
    path = f"/v1/services/{SHELTER}/capacity"
    assert (await clients.call(HOUSE, "PUT", path, capacity, etag=seen)).status_code == 412
    now = (await clients.ok(HOUSE, "GET", f"/v1/services/{SHELTER}"))["etag"]
    await clients.ok(HOUSE, "PUT", path, capacity, etag=now)
    await an_action(clients, HOUSE, f"/v1/placements/{made['id']}", "ends", ENDED)
    assert await free(raw) == 5


async def test_a_house_that_states_no_places_is_never_full(clients: Clients, raw: Raw) -> None:
    story = await a_taken_in(clients)
    await set_places(raw, None, None)
    made = await a_stay(clients, story)
    await an_action(clients, HOUSE, f"/v1/placements/{made['id']}", "ends", ENDED)
    assert await free(raw) is None


@pytest.mark.parametrize("attempt", range(4))
async def test_the_last_place_is_given_once(clients: Clients, raw: Raw, attempt: int) -> None:
    stories = [await a_taken_in(clients) for _ in range(3)]
    await set_places(raw, 1)
    answers = await race(raw, *(clients.call(HOUSE, "POST", placements_of(each), STAY) for each in stories))
    assert statuses(answers) == [201, 409, 409]
    assert {answer.json()["code"] for answer in answers if not answer.is_success} == {"no_capacity"}
    assert await free(raw) == 0
    assert await raw.all.fetchval("select count(*) from placements") == 1


@pytest.mark.parametrize("attempt", range(4))
async def test_a_person_stays_in_one_place(clients: Clients, raw: Raw, attempt: int) -> None:
    story = await a_taken_in(clients)
    answers = await race(raw, *(clients.call(who, "POST", placements_of(story), STAY) for who in (HOUSE, LABOUR)))
    assert statuses(answers) == [201, 409]
    assert [answer.json()["code"] for answer in answers if not answer.is_success] == ["already_placed"]
    assert await free(raw) == 3


async def test_who_stays_already_is_not_turned_away_for_want_of_a_place(clients: Clients, raw: Raw) -> None:
    """A stay recorded once more, in a house that has filled up meanwhile: there is nothing to look for elsewhere."""
    story = await a_taken_in(clients)
    await a_stay(clients, story)
    await set_places(raw, 0)
    body = {"service_id": SHELTER, "started_on": "2026-11-20"}
    status, told = await problem(clients, "demo-labour", f"/v1/cases/{story.case}/placements", body)
    assert (status, told["code"]) == (409, "already_placed")


async def test_a_stay_sent_twice_takes_one_place(clients: Clients, raw: Raw) -> None:
    story, key = await a_taken_in(clients), str(uuid4())
    first, again = [
        await clients.call(HOUSE, "POST", placements_of(story), STAY, Idempotency_Key=key) for _ in range(2)
    ]
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert again.json() == first.json()
    assert await free(raw) == 3


async def test_a_stay_neither_ends_before_it_began_nor_tomorrow(clients: Clients, raw: Raw) -> None:
    story = await a_taken_in(clients)
    path = f"/v1/placements/{(await a_stay(clients, story))['id']}"
    etag = (await clients.ok(HOUSE, "GET", path))["etag"]
    for day, code, rule in (
        ("2026-11-19", "does_not_fit", "out_of_range"),
        ("2999-01-01", "validation_failed", "in_the_future"),
    ):
        status, told = await problem(clients, HOUSE, f"{path}/ends", {**ENDED, "ended_on": day}, etag=etag)
        (error,) = told["errors"]
        assert (status, told["code"], error["pointer"], error["code"]) == (422, code, "/ended_on", rule)
    assert (await clients.ok(HOUSE, "GET", path))["etag"] == etag
    assert await free(raw) == 3


@pytest.mark.parametrize(
    ("changes", "pointer", "rule"),
    [
        ({"started_on": "2999-01-01"}, "/started_on", "in_the_future"),
        ({"until": "2026-11-19"}, "/until", "out_of_range"),
        ({"service_id": str(uuid4())}, "/service_id", "unknown_reference"),
        ({"room": "12"}, "", "unknown_member"),
    ],
)
async def test_a_stay_that_cannot_be_is_refused(
    clients: Clients, raw: Raw, changes: dict[str, Any], pointer: str, rule: str
) -> None:
    story = await a_taken_in(clients)
    status, told = await problem(clients, HOUSE, placements_of(story), {**STAY, **changes})
    (error,) = told["errors"]
    assert (status, error["pointer"], error["code"]) == (422, pointer, rule)
    assert await free(raw) == 4


async def test_an_extension_leads_beyond_the_day_that_was_set(clients: Clients) -> None:
    story = await a_taken_in(clients)
    path = f"/v1/placements/{(await a_stay(clients, story, until='2026-12-20'))['id']}"
    etag = (await clients.ok(LABOUR, "GET", path))["etag"]
    body = {"until": "2026-12-20", "reason": "Chưa có nơi ở."}
    status, told = await problem(clients, LABOUR, f"{path}/extensions", body, etag=etag)
    assert (status, told["code"], told["errors"][0]["pointer"]) == (422, "does_not_fit", "/until")
    for who, until in ((LABOUR, "2027-01-20"), (HOUSE, "2027-02-20")):
        await an_action(clients, who, path, "extensions", {**body, "until": until})
    seen = await clients.ok(HOUSE, "GET", path)
    told_by = [(each["until"], each["extended_by"], each["reason"]) for each in seen["extensions"]]
    assert told_by == [
        ("2027-01-20", str(PERSONAS[LABOUR].id), "Chưa có nơi ở."),
        ("2027-02-20", str(PERSONAS[HOUSE].id), "Chưa có nơi ở."),
    ]
    assert seen["until"] == "2027-02-20"


async def test_a_place_is_taken_only_where_the_person_was_taken_in(clients: Clients, raw: Raw) -> None:
    """Nobody fills another's house: it must have accepted; and only it or the custodian records the stay."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_referral(clients, story, status="accepted")
    await a_verification(clients, story)
    status, told = await problem(clients, LABOUR, placements_of(story), STAY)
    assert (status, told["code"]) == (422, "facility_not_agreed")
    for who in (NGO, POLICE):
        assert (await problem(clients, who, placements_of(story), STAY))[1]["code"] == "not_your_move"
    assert (await problem(clients, HOUSE, placements_of(story), STAY))[0] == 404
    async with another_shelter(raw) as own:
        told = (await problem(clients, NGO, placements_of(story), {**STAY, "service_id": own}))[1]
        assert told["code"] == "facility_not_agreed"
    medical = await raw.all.fetchval("select id from services where service = 'medical'")
    told = (await problem(clients, LABOUR, placements_of(story), {**STAY, "service_id": str(medical)}))[1]
    assert told["code"] == "unknown_reference"
    assert await free(raw) == 4


@pytest.mark.parametrize("act", ["withdrawals", "revocations"])
async def test_a_place_is_not_taken_once_the_referral_or_its_consent_is_over(clients: Clients, act: str) -> None:
    story = await a_taken_in(clients)
    if act == "withdrawals":
        await a_move(clients, story, LABOUR, act, {"reason": "need_met"})
    else:
        await clients.ok(LABOUR, "POST", f"/v1/consents/{story.consent['id']}/revocations", {})
    assert (await problem(clients, LABOUR, placements_of(story), STAY))[1]["code"] == "facility_not_agreed"
    assert (await problem(clients, HOUSE, placements_of(story), STAY))[0] == 404


async def test_a_custodian_places_into_its_own_house(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    async with another_shelter(raw, of=LABOUR) as own:
        made = await a_stay(clients, story, by=LABOUR, service_id=own)
        assert (made["available_actions"], await free(raw, own)) == (["extend", "end"], 1)


async def test_a_house_keeps_its_own_record_when_the_referral_is_over(clients: Clients, raw: Raw) -> None:
    story = await a_taken_in(clients)
    made = await a_stay(clients, story)
    await a_move(clients, story, HOUSE, "completions", {"outcome": "service_delivered"})
    assert (await clients.get(HOUSE, placements_of(story))).status_code == 404
    (item,) = (await clients.ok(HOUSE, "GET", "/v1/placements?status=active"))["items"]
    assert item["id"] == made["id"]
    text = {"reason": "other", "text": "Người thân đến đón."}
    await an_action(clients, HOUSE, f"/v1/placements/{made['id']}", "ends", {**ENDED, **text})
    assert (await clients.ok(HOUSE, "GET", "/v1/placements?status=active"))["items"] == []
    assert (await clients.ok(LABOUR, "GET", f"/v1/placements/{made['id']}"))["text"] == "Người thân đến đón."
    assert await free(raw) == 4


async def test_nobody_else_learns_where_a_person_stays(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    await a_referral(clients, story, status="accepted")
    await a_verification(clients, story)
    await a_taken_in(clients, story)
    made = await a_stay(clients, story)
    for who in (NGO, POLICE, "demo-border", "demo-stranger"):
        assert (await clients.get(who, f"/v1/placements/{made['id']}")).status_code == 404
        assert (await clients.ok(who, "GET", "/v1/placements"))["items"] == []
    for who in (NGO, POLICE):
        assert (await clients.ok(who, "GET", placements_of(story)))["items"] == []
        assert await events(clients, who, story.case, "placement") == []
    assert await events(clients, HOUSE, story.case, "placement") == ["placement.started"]


async def test_the_next_custodian_sees_and_continues_the_stay(clients: Clients) -> None:
    story = await a_taken_in(clients)
    made = await a_stay(clients, story, by=LABOUR)
    path = f"/v1/placements/{made['id']}"
    await a_proposed_handover(clients, story, LABOUR, "demo-commune")
    await a_confirmation(clients, story, "demo-commune")
    assert (await clients.get(LABOUR, path)).status_code == 404
    ((item),) = (await clients.ok("demo-commune", "GET", placements_of(story)))["items"]
    assert item["id"] == made["id"]
    assert (await an_action(clients, "demo-commune", path, "ends", ENDED))["status"] == "ended"


async def test_reading_a_stay_states_why_and_is_recorded(clients: Clients, raw: Raw) -> None:
    story = await a_taken_in(clients)
    path = f"/v1/placements/{(await a_stay(clients, story))['id']}"
    assert (await clients.get(HOUSE, path, Purpose_Of_Use=None)).json()["code"] == "purpose_required"
    await clients.ok(LABOUR, "GET", path)
    read = await raw.all.fetchrow("select * from audit_entries where event = 'placement.read'")
    assert (read["organisation_id"], read["purpose"]) == (PERSONAS[LABOUR].id, "care_coordination")


async def test_no_stay_begins_in_a_closed_case(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    closure = {"reason": "completed", "outcome": "support_completed"}
    await an_action(clients, LABOUR, f"/v1/cases/{story.case}", "closures", closure)
    assert (await problem(clients, LABOUR, placements_of(story), STAY))[1]["code"] == "case_closed"
