"""Reports without a person: taken down, handed over, and read by whoever acts on them; and a family's search."""

from typing import Any

import pytest

from tests.factories import a_confirmation, a_proposed_handover
from tests.intakes.reports import (
    COMMUNE,
    HOTLINE,
    REPORTER,
    WORDS,
    a_passed_on_case,
    a_report,
    a_reported_case,
    feedback,
    pointers,
    sent,
)
from tests.personas import Clients, Story

PERSON = {"full_name": "Giàng Thị Say", "sex": "female", "birth_date": "2004"}


async def test_a_hotline_passes_on_an_unknown_person_and_hears_what_became_of_it(clients: Clients) -> None:
    """Step 9 of the story."""
    story = await a_reported_case(clients, handling=["trafficker_knows_location"], reporter=REPORTER)
    await a_proposed_handover(clients, story, HOTLINE, COMMUNE)
    offered = await clients.ok(COMMUNE, "GET", f"/v1/cases/{story.case}")
    assert offered["sections"]["identity"]["description"] == WORDS
    assert offered["sections"]["handling"]["flags"] == ["trafficker_knows_location"]
    assert "contact" in offered["masked"]
    await a_confirmation(clients, story, COMMUNE)
    held = (await clients.ok(COMMUNE, "GET", f"/v1/cases/{story.case}"))["sections"]
    assert (held["contact"]["address"], held["contact"]["province_code"]) == ("Sau chợ Cốc Lếu", "15")
    await _hidden(clients, story)
    await feedback(clients, story, text="Đã đưa chị về nhà tạm lánh.")
    (heard,) = (await clients.ok(HOTLINE, "GET", f"/v1/intakes/{story.intake}/feedback"))["items"]
    assert (heard["outcome"], heard["text"]) == ("found_safe", "Đã đưa chị về nhà tạm lánh.")
    await _hidden(clients, story)


async def _hidden(clients: Clients, story: Story) -> None:
    """From the hotline: the case, and what hangs on it. Its own row stays."""
    for path in ("", "/timeline", "/accesses", "/feedback", "/notes", "/supplements"):
        assert (await clients.get(HOTLINE, f"/v1/cases/{story.case}{path}")).status_code == 404, path
    mine = await clients.ok(HOTLINE, "GET", f"/v1/intakes/{story.intake}")
    assert (mine["content"], mine["status"]) == (None, "received")


async def test_who_turns_out_to_be_known_is_written_into_the_same_case(clients: Clients) -> None:
    story = await a_passed_on_case(clients)
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok(COMMUNE, "GET", path))["etag"]
    await clients.ok(COMMUNE, "PATCH", path, {"sections": {"identity": PERSON}}, etag=etag)
    found = await clients.ok(COMMUNE, "POST", "/v1/case-searches", {"full_name": "Giàng Thị Say", "birth_year": 2004})
    assert [item["id"] for item in found["items"]] == [story.case]
    assert (await clients.ok(COMMUNE, "GET", path))["sections"]["identity"]["description"] == WORDS


async def test_a_group_of_twelve_is_handed_to_the_police_as_one(clients: Clients) -> None:
    story = await a_passed_on_case(clients, "demo-police", subject="group", group_size=12)
    (listed,) = (await clients.ok("demo-police", "GET", "/v1/cases"))["items"]
    assert (listed["id"], listed["subject"], listed["group_size"]) == (story.case, "group", 12)
    (mine,) = (await clients.ok(HOTLINE, "GET", "/v1/intakes"))["items"]
    assert (mine["subject"], mine["record_mode"]) == ("group", "situation")


async def test_a_situation_names_nobody(clients: Clients) -> None:
    story = await a_reported_case(clients, subject="situation", urgent_needs=["shelter"], declines=["police"])
    shown = await clients.ok(HOTLINE, "GET", f"/v1/cases/{story.case}")
    identity = {name: value for name, value in shown["sections"]["identity"].items() if value is not None}
    assert (shown["subject"], identity) == ("situation", {"description": WORDS})
    assert shown["sections"]["handling"]["declines"] == ["police"]
    assert shown["sections"]["needs"]["services"] == ["shelter"]
    assert (shown["group_size"], shown["links"]) == (None, [])


async def test_a_second_call_about_the_same_situation_joins_its_case(clients: Clients) -> None:
    story = await a_reported_case(clients)
    second = await sent(clients, a_report(text="Xe đã rời đi.", case_id=story.case))
    assert (second.status_code, second.json()["case"]["id"]) == (201, story.case)


async def test_a_family_that_misses_somebody_reports_that_person(clients: Clients) -> None:
    missing = {"channel": "missing_person_report", "record_mode": "full", "subject": "missing_person"}
    story = await a_passed_on_case(clients, "demo-police", **missing, person=PERSON, reporter=REPORTER)
    shown = await clients.ok("demo-police", "GET", f"/v1/cases/{story.case}")
    assert (shown["subject"], shown["sections"]["identity"]["full_name"]) == ("missing_person", PERSON["full_name"])
    known = {"full_name": PERSON["full_name"], "birth_year": 2004}
    assert len((await clients.ok("demo-police", "POST", "/v1/case-searches", known))["items"]) == 1
    family = {"full_name": REPORTER["full_name"], "birth_year": 2004}
    assert (await clients.ok("demo-police", "POST", "/v1/case-searches", family))["items"] == []


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"person": PERSON}, {"/person": "not_with_mode"}),
        ({"accompanying_minors": [PERSON]}, {"/accompanying_minors": "not_with_mode"}),
        ({"trafficking": {"statement": "Bị nhốt."}}, {"/trafficking/statement": "not_with_mode"}),
        ({"age_band": "24_26"}, {"/age_band": "not_with_mode"}),
        ({"group_size": 12}, {"/group_size": "not_with_mode"}),
        ({"subject": "group", "group_size": 1}, {"/group_size": "out_of_range"}),
        ({"subject": "group", "group_size": "12"}, {"/group_size": "wrong_type"}),
        ({"subject": "family"}, {"/subject": "unknown_code"}),
        ({"subject": "missing_person"}, {"/subject": "not_with_mode", "/person": "required"}),
        ({"record_mode": "full", "subject": "group"}, {"/subject": "not_with_mode"}),
        ({"record_mode": "full", "subject": "missing_person"}, {"/person": "required"}),
        ({"record_mode": "full", "age_band": "24_26"}, {"/age_band": "not_with_mode"}),
    ],
)
async def test_what_does_not_fit_together_is_named(
    clients: Clients, changes: dict[str, Any], wanted: dict[str, str]
) -> None:
    assert pointers(await sent(clients, a_report(**changes))) == wanted
