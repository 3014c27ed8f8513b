"""What a client meets when the service is full: an answer at once, whole and useful, on a connection that stays."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.db import GATE
from app.embedded import Server
from tests.conftest import Raw
from tests.personas import Clients
from tests.running import ROOT
from tests.served import Served, read_reply, served, timed

HOST = "Host: a.vn\r\n"
PLAIN = f"GET /v1/me HTTP/1.1\r\n{HOST}\r\n".encode()
ENGLISH = f"GET /v1/cases?limit=5 HTTP/1.1\r\n{HOST}Accept-Language: en\r\nAuthorization: Bearer a\r\n\r\n".encode()
POSTED = f'POST /v1/intakes HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\n{{"a":"b"}}'.encode()
CHUNKED = f"POST /v1/intakes HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n".encode()
LARGE = f"POST /v1/intakes HTTP/1.1\r\n{HOST}Content-Length: 70000\r\n\r\n".encode() + b" " * 70_000
LAST = f"GET /v1/me HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n".encode()
HEALTH = f"GET /healthz HTTP/1.1\r\n{HOST}\r\n".encode()


@asynccontextmanager
async def full(service: Served, raw: Raw, headers: dict[str, str]) -> AsyncIterator[None]:
    """The one place is taken by a request that waits for the database until the end of the block."""
    await raw.all.execute(f"select pg_advisory_lock({GATE})")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with service.connect() as working, service.connect() as other:
        working.sendall(f"GET /v1/me HTTP/1.1\r\n{HOST}{lines}\r\n".encode())
        reply, _ = timed(other, PLAIN)
        while reply is None or reply.status != 503:
            reply, _ = timed(other, PLAIN)
        try:
            yield
        finally:
            await raw.all.execute(f"select pg_advisory_unlock({GATE})")
        served_after = read_reply(working)
        assert served_after is not None
        assert served_after.status == 200
        reply, _ = timed(other, PLAIN)
        assert reply is not None
        assert reply.status == 401


async def test_who_finds_the_queue_full_is_told_so_at_once_on_a_connection_that_stays(
    clients: Clients, raw: Raw, server: Server, data: Path, tmp_path: Path
) -> None:
    headers = await clients.headers("demo-police", "GET")
    with served(server, data, tmp_path / "log", requests_at_once=1, requests_waiting=0) as service:
        async with full(service, raw, headers):
            with service.connect() as connection:
                seen = set()
                for sent in (PLAIN, ENGLISH, POSTED, PLAIN, CHUNKED, LARGE, POSTED, LAST):
                    reply, took = timed(connection, sent)
                    assert reply is not None
                    assert (reply.status, reply.json["code"]) == (503, "overloaded")
                    assert reply.headers["retry-after"] == "1"
                    assert reply.headers["content-type"] == "application/problem+json"
                    assert reply.json["instance"] == f"urn:uuid:{reply.headers['x-request-id']}"
                    assert reply.json["retryable"]
                    seen.add(reply.headers["x-request-id"])
                    print(f"{took:7.1f} ms  {sent[:30]!r}")
                assert len(seen) == 8
            with service.connect() as connection:
                connection.sendall(
                    ENGLISH + POSTED + HEALTH + PLAIN
                )  # one after the other, in the order they were sent
                replies = [read_reply(connection) for _ in range(4)]
                assert [reply and reply.status for reply in replies] == [503, 503, 200, 503]
                assert replies[0] is not None
                assert replies[1] is not None
                assert replies[0].json["title"] != replies[1].json["title"]


def test_the_flood_is_measured() -> None:
    command = [sys.executable, "-m", "benchmarks.overload", "--seconds", "2", "--rows", "100", "--connections", "60"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout)
    assert figures["goodput_of_peak"] > 0
    assert set(figures["statuses"]) == {"200", "201", "503"}
    assert figures["refused_without_retry_after"] == 0
    assert set(figures["statuses_after"]) >= {"200", "201"}
