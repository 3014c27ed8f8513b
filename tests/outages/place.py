"""A PostgreSQL of its own, at full durability, and a served API beside it that is never restarted."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from app.embedded import Server
from app.postgres_programs import pg_ctl, process
from tests.conftest import dsn
from tests.factories import an_intake
from tests.personas import Clients, register
from tests.served import Served

WHO = "demo-border"


@dataclass
class Place:
    """`answers` are the statuses that the load was given; `stored` the ids it was told are stored."""

    server: Server
    service: Served
    clients: Clients
    answers: list[httpx.Response] = field(default_factory=list)
    stored: set[str] = field(default_factory=set)

    @property
    def cluster(self) -> Path:
        return self.server.data.resolve() / "postgres"

    def stop(self) -> None:
        self.server.stop()

    def kill(self) -> None:
        os.kill(self._postmaster(), signal.SIGKILL)
        while self.server.is_alive():
            pass

    def start(self) -> None:
        """As it is: `ensure` would prepare roles, which no standby lets happen to it."""
        how = f"-h 127.0.0.1 -p {self.server.port} -k ''"
        log = self.cluster / "server.log"
        while pg_ctl("start", self.cluster, "-w", "-l", log, "-o", how).returncode:
            pass  # after a kill -9 the old backends may hold the shared memory for a moment

    def signal_all(self, number: signal.Signals) -> None:
        """To the server and to each of its backends: with SIGSTOP the machine is there and answers nothing."""
        postmaster = self._postmaster()
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _postmaster(self) -> int:
        pid = process(self.cluster)
        assert pid is not None
        return pid

    async def sql(self, *statements: str) -> Any:
        """As the superuser; the value that the last one gives."""
        db = await _connect(self.server)
        try:
            for statement in statements[:-1]:
                await db.execute(statement)
            return await db.fetchval(statements[-1])
        finally:
            await db.close()

    async def put(self, intake: str | None = None) -> httpx.Response:
        intake = intake or str(uuid4())
        answer: httpx.Response = await self.clients.call(WHO, "PUT", f"/v1/intakes/{intake}", an_intake())
        if answer.is_success:
            self.stored.add(intake)
        self.answers.append(answer)
        return answer

    async def until(self, status: int) -> httpx.Response:
        """Sends until it is answered so; for half a minute at most."""
        async with asyncio.timeout(30):
            while (answer := await self.put()).status_code != status:
                await asyncio.sleep(0.05)
        return answer

    @asynccontextmanager
    async def load(self, writers: int = 4) -> AsyncIterator[None]:
        """Writers that send one record after the other meanwhile."""
        over = asyncio.Event()

        async def write() -> None:
            while not over.is_set():
                await self.put()

        self.answers.clear()
        tasks = [asyncio.create_task(write()) for _ in range(writers)]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*tasks)

    @asynccontextmanager
    async def audit_locked(self) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
        """No entry can be written meanwhile; what is yielded waits until so many transactions wait for it."""
        db = await _connect(self.server)
        query = "select count(*) from pg_stat_activity where usename = 'app_api' and wait_event_type = 'Lock'"

        async def blocked(many: int) -> None:
            async with asyncio.timeout(10):
                while await self.sql(query) < many:
                    await asyncio.sleep(0.01)

        try:
            await db.execute("begin; lock table audit_entries in access exclusive mode")
            yield blocked
        finally:
            await db.close()

    async def missing(self) -> set[str]:
        """What was acknowledged and is not there."""
        return self.stored - set(await self.sql("select array_agg(id::text) from intakes"))


async def _connect(server: Server) -> asyncpg.Connection:
    return await asyncpg.connect(dsn(server.superuser_url).rsplit("/", 1)[0] + "/referral")


async def registered(server: Server, keys: Path) -> None:
    """The personas, in this server's registry."""
    db = await _connect(server)
    await register(db, keys)
    await db.close()
