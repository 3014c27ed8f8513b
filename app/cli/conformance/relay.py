"""Stands between an integration and the service, on this machine only: passes on, brings the mishaps, writes down.

It changes neither address nor token, so proofs of possession hold. It speaks for test clients alone: whoever is
answered `X-Mode: live` is passed on unharmed once, and refused from then on.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from app.cli.conformance.faults import FORGED, Forged, Plan
from app.cli.conformance.traffic import Exchange, Fault, Log, digest_of

_KEPT = ("idempotency-key", "if-match", "acting-officer", "purpose-of-use", "authorization")
_TOLD = ("etag", "retry-after", "idempotent-replayed", "x-mode")
_OWN = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "keep-alive"}
_READ_OF_BODY = ("code", "next", "items", "status", "case_id", "available_actions")
_LIVE = Forged(403, "live_client", {})
_NO_STREAM = Forged(404, "not_found", {})


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes


@dataclass
class Relay:
    """`live`: a live client was seen. `page` is the last page of events that had any."""

    upstream: str
    plan: Plan
    log: Log = field(default_factory=Log)
    live: bool = False
    proven: bool = False
    page: Answer | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    def answer(self, method: str, target: str, headers: dict[str, str], content: bytes) -> Answer | None:
        """None: the line is to be cut."""
        number, began, url = self.log.number(), time.monotonic(), urlsplit(target)
        fault = self._fault(method, url.path, headers)
        said = self._said(method, target, headers, content, fault)
        kept = None if fault == "lost" else said
        self.log.keep(
            Exchange(
                number=number,
                began=began,
                ended=time.monotonic(),
                method=method,
                path=url.path,
                after=parse_qs(url.query).get("after", [None])[0],
                sent={name: headers[name] for name in _KEPT if name in headers},
                digest=digest_of(method, content),
                status=kept.status if kept else 0,
                headers={n.lower(): v for n, v in kept.headers.items() if n.lower() in _TOLD} if kept else {},
                body=_told(kept) if kept else {},
                fault=fault,
            )
        )
        return kept

    def _fault(self, method: str, path: str, headers: dict[str, str]) -> Fault | None:
        """None before it is certain that this is rehearsal."""
        with self.lock:
            if not self.proven:
                return None
            if path == "/v1/events" and self.page and self.plan.repeats():
                return "again"
            return self.plan.fault(method, path, headers.get("idempotency-key", ""))

    def _said(self, method: str, target: str, headers: dict[str, str], content: bytes, fault: Fault | None) -> Answer:
        if self.live or target.startswith("/v1/events/stream"):
            return _forged(_LIVE if self.live else _NO_STREAM)
        if fault == "again" and self.page:
            return self.page
        if fault and fault in FORGED:
            return _forged(FORGED[fault])
        passed = {name: value for name, value in headers.items() if name not in _OWN}
        reply = self.http.request(method, f"{self.upstream}{target}", headers=passed, content=content)
        said = Answer(reply.status_code, {n: v for n, v in reply.headers.items() if n not in _OWN}, reply.content)
        said.headers.pop("content-encoding", None)
        self._notice(target, said)
        return said

    def _notice(self, target: str, said: Answer) -> None:
        mode = said.headers.get("x-mode")
        self.live = self.live or mode == "live"
        self.proven = self.proven or mode == "test"
        if target.startswith("/v1/events") and said.status == 200 and json.loads(said.content)["items"]:
            self.page = said


def _forged(forged: Forged) -> Answer:
    return Answer(forged.status, {"Content-Type": "application/problem+json", **forged.headers}, forged.content)


def _told(said: Answer) -> dict[str, Any]:
    """The members that the rules ask about; of a list, only events."""
    try:
        body = json.loads(said.content)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    told = {name: body[name] for name in _READ_OF_BODY if name in body}
    if "items" in told:
        told["items"] = [e for e in told["items"] if isinstance(e, dict) and "specversion" in e]
    return told


@contextmanager
def relaying(relay: Relay, port: int = 0) -> Iterator[str]:
    """Serves on 127.0.0.1; the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                said = relay.answer(self.command, self.path, headers, content)
            except httpx.HTTPError:
                said = _forged(Forged(502, "service_not_reached", {}))
            if said is None:
                self.close_connection = True
                return
            self.send_response_only(said.status)
            for name, value in {**said.headers, "Content-Length": str(len(said.content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        relay.http.close()
