"""Incidents: urgent to the custodian and to one police body, which learns of nothing else; or to no police at all."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import Raw
from tests.deadlines.duties import counted, due, items, statuses, the_row
from tests.factories import (
    a_confirmation,
    a_held_case,
    a_move,
    a_proposed_handover,
    a_stay,
    a_verification,
    an_action,
    an_incident,
    without_police,
)
from tests.personas import PERSONAS, Clients, Story
from tests.safety.stays import ENDED, a_taken_in, events, free, problem
from tests.sql import acting

LABOUR, HOUSE, POLICE = "demo-labour", "demo-shelter", "demo-police"
WORDS = {"outcome": "found_safe", "text": "Đang ở nhà bạn tại phường Cam Đường."}


def incidents_of(story: Story) -> str:
    return f"/v1/cases/{story.case}/incidents"


async def box(clients: Clients, who: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await clients.ok(who, "GET", f"/v1/incidents{query}"))["items"]
    return found


async def an_incident_of(clients: Clients, body: dict[str, Any] | None = None) -> tuple[Story, str]:
    """Reported by the shelter; its path."""
    story = await a_taken_in(clients)
    made = await clients.ok(HOUSE, "POST", incidents_of(story), body or an_incident())
    return story, f"/v1/incidents/{made['id']}"


async def test_somebody_is_missing_from_the_shelter(clients: Clients, raw: Raw) -> None:
    """The whole of it: told, known to both, found, and the stay ended by the house's own word only."""
    story = await a_taken_in(clients)
    stay = await a_stay(clients, story)
    made = await clients.ok(HOUSE, "POST", incidents_of(story), an_incident(kind="missing"))
    path = f"/v1/incidents/{made['id']}"
    assert (await clients.ok(HOUSE, "GET", f"/v1/placements/{stay['id']}"))["status"] == "active"
    assert await free(raw) == 3
    (waiting,) = await items(clients, LABOUR, kind="incident")
    assert (waiting["rule"], waiting["subject_id"]) == ("T11", made["id"])
    row = await the_row(raw, "T11")
    assert due(waiting) == due(made) == counted("T11", row["started_at"])
    assert [item["id"] for item in await box(clients, POLICE)] == [made["id"]]
    assert [item["rule"] for item in await items(clients, POLICE, kind="incident")] == ["T16"]

    known = await an_action(clients, POLICE, path, "acknowledgements", {})
    assert (known["status"], known["available_actions"], known["case_id"]) == ("acknowledged", [], None)
    assert (await statuses(raw, "T16"), await statuses(raw, "T11")) == (["met"], ["running"])
    known = await an_action(clients, LABOUR, path, "acknowledgements", {})
    assert (known["available_actions"], await statuses(raw, "T11")) == (["resolve"], ["met"])
    assert known["custodian_acknowledged_at"] > known["police_acknowledged_at"]

    await an_action(clients, LABOUR, path, "resolutions", WORDS)
    found = await clients.ok(POLICE, "GET", path)
    assert (found["status"], found["outcome"], found["texts"]) == ("resolved", "found_safe", [])
    assert [text["text"] for text in (await clients.ok(LABOUR, "GET", path))["texts"]] == [WORDS["text"]]
    left = {**ENDED, "reason": "missing", "destination": "unknown"}
    await an_action(clients, HOUSE, f"/v1/placements/{stay['id']}", "ends", left)
    assert await free(raw) == 4
    told = ["incident.reported", "incident.acknowledged", "incident.acknowledged", "incident.resolved"]
    assert await events(clients, LABOUR, story.case, "incident") == told


async def test_the_police_see_the_incident_and_nothing_of_the_case(clients: Clients, raw: Raw) -> None:
    story, path = await an_incident_of(clients)
    seen = await clients.ok(POLICE, "GET", path)
    assert (seen["kind"], seen["province_code"], seen["text"]) == ("threat", "15", "Có người gọi điện đe dọa.")
    assert len(seen["reference"]) == 8
    assert story.case not in str(seen)
    for hidden in ("", "/incidents", "/timeline", "/accesses", "/consents", "/placements"):
        assert (await clients.get(POLICE, f"/v1/cases/{story.case}{hidden}")).status_code == 404
    assert (await clients.ok(POLICE, "GET", "/v1/cases"))["items"] == []
    read = await raw.all.fetchrow("select * from audit_entries where event = 'incident.read'")
    assert (read["organisation_id"], read["purpose"]) == (PERSONAS[POLICE].id, "care_coordination")
    reads = (await clients.ok(LABOUR, "GET", f"/v1/cases/{story.case}/accesses"))["items"]
    assert [(each["agency"], each["own"]) for each in reads if each["event"] == "incident.read"] == [("police", False)]


async def test_police_that_were_excluded_see_nothing(clients: Clients, raw: Raw) -> None:
    """Not even as the verifier, who reads the case."""
    story = await a_taken_in(clients)
    await a_verification(clients, story)
    made = await clients.ok(HOUSE, "POST", incidents_of(story), without_police())
    assert (made["police_id"], made["exclusion"]) == (None, "official_suspected")
    assert await box(clients, POLICE) == await items(clients, POLICE, kind="incident") == []
    assert (await clients.get(POLICE, f"/v1/incidents/{made['id']}")).status_code == 404
    assert (await clients.ok(POLICE, "GET", incidents_of(story)))["items"] == []
    assert await events(clients, POLICE, story.case, "incident") == []
    assert await statuses(raw, "T16") == []
    seen = await clients.ok(LABOUR, "GET", f"/v1/incidents/{made['id']}")
    assert [(text["kind"], text["text"]) for text in seen["texts"]] == [("exclusion", "Người quen của cán bộ.")]
    assert [item["rule"] for item in await items(clients, LABOUR, kind="incident")] == ["T11"]


async def test_another_police_body_sees_nothing(clients: Clients) -> None:
    story, path = await an_incident_of(clients)
    for who in ("demo-other-police", "demo-ngo", "demo-stranger", "demo-border"):
        assert (await clients.get(who, path)).status_code == 404
        assert (await box(clients, who), await box(clients, who, "?box=outbox")) == ([], [])
    assert (await clients.get("demo-other-police", incidents_of(story))).status_code == 404


async def test_whether_the_police_are_told_is_always_said(clients: Clients) -> None:
    story = await a_taken_in(clients)
    neither, both = an_incident(), without_police()
    both["police_id"] = neither.pop("police_id")
    for body in (neither, both):
        status, told = await problem(clients, HOUSE, incidents_of(story), body)
        assert (status, told["code"], told["errors"][0]["pointer"]) == (422, "police_undecided", "/police_id")
        assert "official_suspected" in told["detail"]


@pytest.mark.parametrize(
    ("changes", "pointer", "rule"),
    [
        ({"police_id": str(PERSONAS["demo-border"].id)}, "/police_id", "unknown_reference"),
        ({"police_id": str(uuid4())}, "/police_id", "unknown_reference"),
        ({"occurred_at": "2999-01-01T00:00:00+07:00"}, "/occurred_at", "in_the_future"),
        ({"kind": "rumour"}, "/kind", "unknown_code"),
        ({"exclude_police": {"reason": "other"}}, "/exclude_police/text", "required"),
    ],
)
async def test_an_incident_that_cannot_be_is_refused(
    clients: Clients, changes: dict[str, Any], pointer: str, rule: str
) -> None:
    story = await a_taken_in(clients)
    status, told = await problem(clients, HOUSE, incidents_of(story), an_incident(**changes))
    assert (status, told["errors"][0]["pointer"], told["errors"][0]["code"]) == (422, pointer, rule)


async def test_nobody_without_a_part_in_the_case_reports(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    for who in ("demo-stranger", "demo-border", POLICE):
        assert (await problem(clients, who, incidents_of(story), an_incident()))[0] == 404
    await a_proposed_handover(clients, story, LABOUR, "demo-commune")
    assert (await problem(clients, "demo-commune", incidents_of(story), an_incident()))[1]["code"] == "not_your_move"


async def test_each_says_once_that_it_knows(clients: Clients) -> None:
    _, path = await an_incident_of(clients)
    for who in (LABOUR, POLICE):
        await an_action(clients, who, path, "acknowledgements", {})
        etag = (await clients.ok(who, "GET", path))["etag"]
        status, told = await problem(clients, who, f"{path}/acknowledgements", {}, etag=etag)
        assert (status, told["code"]) == (409, "already_acknowledged")


async def test_a_custodian_that_is_the_police_itself_answers_once(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, POLICE, accompanying_minors=[])
    made = await clients.ok(POLICE, "POST", incidents_of(story), an_incident())
    assert [item["rule"] for item in await items(clients, POLICE, kind="incident")] == ["T11"]
    known = await an_action(clients, POLICE, f"/v1/incidents/{made['id']}", "acknowledgements", {})
    assert known["custodian_acknowledged_at"] == known["police_acknowledged_at"]
    assert (known["case_id"], known["available_actions"]) == (story.case, ["resolve"])
    assert await statuses(raw, "T11") == ["met"]


async def test_the_next_custodian_sees_and_continues_it(clients: Clients, raw: Raw) -> None:
    """To the police the move of custody is hidden: their tag of the incident still holds."""
    story, path = await an_incident_of(clients)
    theirs = (await clients.ok(POLICE, "GET", path))["etag"]
    await a_proposed_handover(clients, story, LABOUR, "demo-commune")
    await a_confirmation(clients, story, "demo-commune")
    assert (await clients.get(LABOUR, path)).status_code == 404
    assert [item["id"] for item in await box(clients, "demo-commune")] == [path.rpartition("/")[2]]
    assert [item["rule"] for item in await items(clients, "demo-commune", kind="incident")] == ["T11"]
    assert (await clients.call(POLICE, "POST", f"{path}/acknowledgements", {}, etag=theirs)).status_code == 200
    assert (await an_action(clients, "demo-commune", path, "resolutions", WORDS))["status"] == "resolved"
    assert await statuses(raw, "T11") == ["met"]


async def test_a_resolution_frees_the_police_of_their_answer(clients: Clients, raw: Raw) -> None:
    _, path = await an_incident_of(clients)
    await an_action(clients, LABOUR, path, "resolutions", WORDS)
    assert (await statuses(raw, "T11"), await statuses(raw, "T16")) == (["met"], ["cancelled"])


async def test_the_reporter_says_that_she_was_found_and_the_custodian_still_looks(clients: Clients, raw: Raw) -> None:
    """The search ends at once; that a house ended what it reported itself, somebody else has to have seen."""
    _, path = await an_incident_of(clients)
    assert (await clients.ok(HOUSE, "GET", path))["available_actions"] == ["resolve"]
    found = await an_action(clients, HOUSE, path, "resolutions", WORDS)
    assert (found["status"], found["available_actions"]) == ("resolved", [])
    assert (await statuses(raw, "T16"), await statuses(raw, "T11")) == (["cancelled"], ["running"])
    seen = await clients.ok(LABOUR, "GET", path)
    assert (seen["outcome"], seen["texts"][0]["text"]) == ("found_safe", WORDS["text"])
    assert seen["available_actions"] == ["acknowledge"]
    known = await an_action(clients, LABOUR, path, "acknowledgements", {})
    assert (known["status"], known["outcome"], known["available_actions"]) == ("resolved", "found_safe", [])
    assert await statuses(raw, "T11") == ["met"]
    for who, code in ((LABOUR, "already_acknowledged"), (POLICE, "invalid_transition"), (HOUSE, "not_your_move")):
        etag = (await clients.ok(who, "GET", path))["etag"]
        assert (await problem(clients, who, f"{path}/acknowledgements", {}, etag=etag))[1]["code"] == code


async def test_nobody_marks_that_another_knows(clients: Clients, raw: Raw) -> None:
    """Whatever it says to the database: the reporter for the others, the police of the end."""
    await an_incident_of(clients)
    for who, change in (
        (HOUSE, "custodian_acknowledged_at = now()"),
        (HOUSE, "police_acknowledged_at = now()"),
        (LABOUR, "police_acknowledged_at = now()"),
        (POLICE, "custodian_acknowledged_at = now()"),
        (POLICE, "status = 'resolved', outcome = 'found_safe'"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with acting(raw, who) as sql:
                await sql.execute(f"update incidents set {change}")  # noqa: S608 - of this list


async def test_the_reporter_follows_it_while_it_takes_part(clients: Clients) -> None:
    story, path = await an_incident_of(clients, without_police())
    seen = await clients.ok(HOUSE, "GET", path)
    assert (seen["text"], seen["texts"][0]["kind"]) == ("Có người gọi điện đe dọa.", "exclusion")
    await an_action(clients, LABOUR, path, "resolutions", WORDS)
    seen = await clients.ok(HOUSE, "GET", path)
    assert (seen["outcome"], [text["kind"] for text in seen["texts"]]) == ("found_safe", ["exclusion"])
    assert [item["id"] for item in await box(clients, HOUSE, "?box=outbox&status=resolved")] == [seen["id"]]
    await a_move(clients, story, HOUSE, "completions", {"outcome": "service_delivered"})
    assert (await clients.get(HOUSE, path)).status_code == 404
    assert await box(clients, HOUSE, "?box=outbox") == []


async def test_danger_does_not_wait_for_a_case_to_be_reopened(clients: Clients) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    closure = {"reason": "completed", "outcome": "support_completed"}
    await an_action(clients, LABOUR, f"/v1/cases/{story.case}", "closures", closure)
    made = await clients.ok(LABOUR, "POST", incidents_of(story), an_incident())
    assert [item["id"] for item in await box(clients, POLICE)] == [made["id"]]


async def test_a_report_sent_twice_is_one(clients: Clients, raw: Raw) -> None:
    story, key = await a_taken_in(clients), str(uuid4())
    first, again = [
        await clients.call(HOUSE, "POST", incidents_of(story), without_police(), Idempotency_Key=key) for _ in range(2)
    ]
    assert again.json() == first.json()
    assert await raw.all.fetchval("select count(*) from incidents") == 1
