"""A test client gets the outcome that it asks for by an id of its own; a live client gets what everybody gets."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.auth.rehearsal import MAGIC
from app.deadlines.sweep import sweep
from tests.conftest import Raw
from tests.factories import an_intake
from tests.personas import Clients
from tests.sandbox import gone, rehearsing

REFUSED = {m.begins: (m.status, m.code, m.once) for m in MAGIC.values() if m.status}
SLOW = next(m.begins for m in MAGIC.values() if m.seconds)
MISSED = next(m.begins for m in MAGIC.values() if m.outcome == "missed")


@pytest.fixture(autouse=True)
async def _tidy(raw: Raw, clients: Clients) -> AsyncIterator[None]:
    yield
    await gone(raw)


def magic_id(begins: str) -> str:
    return begins + str(uuid4())[8:]


async def _put(clients: Clients, intake: str) -> httpx.Response:
    return await clients.call("demo-border", "PUT", f"/v1/intakes/{intake}", an_intake(accompanying_minors=[]))


async def _post(clients: Clients, key: str) -> httpx.Response:
    body = an_intake(accompanying_minors=[])
    return await clients.call("demo-border", "POST", "/v1/intakes", body, Idempotency_Key=key)


async def test_the_table_is_whole() -> None:
    assert set(REFUSED.values()) == {
        (409, "intake_conflict", False),
        (422, "unknown_reference", False),
        (429, "too_many_requests", True),
        (503, "unavailable", True),
    }
    assert {SLOW, MISSED} <= set(MAGIC)
    assert all(magic.vi and magic.en for magic in MAGIC.values())


@pytest.mark.parametrize("begins", REFUSED)
@pytest.mark.parametrize("send", [_put, _post], ids=["id of a PUT", "key of a POST"])
async def test_a_test_client_meets_the_refusal_and_where_it_passes_the_next_try_goes_through(
    clients: Clients, raw: Raw, begins: str, send: Any
) -> None:
    status, code, once = REFUSED[begins]
    made = magic_id(begins)
    async with rehearsing(raw, clients):
        first, second = await send(clients, made), await send(clients, made)
    assert (first.status_code, first.json()["code"], first.headers["X-Mode"]) == (status, code, "test")
    assert second.status_code == (201 if once else status)
    assert ("Retry-After" in first.headers) is once


@pytest.mark.parametrize("begins", [*REFUSED, MISSED])
async def test_of_a_live_client_no_id_forces_anything(clients: Clients, raw: Raw, begins: str) -> None:
    answers = [await _put(clients, magic_id(begins)), await _post(clients, magic_id(begins))]
    assert [(each.status_code, each.headers["X-Mode"]) for each in answers] == [(201, "live")] * 2
    assert await raw.all.fetchval("select count(*) from duties where due_at < now()") == 0


async def test_what_is_forced_takes_its_time_and_then_has_its_effect(
    clients: Clients, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("app.auth.rehearsal.asyncio.sleep", note)
    async with rehearsing(raw, clients):
        assert (await _put(clients, magic_id(SLOW))).status_code == 201
    assert 5 in waited


async def test_a_missed_date_is_told_as_one_that_passed(clients: Clients, raw: Raw, app: Any) -> None:
    async with rehearsing(raw, clients):
        usual, forced = await _put(clients, str(uuid4())), await _put(clients, magic_id(MISSED))
        assert (usual.status_code, forced.status_code) == (201, 201)
        late = await clients.ok("demo-border", "GET", "/v1/worklist?overdue=true")
        assert [item["overdue"] for item in late["items"]] == [True]
        await sweep(app.state.database)
    missed = await raw.all.fetch("select case_id from outbox_events where type = 'duty.missed'")
    assert {str(row["case_id"]) for row in missed} == {forced.json()["case"]["id"]}


async def test_the_function_behind_it_moves_no_live_date(clients: Clients, raw: Raw) -> None:
    """Raw SQL as the API's role, in the transaction that could have started the clock."""
    taken = await _put(clients, str(uuid4()))
    before = await raw.all.fetch("select id, due_at from duties order by id")
    assert before
    async with raw.all.transaction():
        await raw.all.execute("update duties set warned_at = now()")
        moved = await raw.all.fetchval("select access.miss_duties($1)", [taken.json()["case"]["id"]])
    assert moved == 0
    assert await raw.all.fetch("select id, due_at from duties order by id") == before
