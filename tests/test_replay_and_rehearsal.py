"""Every call of the whole walk: rehearsed before, it leaves nothing; sent again with its key, it does nothing more."""

from typing import Any
from uuid import uuid4

from tests.bad_requests import asks_for_etag, row_counts
from tests.conftest import Raw
from tests.personas import Clients
from tests.whole_walk import Row, Walk


class Insistent(Walk):
    """Makes each POST three times: without effect, with it, and once more under the same key."""

    def __init__(self, clients: Clients, raw: Raw) -> None:
        super().__init__(clients)
        self.raw = raw
        self.faults: list[Any] = []
        self.posts = 0

    async def _make(self, row: Row) -> Any:
        method, path = self._fill(row["call"]).split(" ")
        if method != "POST" or "file" in row or "search" in path:
            return await super()._make(row)
        self.posts += 1
        body, etag = self._fill(row["body"]), None
        if asks_for_etag(method, path):
            etag = (await self.clients.ok(row["who"], "GET", "/".join(path.split("/")[:4])))["etag"]
        await self.clients.token(row["who"])  # its assertion is remembered in a table of its own
        before = await row_counts(self.raw.all)
        dry = f"{path}?validate_only=true"
        rehearsed = await self.clients.call(row["who"], "POST", dry, body, etag=etag, Idempotency_Key=None)
        if (rehearsed.status_code, rehearsed.json()) != (200, {"valid": True}) or await row_counts(
            self.raw.all
        ) != before:
            self.faults.append((row["call"], "rehearsal", rehearsed.status_code, rehearsed.text))
        key = str(uuid4())
        done = await self.clients.call(row["who"], "POST", path, body, etag=etag, Idempotency_Key=key)
        after = await row_counts(self.raw.all)
        again = await self.clients.call(row["who"], "POST", path, body, etag=etag, Idempotency_Key=key)
        told = (again.status_code, again.headers.get("Idempotent-Replayed"), again.json().get("id"))
        left = {name: count for name, count in (await row_counts(self.raw.all)).items() if count != after[name]}
        if told != (done.status_code, "true", done.json().get("id")) or left.keys() - {
            "audit_entries",
            "outbox_events",
        }:
            self.faults.append((row["call"], "replay", told, left))
        return done


async def test_a_rehearsal_leaves_nothing_and_a_repetition_adds_nothing(clients: Clients, raw: Raw) -> None:
    walk = Insistent(clients, raw)
    async for _ in walk.steps():
        pass
    assert walk.faults == []
    assert walk.posts > 60
