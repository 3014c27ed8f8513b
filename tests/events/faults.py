"""Writers, readers and kill -9 of everything, and what the readers saw against what was committed.

Writers over HTTP note on the same few cases and repeat until they are answered; writers in SQL hold their transactions
open as they like, and some roll back. A reader pages, another listens to the stream; each remembers its cursor alone.
"""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from app.embedded import ensure
from tests.conftest import dsn
from tests.killed import Service, command

WHO = "demo-border"
INTAKE = {
    "schema_version": "1.0",
    "channel": "self_return_border",
    "received_at": "2026-11-20T22:41:00+07:00",
    "place": {"province_code": "15"},
}
_FAILED = (httpx.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
_HELD = """
with x as materialized (select pg_current_xact_id() as taken)
insert into outbox_events (id, type, subject_type, subject_id, organisation_id)
select $1, 'service.capacity_changed', 'none', $1, (select organisation_id from clients where id = $2) from x
"""


@dataclass
class Faults:
    """One run. `read` is every event a reader was told, in order; `acknowledged` counts the notes answered 201."""

    data: Path
    seed: int
    read: dict[str, list[str]] = field(default_factory=dict)
    acknowledged: int = 0
    kills: int = 0
    _over: bool = False
    _written_all: bool = False

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - which moment, not a secret
        self.service = Service(self.data)
        self.url = f"http://127.0.0.1:{self.service.port}"
        token = command("token", WHO, "--data", str(self.data)).stdout.strip()
        self.headers = {"Authorization": f"Bearer {token}", "Acting-Officer": "cb-1"}
        self.database = dsn(ensure(self.data).superuser_url).rsplit("/", 1)[0] + "/referral"

    async def run(self, kills: int, tell: Callable[[int], Any] = lambda _: None) -> None:
        cases = [await self._case() for _ in range(3)]
        readers = [asyncio.create_task(reader()) for reader in (self.page, self.listen)]
        writers = [asyncio.create_task(self.note(cases)) for _ in range(4)]
        writers += [asyncio.create_task(self.hold()) for _ in range(4)]
        for number in range(kills):
            await asyncio.sleep(self.chance.uniform(0.05, 0.8))
            await asyncio.to_thread(self.service.kill_api if number % 2 else self.service.kill_postgres)
            tell(1)
        self.kills = kills
        await asyncio.wait_for(self._written(), 120)
        self._over = True
        await asyncio.gather(*writers)
        self._written_all = True
        await asyncio.wait_for(asyncio.gather(*readers), 120)

    async def _written(self) -> None:
        """However slow the machine is, more than one note a kill."""
        while self.acknowledged <= self.kills:
            await asyncio.sleep(0.05)

    async def committed(self) -> list[tuple[str, str | None]]:
        """Every event of the organisation with its case, in the order of its number."""
        db = await asyncpg.connect(self.database)
        rows = await db.fetch(
            "select o.id, o.case_id, o.at from outbox_events o join clients c using (organisation_id)"
            " where c.id = $1 order by seq", WHO
        )  # fmt: skip
        await db.close()
        for case in {row["case_id"] for row in rows} - {None}:
            times = [row["at"] for row in rows if row["case_id"] == case]
            assert times == sorted(times), "the numbers do not keep the order of a case"
        return [(str(row["id"]), row["case_id"]) for row in rows]

    async def _case(self) -> str:
        async with self._http() as http:
            answer = await http.put(f"/v1/intakes/{uuid4()}", json={**INTAKE, "person": {"full_name": "A"}})
            return str(answer.raise_for_status().json()["case"]["id"])

    async def note(self, cases: list[str]) -> None:
        """One note after the other; the same key until it is answered."""
        while not self._over:
            path, key = f"/v1/cases/{self.chance.choice(cases)}/notes", uuid4().hex
            while True:
                with suppress(*_FAILED):
                    async with self._http() as http:
                        answer = await http.post(path, json={"text": "…"}, headers={"Idempotency-Key": key})
                    if answer.status_code == 201:
                        self.acknowledged += 1
                        break
                    assert answer.status_code in (409, 503), answer.text
                await asyncio.sleep(0.02)

    async def hold(self) -> None:
        """A number drawn, and committed later or never."""
        while not self._over:
            with suppress(*_FAILED):
                db = await asyncpg.connect(self.database, timeout=5)
                try:
                    for _ in range(50):
                        async with db.transaction():
                            await db.execute(_HELD, uuid4(), WHO)
                            await asyncio.sleep(self.chance.choice((0, 0, 0.01, 0.2)))
                            if self.chance.random() < 0.2:
                                raise _Regret
                except _Regret:
                    pass
                finally:
                    await db.close(timeout=2)
            await asyncio.sleep(0.02)

    async def page(self) -> None:
        """As fast as it can, from the beginning; ends when what was committed has been told."""
        told = self.read.setdefault("pages", [])
        after = ""
        while not await self._all(told):
            with suppress(*_FAILED):
                async with self._http() as http:
                    page = (await http.get(f"/v1/events?limit=50{after}")).raise_for_status().json()
                told += [event["id"] for event in page["items"]]
                after = f"&after={page['next']}"

    async def listen(self) -> None:
        """By the stream, connecting again wherever it was cut off."""
        told = self.read.setdefault("stream", [])
        last: dict[str, str] = {}
        while not await self._all(told):
            with suppress(*_FAILED):
                async with self._http() as http, http.stream("GET", "/v1/events/stream", headers=last) as stream:
                    stream.raise_for_status()
                    async for line in stream.aiter_lines():
                        name, _, value = line.partition(": ")
                        if name == "id":
                            following = value
                        if name == "data":
                            told.append(json.loads(value)["id"])
                            last = {"Last-Event-ID": following}
                            if await self._all(told):
                                break

    async def _all(self, told: list[str]) -> bool:
        if not self._written_all:  # what is committed last must be waited for too
            return False
        with suppress(*_FAILED):
            return len(told) >= len(await self.committed())
        return False

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers=self.headers, timeout=10)


class _Regret(Exception):
    """The writer rolls back."""
