"""Revisions up, down and up again on a scratch database of the same server, with rows in place."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

import app.main  # noqa: F401  every model of the application
from app.db import GATE, Base
from app.embedded import ROLES, Server
from app.schema import MIGRATIONS, downgrade, head, upgrade
from tests.conftest import dsn

SCRATCH = "referral_scratch"
ROWS = """
insert into organisations (id, agency, functions, province_codes, treats, sort_key)
  values ('00000000-0000-4000-8000-000000000001', 'labour', '{}', '{15}', false, 'x');
insert into data_keys (id, wrapped, kek_id, created_by)
  values ('00000000-0000-4000-8000-000000000002', '', 'k', '00000000-0000-4000-8000-000000000001');
insert into cases (id, reference, key_id, custodian_id, custodian_sections, channel)
  values ('00000000-0000-4000-8000-000000000003', 'AAAAAAAA', '00000000-0000-4000-8000-000000000002',
          '00000000-0000-4000-8000-000000000001', '{identity}', 'self_return_border');
"""
"""The sections are named because below the head no trigger sets them."""
FILTERED = {
    "assessments": "case_id",
    "assistances": "verification_id case_id asker_id assistant_id",
    "applications": "case_id custodian_id decider_id",
    "audit_entries": "case_id organisation_id",
    "break_glass": "case_id key_id organisation_id",
    "case_entries": "case_id",
    "case_exclusions": "case_id organisation_id",
    "case_feedback": "case_id",
    "case_links": "case_id",
    "case_notes": "case_id",
    "case_parties": "case_id organisation_id carrier_id consent_id",
    "cases": "custodian_id key_id",
    "consents": "case_id",
    "contact_requests": "asker_id",
    "contact_targets": "case_id holder_id",
    "corrections": "case_id",
    "disbursements": "case_id application_id",
    "follow_ups": "plan_id",
    "webhook_endpoints": "organisation_id",
    "webhook_deliveries": "endpoint_id",
    "guardians": "case_id",
    "handover_cases": "handover_id case_id",
    "handovers": "case_id giver_id receiver_id",
    "intake_persons": "case_id",
    "intake_supplements": "case_id",
    "intakes": "organisation_id case_id",
    "notices": "case_id sender_id recipient_id",
    "operation_bodies": "key_id",
    "operations": "organisation_id",
    "plans": "case_id",
    "reception_handovers": "reception_id giver_id receiver_id",
    "reception_lines": "reception_id key_id",
    "reception_manifests": "reception_id",
    "receptions": "organisation_id",
    "referral_texts": "referral_id",
    "referrals": "case_id sender_id receiver_id custodian_id",
    "return_persons": "return_id case_id key_id",
    "returns": "gate_id announcer_id key_id",
    "support_items": "case_id plan_id",
    "verification_evidence": "verification_id",
    "verification_texts": "verification_id",
    "verifications": "case_id requester_id verifier_id",
}
"""The foreign columns by which a list, a trigger or a policy looks rows up."""


async def _run(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(dsn(url))
    try:
        return await (connection.fetch if statement.startswith("select") else connection.execute)(statement)
    finally:
        await connection.close()


@pytest.fixture
def scratch(server: Server) -> Iterator["Scratch"]:
    """An empty database with the roles' rights, gone afterwards."""
    made = Scratch(server)
    asyncio.run(_run(server.superuser_url, f"drop database if exists {SCRATCH} with (force)"))
    asyncio.run(_run(server.superuser_url, f"create database {SCRATCH}"))
    made.do(ROLES.read_text("utf-8"))
    yield made
    asyncio.run(_run(server.superuser_url, f"drop database {SCRATCH} with (force)"))


class Scratch:
    def __init__(self, server: Server) -> None:
        self._superuser = server.superuser_url.rsplit("/", 1)[0] + f"/{SCRATCH}"
        self.url = server.migration_url.rsplit("/", 1)[0] + f"/{SCRATCH}"

    def do(self, statement: str) -> Any:
        """As the superuser."""
        return asyncio.run(_run(self._superuser, statement))

    def revision(self) -> str:
        return str(self.do("select version_num from alembic_version")[0][0])

    def tables(self) -> set[str]:
        return {row[0] for row in self.do("select tablename from pg_tables where schemaname = 'public'")}

    def policies(self) -> list[tuple[Any, ...]]:
        query = "select tablename, policyname, qual, with_check from pg_policies order by 1, 2"
        return [tuple(row) for row in self.do(query)]

    def differences(self) -> list[Any]:
        """What autogenerate would still change, seen by the migrator."""

        def compare(connection: Connection) -> list[Any]:
            connection.execute(text("set local role referral_owner"))
            options = {"compare_type": True, "compare_server_default": True}
            return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))

        async def run() -> list[Any]:
            engine = create_async_engine(self.url)
            async with engine.begin() as connection:
                found = await connection.run_sync(compare)
            await engine.dispose()
            return found

        return asyncio.run(run())


def _revisions() -> list[Any]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


def test_there_is_one_line_of_revisions_numbered_without_gaps() -> None:
    revisions = _revisions()
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))
    assert [revision.revision for revision in revisions] == [f"{n:04}" for n in range(1, len(files) + 1)]
    assert [revision.down_revision for revision in revisions] == [None, *(r.revision for r in revisions[:-1])]
    assert [name[:4] for name in files] == [revision.revision for revision in revisions]
    assert revisions[-1].revision == head()


def test_every_revision_can_be_undone_and_says_what_it_makes() -> None:
    for path in (MIGRATIONS / "versions").glob("*.py"):
        source = path.read_text("utf-8")
        created = set(re.findall(r"op\.create_table\(\s*\"(\w+)\"", source))
        dropped = set(re.findall(r"op\.drop_table\(\"(\w+)\"", source))
        assert created == dropped, path.name


def test_the_schema_is_what_the_models_say(scratch: Scratch) -> None:
    upgrade(scratch.url)
    assert scratch.revision() == head()
    assert scratch.differences() == []


def test_a_missing_column_is_noticed(scratch: Scratch) -> None:
    """Seen to fail: a column, an index and a type that the models do not have."""
    upgrade(scratch.url)
    for change in (
        "alter table cases drop column closure_outcome",
        "drop index ix_handovers_giver_id",
        "alter table consents alter column own_agreement type text",
        "alter table plans add column colour text",
    ):
        before = len(scratch.differences())
        scratch.do(change)
        assert len(scratch.differences()) > before, change


def test_rows_outlive_another_upgrade_and_a_round_trip_leaves_a_working_schema(scratch: Scratch) -> None:
    upgrade(scratch.url)
    policies, tables = scratch.policies(), scratch.tables()
    scratch.do(ROWS)
    upgrade(scratch.url)
    assert scratch.do("select reference, custodian_sections from cases")[0][0] == "AAAAAAAA"
    downgrade(scratch.url, "base")
    assert scratch.tables() == {"alembic_version"}
    assert scratch.policies() == []
    upgrade(scratch.url)
    assert scratch.differences() == []
    assert (scratch.policies(), scratch.tables()) == (policies, tables)
    scratch.do(ROWS)


def test_every_step_up_keeps_the_rows_of_the_one_before(scratch: Scratch) -> None:
    first, second, third = ROWS.strip().split(";\n")
    for revision in (r.revision for r in _revisions()):
        upgrade(scratch.url, revision)
        if revision == "0001":
            scratch.do(first)
        if revision == "0003":
            scratch.do(second)
            scratch.do(third)
        assert len(scratch.do("select id from organisations")) == 1
    assert len(scratch.do("select id from cases")) == 1
    assert scratch.policies()


def test_below_the_head_the_api_is_left_without_an_access_model(scratch: Scratch) -> None:
    """A service running against an older schema must fail, not answer without policies."""
    upgrade(scratch.url)
    downgrade(scratch.url, "-1")
    found = scratch.do("select nspname from pg_namespace where nspname = 'access'")
    assert found == []
    assert [p for p in scratch.policies() if "access." in f"{p[2]}{p[3]}"] == []
    upgrade(scratch.url)
    assert scratch.differences() == []


def test_two_processes_may_upgrade_at_once(scratch: Scratch) -> None:
    script = "import os; from app.schema import upgrade; upgrade(os.environ['SCRATCH_URL'])"
    environment = {**os.environ, "SCRATCH_URL": scratch.url}
    started = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert scratch.revision() == head()
    assert scratch.differences() == []


def test_where_nothing_is_new_nothing_is_locked(scratch: Scratch) -> None:
    upgrade(scratch.url)

    async def beside_a_long_transaction() -> None:
        connection = await asyncpg.connect(dsn(scratch.url))
        async with connection.transaction():
            await connection.execute(f"select pg_advisory_xact_lock_shared({GATE})")
            await asyncio.to_thread(upgrade, scratch.url)
        await connection.close()

    asyncio.run(beside_a_long_transaction())


def test_what_lists_filter_by_is_indexed(scratch: Scratch) -> None:
    upgrade(scratch.url)
    rows = scratch.do(
        "select distinct indrelid::regclass::text, attname from pg_index"
        " join pg_attribute on attrelid = indrelid and attnum = indkey[0]"
    )
    leading = {tuple(row) for row in rows}
    wanted = {(table, column) for table, columns in FILTERED.items() for column in columns.split()}
    assert wanted - leading == set()
