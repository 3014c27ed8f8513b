"""How patient the sender is, against a service of a few lines that fails as told."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import UUID

import pytest

from app.auth.keys import generate, signing_key
from app.cli.htcds.send import PATIENCE, Answer, NotAdmittedError, Refusal, Sender, UnreachableError

ID = UUID("11111111-2222-8333-8444-555555555555")
KEY = signing_key(generate())
Reply = tuple[int, Mapping[str, object] | None, Mapping[str, str]]
CREATED: Reply = (201, {"reference": "AAAA0000"}, {})


class Service:
    """Answers PUTs with these replies in turn, and token requests with `token_status`."""

    def __init__(self, *replies: Reply, token_status: int = 200) -> None:
        self.replies = list(replies)
        self.token_status = token_status
        self.tokens = 0
        self.pauses: list[float] = []

    @contextmanager
    def sender(self) -> Iterator[Sender]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=server.serve_forever, args=(0.01,)).start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            with Sender(url, "demo-border", KEY, officer="officer.1", pause=self.pauses.append) as sender:
                yield sender
        finally:
            server.shutdown()
            server.server_close()


def _handler(service: Service) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            service.tokens += 1
            self._reply(service.token_status, {"access_token": f"token-{service.tokens}"}, {})

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body, headers = service.replies.pop(0)
            if body is None:
                self.close_connection = True  # cut off, as by a service that was killed
            else:
                self._reply(status, body, headers)

        def _reply(self, status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> None:
            content = json.dumps(body).encode()
            kind = "application/problem+json" if status >= 400 else "application/json"
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler


def test_created_and_replayed() -> None:
    with Service(CREATED, (200, {"reference": "AAAA0000"}, {})).sender() as sender:
        assert sender.put(ID, {}) == Answer("created", "AAAA0000")
        assert sender.put(ID, {}) == Answer("replayed", "AAAA0000")


def test_a_cut_connection_and_a_failing_service_are_tried_again() -> None:
    service = Service((0, None, {}), (500, {"code": "internal_error"}, {}), (503, {}, {"Retry-After": "3"}), CREATED)
    with service.sender() as sender:
        assert sender.put(ID, {}).result == "created"
    assert service.pauses == [PATIENCE[0], PATIENCE[1], 3.0]


def test_too_many_requests_wait_as_told_but_not_for_ever() -> None:
    service = Service((429, {}, {"Retry-After": "7"}), (429, {}, {"Retry-After": "86400"}), CREATED)
    with service.sender() as sender:
        assert sender.put(ID, {}).result == "created"
    assert service.pauses == [7.0, 60.0]


def test_a_row_that_always_breaks_the_service_is_rejected() -> None:
    broken: Reply = (500, {"code": "internal_error", "title": "Lỗi"}, {})
    service = Service(*[broken] * (len(PATIENCE) + 1))
    with service.sender() as sender:
        assert sender.put(ID, {}) == Answer("rejected", refusals=(Refusal("", "internal_error", "Lỗi"),))
    assert service.pauses == list(PATIENCE)


def test_an_expired_token_is_fetched_anew() -> None:
    service = Service(CREATED, (401, {"code": "unauthenticated"}, {}), CREATED)
    with service.sender() as sender:
        assert [sender.put(ID, {}).result, sender.put(ID, {}).result] == ["created", "created"]
    assert service.tokens == 2


def test_findings_of_the_service_are_kept_with_their_place() -> None:
    finding = {"pointer": "/person/birth_date", "code": "in_the_future", "message": "…", "params": {}}
    with Service((422, {"code": "validation_failed", "title": "…", "errors": [finding]}, {})).sender() as sender:
        assert sender.put(ID, {}).refusals == (Refusal("/person/birth_date", "in_the_future", "…"),)


def test_a_client_that_gets_no_token_is_not_admitted() -> None:
    with Service(token_status=401).sender() as sender, pytest.raises(NotAdmittedError):
        sender.put(ID, {})


def test_a_client_without_the_scope_is_not_admitted() -> None:
    with Service((403, {"code": "insufficient_scope"}, {})).sender() as sender, pytest.raises(NotAdmittedError):
        sender.put(ID, {})


def test_a_service_that_is_not_there_is_given_up_on() -> None:
    pauses: list[float] = []
    with (
        Sender("http://127.0.0.1:9", "demo-border", KEY, officer="officer.1", pause=pauses.append) as sender,
        pytest.raises(UnreachableError),
    ):
        sender.put(ID, {})
    assert pauses == list(PATIENCE)
