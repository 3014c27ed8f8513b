"""The load generator of `benchmarks.overload`: a process of its own, told by JSON on stdin, answering with JSON.

`rate` 0 is a closed loop, one request in flight on each connection, which finds what the service can bear. Otherwise
requests are begun at that rate whatever becomes of them, on whichever connection is free; one that finds none is
counted as `unsent`, one whose connection ends before the answer as `dropped`. A submission is a template with a new id
in it: the generator shares the cores with what it loads.
"""

import asyncio
import json
import sys
from collections import deque
from dataclasses import asdict, dataclass, field
from itertools import cycle
from statistics import quantiles
from time import perf_counter, process_time
from typing import Any
from uuid import UUID, uuid4

import uvloop

from benchmarks.operations import OPERATIONS, World

TICK = 0.004
GRACE = 5.0
READS = 4
"""Statuses read for each intake submitted."""
_SLOW = 0.5
_ACCEPTED, _REFUSED = (b"200", b"201"), (b"503", b"429")
_ID = UUID(int=0x1234567812344678A234567812345678)


@dataclass
class Told:
    """Times in ms. `slow_until`: seconds into the run after which everything was accepted within half a second.
    `generator`: processors that the generator itself took, on average."""

    accepted: int = 0
    refused: int = 0
    other: int = 0
    unsent: int = 0
    dropped: int = 0
    seconds: float = 0
    accepted_p99: float = 0
    refused_p50: float = 0
    refused_p99: float = 0
    without_retry_after: int = 0
    slow_until: float = 0
    generator: float = 0
    statuses: dict[str, int] = field(default_factory=dict)


class Flood:
    """One run: what is sent, and what came back."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.port, self.rate, self.seconds = told["port"], told["rate"], told["seconds"]
        submit, read = (self._template(name, World(**told["worlds"][name])) for name in ("W1", "R1"))
        self._kinds = cycle([submit, *[read] * READS])
        self.free: deque[Client] = deque()
        self.told = Told()
        self.accepted: list[float] = []
        self.refused: list[float] = []
        self.statuses: dict[bytes, int] = {}
        self.began = perf_counter()

    def _template(self, name: str, world: World) -> list[bytes]:
        requests = OPERATIONS[name].requests(world)
        found = [next(requests) for _ in range(1 if name == "W1" else 500)]
        raw = [request.raw(self.port) for request in found]
        if name == "W1":
            mine = found[0].path.rsplit("/", 1)[1]
            raw = [raw[0].replace(mine.encode(), str(_ID).encode()).replace(mine[:8].encode(), _ID.hex[:8].encode())]
        return raw

    def next(self) -> bytes:
        kind = next(self._kinds)
        if len(kind) > 1:
            kind.append(kind.pop(0))
            return kind[0]
        fresh = uuid4()
        named = kind[0].replace(str(_ID).encode(), str(fresh).encode())
        return named.replace(_ID.hex[:8].encode(), fresh.hex[:8].encode())

    def answered(self, sent: float, answer: bytes) -> None:
        """One answer; its status line and header names are as this service writes them."""
        status, now = answer[9:12], perf_counter()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        took = now - sent
        if status in _ACCEPTED:
            self.accepted.append(took)
        elif status in _REFUSED:
            self.refused.append(took)
            self.told.without_retry_after += b"\r\nretry-after: " not in answer
        if status not in _ACCEPTED or took > _SLOW:
            self.told.slow_until = sent - self.began

    @property
    def over(self) -> bool:
        return bool(perf_counter() - self.began >= self.seconds)

    async def run(self, connections: int) -> Told:
        loop = asyncio.get_running_loop()
        clients = [
            (await loop.create_connection(lambda: Client(self), "127.0.0.1", self.port))[1] for _ in range(connections)
        ]
        self.began, self.worked, begun = perf_counter(), process_time(), 0
        self.free.extend(clients)
        while not self.over:
            due = int((perf_counter() - self.began) * self.rate) - begun if self.rate else len(self.free)
            sent = min(due, len(self.free))
            for _ in range(sent):
                client = self.free.popleft()
                if client.transport.is_closing():  # the service closes what was idle for long
                    client = (await loop.create_connection(lambda: Client(self), "127.0.0.1", self.port))[1]
                client.send(self.next())
            self.told.unsent += due - sent
            begun += due
            await asyncio.sleep(TICK)
        ended = perf_counter() - self.began
        until = perf_counter() + GRACE
        while len(self.free) < len(clients) and perf_counter() < until:
            await asyncio.sleep(0.05)
        return self._summed(ended)

    def _summed(self, seconds: float) -> Told:
        told = self.told
        told.seconds, told.generator = seconds, (process_time() - self.worked) / (perf_counter() - self.began)
        told.statuses = {status.decode(): count for status, count in self.statuses.items()}
        told.accepted, told.refused = len(self.accepted), len(self.refused)
        told.other = sum(told.statuses.values()) - told.accepted - told.refused
        accepted, refused = ([1e3 * cut for cut in _percentiles(took)] for took in (self.accepted, self.refused))
        told.accepted_p99, told.refused_p50, told.refused_p99 = accepted[98], refused[49], refused[98]
        return told


class Client(asyncio.Protocol):
    """A keep-alive connection; in a closed loop it sends again at once."""

    transport: asyncio.Transport

    def __init__(self, flood: Flood) -> None:
        self._flood, self._buffer, self._sent, self._waits = flood, b"", 0.0, False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self, request: bytes) -> None:
        self._sent, self._waits = perf_counter(), True
        self.transport.write(request)

    def connection_lost(self, _: Exception | None) -> None:
        if self._waits:
            self._waits = False
            self._flood.told.dropped += 1
            self._flood.free.append(self)

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        end, length = data.find(b"\r\n\r\n"), data.find(b"\r\ncontent-length: ")
        if end < 0 or len(data) < end + 4 + int(data[length + 18 : data.find(b"\r\n", length + 2)]):
            self._buffer = data
            return
        self._buffer, self._waits = b"", False
        flood = self._flood
        flood.answered(self._sent, data)
        if flood.rate or flood.over:
            flood.free.append(self)
        else:
            self.send(flood.next())


def _percentiles(took: list[float]) -> list[float]:
    return quantiles(took, n=100, method="inclusive") if len(took) > 1 else [0.0] * 99


if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps(asdict(uvloop.run(Flood(given).run(given["connections"])))))
