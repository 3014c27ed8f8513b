"""Whether somebody else has this person: who may ask it and how, what is answered, and what the holder learns of it."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.embedded import Server
from app.main import create_app
from app.settings import Settings
from tests.conftest import Raw
from tests.factories import a_proposed_handover, an_order
from tests.personas import ISSUER, PERSONAS, Clients, Story
from tests.searches import a_found_case, a_handle, a_search, an_exclusion
from tests.sql import acting, be, org, refused
from tests.test_journal import everything

HOLDER, FINDER, NUMBER = "demo-foreign", "demo-police", "Q7654321"
BY_NUMBER = {"document_number": NUMBER}
NOTHING: dict[str, Any] = {"items": [], "handles": []}
BEYOND = "select * from access.find_beyond('document', $1, array[$2]::bytea[], 'verification', gen_random_uuid())"


async def asked(clients: Clients, who: str = FINDER, body: Any = None, **changes: str | None) -> httpx.Response:
    headers: dict[str, str | None] = {"Purpose_Of_Use": "duplicate_check", **changes}
    return await clients.call(who, "POST", "/v1/case-searches", {"beyond": True, **(body or BY_NUMBER)}, **headers)


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


async def test_only_the_digest_of_a_handle_is_stored(clients: Clients, raw: Raw) -> None:
    await a_found_case(clients)
    handle = await a_handle(clients, FINDER, BY_NUMBER)
    assert handle.casefold() not in await everything(raw.all)
    digests = [row["digest"] for row in await raw.all.fetch("select digest from search_handles")]
    assert digests == [_digest(handle)]


def _digest(handle: str) -> bytes:
    return sha256(urlsafe_b64decode(handle + "==")).digest()


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


@pytest.fixture
async def workers(server: Server, data: Path, clients: Clients) -> AsyncIterator[list[Clients]]:
    """Two applications over one database, as two processes are."""
    made = [create_app(Settings(data=data, public_url=ISSUER), server.api_url) for _ in range(2)]
    served = [httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) for app in made]
    yield [Clients(http, data / "clients") for http in served]
    for http, app in zip(served, made, strict=True):
        await http.aclose()
        await app.state.database.close()


async def test_twenty_searches_a_client_a_day_over_all_workers(clients: Clients, workers: list[Clients]) -> None:
    answers = await asyncio.gather(*(asked(workers[n % 2]) for n in range(24)))
    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [429] * 4
    refusal = next(answer for answer in answers if answer.status_code == 429)
    assert refusal.json()["code"] == "search_limit_reached"
    assert refusal.json()["retryable"] is True
    assert 0 < int(refusal.headers["Retry-After"]) <= 86_400
    assert (await asked(clients, "demo-police-second")).status_code == 200
    own = {"document_number": NUMBER}
    assert (await clients.call(FINDER, "POST", "/v1/case-searches", own)).status_code == 200


async def test_the_count_begins_anew_with_the_day_and_yesterdays_is_dropped(clients: Clients, raw: Raw) -> None:
    await raw.all.execute("insert into search_counts values ($1, access.today() - 1, 20)", FINDER)
    assert (await asked(clients)).status_code == 200
    rows = await raw.all.fetch("select day = access.today() as today, used from search_counts")
    assert [tuple(row) for row in rows] == [(True, 1)]


async def test_a_handle_serves_its_finders_client_alone_and_only_while_it_is_good(clients: Clients, raw: Raw) -> None:
    story = await a_found_case(clients)
    digest = _digest(await a_handle(clients, FINDER, BY_NUMBER))
    behind = "select access.case_behind($1)"

    async def seen(who: str, client: str) -> str | None:
        async with acting(raw, who) as sql:
            await sql.execute("select set_config('app.client_id', $1, true)", client)
            found = await sql.fetchval(behind, digest)
            return found and str(found)

    assert await seen(FINDER, FINDER) == story.case
    assert await seen(FINDER, "demo-police-second") is None
    assert await seen("demo-other-police", FINDER) is None
    assert await seen(FINDER, "") is None
    await raw.all.execute("update search_handles set expires_at = now()")
    assert await seen(FINDER, FINDER) is None


async def test_expired_handles_are_cleared_by_the_next_search(clients: Clients, raw: Raw) -> None:
    await a_found_case(clients)
    await asked(clients)
    await raw.all.execute("update search_handles set expires_at = now() - interval '1 second'")
    await asked(clients, body={"document_number": "NOBODY1"})
    assert await raw.all.fetchval("select count(*) from search_handles") == 0


async def test_nobody_reads_or_forges_counts_and_handles_behind_the_application(clients: Clients, raw: Raw) -> None:
    story = await a_found_case(clients)
    await asked(clients)
    for statement in ("select * from search_handles", "select * from search_counts", "delete from search_counts"):
        await refused(raw, FINDER, statement)
    forged = "insert into search_handles values ($1, $2, $3, 'demo-police', 'verification', now() + interval '1 hour')"
    await refused(raw, FINDER, forged, b"x" * 32, UUID(story.case), org(FINDER))
    for tried in ("select access.is_never_found($1)", "select access.excludes($1, access.caller_org())"):
        await refused(raw, FINDER, tried, UUID(story.case))


async def test_the_finder_cannot_read_whom_it_found_not_even_by_sql(clients: Clients, raw: Raw) -> None:
    story = await a_found_case(clients)
    await asked(clients)
    for who in (FINDER, "demo-stranger"):
        async with acting(raw, who) as sql:
            rows = await sql.fetch("select case_id, parties from audit_entries")
            assert UUID(story.case) not in {row["case_id"] for row in rows}
            assert all(org(HOLDER) not in row["parties"] for row in rows)
            assert await sql.fetchval("select count(*) from case_lookups") == 0


async def test_a_search_by_sql_counts_and_tells_as_well(clients: Clients, raw: Raw, app: Any) -> None:
    story = await a_found_case(clients)
    digest = app.state.database.keyring.indexes.document(NUMBER)
    transaction = raw.api.transaction()
    await transaction.start()
    try:
        await be(raw.api, FINDER)
        await raw.api.execute("select set_config('app.client_id', '', true)")
        assert await raw.api.fetch(BEYOND, digest, b"x" * 32) == []  # nobody's client
        await raw.api.execute("select set_config('app.client_id', $1, true)", FINDER)
        (row,) = await raw.api.fetch(BEYOND, digest, b"x" * 32)
        assert row["hits"] == 1
        await raw.api.execute("select set_config('app.organisation_id', $1, true)", str(PERSONAS[HOLDER].id))
        accesses = "select event from access.case_accesses($1, '-infinity', $2, 10)"
        events = {each["event"] for each in await raw.api.fetch(accesses, UUID(story.case), uuid4())}
        assert "case.found" in events
    finally:
        await transaction.rollback()
