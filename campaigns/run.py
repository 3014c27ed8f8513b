"""One campaign from beginning to end: set up, load and faults beside each other, then quiet, then the decision."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from campaigns import clients, stored
from campaigns.clients import Reader
from campaigns.faults import DATABASE, WORKERS, Fault, Field
from campaigns.fleet import Fleet
from campaigns.history import History
from campaigns.load import Load, Tokens
from campaigns.plan import Plan
from campaigns.proxy import proxied
from campaigns.stage import ISSUER, Stage, readable, stage
from campaigns.workers import Start, prepare

RELAYS = 2
Tell = Callable[[int, int], None]
"""Told how many faults are over, and of how many."""


async def run(plan: Plan, folder: Path, tell: Tell) -> float:
    """Plays the plan in a claimed folder, where log and rows stay; for how many seconds there was load."""
    history = History(folder)
    history.note("about", seed=plan.seed, faults=dict(plan.faults), seconds=plan.seconds)
    async with stage(folder) as built, _opened(plan, built, history) as field:
        load = Load(lambda: _targets(field), history, Tokens(built.keys, ISSUER), plan.seed, plan.patience)
        began = time.monotonic()
        readers = [Reader(load, who) for who in clients.READERS]
        async with asyncio.TaskGroup() as group:
            _start_clients(group, plan, load, built)
            for reader in readers:
                group.create_task(reader.follow())
            await _hurt(plan, field, tell)
            load.end()
        seconds = time.monotonic() - began
        await readable(built)
        await asyncio.gather(*(reader.finish() for reader in readers))
        await stored.keep(built.server, built.data / "keys", folder)
    history.close()
    return seconds


@asynccontextmanager
async def _opened(plan: Plan, built: Stage, history: History) -> AsyncIterator[Field]:
    log = built.folder / "workers.log"
    how = Start(built.environment(relay=False), log, prebuilt=True)
    await asyncio.to_thread(prepare, how.environment)
    fleet = Fleet(how, Start(built.environment(relay=True), log), history)
    async with AsyncExitStack() as end:
        end.push_async_callback(fleet.close)
        await fleet.open(plan.workers, plan.spares, RELAYS)
        chance = random.Random(plan.seed)  # noqa: S311 - which process, not a secret
        line = await end.enter_async_context(proxied(lambda: random.choice(fleet.serving).port))  # noqa: S311
        yield Field(built, fleet, history, chance, how, line)


def _targets(field: Field) -> Sequence[str]:
    """The workers, and one way over a line that may fail."""
    return [*field.fleet.urls, f"http://127.0.0.1:{field.line.port}"]


def _start_clients(group: asyncio.TaskGroup, plan: Plan, load: Load, built: Stage) -> None:
    for number in range(plan.submitters):
        group.create_task(clients.submit(load, number, plan.batches))
    for number in range(plan.couples):
        group.create_task(clients.refer(load, number, built.organisations))


async def _hurt(plan: Plan, field: Field, tell: Tell) -> None:
    """Every fault of the plan, and not less than its seconds and answers."""
    done: Counter[str] = Counter()
    database, workers = plan.lanes
    total = len(database) + len(workers)

    async def lane(order: Sequence[str], kinds: Mapping[str, Fault]) -> None:
        began = time.monotonic()
        for number, kind in enumerate(order):
            wait = began + plan.seconds * number / len(order) - time.monotonic()
            await asyncio.sleep(max(wait, 0))
            await kinds[kind](field)
            done[kind] += 1
            tell(done.total(), total)

    async def work() -> None:
        """Until so many were answered, or nobody is any more."""
        answered, since = 0, time.monotonic()
        while field.history.answered < plan.answers and time.monotonic() - since < plan.patience:
            await asyncio.sleep(0.05)
            if field.history.answered > answered:
                answered, since = field.history.answered, time.monotonic()

    await asyncio.gather(lane(database, DATABASE), lane(workers, WORKERS), asyncio.sleep(plan.seconds), work())
