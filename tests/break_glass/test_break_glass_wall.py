"""Break-glass without the application: what raw SQL as the API's role cannot grant, prolong, approve, skip or read."""

import json
from contextlib import suppress
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.break_glass import ASKER, HOLDER, OVERSEER, SECOND, a_look, asked
from tests.conftest import Raw
from tests.deadlines.duties import the_row
from tests.handles import a_handle
from tests.personas import Clients, Story
from tests.sql import acting, counted, org, refused, refused_within
from tests.test_row_security import PERSONAL

ASK = (
    "insert into break_glass (id, case_id, key_id, organisation_id, client_id, officer, reason, text_sealed)"
    " values (gen_random_uuid(), $1, $2, $3, $4, $5, 'missing', '')"
)
KEY = "insert into data_keys (id, wrapped, kek_id, created_by) values ($1, '', 'k', $2)"
GIVE = (
    "insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, lawful_basis)"
    " values (gen_random_uuid(), $1, $2, $3, 'break_glass', $4, '{identity}', 'vital_interest')"
)
APPROVE = "update break_glass set status = 'active', approver_client = $2, approver_officer = $3 where id = $1"
REVIEW = "update break_glass set status = 'reviewed', finding = 'justified', review_sealed = '' where id = $1"


async def test_a_case_is_asked_for_by_a_handle_of_ones_own_and_in_ones_own_name(story: Story, raw: Raw) -> None:
    case = UUID(story.case)

    async def attempt(who: str, *names: object, allowed: bool = False) -> None:
        async with acting(raw, who) as sql:
            key = uuid4()
            await sql.execute(KEY, key, org(who))
            if allowed:
                await sql.execute(ASK, case, key, *names)
            else:
                await refused_within(sql, ASK, case, key, *names)

    await attempt(ASKER, org(ASKER), ASKER, f"officer.{ASKER}")
    await a_handle(story.case, ASKER)
    await attempt(SECOND, org(ASKER), SECOND, f"officer.{SECOND}")
    for forged in ((org(HOLDER), ASKER, f"officer.{ASKER}"), (org(ASKER), SECOND, f"officer.{ASKER}")):
        await attempt(ASKER, *forged)
    await attempt(ASKER, org(ASKER), ASKER, f"officer.{SECOND}")
    await attempt(ASKER, org(ASKER), ASKER, f"officer.{ASKER}", allowed=True)


@pytest.mark.parametrize("who", [ASKER, SECOND, HOLDER, OVERSEER])
async def test_nobody_writes_the_grant_but_the_database(clients: Clients, story: Story, raw: Raw, who: str) -> None:
    glass = UUID((await asked(clients, story.case))["id"])
    for giver in (org(HOLDER), org(who)):
        await refused(raw, who, GIVE, UUID(story.case), org(ASKER), giver, glass)
    for column in ("expires_at", "carrier_live"):
        await refused(raw, who, f"insert into case_parties (id, {column}) values (gen_random_uuid(), default)")  # noqa: S608
        await refused(raw, who, f"update case_parties set {column} = default")  # noqa: S608


async def test_no_look_is_longer_than_an_hour_nor_approved_by_who_asked(
    clients: Clients, story: Story, raw: Raw
) -> None:
    """Not even for the superuser, past every policy and trigger."""
    await a_look(clients, story.case)
    for statement in (
        "update break_glass set expires_at = approved_at + interval '61 minutes'",
        "update case_parties set expires_at = created_at + interval '61 minutes' where carrier = 'break_glass'",
        "update case_parties set expires_at = null where carrier = 'break_glass'",
        "update break_glass set approver_client = client_id",
        "update break_glass set approver_officer = officer",
        "update break_glass set approver_client = null",
        "update break_glass set status = 'reviewed', ended_at = now()",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await raw.all.execute(f"set session_replication_role = replica; {statement}")
    await raw.all.execute("reset session_replication_role")


async def test_an_approval_needs_the_other_client_and_the_other_officer(
    clients: Clients, story: Story, raw: Raw
) -> None:
    glass = UUID((await asked(clients, story.case))["id"])
    second = (SECOND, f"officer.{SECOND}")
    for who in (ASKER, "demo-other-police", HOLDER, OVERSEER):
        async with acting(raw, who) as sql:
            savepoint = sql.transaction()
            await savepoint.start()
            with suppress(asyncpg.InsufficientPrivilegeError):
                assert await sql.execute(APPROVE, glass, *second) == "UPDATE 0"
            await savepoint.rollback()
    await refused(raw, ASKER, APPROVE, glass, ASKER, f"officer.{ASKER}", by=asyncpg.CheckViolationError)
    await refused(raw, SECOND, APPROVE, glass, SECOND, f"officer.{ASKER}")
    await raw.all.execute(
        "set session_replication_role = replica; update break_glass set asked_until = now();"
        " reset session_replication_role"
    )
    await refused(raw, SECOND, APPROVE, glass, *second)


async def test_what_was_said_and_found_is_not_written_anew(clients: Clients, story: Story, raw: Raw) -> None:
    glass = UUID((await a_look(clients, story.case))["id"])
    for who in (ASKER, SECOND, HOLDER):
        for statement in (
            REVIEW,
            "update break_glass set approver_officer = 'officer.x' where id = $1",
            "update break_glass set status = 'requested' where id = $1",
            "update break_glass set finding = 'justified' where id = $1",
        ):
            await refused(raw, who, statement, glass)
    await refused(raw, ASKER, "update break_glass set acknowledged_at = now() where id = $1", glass)
    await refused(raw, OVERSEER, REVIEW, glass)
    for column in (
        "expires_at",
        "sections",
        "text_sealed",
        "reason",
        "case_id",
        "overseer_id",
        "reviewed_at",
        "officer",
    ):
        await refused(raw, ASKER, f"update break_glass set {column} = default where id = $1", glass)  # noqa: S608


async def test_once_ended_it_stays_so_and_the_review_is_oversights(clients: Clients, story: Story, raw: Raw) -> None:
    glass = UUID((await a_look(clients, story.case, "ended"))["id"])
    for who in (ASKER, SECOND, HOLDER):
        await refused(raw, who, REVIEW, glass)
    for who in (ASKER, SECOND, HOLDER, OVERSEER):
        await refused(raw, who, "update break_glass set status = 'active' where id = $1", glass)
    async with acting(raw, OVERSEER) as sql:
        assert await sql.execute(REVIEW, glass) == "UPDATE 1"
        await refused_within(sql, "update break_glass set finding = 'abuse' where id = $1", glass)


async def test_the_asker_cannot_stop_the_clock_of_the_review(clients: Clients, story: Story, raw: Raw) -> None:
    glass = UUID((await a_look(clients, story.case, "ended"))["id"])
    review, holders = await the_row(raw, "T18"), await the_row(raw, "T19")
    of_case = await the_row(raw, "D03")
    async with acting(raw, ASKER) as sql:
        touched = json.loads(await sql.fetchval("select access.duties_touched('break_glass', $1)", glass))
        assert {duty["rule_id"] for duty in touched["duties"]} == {"T18", "T19"}
        assert (touched["custodian_id"], touched["facts"], touched["province_code"]) == (None, {}, None)
        rows = [{**duty, "status": "met", "due_at": "2099-01-01T00:00:00Z"} for duty in touched["duties"]]
        rows.append({**rows[0], "id": str(of_case["id"]), "carrier": "case", "carrier_id": story.case})
        for row in rows:
            await sql.execute("select access.put_duties('break_glass', $1, $2)", glass, json.dumps([row]))
        assert await sql.fetchval("select access.duties_touched('case', $1)", UUID(story.case)) is None
        kept = await raw.all.fetch(
            "select status, due_at from duties where id = any ($1)", [review["id"], holders["id"]]
        )
    assert {row["status"] for row in kept} == {"running"}
    assert await the_row(raw, "T18") == review
    assert await the_row(raw, "D03") == of_case


async def test_oversight_holds_the_key_of_the_words_and_nothing_of_the_case(
    clients: Clients, story: Story, raw: Raw
) -> None:
    await a_look(clients, story.case)
    async with acting(raw, OVERSEER) as sql:
        visible = {table: rows for table, rows in (await counted(sql, PERSONAL)).items() if rows}
        keys = {row["id"] for row in await sql.fetch("select id from data_keys")}
    assert {name: visible[name] for name in visible if name not in ("duties", "audit_entries")} == {
        "break_glass": 1,
        "data_keys": 1,
    }
    assert keys == {await raw.all.fetchval("select key_id from break_glass")}


async def test_the_asker_keeps_nothing_of_the_case_after_the_end(clients: Clients, story: Story, raw: Raw) -> None:
    await a_look(clients, story.case)
    case = UUID(story.case)
    async with acting(raw, ASKER) as sql:
        sections = {row["section"] for row in await sql.fetch("select section from case_sections")}
        assert sections <= {"identity", "handling", "needs", "contact"}
        assert len(await sql.fetch("select * from access.case_key($1)", case)) == 1
        assert await sql.fetchval("select access.caller_acts_in($1)", case) is False
    await raw.all.execute(
        "set session_replication_role = replica; update case_parties set expires_at = created_at"
        " where carrier = 'break_glass'; reset session_replication_role"
    )
    async with acting(raw, ASKER) as sql:
        assert await sql.fetch("select section from case_sections") == []
        assert await sql.fetch("select * from access.case_key($1)", case) == []
        assert [row["key_id"] for row in await sql.fetch("select key_id from cases")] == []


async def test_strangers_and_other_holders_see_no_break_glass(clients: Clients, story: Story, raw: Raw) -> None:
    glass = UUID((await a_look(clients, story.case))["id"])
    for who in ("demo-other-police", "demo-border", "demo-ngo"):
        async with acting(raw, who) as sql:
            assert await sql.fetch("select * from break_glass") == []
            assert await sql.fetch("select * from access.break_glass_reads($1)", glass) == []
            assert await sql.fetchval("select access.break_glass_stands($1)", glass) is False
