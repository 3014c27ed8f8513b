"""`referral serve` as shipped, in a process of its own, and a client that speaks to it in bytes."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.embedded import Server
from tests.running import ENVIRONMENT, ROOT


@dataclass(frozen=True)
class Served:
    """A worker on its port, and the file that all it says goes to."""

    port: int
    log: Path
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


@contextmanager
def served(server: Server, data: Path, log: Path, *, named: bool = False, **settings: object) -> Iterator[Served]:
    """Serves over the tests' database; `settings` by their names, `client_rate=5`. `named`: its public address is the
    one it has here, instead of the default."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    chosen = {f"REFERRAL_{name.upper()}": str(value) for name, value in settings.items()}
    if named:
        chosen["REFERRAL_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    environment = {**ENVIRONMENT, "DATABASE_URL": server.api_url, "REFERRAL_DATA": str(data), **chosen}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    with (
        log.open("w") as said,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said) as process,
    ):
        try:
            service = Served(port, log, process.pid)
            _await(process, service)
            yield service
        finally:
            process.terminate()
            process.wait(timeout=60)


def _await(process: subprocess.Popen[bytes], service: Served) -> None:
    """Until it takes connections; its own exit is waited for meanwhile, which costs the starting process nothing."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        with suppress(OSError), service.connect():
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
            break
    raise AssertionError(service.log.read_text("utf-8"))


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def read_reply(connection: socket.socket) -> Reply | None:
    """The next answer on this connection; None when it ends first. Reads not a byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return None
        head += byte
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = b""
    while missing := int(headers.get("content-length", "0")) - len(body):
        body += connection.recv(missing)
    return Reply(int(first.split(" ")[1]), headers, body)


def ends(connection: socket.socket) -> bool:
    """Whether the server ends this connection without another byte."""
    connection.settimeout(5)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def timed(connection: socket.socket, sent: bytes) -> tuple[Reply | None, float]:
    """The answer to these bytes, and after how many milliseconds its last byte was read."""
    started = time.perf_counter()
    connection.sendall(sent)
    reply = read_reply(connection)
    return reply, (time.perf_counter() - started) * 1000
