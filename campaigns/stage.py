"""Where a campaign plays: a PostgreSQL, keys, a network of organisations and workers, all in one folder of its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app import schema
from app.cli.network import members, seed
from app.cli.serve import prepare_keys
from app.embedded import Server, ensure
from app.settings import Settings

ISSUER = "http://127.0.0.1:8000"
MARKER = "referral-campaign"
_RELAYING = {"FEED": "0.1", "BATCH": "1", "AUDIT": "3", "SWEEP": "10", "WEBHOOK": "5"}


class ForeignFolderError(Exception):
    """The folder holds what no campaign made."""


@dataclass
class Stage:
    """`server` changes when PostgreSQL comes back on another port."""

    folder: Path
    server: Server

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def keys(self) -> Path:
        return self.data / "clients"

    @property
    def organisations(self) -> Mapping[str, str]:
        return {name: str(member.organisation.id) for member in members() for name in member.clients}

    def environment(self, *, relay: bool) -> dict[str, str]:
        """Of a worker: no quotas, since a few clients stand for a country. Relays alone move the feed, work off what
        was accepted and sign the audit; API workers alone take requests."""
        seconds = _RELAYING if relay else dict.fromkeys(_RELAYING, "0")
        return {
            "DATABASE_URL": self.server.api_url,
            "REFERRAL_DATA": str(self.data),
            "REFERRAL_PUBLIC_URL": ISSUER,
            "REFERRAL_CLIENT_RATE": "1000000",
            "REFERRAL_STRANGER_RATE": "1000000",
            **{f"REFERRAL_{name}_SECONDS": value for name, value in seconds.items()},
        }

    @property
    def superuser(self) -> str:
        return self.server.superuser_url.replace("+asyncpg", "").rsplit("/", 1)[0] + "/referral"


def claim(folder: Path) -> None:
    """Takes an empty or missing folder; `ForeignFolderError` for any other."""
    if folder.exists() and any(folder.iterdir()):
        raise ForeignFolderError(folder)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    (folder / MARKER).write_text("", "utf-8")


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Sets it up in a claimed folder; the database is stopped at the end, and everything stays to be looked at."""
    data = folder / "data"
    server = await asyncio.to_thread(ensure, data)
    try:
        await asyncio.to_thread(furnish, server, data)
        yield Stage(folder, server)
    finally:
        await asyncio.to_thread(server.stop)


def furnish(server: Server, data: Path) -> None:
    """The newest schema, keys, and a network of organisations."""
    schema.upgrade(server.migration_url)
    prepare_keys(Settings(data=data))
    seed(server.migration_url, data)


async def readable(stage: Stage, seconds: float = 60) -> None:
    """Waits until the feed may be read to its end, every audit entry has its place and a head is signed over it, and
    every operation is done: what relays owe when nobody kills them."""
    connection = await asyncpg.connect(stage.superuser, timeout=30)
    try:
        async with asyncio.timeout(seconds):
            while await connection.fetchval(_BEHIND):
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


_BEHIND = """
select (select max(seq) from outbox_events) > (select horizon from feed_epochs order by number desc limit 1)
    or exists (select from operations where finished_at is null)
    or exists (select from audit_unordered)
    or (select count(*) from audit_leaves) > (select max(tree_size) from audit_heads)
"""
