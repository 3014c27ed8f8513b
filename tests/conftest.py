"""One real PostgreSQL, one migrated database, the application under its real role; rows are deleted between tests."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.auth.key_folder import ensure_keys
from app.embedded import Server, ensure
from app.keyring import Keyring
from app.main import create_app
from app.schema import upgrade
from app.settings import Settings
from tests.handles import Made
from tests.personas import ISSUER, Clients, register

LONGEST = ("test_benchmarks.py", "test_history.py", "test_kills.py", "test_hidden.py", "test_seven_hundred.py")
"""Files of minutes, begun first: whatever is begun last is waited for by a worker that has nothing else to do."""
KEPT = {"alembic_version", "organisations", "organisation_names", "services", "clients", "client_keys", "webhook_hosts"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """A data folder of this run: cluster, keys, client keys."""
    folder = Path(tempfile.mkdtemp(prefix="referral-test-"))
    Keyring.create(folder / "keys")
    ensure_keys(folder / "keys")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(data: Path) -> Iterator[Server]:
    started = ensure(data, durable=False)
    upgrade(started.migration_url)
    yield started
    started.stop()


def dsn(url: str) -> str:
    return url.replace("+asyncpg", "")


@dataclass(frozen=True)
class Raw:
    """Connections beside the application: the API's own login, and the superuser who sees everything."""

    api: asyncpg.Connection
    all: asyncpg.Connection


@pytest.fixture(scope="session")
async def _connections(server: Server, data: Path) -> AsyncIterator[Raw]:
    everything = await asyncpg.connect(dsn(server.superuser_url).rsplit("/", 1)[0] + "/referral")
    api = await asyncpg.connect(dsn(server.api_url))
    await register(everything, data / "clients")
    Made.by = everything
    yield Raw(api=api, all=everything)
    await api.close()
    await everything.close()


async def emptied(connections: Raw) -> Raw:
    """The connections, over tables emptied of everything but the registry, whose places are free again."""
    rows = await connections.all.fetch("select tablename from pg_tables where schemaname = 'public'")
    tables = sorted({row["tablename"] for row in rows} - KEPT)
    emptying = "; ".join(f"delete from {table}" for table in tables)  # noqa: S608 - names from the catalogue
    await connections.all.execute(f"set session_replication_role = replica; {emptying}; reset session_replication_role")
    await connections.all.execute("update services set places_total = 10, places_free = 4")
    return connections


@pytest.fixture
async def raw(_connections: Raw) -> Raw:
    return await emptied(_connections)


@pytest.fixture(scope="session")
async def app(_connections: Raw, server: Server, data: Path) -> AsyncIterator[FastAPI]:
    # The quotas have tests of their own; here ten personas are played from one address as fast as it goes.
    limits = {"client_rate": 1e6, "stranger_rate": 1e6, "requests_at_once": 64}  # a race is between fifty, all let in
    settings = Settings.model_validate({"data": data, "public_url": ISSUER, "stream_seconds": 0} | limits)
    made = create_app(settings, server.api_url)
    yield made
    await made.state.database.close()


@pytest.fixture(scope="session")
async def _http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as http:
        yield http


@pytest.fixture(scope="session")
def _clients(_http: httpx.AsyncClient, data: Path) -> Clients:
    return Clients(_http, data / "clients")


@pytest.fixture
def client(_http: httpx.AsyncClient, raw: Raw) -> httpx.AsyncClient:
    return _http


@pytest.fixture
def clients(_clients: Clients, raw: Raw) -> Clients:
    return _clients


@pytest.fixture
def personas(clients: Clients) -> Clients:
    return clients
