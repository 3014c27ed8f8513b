"""Bytes that are no plain HTTP/1.1, sent to the service as shipped: one constant problem each, quickly, and no more."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded import Server
from tests.conftest import Raw
from tests.served import Reply, Served, ends, read_reply, served, timed

HOST = b"Host: a.vn\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
SLOWEST = 2000.0
"""Milliseconds; 50 is what is asked for (run with -s to see the figures), the rest allows for a loaded machine."""

Shape = tuple[str, bytes, int, str]


def get(target: bytes, *lines: bytes, method: bytes = b"GET") -> bytes:
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"Host: a.vn", *lines, b"", b""])


def post(*lines: bytes, body: bytes = b"") -> bytes:
    return get(b"/oauth/token", b"Content-Type: application/x-www-form-urlencoded", *lines, method=b"POST") + body


CHUNKED = b"Transfer-Encoding: chunked"
ENDED: list[Shape] = [
    ("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", 400, "invalid_header"),
    ("two Hosts", get(b"/healthz", b"Host: b.vn"), 400, "invalid_header"),
    ("a Host with a path", b"GET /healthz HTTP/1.1\r\nHost: a.vn/../b\r\n\r\n", 400, "invalid_header"),
    ("a Host with a user", b"GET /healthz HTTP/1.1\r\nHost: b@a.vn\r\n\r\n", 400, "invalid_header"),
    ("a Host with a blank", b"GET /healthz HTTP/1.1\r\nHost: a.vn b.vn\r\n\r\n", 400, "invalid_header"),
    ("an empty Host", b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 400, "invalid_header"),
    ("a length and chunks", post(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n" + NEXT), 400, "malformed_request"),
    ("chunks and a length", post(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n" + NEXT), 400, "malformed_request"),
    ("two lengths", post(b"Content-Length: 5", b"Content-Length: 6", body=b"a=bcd" + NEXT), 400, "malformed_request"),
    ("a length twice", post(b"Content-Length: 5", b"Content-Length: 5", body=b"a=bcd"), 400, "malformed_request"),
    ("a length list", post(b"Content-Length: 5, 5", body=b"a=bcd" + NEXT), 400, "malformed_request"),
    ("a signed length", post(b"Content-Length: +5", body=b"a=bcd" + NEXT), 400, "malformed_request"),
    ("a negative length", post(b"Content-Length: -5", body=b"a=bcd"), 400, "malformed_request"),
    ("a hexadecimal length", post(b"Content-Length: 0x5", body=b"a=bcd"), 400, "malformed_request"),
    ("an empty length", post(b"Content-Length: ", body=b"a=bcd"), 400, "malformed_request"),
    ("a length beyond all", post(b"Content-Length: " + b"9" * 40), 400, "malformed_request"),
    ("another coding", post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 400, "malformed_request"),
    ("a coding after chunks", post(CHUNKED + b", identity", body=b"0\r\n\r\n"), 400, "malformed_request"),
    ("a coding below chunks", post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 400, "invalid_header"),
    ("chunks twice", post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), 400, "malformed_request"),
    ("a blank before the colon", post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), 400, "malformed_request"),
    (
        "chunks from HTTP/1.0",
        post(CHUNKED, body=b"0\r\n\r\n" + NEXT).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        400,
        "invalid_header",
    ),
    ("a chunk size by line feed", post(CHUNKED, body=b"5\na=bcd\r\n0\r\n\r\n"), 400, "malformed_request"),
    ("a chunk extension by line feed", post(CHUNKED, body=b"5;a\na=bcd\r\n0\r\n\r\n" + NEXT), 400, "malformed_request"),
    ("a chunk size beyond all", post(CHUNKED, body=b"f" * 17 + b"\r\na=bcd"), 400, "malformed_request"),
    ("a negative chunk", post(CHUNKED, body=b"-5\r\na=bcd\r\n0\r\n\r\n"), 400, "malformed_request"),
    ("a chunk that runs over", post(CHUNKED, body=b"5\r\na=bcdXX0\r\n\r\n" + NEXT), 400, "malformed_request"),
    (
        "a header after the body",
        post(CHUNKED, body=b"0\r\nAuthorization: Bearer a\r\n\r\n" + NEXT),
        400,
        "malformed_request",
    ),
    ("a trailer without end", post(CHUNKED, body=b"0\r\nX: " + b"a" * 300_000), 400, "invalid_header"),
    ("a chunk extension without end", post(CHUNKED, body=b"5;" + b"a" * 300_000), 400, "invalid_header"),
    ("line feeds alone", b"GET /healthz HTTP/1.1\nHost: a.vn\n\n", 400, "malformed_request"),
    ("a line feed in the head", b"GET /healthz HTTP/1.1\r\nHost: a.vn\nX: b\r\n\r\n", 400, "malformed_request"),
    ("a carriage return alone", b"GET /healthz HTTP/1.1\r\nHost: a.vn\rX: b\r\n\r\n", 400, "malformed_request"),
    ("a folded line", get(b"/healthz", b"X: a\r\n b"), 400, "malformed_request"),
    ("a first line folded", b"GET /healthz HTTP/1.1\r\n Host: a.vn\r\n\r\n", 400, "malformed_request"),
    ("NUL in a header", get(b"/healthz", b"X: a\0b"), 400, "malformed_request"),
    ("NUL in the path", get(b"/health\0z"), 400, "malformed_request"),
    ("a letter beyond ASCII in the path", get("/healthz/ế".encode()), 400, "malformed_request"),
    ("a blank in the path", get(b"/health z"), 400, "malformed_request"),
    ("a fragment", get(b"/healthz#a"), 400, "malformed_request"),
    ("an absolute target", get(b"http://evil.example/healthz"), 400, "malformed_request"),
    ("an authority", get(b"evil.example:80"), 400, "malformed_request"),
    ("a tunnel", get(b"evil.example:443", method=b"CONNECT") + NEXT, 400, "malformed_request"),
    ("a star", get(b"*", method=b"OPTIONS"), 400, "malformed_request"),
    ("an unknown method", get(b"/healthz", method=b"STEAL"), 400, "malformed_request"),
    ("a method in small letters", get(b"/healthz", method=b"get"), 400, "malformed_request"),
    ("HTTP/0.9", b"GET /healthz\r\n\r\n", 400, "malformed_request"),
    ("HTTP/1.2", b"GET /healthz HTTP/1.2\r\n" + HOST + b"\r\n", 400, "malformed_request"),
    ("HTTP/2 in words", b"GET /healthz HTTP/2.0\r\n" + HOST + b"\r\n", 400, "malformed_request"),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_request"),
    ("the greeting of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed_request"),
    ("a header without colon", get(b"/healthz", b"abc"), 400, "malformed_request"),
    ("a header without name", get(b"/healthz", b": a"), 400, "malformed_request"),
    (
        "an upgrade with a body",
        post(b"Connection: Upgrade", b"Upgrade: x", b"Content-Length: 5", body=b"a=bcd" + NEXT),
        400,
        "malformed_request",
    ),
    ("headers of 17 KB", get(b"/healthz", b"X: " + b"a" * 17_000), 400, "invalid_header"),
    ("headers of 70 KB", get(b"/healthz", b"X: " + b"a" * 70_000), 400, "invalid_header"),
    ("a header without end", b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 300_000, 400, "invalid_header"),
    ("20,000 headers", get(b"/healthz", *[b"X: a"] * 20_000), 400, "invalid_header"),
    ("a path of 60 KB", get(b"/" + b"a" * 60_000), 400, "invalid_header"),
]
"""What leaves in doubt where the next message begins: answered, and the connection ends, whatever follows on it."""

KEPT: list[Shape] = [
    ("two slashes", get(b"//healthz"), 404, "not_found"),
    ("a slash at the end", get(b"/healthz/"), 404, "not_found"),
    ("dots", get(b"/v1/../healthz"), 404, "not_found"),
    ("a dot", get(b"/./healthz"), 404, "not_found"),
    ("dots at the end", get(b"/healthz/.."), 404, "not_found"),
    ("escaped dots", get(b"/v1/%2e%2e/healthz"), 404, "not_found"),
    ("an escaped slash", get(b"/v1%2fme"), 404, "not_found"),
    ("an escaped letter", get(b"/%68ealthz"), 404, "not_found"),
    ("an escaped NUL", get(b"/healthz%00"), 404, "not_found"),
    ("twice escaped", get(b"/v1/%252e%252e/healthz"), 404, "not_found"),
    ("a path parameter", get(b"/healthz;x=1"), 404, "not_found"),
    ("a backslash", get(b"/v1\\me"), 404, "not_found"),
    ("capitals", get(b"/HealthZ"), 404, "not_found"),
    ("a method override by header", get(b"/healthz", b"X-HTTP-Method-Override: DELETE", method=b"PUT"), 405, ""),
    ("a method override by query", get(b"/healthz?_method=GET", method=b"PUT"), 405, "method_not_allowed"),
    ("a trace", get(b"/healthz", method=b"TRACE"), 405, "method_not_allowed"),
    ("options", get(b"/healthz", method=b"OPTIONS"), 405, "method_not_allowed"),
    ("a method of WebDAV", get(b"/healthz", method=b"PROPFIND"), 405, "method_not_allowed"),
    ("the path elsewhere", get(b"/v1/me", b"X-Original-URL: /healthz", b"X-Rewrite-URL: /healthz"), 401, ""),
    ("forged forwarding", get(b"/v1/me", b"X-Forwarded-For: ::1", b"Forwarded: for=127.0.0.1"), 401, ""),
    ("forged identity", get(b"/v1/me", b"X-Client-Cert: demo-labour", b"X-Forwarded-User: demo-labour"), 401, ""),
    ("a token in the query", get(b"/v1/me?access_token=a.b.c"), 401, "unauthenticated"),
    ("a token in a cookie", get(b"/v1/me", b"Cookie: Authorization=Bearer a.b.c"), 401, "unauthenticated"),
    ("two tokens", get(b"/v1/me", b"Authorization: Bearer a", b"Authorization: Bearer b"), 401, "unauthenticated"),
]
"""What is refused for what it says: the connection stays good."""

SERVED: list[tuple[str, bytes]] = [
    ("a chunk extension", get(b"/healthz", CHUNKED) + b"5;a=b\r\nabcde\r\n0\r\n\r\n"),
    ("an empty line first", b"\r\n" + NEXT),
    ("a body nobody asked for", get(b"/healthz", b"Content-Length: 5") + b"abcde"),
    ("forwarding headers", get(b"/healthz", b"X-Forwarded-For: 10.0.0.1", b"X-Forwarded-Proto: https")),
    ("a parameter twice", get(b"/healthz?a=1&a=2")),
]


@pytest.fixture(scope="module")
def service(server: Server, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    log = tmp_path_factory.mktemp("wire") / "log"
    with served(server, data, log, head_seconds=1, chunk_seconds=1, body_seconds=3, stranger_rate=1e6) as service:
        yield service


def check(reply: Reply | None, status: int, code: str) -> None:
    assert reply is not None
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json
    assert body["code"] == (code or body["code"])
    assert body["instance"] == f"urn:uuid:{reply.headers['x-request-id']}"
    assert "server" not in reply.headers
    assert reply.headers["x-content-type-options"] == "nosniff"


def still_good(service: Served) -> None:
    with service.connect() as connection:
        reply, _ = timed(connection, NEXT)
        assert reply is not None
        assert reply.status == 200


def named(shapes: list[Shape]) -> pytest.MarkDecorator:
    each = [pytest.param(sent, status, code, id=name) for name, sent, status, code in shapes]
    return pytest.mark.parametrize(("sent", "status", "code"), each)


@named(ENDED)
def test_what_is_in_doubt_is_refused_and_the_connection_ends(
    service: Served, request: pytest.FixtureRequest, sent: bytes, status: int, code: str
) -> None:
    with service.connect() as connection:
        reply, took = timed(connection, sent)
        check(reply, status, code)
        assert reply is not None
        assert reply.headers["connection"] == "close"
        assert ends(connection)  # so that what was pipelined behind it was not served
    print(f"{took:7.1f} ms  {status}  {request.node.callspec.id}")
    assert took < SLOWEST
    still_good(service)


@named(KEPT)
def test_a_trick_is_refused_and_the_connection_goes_on(
    service: Served, request: pytest.FixtureRequest, sent: bytes, status: int, code: str
) -> None:
    with service.connect() as connection:
        reply, took = timed(connection, sent)
        check(reply, status, code)
        good, _ = timed(connection, NEXT)
        assert good is not None
        assert good.status == 200
    print(f"{took:7.1f} ms  {status}  {request.node.callspec.id}")
    assert took < SLOWEST


@pytest.mark.parametrize("sent", [pytest.param(sent, id=name) for name, sent in SERVED])
def test_what_is_odd_but_plain_is_served(service: Served, sent: bytes) -> None:
    with service.connect() as connection:
        for _ in range(2):
            reply, _ = timed(connection, sent)
            assert reply is not None
            assert reply.status == 200


async def test_none_of_it_needs_the_database(service: Served, raw: Raw) -> None:
    """The API's login is shut and its connections cut: whatever begins a transaction now answers 503."""
    own = raw.api.get_server_pid()
    await raw.all.execute("alter role app_api connection limit 0")
    try:
        await raw.all.execute(f"{_CUT} and pid <> {own}")
        with service.connect() as connection:
            reply, _ = timed(connection, get(b"/readyz"))
            assert reply is not None
            assert reply.status == 503
        for _, sent, status, code in ENDED + KEPT:
            with service.connect() as connection:
                reply, _ = timed(connection, sent)
                check(reply, status, code)
    finally:
        await raw.all.execute("alter role app_api connection limit -1")


_CUT = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_api'"


def test_a_client_that_sends_its_head_byte_by_byte_is_cut_off(service: Served) -> None:
    with service.connect() as connection:
        started = time.monotonic()
        reply = None
        for byte in b"GET /healthz HTTP/1.1\r\nHost: a.vn\r\nX: " + b"a" * 500:
            connection.sendall(bytes([byte]))
            connection.settimeout(0.1)
            try:
                reply = read_reply(connection)
                break
            except TimeoutError:
                continue
        check(reply, 408, "request_timeout")
        assert ends(connection)
        assert time.monotonic() - started < 10


@pytest.mark.parametrize("dribble", [b"", b"\r\n"])
def test_a_client_that_sends_nothing_is_let_go(service: Served, dribble: bytes) -> None:
    with service.connect() as connection:
        for _ in range(40):
            try:
                connection.sendall(dribble)
            except ConnectionError:
                return
            connection.settimeout(0.1)
            try:
                assert connection.recv(1) == b""
                return
            except TimeoutError:
                continue
        raise AssertionError("still connected")


@pytest.mark.parametrize(
    ("pieces", "pause"), [(1, 0.0), (40, 0.3)], ids=["a body that stops", "a body that never gets done"]
)
def test_a_body_must_arrive_in_time(service: Served, pieces: int, pause: float) -> None:
    with service.connect() as connection:
        connection.sendall(post(b"Content-Length: 15000"))
        reply = None
        for _ in range(pieces):
            connection.sendall(b"a=b&")
            connection.settimeout(pause or 20)
            try:
                reply = read_reply(connection)
                break
            except TimeoutError:
                continue
        check(reply, 408, "request_timeout")
        assert ends(connection)


def test_a_body_without_end_is_answered_before_it_is_cut_off(service: Served) -> None:
    with service.connect() as connection:
        connection.sendall(get(b"/v1/me", CHUNKED, method=b"PUT"))
        check(read_reply(connection), 405, "method_not_allowed")
    with service.connect() as connection:
        connection.sendall(post(CHUNKED))
        for _ in range(20):
            connection.sendall(b"2000\r\n" + b"a" * 0x2000 + b"\r\n")
        reply = read_reply(connection)
        assert reply is not None
        assert (reply.status, reply.json) == (400, {"error": "invalid_request"})
    still_good(service)


def test_requests_sent_at_once_are_answered_in_order_and_garbage_after_them_ends_it(service: Served) -> None:
    with service.connect() as connection:
        connection.sendall(NEXT + get(b"/v1/me") + NEXT + b"\0garbage" + NEXT)
        assert [reply and reply.status for reply in (read_reply(connection) for _ in range(3))] == [200, 401, 200]
        assert ends(connection)


def test_nothing_is_begun_behind_a_refusal_that_ends_the_connection(service: Served) -> None:
    with service.connect() as connection:
        connection.sendall(get(b"/healthz", b"Host: b.vn") + NEXT)
        check(read_reply(connection), 400, "invalid_header")
        assert ends(connection)


def test_an_upgrade_is_not_taken_and_ends_the_connection(service: Served) -> None:
    with service.connect() as connection:
        connection.sendall(get(b"/healthz", b"Connection: Upgrade", b"Upgrade: h2c") + NEXT)
        reply = read_reply(connection)
        assert reply is not None
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        assert ends(connection)


def test_a_wrong_method_is_told_every_right_one(service: Served) -> None:
    for path, allowed in (("/v1/cases/x/notes", "GET, POST"), ("/v1/returns", "GET, POST"), ("/healthz", "GET")):
        with service.connect() as connection:
            reply, _ = timed(connection, get(path.encode(), method=b"DELETE"))
            assert reply is not None
            assert (reply.status, reply.headers["allow"]) == (405, allowed)
