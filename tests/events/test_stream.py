"""Waiting for events on the shipped server: told as it happens, cut off as rights end, and in nobody's way."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.embedded import Server
from app.events.relay import advance
from app.oauth.assertions import token_form
from tests.break_glass import HOLDER, OVERSEER, a_look
from tests.factories import a_case, a_held_case, a_referral, an_action
from tests.personas import ISSUER, Clients
from tests.running import Worker

FEED = "/v1/events"
PLACES, SEATS = 2, 8


@pytest.fixture(scope="module")
def worker(server: Server, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    environment = {
        "DATABASE_URL": server.api_url,
        "REFERRAL_DATA": str(data),
        "REFERRAL_PUBLIC_URL": ISSUER,
        "REFERRAL_FEED_SECONDS": "0.05",
        "REFERRAL_REQUESTS_AT_ONCE": str(PLACES),
    }
    made = Worker(environment, tmp_path_factory.mktemp("stream") / "log")
    try:
        made.start()
        made.ready()
        yield made
    finally:
        made.stop()


@pytest.fixture
async def served(worker: Worker, clients: Clients) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=worker.url, timeout=30) as http:
        yield http


@asynccontextmanager
async def streaming(
    served: httpx.AsyncClient, clients: Clients, who: str, **changes: str
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The events as they arrive, each with the `cursor` to go on from."""
    headers = await clients.headers(who, "GET", {"Accept": "text/event-stream", **changes})

    async def told(stream: httpx.Response) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                cursor = value
            if name == "data":
                yield {**json.loads(value), "cursor": cursor}

    async with served.stream("GET", f"{FEED}/stream", headers=headers) as stream:
        assert (stream.status_code, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        yield told(stream)


async def until(events: AsyncIterator[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """What is told up to the first of this kind."""
    told = []
    async with asyncio.timeout(20):
        async for event in events:
            told.append(event)
            if event["type"] == kind:
                return told
    raise AssertionError(told)


async def amend(clients: Clients, who: str, case: str) -> None:
    path = f"/v1/cases/{case}"
    etag = (await clients.ok(who, "GET", path))["etag"]
    await clients.ok(who, "PATCH", path, {"sections": {"needs": {"services": ["legal_advice"]}}}, etag=etag)


async def test_it_tells_as_things_happen_and_goes_on_from_the_last_that_arrived(
    served: httpx.AsyncClient, clients: Clients
) -> None:
    async with streaming(served, clients, "demo-border") as events:
        await a_case(clients)
        first = (await until(events, "case.opened"))[-1]
    async with streaming(served, clients, "demo-border", **{"Last-Event-ID": first["cursor"]}) as events:
        story = await a_case(clients)
        later = await until(events, "intake.submitted") + await until(events, "intake.submitted")
    assert first["id"] not in {event["id"] for event in later}
    assert later[-1]["subject"] == f"intake/{story.intake}"


async def test_what_is_seen_no_more_is_told_no_more(served: httpx.AsyncClient, clients: Clients) -> None:
    story = await a_referral(clients, status="in_service")
    async with streaming(served, clients, "demo-ngo") as told, streaming(served, clients, "demo-labour") as all_of_it:
        await amend(clients, "demo-labour", story.case)
        await until(told, "case.amended")
        path = f"/v1/referrals/{story.referral['id']}"
        await an_action(clients, "demo-ngo", path, "completions", {"outcome": "service_delivered"})
        await amend(clients, "demo-labour", story.case)
        await until(all_of_it, "referral.completed")
        await until(all_of_it, "case.amended")
        after = await until(told, "referral.completed")
        await a_capacity(clients)
        after += await until(told, "service.capacity_changed")
    assert [event["type"] for event in after] == ["referral.completed", "service.capacity_changed"]


async def a_capacity(clients: Clients) -> None:
    mine = (await clients.ok("demo-ngo", "GET", "/v1/me"))["organisation"]["id"]
    services = (await clients.ok("demo-ngo", "GET", "/v1/services?limit=200"))["items"]
    service = next(each for each in services if each["organisation_id"] == mine)
    path = f"/v1/services/{service['id']}"
    etag = (await clients.ok("demo-ngo", "GET", path))["etag"]
    await clients.ok("demo-ngo", "PUT", f"{path}/capacity", {"places_total": 9, "places_free": 3}, etag=etag)


async def test_those_who_wait_hold_no_place_and_each_client_may_wait_so_often(
    served: httpx.AsyncClient, clients: Clients
) -> None:
    headers = await clients.headers("demo-commune", "GET", {"Prefer": "wait=20"})
    asked = [asyncio.create_task(served.get(f"{FEED}?after=latest", headers=headers)) for _ in range(SEATS + 1)]
    done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=15)
    assert [(task.result().status_code, task.result().headers["retry-after"]) for task in done] == [(429, "5")]
    assert len(waiting) == SEATS > PLACES
    plain = await clients.headers("demo-border", "GET")
    assert [(await served.get("/v1/me", headers=plain)).status_code for _ in range(PLACES + 1)] == [200] * (PLACES + 1)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_wait_ends_when_its_token_is_revoked(app: FastAPI, clients: Clients) -> None:
    await advance(app.state.database)
    app.state.feed.see(0)
    token = (await clients.http.post("/oauth/token", data=token_form(clients.assertion("demo-hotline")))).json()
    headers = {"Authorization": f"Bearer {token['access_token']}", "Prefer": "wait=20"}
    waiting = asyncio.create_task(clients.http.get(f"{FEED}?after=latest", headers=headers))
    async with asyncio.timeout(10):
        while not app.state.feed.seats._taken["demo-hotline"]:
            await asyncio.sleep(0)
    proof = token_form(clients.assertion("demo-hotline"))
    del proof["grant_type"]
    assert (await clients.http.post("/oauth/revoke", data={"token": token["access_token"], **proof})).status_code == 200
    assert not waiting.done()
    app.state.feed.see(1)
    assert (await asyncio.wait_for(waiting, 10)).status_code == 401


async def test_a_stream_is_refused_like_any_request(clients: Clients) -> None:
    path = f"{FEED}/stream"
    assert (await clients.get("demo-border", f"{path}?after=AAAA")).json()["code"] == "invalid_cursor"
    assert (await clients.get("demo-border", path, Accept="application/json")).status_code == 406
    assert (await clients.http.get(path)).status_code == 401


async def test_holder_and_oversight_hear_of_a_break_glass_within_a_minute(
    served: httpx.AsyncClient, clients: Clients
) -> None:
    story = await a_held_case(clients, accompanying_minors=[])
    async with streaming(served, clients, HOLDER) as holder, streaming(served, clients, OVERSEER) as overseer:
        began = time.monotonic()
        glass = await a_look(clients, story.case)
        for events in (holder, overseer):
            (told,) = [event for event in await until(events, "break_glass.approved") if "approved" in event["type"]]
            assert told["subject"] == f"break_glass/{glass['id']}"
        took = time.monotonic() - began
    print(f"asked, approved and heard by holder and oversight after {took:.2f} s")
    assert took <= 60
