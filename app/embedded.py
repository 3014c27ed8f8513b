"""The private PostgreSQL that `demo` and the tests run on when no `DATABASE_URL` is given.

It decides where the server's files lie, and how it is started, found again, recovered and stopped.
In the data folder: `postgres/` (the cluster, its log in `server.log`), `postgres.json` (port and passwords, 0600) and
`postgres.lock`. The cluster listens on 127.0.0.1 only, without a socket file, and every login needs its password.
Needs a POSIX system: on Windows, set `DATABASE_URL`.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg

from app.outages import CONNECTION_LOST
from app.postgres_programs import EmbeddedError, admit, bury, initdb, pg_ctl, process

ROLES = Path(__file__).parents[1] / "migrations" / "roles.sql"
DATABASE = "referral"
LOG = "server.log"
START_SECONDS = 20
PORT_SECONDS = 3
_TRIES = 3
"""A server may be killed between two looks at it; one that dies each time has something to say in its log."""
LOGINS = ("postgres", "referral_migrator", "app_api")
TESTS_ONLY = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@dataclass(frozen=True)
class Server:
    """A running server; its addresses stay valid over a restart, unless another program took the port meanwhile."""

    data: Path
    port: int
    passwords: Mapping[str, str] = field(repr=False)

    @property
    def api_url(self) -> str:
        """What `DATABASE_URL` would be: the login `app_api`, which row-level security always binds."""
        return self._url("app_api", DATABASE)

    @property
    def migration_url(self) -> str:
        """What `MIGRATION_DATABASE_URL` would be: the login `referral_migrator`."""
        return self._url("referral_migrator", DATABASE)

    @property
    def superuser_url(self) -> str:
        """For tests, which create databases; it leads to the maintenance database `postgres`."""
        return self._url("postgres", "postgres")

    def is_alive(self) -> bool:
        """Whether this cluster's process runs and accepts connections. Quick and safe inside an event loop."""
        if process(_cluster(self.data)) is None:
            return False
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """Ends the server for everyone who shares it: transactions in flight are rolled back, all else is written."""
        cluster = _cluster(self.data)
        with _alone(self.data):
            if process(cluster) is not None:
                pg_ctl("stop", cluster, "-w", "-m", "fast").check_returncode()

    def _url(self, login: str, database: str) -> str:
        return f"postgresql+asyncpg://{login}:{self.passwords[login]}@127.0.0.1:{self.port}/{database}"


def ensure(data: Path, *, durable: bool = True) -> Server:
    """The server of this data folder, started, or recovered after a crash, if it does not run; made if there is none.

    Any number of starters share one server. `durable=False` gives up crash safety for speed: for tests only, and only
    heeded by whoever starts the server. Runs its own event loop: from a coroutine, call it by `asyncio.to_thread`.
    Raises `EmbeddedError`.
    """
    data = data.resolve()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(data):
        if not _cluster(data).exists():
            _initialise(_load(data), durable=durable)
        for _ in range(_TRIES):
            with contextlib.suppress(*CONNECTION_LOST):
                return _ready(_load(data), durable=durable)
        raise _failure(_log(_cluster(data)))


def _ready(server: Server, *, durable: bool) -> Server:
    """Started and prepared, unless it is; one of `CONNECTION_LOST` if it dies meanwhile."""
    started = not server.is_alive()
    if started:
        server = _start(server, "" if durable else TESTS_ONLY)
    if started or not asyncio.run(_answers(server)):
        asyncio.run(prepare(server))
    return server


def _cluster(data: Path) -> Path:
    return data / "postgres"


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    with (data / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it when this process dies
        yield


def _load(data: Path) -> Server:
    try:
        stored = json.loads((data / "postgres.json").read_text())
        return Server(data, stored["port"], stored["passwords"])
    except FileNotFoundError:
        return _store(Server(data, _bind(0), {login: secrets.token_urlsafe(24) for login in LOGINS}))


def _store(server: Server) -> Server:
    with tempfile.NamedTemporaryFile("w", dir=server.data, delete=False) as file:  # made 0600
        json.dump({"port": server.port, "passwords": server.passwords}, file)
    os.replace(file.name, server.data / "postgres.json")
    return server


def _port(wanted: int) -> int:
    """The wanted port as soon as it is free, which after a kill -9 takes a moment; another if a stranger keeps it."""
    deadline = time.monotonic() + PORT_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            return _bind(wanted)
        time.sleep(0.02)
    return _bind(0)


def _bind(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


def _initialise(server: Server, *, durable: bool) -> None:
    fresh = server.data / "postgres.new"  # renamed when whole: an interrupted start leaves no half cluster
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=server.data) as password:  # made 0600
        password.write(server.passwords["postgres"])
        password.flush()
        admit(server.data, fresh, Path(password.name))
        made = initdb(fresh, f"--pwfile={password.name}", *([] if durable else ["--no-sync"]))
    if made.returncode:
        raise _failure(made.stderr)
    fresh.rename(_cluster(server.data))


def _start(server: Server, options: str) -> Server:
    cluster = _cluster(server.data)
    deadline = time.monotonic() + START_SECONDS
    # Again and again, because after a kill -9 the old backends may hold the shared memory for a moment.
    while time.monotonic() < deadline:
        if process(cluster) is None:
            bury(cluster)
            server = _store(replace(server, port=_port(server.port)))
            how = f"-h 127.0.0.1 -p {server.port} -k '' {options}"
            if not pg_ctl("start", cluster, "-w", "-l", cluster / LOG, "-o", how).returncode:
                return server
        elif server.is_alive():
            return server
        time.sleep(0.1)
    raise _failure(_log(cluster))


def _log(cluster: Path) -> str:
    """The end of what the server has said."""
    log = cluster / LOG
    return log.read_text(errors="replace")[-800:] if log.exists() else ""


def _failure(said: str) -> EmbeddedError:
    return EmbeddedError(f"Không khởi động được PostgreSQL. / PostgreSQL could not be started.\n{said.strip()}")


async def prepare(server: Server) -> None:
    """Database, roles and passwords; repeated at each start, so that an older data folder gets the roles of today."""
    async with _connection(server, "postgres", "postgres") as postgres:
        if not await postgres.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await postgres.execute(f"CREATE DATABASE {DATABASE}")
    async with _connection(server, "postgres", DATABASE) as postgres:
        await postgres.execute(ROLES.read_text("utf-8"))
        for login, password in server.passwords.items():
            await postgres.execute(f"ALTER ROLE {login} PASSWORD '{password}'")


async def _answers(server: Server) -> bool:
    """Whether it is ours and ready for the API: with SCRAM the server, too, has to prove that it knows the password."""
    try:
        async with _connection(server, "app_api", DATABASE) as postgres:
            return bool(await postgres.fetchval("SELECT true"))
    except (*CONNECTION_LOST, asyncpg.PostgresError):
        return False


@contextlib.asynccontextmanager
async def _connection(server: Server, login: str, database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await _connect(server, login, database)
    try:
        yield connection
    finally:
        await connection.close()


async def _connect(server: Server, login: str, database: str) -> asyncpg.Connection:
    """Waits for a server that another starter has just begun to recover: it accepts and says "starting up"."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return await asyncpg.connect(
                host="127.0.0.1",
                port=server.port,
                user=login,
                password=server.passwords[login],
                database=database,
                ssl=False,
                timeout=START_SECONDS,
            )
        except asyncpg.CannotConnectNowError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
