"""The restore drill: a database of some size and its keys are lost, and put back as they were at one moment.

Beside the seeded cases a few real people are taken in over HTTP: before the backup, after it, and after the moment that
is gone back to. One of them is erased after that moment, which no restore may undo.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import asyncpg

from app.audit.export import lines as audit_lines
from app.audit.proof import prove
from app.audit.sequencer import Signer, order, sign_head
from app.auth.key_folder import load_keys
from app.cli.administration import as_owner
from app.db import Database
from app.embedded import Server
from app.keyring import Keyring
from app.settings import Settings
from benchmarks.stage import SEED
from campaigns.backup import Backup, archived, let_in
from campaigns.desk import Operators, serving
from campaigns.stage import ISSUER, Stage, claim, furnish

PEOPLE = 10
Moved = Callable[[str, int, int], None]
"""What is done now, and how far it is."""


@dataclass
class Outcome:
    """Seconds of each phase, what was checked, and the bytes that were copied."""

    phases: dict[str, float] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)
    megabytes: int = 0

    @property
    def good(self) -> bool:
        return bool(self.checks) and all(self.checks.values())


@dataclass
class _Before:
    """How it stood at the moment that is gone back to."""

    moment: datetime
    counts: dict[str, int]
    epoch: str


class Drill:
    """One drill in a claimed folder."""

    def __init__(self, folder: Path, cases: int, seed: int, moved: Moved) -> None:
        self._folder, self._cases, self._moved = folder, cases, moved
        self._chance = random.Random(seed)  # noqa: S311 - whose names, not a secret
        self.outcome = Outcome()
        self._backup = Backup(folder / "data", folder / "backup")
        self._names: dict[str, str] = {}

    def run(self) -> Outcome:
        claim(self._folder)
        with self._phase("PostgreSQL, archive_mode"):
            server = self._backup.begin_archiving()
        try:
            self._fill(server)
            before, known, late, erased = self._live(server)
            server.stop()
            self._restore(server, before.moment)
            self._check(server, before, (known, late, erased))
        finally:
            server.stop()
        return self.outcome

    def _fill(self, server: Server) -> None:
        with self._phase("schema, keys"):
            furnish(server, self._backup.data)
        with self._phase(f"seed {self._cases} cases"):
            asyncio.run(self._seed(server))
        with self._phase("audit ordered, signed"):
            asyncio.run(self._sign(server))

    async def _seed(self, server: Server) -> None:
        connection = await _superuser(server)
        try:
            for number, statement in enumerate(SEED, 1):
                await connection.execute(statement.replace(":rows", str(self._cases)))
                self._moved(f"seed {self._cases} cases", number, len(SEED))
            # Loaded past the triggers; the tree that is verified in the end is to hold them all the same.
            seeded = "select id from audit_entries where client_id = 'seeded'"
            await connection.execute(f"insert into audit_unordered (entry_id) {seeded}")
            await connection.execute("vacuum analyze")
        finally:
            await connection.close()

    async def _sign(self, server: Server) -> None:
        database = Database(server.api_url, Keyring.load(self._settings), pool_size=2)
        try:
            await order(database)
            await sign_head(database, Signer(load_keys(self._settings.keys, time.time()).audit, ISSUER))
        finally:
            await database.close()

    def _live(self, server: Server) -> tuple[_Before, Sequence[str], Sequence[str], str]:
        """People before the backup and after it, the moment, and what is too late for it."""
        operators = self._operators(server)
        asyncio.run(operators.register())
        with serving(Stage(self._folder, server), self._names) as desk:
            known = [desk.take_in(self._chance) for _ in range(PEOPLE)]
            with self._phase("base backup"):
                self._backup.copy_base(server)
                self._backup.copy_keys()
            known += [desk.take_in(self._chance) for _ in range(PEOPLE)]
            reference = desk.close(known[-1])
            asyncio.run(self._sign(server))
            before = asyncio.run(_stands(server))
            late = [desk.take_in(self._chance) for _ in range(PEOPLE)]
            asyncio.run(operators.erase(reference))
            self._backup.copy_keys()
        with self._phase("last log archived"):
            asyncio.run(archived(server.superuser_url))
        return before, known[:-1], late, known[-1]

    def _restore(self, server: Server, moment: datetime) -> None:
        self._backup.lose_everything()
        with self._phase("base and keys put back"):
            self._backup.put_back()
        self.outcome.megabytes = _size(self._backup.cluster) >> 20
        with self._phase("log replayed"):
            self._backup.replay(server, moment)
            asyncio.run(let_in(server.superuser_url))

    def _check(self, server: Server, before: _Before, cases: tuple[Sequence[str], Sequence[str], str]) -> None:
        known, late, erased = cases
        checks = self.outcome.checks
        with self._phase("service up, people read"):
            stands = asyncio.run(_stands(server))
            checks["every row of that moment, and no other"] = stands.counts == before.counts
            checks["the feed began an epoch"] = stands.epoch != before.epoch
            with serving(Stage(self._folder, server), self._names) as desk:
                checks["words open with the keys put back"] = all(desk.reads(case) for case in known)
                checks["nothing from after that moment"] = all(desk.status(case) == 404 for case in late)
                checks["who was erased since stays erased"] = desk.status(erased) == 410
        with self._phase("erasures applied again"):
            checks["their look-ups went again"] = asyncio.run(self._operators(server).reapply()) == 1
        with self._phase("audit exported, verified"):
            checks["the audit's tree verifies"] = asyncio.run(self._proven(server))

    async def _proven(self, server: Server) -> bool:
        await self._sign(server)
        file = self._folder / "audit.jsonl"
        async with as_owner(server.migration_url) as db:
            with file.open("w", encoding="utf-8") as exported:
                async for line in audit_lines(db):
                    exported.write(line)
        with file.open(encoding="utf-8") as lines:
            proven = prove(lines, (), load_keys(self._settings.keys, time.time()).heads)
        return proven.heads > 0 and proven.covered == proven.entries

    def _operators(self, server: Server) -> Operators:
        return Operators(server.migration_url, self._backup.data)

    @property
    def _settings(self) -> Settings:
        return Settings(data=self._backup.data)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        self._moved(name, 0, 1)
        begun = time.monotonic()
        yield
        self.outcome.phases[name] = time.monotonic() - begun
        self._moved(name, 1, 1)


async def _superuser(server: Server) -> asyncpg.Connection:
    return await asyncpg.connect(server.superuser_url.replace("+asyncpg", "").rsplit("/", 1)[0] + "/referral")


async def _stands(server: Server) -> _Before:
    """Counted in one snapshot; the moment lies after every transaction that it sees, and before any other."""
    tables = ("cases", "intakes", "intake_contents", "referrals", "case_parties", "case_sections", "case_lookups")
    counted = ", ".join(f"(select count(*) from {table}) as {table}" for table in (*tables, "data_keys"))  # noqa: S608
    connection = await _superuser(server)
    try:
        epoch = await connection.fetchval("select epoch from access.feed_mark()")
        row = await connection.fetchrow(f"select {counted}, clock_timestamp() as moment")
        counts = dict(row)
        return _Before(counts.pop("moment"), counts, str(epoch))
    finally:
        await connection.close()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
