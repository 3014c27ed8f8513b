"""The service the clients walk in: a PostgreSQL of its own, the application under its real role, real commits."""

import asyncio
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
import uvloop
from fastapi import FastAPI

from app.auth.key_folder import ensure_keys
from app.embedded import Server, ensure
from app.keyring import Keyring
from app.main import create_app
from app.schema import upgrade
from app.settings import Settings
from tests.personas import ISSUER, Clients, register

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    sent: str

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if self.status >= 400 else ""

    @property
    def asked(self) -> str:
        """Method and path without ids."""
        method, path = self.sent.split(" ")[:2]
        return f"{method} {'/'.join(part for part in path.split('/')[2:] if part.count('-') != 4)}"

    @property
    def etag(self) -> str:
        return str(self.body["etag"])


class World:
    """The application and its clients on a loop of their own.

    `granted` and `refused` count the moves by what was asked, `requests` the readings too.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, app: FastAPI, clients: Clients) -> None:
        self._loop, self._app, self._clients = loop, app, clients
        self.requests = 0
        self.steps = 0
        self.runs = 0
        self.granted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    async def ask(self, who: str, method: str, path: str, body: Any = None, etag: str | None = None) -> Answer:
        """One request, given to the application as its server would: a client library costs more than many answers."""
        self.requests += 1
        headers = await self._clients.headers(who, method, {"If-Match": etag, "Host": "127.0.0.1:8000"})
        content = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        bare, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": bare,
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
        }
        return await self._exchange(scope, content, f"{method} {path} by {who}")

    async def _exchange(self, scope: dict[str, Any], content: bytes, sent: str) -> Answer:
        status, parts = 0, []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        return Answer(status, json.loads(b"".join(parts)), sent)


@contextmanager
def world() -> Iterator[World]:
    """Everything set up in a temporary folder, and taken down again."""
    data = Path(tempfile.mkdtemp(prefix="referral-history-"))
    with ExitStack() as end:
        end.callback(shutil.rmtree, data, ignore_errors=True)
        Keyring.create(data / "keys")
        ensure_keys(data / "keys")
        server = ensure(data, durable=False)
        end.callback(server.stop)
        upgrade(server.migration_url)
        loop = uvloop.new_event_loop()
        end.callback(loop.close)
        loop.run_until_complete(_registered(server, data / "clients"))
        app = create_app(Settings(data=data, public_url=ISSUER), server.api_url)
        end.callback(lambda: loop.run_until_complete(app.state.database.close()))
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER)
        end.callback(lambda: loop.run_until_complete(http.aclose()))
        yield World(loop, app, Clients(http, data / "clients"))


async def _registered(server: Server, keys: Path) -> None:
    connection = await asyncpg.connect(server.superuser_url.replace("+asyncpg", "").rsplit("/", 1)[0] + "/referral")
    try:
        await register(connection, keys)
    finally:
        await connection.close()
