"""Two operators with clients of their own, and commands run on the tests' database and keys, each in a thread."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from app.auth.keys import ensure_key
from app.auth.scopes import Agency
from app.cli import COMMANDS, program, registry
from app.cli.administration import as_owner
from app.cli.registry import NewClient, NewOrganisation
from app.embedded import Server
from tests.conftest import Raw
from tests.personas import Clients, Story

Operate = Callable[..., Awaitable[Result]]
OPERATORS = ("operator-one", "operator-two")


@dataclass(frozen=True)
class Desk:
    """An operator's client, its key and the officer who sits there."""

    client: str
    key: Path
    officer: str

    @property
    def options(self) -> tuple[str, ...]:
        return ("--client", self.client, "--key", str(self.key), "--officer", self.officer)


@pytest.fixture
async def desks(raw: Raw, server: Server, data: Path) -> AsyncIterator[tuple[Desk, Desk]]:
    """Both of one operating body, gone again afterwards."""
    body = NewOrganisation(id=uuid4(), agency=Agency.OPERATOR, name_vi="Đơn vị vận hành", name_en="Operator")
    made = [Desk(name, data / "clients" / f"{name}.pem", f"officer.{name}") for name in OPERATORS]
    async with as_owner(server.migration_url) as db:
        await registry.add_organisation(db, body)
        for desk in made:
            new = NewClient(id=desk.client, organisation_id=body.id, name=desk.client, mode="live")
            await registry.add_client(db, new, ensure_key(desk.key).public)
    yield made[0], made[1]
    await raw.all.execute("delete from client_keys where client_id like 'operator-%'")
    await raw.all.execute("delete from clients where id like 'operator-%'")
    await raw.all.execute("delete from organisation_names where organisation_id = $1", body.id)
    await raw.all.execute("delete from organisations where id = $1", body.id)


@pytest.fixture
def operate(server: Server, data: Path, monkeypatch: pytest.MonkeyPatch) -> Operate:
    """Runs `referral` with these arguments on the tests' database and key folder."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("MIGRATION_DATABASE_URL", server.migration_url)
    monkeypatch.setenv("REFERRAL_DATA", str(data))
    commands = program(COMMANDS)

    async def referral(*arguments: object) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, commands, [str(argument) for argument in arguments])

    return referral


@pytest.fixture
def erase(operate: Operate, desks: tuple[Desk, Desk]) -> Callable[..., Awaitable[str]]:
    """Asked by one operator and approved by the other; the id of the request."""

    async def erased(reference: str, *options: str) -> str:
        one, other = desks
        asked = await operate("erasure", "ask", reference, "--reason", "persons_request", *options, *one.options)
        assert asked.exit_code == 0, asked.output
        approved = await operate("erasure", "approve", asked.stdout.strip(), *other.options)
        assert approved.exit_code == 0, approved.output
        return asked.stdout.strip()

    return erased


async def closed(clients: Clients, case: str, by: str = "demo-border") -> str:
    """Closes a case that nothing waits on; its reference."""
    shown = await clients.ok(by, "GET", f"/v1/cases/{case}")
    body = {"reason": "completed", "outcome": "reintegrated"}
    answer = await clients.ok(by, "POST", f"/v1/cases/{case}/closures", body, etag=shown["etag"])
    return str(answer["reference"])


async def closed_by_hand(raw: Raw, story: Story) -> str:
    """Closed behind the service's back, whatever still waits on it; its reference."""
    await raw.all.execute("update cases set status = 'closed' where id = $1", story.case)
    await raw.all.execute("update return_persons set expected = false")
    return str(await raw.all.fetchval("select reference from cases where id = $1", story.case))
