"""A demo whose processes are killed at any moment, and come back."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from app.cli.folder import url_of
from app.postgres_programs import process
from tests.running import ENVIRONMENT, ROOT, launch


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(run, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)


class Service:
    """A demo that is killed and started again on its port, and its PostgreSQL, which the demo itself brings back."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = "0"
        self.start()
        self.port = url_of(data).rsplit(":", 1)[1]

    def start(self) -> None:
        self.api = launch(self.data, "--port", self.port)
        assert self.api.stdout is not None
        said = []
        for line in self.api.stdout:
            said.append(line)
            if "Dừng · Stop" in line:
                break
        assert self.api.poll() is None, "".join(said)

    def kill_api(self) -> None:
        self.api.kill()
        self.api.wait()
        assert self.api.stdout is not None
        self.api.stdout.close()
        self.start()

    def kill_postgres(self) -> None:
        pid = self._postgres(but_not=None)
        os.kill(pid, signal.SIGKILL)
        self._postgres(but_not=pid)

    def _postgres(self, but_not: int | None) -> int:
        """The process of the cluster, waited for: the demo brings it back within a second or so."""
        deadline = time.monotonic() + 60
        while (pid := process(self.data / "postgres")) in (None, but_not):
            assert time.monotonic() < deadline, "PostgreSQL was not brought back"
            threading.Event().wait(0.05)
        assert pid is not None
        return pid

    def stop(self) -> None:
        self.api.terminate()
        self.api.communicate(timeout=60)
