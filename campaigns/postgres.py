"""PostgreSQL killed: the whole server, or one backend while it commits; each by the number of its process."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from app.embedded import Server, ensure
from app.postgres_programs import EmbeddedError, process

COMMITTING = " COMMIT"
_GLANCE = 0.0003
_REVIVE_SECONDS = 180


def kill_server(server: Server) -> Server:
    """kill -9 of the postmaster; its backends end themselves when they notice. The server that is there afterwards."""
    cluster = server.data / "postgres"
    pid = process(cluster)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    while process(cluster) is not None:  # a moment in which it still counts as alive
        time.sleep(_GLANCE)
    return revived(server.data)


def revived(data: Path) -> Server:
    """The server of this folder, recovered; patiently, for a busy machine may take longer than `ensure` waits."""
    deadline = time.monotonic() + _REVIVE_SECONDS
    while True:
        try:
            return ensure(data)
        except EmbeddedError:
            if time.monotonic() > deadline:
                raise


def kill_in_commit(server: Server, seconds: float) -> bool:
    """kill -9 of one backend of the API while it commits, seen to: it is stopped first, and only one that is stopped
    within its COMMIT is killed, the others go on. PostgreSQL then ends every other backend and recovers. False when
    none was met in so many seconds."""
    postmaster = process(server.data / "postgres")
    deadline = time.monotonic() + seconds
    while postmaster is not None and time.monotonic() < deadline:
        for pid in _committing(postmaster):
            if _stopped_in_commit(pid):
                return True
        time.sleep(_GLANCE)
    return False


def _stopped_in_commit(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGSTOP)
        while _state(pid) not in "TZX":
            time.sleep(0)
        found = _says(pid).endswith(COMMITTING)
        os.kill(pid, signal.SIGKILL if found else signal.SIGCONT)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return found


def _committing(postmaster: int) -> Iterator[int]:
    """Backends whose title says so: PostgreSQL writes there what each of them does."""
    try:
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    except FileNotFoundError:
        return
    for child in map(int, children):
        if _says(child).endswith(COMMITTING):
            yield child


def _says(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode(errors="replace").rstrip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
