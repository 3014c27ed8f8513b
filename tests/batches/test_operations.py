"""Long batches: accepted onto durable storage before they are answered, worked off by whoever lives, told to their
sender."""

import asyncio
from typing import Any

import asyncpg
import pytest

from app.batches.operations import MOST_WAITING, Turns, work_for_ever, work_off
from tests.batches import PATH, POST, a_line, packed, sent, squeezed, worked_off, zipped
from tests.conftest import Raw
from tests.personas import Clients

LONG = 520


def long(lines: int = LONG) -> list[Any]:
    return [a_line() for _ in range(lines)]


async def accepted(clients: Clients, lines: list[Any]) -> str:
    """Its path."""
    answer = await zipped(clients, squeezed(lines))
    assert answer.status_code == 202, answer.text
    path = answer.headers["location"]
    assert path == f"/v1/operations/{answer.json()['id']}"
    return str(path)


async def test_more_than_five_hundred_lines_become_an_operation(clients: Clients, raw: Raw) -> None:
    lines = long()
    lines[7] = a_line(channel="by_balloon")
    lines[300] = lines[2]
    lines[400] = {**lines[2], "urgent_needs": ["legal_advice"]}
    path = await accepted(clients, lines)
    waiting = await clients.ok(POST, "GET", path)
    assert (waiting["status"], waiting["lines"], waiting["done"], waiting["results"]) == ("accepted", LONG, 0, None)
    await worked_off(clients)
    done = await clients.ok(POST, "GET", path)
    counts = {name: done[name] for name in ("status", "lines", "done", "created", "replayed", "refused")}
    assert counts == {"status": "done", "lines": LONG, "done": LONG, "created": 517, "replayed": 1, "refused": 2}
    results = done["results"]
    assert [result["line"] for result in results] == list(range(1, LONG + 1))
    assert [results[n]["status"] for n in (0, 7, 300, 400)] == [201, 422, 200, 409]
    assert results[7]["problem"]["errors"][0]["pointer"] == "/channel"
    record = await clients.ok(POST, "GET", f"/v1/intakes/{lines[519]['id']}")
    assert (results[519]["digest"], results[519]["case"]) == (record["digest"], record["case"])
    assert await raw.all.fetchval("select count(*) from intakes") == 517


async def test_results_are_in_the_language_of_whoever_asks(clients: Clients) -> None:
    path = await accepted(clients, [a_line(channel="by_balloon") for _ in range(LONG)])
    await worked_off(clients)
    told = [
        (await clients.get(POST, path, Accept_Language=language)).json()["results"][0]["problem"]["title"]
        for language in ("vi", "en")
    ]
    assert told[0] != told[1]


async def test_five_hundred_are_answered_at_once(clients: Clients) -> None:
    lines = long(500)
    assert (await sent(clients, lines)).status_code == 200
    assert (await sent(clients, [*lines, a_line()])).status_code == 202


async def test_what_was_sent_lies_sealed_and_goes_with_the_last_line(clients: Clients, raw: Raw) -> None:
    """As it came, in no column in clear; afterwards neither body nor key is left."""
    word = "Lường Thị Không Ai Biết"
    plain = [a_line(person={"full_name": word}) for _ in range(LONG)]
    await sent(clients, plain)
    await sent(clients, squeezed(plain), Content_Encoding="gzip")
    for row in await raw.all.fetch("select sealed, coding from operation_bodies"):
        assert word.encode() not in row["sealed"]
        assert packed(plain)[:40] not in row["sealed"]
        assert squeezed(plain)[:40] not in row["sealed"]
    assert await raw.all.fetchval("select count(*) from data_keys") == 2
    await worked_off(clients)
    assert await raw.all.fetchval("select count(*) from operation_bodies") == 0
    assert await raw.all.fetchval("select count(*) from data_keys") == LONG
    tables = ("operations", "operation_outcomes", "audit_entries", "outbox_events")
    for table in tables:
        assert word not in str(await raw.all.fetch(f"select * from {table}"))  # noqa: S608


async def test_an_operation_is_for_its_client_alone(clients: Clients) -> None:
    path = await accepted(clients, long())
    for who in ("demo-police", "demo-labour-second", "demo-oversight"):
        answers = [await clients.get(who, path), await clients.get(who, path[:-4] + "0000")]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 2


async def test_another_client_of_the_same_body_is_a_stranger_to_it(clients: Clients) -> None:
    path = (await zipped(clients, squeezed(long()), by="demo-police")).headers["location"]
    assert (await clients.get("demo-police", path)).status_code == 200
    assert (await clients.get("demo-police-second", path)).status_code == 404


async def test_who_has_several_waiting_waits(clients: Clients) -> None:
    lines = long()
    for _ in range(MOST_WAITING):
        await accepted(clients, lines)
    answer = await zipped(clients, squeezed(lines))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert (await zipped(clients, squeezed(lines), by="demo-police")).status_code == 202
    await worked_off(clients)
    await accepted(clients, lines)


async def test_a_long_batch_sent_again_is_replayed_line_by_line(clients: Clients) -> None:
    lines = long()
    first, again = await accepted(clients, lines), await accepted(clients, lines)
    await worked_off(clients)
    assert (await clients.ok(POST, "GET", first))["created"] == LONG
    assert (await clients.ok(POST, "GET", again))["replayed"] == LONG


async def test_another_worker_goes_on_where_one_was_stopped(
    clients: Clients, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its database goes away in the fourth chunk, in the middle of it: three are done, and no line is done twice."""
    path = await accepted(clients, long())
    database = clients.http._transport.app.state.database  # type: ignore[attr-defined]
    real, begun = database._begin, iter(range(4))  # the body, and three chunks

    async def begin(sql: str) -> Any:
        if "app.client_id" in sql and next(begun, None) is None:
            raise asyncpg.CannotConnectNowError("starting")
        return await real(sql)

    monkeypatch.setattr(database, "_begin", begin)
    with pytest.raises(Exception, match="unavailable"):
        await work_off(database, Turns())
    monkeypatch.undo()
    half = await clients.ok(POST, "GET", path)
    assert (half["status"], half["done"], half["created"], half["results"]) == ("running", 300, 300, None)
    assert not await work_off(database, Turns()), "somebody else may still hold it"
    await raw.all.execute("update operations set held_until = now()")
    await worked_off(clients)
    done = await clients.ok(POST, "GET", path)
    assert (done["status"], done["created"], done["replayed"]) == ("done", LONG, 0)


async def test_two_workers_on_one_operation_do_each_line_once(clients: Clients, raw: Raw) -> None:
    """The first was thought dead and was only slow."""
    path = await accepted(clients, long())
    database = clients.http._transport.app.state.database  # type: ignore[attr-defined]
    first = asyncio.create_task(work_off(database, Turns()))
    while not await raw.all.fetchval("select held_until > now() from operations"):
        await asyncio.sleep(0)
    await raw.all.execute("update operations set held_until = now()")
    await asyncio.gather(first, worked_off(clients))
    done = await clients.ok(POST, "GET", path)
    assert (done["status"], done["created"], done["replayed"], len(done["results"])) == ("done", LONG, 0, LONG)
    assert await raw.all.fetchval("select count(*) from intakes") == LONG


async def test_a_worker_that_accepts_one_begins_at_once(clients: Clients) -> None:
    application = clients.http._transport.app  # type: ignore[attr-defined]
    working = asyncio.create_task(work_for_ever(application.state.database, application.state.turns, 3600))
    path = await accepted(clients, long())
    async with asyncio.timeout(30):
        while (await clients.ok(POST, "GET", path))["status"] != "done":
            pass
    working.cancel()


async def test_a_dry_run_is_answered_at_once_or_not_at_all(clients: Clients, raw: Raw) -> None:
    answer = await sent(clients, long(), path=f"{PATH}?validate_only=true")
    assert (answer.status_code, answer.json()["params"]["limit_lines"]) == (413, 500)
    assert await raw.all.fetchval("select count(*) from operations") == 0


async def test_what_was_done_a_month_ago_is_forgotten(clients: Clients, raw: Raw) -> None:
    path = await accepted(clients, long())
    await worked_off(clients)
    await raw.all.execute("update operations set finished_at = now() - interval '29 days'")
    await worked_off(clients)
    assert (await clients.get(POST, path)).status_code == 200
    await raw.all.execute("update operations set finished_at = now() - interval '31 days'")
    await worked_off(clients)
    assert (await clients.get(POST, path)).status_code == 404
    assert await raw.all.fetchval("select count(*) from intakes") == LONG
