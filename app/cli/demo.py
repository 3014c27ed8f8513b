"""`referral demo`: the whole service from one command, on a PostgreSQL of its own, with ten organisations to play.

It also decides how it ends: requests in flight first, then PostgreSQL, then exit code 0. While it runs it watches over
PostgreSQL and brings it back after a crash.
"""

import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from app import schema
from app.cli import logs
from app.cli.folder import claimed, remember_url
from app.cli.network import ForeignRegistryError, Member, seed
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import refuse, say
from app.cli.serve import MISCONFIGURED, UVICORN, prepare_keys
from app.cli.story import StoryError, tell
from app.cli.welcome import welcome
from app.client import ReferralError
from app.embedded import ensure
from app.postgres_programs import EmbeddedError
from app.settings import Settings

HOST = "127.0.0.1"
_WATCH_SECONDS = 0.5


@dataclass(frozen=True)
class _Database:
    """The two logins; `revive` brings an embedded server back when it is gone, and leaves any other to its operator."""

    api_url: str
    migration_url: str
    revive: Callable[[], object]


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Cổng; 0: bất kỳ · Port; 0: any")] = 8000,
    data: Data = DEFAULT_DATA,
    reset: Annotated[bool, typer.Option("--reset", help="Xóa dữ liệu cũ · Delete old data first")] = False,
    story: Annotated[bool, typer.Option("--story", help="Kể một hồ sơ từ đầu đến cuối · Tell the story")] = False,
    once: Annotated[bool, typer.Option("--once", help="Không phục vụ tiếp · Do not go on serving")] = False,
) -> None:
    """Chạy thử toàn bộ dịch vụ trên máy này · Run the whole service on this machine."""
    logs.configure(logging.WARNING)
    ending = _ending()
    given = _given(reset=reset)
    with claimed(data, reset=reset), _listening(port) as listener, given or _embedded(data) as database:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        network = _prepare(database, data, url)
        with _serving(_application(database, data, url), listener) as server:
            welcome(network, data, url)
            if story:
                _tell(data, url, once=once)
            while not once and server.is_alive() and not ending.wait(_WATCH_SECONDS):
                database.revive()


def _ending() -> threading.Event:
    """Set by the first signal to stop; what is being started then is started to the end, and stopped in order."""
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.set())
    return ending


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            refuse(f"Cổng {port} đã có chương trình khác dùng. · Port {port} is taken; try --port.", MISCONFIGURED)
        yield listener


def _given(*, reset: bool) -> AbstractContextManager[_Database] | None:
    """The servers that the environment names; their operator starts, stops and empties them."""
    given = Settings()
    if given.database_url is None and given.migration_database_url is None:
        return None
    if given.database_url is None or given.migration_database_url is None:
        refuse("DATABASE_URL, MIGRATION_DATABASE_URL: cả hai hoặc không. · Both or neither.", MISCONFIGURED)
    if reset:
        refuse(
            "--reset xóa khóa của dữ liệu trong DATABASE_URL. · It would delete the keys to its data.", MISCONFIGURED
        )
    return nullcontext(_Database(given.database_url, given.migration_database_url, lambda: None))


@contextmanager
def _embedded(data: Path) -> Iterator[_Database]:
    """The data folder's own server, stopped at the end."""
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(ensure, data)
        import_module("app.main")  # takes about as long as PostgreSQL takes to start
    try:
        server = starting.result()
    except EmbeddedError as error:
        refuse(str(error))

    def revive() -> None:
        if not server.is_alive():
            with suppress(EmbeddedError):  # it is tried again at once
                ensure(data)

    try:
        yield _Database(server.api_url, server.migration_url, revive)
    finally:
        server.stop()


def _prepare(database: _Database, data: Path, url: str) -> list[Member]:
    schema.upgrade(database.migration_url)
    prepare_keys(Settings(data=data))
    try:
        network = seed(database.migration_url, data)
    except ForeignRegistryError:
        refuse("Cơ sở dữ liệu này không dành để chạy thử. · That database is no place for a demo.", MISCONFIGURED)
    remember_url(data, url)
    return network


def _application(database: _Database, data: Path, url: str) -> FastAPI:
    from app.main import create_app

    return create_app(Settings(data=data, public_url=url), database.api_url)


@contextmanager
def _serving(app: FastAPI, listener: socket.socket) -> Iterator[threading.Thread]:
    """Serves in a thread, so that signals stay with the main one; on leaving, requests in flight are finished."""
    server = uvicorn.Server(uvicorn.Config(app, **UVICORN))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        yield thread
    finally:
        server.should_exit = True
        thread.join()


def _tell(data: Path, url: str, *, once: bool) -> None:
    try:
        tell(data, url, say)
    except (StoryError, ReferralError) as error:
        say(str(error), style="red")
        if once:
            raise typer.Exit(1) from error
