"""The wall without the application: raw SQL as the API's role cannot read, take, forge, raise or revive any money."""

import json
from uuid import UUID

import asyncpg
import pytest

from tests.benefits import a_disbursement, an_application
from tests.benefits.money import ELSEWHERE, a_grant, a_half_paid_allowance, a_payment, a_victim, moved_to
from tests.conftest import Raw
from tests.factories import an_action
from tests.personas import Clients, Persona
from tests.sql import DENIED, acting, org, refused, refused_within

BROKEN = (DENIED, asyncpg.CheckViolationError, asyncpg.UniqueViolationError)
SUPPORT = (
    "insert into support_items (id, case_id, author_id, regime, service, given_on, amount_vnd, funding)"
    " values ($1, $2, $3, 'k', $4, current_date, $5, 'donor')"
)
PAID = "update disbursements set status = 'paid', support_item_id = $2 where id = $1"
PLANNED = (
    "insert into disbursements (id, case_id, application_id, author_id, regime, service, amount_vnd, planned_on,"
    " funding, status) values (gen_random_uuid(), $1, $2, $3, 'k', 'initial_allowance', 1, current_date, 'state', $4)"
)
APPLIED = (
    "insert into applications (id, case_id, author_id, custodian_id, decider_id, supports, applicant, submitted_on,"
    " words_sealed, beyond, status, decided_on) values (gen_random_uuid(), $1, $2, $2, $3, '{schooling}', 'person',"
    " current_date, '', '[]', $4, case when $4 = 'granted' then current_date end)"
)
NOBODY = ["demo-stranger", "demo-border", "demo-police", "demo-commune"]


@pytest.mark.parametrize("who", NOBODY)
async def test_strangers_and_former_custodians_see_no_money(clients: Clients, raw: Raw, who: str) -> None:
    story = await a_victim(clients)
    application, _ = await a_half_paid_allowance(clients, story)
    async with acting(raw, who) as sql:
        assert await sql.fetchval("select count(*) from applications") == 0
        assert await sql.fetchval("select count(*) from disbursements") == 0
        sums = await sql.fetchrow("select * from access.application_money($1)", UUID(application["id"]))
        assert tuple(sums) == (0, 0)


async def test_the_decider_sees_its_application_and_nothing_else(
    clients: Clients, raw: Raw, elsewhere: Persona
) -> None:
    story = await a_victim(clients)
    application = await a_grant(clients, story, ELSEWHERE)
    await a_disbursement(clients, story, application_id=application["id"])
    async with acting(raw, ELSEWHERE) as sql:
        tables = ("cases", "case_sections", "case_parties", "disbursements", "support_items", "verifications", "plans")
        for table in tables:
            assert await sql.fetchval(f"select count(*) from {table}") == 0, table  # noqa: S608
        assert await sql.fetchval("select count(*) from applications") == 1
        for question in ("caller_takes_part_in", "caller_acts_in", "caller_has_custody"):
            assert await sql.fetchval(f"select access.{question}($1)", UUID(story.case)) is False
        assert await sql.fetchval("select access.caller_sections($1)", UUID(story.case)) == []


async def test_nobody_pays_anothers(clients: Clients, raw: Raw, elsewhere: Persona) -> None:
    """Neither with a support item of its own, nor blindly, nor after custody has moved away."""
    story, mine = await a_victim(clients), await a_victim(clients)
    theirs = UUID((await a_disbursement(clients, story))["id"])
    await moved_to(clients, mine, ELSEWHERE)
    item = UUID(int=1)
    async with acting(raw, ELSEWHERE) as sql:
        await sql.execute(SUPPORT, item, UUID(mine.case), elsewhere.id, "initial_allowance", 1)
        assert await sql.execute(PAID, theirs, item) == "UPDATE 0"
        await refused_within(sql, "update disbursements set status = 'cancelled'")
    await moved_to(clients, story, "demo-commune")
    async with acting(raw, "demo-labour") as sql:
        assert await sql.execute(PAID, theirs, item) == "UPDATE 0"
        await refused_within(sql, "update disbursements set status = 'cancelled'")
    assert await raw.all.fetchval("select status from disbursements") == "planned"


async def test_a_payment_is_the_payers_support_of_that_case_and_service_and_not_above_the_plan(
    clients: Clients, raw: Raw
) -> None:
    story, other = await a_victim(clients), await a_victim(clients)
    sum_id, me = UUID((await a_disbursement(clients, story))["id"]), org("demo-labour")
    ids = [UUID(int=n) for n in range(1, 6)]
    await raw.all.execute(SUPPORT, ids[4], UUID(story.case), org("demo-ngo"), "initial_allowance", 1_500_000)
    async with acting(raw, "demo-labour") as sql:
        await sql.execute(SUPPORT, ids[0], UUID(story.case), me, "initial_allowance", 1_500_001)
        await sql.execute(SUPPORT, ids[1], UUID(other.case), me, "initial_allowance", 1_500_000)
        await sql.execute(SUPPORT, ids[2], UUID(story.case), me, "schooling", 1_500_000)
        for wrong in (*ids[:3], ids[4]):
            await refused_within(sql, PAID, sum_id, wrong)
        await refused_within(sql, "update disbursements set status = 'paid'", by=BROKEN)
        await sql.execute(SUPPORT, ids[3], UUID(story.case), me, "initial_allowance", 1_500_000)
        assert await sql.execute(PAID, sum_id, ids[3]) == "UPDATE 1"


async def test_one_payment_does_not_settle_two_sums(clients: Clients, raw: Raw) -> None:
    story = await a_victim(clients)
    _, (paid, left) = await a_half_paid_allowance(clients, story)
    await refused(raw, "demo-labour", PAID, UUID(left["id"]), UUID(paid["support_item_id"]), by=BROKEN)


@pytest.mark.parametrize(
    "change", ["amount_vnd = 9", "planned_on = current_date", "case_id = case_id", "funding = 'x'"]
)
async def test_a_sum_is_never_changed(clients: Clients, raw: Raw, change: str) -> None:
    """Not even together with a move that is the custodian's to make."""
    await a_disbursement(clients, await a_victim(clients))
    await refused(raw, "demo-labour", f"update disbursements set status = 'cancelled', {change}")  # noqa: S608


async def test_what_was_paid_or_cancelled_stays_so(clients: Clients, raw: Raw) -> None:
    story = await a_victim(clients)
    paid = await a_payment(clients, await a_disbursement(clients, story))
    made = await a_disbursement(clients, story)
    path = f"/v1/disbursements/{made['id']}"
    cancelled = await an_action(clients, "demo-labour", path, "cancellations", {"reason": "replaced"})
    for ended in (paid, cancelled):
        for change in (
            "status = 'planned', support_item_id = null",
            "status = 'cancelled', support_item_id = null",
            "outcome_sealed = ''",
        ):
            await refused(raw, "demo-labour", f"update disbursements set {change} where id = $1", UUID(ended["id"]))  # noqa: S608
    item = UUID(int=9)
    async with acting(raw, "demo-labour") as sql:
        await sql.execute(SUPPORT, item, UUID(story.case), org("demo-labour"), "initial_allowance", 1_500_000)
        await refused_within(sql, PAID, UUID(cancelled["id"]), item)


async def test_nothing_is_invented_on_a_case_of_others_or_born_paid_or_granted(clients: Clients, raw: Raw) -> None:
    story, other = await a_victim(clients), await a_victim(clients)
    case, labour = UUID(story.case), org("demo-labour")
    waiting, theirs = await an_application(clients, story), await a_grant(clients, other)
    for who in NOBODY:
        await refused(raw, who, PLANNED, case, None, org(who), "planned")
        await refused(raw, who, PLANNED, case, None, labour, "planned")
        await refused(raw, who, APPLIED, case, org(who), labour, "submitted")
    for application, status in ((waiting, "planned"), (theirs, "planned"), (None, "cancelled")):
        of = UUID(application["id"]) if application else None
        await refused(raw, "demo-labour", PLANNED, case, of, labour, status)
    await refused(raw, "demo-labour", APPLIED, case, labour, labour, "granted")
    await refused(raw, "demo-labour", APPLIED, case, labour, org("demo-ngo"), "submitted")
    async with acting(raw, "demo-labour") as sql:
        await sql.execute(PLANNED, case, None, labour, "planned")
        await sql.execute(APPLIED, case, labour, labour, "submitted")


async def test_each_side_makes_its_own_move_and_none_twice(clients: Clients, raw: Raw, elsewhere: Persona) -> None:
    story = await a_victim(clients)
    application = UUID((await an_application(clients, story, ELSEWHERE))["id"])
    granted = "update applications set status = 'granted', decided_on = current_date, granted_vnd = 1 where id = $1"
    withdrawn = "update applications set status = 'withdrawn' where id = $1"
    await refused(raw, "demo-labour", granted, application)
    await refused(raw, ELSEWHERE, withdrawn, application)
    for who in NOBODY:
        async with acting(raw, who) as sql:
            assert await sql.execute(granted, application) == "UPDATE 0"
    for who, move, undo in (
        ("demo-labour", withdrawn, "update applications set status = 'submitted' where id = $1"),
        (ELSEWHERE, granted, "update applications set granted_vnd = 99 where id = $1"),
    ):
        async with acting(raw, who) as sql:
            assert await sql.execute(move, application) == "UPDATE 1"
            await refused_within(sql, undo, application)
            await refused_within(sql, move, application)


async def test_custody_carries_the_applications_along_and_nobody_takes_them(clients: Clients, raw: Raw) -> None:
    story = await a_victim(clients)
    await an_application(clients, story)
    await refused(raw, "demo-labour", "update applications set custodian_id = custodian_id")
    await refused(raw, "demo-labour", "update applications set decider_id = decider_id")
    async with acting(raw, "demo-labour") as sql:
        forged = "insert into applications (id, case_id, author_id, custodian_id, decider_id, supports, applicant,"
        forged += " submitted_on, words_sealed, beyond) values (gen_random_uuid(), $1, $2, $3, $2, '{schooling}',"
        forged += " 'person', current_date, '', '[]')"
        await sql.execute(forged, UUID(story.case), org("demo-labour"), org("demo-stranger"))
        kept = await sql.fetch("select distinct custodian_id from applications")
    assert [row[0] for row in kept] == [org("demo-labour")]


async def test_the_clocks_and_the_province_of_the_case_are_not_its_deciders(
    clients: Clients, raw: Raw, elsewhere: Persona
) -> None:
    story = await a_victim(clients)
    application = await an_application(clients, story, ELSEWHERE)
    async with acting(raw, ELSEWHERE) as sql:
        text = await sql.fetchval("select access.duties_touched('application', $1)", UUID(application["id"]))
        touched = json.loads(text)
        assert (touched["custodian_id"], touched["province_code"], touched["facts"]) == (None, None, {})
        assert [(row["rule_id"], row["province_code"]) for row in touched["duties"]] == [("D19", None)]
