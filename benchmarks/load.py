"""The load generator: keep-alive connections on loopback, one request in flight on each, bounded in count and time.

A process of its own (`python -m benchmarks.load`), told by one JSON object on stdin and answering with one on stdout.
Raw HTTP/1.1, because a client library costs more processor time than the server it is to measure.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import uvloop

from benchmarks.operations import OPERATIONS, SEARCHES, SECTIONED, World

WARM_UP = 0.2
"""Share of the time that is not measured: connections, caches and statements are made in it."""
FEWEST = 20
"""Answers without which a run goes on past its time: on a busy machine a short one would measure nothing."""
GRACE_SECONDS = 30
MOST_PROVEN = 1000
"""Requests a second of the run for which proofs are made; a faster service would end the run early."""


@dataclass(frozen=True)
class Figures:
    """Of one run. Times in ms; `cpu` is processor time of the server's processes together a request, `database` of
    PostgreSQL's."""

    rate: float
    p50: float
    p95: float
    p99: float
    cpu: float
    database: float = 0


class Run:
    """What all connections share: the requests still to send, and what was measured."""

    def __init__(
        self, requests: Iterator[bytes], status: int, seconds: float, pid: int, postmaster: int | None = None
    ) -> None:
        self._requests = requests
        self._status = b" %d " % status
        self._pid = pid
        self._postmaster = postmaster
        self._database_began = 0.0
        self.latencies: list[float] = []
        self.warm = perf_counter() + seconds * WARM_UP
        self._until = self.warm + seconds
        self._began = 0.0
        self._ended = 0.0
        self._cpu_began = 0.0
        self._cpu_ended = 0.0
        self.refused = ""

    def next(self) -> bytes | None:
        if self.refused or (perf_counter() >= self._until and len(self.latencies) >= FEWEST):
            return None
        return next(self._requests, None)

    def answered(self, sent: float, head: bytes) -> None:
        if self._status not in head[:16]:
            self.refused = head.decode("latin-1")
        now = perf_counter()
        if sent < self.warm:
            return
        if not self.latencies:
            self._began, self._cpu_began = sent, family_seconds(self._pid)
            self._database_began = family_seconds(self._postmaster)
        self.latencies.append(now - sent)
        self._ended = now

    def figures(self) -> Figures:
        if self.refused or len(self.latencies) < 2:
            raise RuntimeError(f"no answers to measure, or a wrong one: {self.refused[:300]}")
        cpu = family_seconds(self._pid) - self._cpu_began
        database = family_seconds(self._postmaster) - self._database_began
        count = len(self.latencies)
        cuts = quantiles(self.latencies, n=100, method="inclusive")
        rate, each = count / (self._ended - self._began), 1e3 / count
        return Figures(rate, 1e3 * cuts[49], 1e3 * cuts[94], 1e3 * cuts[98], each * cpu, each * database)


class Connection(asyncio.Protocol):
    """One keep-alive connection; `closed` is done when the run is over for it."""

    transport: asyncio.Transport

    def __init__(self, run: Run) -> None:
        self._run = run
        self._buffer = b""
        self._sent = 0.0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._send()

    def _send(self) -> None:
        request = self._run.next()
        if request is None:
            self.transport.close()
            return
        self._sent = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        _, _, length = head.partition(b"content-length: ")
        if len(self._buffer) < end + 4 + int(length.split(b"\r\n", 1)[0] or 0):
            return
        answer, self._buffer = self._buffer, b""
        self._run.answered(self._sent, answer)
        self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        self.closed.set_result(None)


def family_seconds(parent: int | None) -> float:
    """Processor time of a process and of its children, living and ended, the kernel's for them too; 0 for none."""
    if parent is None:
        return 0.0
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = stat.read_text().partition(" ")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        fields = rest.rpartition(")")[2].split()
        if int(pid) == parent:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == parent:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


async def drive(told: dict[str, Any]) -> Figures:
    operation = {**OPERATIONS, **SEARCHES, "C1": SECTIONED}[told["operation"]]
    world = World(**told["world"])
    requests: Iterator[bytes] = (request.raw(told["port"]) for request in world.proven(operation.requests(world)))
    if world.key:  # proofs are made beforehand: they are the client's cost, and good for a minute
        requests = iter(list(islice(requests, int(MOST_PROVEN * told["seconds"]))))
    run = Run(requests, operation.status, told["seconds"], told["pid"], told.get("postmaster"))
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Connection(run), "127.0.0.1", told["port"]) for _ in range(told["clients"])
    ]
    closed = [connection.closed for _, connection in opened]
    await asyncio.wait_for(asyncio.gather(*closed), told["seconds"] * (1 + WARM_UP) + GRACE_SECONDS)
    return run.figures()


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(drive(json.load(sys.stdin))))))
