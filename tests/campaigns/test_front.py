"""What stands before the workers (deploy/front.cfg) refuses as the service does, and only what would cost a place."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import yaml

from app.admission import EXEMPT, Room
from app.auth.rehearsal import MAGIC
from app.edge import standalone
from app.problems import Language, Overloaded, Problem, RequestTimeout, Unavailable
from app.settings import Settings
from campaigns.cluster import DEPLOY
from campaigns.front import command
from tests.campaigns.ends import PATIENT, Clients, Worker, behind, http2, request

CONFIGURED = (DEPLOY / "front.cfg").read_text("utf-8")
plays = pytest.mark.skipif(command() is None, reason="HAProxy is not installed (Debian: haproxy)")


@asynccontextmanager
async def full(folder: Path) -> AsyncIterator[tuple[Worker, Clients]]:
    """One place, which is taken, and as many waiting as may: the first to be answered was refused."""
    async with behind(folder, places=1, **PATIENT) as (worker, clients):
        waiting = [asyncio.create_task(clients.ask("/v1/hold")) for _ in range(20)]
        done, rest = await asyncio.wait(waiting, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result().status_code for task in done} == {503}
        yield worker, clients
        worker.let_go.set()
        answers = [task.result().status_code for task in (await asyncio.wait(rest, timeout=60))[0]]
        assert answers.count(200) > 1


def said(problem: Problem, language: Language, answer: httpx.Response) -> None:
    """The answer is, header by header and member by member, what the service itself would have said."""
    number = UUID(answer.headers["x-request-id"])
    service = standalone(problem, language, number)
    assert dict(answer.headers) == dict(service.headers)
    assert (answer.status_code, answer.json()) == (service.status_code, json.loads(bytes(service.body)))


@plays
async def test_a_refusal_is_the_services_own(tmp_path: Path) -> None:
    async with full(tmp_path) as (worker, clients):
        answers = [await clients.ask("/v1/me") for _ in range(2)]
        for answer in answers:
            said(Overloaded(), "vi", answer)
        assert answers[0].headers["x-request-id"] != answers[1].headers["x-request-id"]
        for spoken in ("en", "EN-gb, vi;q=0.5", "fr, en;q=0.1"):
            said(Overloaded(), "en", await clients.ask("/v1/me", f"Accept-Language: {spoken}"))
        said(Overloaded(), "vi", await clients.ask("/v1/me", "Accept-Language: fr, en;q=0.1, vi;q=0.2"))
        posted = await clients.ask("/v1/intakes", "Content-Length: 2", method="POST", body=b"{}")
        said(Overloaded(), "vi", posted)
        assert (await clients.ask("/v1/me", method="HEAD")).status_code == 503
        assert set(worker.heard) <= {"/v1/hold", "/readyz"}


@plays
async def test_who_is_refused_keeps_the_connection(tmp_path: Path) -> None:
    async with full(tmp_path) as (_, clients):
        reader = await clients.send(request("/v1/me"), request("/v1/me"), request("/healthz"))
        heard = b""
        async with asyncio.timeout(60):
            while heard.count(b"HTTP/1.1 ") < 3:
                heard += await reader.read(65_536)
        assert re.findall(rb"HTTP/1.1 (\d+)", heard) == [b"503", b"503", b"200"]


@plays
async def test_what_is_refused_is_counted_where_the_alert_looks(tmp_path: Path) -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus/rules.yaml").read_text("utf-8"))["groups"][0]["rules"]
    expression = next(rule["expr"] for rule in rules if rule["alert"] == "ReferralFrontTurnedAway")
    async with full(tmp_path) as (_, clients), httpx.AsyncClient(trust_env=False) as reader:
        url = f"http://127.0.0.1:{clients.metrics}/metrics"
        before = counted((await reader.get(url)).text, expression)
        assert (await clients.ask("/v1/me")).status_code == 503
        assert (await clients.ask("/healthz")).status_code == 200
        assert counted((await reader.get(url)).text, expression) == before + 1


def counted(told: str, expression: str) -> int:
    counter = re.search(r"haproxy_\w+{[^}]*}", expression)
    assert counter
    return next(int(line.rpartition(" ")[2]) for line in told.splitlines() if line.startswith(counter[0]))


@plays
async def test_health_and_what_takes_no_place_are_never_refused(tmp_path: Path) -> None:
    async with full(tmp_path) as (_, clients):
        for path in (*EXEMPT, "/v1/events/stream", "/docs"):
            assert (await clients.ask(path)).status_code == 200
        assert (await clients.ask("/v1/events", "Prefer: respond-async, wait=30")).status_code == 200
        assert (await clients.ask("/v1/events")).status_code == 503


@plays
async def test_a_slow_body_a_long_poll_and_a_slow_answer_hold_no_place(tmp_path: Path) -> None:
    slow = next(magic for magic in MAGIC.values() if magic.seconds)
    async with behind(tmp_path, places=1, **PATIENT) as (worker, clients):
        for _ in range(3):
            await clients.send(request("/v1/small", "Content-Length: 50", method="POST"), b"{")
            await clients.send(request("/v1/great", "Content-Length: 500000", method="POST"), b" " * 60_000)
            await clients.send(request("/v1/chunked", "Transfer-Encoding: chunked", method="POST"), b" " * 40_000)
            await clients.send(request("/v1/events?hold", "Prefer: wait=30"))
            await clients.send(request("/v1/events/stream?hold"))
            await clients.send(request(f"/v1/hold/{slow.begins.upper()}-0000", method="PUT"))
            await clients.send(request("/v1/hold", f"Idempotency-Key: {slow.begins}-1", method="POST"))
        for path in ("/v1/great", "/v1/events?hold", "/v1/events/stream?hold", "/v1/hold"):
            await worker.hears(path, 3)
        assert (await clients.ask("/v1/me")).status_code == 200
        assert "/v1/small" not in worker.heard


@plays
async def test_a_body_without_a_length_holds_no_place_in_http2_either(tmp_path: Path) -> None:
    async with behind(tmp_path, places=1, **PATIENT) as (worker, clients):
        for _ in range(3):
            await clients.send(http2("/v1/hold", "POST", 40_000))
        await worker.hears("/v1/hold", 3)
        assert (await clients.ask("/v1/me")).status_code == 200


@plays
async def test_what_needs_no_database_is_answered_while_no_process_is_ready(tmp_path: Path) -> None:
    async with behind(tmp_path, ready=False, **PATIENT) as (worker, clients):
        await worker.hears("/readyz", 4)
        said(Unavailable(), "vi", await clients.ask("/v1/me"))
        for path in ("/healthz", "/docs"):
            assert (await clients.ask(path)).status_code == 200


@plays
async def test_a_body_that_does_not_come_is_given_up_in_the_services_words(tmp_path: Path) -> None:
    async with behind(tmp_path, coming="100ms") as (_, clients):
        answer = await clients.ask("/v1/intakes", "Content-Length: 50", method="POST", body=b"{")
        said(RequestTimeout(), "vi", answer)


@plays
async def test_who_does_not_read_a_long_answer_holds_no_place(tmp_path: Path) -> None:
    async with behind(tmp_path, places=1, **PATIENT) as (worker, clients):
        for _ in range(3):
            worker.written.clear()
            await clients.send(request("/v1/large"))
            await asyncio.wait_for(worker.written.wait(), 60)
        assert (await clients.ask("/v1/me")).status_code == 200


@plays
async def test_what_a_client_says_of_its_address_is_replaced(tmp_path: Path) -> None:
    forged = (
        "X-Forwarded-For: 6.6.6.6",
        "x-forwarded-for: 7.7.7.7",
        "Forwarded: for=8.8.8.8",
        "X-Forwarded-Proto: https",
    )
    async with behind(tmp_path) as (_, clients):
        head = (await clients.ask("/v1/me", *forged)).text
        assert re.findall(r"forwarded[^\r]*", head) == ["forwarded-for: 127.0.0.1", "forwarded-proto: http"]


@plays
async def test_a_post_is_never_sent_twice(tmp_path: Path) -> None:
    async with behind(tmp_path) as (worker, clients):
        for method in ("POST", "PUT"):
            answer = await clients.ask("/v1/die", "Content-Length: 2", method=method, body=b"{}")
            said(Unavailable(), "vi", answer)
        assert worker.heard.count("/v1/die") == 2


@plays
async def test_one_address_has_so_many_connections(tmp_path: Path) -> None:
    async with behind(tmp_path, per_address=2) as (_, clients):
        taken = [await greeted(clients) for _ in range(5)]
        assert taken[0]
        assert sum(taken) <= 2


async def greeted(clients: Clients) -> bool:
    """Whether one more connection is answered on; it stays."""
    try:
        return await (await clients.send(request("/v1/me"))).readline() == b"HTTP/1.1 200 OK\r\n"
    except ConnectionError:
        return False


def test_the_front_is_set_as_the_service_is() -> None:
    at_once = Settings.model_fields["requests_at_once"].default
    assert f"presetenv PLACES {at_once}\n" in CONFIGURED
    assert f"presetenv WAITING {Room(1, 1).seconds * 1000:.0f}ms\n" in CONFIGURED
    for magic in MAGIC.values():
        assert (magic.seconds > 0) is (magic.begins in CONFIGURED)
    for path in EXEMPT:
        assert path in CONFIGURED


def test_the_front_stands_before_the_workers_and_is_believed_alone() -> None:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    services, front = composed["services"], composed["services"]["front"]
    needed = {"./front.cfg", *(f"./{name}" for name in re.findall(r"lf-file (\S+)", CONFIGURED))}
    assert needed == {volume.partition(":")[0] for volume in front["volumes"]}
    for number in (1, 2):
        api = services[f"api{number}"]
        assert "ports" not in api
        assert front["environment"][f"API{number}"] == f"api{number}:8000"
        assert api["environment"]["REFERRAL_TRUSTED_PROXIES"] == front["networks"]["default"]["ipv4_address"]
