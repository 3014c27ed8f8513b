"""A partner's authorization server, over real HTTP: its key set, and every way of not giving one."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.auth.issuers import LARGEST
from app.auth.keys import SigningKey, generate, signing_key
from tests.auth.hostile import Forger

NAME = "https://id.example/realms/referral"
Answer = Callable[["Endpoint"], None]


@dataclass
class Partner:
    """The external issuer: its signing key, the key set it serves, and how often it was asked."""

    key: SigningKey = field(default_factory=lambda: signing_key(generate()))
    others: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answer: Answer | None = None
    url: str = ""

    @property
    def jwks(self) -> bytes:
        return json.dumps({"keys": [*self.others, dict(self.key.public)]}).encode()

    def token(self, key: SigningKey | None = None, **changes: Any) -> str:
        signer = key or self.key
        return Forger(signer, NAME, "urn:referral:api", signer).with_claims(**changes)


class Endpoint(BaseHTTPRequestHandler):
    """One request to the partner's server."""

    partner: Partner

    def do_GET(self) -> None:
        self.partner.asked.append(self.path)
        (self.partner.answer or plain)(self)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Not on the tests' output."""


def plain(request: Endpoint) -> None:
    request.send(200, request.partner.jwks)


@contextmanager
def a_partner() -> Iterator[Partner]:
    """Serves until the end of the block."""
    made = Partner()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Endpoint,), {"partner": made}))
    made.url = f"http://127.0.0.1:{server.server_port}/jwks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def redirect(request: Endpoint) -> None:
    if request.path == "/jwks":
        request.send(302, b"", Location="/elsewhere")
    else:
        plain(request)


def drip(request: Endpoint) -> None:
    """A whole key set in the end, but later than anybody should wait; blanks keep each single read short."""
    jwks = request.partner.jwks
    request.send(200, b"", Content_Length=str(20 + len(jwks)))
    for part in (*[b" "] * 20, jwks):
        request.wfile.write(part)
        request.wfile.flush()
        threading.Event().wait(0.05)


def twice(partner: Partner) -> bytes:
    other = {**signing_key(generate()).public, "kid": partner.key.kid}
    return json.dumps({"keys": [dict(partner.key.public), other]}).encode()


MISCONDUCT: dict[str, Answer] = {
    "redirect": redirect,
    "drip": drip,
    "too large": lambda r: r.send(200, r.partner.jwks + b" " * LARGEST),
    "too large, of no stated length": lambda r: r.send(200, r.partner.jwks + b" " * LARGEST, Content_Length=""),
    "gzip": lambda r: r.send(200, gzip.compress(r.partner.jwks), Content_Encoding="gzip"),
    "server error": lambda r: r.send(500, r.partner.jwks),
    "created": lambda r: r.send(201, r.partner.jwks),
    "no JSON": lambda r: r.send(200, b"<html>"),
    "deep": lambda r: r.send(200, b"[" * 60_000),
    "a member twice": lambda r: r.send(200, r.partner.jwks[:-1] + b',"keys":[]}'),
    "a list": lambda r: r.send(200, b"[]"),
    "keys of another type": lambda r: r.send(200, b'{"keys":{}}'),
    "one kid, two keys": lambda r: r.send(200, twice(r.partner)),
    "broken off": lambda r: r.send(200, r.partner.jwks[:40], Content_Length="500"),
    "nothing": lambda r: r.connection.close(),
}
