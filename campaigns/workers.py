"""API workers that can be killed: each a process of its own on a port of its own, as `referral serve` runs one.

They are forked from a server that has imported the application once (multiprocessing's forkserver), so that a worker is
there in tenths of a second: a campaign starts hundreds. What runs in it is what `serve` runs, with its settings.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvicorn

import app.main  # noqa: F401 - imported once, by the server that workers are forked from
from app.cli.serve import UVICORN
from campaigns.history import History

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["campaigns.workers"])
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Start:
    """How workers are started. `step`: seconds by which the worker's `time.time` is ahead of this machine's."""

    environment: Mapping[str, str]
    log: Path
    step: float = 0.0


@dataclass
class Worker:
    process: BaseProcess
    port: int
    born: float = field(default_factory=time.monotonic)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process.pid is not None  # noqa: S101 - it was started
        return self.process.pid

    async def ready(self) -> None:
        """Until it takes connections; `RuntimeError` when it does not come up."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.is_alive():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            await asyncio.sleep(0.02)
        raise RuntimeError("a worker did not come up")

    async def ended(self) -> int:
        """Its exit code, once it is gone."""
        while self.process.is_alive():
            await asyncio.sleep(0.01)
        return self.process.exitcode if self.process.exitcode is not None else -1

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


def start(how: Start) -> Worker:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = _CONTEXT.Process(target=_serve, args=(how, port), daemon=True)
    process.start()
    return Worker(process, port)


def _serve(how: Start, port: int) -> None:
    log = os.open(how.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(how.environment)
    if how.step:
        real = time.time
        time.time = lambda: real() + how.step
    uvicorn.run("app.cli.serve:application", factory=True, host="127.0.0.1", port=port, **UVICORN)


class Fleet:
    """Workers that take requests, and spare ones that wait to take the place of one that ends."""

    def __init__(self, how: Start, history: History, spares: int = 2) -> None:
        self.how = how
        self._history = history
        self._wanted = spares
        self.serving: list[Worker] = []
        self._spares: asyncio.Queue[Worker] = asyncio.Queue()
        self._starting: set[asyncio.Task[None]] = set()

    @property
    def urls(self) -> list[str]:
        return [worker.url for worker in self.serving]

    async def open(self, number: int) -> None:
        for _ in range(number + self._wanted):
            self._prepare()
        for _ in range(number):
            self.serving.append(await self._spares.get())

    def _prepare(self) -> None:
        task = asyncio.create_task(self._started())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _started(self) -> None:
        worker = await asyncio.to_thread(start, self.how)
        await worker.ready()
        await self._spares.put(worker)

    async def replace(self, worker: Worker) -> None:
        """A spare takes this one's place, whose requests may still run."""
        self.serving[self.serving.index(worker)] = await self._spares.get()
        self._prepare()

    async def close(self) -> None:
        await asyncio.gather(*self._starting, return_exceptions=True)
        workers = [*self.serving, *(self._spares.get_nowait() for _ in range(self._spares.qsize()))]
        self.serving.clear()
        for worker in workers:
            worker.signal(signal.SIGTERM)
        for worker in workers:
            self._history.note("fault", kind="ended", at=worker.url, code=await worker.ended())
