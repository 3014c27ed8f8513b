"""A look at a case to save a life: on two persons' word, for an hour, told at once, always reviewed."""

from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests import expectations
from tests.break_glass import ASKER, FOUND, HOLDER, OVERSEER, PATH, SECOND, SEEN, WHY, a_look, asked, moved, seen
from tests.conftest import Raw
from tests.factories import a_held_case, an_action, an_order
from tests.handles import a_handle
from tests.moves import Judge, Kind, World
from tests.personas import PERSONAS, Clients, Story
from tests.searches import an_exclusion

GLASS = Kind(
    expectations.lifecycles()["break_glass"],
    "break_glass",
    PATH,
    {
        "approve": ("approvals", {}),
        "end": ("endings", {}),
        "acknowledge": ("acknowledgements", {}),
        "review": ("reviews", FOUND),
    },
)


async def test_the_case_is_seen_from_the_approval_to_the_end_and_no_longer(
    clients: Clients, raw: Raw, story: Story
) -> None:
    glass = await asked(clients, story.case)
    assert (glass["status"], glass["case_id"], glass["sections"]) == ("requested", None, [])
    assert await seen(clients, story) == await seen(clients, story, SECOND) == set()
    glass = await moved(clients, glass, SECOND, "approvals")
    assert (glass["status"], glass["case_id"], set(glass["sections"])) == ("active", story.case, SEEN)
    assert await seen(clients, story) == SEEN
    assert [case["id"] for case in (await clients.ok(ASKER, "GET", "/v1/cases"))["items"]] == [story.case]
    ended = await moved(clients, glass, ASKER, "endings")
    assert (ended["status"], ended["case_id"], ended["due_at"] is not None) == ("ended", None, True)
    assert await seen(clients, story) == set()
    assert (await clients.ok(ASKER, "GET", "/v1/cases"))["items"] == []
    reviewed = await moved(clients, glass, OVERSEER, "reviews", FOUND)
    assert (reviewed["status"], reviewed["finding"], reviewed["available_actions"]) == ("reviewed", "justified", [])


async def test_nobody_approves_what_they_asked_themselves(clients: Clients, raw: Raw, story: Story) -> None:
    glass = await asked(clients, story.case)
    path = f"{PATH}/{glass['id']}/approvals"
    tag = (await clients.ok(SECOND, "GET", f"{PATH}/{glass['id']}"))["etag"]
    for who, officer in ((ASKER, "officer.another"), (SECOND, f"officer.{ASKER}"), (ASKER, f"officer.{ASKER}")):
        answer = await clients.call(who, "POST", path, {}, etag=tag, Acting_Officer=officer)
        assert (answer.status_code, answer.json()["code"]) == (403, "second_person_required")
    for who in ("demo-other-police", "demo-labour-second"):
        answer = await clients.call(who, "POST", path, {}, etag=tag)
        assert answer.status_code in (404, 412), answer.text
    assert await raw.all.fetchval("select count(*) from case_parties where carrier = 'break_glass'") == 0
    assert await seen(clients, story) == set()


def without_id(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


async def test_a_protected_person_an_excluded_asker_and_a_handle_that_leads_nowhere_answer_alike(
    clients: Clients, raw: Raw, story: Story
) -> None:
    async def answer(handle: str, who: str = ASKER) -> httpx.Response:
        return await clients.call(who, "POST", PATH, {"handle": handle, "reason": "missing", "text": WHY})

    good = await a_handle(story.case)
    answers = [
        await answer("nothing-of-the-kind-00"),
        await answer(good, SECOND),
        await answer(good, HOLDER),
        await answer(await a_handle(story.case, minutes=-0.1)),
    ]
    barred = await an_exclusion(clients, story.case, ASKER, HOLDER)
    answers.append(await answer(good))
    await an_action(clients, HOLDER, f"/v1/exclusions/{barred['id']}", "liftings", {})
    await clients.ok(HOLDER, "POST", f"/v1/cases/{story.case}/protections", an_order())
    answers.append(await answer(good))
    assert {each.status_code for each in answers} == {422}
    assert {each.json()["code"] for each in answers} == {"unknown_reference"}
    assert all(without_id(each) == without_id(answers[0]) for each in answers)
    assert await raw.all.fetchval("select count(*) from break_glass") == 0
    assert (
        await raw.all.fetchval("select count(*) from audit_entries where case_id is null and event like '%refused'")
        == 6
    )


async def test_who_is_hidden_in_a_refuge_is_protected_too(clients: Clients, story: Story) -> None:
    handle = await a_handle(story.case)
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok(HOLDER, "GET", path))["etag"]
    await clients.ok(HOLDER, "PATCH", path, {"sections": {"refuge": {"address": "Nhà tạm lánh"}}}, etag=etag)
    answer = await clients.call(ASKER, "POST", PATH, {"handle": handle, "reason": "missing", "text": WHY})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_reference")


async def test_an_approval_comes_within_half_an_hour_or_not_at_all(clients: Clients, raw: Raw, story: Story) -> None:
    glass = await asked(clients, story.case)
    await raw.all.execute(
        "set session_replication_role = replica; update break_glass set asked_until = now();"
        " reset session_replication_role"
    )
    shown = await clients.ok(SECOND, "GET", f"{PATH}/{glass['id']}")
    assert (shown["status"], shown["available_actions"]) == ("expired", [])
    answer = await clients.call(SECOND, "POST", f"{PATH}/{glass['id']}/approvals", {}, etag=shown["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


async def test_whoever_came_under_protection_since_is_not_shown(clients: Clients, raw: Raw, story: Story) -> None:
    glass = await asked(clients, story.case)
    await clients.ok(HOLDER, "POST", f"/v1/cases/{story.case}/protections", an_order())
    tag = (await clients.ok(SECOND, "GET", f"{PATH}/{glass['id']}"))["etag"]
    answer = await clients.call(SECOND, "POST", f"{PATH}/{glass['id']}/approvals", {}, etag=tag)
    assert (answer.status_code, answer.json()["params"]["status"]) == (409, "expired")
    assert await raw.all.fetchval("select count(*) from case_parties where carrier = 'break_glass'") == 0


async def test_a_hidden_address_is_taken_from_the_look_at_once(clients: Clients, story: Story) -> None:
    await a_look(clients, story.case)
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok(HOLDER, "GET", path))["etag"]
    await clients.ok(HOLDER, "PATCH", path, {"sections": {"handling": {"flags": ["hidden_address"]}}}, etag=etag)
    assert await seen(clients, story) == SEEN - {"contact"}


async def test_a_look_is_no_part_in_the_case(clients: Clients, story: Story) -> None:
    await a_look(clients, story.case)
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok(ASKER, "GET", path))["etag"]
    written = {"sections": {"needs": {"services": ["medical"]}}}
    attempts = [
        await clients.call(ASKER, "PATCH", path, written, etag=etag),
        await clients.call(ASKER, "POST", f"{path}/notes", {"text": "Ghi chú."}),
        await clients.call(ASKER, "POST", f"{path}/closures", {"reason": "completed", "outcome": "other"}, etag=etag),
        await clients.call(
            ASKER, "POST", f"{path}/notices", {"recipient_id": str(PERSONAS[HOLDER].id), "kind": "embassy"}
        ),
        await clients.get(ASKER, f"{path}/timeline"),
        await clients.get(ASKER, f"{path}/accesses"),
    ]
    assert {answer.status_code for answer in attempts} <= {403, 404, 422}, [answer.text for answer in attempts]
    for what in (
        "notes",
        "consents",
        "referrals",
        "verifications",
        "placements",
        "incidents",
        "guardians",
        "assessments",
    ):
        answer = await clients.get(ASKER, f"{path}/{what}")
        assert answer.status_code == 404 or answer.json()["items"] == [], what


async def test_an_organisation_asks_so_many_times_a_day_and_a_second_look_may_follow_the_first(
    clients: Clients, raw: Raw, story: Story
) -> None:
    await a_look(clients, story.case, "ended")
    await a_look(clients, story.case, "ended")
    most = Settings().break_glass_a_day
    for _ in range(most - 2):
        await asked(clients, story.case, SECOND)
    body = {"handle": await a_handle(story.case), "reason": "missing", "text": WHY}
    answer = await clients.call(ASKER, "POST", PATH, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "break_glass_limit")
    assert answer.json()["params"]["limit"] == most
    oldest = "(select id from break_glass order by created_at limit 1)"
    await raw.all.execute(
        "set session_replication_role = replica; update break_glass set created_at = now() - interval '1 day'"  # noqa: S608
        f" where id = {oldest}; reset session_replication_role"
    )
    await clients.ok(ASKER, "POST", PATH, body)


async def test_without_an_overseer_there_is_no_break_glass(clients: Clients, raw: Raw, story: Story) -> None:
    body = {"handle": await a_handle(story.case), "reason": "missing", "text": WHY}
    change = "update organisations set status = $1 where agency = 'oversight'"
    await raw.all.execute(change, "disabled")
    try:
        assert (await clients.call(ASKER, "POST", PATH, body)).status_code == 503
    finally:
        await raw.all.execute(change, "active")
    assert await raw.all.fetchval("select count(*) from break_glass") == 0


@pytest.mark.parametrize("status", [s for s in GLASS.lifecycle.statuses if s != "expired"])
async def test_a_break_glass_moves_as_typed_and_no_otherwise(clients: Clients, raw: Raw, status: str) -> None:
    async def made() -> World:
        await raw.all.execute("update break_glass set created_at = now() - interval '2 days'")  # of no limit here
        story = await a_held_case(clients, accompanying_minors=[])
        glass = await a_look(clients, story.case, status)
        parties = {
            ASKER: frozenset({"asker"}),
            SECOND: frozenset({"asker", "second"}),
            HOLDER: frozenset({"holder"}),
            OVERSEER: frozenset({"reviewer"}),
        }
        return World(glass["id"], status, parties)

    judge = Judge(clients, raw, GLASS)
    await judge.judge(made, status)
    # A scope that no client of the agency can hold, and the two persons, are judged before the lifecycle.
    sooner = ("(403, 'insufficient_scope')", "(403, 'second_person_required')")
    assert [fault for fault in judge.faults if not fault.endswith(sooner)] == []
    assert (judge.tried, len(judge.faults)) == (16, 7)
