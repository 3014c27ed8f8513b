"""One demo for all tests of commands that work on a running service; successors for those that pass on a function."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from app.cli import COMMANDS, program, registry
from app.cli.administration import as_owner
from app.cli.registry import NewClient, NewOrganisation
from app.embedded import Server
from tests.cli.heirs import HEIRS
from tests.conftest import KEPT, Raw
from tests.personas import PERSONAS, Clients, Persona
from tests.running import Demo, running
from tests.sql import org

Run = Callable[..., Result]
Command = Callable[..., Awaitable[Result]]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("cli") / "data") as started:
        yield started


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `referral` with these arguments, and with no database but those a test names."""
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    commands = program(COMMANDS)

    def referral(*arguments: object) -> Result:
        return CliRunner().invoke(commands, [str(argument) for argument in arguments])

    return referral


@pytest.fixture
def command(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `referral organisations` on the tests' database, in a thread, as it has a loop of its own."""
    monkeypatch.setenv("MIGRATION_DATABASE_URL", server.migration_url)

    async def organisations(*arguments: object) -> Result:
        return await asyncio.to_thread(run, "organisations", *arguments)

    return organisations


@pytest.fixture
async def heirs(raw: Raw, clients: Clients, server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Bodies that stand ready as successors; whatever passed to them is put back afterwards."""
    services = await raw.all.fetch("select organisation_id, id from services")
    for name, follows in HEIRS.items():
        persona = Persona(name, PERSONAS[follows].agency, ("15", "20"))
        monkeypatch.setitem(PERSONAS, name, persona)
        names = {"name_vi": f"Cơ quan mới {name}", "name_en": f"New body {name}"}
        new = NewOrganisation(id=persona.id, agency=persona.agency, province_codes=list(persona.provinces), **names)
        client = NewClient(id=name, organisation_id=persona.id, name=name, mode="live", dpop_required=False)
        async with as_owner(server.migration_url) as db:
            await registry.add_organisation(db, new)
            await registry.add_client(db, client, clients.key(name).public)
    yield
    gone = [org(name) for name in HEIRS]
    await raw.all.execute("set session_replication_role = replica")
    tables = await raw.all.fetch("select tablename from pg_tables where schemaname = 'public'")
    for table in {row["tablename"] for row in tables} - KEPT:
        await raw.all.execute(f"delete from {table}")  # noqa: S608
    await raw.all.executemany("update services set organisation_id = $1 where id = $2", services)
    await raw.all.execute("delete from client_keys where client_id like 'new-%'")
    await raw.all.execute("delete from clients where id like 'new-%'")
    for table, column in (("organisation_names", "organisation_id"), ("organisations", "id")):
        await raw.all.execute(f"delete from {table} where {column} = any ($1)", gone)  # noqa: S608
    await raw.all.execute("update organisations set status = 'active', supervised_by = null")
    await raw.all.execute("update organisation_names set valid_to = null")
    await raw.all.execute("reset session_replication_role")
