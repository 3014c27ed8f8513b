"""The wall as the catalogue tells it: which tables it stands on, who owns it, and what the API's role holds."""

import asyncpg
import pytest

from app.schema import MIGRATIONS
from tests.conftest import Raw
from tests.sql import refused
from tests.test_row_security import PERSONAL

OPEN = {"clients", "client_keys", "revoked_tokens", "assertion_uses", "proof_uses", "alembic_version"}
"""Without row security, by decision: the registry is for nobody."""
DIRECTORY = {"organisations", "organisation_names", "services"}
"""For everybody of the same side."""
READABLE = {"organisations", "organisation_names", "alembic_version"}
OPERATORS = {"erasures", "retired_keks", "webhook_hosts"}
"""The operator's alone: the API's role has no right on them at all."""
TREE = {"audit_unordered", "audit_leaves", "audit_heads"}
"""The audit tree, written by functions only; of it the heads are readable."""
FOUND = {"search_counts", "search_handles"}
"""What searches beyond one's own cases leave: read and written by functions only."""
FEED = {"outbox_events", "feed_entries", "feed_epochs"}
"""Who is to be told of what: written by the journal and by functions, read by whom it is meant for."""
UPDATED = {
    "cases": "status closure_reason closure_outcome version updated_at",
    "case_sections": "codes sealed version updated_by updated_at",
    "handovers": "status reason answer_sealed confirmation_sealed version updated_at",
    "notices": "status acknowledged_at version updated_at",
    "case_exclusions": "status lifted_at lifting_sealed version updated_at",
    "contact_requests": "status answer disclosed_id answered_at version updated_at",
    "break_glass": "status approver_client approver_officer acknowledged_at finding review_sealed version updated_at",
    "consents": "status revocation_sealed withdrawn_for version updated_at",
    "overrides": "status approved_client approved_officer withdrawal_sealed version updated_at",
    "case_links": "relation keep_together",
    "guardians": "sealed conflict_of_interest ends_on version updated_at",
    "verifications": "status reason extended_at result grounds evidence_sources certificate_sealed concluded_at"
    " regime determined_on paper_sealed paper_issued_on version updated_at",
    "assistances": "status version updated_at",
    "referrals": "status claimant_id reason outcome acknowledged_at accepted_at started_at ended_at version updated_at",
    "certificates": "status reason sealed version updated_at",
    "returns": "status means arrives_at noticed_at waves words_sealed reason answer_sealed version updated_at",
    "return_persons": "result recorded_by arrived_at intake_id text_sealed",
    "applications": "status decided_on granted_vnd withdrawal_reason answer_sealed version updated_at",
    "disbursements": "status support_item_id cancellation_reason outcome_sealed version updated_at",
    "plans": "services goals_sealed starts_on review_on agreed_on version updated_at",
    "services": "places_total places_free version updated_at",
    "placements": "status until ended_on reason destination text_sealed version updated_at",
    "incidents": "status outcome custodian_acknowledged_at police_acknowledged_at version updated_at",
    "protections": "status measures orders_sealed ended_on reason text_sealed version updated_at",
    "webhook_endpoints": "url types status reason rotation older_until version updated_at",
    "receptions": "status version updated_at",
    "reception_lines": "home_province_code present screening_result indicators case_id reception_handover_id key_id"
    " sealed mark digest updated_at",
}
"""Every column that the API may ever change; whatever is not here is written once, or by a trigger."""
NOT_INSERTED = {"duties", "operation_outcomes", "contact_targets", *DIRECTORY, *OPEN}
"""Written by functions only: duties, since the clocks of both sides move with one event, and whom a request reached."""


async def _tables(raw: Raw) -> dict[str, asyncpg.Record]:
    rows = await raw.all.fetch(
        "select relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) as owner from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')"
    )
    return {row["relname"]: row for row in rows}


async def test_row_security_is_enabled_and_forced_on_every_table_of_a_person(raw: Raw) -> None:
    tables = await _tables(raw)
    for table in [*PERSONAL, *TREE, *FOUND, *OPERATORS, *FEED, *DIRECTORY]:
        assert (tables[table]["relrowsecurity"], tables[table]["relforcerowsecurity"]) == (True, True), table


async def test_no_table_lacks_a_decision(raw: Raw) -> None:
    tables = await _tables(raw)
    assert {name for name, row in tables.items() if not row["relrowsecurity"]} == OPEN
    assert set(tables) == OPEN | TREE | FOUND | OPERATORS | {*PERSONAL, *FEED, *DIRECTORY}
    assert {row["owner"] for row in tables.values()} == {"referral_owner"}


async def _held(raw: Raw, privilege: str) -> set[str]:
    rows = await raw.all.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        " and (has_table_privilege('app_api', oid, $1) or has_any_column_privilege('app_api', oid, $1))",
        privilege,
    )
    return {row["relname"] for row in rows}


async def test_the_api_reads_all_but_the_registry(raw: Raw) -> None:
    assert await _held(raw, "select") == {
        *PERSONAL,
        "services",
        "audit_heads",
        "outbox_events",
        "feed_entries",
        *READABLE,
    }


async def test_the_api_inserts_nothing_into_directory_registry_and_duties(raw: Raw) -> None:
    assert await _held(raw, "insert") == {*PERSONAL, "outbox_events"} - NOT_INSERTED


async def test_the_api_updates_exactly_the_columns_listed(raw: Raw) -> None:
    rows = await raw.all.fetch(
        "select relname, attname from pg_class c join pg_attribute a on a.attrelid = c.oid and attnum > 0"
        " where relnamespace = 'public'::regnamespace and relkind = 'r' and not attisdropped"
        " and has_column_privilege('app_api', c.oid, attnum, 'update')"
    )
    assert {tuple(row) for row in rows} == {(table, column) for table in UPDATED for column in UPDATED[table].split()}


async def test_the_api_deletes_look_ups_and_truncates_nothing(raw: Raw) -> None:
    rows = await raw.all.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        " and has_table_privilege('app_api', oid, 'delete')"
    )
    assert [row["relname"] for row in rows] == ["case_lookups"]
    others = await raw.all.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        " and has_table_privilege('app_api', oid, 'truncate, references, trigger')"
    )
    assert others == []


async def test_the_api_role_is_nobody_special(raw: Raw) -> None:
    role = await raw.all.fetchrow("select * from pg_roles where rolname = 'app_api'")
    assert not any(role[f"rol{power}"] for power in ("super", "bypassrls", "createdb", "createrole", "replication"))
    assert await raw.all.fetch("select 1 from pg_auth_members where member = $1", role["oid"]) == []
    assert await raw.all.fetch("select 1 from pg_class where relowner = $1", role["oid"]) == []
    assert await raw.all.fetch("select 1 from pg_proc where proowner = $1", role["oid"]) == []
    for privilege in ("temporary", "create"):
        assert not await raw.all.fetchval("select has_database_privilege('app_api', current_database(), $1)", privilege)
    for schema in ("public", "access"):
        assert not await raw.all.fetchval("select has_schema_privilege('app_api', $1, 'create')", schema)


@pytest.mark.parametrize(
    "statement",
    [
        "create temp table clients (id text)",
        "create table public.x (id int)",
        "create function access.x() returns int language sql as 'select 1'",
        "set role referral_owner",
        "set session_replication_role = replica",
        "set session authorization postgres",
        "alter table cases disable row level security",
        "drop policy visible on cases",
        "copy cases to program 'cat'",
    ],
)
async def test_the_api_role_cannot_step_out(raw: Raw, statement: str) -> None:
    await refused(raw, "demo-labour", statement)


async def test_row_security_off_is_an_error_and_not_a_way_round(raw: Raw) -> None:
    await refused(raw, "demo-labour", "set local row_security = off; select * from cases")


async def test_no_function_is_executable_by_everybody(raw: Raw) -> None:
    rows = await raw.all.fetch(
        "select oid::regprocedure::text as name from pg_proc"
        " where pronamespace in ('access'::regnamespace, 'public'::regnamespace)"
        " and exists (select 1 from aclexplode(coalesce(proacl, acldefault('f', proowner))) a where a.grantee = 0)"
    )
    assert [row["name"] for row in rows] == []


async def test_every_function_that_sees_past_the_policies_pins_its_search_path(raw: Raw) -> None:
    rows = await raw.all.fetch(
        "select proname, pg_get_userbyid(proowner) as owner, proconfig as config from pg_proc"
        " where pronamespace in ('access'::regnamespace, 'public'::regnamespace) and prosecdef"
    )
    assert rows
    for row in rows:
        others = set(row["config"] or ()) - {"plan_cache_mode=force_generic_plan"}  # of planning alone
        assert others == {"search_path=pg_catalog, public, pg_temp"}, row["proname"]
        assert row["owner"] == "referral_owner", row["proname"]


async def test_every_view_asks_as_its_reader(raw: Raw) -> None:
    """A view asks as its owner, whom no policy binds, unless told otherwise; a materialised one cannot be told."""
    rows = await raw.all.fetch(
        "select relname from pg_class where relkind in ('v', 'm')"
        " and relnamespace in ('access'::regnamespace, 'public'::regnamespace)"
        " and not coalesce(reloptions @> '{security_invoker=true}', false)"
    )
    assert [row["relname"] for row in rows] == []


async def test_the_bypassing_role_cannot_log_in(raw: Raw) -> None:
    rows = await raw.all.fetch("select rolname, rolcanlogin from pg_roles where rolbypassrls and not rolsuper")
    assert [tuple(row) for row in rows] == [("referral_owner", False)]


@pytest.mark.parametrize(
    "call",
    [
        "select access.raise_support(gen_random_uuid(), 'in_support')",
        "select access.follow_custody(array[gen_random_uuid()], gen_random_uuid(), gen_random_uuid())",
        "select access.case_after_update()",
        "select access.audit_after_insert()",
    ],
)
async def test_what_only_triggers_do_cannot_be_called(raw: Raw, call: str) -> None:
    await refused(raw, "demo-labour", call, by=(asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError))


async def test_the_access_model_applied_again_is_the_same(raw: Raw) -> None:
    """Row security is re-applied after every upgrade: policies, functions, grants and triggers come out alike."""
    before = await _model(raw)
    transaction = raw.all.transaction()
    await transaction.start()
    try:
        await raw.all.execute("set local role referral_owner")
        for _ in range(2):
            await raw.all.execute((MIGRATIONS / "row_security.sql").read_text("utf-8"))
        assert await _model(raw) == before
    finally:
        await transaction.rollback()


async def _model(raw: Raw) -> list[list[tuple[object, ...]]]:
    queries = (
        "select tablename, policyname, cmd, permissive, roles::text, qual, with_check from pg_policies order by 1, 2",
        "select oid::regprocedure::text, prosrc, prosecdef, proacl::text from pg_proc"
        " where pronamespace = 'access'::regnamespace order by 1",
        "select relname, relacl::text, relrowsecurity, relforcerowsecurity from pg_class"
        " where relnamespace = 'public'::regnamespace order by 1",
        "select tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) from pg_trigger"
        " where not tgisinternal order by 2, 1",
    )
    return [[tuple(row) for row in await raw.all.fetch(query)] for query in queries]
