"""Whether somebody else has this person: who may ask it and how, what is answered, and what the holder learns of it."""

import json
from typing import Any

import httpx
import pytest

from tests.conftest import Raw
from tests.factories import a_proposed_handover, an_order
from tests.personas import Clients, Story
from tests.searches import BY_NUMBER, FINDER, HOLDER, a_found_case, a_handle, a_search, an_exclusion, asked
from tests.sql import org

NOTHING: dict[str, Any] = {"items": [], "handles": []}


async def test_a_hit_is_an_opaque_handle_for_ten_minutes_and_tells_nothing_else(clients: Clients, raw: Raw) -> None:
    story = await a_found_case(clients)
    answer = await asked(clients)
    (hit,) = answer.json()["handles"]
    assert set(answer.json()) == {"items", "handles"}
    assert set(hit) == {"handle", "expires_at"}
    assert len(hit["handle"]) == 22
    assert answer.json()["items"] == []
    for secret in (story.case, str(org(HOLDER)), HOLDER, "Nguyễn"):
        assert secret not in answer.text
    left = await raw.all.fetchval("select extract(epoch from expires_at - now()) from search_handles")
    assert 0 < left <= 600
    (again,) = (await asked(clients)).json()["handles"]
    assert again["handle"] != hit["handle"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"document_number": "q 765-4321"}, 1),
        ({"document_number": "Q7654322"}, 0),
        ({"full_name": "Nguyen thi  HOA", "birth_date": "1999-03-08"}, 1),
        ({"full_name": "Hoa Mai", "birth_date": "1999-03-08"}, 1),
        ({"full_name": "Nguyễn Thị Hoa", "birth_date": "1999-03-09"}, 0),
        ({"full_name": "Thị Hoa", "birth_date": "1999-03-08"}, 0),
    ],
)
async def test_only_the_whole_number_or_the_whole_name_and_date_finds(
    clients: Clients, body: dict[str, str], found: int
) -> None:
    await a_found_case(clients, birth_date="1999-03-08", other_names=["Hoa Mai"])
    assert len((await a_search(clients, FINDER, body))["handles"]) == found


async def test_a_year_of_birth_neither_asks_nor_is_found(clients: Clients) -> None:
    await a_found_case(clients, birth_date="1999")
    answer = await asked(clients, body={"full_name": "Nguyễn Thị Hoa", "birth_year": 1999})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    whole = {"full_name": "Nguyễn Thị Hoa", "birth_date": "1999-01-01"}
    assert await a_search(clients, FINDER, whole) == NOTHING


async def test_a_changed_date_of_birth_is_found_by_the_new_one_alone(clients: Clients) -> None:
    story = await a_found_case(clients, birth_date="1999-03-08")
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok(HOLDER, "GET", path))["etag"]
    await clients.ok(HOLDER, "PATCH", path, {"sections": {"identity": {"birth_date": "1998-03-08"}}}, etag=etag)
    name = {"full_name": "Nguyễn Thị Hoa"}
    assert await a_search(clients, FINDER, {**name, "birth_date": "1999-03-08"}) == NOTHING
    assert len((await a_search(clients, FINDER, {**name, "birth_date": "1998-03-08"}))["handles"]) == 1


async def test_another_purpose_is_refused_before_anything_is_counted_or_found(clients: Clients, raw: Raw) -> None:
    await a_found_case(clients)
    answer = await asked(clients, Purpose_Of_Use="care_coordination")
    assert (answer.status_code, answer.json()["code"]) == (403, "purpose_required")
    assert answer.json()["params"] == {"allowed": ["duplicate_check", "verification"]}
    assert await raw.all.fetchval("select count(*) from search_counts") == 0
    assert (await asked(clients, Purpose_Of_Use="verification")).status_code == 200
    ngo = await asked(clients, "demo-ngo", Purpose_Of_Use="care_coordination")
    assert ngo.json()["params"] == {"allowed": ["duplicate_check"]}


async def test_ones_own_case_comes_back_as_it_is_and_not_as_a_handle(clients: Clients) -> None:
    story = await a_found_case(clients)
    mine = await a_search(clients, HOLDER, BY_NUMBER)
    assert [item["id"] for item in mine["items"]] == [story.case]
    assert mine["handles"] == []
    await a_proposed_handover(clients, story, HOLDER, FINDER)
    shared = await a_search(clients, FINDER, BY_NUMBER)
    assert ([item["id"] for item in shared["items"]], shared["handles"]) == ([story.case], [])


async def _refuge(clients: Clients, story: Story) -> None:
    """Handed to the body that writes the compartment."""
    await a_proposed_handover(clients, story, HOLDER, "demo-labour")
    await _confirmed(clients, story)
    await _amended(clients, story, "demo-labour", {"refuge": {"address": "Nhà tạm lánh"}})


async def _ordered(clients: Clients, story: Story) -> None:
    await clients.ok(HOLDER, "POST", f"/v1/cases/{story.case}/protections", an_order())


async def _excluded(clients: Clients, story: Story) -> None:
    await an_exclusion(clients, story.case, FINDER, HOLDER)


def _flagged(flag: str) -> Any:
    async def flagged(clients: Clients, story: Story) -> None:
        await _amended(clients, story, HOLDER, {"handling": {"flags": [flag]}})

    return flagged


async def _confirmed(clients: Clients, story: Story) -> None:
    handover = f"/v1/handovers/{story.handover['id']}"
    etag = (await clients.ok("demo-labour", "GET", handover))["etag"]
    await clients.ok("demo-labour", "POST", f"{handover}/confirmations", {}, etag=etag)


async def _amended(clients: Clients, story: Story, who: str, sections: dict[str, Any]) -> None:
    path = f"/v1/cases/{story.case}"
    etag = (await clients.ok(who, "GET", path))["etag"]
    await clients.ok(who, "PATCH", path, {"sections": sections}, etag=etag)


FLAGS = ["hidden_address", "immediate_danger", "trafficker_knows_location", "trafficker_in_home_area"]
FLAGS += ["official_suspected", "no_home_commune_notice"]
PROTECTED = {"refuge": _refuge, "protection order": _ordered, "exclusion": _excluded}
PROTECTED |= {flag: _flagged(flag) for flag in FLAGS}


@pytest.mark.parametrize("cause", PROTECTED)
async def test_the_protected_and_those_kept_from_one_answer_as_nobody_does(
    clients: Clients, raw: Raw, cause: str
) -> None:
    """Byte for byte; and a handle from before leads nowhere any more."""
    nobody = await asked(clients)
    story = await a_found_case(clients)
    handle = await a_handle(clients, FINDER, BY_NUMBER)
    await PROTECTED[cause](clients, story)
    told = await raw.all.fetchval("select count(*) from outbox_events where type = 'case.found'")
    hidden = await asked(clients)
    assert hidden.json() == NOTHING
    assert (hidden.status_code, hidden.content, _kept(hidden)) == (nobody.status_code, nobody.content, _kept(nobody))
    assert await raw.all.fetchval("select count(*) from outbox_events where type = 'case.found'") == told
    late = await clients.call(FINDER, "POST", "/v1/contact-requests", {"handle": handle, "reason": "same_person"})
    assert (late.status_code, late.json()["code"]) == (422, "unknown_reference")


def _kept(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


async def test_a_harmless_flag_hides_nobody(clients: Clients) -> None:
    story = await a_found_case(clients)
    await _amended(clients, story, HOLDER, {"handling": {"flags": ["no_media"]}})
    assert len((await a_search(clients, FINDER, BY_NUMBER))["handles"]) == 1


async def test_the_holder_is_told_who_searched_and_why(clients: Clients, raw: Raw) -> None:
    story = await a_found_case(clients)
    await asked(clients, Acting_Officer="hieu-42", Purpose_Of_Use="verification")
    (event,) = await raw.all.fetch("select * from outbox_events where type = 'case.found'")
    assert (str(event["case_id"]), event["organisation_id"]) == (story.case, org(FINDER))
    (entry,) = await raw.all.fetch("select * from audit_entries where event = 'case.found'")
    assert (entry["officer"], entry["purpose"], entry["client_id"]) == ("hieu-42", "verification", FINDER)
    assert entry["parties"] == [org(HOLDER)]
    timeline = (await clients.ok(HOLDER, "GET", f"/v1/cases/{story.case}/timeline"))["items"]
    seen = [row for row in timeline if row["event"] == "case.found"]
    assert [(row["organisation_id"], row["agency"], row["officer"]) for row in seen] == [
        (str(org(FINDER)), "police", None)
    ]
    accesses = (await clients.ok(HOLDER, "GET", f"/v1/cases/{story.case}/accesses"))["items"]
    found = [row for row in accesses if row["event"] == "case.found"]
    assert [(row["own"], row["agency"], row["purpose"], row["officer"]) for row in found] == [
        (False, "police", "verification", None)
    ]


async def test_the_search_itself_is_recorded_without_what_was_looked_for(clients: Clients, raw: Raw) -> None:
    await a_found_case(clients)
    await asked(clients)
    await asked(clients, body={"document_number": "NOBODY1"})
    facts = [json.loads(row["facts"]) for row in await raw.all.fetch(
        "select facts from audit_entries where event = 'case.searched' order by at")]  # fmt: skip
    assert facts == [{"found": 0, "beyond": 1}, {"found": 0, "beyond": 0}]
