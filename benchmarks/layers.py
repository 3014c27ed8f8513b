"""The application with one of its layers off, for measuring what that layer costs; nothing here can reach production.

Each is the real application with one object of it replaced, in a process that uvicorn starts for the benchmark alone.
"""

import json
import uuid
from dataclasses import replace
from typing import Any

from fastapi import FastAPI, Request

from app import journal
from app.auth.scopes import scopes_of
from app.caller import Caller
from app.db import Tx
from app.vault import DataKey, Place
from benchmarks.serving import api
from benchmarks.stage import CLIENTS, seeded_id


def no_token() -> FastAPI:
    """The caller is whom the request names in the token's place; token, proof and registry are not asked."""
    return _assuming(api())


def no_vault() -> FastAPI:
    """Sections and words in clear, keys that encrypt nothing, look-up values in clear."""
    return _in_clear(api())


def no_audit() -> FastAPI:
    """Neither audit entry nor event nor leaf; refusals leave nothing either."""
    return _unwritten(api())


def nothing() -> FastAPI:
    """All of these off; served under the role that row security does not bind."""
    return _unwritten(_in_clear(_assuming(api())))


def _assuming(app: FastAPI) -> FastAPI:
    callers = {client: _caller(client) for client in CLIENTS}

    async def assumed(request: Request) -> Caller:
        return callers[request.headers["authorization"].rpartition(" ")[2]]

    app.state.authenticate = assumed
    return app


def _in_clear(app: FastAPI) -> FastAPI:
    held = app.state.database.keyring
    app.state.database.keyring = replace(held, vault=ClearVault(), indexes=ClearIndexes())
    return app


def _unwritten(app: FastAPI) -> FastAPI:
    setattr(journal, "write_entries", _written_nowhere)  # noqa: B010 - a function of a module, on purpose
    return app


class NoKeys:
    """Where a vault's keys would come from."""

    async def close(self) -> None:
        """Nothing was opened."""


class ClearVault:
    """As a vault is used, without a key."""

    provider = NoKeys()

    async def new_key(self) -> DataKey:
        return await self.unwrap(uuid.uuid4(), b"clear", "clear")

    async def unwrap(self, id: uuid.UUID, wrapped: bytes, kek_id: str) -> DataKey:
        return DataKey(id, wrapped, kek_id, b"clear")

    def seal(self, _key: DataKey, _place: Place, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False).encode()

    def open(self, _key: DataKey, _place: Place, sealed: bytes) -> Any:
        return json.loads(sealed)


class ClearIndexes:
    """Look-up values that say what they are of."""

    def document(self, number: str | None) -> bytes | None:
        return number.encode() if number else None

    def name_year(self, full_name: str | None, year: int | None) -> bytes | None:
        return f"{full_name} {year}".encode() if full_name and year else None

    name_set_year = name_year

    def name_date(self, full_name: str | None, day: str | None) -> bytes | None:
        return f"{full_name} {day}".encode() if full_name and day else None


def _caller(client: str) -> Caller:
    number, agency = CLIENTS[client]
    organisation = seeded_id("organisation", number)
    return Caller(client, organisation, agency, frozenset({"15"}), scopes_of(agency), "live")


async def _written_nowhere(_tx: Tx) -> None:
    return None
