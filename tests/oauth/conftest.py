"""The client that must prove its key, registered for one test; workers that end with it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.embedded import Server
from tests.conftest import Raw
from tests.oauth.binding import Bound, Workers


@pytest.fixture
async def bound(client: httpx.AsyncClient, raw: Raw) -> AsyncIterator[Bound]:
    made = Bound(client)
    await raw.all.execute(
        "insert into clients (id, organisation_id, name, mode, scopes)"
        " select $1, organisation_id, name, mode, scopes from clients where id = 'demo-ngo'",
        made.name,
    )
    await raw.all.execute(
        "insert into client_keys (client_id, kid, jwk) values ($1, $2, $3)",
        *(made.name, made.key.kid, json.dumps(dict(made.key.public))),
    )
    yield made
    for table, column in (("assertion_uses", "client_id"), ("client_keys", "client_id"), ("clients", "id")):
        await raw.all.execute(f"delete from {table} where {column} = $1", made.name)  # noqa: S608


@pytest.fixture
async def workers(data: Path, server: Server) -> AsyncIterator[Workers]:
    made = Workers(data, server.api_url)
    yield made
    await made.stop()
