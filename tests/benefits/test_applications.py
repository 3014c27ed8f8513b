"""Applying for support: in time, for what the law gives, decided in writing by a body that sees nothing of the case."""

from datetime import timedelta
from typing import Any

import pytest

from tests.benefits import an_application
from tests.benefits.money import ELSEWHERE, GRANT, REFUSAL, WHOLE, a_grant, a_victim, moved_to, pointers, refusal, tried
from tests.conftest import Raw
from tests.deadlines.duties import begin_earlier, counted, due, items, owed, statuses, the_row
from tests.factories import a_held_case
from tests.personas import PERSONAS, Clients, Persona

VIETNAMESE = {"full_name": "Nguyễn Thị Hoa", "birth_date": "1999", "nationalities": ["VN"]}
CHILD = {
    "full_name": "Vương Tiểu Mai",
    "sex": "female",
    "birth_date": "2021",
    "nationalities": ["CN"],
    "relation": "child",
}
FORM = {
    "supports": ["vocational_training", "initial_allowance"],
    "applicant": "family",
    "text": "Mẹ xin cho con đi học may.",
    "documents": "Giấy xác nhận nạn nhân số 12",
    "submitted_on": "2026-11-20",
    "decider_id": str(PERSONAS["demo-labour"].id),
}


async def applied(clients: Clients, case_id: str, **changes: Any) -> Any:
    return await clients.call("demo-labour", "POST", f"/v1/cases/{case_id}/applications", {**FORM, **changes})


async def test_a_victim_applies_and_is_granted_and_both_sides_read_it(clients: Clients, elsewhere: Persona) -> None:
    story = await a_victim(clients)
    made = await applied(clients, story.case, decider_id=str(elsewhere.id))
    assert made.status_code == 201, made.text
    assert (made.json()["status"], made.json()["beyond"], made.json()["available_actions"]) == (
        "submitted",
        [],
        ["withdraw"],
    )
    assert not {"text", "documents"} & made.json().keys()
    path = f"/v1/applications/{made.json()['id']}"
    seen = await clients.ok(ELSEWHERE, "GET", path)
    assert (seen["text"], seen["documents"], seen["case_id"]) == (FORM["text"], FORM["documents"], None)
    assert seen["available_actions"] == ["grant", "refuse"]
    answer = await tried(clients, ELSEWHERE, path, "decisions", GRANT)
    assert (answer.status_code, answer.json()["status"], answer.json()["granted_vnd"]) == (200, "granted", WHOLE)
    shown = await clients.ok("demo-labour", "GET", path)
    assert (shown["number"], shown["decided_on"], shown["case_id"]) == (GRANT["number"], "2026-11-21", story.case)
    assert (shown["planned_vnd"], shown["paid_vnd"], shown["due_at"]) == (0, 0, None)


async def test_the_decider_sees_the_application_and_nothing_of_the_case(clients: Clients, elsewhere: Persona) -> None:
    story = await a_victim(clients)
    application = await an_application(clients, story, ELSEWHERE)
    for path in ("", "/timeline", "/applications", "/disbursements", "/support-items", "/plans", "/entitlements"):
        assert (await clients.get(ELSEWHERE, f"/v1/cases/{story.case}{path}")).status_code == 404, path
    assert (await clients.ok(ELSEWHERE, "GET", "/v1/cases"))["items"] == []
    (item,) = (await clients.ok(ELSEWHERE, "GET", "/v1/applications?box=inbox"))["items"]
    assert (item["id"], item["case_id"]) == (application["id"], None)
    assert (await clients.ok(ELSEWHERE, "GET", "/v1/applications?box=outbox"))["items"] == []
    assert [i["id"] for i in (await clients.ok("demo-labour", "GET", "/v1/applications?box=outbox"))["items"]] == [
        application["id"]
    ]


@pytest.mark.parametrize("who", ["demo-stranger", "demo-police", "demo-border", "demo-commune"])
async def test_it_is_hidden_from_everybody_else(clients: Clients, who: str) -> None:
    story = await a_victim(clients)
    application = await an_application(clients, story)
    path = f"/v1/applications/{application['id']}"
    assert (await clients.get(who, path)).status_code == 404
    for act, body in (("decisions", GRANT), ("withdrawals", {"reason": "need_met"})):
        assert (await tried(clients, who, path, act, body)).status_code == 404
    assert (await clients.ok(who, "GET", "/v1/applications"))["items"] == []


async def test_a_reading_is_recorded_with_its_purpose_and_shown_to_the_custodian(
    clients: Clients, raw: Raw, elsewhere: Persona
) -> None:
    story = await a_victim(clients)
    application = await an_application(clients, story, ELSEWHERE)
    await clients.ok(ELSEWHERE, "GET", f"/v1/applications/{application['id']}")
    accesses = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/accesses"))["items"]
    (read,) = [entry for entry in accesses if entry["event"] == "application.read"]
    assert (read["own"], read["agency"], read["purpose"]) == (False, "labour", "care_coordination")


async def test_under_the_earlier_law_a_year_from_the_finding_is_the_last_day(clients: Clients) -> None:
    """Found a victim on 20/6/2025: the year ends with Saturday 20/6/2026, so with Monday 22/6/2026."""
    story = await a_victim(clients, "2025-06-20")
    assert (await applied(clients, story.case, submitted_on="2026-06-22")).status_code == 201
    late = await applied(clients, story.case, submitted_on="2026-06-23")
    assert refusal(late) == (422, "outside_window")
    assert late.json()["params"]["last_day"] == "2026-06-22"
    assert "35/2013" in late.json()["params"]["article"]
    assert "submitted_on" in late.json()["detail"]
    assert len((await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}/applications"))["items"]) == 1


async def test_under_the_new_law_no_time_limit_was_read_so_none_is_applied(clients: Clients) -> None:
    story = await a_victim(clients, "2025-07-01")
    assert (await applied(clients, story.case)).status_code == 201


async def test_before_confirmation_the_law_of_the_points_decides(clients: Clients) -> None:
    """Art 37(3): a person being identified has no point h, i or k at the state's expense."""
    story = await a_held_case(clients, person=VIETNAMESE, accompanying_minors=[])
    answer = await applied(clients, story.case)
    assert refusal(answer) == (422, "not_entitled")
    assert "37" in answer.json()["params"]["article"]


async def test_what_is_in_doubt_goes_to_the_decider_with_its_flag(clients: Clients) -> None:
    """Vocational training for a child who accompanies: the law does not give it, the decree as reported does."""
    child = (await a_victim(clients, accompanying_minors=[CHILD])).child
    answer = await applied(clients, child, supports=["schooling", "vocational_training"])
    assert answer.status_code == 201, answer.text
    assert [(flag["point"], flag["certainty"]) for flag in answer.json()["beyond"]] == [("i", "uncertain")]


async def test_the_decider_has_nine_working_days_and_a_late_decision_shows(
    clients: Clients, raw: Raw, elsewhere: Persona
) -> None:
    story = await a_victim(clients)
    application = await an_application(clients, story, ELSEWHERE)
    item = (await owed(clients, ELSEWHERE))["D19"]
    assert (item["kind"], item["subject_id"]) == ("application", application["id"])
    assert due(item) == counted("D19", (await the_row(raw, "D19"))["started_at"])
    assert "D19" not in await owed(clients, "demo-labour")
    await begin_earlier(raw, "D19", timedelta(days=40))
    (late,) = await items(clients, ELSEWHERE, kind="application", overdue="true")
    assert late["overdue"]
    path = f"/v1/applications/{application['id']}"
    assert (await clients.ok("demo-labour", "GET", path))["overdue"]
    await tried(clients, ELSEWHERE, path, "decisions", REFUSAL)
    assert await items(clients, ELSEWHERE) == []
    assert await statuses(raw, "D19") == ["met"]


async def test_a_withdrawal_ends_the_clock_and_only_the_custodian_withdraws(
    clients: Clients, raw: Raw, elsewhere: Persona
) -> None:
    story = await a_victim(clients)
    path = f"/v1/applications/{(await an_application(clients, story, ELSEWHERE))['id']}"
    body = {"reason": "other", "text": "Đã có việc làm."}
    assert refusal(await tried(clients, ELSEWHERE, path, "withdrawals", body)) == (403, "not_your_move")
    assert refusal(await tried(clients, "demo-labour", path, "decisions", GRANT)) == (403, "not_your_move")
    assert (await tried(clients, "demo-labour", path, "withdrawals", body)).json()["status"] == "withdrawn"
    assert await statuses(raw, "D19") == ["cancelled"]
    assert (await clients.ok(ELSEWHERE, "GET", path))["answer"] == body["text"]
    assert refusal(await tried(clients, ELSEWHERE, path, "decisions", GRANT)) == (409, "invalid_transition")


async def test_a_refusal_is_in_writing_and_grants_nothing(clients: Clients) -> None:
    story = await a_victim(clients)
    path = f"/v1/applications/{(await an_application(clients, story))['id']}"
    silent = {name: value for name, value in REFUSAL.items() if name != "reason"}
    answer = await tried(clients, "demo-labour", path, "decisions", {**silent, "amount_vnd": 1})
    assert refusal(answer) == (422, "validation_failed")
    assert sorted(pointers(answer)) == ["/amount_vnd", "/reason"]
    assert (await tried(clients, "demo-labour", path, "decisions", REFUSAL)).json()["status"] == "refused"
    shown = await clients.ok("demo-labour", "GET", path)
    assert (shown["answer"], shown["number"], shown["granted_vnd"]) == (REFUSAL["reason"], REFUSAL["number"], None)


async def test_a_decision_is_not_older_than_what_it_decides(clients: Clients) -> None:
    story = await a_victim(clients)
    path = f"/v1/applications/{(await an_application(clients, story))['id']}"
    answer = await tried(clients, "demo-labour", path, "decisions", {**GRANT, "decided_on": "2026-11-19"})
    assert (refusal(answer), pointers(answer)) == ((422, "does_not_fit"), ["/decided_on"])


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"supports": []}, "validation_failed", "/supports"),
        ({"supports": ["medical"]}, "validation_failed", "/supports/0"),
        ({"supports": ["schooling", "schooling"]}, "validation_failed", "/supports"),
        ({"submitted_on": "2099-01-01"}, "validation_failed", "/submitted_on"),
        ({"applicant": "neighbour"}, "validation_failed", "/applicant"),
        ({"decider_id": str(PERSONAS["demo-police"].id)}, "unknown_reference", "/decider_id"),
        ({"decider_id": str(PERSONAS["demo-oversight"].id)}, "unknown_reference", "/decider_id"),
        ({"decider_id": "6f1e5f0e-7d3a-4f39-9d67-0c1a55b3a001"}, "unknown_reference", "/decider_id"),
    ],
)
async def test_an_application_that_cannot_be_is_refused_at_its_place(
    clients: Clients, raw: Raw, changes: dict[str, Any], code: str, pointer: str
) -> None:
    story = await a_victim(clients)
    answer = await applied(clients, story.case, **changes)
    assert (refusal(answer), pointers(answer)) == ((422, code), [pointer])
    assert await raw.all.fetchval("select count(*) from applications") == 0


async def test_only_the_custodian_applies_and_only_while_the_case_is_open(clients: Clients) -> None:
    story = await a_victim(clients)
    assert (await clients.call("demo-border", "POST", f"/v1/cases/{story.case}/applications", FORM)).status_code == 404
    etag = (await clients.ok("demo-labour", "GET", f"/v1/cases/{story.case}"))["etag"]
    closure = {"reason": "completed", "outcome": "reintegrated"}
    await clients.ok("demo-labour", "POST", f"/v1/cases/{story.case}/closures", closure, etag=etag)
    assert refusal(await applied(clients, story.case)) == (409, "case_closed")


async def test_a_key_sent_twice_is_one_application_and_one_clock(clients: Clients, raw: Raw) -> None:
    story = await a_victim(clients)
    path, key = f"/v1/cases/{story.case}/applications", "k" * 20
    first, second = [await clients.call("demo-labour", "POST", path, FORM, Idempotency_Key=key) for _ in range(2)]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]
    assert await statuses(raw, "D19") == ["running"]


async def test_custody_moves_and_the_next_custodian_goes_on_with_it(clients: Clients, elsewhere: Persona) -> None:
    story = await a_victim(clients)
    open_one, granted = await an_application(clients, story), await a_grant(clients, story)
    await moved_to(clients, story, ELSEWHERE)
    listed = (await clients.ok(ELSEWHERE, "GET", f"/v1/cases/{story.case}/applications"))["items"]
    assert {item["id"]: item["custodian_id"] for item in listed} == {
        open_one["id"]: str(elsewhere.id),
        granted["id"]: str(elsewhere.id),
    }
    path = f"/v1/applications/{open_one['id']}"
    # The former custodian decides it still: the application was addressed to it, the case is no longer its own.
    assert (await clients.ok("demo-labour", "GET", path))["available_actions"] == ["grant", "refuse"]
    assert (await clients.get("demo-labour", f"/v1/cases/{story.case}/applications")).status_code == 404
    assert (await tried(clients, ELSEWHERE, path, "withdrawals", {"reason": "moved"})).json()["status"] == "withdrawn"


async def test_the_former_custodian_who_decides_nothing_gets_404(clients: Clients, elsewhere: Persona) -> None:
    story = await a_victim(clients)
    path = f"/v1/applications/{(await an_application(clients, story, ELSEWHERE))['id']}"
    await moved_to(clients, story, "demo-commune")
    assert (await clients.get("demo-labour", path)).status_code == 404
    assert (await clients.ok("demo-labour", "GET", "/v1/applications?box=outbox"))["items"] == []
    assert (await clients.ok("demo-commune", "GET", path))["text"]
