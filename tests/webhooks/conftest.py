"""Endpoints of the personas, at receivers on this machine that the operator approved, and a relay driven by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI

from app.events.relay import advance
from app.webhooks.relay import Relay
from app.webhooks.sending import Sender
from app.webhooks.targets import Resolve
from tests.conftest import Raw
from tests.personas import ISSUER, Clients

ENDPOINTS = "/v1/webhook-endpoints"
SECONDS = 2


@dataclass
class Hooks:
    """What the tests do with webhooks; `sender` may be replaced by one that resolves otherwise."""

    app: FastAPI
    clients: Clients
    raw: Raw
    sender: Sender

    async def approve(self, host: str, port: int) -> None:
        await self.raw.all.execute(
            "insert into webhook_hosts (host, port, loopback) values ($1, $2, $1 = '127.0.0.1') on conflict do nothing",
            *(host, port),
        )

    async def endpoint(self, who: str, url: str, **members: Any) -> dict[str, Any]:
        """Made over HTTP, once the operator has approved the host."""
        host, _, port = url.split("/")[2].partition(":")
        await self.approve(host, int(port or 443))
        await advance(self.app.state.database)
        made: dict[str, Any] = await self.clients.ok(who, "POST", ENDPOINTS, {"url": url, **members})
        return made

    @contextmanager
    def resolving(self, resolve: Resolve) -> Iterator[None]:
        """The service looks names up so, when an endpoint is saved."""
        usual, self.app.state.sender = self.app.state.sender, Sender(resolve)
        try:
            yield
        finally:
            self.app.state.sender = usual

    async def run(self) -> None:
        """Rounds of the relay, until nothing more is due."""
        await advance(self.app.state.database)
        relay = Relay(self.app.state.database, self.sender, ISSUER)
        while await relay.begin():
            await relay.settle()

    async def rested(self) -> None:
        """Time passes until an endpoint that failed, or whose worker died, has its next turn."""
        await self.raw.all.execute("update webhook_endpoints set leased_until = '-infinity'")
        await self.run()

    async def later(self) -> None:
        """Time passes until what failed is tried again."""
        await self.raw.all.execute("update webhook_deliveries set next_at = now() where status = 'pending'")
        await self.rested()

    async def log(self, who: str, endpoint: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
        """The oldest first."""
        page = await self.clients.ok(who, "GET", f"{ENDPOINTS}/{endpoint['id']}/deliveries?limit=200{query}")
        items: list[dict[str, Any]] = page["items"]
        return items[::-1]


@pytest.fixture
async def hooks(app: FastAPI, clients: Clients, raw: Raw) -> Hooks:
    return Hooks(app, clients, raw, Sender(seconds=SECONDS))
