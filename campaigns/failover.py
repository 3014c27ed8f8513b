"""`./referral campaign failover`: nodes die, fall silent and change places under load; what that cost, counted.

Two API processes serve throughout and are never restarted; they reach the primary through HAProxy alone. An outage is
the longest stretch between two acknowledged writes, or two answered reads, around the fault.
"""

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from app.embedded import prepare
from campaigns import clients, stored
from campaigns.checks import Verdict, decide
from campaigns.cluster import Cluster, Node
from campaigns.history import History
from campaigns.load import Client, Load, Tokens
from campaigns.stage import ISSUER, Stage, claim, furnish, readable
from campaigns.workers import Start, Worker, start

PROCESSES = 2
WARM_SECONDS = 4.0
_CALM = 20
"""Writes acknowledged one after the other, and none of them late, after which the service is taken to be back."""
_LATE_SECONDS = 1.5
_RECOVER_SECONDS = 90.0
_FEED = "feed whole, once, in order"

Break = Callable[[Cluster, Node], None]


def _kill_server(_: Cluster, leader: Node) -> None:
    leader.signal(signal.SIGKILL, "postgres")


def _kill_patroni(_: Cluster, leader: Node) -> None:
    leader.signal(signal.SIGKILL, "patroni")


def _lose_node(_: Cluster, leader: Node) -> None:
    leader.signal(signal.SIGKILL, "patroni", "postgres", "etcd")


def _freeze_node(_: Cluster, leader: Node) -> None:
    leader.signal(signal.SIGSTOP, "patroni", "postgres", "etcd")


def _lose_standby(cluster: Cluster, _: Node) -> None:
    (name,) = [member["name"] for member in cluster.members() if member["role"] == "sync_standby"]
    cluster.nodes[name].signal(signal.SIGKILL, "patroni", "postgres", "etcd")


def _switch_over(cluster: Cluster, _: Node) -> None:
    cluster.switch_over()


FAULTS: Mapping[str, tuple[Break, float]] = {
    "primary killed": (_kill_server, 10.0),
    "patroni killed": (_kill_patroni, 30.0),
    "node lost": (_lose_node, 30.0),
    "node silent": (_freeze_node, 30.0),
    "standby lost": (_lose_standby, 30.0),
    "switch-over": (_switch_over, 10.0),
}
"""What is done to the leader's node, and for how many seconds at most no write may be acknowledged."""


@dataclass(frozen=True)
class Figure:
    """Of one fault; seconds."""

    run: int
    fault: str
    leader: str
    successor: str
    write_outage: float
    read_outage: float
    allowed: float
    answers: Mapping[str, int]

    @property
    def holds(self) -> bool:
        return self.write_outage <= self.allowed and not any(status.startswith("500") for status in self.answers)


@dataclass
class Result:
    """`lost`: writes that were acknowledged and are not there. `ended_early`: API processes that did not last."""

    seed: int
    figures: list[Figure] = field(default_factory=list)
    acknowledged: int = 0
    lost: int = 0
    ended_early: int = 0
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        whole = not self.ended_early and not any(verdict.faults for verdict in self.verdicts)
        return whole and all(figure.holds for figure in self.figures)


class Pulse(History):
    """The log, and when something was acknowledged last."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.writes: list[float] = []
        self.reads: list[float] = []
        self.statuses: Counter[str] = Counter()

    def note(self, event: str, **facts: Any) -> int:
        if event == "ok" and not str(facts["op"]).startswith("look"):
            self.writes.append(time.monotonic())
        if event == "unknown":
            self.statuses[str(facts.get("status") or facts.get("why"))] += 1
        return super().note(event, **facts)


def run(folder: Path, number: int, seed: int, faults: Sequence[str], moved: Callable[[str], None]) -> Result:
    """One run in a folder of its own: the cluster is made, broken by each fault in turn, and ended again."""
    claim(folder)
    cluster = Cluster(folder)
    try:
        moved("cluster")
        cluster.start()
        return asyncio.run(_Run(folder, cluster, number, seed, moved).play(faults))
    finally:
        cluster.stop()


class _Run:
    def __init__(self, folder: Path, cluster: Cluster, number: int, seed: int, moved: Callable[[str], None]) -> None:
        self._folder, self._cluster, self._number = folder, cluster, number
        self._stage = Stage(folder, cluster.server)
        self._pulse = Pulse(folder)
        self._moved = moved
        self._result = Result(seed)
        self._tasks: list[asyncio.Task[None]] = []

    async def play(self, faults: Sequence[str]) -> Result:
        await prepare(self._cluster.server)
        await asyncio.to_thread(furnish, self._cluster.server, self._stage.data)
        self._pulse.note("about", seed=self._result.seed, faults=list(faults))
        how = Start(self._stage.environment(relay=True), self._folder / "api.log")
        workers = [await asyncio.to_thread(start, how) for _ in range(PROCESSES)]
        try:
            for worker in workers:
                await worker.ready()
            urls = [worker.url for worker in workers]
            load = Load(lambda: urls, self._pulse, Tokens(self._stage.keys, ISSUER), self._result.seed)
            await self._under_load(load, faults)
            await readable(self._stage)
        finally:
            for task in self._tasks:
                task.cancel()
            await self._end(workers)
        return await self._decided()

    async def _end(self, workers: Sequence[Worker]) -> None:
        """Those that served from the first fault to the last; one that is gone already served no longer."""
        self._result.ended_early = sum(not worker.process.is_alive() for worker in workers)
        for worker in workers:
            worker.process.terminate()
            await worker.ended()

    async def _under_load(self, load: Load, faults: Sequence[str]) -> None:
        wanted = [clients.submit(load, each, batches=0.02) for each in range(3)]
        wanted.append(clients.refer(load, 0, self._stage.organisations))
        self._tasks = [asyncio.create_task(each) for each in (*wanted, self._read(load))]
        await self._calm(time.monotonic())
        for fault in faults:
            self._moved(fault)
            await asyncio.sleep(WARM_SECONDS)
            await self._break(fault)
        load.end()
        await asyncio.gather(*self._tasks)
        self._result.acknowledged = len(self._pulse.writes)

    async def _break(self, fault: str) -> None:
        breaks, allowed = FAULTS[fault]
        leader = await asyncio.to_thread(self._cluster.leader)
        assert leader is not None  # noqa: S101 - the cluster is whole
        self._pulse.statuses.clear()
        self._pulse.note("fault", kind=fault, at=leader.name)
        begun = time.monotonic()
        await asyncio.to_thread(breaks, self._cluster, leader)
        await self._calm(begun + 1)
        successor = await asyncio.to_thread(self._cluster.leader)
        figure = Figure(
            self._number,
            fault,
            leader.name,
            successor.name if successor else "?",
            _outage(self._pulse.writes, begun),
            _outage(self._pulse.reads, begun),
            allowed,
            dict(self._pulse.statuses),
        )
        self._result.figures.append(figure)
        for node in self._cluster.nodes.values():
            await asyncio.to_thread(self._cluster.revive, node)
        await asyncio.to_thread(self._cluster.until_whole)

    async def _calm(self, since: float) -> None:
        """Until writes flow again, all of them begun after that moment."""
        async with asyncio.timeout(_RECOVER_SECONDS):
            while True:
                last = [at for at in self._pulse.writes[-_CALM:] if at > since]
                if len(last) == _CALM and _outage(last, last[0]) < _LATE_SECONDS and _is_fresh(last[-1]):
                    return
                await asyncio.sleep(0.1)

    async def _read(self, load: Load) -> None:
        """A list of one's own, again and again: reads go to the primary too."""
        client = Client(load, clients.SENDERS[0], load.chance("reads"))
        while not load.ending.is_set():
            if await client.get("/v1/intakes?limit=1"):
                self._pulse.reads.append(time.monotonic())
            await asyncio.sleep(0.1)
        await client.close()

    async def _decided(self) -> Result:
        await stored.keep(self._stage.server, self._stage.data / "keys", self._folder)
        self._pulse.close()
        # The feed begins a new epoch at each fail-over and tells some events again; its own campaign counts it.
        self._result.verdicts = [verdict for verdict in decide(self._folder).verdicts if verdict.name != _FEED]
        (stood,) = [verdict for verdict in self._result.verdicts if verdict.name == "acknowledged is stored"]
        self._result.lost = len(stood.faults)
        with suppress(OSError):
            (self._folder / "figures.json").write_text(json.dumps([asdict(each) for each in self._result.figures]))
        return self._result


def _is_fresh(at: float) -> bool:
    return time.monotonic() - at < _LATE_SECONDS


def _outage(times: Sequence[float], begun: float) -> float:
    """The longest stretch without one, from just before that moment on."""
    before = [at for at in times if at <= begun][-1:]
    return max((b - a for a, b in pairwise([*before, *(at for at in times if at > begun)])), default=0.0)
