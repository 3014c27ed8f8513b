"""Notices without the application: what raw SQL as the API's role cannot read, forge, take or move."""

import json
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests import expectations
from tests.conftest import Raw
from tests.deadlines.duties import the_row
from tests.factories import a_case, a_confirmation, a_held_case, a_notice, a_proposed_handover, an_action
from tests.moves import Judge, Kind, World
from tests.notices.test_notices import HOME
from tests.personas import Clients, Story
from tests.sql import acting, be, counted, org, refused, refused_within
from tests.test_row_security import PERSONAL

NOTICE = Kind(expectations.lifecycles()["notice"], "notices", "/v1/notices", {"acknowledge": ("acknowledgements", {})})
SENT = (
    "insert into notices (id, case_id, case_reference, sender_id, recipient_id, kind, age_band, sex)"
    " values (gen_random_uuid(), $1, 'DDDDDDDD', $2, $3, 'home_province', 'unknown', 'unknown')"
)


@pytest.fixture
async def told(clients: Clients) -> tuple[Story, UUID]:
    """A foreign victim's case with a clock of its own, of which the home province was told."""
    story = await a_case(clients, "demo-police", channel="foreign_victim_in_vn", accompanying_minors=[])
    await a_proposed_handover(clients, story, "demo-police", "demo-labour")
    await a_confirmation(clients, story, "demo-labour")
    return story, UUID((await a_notice(clients, story, text="Sẽ về."))["id"])


@pytest.mark.parametrize("status", NOTICE.lifecycle.statuses)
async def test_a_notice_moves_as_typed_and_no_otherwise(clients: Clients, raw: Raw, status: str) -> None:
    async def made() -> World:
        story = await a_held_case(clients, accompanying_minors=[])
        notice_id = (await a_notice(clients, story))["id"]
        if status == "acknowledged":
            await an_action(clients, HOME, f"/v1/notices/{notice_id}", "acknowledgements", {})
        parties = {"demo-labour": frozenset({"sender"}), HOME: frozenset({"recipient"}), "demo-police": None}
        return World(notice_id, status, parties)

    judge = Judge(clients, raw, NOTICE)
    await judge.judge(made, status)
    assert (judge.faults, judge.tried) == ([], 3)


async def test_its_recipient_sees_the_notice_the_key_of_its_words_and_its_clock(
    told: tuple[Story, UUID], raw: Raw
) -> None:
    async with acting(raw, HOME) as sql:
        seen = {table: rows for table, rows in (await counted(sql, PERSONAL)).items() if rows}
        sections = await sql.fetchval("select access.caller_sections($1)", UUID(told[0].case))
    assert (seen, sections) == ({"notices": 1, "data_keys": 1, "duties": 1}, [])


async def test_others_see_neither_the_notice_nor_a_key(told: tuple[Story, UUID], raw: Raw) -> None:
    for who in ("demo-foreign", "demo-commune", "demo-stranger"):
        async with acting(raw, who) as sql:
            assert set((await counted(sql, PERSONAL)).values()) == {0}


async def test_the_clocks_of_the_case_are_not_its_recipients_to_read_or_move(
    told: tuple[Story, UUID], raw: Raw
) -> None:
    of_case, before = await the_row(raw, "D14"), await raw.all.fetch("select * from duties order by id")
    async with raw.api.transaction():
        await be(raw.api, HOME)
        touched = json.loads(await raw.api.fetchval("select access.duties_touched('notice', $1)", told[1]))
        assert (touched["custodian_id"], touched["facts"], touched["open"]) == (None, {}, False)
        (own,) = touched["duties"]
        assert own["rule_id"] == "T14"
        forged = [
            {**own, "id": str(of_case["id"]), "status": "met"},
            {**own, "id": str(of_case["id"]), "carrier": "case", "carrier_id": own["case_id"], "status": "met"},
            {**own, "id": str(uuid4()), "carrier": "case", "carrier_id": own["case_id"]},
            {**own, "id": str(uuid4()), "organisation_id": str(org("demo-labour"))},
        ]
        for row in forged:
            await raw.api.execute("select access.put_duties('notice', $1, $2)", told[1], json.dumps([row]))
    assert await raw.all.fetch("select * from duties order by id") == before


async def test_a_notice_is_sent_in_ones_own_name_by_who_acts_in_the_case(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients, accompanying_minors=[])
    case = UUID(story.case)
    await a_proposed_handover(clients, story, "demo-border", "demo-labour")
    for who in ("demo-labour", "demo-stranger", HOME):
        for sender in (who, "demo-border"):
            await refused(raw, who, SENT, case, org(sender), org("demo-police"))
    await refused(raw, "demo-border", SENT, case, org("demo-labour"), org(HOME))
    await refused(raw, "demo-border", SENT, case, *[org("demo-border")] * 2, by=asyncpg.CheckViolationError)
    async with acting(raw, "demo-border") as sql:
        await sql.execute(SENT, case, org("demo-border"), org(HOME))


@pytest.mark.parametrize("column", ["status", "acknowledged_at", "created_at", "version"])
async def test_a_notice_is_not_born_acknowledged_or_old(raw: Raw, column: str) -> None:
    await refused(raw, "demo-labour", f"insert into notices (id, {column}) values (gen_random_uuid(), default)")  # noqa: S608


async def test_only_its_recipient_acknowledges_and_only_once(told: tuple[Story, UUID], raw: Raw) -> None:
    said = "update notices set status = 'acknowledged', acknowledged_at = now() where id = $1"
    await refused(raw, "demo-labour", said, told[1])
    for who in ("demo-stranger", "demo-foreign"):
        async with acting(raw, who) as sql:
            assert await sql.execute(said, told[1]) == "UPDATE 0"
    async with acting(raw, HOME) as sql:
        assert await sql.execute(said, told[1]) == "UPDATE 1"
        for again in (said, "update notices set status = 'sent' where id = $1"):
            await refused_within(sql, again, told[1])


async def test_flags_are_answered_for_only_to_who_acts_in_the_case(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients, handling=["official_suspected"], accompanying_minors=[])
    await a_proposed_handover(clients, story, "demo-labour", "demo-commune")
    asked = "select access.case_is_flagged($1, '{official_suspected}')"
    for who, answer in (("demo-labour", True), ("demo-commune", False), ("demo-border", False), (HOME, False)):
        async with acting(raw, who) as sql:
            assert await sql.fetchval(asked, UUID(story.case)) is answer, who
