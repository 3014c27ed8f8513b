"""Whatever answers in the service's place: a clear exception in bounded time, and nothing taken as accepted."""

import asyncio
import gzip
import time
from typing import Any
from uuid import uuid4

import pytest

from app.client import (
    AsyncClient,
    Client,
    Key,
    ProblemError,
    ReferralError,
    Retries,
    UnexpectedAnswerError,
    UnreachableError,
    api,
    problems,
)
from app.client.calling import general
from app.client.transport import LARGEST
from tests.client.records import intake
from tests.client.stub import DRIP, TOKEN, problem, reply, stub

ONCE = Retries(tries=2, first=0.01)
RECORD = {"id": str(uuid4()), "reference": "7KQ2M9XA"}
WRONG: dict[str, tuple[type[ReferralError], bytes]] = {
    "200 for 201": (UnexpectedAnswerError, reply(200, RECORD)),
    "202 for 201": (UnexpectedAnswerError, reply(202, RECORD)),
    "204 for 201": (UnexpectedAnswerError, reply(204, b"")),
    "304 unasked": (UnexpectedAnswerError, reply(304, b"")),
    "a page of a hotel": (UnexpectedAnswerError, reply(201, b"<html>Please sign in</html>", "text/html")),
    "elsewhere": (UnexpectedAnswerError, reply(302, b"", Location="https://example.org/")),
    "cut JSON": (UnexpectedAnswerError, reply(201, b'{"id": "')),
    "no JSON": (UnexpectedAnswerError, reply(201, b"\xff\xfe")),
    "NaN": (UnexpectedAnswerError, reply(201, b'{"id": NaN}')),
    "a list": (UnexpectedAnswerError, reply(201, [RECORD])),
    "deep": (UnexpectedAnswerError, reply(201, b'{"a":' * 100_000)),
    "empty": (UnexpectedAnswerError, reply(201, b"")),
    "huge": (UnexpectedAnswerError, reply(201, b'{"id": "' + b"x" * LARGEST + b'"}')),
    "compressed": (UnexpectedAnswerError, reply(201, gzip.compress(b"{}"), Content_Encoding="gzip")),
    "a problem without a code": (UnexpectedAnswerError, reply(409, {"title": "no"}, "application/problem+json")),
    "a problem that is a list": (UnexpectedAnswerError, reply(422, [], "application/problem+json")),
    "404 of something else": (UnexpectedAnswerError, reply(404, b"<h1>Not Found</h1>", "text/html")),
    "500 of something else": (UnexpectedAnswerError, reply(502, b"<h1>Bad Gateway</h1>", "text/html")),
    "no HTTP": (UnreachableError, b"SSH-2.0-OpenSSH_9.9\r\n"),
    "nothing": (UnreachableError, b""),
    "broken off": (UnreachableError, reply(201, b"{}", Content_Length="500")),
    "a drip": (UnreachableError, DRIP),
}
TOKENS: dict[str, bytes] = {
    "elsewhere": reply(302, b"", Location="https://example.org/"),
    "a page of a hotel": reply(200, b"<html>Please sign in</html>", "text/html"),
    "404 of something else": reply(404, b"<h1>Not Found</h1>", "text/html"),
    "no JSON": reply(200, b"{"),
    "no token": reply(200, {"token_type": "Bearer"}),
    "a list": reply(200, []),
    "another scheme": reply(200, TOKEN | {"token_type": "MAC"}),
    "a token with a line break": reply(200, TOKEN | {"access_token": "a\r\nX: y"}),
    "a token that is a number": reply(200, TOKEN | {"access_token": 7}),
    "a life that is none": reply(200, TOKEN | {"expires_in": "soon"}),
    "a life for ever": reply(200, TOKEN | {"expires_in": [1]}),
}


def options(url: str) -> dict[str, Any]:
    return {"url": url, "client_id": "demo-border", "key": KEY, "retries": ONCE, "timeout": 0.2}


KEY = Key.generate()


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_answer_of_the_service_is_an_exception(wrong: str) -> None:
    kind, answer = WRONG[wrong]
    started = time.monotonic()
    with stub(answer) as server, Client(**options(server.url)) as client, pytest.raises(kind):
        client.send(api.put_intakes_intake_id(uuid4(), intake()))
    assert time.monotonic() - started < 20
    repeated = kind is UnreachableError or b" 502 " in answer[:20]
    assert len(server.of(b"PUT")) == (2 if repeated else 1)


@pytest.mark.parametrize("wrong", WRONG)
def test_on_asyncio_too(wrong: str) -> None:
    kind, answer = WRONG[wrong]

    async def ask(url: str) -> None:
        async with AsyncClient(**options(url)) as client:
            await client.send(api.put_intakes_intake_id(uuid4(), intake()))

    with stub(answer) as server, pytest.raises(kind):
        asyncio.run(ask(server.url))


@pytest.mark.parametrize("wrong", TOKENS)
def test_what_is_no_token_is_an_exception(wrong: str) -> None:
    with stub(b"", token=TOKENS[wrong]) as server, Client(**options(server.url)) as client:
        with pytest.raises(UnexpectedAnswerError):
            client.send(api.get_me())
        assert not server.of(b"/v1/me")


def test_a_refusal_with_odd_members_is_still_told() -> None:
    odd = {"code": "intake_conflict", "errors": [7, {"pointer": 1}], "params": "x", "title": None}
    with (
        stub(reply(409, odd, "application/problem+json")) as server,
        Client(**options(server.url)) as client,
        pytest.raises(problems.IntakeConflict) as told,
    ):
        client.send(api.put_intakes_intake_id(uuid4(), intake()))
    assert [error.pointer for error in told.value.errors] == ["", "1"]


def test_a_list_that_leads_back_to_itself_ends() -> None:
    page = reply(200, {"items": [{"id": "1"}], "next": "c", "prev": None})
    with stub(page) as server, Client(**options(server.url)) as client, pytest.raises(UnexpectedAnswerError):
        list(client.items(api.get_cases()))
    assert len(server.of(b"/v1/cases")) == 2


def test_a_cursor_that_is_too_old_is_a_problem_of_its_own() -> None:
    with (
        stub(problem(410, "cursor_expired")) as server,
        Client(**options(server.url)) as client,
        pytest.raises(ProblemError) as told,
    ):
        next(client.follow("old"))
    assert (told.value.status, told.value.code) == (410, "cursor_expired")


@pytest.mark.parametrize("url", ["http://example.org", "ftp://127.0.0.1", "https://", "127.0.0.1:8000", ""])
def test_nothing_is_said_where_others_could_read_along(url: str) -> None:
    with pytest.raises(ValueError, match="only https"):
        Client(url, "demo-border", KEY)


@pytest.mark.parametrize("path", ["@elsewhere.example/x", ".elsewhere.example/x", "v1/me"])
def test_what_is_no_path_leads_nowhere(path: str) -> None:
    with pytest.raises(ValueError, match="begins with"):
        general("GET", path, None, None)
