"""The workers of a campaign: some that take requests, some spare, and relays that take none.

An API worker that ends is replaced by a spare one at once, as behind a load balancer; all ends are noted in the log.
"""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from campaigns.history import History
from campaigns.workers import Start, Worker, start


class Fleet:
    def __init__(self, how: Start, relay: Start, history: History) -> None:
        self._how, self._relay, self._history = how, relay, history
        self.serving: list[Worker] = []
        self.relays: list[Worker] = []
        self._spares: asyncio.Queue[Worker] = asyncio.Queue()
        self._starting: set[asyncio.Task[None]] = set()

    @property
    def urls(self) -> list[str]:
        return [worker.url for worker in self.serving]

    async def open(self, serving: int, spares: int, relays: int) -> None:
        for _ in range(serving + spares):
            self._prepare()
        self.relays = await asyncio.gather(*(self._started(self._relay) for _ in range(relays)))
        for _ in range(serving):
            self.serving.append(await self._spares.get())

    async def _started(self, how: Start) -> Worker:
        worker = await asyncio.to_thread(start, how)
        await worker.ready()
        return worker

    def _prepare(self) -> None:
        async def spare() -> None:
            await self._spares.put(await self._started(self._how))

        task = asyncio.create_task(spare())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def kill(self, chance: random.Random) -> None:
        """kill -9 of a worker that takes requests."""
        worker = await self._out(chance)
        worker.signal(signal.SIGKILL)
        self._history.note("fault", kind="api", at=worker.url)
        await worker.ended()

    async def restart(self, chance: random.Random) -> None:
        """One worker asked to stop while it works, as in a rolling restart; it may finish what it has begun."""
        worker = await self._out(chance)
        await self._stop(worker, "restart")

    async def kill_relay(self, chance: random.Random) -> None:
        """kill -9 of a relay, and another in its place."""
        place = chance.randrange(len(self.relays))
        self.relays[place].signal(signal.SIGKILL)
        self._history.note("fault", kind="relay", at=self.relays[place].url)
        await self.relays[place].ended()
        self.relays[place] = await self._started(self._relay)

    async def _out(self, chance: random.Random) -> Worker:
        """One that takes requests, which a spare one now takes in its place."""
        spare = await self._spares.get()
        self._prepare()
        place = chance.randrange(len(self.serving))
        worker, self.serving[place] = self.serving[place], spare
        return worker

    async def _stop(self, worker: Worker, kind: str = "stop") -> None:
        """`read`: what had been sent by then was read before the signal, since a later question has been answered."""
        read = time.monotonic_ns()
        await worker.asked()
        self._history.note("fault", kind=kind, at=worker.url, read=read)
        worker.signal(signal.SIGTERM)
        self._history.note("fault", kind="ended", at=worker.url, code=await worker.ended())

    @asynccontextmanager
    async def visited(self, how: Start) -> AsyncIterator[Worker]:
        """One more worker, of another kind, that takes requests meanwhile."""
        guest = await self._started(how)
        self.serving.append(guest)
        try:
            yield guest
        finally:
            self.serving.remove(guest)
            await self._stop(guest)

    async def close(self) -> None:
        await asyncio.gather(*self._starting, return_exceptions=True)
        spares = [self._spares.get_nowait() for _ in range(self._spares.qsize())]
        ending = [*self.serving, *self.relays, *spares]
        self.serving.clear()
        await asyncio.gather(*(self._stop(worker) for worker in ending))
