"""API workers that can be killed: each a process of its own on a port of its own, as `referral serve` runs one.

They are forked from a server that has imported the application and built it once (multiprocessing's forkserver), so
that a worker is there in tenths of a second: a campaign starts hundreds. What runs in it is what `serve` runs.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx
import uvicorn

from app.cli.serve import UVICORN, application

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["campaigns.prebuilt"])
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Start:
    """How workers are started. `step`: seconds by which the worker's `time.time` is ahead of this machine's.
    `prebuilt`: with the environment that `prepared` was given, and the application built in it."""

    environment: Mapping[str, str]
    log: Path
    step: float = 0.0
    prebuilt: bool = False


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

    async def asked(self) -> None:
        """Until it has answered that it lives."""
        async with httpx.AsyncClient(trust_env=False, timeout=_START_SECONDS) as http:
            (await http.get(f"{self.url}/healthz")).raise_for_status()

    async def ended(self) -> int:
        """Its exit code, once it is gone."""
        while self.process.is_alive():
            await asyncio.sleep(0.01)
        return self.process.exitcode if self.process.exitcode is not None else -1

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


def _end_with_parent(parent: int) -> None:
    """A campaign that was killed itself leaves no worker behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def prepare(environment: Mapping[str, str]) -> None:
    """Starts the server that workers are forked from, in this environment and no other of the service's variables."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("REFERRAL_"):
            del os.environ[name]
    os.environ.update(environment)
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


def start(how: Start) -> Worker:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = _CONTEXT.Process(target=_serve, args=(how, port), daemon=True)
    process.start()
    return Worker(process, port)


def _serve(how: Start, port: int) -> None:
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    log = os.open(how.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(how.environment)
    if how.step:
        real = time.time
        time.time = lambda: real() + how.step
    from campaigns.prebuilt import APPLICATION  # where this process was forked from, it is there already

    served = APPLICATION if how.prebuilt else None
    uvicorn.run(served or application(), host="127.0.0.1", port=port, **UVICORN)
