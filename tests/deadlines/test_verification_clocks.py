"""The clocks of a verification, as its parties see them on their worklists."""

from datetime import datetime, time, timedelta
from pathlib import Path

import httpx
import pytest

from app.embedded import Server
from app.law.calendar import WORKING_DAYS, add_months, end_of
from app.main import create_app
from app.reference.fields import VIET_NAM
from app.settings import Settings
from tests.conftest import Raw
from tests.deadlines.duties import begin_earlier, counted, due, items, owed, rows, statuses, the_row
from tests.factories import CONCLUSION, a_held_case, a_verification, an_action
from tests.personas import ISSUER, PERSONAS, Clients, Story

QUESTION = {"text": "Xin bổ sung giấy tờ."}
ANSWER = {"text": "Đã bổ sung."}
ELSEWHERE = {"verifier_id": str(PERSONAS["demo-other-police"].id), "reason": "Khác địa bàn"}


async def asked(clients: Clients) -> tuple[Story, str]:
    """Labour has asked the police; the story, and where the verification is."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    return story, f"/v1/verifications/{story.verification['id']}"


async def questioned(clients: Clients) -> str:
    _, path = await asked(clients)
    await an_action(clients, "demo-police", path, "starts", {})
    await an_action(clients, "demo-police", path, "information-requests", QUESTION)
    return path


async def test_a_request_gives_the_police_a_date_and_nobody_else(clients: Clients, raw: Raw) -> None:
    story, path = await asked(clients)
    (item,) = await items(clients, "demo-police")
    row = await the_row(raw, "D04")
    assert (item["rule"], item["kind"], item["subject_id"]) == ("D04", "verification", story.verification["id"])
    assert due(item) == row["due_at"] == counted("D04", row["started_at"])
    assert (item["paused"], item["overdue"], item["province_code"]) == (False, False, "15")
    asked_on = row["started_at"].astimezone(VIET_NAM).date()
    assert due(item) == end_of(WORKING_DAYS.nearest(asked_on + timedelta(days=20)))
    assert due(item).astimezone(VIET_NAM).time() == time.max
    for who in ("demo-police", "demo-labour"):
        shown = await clients.ok(who, "GET", path)
        assert (datetime.fromisoformat(shown["due_at"]), shown["overdue"]) == (due(item), False)
    for who in set(PERSONAS) - {"demo-police"}:
        assert "D04" not in await owed(clients, who)
    assert await items(clients, "demo-stranger") == []


async def test_the_item_names_its_law_in_both_languages(clients: Clients) -> None:
    await asked(clients)
    titles = [
        (await clients.ok("demo-police", "GET", "/v1/worklist", Accept_Language=language))["items"][0]
        for language in ("vi", "en")
    ]
    assert [title["title"] for title in titles] == [
        "Xác minh và trả lời bằng văn bản (công an cấp tỉnh)",
        "Verify and reply in writing (provincial police)",
    ]
    assert {title["certainty"] for title in titles} == {"uncertain"}
    assert "Art 27" in titles[0]["source"]


async def test_a_conclusion_meets_it_and_a_start_does_not(clients: Clients, raw: Raw) -> None:
    _, path = await asked(clients)
    await an_action(clients, "demo-police", path, "starts", {})
    assert list(await owed(clients, "demo-police")) == ["D04"]
    concluded = await an_action(clients, "demo-police", path, "conclusions", CONCLUSION)
    assert list(await owed(clients, "demo-police")) == ["T12"]
    (fines,) = await items(clients, "demo-police")
    assert (concluded["due_at"], concluded["overdue"]) == (fines["due_at"], False)
    row = await the_row(raw, "D04")
    assert row["status"] == "met"
    assert row["ended_at"] >= row["started_at"]


async def test_a_request_meets_the_duty_to_ask(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    assert list(await owed(clients, "demo-labour")) == ["D03"]
    await a_verification(clients, story)
    assert await statuses(raw, "D03") == ["met"]
    assert await items(clients, "demo-labour") == []


async def test_a_question_stops_the_clock_of_the_verifier_and_starts_that_of_the_requester(
    clients: Clients, raw: Raw
) -> None:
    path = await questioned(clients)
    paused, answer = (await owed(clients, "demo-police"))["D04"], (await owed(clients, "demo-labour"))["T06"]
    assert paused["paused"]
    row = await the_row(raw, "T06")
    asked_on = row["started_at"].astimezone(VIET_NAM).date()
    assert due(answer) == row["due_at"] == end_of(WORKING_DAYS.count(asked_on, 3))
    shown = await clients.ok("demo-police", "GET", path)
    assert datetime.fromisoformat(shown["due_at"]) == due(answer)


async def test_a_paused_clock_is_not_overdue(clients: Clients, raw: Raw) -> None:
    path = await questioned(clients)
    await raw.all.execute("update duties set due_at = now() - interval '1 day' where rule_id = 'D04'")
    assert not (await owed(clients, "demo-police"))["D04"]["overdue"]
    assert await items(clients, "demo-police", overdue="true") == []
    assert not (await clients.ok("demo-police", "GET", path))["overdue"]


async def test_an_answer_starts_it_again_later_by_the_pause(clients: Clients, raw: Raw) -> None:
    path = await questioned(clients)
    before = await begin_earlier(raw, "D04", timedelta(days=6), paused=timedelta(days=5))
    row = await the_row(raw, "D04")
    await an_action(clients, "demo-labour", path, "answers", ANSWER)
    item = (await owed(clients, "demo-police"))["D04"]
    began = row["started_at"].astimezone(VIET_NAM).date()
    assert due(item) == end_of(WORKING_DAYS.nearest(began + timedelta(days=25)))
    assert due(item) > before
    assert not item["paused"]
    assert await statuses(raw, "T06") == ["met"]
    assert await items(clients, "demo-labour") == []


async def test_an_answer_on_the_same_day_never_makes_it_earlier(clients: Clients, raw: Raw) -> None:
    _, path = await asked(clients)
    before = (await the_row(raw, "D04"))["due_at"]
    await an_action(clients, "demo-police", path, "starts", {})
    for _ in range(2):
        await an_action(clients, "demo-police", path, "information-requests", QUESTION)
        await an_action(clients, "demo-labour", path, "answers", ANSWER)
    assert (await the_row(raw, "D04"))["due_at"] >= before
    assert await statuses(raw, "T06") == ["met", "met"]


async def test_an_extension_gives_two_months_from_the_start_once(clients: Clients, raw: Raw) -> None:
    _, path = await asked(clients)
    await an_action(clients, "demo-police", path, "extensions", {"reason": "Vụ việc phức tạp"})
    row = await the_row(raw, "D04")
    began = row["started_at"].astimezone(VIET_NAM).date()
    assert row["due_at"] == end_of(WORKING_DAYS.nearest(add_months(began, 2)))
    assert row["extended"]
    etag = (await clients.ok("demo-police", "GET", path))["etag"]
    again = await clients.call("demo-police", "POST", f"{path}/extensions", {"reason": "Lại"}, etag=etag)
    assert again.status_code == 409
    assert (await the_row(raw, "D04"))["due_at"] == row["due_at"]


@pytest.mark.parametrize(
    ("who", "act", "body"),
    [("demo-labour", "withdrawals", {}), ("demo-police", "refusals", {"reason": "not_competent"})],
)
async def test_a_verification_that_ends_without_an_answer_ends_its_clock(
    clients: Clients, raw: Raw, who: str, act: str, body: dict[str, str]
) -> None:
    _, path = await asked(clients)
    await an_action(clients, who, path, act, body)
    assert await statuses(raw, "D04") == ["cancelled"]
    assert await items(clients, "demo-police") == []


async def test_a_forwarded_request_is_the_duty_of_the_new_verifier(clients: Clients, raw: Raw) -> None:
    _, path = await asked(clients)
    await an_action(clients, "demo-police", path, "forwardings", ELSEWHERE)
    assert await items(clients, "demo-police") == []
    item = (await owed(clients, "demo-other-police"))["D04"]
    old, new = await rows(raw, "D04")
    assert (old["status"], new["status"]) == ("cancelled", "running")
    assert item["subject_id"] == str(new["carrier_id"]) != str(old["carrier_id"])
    assert due(item) == counted("D04", new["started_at"])


async def test_a_reconsideration_starts_a_clock_of_its_own(clients: Clients, raw: Raw) -> None:
    _, path = await asked(clients)
    await an_action(clients, "demo-police", path, "conclusions", CONCLUSION)
    await an_action(clients, "demo-labour", path, "reconsiderations", {"reason": "Có chứng cứ mới"})
    assert await statuses(raw, "D04") == ["met", "running"]
    assert list(await owed(clients, "demo-police")) == ["D04"]


async def test_a_clock_survives_the_process_that_started_it(
    clients: Clients, raw: Raw, server: Server, data: Path
) -> None:
    """Another application over the same database shows the same date, and moves it."""
    path = await questioned(clients)
    before = (await owed(clients, "demo-police"))["D04"]
    app = create_app(Settings(data=data, public_url=ISSUER), server.api_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as http:
        reborn = Clients(http, data / "clients")
        assert (await owed(reborn, "demo-police"))["D04"] == before
        await an_action(reborn, "demo-labour", path, "answers", ANSWER)
    await app.state.database.close()
    assert not (await owed(clients, "demo-police"))["D04"]["paused"]
    assert await statuses(raw, "T06") == ["met"]
