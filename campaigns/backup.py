"""A base backup, the archived log and the keys, each in a place of its own; and back to a moment from the three.

The same steps as docs/backup.md, on the private PostgreSQL of a campaign.
"""

import asyncio
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from app.embedded import Server, ensure
from app.postgres_programs import NOBODY, EmbeddedError, find, pg_ctl, unprivileged

_ARCHIVE_SECONDS = 300.0
_REPLAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Backup:
    """`data`: the server's folder. `place`: where everything that must survive it lies."""

    data: Path
    place: Path

    @property
    def cluster(self) -> Path:
        return self.data / "postgres"

    @property
    def base(self) -> Path:
        return self.place / "base"

    @property
    def archive(self) -> Path:
        return self.place / "archive"

    @property
    def keys(self) -> Path:
        return self.place / "keys"

    def begin_archiving(self) -> Server:
        """Starts the server, making it if need be, so that every finished piece of log is copied away."""
        for folder in (self.place, self.archive):
            folder.mkdir(mode=0o700)
            _give(folder)
        server = ensure(self.data)
        pg_ctl("stop", self.cluster, "-w", "-m", "fast").check_returncode()
        there = f"{self.archive}/%f"  # by another name until it is whole
        command = f"test ! -f '{there}' && cp %p '{there}.part' && mv '{there}.part' '{there}'"
        self._set(archive_mode="on", archive_command=command, archive_timeout="60", log_min_messages="warning")
        return ensure(server.data)

    def copy_base(self, server: Server) -> None:
        """By pg_basebackup, while the server works on."""
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres"}
        login |= {"PGPASSWORD": server.passwords["postgres"], "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        self.base.mkdir(mode=0o700)
        _give(self.base)
        prefix, identity = unprivileged()
        program = find(self.cluster)[0] / "pg_basebackup"
        command = [
            *prefix,
            str(program),
            "-D",
            str(self.base),
            "--checkpoint=fast",
            "--wal-method=stream",
            "--no-password",
        ]
        _ran(subprocess.run(command, env=login, capture_output=True, text=True, check=False, cwd="/", **identity))

    def copy_keys(self) -> None:
        """As often as a key is made or destroyed, and never beside the database."""
        shutil.copytree(self.data / "keys", self.keys, dirs_exist_ok=True)

    def lose_everything(self) -> None:
        """Database and keys are gone."""
        shutil.rmtree(self.cluster)
        shutil.rmtree(self.data / "keys")

    def put_back(self) -> None:
        """Files only; nothing is started."""
        shutil.copytree(self.base, self.cluster, symlinks=True)
        self.cluster.chmod(0o700)
        if unprivileged()[1]:
            for path in (self.cluster, *self.cluster.rglob("*")):
                _give(path)
        shutil.copytree(self.keys, self.data / "keys")

    def replay(self, server: Server, moment: datetime) -> None:
        """The log of the archive up to that moment, then on a timeline of its own; nobody is let in before."""
        target = {"recovery_target_time": moment.isoformat(), "recovery_target_action": "promote"}
        self._set(restore_command=f"cp '{self.archive}/%f' %p", **target)
        signal_file = self.cluster / "recovery.signal"
        signal_file.touch()
        _give(signal_file)
        how = f"-h 127.0.0.1 -p {server.port} -k '' -c hot_standby=off"
        log = self.cluster / "server.log"
        _ran(pg_ctl("start", self.cluster, "-w", "-t", str(_REPLAY_SECONDS), "-l", log, "-o", how))

    def _set(self, **settings: str) -> None:
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
        with (self.cluster / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.writelines(lines)


async def let_in(superuser_url: str) -> None:
    """Waits for the end of the replay: until then PostgreSQL turns everybody away."""
    deadline = time.monotonic() + _REPLAY_SECONDS
    while True:
        try:
            connection = await asyncpg.connect(superuser_url.replace("+asyncpg", ""))
            await connection.close()
            return
        except asyncpg.CannotConnectNowError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


async def archived(superuser_url: str) -> None:
    """Waits until all that is committed now has left for the archive."""
    connection = await asyncpg.connect(superuser_url.replace("+asyncpg", ""))
    try:
        name = await connection.fetchval("select pg_walfile_name(pg_switch_wal())")
        deadline = time.monotonic() + _ARCHIVE_SECONDS
        while (await connection.fetchval("select last_archived_wal from pg_stat_archiver") or "") < name:
            if time.monotonic() > deadline:
                raise EmbeddedError("archive_command")
            await connection.execute("select pg_sleep(0.1)")
    finally:
        await connection.close()


def _give(path: Path) -> None:
    """To whoever PostgreSQL runs as."""
    if unprivileged()[1]:
        os.chown(path, NOBODY, NOBODY)


def _ran(process: subprocess.CompletedProcess[str]) -> None:
    if process.returncode:
        raise EmbeddedError(process.stderr.strip() or process.stdout.strip())
