"""The service as shipped, in a process of its own, and clients of the SDK that call it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.auth.scopes import Agency, scopes_of
from app.client import Client, Key
from app.embedded import Server
from tests.conftest import Raw
from tests.personas import ISSUER, PERSONAS
from tests.served import Served, served

BOUND = "bound-border"
"""A client of the border post that must prove its key at each call."""

Dial = Callable[..., Client]


@pytest.fixture(scope="module")
def service(server: Server, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(server, data, tmp_path_factory.mktemp("client") / "log", client_rate=1e6, stranger_rate=1e6) as started:
        yield started


@pytest.fixture
async def bound(raw: Raw, data: Path) -> str:
    key = bound_key(data)
    await raw.all.execute(
        "insert into clients (id, organisation_id, name, mode, scopes, dpop_required)"
        " values ($1, $2, $1, 'live', $3, true) on conflict do nothing",
        *(BOUND, PERSONAS["demo-border"].id, sorted(scopes_of(Agency.BORDER_GUARD))),
    )
    await raw.all.execute(
        "insert into client_keys (client_id, kid, jwk) values ($1, $2, $3) on conflict do nothing",
        *(BOUND, key.kid, json.dumps(dict(key.jwk))),
    )
    return BOUND


def bound_key(data: Path) -> Key:
    path = data / "clients" / f"{BOUND}.pem"
    if not path.exists():
        path.write_bytes(Key.generate().pem())
    return Key.load(path)


def options(name: str, data: Path, connect: str, stated: dict[str, Any]) -> dict[str, Any]:
    purpose = "oversight_review" if name == "demo-oversight" else "care_coordination"
    known = {"connect": connect, "officer": f"officer.{name}", "purpose": purpose}
    return {"url": ISSUER, "client_id": name, "key": Key.load(data / "clients" / f"{name}.pem"), **known, **stated}


@pytest.fixture
def dial(service: Served, raw: Raw, data: Path) -> Iterator[Dial]:
    """Makes a client of a persona, closed at the end of the test."""
    with ExitStack() as stack:

        def made(name: str = "demo-border", connect: str | None = None, **stated: Any) -> Client:
            return stack.enter_context(Client(**options(name, data, connect or service.url, stated)))

        yield made
