"""What is written where operators look: nobody's name or number, however it came in, and no version of anything."""

import base64
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.embedded import Server
from tests.conftest import Raw
from tests.factories import an_intake
from tests.personas import Clients
from tests.served import served

NAME = "Đặng Thị Chim Khuyên"
NUMBER = "098765432109"
PLAIN = "Dang-Thi-Chim-Khuyen"


def spellings(canary: str) -> Iterator[str]:
    """The ways a text may hide in a line of a log, in lower case."""
    for text in {canary, unicodedata.normalize("NFD", canary)}:
        raw = text.encode()
        yield from (text, quote(text), json.dumps(text)[1:-1], repr(raw)[2:-1], raw.hex())
        yield from (base64.b64encode(raw).decode().rstrip("=")[:-1], base64.urlsafe_b64encode(raw).decode()[:-3])


def found(log: str) -> list[str]:
    low = log.casefold()
    return [text for canary in (NAME, NUMBER, PLAIN) for text in spellings(canary) if text.casefold() in low]


@pytest.mark.parametrize("line", [NAME, NAME.upper(), quote(NAME), json.dumps(NAME), str(NAME.encode()), PLAIN, NUMBER])
def test_a_canary_is_noticed(line: str) -> None:
    assert found(f'{{"event": "said {line}"}}')


async def walk(url: str, keys: Path) -> None:
    """A person received and written about, and every way of saying the name where it does not belong."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        clients = Clients(http, keys)
        body = an_intake()
        body["person"] |= {
            "full_name": NAME,
            "identity_documents": [{"type": "citizen_identity_card", "number": NUMBER, "country_code": "VN"}],
        }
        body["trafficking"]["statement"] = body["place"]["text"] = NAME
        intake = f"/v1/intakes/{uuid4()}"
        case = (await clients.ok("demo-border", "PUT", intake, body))["case"]["id"]
        await clients.get("demo-border", intake)
        await clients.ok("demo-border", "POST", f"/v1/cases/{case}/notes", {"text": f"{NAME} {NUMBER}"})
        await clients.ok("demo-border", "POST", "/v1/case-searches", {"document_number": NUMBER})
        changed = {**body, "person": {**body["person"], "full_name": f"{NAME} B"}}
        assert (await clients.call("demo-border", "PUT", intake, changed)).status_code == 409
        await clients.call("demo-border", "PUT", intake, {**body, NAME: NUMBER})
        for path in (
            f"/v1/cases/{quote(NAME)}",
            f"/v1/cases/{NUMBER}",
            f"/v1/cases?full_name={quote(NAME)}",
            f"/{PLAIN}",
        ):
            await clients.get("demo-border", path)
        for header in ("Acting-Officer", "Purpose-Of-Use", "Accept-Language", "X-Forwarded-For", "Traceparent", "DPoP"):
            await clients.get("demo-border", f"/v1/cases/{case}", **{header: PLAIN})
        for token in (f"Bearer {PLAIN}", f"Bearer a.{base64.urlsafe_b64encode(NAME.encode()).decode()}.b", PLAIN):
            assert (await clients.get("demo-border", "/v1/me", Authorization=token)).status_code == 401
        await http.post("/oauth/token", data={"client_id": PLAIN, "client_assertion": NAME, "grant_type": NUMBER})
        await clients.send("demo-border", f"/v1/receptions/{uuid4()}/manifests", f"Name\n{NAME}".encode(), "text/csv")


def garbage(port: int) -> Iterator[bytes]:
    for sent in (f"{PLAIN} / HTTP/1.1", f"GET /{PLAIN} HTTP/1.1\r\nContent-Length: {PLAIN}", f"{NUMBER}"):
        yield f"{sent}\r\nHost: {PLAIN}\r\n\r\n".encode()
    yield f"POST /oauth/token HTTP/1.1\r\nHost: a.vn\r\nContent-Length: 500\r\n\r\n{PLAIN}".encode()  # and leaves


async def fail_in_the_database(raw: Raw) -> None:
    """What PostgreSQL would log of a statement that fails: its text, its parameters, the row."""
    for statement in (f"table nowhere -- {NAME}", f"select 1/0 -- {NUMBER}"):
        with pytest.raises(asyncpg.PostgresError):
            await raw.api.execute(statement)
    await raw.all.execute("create temporary table kept (name text primary key, check (length(name) < 40))")
    for name in (NAME, NAME, NAME * 9):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await raw.all.execute("insert into kept values ($1), ($1)", name)
    await raw.all.execute("drop table kept")


async def test_no_log_names_anybody(clients: Clients, raw: Raw, server: Server, data: Path, tmp_path: Path) -> None:
    postgres = data / "postgres" / "server.log"
    before = postgres.stat().st_size
    with served(server, data, tmp_path / "log") as service:
        await walk(service.url, data / "clients")
        for sent in garbage(service.port):
            with service.connect() as connection:
                connection.sendall(sent)
                if not sent.endswith(PLAIN.encode()):
                    connection.recv(65_536)
    await fail_in_the_database(raw)
    said = (tmp_path / "log").read_text("utf-8")
    logged = postgres.read_bytes()[before:].decode("utf-8", "replace")
    assert "Started server process" in said
    assert "does not exist" in logged
    assert "division by zero" in logged
    assert found(said) == []
    assert found(logged) == []
    assert "STATEMENT" not in logged
    assert "DETAIL" not in logged
    assert '"level": "error"' not in said


async def test_no_reply_tells_what_serves_it(server: Server, data: Path, tmp_path: Path) -> None:
    with served(server, data, tmp_path / "log") as service:
        shapes = [b"GET /healthz", b"GET /nowhere", b"DELETE /healthz", b"GET /v1/me", b"\x16\x03\x01", b"GET / HTTP/3"]
        for shape in shapes:
            with service.connect() as connection:
                connection.sendall(shape + b" HTTP/1.1\r\nHost: a.vn\r\n\r\n")
                reply = connection.recv(65_536).decode("latin-1").lower()
            for word in (
                "server:",
                "x-powered-by",
                "uvicorn",
                "python",
                "starlette",
                "fastapi",
                "traceback",
                "postgres",
            ):
                assert word not in reply
