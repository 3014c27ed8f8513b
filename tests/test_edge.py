"""The edge in front of a tiny application: what it refuses, what it adds, and what it never lets out."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from app.edge import BrokenOff, Edge
from app.head import authorization, check_headers
from app.negotiation import language_of
from app.problems import InvalidHeader, NotFound, Unauthenticated
from app.safejson import LIMIT

Answer = tuple[int, dict[str, str], dict[str, Any]]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def tiny(scope: Scope, receive: Receive, send: Send) -> None:
    request, path = Request(scope, receive), scope["path"]
    response: Response = JSONResponse({"language": scope["state"]["language"], "trace": scope["state"]["traceparent"]})
    if path == "/missing":
        raise NotFound
    if path == "/broken":
        raise ValueError("Nguyễn Thị Ánh")
    if path == "/late":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("Nguyễn Thị Ánh")
    if path == "/read":
        response = JSONResponse({"size": len(await request.body())})
    if path == "/swallow":
        try:
            await request.body()
        except Exception:
            response = JSONResponse({}, 400)
    if path == "/codes":
        response.headers.update({"Cache-Control": "max-age=60", "Vary": "Accept"})
    await response(scope, receive, send)


def call(path: str, headers: Iterable[tuple[str, str]] = (("host", "a.vn"),), chunks: Iterable[bytes] = ()) -> Answer:
    """One request by raw ASGI, headers exactly as given; answers status, headers and JSON."""
    sent: list[Message] = []
    parts: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in chunks]
    parts.append({"type": "http.request", "body": b"", "more_body": False})
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Edge(tiny)(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, json.loads(sent[1]["body"])


def refused(answer: Answer) -> tuple[int, str, list[tuple[str, str]]]:
    status, headers, body = answer
    assert headers["content-type"] == "application/problem+json"
    assert body["instance"] == f"urn:uuid:{headers['x-request-id']}"
    return status, body["code"], [(error["pointer"], error["code"]) for error in body.get("errors", [])]


HOST = ("host", "a.vn")


def test_every_answer_says_who_it_is_and_is_not_to_be_kept() -> None:
    for path, status in (("/", 200), ("/missing", 404), ("/broken", 500)):
        answered, headers, _ = call(path)
        assert answered == status
        assert UUID(headers["x-request-id"]).version == 4
        assert headers["api-version"] == "1.0"
        assert headers["content-language"] == "vi"
        assert headers["vary"] == "Accept-Language"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_route_may_allow_keeping_its_answer_and_the_docs_may_run_their_page() -> None:
    _, headers, _ = call("/codes")
    assert headers["cache-control"] == "max-age=60"
    assert headers["vary"] == "Accept, Accept-Language"
    assert "script-src 'self'" in call("/docs")[1]["content-security-policy"]
    assert "'none'" in call("/docsx")[1]["content-security-policy"]


def test_a_problem_is_told_in_the_callers_language() -> None:
    assert refused(call("/missing")) == (404, "not_found", [])
    assert call("/missing")[2]["title"] == "Không tìm thấy"
    status, headers, body = call("/missing", [HOST, ("accept-language", "fr, en-GB;q=0.8, vi;q=0.1")])
    assert (status, headers["content-language"], body["title"]) == (404, "en", "Not found")


def test_a_failure_shows_and_logs_nothing_of_what_it_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "referral"):
        answer = call("/broken")
    assert refused(answer) == (500, "internal_error", [])
    assert "Ánh" not in json.dumps(answer, ensure_ascii=False)
    assert "ValueError at tiny" in caplog.text
    assert answer[1]["x-request-id"] in caplog.text
    assert "Ánh" not in caplog.text


def test_a_failure_after_the_answer_began_breaks_it_off_without_its_message() -> None:
    with pytest.raises(BrokenOff) as failure:
        call("/late")
    assert failure.value.__suppress_context__
    assert str(failure.value) == ""


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ([], ("header:Host", "required")),
        ([HOST, HOST], ("header:Host", "duplicate_header")),
        ([("host", "")], ("header:Host", "invalid_format")),
        ([("host", "a.vn/../b")], ("header:Host", "invalid_format")),
        ([("host", "a.vn@b")], ("header:Host", "invalid_format")),
        ([HOST, ("content-length", "1"), ("content-length", "2")], ("header:Content-Length", "duplicate_header")),
        ([HOST, ("content-length", "+1")], ("header:Content-Length", "invalid_format")),
        ([HOST, ("content-length", "9" * 4000)], ("header:Content-Length", "invalid_format")),
        (
            [HOST, ("content-length", "1"), ("transfer-encoding", "chunked")],
            ("header:Transfer-Encoding", "invalid_value"),
        ),
        ([HOST, ("x-fill", "a" * 16_384)], ("header:*", "too_long")),
        ([HOST, ("x-fill", "a" * 4_097)], ("header:*", "too_long")),
        ([HOST, *[("x", "")] * 4000], ("header:*", "too_long")),
    ],
)
def test_doubtful_framing_is_refused_before_any_route(headers: list[tuple[str, str]], fault: tuple[str, str]) -> None:
    answer = call("/broken", headers)
    assert refused(answer) == (400, "invalid_header", [fault])
    assert answer[1]["connection"] == "close"


def test_a_long_path_counts_as_part_of_the_head() -> None:
    assert refused(call("/" + "a" * 16_384)) == (400, "invalid_header", [("header:*", "too_long")])


@pytest.mark.parametrize("host", ["a.vn", "127.0.0.1:8000", "[::1]:8000", "xn--bcher-kva.vn"])
def test_an_ordinary_host_is_accepted(host: str) -> None:
    assert call("/", [("host", host)])[0] == 200


def test_a_body_is_counted_as_it_arrives_whatever_was_declared() -> None:
    exact, over = [b"a" * (LIMIT // 2)] * 2, [b"a" * (LIMIT // 2)] * 2 + [b"a"]
    assert call("/read", chunks=exact)[2] == {"size": LIMIT}
    assert refused(call("/read", chunks=over)) == (413, "payload_too_large", [])
    assert refused(call("/read", [HOST, ("content-length", "10")], chunks=over))[0] == 413
    assert refused(call("/swallow", chunks=over))[0] == 413


def test_a_body_declared_too_large_is_not_even_asked_for() -> None:
    status, headers, body = call("/read", [HOST, ("content-length", str(LIMIT + 1))])
    assert (status, body["params"]) == (413, {"limit_bytes": LIMIT})
    assert "connection" not in headers


def test_a_body_without_end_or_of_absurd_length_is_cut_off() -> None:
    assert call("/read", [HOST, ("content-length", "9" * 18)])[1]["connection"] == "close"
    assert call("/read", chunks=[b"a" * (LIMIT + 1)])[1]["connection"] == "close"


def test_the_size_of_a_body_is_no_concern_before_a_route_reads_it() -> None:
    assert refused(call("/missing", [HOST, ("content-length", "9000000")]))[0] == 404


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("", 200),
        ("*/*", 200),
        ("application/*;q=0.1", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/problem+json", 200),
        ("text/html, */*;q=0.1", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("application/*;q=0, */*", 406),
        ("application/json;q=x", 406),
        ("application/jsonx", 406),
    ],
)
def test_only_a_caller_that_takes_json_is_served(accept: str, status: int) -> None:
    assert call("/", [HOST, ("accept", accept)])[0] == status
    for path in ("/docs", "/openapi.json", "/oauth/token"):
        assert call(path, [HOST, ("accept", accept)])[0] == 200


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "vi"),
        ("", "vi"),
        ("fr", "vi"),
        ("en", "en"),
        ("EN-us", "en"),
        ("vi-VN, en", "vi"),
        ("en, vi", "en"),
        ("vi;q=0.5, en;q=0.9", "en"),
        ("en;q=0", "vi"),
        ("en;q=9, *;q=0.1", "vi"),
        ("*", "vi"),
        (";;,,q=1,=", "vi"),
    ],
)
def test_the_language_is_the_better_wanted_of_two(header: str | None, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        (TRACE, TRACE),
        (TRACE.upper(), None),
        ("ff" + TRACE[2:], None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01", None),
        (TRACE + "\n", None),
        ("<script>", None),
    ],
)
def test_only_a_valid_trace_is_passed_on(sent: str, passed: str | None) -> None:
    _, headers, body = call("/", [HOST, ("traceparent", sent)])
    assert headers.get("traceparent") == passed
    assert body["trace"] == passed


def test_headers_that_decide_must_come_once() -> None:
    check_headers([(b"if-match", b'"a"'), (b"content-type", b"application/json"), (b"x", b"1"), (b"x", b"2")])
    for name in ("If-Match", "Idempotency-Key", "Purpose-Of-Use", "Acting-Officer", "Content-Type"):
        with pytest.raises(InvalidHeader) as refusal:
            check_headers([(name.lower().encode(), b"a")] * 2)
        assert [(e.pointer, e.code) for e in refusal.value.errors] == [(f"header:{name}", "duplicate_header")]


def test_two_authorizations_are_none() -> None:
    assert authorization([]) is None
    assert authorization([(b"authorization", b"Bearer a")]) == "Bearer a"
    with pytest.raises(Unauthenticated):
        authorization([(b"authorization", b"Bearer a")] * 2)


async def test_it_serves_an_ordinary_client_also_right_after_a_refusal() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"a" * 65_536

    transport = httpx.ASGITransport(Edge(tiny))
    async with httpx.AsyncClient(transport=transport, base_url="http://referral.test") as client:
        assert (await client.post("/read", content=endless())).status_code == 413
        answer = await client.post("/read", json={"a": 1})
    assert (answer.status_code, answer.json()) == (200, {"size": 7})


async def test_what_is_not_http_passes_untouched() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    await Edge(app)({"type": "lifespan"}, receive, send)
    assert seen == [{"type": "lifespan"}]
