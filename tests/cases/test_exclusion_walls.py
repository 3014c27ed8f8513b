"""Exclusions without the application: what the access model and raw SQL answer a body that must not see a case."""

from uuid import UUID, uuid4

import pytest

from tests.conftest import Raw
from tests.factories import a_held_case, a_notice, a_referral, a_verification, an_action, an_incident
from tests.lived import a_lived_case
from tests.personas import Clients
from tests.searches import an_exclusion
from tests.sql import acting, counted, org, refused
from tests.test_row_security import PERSONAL

KEEPER = "demo-labour"
PATH = "/v1/exclusions"
OWN_RECORDS = {
    "intakes",
    "intake_persons",
    "intake_supplements",
    "reception_lines",
    "intake_reporters",
    "audit_entries",
}
"""What an excluded body still has of the case: what it sent in itself, and the audit of its own acts."""
ANSWERS_OF_THE_MODEL = {
    "caller_takes_part_in": False,
    "caller_acts_in": False,
    "caller_has_custody": False,
    "caller_sections": [],
    "open_business": [],
}


@pytest.mark.parametrize("who", ["demo-police", "demo-shelter", "demo-ngo", "demo-border"])
async def test_an_excluded_body_sees_no_row_of_the_case_in_any_table(clients: Clients, raw: Raw, who: str) -> None:
    """A case with a row in every table; whatever carrier the body has or had."""
    story = await a_lived_case(clients)
    case = UUID(story.case)
    tables = [row["table_name"] for row in await raw.all.fetch(
        "select table_name from information_schema.columns where table_schema = 'public' and column_name = 'case_id'"
    ) if row["table_name"] in PERSONAL]  # fmt: skip
    before = await _rows_of(raw, who, tables, case)
    assert before
    await an_exclusion(clients, story.case, who)
    assert await _rows_of(raw, who, tables, case) <= OWN_RECORDS
    async with acting(raw, who) as sql:
        assert case not in {row["id"] for row in await sql.fetch("select id from cases")}


async def _rows_of(raw: Raw, who: str, tables: list[str], case: UUID) -> set[str]:
    async with acting(raw, who) as sql:
        return {
            table for table in tables
            if await sql.fetchval(f"select count(*) from {table} where case_id = $1", case)  # noqa: S608
        }  # fmt: skip


async def test_every_question_of_the_access_model_is_answered_no(clients: Clients, raw: Raw) -> None:
    """Each function for itself: a wall that stands on one of them falls with it."""
    story = await a_referral(clients, status="in_service")
    await a_verification(clients, story)
    await a_notice(clients, story)
    incident = await clients.ok(KEEPER, "POST", f"/v1/cases/{story.case}/incidents", an_incident())
    case, key = UUID(story.case), "select count(*) from access.incident_key($1)"
    asked = {
        "demo-ngo": [("select count(*) from access.referral_status($1)", UUID(story.referral["id"]))],
        "demo-police": [
            ("select count(*) from access.verification_status($1)", UUID(story.verification["id"])),
            ("select count(*) from access.evidence_target($1)", UUID(story.verification["id"])),
            (key, UUID(incident["id"])),
        ],
    }
    own: list[tuple[str, UUID]] = [("select count(*) from access.case_key($1)", case)]
    for who, more in asked.items():
        async with acting(raw, who) as sql:
            for question, wanted in [*own, *more]:
                assert await sql.fetchval(question, wanted) == 1, question
        await an_exclusion(clients, story.case, who)
        async with acting(raw, who) as sql:
            for question, wanted in [*own, *more]:
                assert await sql.fetchval(question, wanted) == 0, question
            for function, nothing in ANSWERS_OF_THE_MODEL.items():
                assert await sql.fetchval(f"select access.{function}($1)", case) == nothing, function
            for section in ("needs", "investigation", "health", "papers"):
                assert await sql.fetchval("select access.caller_may_write($1, $2)", case, section) is False
            for kind, carrier in (("case", case), ("referral", UUID(story.referral["id"]))):
                assert await sql.fetchval("select access.carrier_case($1, $2)", kind, carrier) is None
            serves = "select access.caller_serves($1, array['psychological'])"
            assert await sql.fetchval(serves, case) is False
            for journal in ("case_timeline", "case_accesses"):
                query = f"select count(*) from access.{journal}($1, '-infinity', $2, 50)"  # noqa: S608
                assert await sql.fetchval(query, case, UUID(int=0)) == 0


async def test_the_database_refuses_a_grant_to_the_excluded(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    await an_exclusion(clients, story.case, "demo-commune")
    async with acting(raw, KEEPER) as sql:
        handover = uuid4()
        await sql.execute(
            "insert into handovers (id, case_id, giver_id, receiver_id, channel, status)"
            " values ($1, $2, $3, $4, 'self_return_border', 'proposed')",
            *(handover, UUID(story.case), org(KEEPER), org("demo-commune")),
        )
        await sql.execute(
            "insert into handover_cases (handover_id, case_id) values ($1, $2)", handover, UUID(story.case)
        )
        with pytest.raises(Exception, match="row-level security"):
            await sql.execute(
                "insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections,"
                " lawful_basis) values (gen_random_uuid(), $1, $2, $3, 'handover', $4, '{identity}', 'custody')",
                *(UUID(story.case), org("demo-commune"), org(KEEPER), handover),
            )


async def test_raw_sql_neither_reads_nor_forges_nor_lifts_an_exclusion(clients: Clients, raw: Raw) -> None:
    story = await a_referral(clients, status="accepted")
    made = await an_exclusion(clients, story.case, "demo-police")
    for who in ("demo-ngo", "demo-police", "demo-stranger"):
        async with acting(raw, who) as sql:
            assert await counted(sql, ["case_exclusions"]) == {"case_exclusions": 0}
            lifted = "update case_exclusions set status = 'lifted', lifted_at = now() where id = $1"
            assert await sql.execute(lifted, UUID(made["id"])) == "UPDATE 0"
    forged = (
        "insert into case_exclusions (id, case_id, organisation_id, author_id, reason)"
        " values (gen_random_uuid(), $1, $2, $3, 'other')"
    )
    await refused(raw, "demo-ngo", forged, UUID(story.case), org("demo-shelter"), org("demo-ngo"))
    await refused(raw, "demo-ngo", forged, UUID(story.case), org("demo-shelter"), org(KEEPER))
    await refused(raw, KEEPER, forged, UUID(story.case), org(KEEPER), org(KEEPER))
    back = "update case_exclusions set status = 'active', lifted_at = null where id = $1"
    await an_action(clients, KEEPER, f"{PATH}/{made['id']}", "liftings", {})
    await refused(raw, KEEPER, back, UUID(made["id"]))


async def test_an_excluded_officer_of_the_custodian_has_no_custody_by_any_question(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    await an_exclusion(clients, story.case, KEEPER, officer="anh-17")
    case = UUID(story.case)
    async with acting(raw, KEEPER) as sql:
        assert await sql.fetchval("select access.caller_has_custody($1)", case) is True
        await sql.execute("select set_config('app.officer', 'anh-17', true)")
        for function, nothing in ANSWERS_OF_THE_MODEL.items():
            assert await sql.fetchval(f"select access.{function}($1)", case) == nothing, function
        assert await counted(sql, ["case_sections"]) == {
            "case_sections": await raw.all.fetchval(
                "select count(*) from case_sections where case_id = $1", UUID(story.child)
            )
        }
