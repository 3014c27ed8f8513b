"""The stage of a measurement: a private PostgreSQL at default durability, loaded, and three servers beside each other.

`walled` serves under the role `app_api`, which row security binds; `open` is the same program under a role with the
same rights that it does not bind; `bare` is FastAPI alone. All listen on 127.0.0.1 only and end with the stage.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx

from app.auth.key_folder import ensure_keys
from app.auth.keys import SigningKey, ensure_key
from app.auth.proofs import make_proof, nonce
from app.auth.scopes import Agency, scopes_of
from app.embedded import Server, ensure
from app.keyring import Keyring
from app.oauth.assertions import fetch_token, make_assertion, token_form
from app.schema import upgrade

ISSUER = "http://127.0.0.1:8000"
ROLES = {"walled": "app_api", "open": "bench_open", "nothing": "bench_open"}
FACTORIES = {
    "walled": "benchmarks.serving:api",
    "open": "benchmarks.serving:api",
    "bare": "benchmarks.serving:bare",
}
CLIENTS = {
    "border": (1, Agency.BORDER_GUARD),
    "labour": (2, Agency.LABOUR),
    "ngo": (3, Agency.NGO),
    "stranger": (6, Agency.LABOUR),
}
"""Client id → number of its organisation in seed.sql, and that one's agency."""
SHIPPED = "shipped"
FIRST = ("walled", "open", "bare")
START_SECONDS = 120
SEED = Path(__file__).with_name("seed.sql").read_text("utf-8").strip().split(";\n")


@dataclass(frozen=True)
class Service:
    """One server process."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Stage:
    data: Path
    server: Server
    rows: int
    services: dict[str, Service]

    @property
    def programs(self) -> Path:
        """The folder of the binaries that this very server runs from; pgbench lies beside them."""
        return Path((self.data / "postgres" / "postmaster.opts").read_text().split()[0]).parent

    @property
    def postmaster(self) -> int:
        return int((self.data / "postgres" / "postmaster.pid").read_text().split()[0])

    def token(self, client: str) -> str:
        return fetch_token(next(iter(self.services.values())).url, self._assertion(client))

    def bound_token(self, client: str) -> str:
        """A token bound to the client's key, good only with a proof of it at each call."""
        now = time.time()
        proof = make_proof(self.key(client), "POST", f"{ISSUER}/oauth/token", now=now, nonce=nonce(self.wire, now))
        form = token_form(self._assertion(client))
        answer = httpx.post(f"{self.services['walled'].url}/oauth/token", data=form, headers={"DPoP": proof})
        return str(answer.raise_for_status().json()["access_token"])

    def key(self, client: str) -> SigningKey:
        return ensure_key(self.data / "clients" / f"{client}.pem")

    @property
    def wire(self) -> bytes:
        return (self.data / "keys" / "wire.key").read_bytes()

    def _assertion(self, client: str) -> str:
        return make_assertion(client, self.key(client), ISSUER, time.time())

    def run(self, *statements: str) -> None:
        """Statements as the superuser, each for itself."""
        asyncio.run(_run(self.server, statements))

    def fetch(self, query: str) -> list[asyncpg.Record]:
        """Rows as the superuser."""
        return asyncio.run(_fetch(self.server, query))


def seeded_id(thing: str, number: int) -> UUID:
    """The id that seed.sql gives the thing of this number."""
    return UUID(md5(f"{thing}{number}".encode(), usedforsecurity=False).hexdigest())


@contextmanager
def stage(
    rows: int, told: Callable[[str], None], layers: Iterable[str] = (), first: Iterable[str] = FIRST
) -> Iterator[Stage]:
    """Sets everything up, and takes everything down: processes by their ids, then the folder. `layers` are further
    services, each the application with one of its layers off (layers.py); `shipped` is `referral serve` itself."""
    data = Path(tempfile.mkdtemp(prefix="referral-bench-"))
    with ExitStack() as end:
        end.callback(shutil.rmtree, data, ignore_errors=True)
        told("PostgreSQL")
        Keyring.create(data / "keys")
        ensure_keys(data / "keys")
        server = ensure(data, durable=True)
        end.callback(server.stop)
        upgrade(server.migration_url)
        asyncio.run(_load(server, data, rows, told))
        variants = (*first, *layers)
        services = {name: end.enter_context(_served(name, data, server)) for name in variants}
        yield Stage(data, server, rows, services)


async def connect(server: Server) -> asyncpg.Connection:
    return await asyncpg.connect(server.superuser_url.replace("+asyncpg", "").rsplit("/", 1)[0] + "/referral")


async def _run(server: Server, statements: tuple[str, ...]) -> None:
    connection = await connect(server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _fetch(server: Server, query: str) -> list[asyncpg.Record]:
    connection = await connect(server)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def _load(server: Server, data: Path, rows: int, told: Callable[[str], None]) -> None:
    connection = await connect(server)
    try:
        for statement in SEED:
            told(statement.split("(")[0].strip().splitlines()[-1])
            await connection.execute(statement.replace(":rows", str(rows)))
        for client, (number, agency) in CLIENTS.items():
            await _register(connection, data / "clients", client, (number, agency))
        password = server.passwords["app_api"]
        await connection.execute(f"create role bench_open login bypassrls password '{password}' in role app_api")
        told("vacuum analyze")
        # pgbench draws ids of its own for what it repeats, so an entry's case is not one that its writer has met.
        await connection.execute(
            "alter policy recorded on audit_entries with check (organisation_id = (select access.caller_org()))"
        )
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def _register(connection: asyncpg.Connection, keys: Path, client: str, whose: tuple[int, Agency]) -> None:
    number, agency = whose
    key = ensure_key(keys / f"{client}.pem")
    await connection.execute(
        "insert into clients (id, organisation_id, name, mode, scopes, dpop_required)"
        " values ($1, $2, $1, 'live', $3, false)",
        *(client, seeded_id("organisation", number), sorted(scopes_of(agency))),
    )
    await connection.execute(
        "insert into client_keys (client_id, kid, jwk) values ($1, $2, $3)",
        *(client, key.kid, json.dumps(dict(key.public))),
    )


def database_url(server: Server, variant: str) -> str:
    """The address that this variant of the service logs in by."""
    return server.api_url.replace("app_api", ROLES.get(variant, "app_api"))


@contextmanager
def _served(variant: str, data: Path, server: Server) -> Iterator[Service]:
    """One uvicorn worker as in production, in its own process."""
    port = _free_port()
    factory = FACTORIES.get(variant, f"benchmarks.layers:{variant}")
    command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--port", str(port)]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    if variant == SHIPPED:
        command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    env = {**os.environ, "REFERRAL_DATA": str(data), "REFERRAL_PUBLIC_URL": ISSUER}
    env["REFERRAL_CLIENT_RATE"] = "1000000"  # it is the service that is measured, not the quota
    env["DATABASE_URL"] = database_url(server, variant) if variant != "bare" else ""
    process = subprocess.Popen(command, env=env)
    try:
        _wait(process, port)
        yield Service(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("a server under measurement did not start")
