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
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import uvloop

from benchmarks.operations import OPERATIONS, World

TICK = 0.004
GRACE = 5.0
READS = 4
"""Statuses read for each intake submitted."""
_ID = UUID(int=0x1234567812344678A234567812345678)


@dataclass
class Told:
    """Times in ms. `slow_until`: seconds into the run after which everything was accepted within half a second."""

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
    statuses: dict[str, int] = field(default_factory=dict)


class Flood:
    """One run: what is sent, and what came back."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.port, self.rate, self.seconds = told["port"], told["rate"], told["seconds"]
        submit, read = (self._template(name, World(**told["worlds"][name])) for name in ("W1", "R1"))
        self._kinds = cycle([submit, *[read] * READS])
        self.free: deque[Client] = deque()
        self.told = Told()
        self.took: dict[bool, list[float]] = {True: [], False: []}
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
        status, now = answer[9:12].decode(), perf_counter()
        accepted, refused = status in ("200", "201"), status in ("503", "429")
        told = self.told
        told.accepted += accepted
        told.refused += refused
        told.other += not (accepted or refused)
        told.statuses[status] = told.statuses.get(status, 0) + 1
        told.without_retry_after += refused and b"retry-after: " not in answer.partition(b"\r\n\r\n")[0].lower()
        if accepted or refused:
            self.took[accepted].append(now - sent)
        if not accepted or now - sent > 0.5:
            told.slow_until = sent - self.began

    @property
    def over(self) -> bool:
        return bool(perf_counter() - self.began >= self.seconds)

    async def run(self, connections: int) -> Told:
        loop = asyncio.get_running_loop()
        clients = [
            (await loop.create_connection(lambda: Client(self), "127.0.0.1", self.port))[1] for _ in range(connections)
        ]
        self.began, begun = perf_counter(), 0
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
        told.seconds = seconds
        cuts = {kind: [1e3 * cut for cut in _percentiles(took)] for kind, took in self.took.items()}
        told.accepted_p99, told.refused_p50, told.refused_p99 = cuts[True][98], cuts[False][49], cuts[False][98]
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
        self._buffer += data
        head, end, _ = self._buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0] or 0)
        if not end or len(self._buffer) < len(head) + 4 + length:
            return
        answer, self._buffer, self._waits = self._buffer, b"", False
        self._flood.answered(self._sent, answer)
        if self._flood.rate or self._flood.over:
            self._flood.free.append(self)
        else:
            self.send(self._flood.next())


def _percentiles(took: list[float]) -> list[float]:
    return quantiles(took, n=100, method="inclusive") if len(took) > 1 else [0.0] * 99


if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps(asdict(uvloop.run(Flood(given).run(given["connections"])))))
