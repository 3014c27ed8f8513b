"""Approaching and missed dates are told once each, by however many workers, whichever of them is killed."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.deadlines.sweep import sweep
from app.embedded import Server
from tests.conftest import Raw, dsn
from tests.deadlines.duties import APPROACHING, MISSED, Sort, items, owed, some, statuses, supervising
from tests.factories import CONCLUSION, a_held_case, a_verification, an_action
from tests.personas import PERSONAS, Clients
from tests.running import ENVIRONMENT, ROOT

WORKERS = 4
NOT_DUE = (
    Sort(),
    Sort(due=MISSED.due, warn=MISSED.warn, paused=timedelta(days=-2)),
    Sort(due=MISSED.due, warn=MISSED.warn, status="met"),
    Sort(due=MISSED.due, warn=MISSED.warn, status="cancelled"),
)


@contextmanager
def worker(server: Server, most: int = 0) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.deadlines.sweeper", dsn(server.api_url), str(most)]
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


async def told(raw: Raw, event: str) -> tuple[list[UUID], list[UUID]]:
    """What the journal and the outbox say of it."""
    audits = await raw.all.fetch("select subject_id from audit_entries where event = $1", event)
    events = await raw.all.fetch("select subject_id from outbox_events where type = $1", event)
    return sorted(row[0] for row in audits), sorted(row[0] for row in events)


async def escalated(raw: Raw, supervisor: str) -> list[UUID]:
    query = "select carrier_id from duties where carrier = 'escalation' and organisation_id = $1 and case_id is null"
    return sorted(row[0] for row in await raw.all.fetch(query, PERSONAS[supervisor].id))


async def gone(raw: Raw, backend: int) -> None:
    """PostgreSQL notices a dead client, and undoes what it had not committed."""
    while await raw.all.fetchval("select 1 from pg_stat_activity where pid = $1", backend):
        pass


def killed_among(server: Server, batch: int, holding: bool) -> int:
    """Four workers, of whom one is killed after that many batches, while it holds one that is not committed, or
    wherever it then is; the number of its backend. Returns when the others find nothing more."""
    with ExitStack() as end:
        victim = end.enter_context(worker(server, batch if holding else 0))
        others = [end.enter_context(worker(server)) for _ in range(WORKERS - 1)]
        backend, *_ = [int(heard(process)) for process in (victim, *others)]
        go(victim)
        if holding:
            assert [heard(victim) for _ in range(batch + 1)][-1] == "holding"
        for other in others:
            go(other)
        for _ in range(batch):
            heard(others[0] if holding else victim)
        victim.kill()
        for other in others:
            other.communicate(timeout=60)
            assert other.returncode == 0
    return backend


@pytest.mark.parametrize(("seed", "holding"), [(1, True), (2, True), (3, False), (4, False)])
async def test_four_workers_tell_each_date_once_though_one_is_killed(
    app: FastAPI, raw: Raw, server: Server, seed: int, holding: bool
) -> None:
    async with supervising(raw, "demo-oversight", "demo-police"):
        supervised = await some(raw, "demo-police", MISSED, 150)
        missed = supervised | await some(raw, "demo-border", MISSED, 150)
        approaching = await some(raw, "demo-police", APPROACHING, 60)
        for sort in NOT_DUE:
            await some(raw, "demo-police", sort, 5)
        batch = random.Random(seed).randint(1, 8)  # noqa: S311 - which moment, not a secret
        backend = killed_among(server, batch, holding)
        await gone(raw, backend)
        await sweep(app.state.database)
        assert await sweep(app.state.database) == 0
    assert await told(raw, "duty.missed") == (sorted(missed), sorted(missed))
    assert await told(raw, "duty.approaching") == (sorted(approaching), sorted(approaching))
    assert await escalated(raw, "demo-oversight") == sorted(supervised)
    assert await raw.all.fetchval("select count(*) from duties where carrier = 'escalation'") == len(supervised)


async def test_a_date_is_told_when_it_approaches_and_once_more_when_it_has_passed(app: FastAPI, raw: Raw) -> None:
    (duty,) = await some(raw, "demo-border", APPROACHING)
    assert await sweep(app.state.database) == 1
    await raw.all.execute("update duties set due_at = now() - interval '1 second'")
    assert await sweep(app.state.database) == 1
    assert await sweep(app.state.database) == 0
    assert await told(raw, "duty.approaching") == await told(raw, "duty.missed") == ([duty], [duty])


async def test_a_date_found_too_late_is_not_said_to_approach(app: FastAPI, raw: Raw) -> None:
    await some(raw, "demo-border", MISSED)
    assert await sweep(app.state.database) == 1
    assert await sweep(app.state.database) == 0
    assert await told(raw, "duty.approaching") == ([], [])


async def test_the_entry_says_rule_and_date_on_the_case_and_names_no_officer(
    clients: Clients, app: FastAPI, raw: Raw
) -> None:
    story, _ = await a_missed_verification(clients, raw)
    await sweep(app.state.database)
    entry = await raw.all.fetchrow("select * from audit_entries where event = 'duty.missed'")
    assert (str(entry["case_id"]), entry["organisation_id"]) == (story, PERSONAS["demo-police"].id)
    assert (entry["client_id"], entry["officer"], entry["sections"]) == ("sweep", None, [])
    timeline = await clients.ok("demo-labour", "GET", f"/v1/cases/{story}/timeline")
    assert "duty.missed" in [each["event"] for each in timeline["items"]]


async def a_missed_verification(clients: Clients, raw: Raw) -> tuple[str, str]:
    """The case, and where its verification is, whose date has passed."""
    story = await a_held_case(clients, accompanying_minors=[])
    await a_verification(clients, story)
    await raw.all.execute("update duties set due_at = now() - interval '1 day' where rule_id = 'D04'")
    return story.case, f"/v1/verifications/{story.verification['id']}"


async def test_a_duty_that_is_met_late_ends_the_supervisors_row(clients: Clients, app: FastAPI, raw: Raw) -> None:
    async with supervising(raw, "demo-oversight", "demo-police"):
        _, path = await a_missed_verification(clients, raw)
        await sweep(app.state.database)
        assert list(await owed(clients, "demo-oversight")) == ["D04"]
        assert (await clients.ok("demo-labour", "GET", path))["overdue"]
        await an_action(clients, "demo-police", path, "conclusions", CONCLUSION)
        assert await items(clients, "demo-oversight") == []
    assert await statuses(raw, "D04") == ["met", "met"]


async def test_a_later_date_ends_the_supervisors_row_and_is_told_anew(clients: Clients, app: FastAPI, raw: Raw) -> None:
    async with supervising(raw, "demo-oversight", "demo-police"):
        _, path = await a_missed_verification(clients, raw)
        await sweep(app.state.database)
        await an_action(clients, "demo-police", path, "extensions", {"reason": "Vụ việc phức tạp"})
        assert await items(clients, "demo-oversight") == []
        await raw.all.execute("update duties set warn_at = now() - interval '1 hour' where status = 'running'")
        assert await sweep(app.state.database) == 1
        await raw.all.execute("update duties set due_at = now() - interval '1 day' where status = 'running'")
        assert await sweep(app.state.database) == 1
        assert len(await items(clients, "demo-oversight")) == 1
    missed, _ = await told(raw, "duty.missed")
    assert len(missed) == 2
    assert len((await told(raw, "duty.approaching"))[0]) == 1
