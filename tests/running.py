"""A demo in a process of its own, on a free port and in a folder of its own, as a visitor would start it."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in ("DATABASE_URL", "MIGRATION_DATABASE_URL") and not name.startswith("REFERRAL_")
}


@dataclass
class Demo:
    """`said` is what it printed up to the line that says how to stop it."""

    process: subprocess.Popen[str]
    data: Path
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return next(line.rsplit(" ", 1)[1] for line in self.said if "Serving: " in line)

    def listen(self, until: str) -> None:
        """Reads on to the line that says so. Killed when it falls silent for two minutes, so that a test fails and does
        not wait; never later, since a demo killed then would leave its PostgreSQL behind."""
        assert self.process.stdout is not None
        watch = threading.Timer(120, self.process.kill)
        watch.start()
        try:
            for line in self.process.stdout:
                self.said.append(line.rstrip("\n"))
                if until in line:
                    return
        finally:
            watch.cancel()
        raise AssertionError("\n".join(self.said))

    def stop(self) -> int:
        """Its exit code after a polite request; what it still says is read, or a full pipe would hold it up."""
        self.process.terminate()
        self.said += self.process.communicate(timeout=60)[0].splitlines()
        return self.process.returncode


def launch(data: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "app", "demo", "--data", str(data), "--port", "0", *options]
    return subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@contextmanager
def running(data: Path, *options: str) -> Iterator[Demo]:
    """A demo that serves; stopped at the end, if the test did not do so."""
    with launch(data, *options) as process:
        demo = Demo(process, data)
        try:
            demo.listen("Dừng · Stop")
            yield demo
        finally:
            if process.poll() is None:
                demo.stop()


def eventually(url: str, status: int) -> httpx.Response:
    """Asks until the service answers so, for at most three minutes: where many tests run, a start takes one."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            reply = httpx.get(url, timeout=10)
        except httpx.TransportError:
            continue
        if reply.status_code == status:
            return reply
    raise AssertionError(f"{url} never answered {status}")


@dataclass
class Worker:
    """`referral serve` in a process of its own; `log` is what it writes to stderr."""

    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    url: str = ""

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
        with self.log.open("ab") as stderr:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**ENVIRONMENT, **self.environment}, stdout=subprocess.DEVNULL, stderr=stderr
            )
        self.url = f"http://127.0.0.1:{port}"

    def ready(self) -> None:
        eventually(f"{self.url}/readyz", 200)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(60)
            self.process = None
