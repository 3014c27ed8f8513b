"""Drives every action of a lifecycle over the public API, and judges each answer by the moves typed by hand.

A refusal must leave status and version as they were and exactly one `request.refused`; a move must arrive where it was
typed to, with as many events as audit entries. Legal moves each get a world of their own, refused ones share one.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.conftest import Raw
from tests.expectations import Lifecycle
from tests.personas import Clients

NOBODY = '"AAAAAAAAAAAAAAAAAAAA"'
REFUSALS = {"not_your_move": 403, "not_found": 404, "invalid_transition": 409}


@dataclass(frozen=True)
class Kind:
    """One lifecycle on the wire: where it lives, and what each action sends."""

    lifecycle: Lifecycle
    table: str
    path: str
    requests: Mapping[str, tuple[str, Any]]
    versioned: bool = True


@dataclass(frozen=True)
class World:
    """A resource in one status. `parties`: persona → its parts; no parts but able to look, or None: hidden from it."""

    id: str
    status: str
    parties: Mapping[str, frozenset[str] | None]

    def outcome(self, lifecycle: Lifecycle, who: str, action: str) -> str:
        parts = self.parties[who]
        return "not_found" if parts is None else lifecycle.outcome(self.status, action, parts)


Maker = Callable[[], Awaitable[World]]


@dataclass(frozen=True)
class State:
    status: str
    version: int
    refused: int
    audited: int
    reads: int
    published: int


class Judge:
    """Tries cells and collects what is wrong with them; `tried` counts them."""

    def __init__(self, clients: Clients, raw: Raw, kind: Kind) -> None:
        self.clients, self.raw, self.kind = clients, raw, kind
        self.faults: list[str] = []
        self.tried = 0

    async def judge(self, make: Maker, label: str) -> None:
        """Every action by everybody, from the status that `make` leads to."""
        world = await make()
        if (await self._state(world)).status != world.status and world.status != "expired":
            self.faults.append(f"{label}: the walk did not lead to {world.status}")
        cells = [(who, action) for who in world.parties for action in self.kind.requests]
        legal = [cell for cell in cells if world.outcome(self.kind.lifecycle, *cell) not in REFUSALS]
        for cell in cells:
            await self._try(await make() if cell in legal else world, cell, label)

    async def _try(self, world: World, cell: tuple[str, str], label: str) -> None:
        who, action = cell
        wanted = world.outcome(self.kind.lifecycle, who, action)
        etag = await self._etag(world, who)
        before = await self._state(world)
        answer = await self._act(world, cell, etag)
        after = await self._state(world)
        fault = refusal_fault(wanted, answer, before, after) if wanted in REFUSALS else move_fault(
            wanted, answer, before, after
        )  # fmt: skip
        self.tried += 1
        if fault:
            self.faults.append(f"{label} —{action}/{who}: wanted {wanted}, {fault}")

    async def _etag(self, world: World, who: str) -> str | None:
        if not self.kind.versioned:
            return None
        seen = await self.clients.get(who, f"{self.kind.path}/{world.id}")
        return str(seen.headers.get("ETag", NOBODY))

    async def _act(self, world: World, cell: tuple[str, str], etag: str | None) -> httpx.Response:
        who, action = cell
        suffix, body = self.kind.requests[action]
        return await self.clients.call(who, "POST", f"{self.kind.path}/{world.id}/{suffix}", body, etag=etag)

    async def _state(self, world: World) -> State:
        row = await self.raw.all.fetchrow(
            f"select status, version, (select count(*) from audit_entries where event = 'request.refused') as refused,"  # noqa: S608
            f" (select count(*) from audit_entries) as audited, (select count(*) from outbox_events) as published,"
            f" (select count(*) from audit_entries where event like '%.read') as reads"
            f" from {self.kind.table} where id = $1",
            UUID(world.id),
        )
        return State(**row)


def refusal_fault(wanted: str, answer: httpx.Response, before: State, after: State) -> str | None:
    got = (answer.status_code, answer.json().get("code"))
    if got != (REFUSALS[wanted], wanted):
        return f"answered {got}"
    if (before.status, before.version, before.published) != (after.status, after.version, after.published):
        return "the refusal changed something"
    if (after.refused - before.refused, after.audited - before.audited) != (1, 1):
        return f"{after.audited - before.audited} audit entries"
    return None


def move_fault(wanted: str, answer: httpx.Response, before: State, after: State) -> str | None:
    if answer.status_code != 200:
        return f"answered {answer.status_code} {answer.text}"
    if (answer.json()["status"], after.status) != (wanted, wanted):
        return f"arrived at {after.status}"
    changes = (after.audited - after.reads) - (before.audited - before.reads)
    if after.version == before.version or not changes or changes != after.published - before.published:
        return "version, audit entry or event is missing"
    return None
