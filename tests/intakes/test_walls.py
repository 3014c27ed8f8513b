"""Reporters and feedback without the application: what raw SQL as the API's role can neither read, forge nor take."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.conftest import Raw
from tests.factories import a_proposed_handover, a_referral
from tests.intakes.reports import COMMUNE, HOTLINE, REPORTER, a_passed_on_case, a_reported_case, feedback
from tests.personas import PERSONAS, Clients, Story
from tests.sql import DENIED, acting, org, refused

REPORT = "insert into intake_reporters (organisation_id, intake_id, key_id, sealed) values ($1, $2, $3, 'x')"
TOLD = "select access.feedback_told(id) from case_feedback"
TELL = "insert into case_feedback (id, case_id, author_id, outcome) values (gen_random_uuid(), $1, $2, 'found_safe')"
ON_THE_CASE = (
    "insert into intake_persons (organisation_id, intake_id, position, case_id, case_reference)"
    " values ($1, $2, 7, $3, 'AAAAAAAA')"
)
FORGED = (DENIED, asyncpg.ForeignKeyViolationError, asyncpg.UniqueViolationError)


@pytest.fixture
async def told(clients: Clients) -> Story:
    """Passed on by the hotline, with a reporter; the commune has told it what became of it."""
    story = await a_passed_on_case(clients, reporter=REPORTER)
    await feedback(clients, story, text="Đã gặp.")
    return story


async def _seen(raw: Raw, who: str) -> tuple[int, int]:
    async with acting(raw, who) as sql:
        reporters = await sql.fetchval("select count(*) from intake_reporters")
        return reporters, await sql.fetchval("select count(*) from case_feedback")


async def test_a_reporter_is_its_authors_and_feedback_of_who_gave_and_who_was_told(told: Story, raw: Raw) -> None:
    wanted = {who: (0, 0) for who in PERSONAS} | {HOTLINE: (1, 1), COMMUNE: (0, 1)}
    assert {who: await _seen(raw, who) for who in PERSONAS} == wanted
    assert await raw.api.fetchval("select count(*) from intake_reporters") == 0
    assert await raw.api.fetchval("select count(*) from case_feedback") == 0


async def test_no_reporter_is_written_in_anothers_name_or_under_anothers_key(
    clients: Clients, told: Story, raw: Raw
) -> None:
    other, unknown = await a_reported_case(clients, COMMUNE), await a_reported_case(clients)
    keys = {
        row["created_by"]: row["id"] for row in await raw.all.fetch("select id, created_by from data_keys order by id")
    }
    attempts: list[tuple[str, Any, str, str]] = [
        (COMMUNE, org(HOTLINE), unknown.intake, COMMUNE),
        (COMMUNE, org(COMMUNE), told.intake, COMMUNE),
        (COMMUNE, org(COMMUNE), other.intake, HOTLINE),
        ("demo-stranger", org(HOTLINE), unknown.intake, HOTLINE),
    ]
    for who, organisation, intake, key_of in attempts:
        await refused(raw, who, REPORT, organisation, UUID(intake), keys[org(key_of)], by=FORGED)
    async with acting(raw, COMMUNE) as sql:
        await sql.execute(REPORT, org(COMMUNE), UUID(other.intake), keys[org(COMMUNE)])


@pytest.mark.parametrize("table", ["intake_reporters", "case_feedback"])
async def test_what_was_told_is_neither_changed_nor_taken_back(told: Story, raw: Raw, table: str) -> None:
    for who in (HOTLINE, COMMUNE):
        await refused(raw, who, f"delete from {table}")  # noqa: S608
    for column in ("sealed",) if table == "intake_reporters" else ("told", "outcome", "author_id", "text_sealed"):
        await refused(raw, COMMUNE, f"update {table} set {column} = {column}")  # noqa: S608


async def test_feedback_is_given_by_the_custodian_in_its_own_name(clients: Clients, raw: Raw) -> None:
    story = await a_referral(clients, status="in_service")
    case = UUID(story.case)
    for who, author in (
        ("demo-ngo", "demo-ngo"),
        ("demo-ngo", "demo-labour"),
        ("demo-border", "demo-border"),
        ("demo-stranger", "demo-stranger"),
        ("demo-labour", "demo-police"),
    ):
        await refused(raw, who, TELL, case, org(author))
    async with acting(raw, "demo-labour") as sql:
        await sql.execute(TELL, case, org("demo-labour"))
        assert await sql.fetchval(TOLD) == [org("demo-border")]


async def test_each_of_those_told_sees_itself_and_none_of_the_others(told: Story, raw: Raw) -> None:
    more = "update case_feedback set told = told || $1::uuid[] returning told"
    everybody = await raw.all.fetchval(more, [org("demo-border"), org("demo-ngo")])
    for who in PERSONAS:
        await refused(raw, who, "select told from case_feedback")
        async with acting(raw, who) as sql:
            seen = [row[0] for row in await sql.fetch(TOLD)]
        if who == COMMUNE:
            assert seen == [everybody]
        else:
            assert seen == ([[org(who)]] if org(who) in everybody else []), who


async def test_who_is_told_is_not_the_tellers_to_choose(told: Story, raw: Raw) -> None:
    chosen = TELL.replace("outcome)", "outcome, told)").replace("'found_safe')", "'found_safe', $3)")
    await refused(raw, COMMUNE, chosen, UUID(told.case), org(COMMUNE), [org("demo-stranger")])


async def test_nobody_puts_itself_among_those_who_reported(clients: Clients, told: Story, raw: Raw) -> None:
    """Neither a stranger with a report of its own, nor the receiver of a hand-over that is only proposed."""
    own = await a_reported_case(clients, "demo-police")
    values = (org("demo-police"), UUID(own.intake), UUID(told.case))
    await refused(raw, "demo-police", ON_THE_CASE, *values)
    await a_proposed_handover(clients, told, COMMUNE, "demo-police")
    await refused(raw, "demo-police", ON_THE_CASE, *values)
    for_another = (org(HOTLINE), UUID(told.intake), UUID(told.case))
    await refused(raw, "demo-police", ON_THE_CASE, *for_another)


async def test_a_supplement_under_a_key_of_ones_own_is_on_no_case(told: Story, raw: Raw) -> None:
    """So that what is said of a reporter cannot be slipped to a custodian, nor sealed so that it cannot read it."""
    add = (
        "insert into intake_supplements (organisation_id, id, intake_id, case_id, kind, digest, key_id, sealed)"
        " values ($1, $2, $3, $4, 'addition', '', $5, 'x')"
    )
    key = await raw.all.fetchval("select key_id from intake_reporters")
    case_key = await raw.all.fetchval("select key_id from cases where id = $1", UUID(told.case))
    stranger_key = uuid4()
    await raw.all.execute(
        "insert into data_keys (id, wrapped, kek_id, created_by) values ($1, '', '', $2)",
        *(stranger_key, org("demo-stranger")),
    )
    mine = (org(HOTLINE), uuid4(), UUID(told.intake))
    await refused(raw, HOTLINE, add, *mine, UUID(told.case), key)
    await refused(raw, HOTLINE, add, *mine, None, stranger_key)
    async with acting(raw, HOTLINE) as sql:
        await sql.execute(add, *mine, None, key)
        await sql.execute(add, mine[0], uuid4(), mine[2], UUID(told.case), case_key)
