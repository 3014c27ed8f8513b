"""`python -m benchmarks.webhooks`: what one dead receiver among fifty costs the others, as a ratio of their p95.

Rounds without and with the dead one take turns, so that a machine that grows slower meanwhile slows both.
"""

import asyncio
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
import typer

from app.db import Database
from app.embedded import Server, ensure
from app.events.relay import Watch, relay_for_ever
from app.keyring import Keyring
from app.schema import upgrade
from app.settings import Settings
from app.webhooks.relay import Relay, deliver_for_ever
from app.webhooks.sending import Sender

SOURCE = "http://127.0.0.1:8000"
_SETTLE = 5
_EVENT = (
    "insert into outbox_events (id, type, subject_type, subject_id, organisation_id)"
    " values ($1, 'service.capacity_changed', 'nothing', $1, $2)"
)


@dataclass
class Partner:
    """An organisation with one endpoint; `dead` takes what is sent and never answers."""

    id: UUID
    dead: bool = False
    came: dict[str, float] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        event = json.loads(await reader.readexactly(length))
        if self.dead:
            await reader.read()
        else:
            self.came.setdefault(event["id"], time.perf_counter())
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()


def main(
    *,
    endpoints: Annotated[int, typer.Option(min=2)] = 50,
    rounds: Annotated[int, typer.Option(help="Of each kind")] = 3,
    seconds: Annotated[int, typer.Option(help="For which events are made in a round")] = 30,
    rate: Annotated[float, typer.Option(help="Events a second")] = 10,
) -> None:
    """Prints p50 and p95 of both kinds, in milliseconds from the commit of an event to its arrival, and the ratio."""
    folder = Path(tempfile.mkdtemp(prefix="referral-webhooks-"))
    Keyring.create(folder / "keys")
    server = ensure(folder)
    try:
        upgrade(server.migration_url)
        asyncio.run(_measure(server, folder, (endpoints, rounds, int(seconds * rate)), rate))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(server: Server, folder: Path, sizes: tuple[int, int, int], rate: float) -> None:
    endpoints, rounds, events = sizes
    sql = await asyncpg.connect(server.superuser_url.replace("+asyncpg", "").rsplit("/", 1)[0] + "/referral")
    partners = [Partner(uuid4()) for _ in range(endpoints)]
    found: dict[bool, list[float]] = {False: [], True: []}
    async with _receiving(sql, partners), _relaying(server, folder):
        await _round(sql, partners, int(rate) * 5, rate)  # warms up
        for _ in range(rounds):
            for dead in (False, True):
                partners[0].dead = dead
                found[dead] += await _round(sql, partners, events, rate)
    await sql.close()
    for dead, name in ((False, "all well"), (True, "one dead")):
        p50, p95 = _quantile(found[dead], 50), _quantile(found[dead], 95)
        print(f"{name}: {len(found[dead])} deliveries to the other {endpoints - 1}, p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    print(f"ratio of p95: {_quantile(found[True], 95) / _quantile(found[False], 95):.2f}")


async def _round(sql: asyncpg.Connection, partners: Sequence[Partner], events: int, rate: float) -> list[float]:
    """Milliseconds of each event of the others; whatever is still on its way at the end fails the run."""
    made: dict[str, tuple[Partner, float]] = {}
    started = time.perf_counter()
    for number in range(events):
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        partner, event = partners[number % len(partners)], uuid4()
        await sql.execute(_EVENT, event, partner.id)
        made[str(event)] = (partner, time.perf_counter())
    await asyncio.sleep(_SETTLE)
    others = {event: at for event, at in made.items() if at[0] is not partners[0]}
    return [1000 * (partner.came[event] - at) for event, (partner, at) in others.items()]


@asynccontextmanager
async def _receiving(sql: asyncpg.Connection, partners: Sequence[Partner]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for partner in partners:
            served = await stack.enter_async_context(await asyncio.start_server(partner.serve, "127.0.0.1", 0))
            await _register(sql, partner, served.sockets[0].getsockname()[1])
        yield


async def _register(sql: asyncpg.Connection, partner: Partner, port: int) -> None:
    name = f"partner-{port}"
    await sql.execute(
        "insert into organisations (id, agency, functions, province_codes, treats, sort_key)"
        " values ($1, 'ngo', '{}', '{}', false, $2)",
        *(partner.id, name),
    )
    await sql.execute(
        "insert into clients (id, organisation_id, name, mode, scopes) values ($2, $1, $2, 'test', '{}')",
        *(partner.id, name),
    )
    await sql.execute("insert into webhook_hosts (host, port, loopback) values ('127.0.0.1', $1, true)", port)
    await sql.execute(
        "insert into webhook_endpoints (id, organisation_id, client_id, url, types)"
        " values (gen_random_uuid(), $1, $2, $3, '{}')",
        *(partner.id, name, f"http://127.0.0.1:{port}/"),
    )


@asynccontextmanager
async def _relaying(server: Server, folder: Path) -> AsyncIterator[None]:
    """As one worker of the service does it."""
    database, watch = Database(server.api_url, Keyring.load(Settings(data=folder))), Watch()
    relay = Relay(database, Sender(), SOURCE)
    tasks = [
        asyncio.create_task(relay_for_ever(database, watch, 0.25)),
        asyncio.create_task(deliver_for_ever(relay, database, watch, 1)),
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()


def _quantile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    typer.run(main)
