"""Somebody erased stays erased in a backup made before: at once by the key store of today, then for good."""

import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.embedded import Server
from app.key_files import DestroyedKeys, FileKeyProvider
from app.main import create_app
from app.postgres_programs import find, process
from app.sealing import KekGoneError, KeyDestroyedError
from app.settings import Settings
from app.vault import Vault
from tests.conftest import Raw, dsn
from tests.factories import a_case
from tests.personas import ISSUER, Clients
from tests.vault.conftest import Desk, Operate, closed

RESTORED = "referral_restored"
Erase = Callable[..., Awaitable[str]]


@dataclass
class Backup:
    """A dump of the tests' database by PostgreSQL's own program, and a second database that it is restored into."""

    server: Server
    file: Path

    def make(self) -> None:
        self._run("pg_dump", "-Fc", "-f", self.file, "referral")

    async def restore(self) -> None:
        admin = await asyncpg.connect(dsn(self.server.superuser_url))
        await admin.execute(f"drop database if exists {RESTORED} with (force)")
        await admin.execute(f"create database {RESTORED}")
        await admin.execute(f"grant connect on database {RESTORED} to app_api, referral_migrator")
        await admin.close()
        self._run("pg_restore", "-d", RESTORED, self.file)

    async def drop(self) -> None:
        admin = await asyncpg.connect(dsn(self.server.superuser_url))
        await admin.execute(f"drop database if exists {RESTORED} with (force)")
        await admin.close()

    @property
    def api_url(self) -> str:
        return self.server.api_url.rsplit("/", 1)[0] + f"/{RESTORED}"

    @property
    def migration_url(self) -> str:
        return self.server.migration_url.rsplit("/", 1)[0] + f"/{RESTORED}"

    async def rows(self, query: str) -> list[asyncpg.Record]:
        """As the superuser, in the restored database."""
        connection = await asyncpg.connect(dsn(self.server.superuser_url).rsplit("/", 1)[0] + f"/{RESTORED}")
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    def _run(self, program: str, *arguments: object) -> None:
        folder, _ = find(self.server.data.resolve() / "postgres")
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(self.server.port), "PGUSER": "postgres"}
        login |= {"PGPASSWORD": self.server.passwords["postgres"], "PATH": os.environ["PATH"]}
        command = [str(folder / program), *map(str, arguments)]
        ran = subprocess.run(command, env=login, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr


@pytest.fixture
async def backup(server: Server, tmp_path: Path) -> AsyncIterator[Backup]:
    assert process(server.data.resolve() / "postgres")
    made = Backup(server, tmp_path / "referral.dump")
    yield made
    await made.drop()


@asynccontextmanager
async def served(backup: Backup, data: Path) -> AsyncIterator[Clients]:
    """The service over the restored database, with the key store of today."""
    app = create_app(Settings(data=data, public_url=ISSUER), backup.api_url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as http:
        yield Clients(http, data / "clients")
    await app.state.database.close()


async def test_restored_beside_it_opens_everybody_but_the_one_who_was_erased_since(
    clients: Clients, erase: Erase, backup: Backup, data: Path
) -> None:
    story = await a_case(clients)
    reference = await closed(clients, story.case)
    backup.make()
    await erase(reference)
    await backup.restore()
    living = [row["id"] for row in await backup.rows("select id from data_keys where wrapped is not null")]
    assert len(living) == 2  # the key itself is in the backup
    async with served(backup, data) as restored:
        for path in (f"/v1/cases/{story.case}", f"/v1/intakes/{story.intake}"):
            answer = await restored.get("demo-border", path)
            assert (answer.status_code, answer.json()["code"]) == (410, "record_erased")
        child = await restored.ok("demo-border", "GET", f"/v1/cases/{story.child}")
    assert child["sections"]["identity"]["full_name"] == "Vương Tiểu Mai"


async def test_without_the_list_it_opens_until_its_kek_is_retired_and_never_after(
    clients: Clients, erase: Erase, backup: Backup, data: Path, operate: Operate
) -> None:
    """What each step guarantees. Whoever steals backup and key store of today is stopped by the retirement alone."""
    story = await a_case(clients)
    reference = await closed(clients, story.case)
    backup.make()
    await erase(reference)
    await backup.restore()
    (case,) = [row for row in await backup.rows("select * from cases") if str(row["id"]) == story.case]
    (key,) = [row for row in await backup.rows("select * from data_keys") if row["id"] == case["key_id"]]
    wrapping = (key["id"], key["wrapped"], key["kek_id"])
    honest = Vault(FileKeyProvider(data / "keys"), DestroyedKeys(data / "keys"))
    thief = Vault(FileKeyProvider(data / "keys"), frozenset())
    with pytest.raises(KeyDestroyedError):
        await honest.unwrap(*wrapping)
    assert len((await thief.unwrap(*wrapping)).secret) == 32
    assert (await operate("keys", "rotate")).exit_code == 0
    assert len((await thief.unwrap(*wrapping)).secret) == 32
    assert (await operate("keys", "rotate", "--retire")).exit_code == 0
    with pytest.raises(KekGoneError):
        await thief.unwrap(*wrapping)
    for row in await backup.rows("select * from data_keys"):
        with pytest.raises((KekGoneError, KeyDestroyedError)):
            await honest.unwrap(row["id"], row["wrapped"], row["kek_id"])
    assert (await clients.get("demo-border", f"/v1/cases/{story.child}")).status_code == 200


@pytest.fixture
async def erased_since(clients: Clients, erase: Erase, backup: Backup) -> str:
    """The reference of somebody whom a restored backup still holds."""
    story = await a_case(clients)
    reference = await closed(clients, story.case)
    backup.make()
    await erase(reference)
    await backup.restore()
    return reference


async def test_after_a_restore_the_erasures_are_applied_again(
    erased_since: str,
    backup: Backup,
    operate: Operate,
    desks: tuple[Desk, Desk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MIGRATION_DATABASE_URL", backup.migration_url)
    found = "select * from case_lookups l join cases c on c.id = l.case_id where c.status = 'closed'"
    assert await backup.rows(found)
    status = await operate("keys", "status")
    assert "1 khóa đã hủy chưa khớp" in status.stdout
    ran = await operate("erasure", "reapply", *desks[0].options)
    assert (ran.exit_code, ran.stdout.split()[0]) == (0, "1"), ran.output
    assert await backup.rows(found) == []
    (key,) = await backup.rows("select * from data_keys where wrapped is null")
    assert key["destroyed_at"] is not None
    (erasure,) = await backup.rows("select * from erasures")
    assert (erasure["reference"], erasure["approved"], erasure["done_at"] is not None) == (erased_since, True, True)
    assert "do not agree" not in (await operate("keys", "status")).stdout
    assert (await operate("erasure", "reapply", *desks[0].options)).stdout.split()[0] == "0"


async def test_a_key_store_from_before_learns_who_was_erased(
    erased_since: str, raw: Raw, operate: Operate, desks: tuple[Desk, Desk], data: Path
) -> None:
    listed = data / "keys" / "destroyed.jsonl"
    kept = listed.read_text().rstrip("\n").rpartition("\n")[0]
    listed.write_text(kept)
    assert "1 khóa đã hủy chưa khớp" in (await operate("keys", "status")).stdout
    assert (await operate("erasure", "reapply", *desks[0].options)).stdout.split()[0] == "1"
    key = await raw.all.fetchval("select key_id from cases where reference = $1", erased_since)
    assert key in DestroyedKeys(data / "keys")
