"""Safety flags stand before notices: which flag forbids which kind is typed by hand here, apart from the code list."""

from typing import Any

import pytest

from app.reference.codes import code_list
from tests.conftest import Raw
from tests.factories import a_held_case, a_verification
from tests.notices.test_notices import HOME, of, to
from tests.personas import Clients
from tests.test_races import race, rounds

RECIPIENT = {
    "home_province": HOME,
    "home_commune": "demo-commune",
    "embassy": "demo-foreign",
    "immigration": HOME,
    "leaving_facility": HOME,
    "found_safe": "demo-hotline",
}
FORBIDDEN = {
    ("no_home_commune_notice", "home_province"),
    ("no_home_commune_notice", "home_commune"),
    ("official_suspected", "home_province"),
    ("official_suspected", "home_commune"),
    ("do_not_contact_family", "found_safe"),
    ("family_suspected", "found_safe"),
}
ASKED_FIRST = {("trafficker_in_home_area", "home_commune"), ("ask_before_family", "found_safe")}
FLAGS = sorted(code.code for code in code_list("handling").codes)


def test_only_flags_that_exist_stand_against_a_kind() -> None:
    """A misspelt flag would forbid nothing, and nobody would notice."""
    found: dict[str, set[tuple[str, str]]] = {"forbidden_by": set(), "ask_first": set()}
    for kind in code_list("notice_kind").codes:
        for member, pairs in found.items():
            pairs |= {(flag, kind.code) for flag in kind.attributes[member]}
    assert found == {"forbidden_by": FORBIDDEN, "ask_first": ASKED_FIRST}
    assert {flag for flag, _ in FORBIDDEN | ASKED_FIRST} <= set(FLAGS)
    assert set(RECIPIENT) == {kind.code for kind in code_list("notice_kind").codes}


@pytest.mark.parametrize("flag", FLAGS)
async def test_a_flag_forbids_the_kinds_it_is_about_and_no_other(clients: Clients, raw: Raw, flag: str) -> None:
    story = await a_held_case(clients, handling=[flag, "no_media"] if flag != "no_media" else [flag])
    for kind, recipient in RECIPIENT.items():
        answer = await clients.call("demo-labour", "POST", of(story.case), to(recipient, kind))
        if (flag, kind) in FORBIDDEN | ASKED_FIRST:
            assert (answer.status_code, answer.json()["code"]) == (422, "handling_forbids"), kind
            (error,) = answer.json()["errors"]
            pointer = "/kind" if (flag, kind) in FORBIDDEN else "/agreed_on"
            assert (error["pointer"], error["params"]) == (pointer, {"flags": [flag]})
        else:
            assert answer.status_code == 201, (kind, answer.text)
    refused = sum(pair[0] == flag for pair in FORBIDDEN | ASKED_FIRST)
    assert await raw.all.fetchval("select count(*) from notices") == len(RECIPIENT) - refused
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'request.refused'") == refused


@pytest.mark.parametrize(("flag", "kind"), sorted(ASKED_FIRST))
async def test_where_the_person_is_asked_first_the_day_of_the_answer_is_given(
    clients: Clients, flag: str, kind: str
) -> None:
    story = await a_held_case(clients, handling=[flag])
    ahead = to(RECIPIENT[kind], kind, agreed_on="2099-01-01")
    assert (await clients.call("demo-labour", "POST", of(story.case), ahead)).json()["code"] == "validation_failed"
    agreed = to(RECIPIENT[kind], kind, agreed_on="2026-11-20")
    assert (await clients.call("demo-labour", "POST", of(story.case), agreed)).status_code == 201


@pytest.mark.parametrize(("flag", "kind"), sorted(FORBIDDEN))
async def test_what_is_forbidden_no_agreement_allows(clients: Clients, flag: str, kind: str) -> None:
    story = await a_held_case(clients, handling=[flag])
    body = to(RECIPIENT[kind], kind, agreed_on="2026-11-20")
    answer = await clients.call("demo-labour", "POST", of(story.case), body)
    assert answer.json()["code"] == "handling_forbids"


async def test_a_flag_binds_who_may_not_read_it_and_is_not_named_to_them(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, handling=["official_suspected"])
    await a_verification(clients, story)
    await raw.all.execute("update case_parties set sections = array_remove(sections, 'handling')")
    answer = await clients.call("demo-police", "POST", of(story.case), to(HOME))
    assert (answer.status_code, answer.json()["code"]) == (422, "handling_forbids")
    assert answer.json()["errors"][0]["params"] == {}
    assert "official_suspected" not in answer.text


async def test_a_flag_withdrawn_forbids_no_longer(clients: Clients) -> None:
    story = await a_held_case(clients, handling=["no_home_commune_notice"])
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    await clients.ok("demo-labour", "PATCH", path, {"sections": {"handling": {"flags": []}}}, etag=etag)
    assert (await clients.call("demo-labour", "POST", of(story.case), to(HOME))).status_code == 201


@rounds
async def test_a_flag_set_at_the_same_moment_comes_before_or_after(clients: Clients, raw: Raw, attempt: int) -> None:
    """The case is locked by both: the notice saw the case without the flag, or it was not sent."""
    story = await a_held_case(clients, handling=[])
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok("demo-labour", "GET", path))["etag"]
    flagged: dict[str, Any] = {"sections": {"handling": {"flags": ["no_home_commune_notice"]}}}
    mended, told = await race(
        raw,
        clients.call("demo-labour", "PATCH", path, flagged, etag=etag),
        clients.call("demo-labour", "POST", of(story.case), to(HOME)),
    )
    assert mended.status_code == 200
    assert told.status_code == 201 or told.json()["code"] == "handling_forbids"
    events = await raw.all.fetch(
        "select event from audit_entries where event in ('case.amended', 'notice.sent') order by at"
    )
    in_order = [row["event"] for row in events]
    assert in_order == (["notice.sent", "case.amended"] if told.is_success else ["case.amended"])
