"""A migration while the service is used, up and down again: nobody is told of a failure, and nobody waits long."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from alembic import command
from alembic.config import Config

from app.embedded import Server
from app.schema import MIGRATIONS, head
from tests.conftest import Raw
from tests.factories import an_intake
from tests.personas import Clients
from tests.served import Served, served

AT_ONCE = 6
NEXT = """
revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None

from alembic import op


def upgrade() -> None:
    op.execute("alter table cases add column colour text")
    op.execute("alter table cases alter column reference type varchar(20)")


def downgrade() -> None:
    op.execute("alter table cases alter column reference type text")
    op.execute("alter table cases drop column colour")
"""
"""What is added is asked for by nobody; a column of another type makes every prepared statement that names it stale."""


@pytest.fixture
def next_version(server: Server, tmp_path: Path) -> Iterator[Config]:
    """The migrations of a version that follows this one. The database is this one's again at the end."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "9999_next.py").write_text(NEXT.format(head=head()))
    with (folder / "row_security.sql").open("a") as model:
        model.write("\n-- of the next version\n")
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("sqlalchemy.url", server.migration_url)
    yield config
    command.downgrade(config, head())


@dataclass
class Traffic:
    """What its clients were answered, and how long each waited."""

    users: list["asyncio.Task[None]"] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    stored: set[UUID] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)

    async def use(self, clients: Clients) -> None:
        """Submits, reads and lists, again and again."""
        while True:
            intake_id = uuid4()
            await self.ask(clients, "PUT", f"/v1/intakes/{intake_id}", an_intake())
            self.stored.add(intake_id)
            await self.ask(clients, "GET", f"/v1/intakes/{intake_id}")
            await self.ask(clients, "GET", "/v1/cases")

    async def ask(self, clients: Clients, method: str, path: str, body: Any = None) -> None:
        began = time.monotonic()
        answer = await clients.call("demo-border", method, path, body)
        self.statuses.append(answer.status_code)
        self.seconds.append(time.monotonic() - began)

    async def more(self) -> None:
        """Until everybody was answered some times more."""
        wanted = len(self.statuses) + 10 * AT_ONCE
        while len(self.statuses) < wanted:
            done, _ = await asyncio.wait(self.users, timeout=0.05)
            for user in done:
                user.result()


@asynccontextmanager
async def used(clients: Clients) -> AsyncIterator[Traffic]:
    traffic = Traffic()
    traffic.users = [asyncio.create_task(traffic.use(clients)) for _ in range(AT_ONCE)]
    try:
        await traffic.more()
        yield traffic
        await traffic.more()
    finally:
        for user in traffic.users:
            user.cancel()
            with suppress(asyncio.CancelledError):
                await user


@pytest.fixture
def service(server: Server, data: Path, tmp_path: Path) -> Iterator[Served]:
    with served(server, data, tmp_path / "log", client_rate=1e6, stranger_rate=1e6) as started:
        yield started


async def test_up_and_down_under_load_nobody_is_told_of_a_failure(
    raw: Raw, data: Path, service: Served, next_version: Config
) -> None:
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
        mine = Clients(http, data / "clients")
        async with used(mine) as traffic:
            await asyncio.to_thread(command.upgrade, next_version, "head")
            assert (await http.get("/readyz")).json()["warnings"] == ["schema_newer"]
            await traffic.more()
            await asyncio.to_thread(command.downgrade, next_version, head())
    print(f"{len(traffic.statuses)} answers, the slowest after {max(traffic.seconds):.2f} s")
    assert set(traffic.statuses) == {200, 201}
    stored = {row["id"] for row in await raw.all.fetch("select id from intakes")}
    assert traffic.stored <= stored
