"""HAProxy with `deploy/front.cfg` before API processes on loopback; ended by its process id."""

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from campaigns.cluster import DEPLOY, HOST, ClusterError, free_ports, path_of

_START_SECONDS = 30.0


@dataclass(frozen=True)
class Front:
    """`metrics`: the port on which it tells of itself."""

    port: int
    metrics: int
    pid: int


def command() -> list[str] | None:
    """How it is started; None where HAProxy is not on this machine."""
    path = path_of("haproxy")
    return (path and [path, "-db", "-f", str(DEPLOY / "front.cfg")]) or None


@contextmanager
def fronted(workers: Sequence[int], log: Path, **settings: object) -> Iterator[Front]:
    """Before one or two workers on these ports; `settings` by the names that the file gives them, `places=2`."""
    found = command()
    if found is None:
        raise ClusterError("haproxy is missing (Debian: haproxy)")
    port, metrics = free_ports(2)
    environment = {"LISTEN": f"{HOST}:{port}", "METRICS": f"{HOST}:{metrics}"}
    environment |= {name.upper(): str(value) for name, value in settings.items()}
    environment |= {f"API{number}": f"{HOST}:{worker}" for number, worker in enumerate(workers, 1)}
    with log.open("ab") as said, subprocess.Popen(found, env=environment, stdout=said, stderr=said) as process:
        try:
            _await(process, port, log)
            yield Front(port, metrics, process.pid)
        finally:
            process.kill()


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Until it takes connections; its own exit is waited for meanwhile."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            break
    raise ClusterError(log.read_text("utf-8"))
