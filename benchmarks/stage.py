"""The stage of a measurement: a private PostgreSQL at default durability, loaded, and servers beside each other.

`walled` serves under the role `app_api`, which row security binds; `open` is the same program under a role with the
same rights that it does not bind; `shipped` is `referral serve` itself; `django` does the same work in Django REST
framework; `bare` is FastAPI alone. All listen on 127.0.0.1 only and end with the stage.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
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
ROLES = {"walled": "app_api", "open": "bench_open", "nothing": "bench_open", "django": "bench_django"}
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
DJANGO = "django"
THREADS = 8
"""Of each process of the Django service: as many requests at once as there are connections."""
FIRST = ("walled", "open", "bare")
START_SECONDS = 240
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

    @contextmanager
    def serving(self, variants: Iterable[str], workers: int) -> Iterator["Stage"]:
        """The same stage with other services, each of so many processes behind one port (the bare route: one)."""
        with ExitStack() as end:
            served = {
                name: end.enter_context(_served(name, self.data, self.server, 1 if name == "bare" else workers))
                for name in variants
            }
            yield replace(self, services=served)

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
        yield end.enter_context(Stage(data, server, rows, {}).serving((*first, *layers), 1))


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
        # A checkpoint at every gigabyte would write each page of the random ids' indexes whole, again and again.
        await connection.execute("alter system set max_wal_size = '16GB'")
        await connection.execute("select pg_reload_conf()")
        for statement in SEED:
            told(statement.split("(")[0].strip().splitlines()[-1])
            await connection.execute(statement.replace(":rows", str(rows)))
        for client, (number, agency) in CLIENTS.items():
            await _register(connection, data / "clients", client, (number, agency))
        password = server.passwords["app_api"]
        for role in ("bench_open", "bench_django"):
            await connection.execute(f"create role {role} login bypassrls password '{password}' in role app_api")
        # What the real service does through functions of the owner, Django does itself.
        await connection.execute("grant select on clients to bench_django")
        await connection.execute("grant select, insert, update on duties to bench_django")
        told("vacuum analyze")
        # pgbench draws ids of its own for what it repeats, so an entry's case is not one that its writer has met.
        await connection.execute(
            "alter policy recorded on audit_entries with check (organisation_id = (select access.caller_org()))"
        )
        await connection.execute("vacuum analyze")
        await connection.execute("alter system reset max_wal_size")
        await connection.execute("select pg_reload_conf()")
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


def _command(variant: str, port: int, workers: int) -> list[str]:
    """How the service is started: `shipped` and `django` as they would be in production, the others by uvicorn."""
    at, many = ["--port", str(port)], ["--workers", str(workers)]
    if variant == SHIPPED:
        return [sys.executable, "-m", "app", "serve", *at, *many]
    if variant == DJANGO:
        threads = ["--worker-class", "gthread", "--threads", str(THREADS), "--log-level", "warning"]
        bound = ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "--preload"]
        return [sys.executable, "-m", "gunicorn", *bound, *many, *threads, "benchmarks.django_rest.wsgi"]
    factory = FACTORIES.get(variant, f"benchmarks.layers:{variant}")
    quick = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", factory, "--factory", *at, *many, *quick]


@contextmanager
def _served(variant: str, data: Path, server: Server, workers: int) -> Iterator[Service]:
    """A service in processes of its own, as in production."""
    port = _free_port()
    command = _command(variant, port, workers)
    env = {**os.environ, "REFERRAL_DATA": str(data), "REFERRAL_PUBLIC_URL": ISSUER}
    env["REFERRAL_CLIENT_RATE"] = "1000000"  # it is the service that is measured, not the quota
    env["DATABASE_URL"] = database_url(server, variant) if variant != "bare" else ""
    process = subprocess.Popen(command, env=env, start_new_session=True)
    try:
        _wait(process, port)
        yield Service(process.pid, port)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """A supervisor that is killed leaves its workers behind, so they are ended with it, as the group of its own."""
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Until it answers: a port may be open before any worker is there."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=START_SECONDS)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("a server under measurement did not start")
