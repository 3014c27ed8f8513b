"""Stays, incidents, protections without the application: what raw SQL as the API's role cannot see, take or forge."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.conftest import Raw
from tests.factories import SHELTER, a_held_case, a_referral, a_stay, a_verification, an_action, an_incident, an_order
from tests.factories import without_police as without_the_police
from tests.personas import Clients, Story
from tests.safety.stays import ENDED, a_taken_in, another_shelter, free
from tests.sql import acting, counted, org, refused

LABOUR, HOUSE, NGO, POLICE = "demo-labour", "demo-shelter", "demo-ngo", "demo-police"
TABLES = ["placements", "placement_extensions", "incidents", "incident_texts", "protections"]
STAY = (
    "insert into placements (id, case_id, service_id, placed_by, started_on)"
    " values (gen_random_uuid(), $1, $2, $3, '2026-11-20')"
)
REPORT = (
    "insert into incidents (id, reference, case_id, reported_by, police_id, exclusion, kind, occurred_at, text_sealed)"
    " values (gen_random_uuid(), 'DDDDDDDD', $1, $2, $3, $4, 'threat', now(), '')"
)
WORDS = (
    "insert into incident_texts (id, incident_id, author_id, kind, sealed) values (gen_random_uuid(), $1, $2, $3, '')"
)
ORDER = (
    "insert into protections (id, case_id, ordered_by, measures, orders_sealed, starts_on)"
    " values (gen_random_uuid(), $1, $2, '{refuge}', '', '2026-11-20')"
)


@pytest.fixture
async def guarded(clients: Clients) -> Story:
    """The house serves, the association too, police verify; a stay extended once, one incident told to the police and
    one not, a protection."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_referral(clients, story, status="accepted")
    await a_verification(clients, story)
    await a_taken_in(clients, story)
    stay = await a_stay(clients, story)
    longer = {"until": "2027-06-20", "reason": "Chưa có nơi ở."}
    await an_action(clients, HOUSE, f"/v1/placements/{stay['id']}", "extensions", longer)
    for body in (an_incident(), without_the_police()):
        await clients.ok(HOUSE, "POST", f"/v1/cases/{story.case}/incidents", body)
    await clients.ok(LABOUR, "POST", f"/v1/cases/{story.case}/protections", an_order())
    return story


async def test_each_sees_what_is_its_own(guarded: Story, raw: Raw) -> None:
    wanted: dict[str, list[int]] = {
        LABOUR: [1, 1, 2, 1, 1],
        HOUSE: [1, 1, 2, 1, 0],
        POLICE: [0, 0, 1, 0, 0],
        NGO: [0, 0, 0, 0, 0],
        "demo-border": [0, 0, 0, 0, 0],
        "demo-other-police": [0, 0, 0, 0, 0],
        "demo-stranger": [0, 0, 0, 0, 0],
    }
    for who, rows in wanted.items():
        async with acting(raw, who) as sql:
            assert list((await counted(sql, TABLES)).values()) == rows, who


async def test_without_a_caller_there_is_nothing(guarded: Story, raw: Raw) -> None:
    assert set((await counted(raw.api, TABLES)).values()) == {0}


async def test_nobody_takes_a_place_of_another_house(guarded: Story, clients: Clients, raw: Raw) -> None:
    """Not the custodian in a house that did not accept, not a guest in the case, not in somebody else's name."""
    case, shelter = UUID(guarded.case), UUID(SHELTER)
    for who in (NGO, POLICE, "demo-border", "demo-stranger"):
        await refused(raw, who, STAY, case, shelter, org(who))
        await refused(raw, who, STAY, case, shelter, org(HOUSE))
    await refused(raw, LABOUR, STAY, case, shelter, org(HOUSE))
    other = await a_held_case(clients, accompanying_minors=[])
    await a_referral(clients, other, status="accepted", receiver=HOUSE, service="medical")
    for who in (LABOUR, HOUSE):
        await refused(raw, who, STAY, UUID(other.case), shelter, org(who))
    async with another_shelter(raw) as own:
        await refused(raw, NGO, STAY, case, UUID(own), org(NGO))
    medical = await raw.all.fetchval("select id from services where service = 'medical'")
    await refused(raw, HOUSE, STAY, case, medical, org(HOUSE))
    assert await free(raw) == 3


async def test_the_count_is_not_turned_by_forging_a_stay(guarded: Story, raw: Raw) -> None:
    """What counts places, and where the stay is, is written by triggers; what ended does not end again."""
    for forged in (
        "insert into placements (id, case_id, service_id, facility_id, placed_by, started_on)"
        " select gen_random_uuid(), case_id, service_id, placed_by, placed_by, started_on from placements",
        "insert into placements (id, case_id, service_id, placed_by, started_on, status, ended_on)"
        " select gen_random_uuid(), case_id, service_id, placed_by, started_on, 'ended', started_on from placements",
        "update placements set service_id = gen_random_uuid()",
        "update services set places_free = places_free + 1 where service = 'shelter'",
    ):
        await refused(raw, LABOUR, forged)
    own = UUID(guarded.case), UUID(SHELTER), org(HOUSE)
    await refused(raw, HOUSE, STAY, *own, by=asyncpg.UniqueViolationError)
    ended = "update placements set status = 'ended', ended_on = '2026-11-21'"
    async with acting(raw, HOUSE) as sql:
        await sql.execute(ended)
        assert await sql.fetchval("select places_free from services where id = $1", UUID(SHELTER)) == 4
        for again in ("update placements set status = 'active', ended_on = null", ended):
            savepoint = sql.transaction()
            await savepoint.start()
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await sql.execute(again)
            await savepoint.rollback()
        assert await sql.fetchval("select places_free from services where id = $1", UUID(SHELTER)) == 4


async def test_a_full_house_takes_nobody_behind_the_applications_back(clients: Clients, raw: Raw) -> None:
    story = await a_taken_in(clients)
    await raw.all.execute("update services set places_free = 0 where id = $1", UUID(SHELTER))
    stay = UUID(story.case), UUID(SHELTER), org(HOUSE)
    await refused(raw, HOUSE, STAY, *stay, by=asyncpg.CheckViolationError)


@pytest.mark.parametrize("who", [NGO, POLICE, "demo-border", "demo-stranger"])
async def test_nobody_moves_what_it_has_no_part_in(guarded: Story, raw: Raw, who: str) -> None:
    """Blindly it fails on the first foreign row; by id there is none."""
    changes = {
        "placements": "until = '2030-01-01'",
        "incidents": "outcome = 'made_safe'",
        "protections": "measures = '{}'",
    }
    for table, change in changes.items():
        await refused(raw, who, f"update {table} set {change}")  # noqa: S608
        hidden = "police_id is null" if table == "incidents" else "true"
        row = await raw.all.fetchval(f"select id from {table} where {hidden}")  # noqa: S608
        async with acting(raw, who) as sql:
            assert await sql.execute(f"update {table} set {change} where id = $1", row) == "UPDATE 0"  # noqa: S608
    stay = await raw.all.fetchval("select id from placements")
    incident = await raw.all.fetchval("select id from incidents where police_id is null")
    longer = (
        "insert into placement_extensions (id, placement_id, extended_by, until, reason_sealed)"
        " values (gen_random_uuid(), $1, $2, '2030-01-01', '')"
    )
    await refused(raw, who, longer, stay, org(who))
    for kind in ("exclusion", "resolution"):
        await refused(raw, who, WORDS, incident, org(who), kind)


async def test_a_report_is_made_in_ones_own_name_and_told_to_police_only(guarded: Story, raw: Raw) -> None:
    case = UUID(guarded.case)
    reports: list[tuple[str, Any]] = [
        (who, (case, org(who), None, "other")) for who in ("demo-border", "demo-stranger")
    ]
    reports += [
        (HOUSE, (case, org(LABOUR), None, "other")),
        (HOUSE, (case, org(HOUSE), org("demo-stranger"), None)),
        (HOUSE, (case, org(HOUSE), org("demo-border"), None)),
    ]
    for who, values in reports:
        await refused(raw, who, REPORT, *values)
    for values in ((case, org(HOUSE), None, None), (case, org(HOUSE), org(POLICE), "other")):
        await refused(raw, HOUSE, REPORT, *values, by=asyncpg.CheckViolationError)


async def test_the_words_of_a_resolution_are_custodians_and_reporters(guarded: Story, raw: Raw) -> None:
    told = await raw.all.fetchval("select id from incidents where police_id is not null")
    for who in (POLICE, "demo-ngo"):  # told of it, and serving the person beside its reporter
        await refused(raw, who, WORDS, told, org(who), "resolution")
    await refused(raw, LABOUR, WORDS, told, org(LABOUR), "exclusion")
    await refused(raw, LABOUR, WORDS, told, org(HOUSE), "resolution")


async def test_the_key_is_had_for_the_incident_that_one_was_told_of(guarded: Story, raw: Raw) -> None:
    told = await raw.all.fetchval("select id from incidents where police_id is not null")
    for who, rows in ((LABOUR, 1), (HOUSE, 1), (POLICE, 1), ("demo-other-police", 0), ("demo-stranger", 0)):
        async with acting(raw, who) as sql:
            assert len(await sql.fetch("select * from access.incident_key($1)", told)) == rows, who


async def test_protection_is_ordered_in_ones_own_name_in_a_case_of_ones_own(guarded: Story, raw: Raw) -> None:
    case = UUID(guarded.case)
    for who, by in ((POLICE, LABOUR), ("demo-border", "demo-border"), ("demo-stranger", "demo-stranger")):
        await refused(raw, who, ORDER, case, org(by))
    async with acting(raw, POLICE) as sql:
        await sql.execute(ORDER, case, org(POLICE))
        assert [row["ordered_by"] for row in await sql.fetch("select ordered_by from protections")] == [org(POLICE)]


async def test_what_ended_is_not_written_again(guarded: Story, clients: Clients, raw: Raw) -> None:
    (stay,) = (await clients.ok(LABOUR, "GET", f"/v1/cases/{guarded.case}/placements"))["items"]
    await an_action(clients, LABOUR, f"/v1/placements/{stay['id']}", "ends", ENDED)
    (order,) = (await clients.ok(LABOUR, "GET", f"/v1/cases/{guarded.case}/protections"))["items"]
    over = {"ended_on": "2026-11-21", "reason": "danger_over"}
    await an_action(clients, LABOUR, f"/v1/protections/{order['id']}", "ends", over)
    for incident in (await clients.ok(LABOUR, "GET", f"/v1/cases/{guarded.case}/incidents"))["items"]:
        body = {"outcome": "made_safe", "text": "Đã chuyển phòng."}
        await an_action(clients, LABOUR, f"/v1/incidents/{incident['id']}", "resolutions", body)
    for statement in (
        "update placements set ended_on = '2026-11-20'",
        "update placements set destination = 'family'",
        "update protections set measures = '{}'",
        "update protections set status = 'active', ended_on = null",
        "update incidents set outcome = 'unfounded'",
        "update incidents set status = 'reported'",
    ):
        await refused(raw, LABOUR, statement)
    assert await raw.all.fetchval("select ended_on from placements") == date(2026, 11, 21)


async def test_the_clocks_of_a_stay_are_moved_by_its_parties_only(guarded: Story, raw: Raw) -> None:
    stay = await raw.all.fetchval("select id from placements")
    for who, seen in ((HOUSE, True), (LABOUR, True), (NGO, False), (POLICE, False), ("demo-stranger", False)):
        async with acting(raw, who) as sql:
            found = await sql.fetchval("select access.duties_touched('placement', $1)", stay)
            assert (found is not None) == seen, who
