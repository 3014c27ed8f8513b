"""What holds for every request before and after any route: identity, limits, language, headers, and refusals as bytes.

Pure ASGI, so that nothing buffers and nothing is decided from a rebuilt URL. A doubtful head (`app.head`) and an
`Accept` without JSON are refused here at once; faults of the body wait until a route reads it: 401 and 403 come first.
"""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.head import CLOSE, Headers, check_head, check_path, declared, joined, trace
from app.negotiation import check_accept, language_of, under
from app.problems import (
    MEDIA_TYPE,
    InternalError,
    Language,
    PayloadTooLarge,
    Problem,
    RequestTimeout,
    Unavailable,
    render,
)
from app.safejson import LIMIT

API_VERSION = "1.0"
DISCARDED = 20_000_000
"""Of a body declared up to this long the server reads and drops the rest: who is cut off while sending seldom sees why.
A longer one, or one without a length, is cut off."""

logger = logging.getLogger("referral")

_NONE: Mapping[str, int] = {}
_DOCS = ("/docs", "/redoc", "/problems")
_SEALED_POLICY = "default-src 'none'; frame-ancestors 'none'"
_DOCS_POLICY = (  # Swagger's page starts itself by an inline script
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Times:
    """Seconds: between two pieces of a body, for the whole body, and for the work, which begins anew after the body."""

    chunk: float = 10
    body: float = 60
    work: float = 12


class Edge:
    """Outermost middleware. Sets `request_id` (UUID), `language` and `traceparent` (or None) in `scope["state"]`,
    the context `aside` for a request that waits, and answers with the `dpop_nonce` and the `quota` headers that are
    found there. `larger`: how many bytes of a body are taken at a path, where that is more than elsewhere."""

    def __init__(self, app: ASGIApp, times: Times = Times(), larger: Mapping[str, int] = _NONE) -> None:
        self.app = app
        self._times = times
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers: Headers = scope["headers"]
        scope.setdefault("state", {}).update(
            request_id=uuid4(), language=language_of(joined(headers, b"accept-language")), traceparent=trace(headers)
        )
        exchange = _Exchange(scope, receive, send, self._times)
        scope["state"]["aside"] = exchange.aside
        exchange.limit = self._larger.get(scope["path"], LIMIT)
        try:
            check_head(scope)
            check_accept(joined(headers, b"accept"), scope["path"])
            check_path(scope)
            async with exchange.clock:
                await self.app(scope, exchange.receive, exchange.send)
        except Problem as problem:
            await exchange.refuse(problem)
        except Exception as error:
            await exchange.fail(error)


class BrokenOff(Exception):
    """A failure after the answer had begun: the server can only cut it, and must not print what the failure said."""


class _Exchange:
    """One request's body, counted and timed as it arrives, and its answer, completed as it leaves."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, times: Times) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._times = times
        self._now = asyncio.get_running_loop().time
        self._late = self._now() + times.body
        self.clock = asyncio.timeout(times.work)
        self.limit = LIMIT
        self._size = 0
        self._whole = self._left = False
        self._unread: Problem | None = None
        self._started = False

    async def receive(self) -> Message:
        if self._whole:
            message = await self._receive()
            self._left = message["type"] == "http.disconnect"  # and it is never anything else
            return message
        length = declared(self._scope["headers"])
        if length <= self.limit:
            message = await self._next()
            self._size += len(message.get("body", b""))
            if self._size <= self.limit:
                self._left = message["type"] == "http.disconnect"
                self._whole = not message.get("more_body", False)
                return message
        headers = {} if self.limit < length <= DISCARDED else CLOSE
        self._unread = PayloadTooLarge(params={"limit_bytes": self.limit}, headers=headers)
        raise self._unread

    async def _next(self) -> Message:
        """The next piece, if it comes in time; meanwhile the clock of the work stands still."""
        self.clock.reschedule(None)
        try:
            async with asyncio.timeout_at(min(self._now() + self._times.chunk, self._late)):
                return await self._receive()
        except TimeoutError:
            self._unread = RequestTimeout()
            raise self._unread from None
        finally:
            self.clock.reschedule(self._now() + self._times.work)

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Meanwhile the clock stands still: the request waits for something to happen, and nothing works on it."""
        self.clock.reschedule(None)
        try:
            yield
        finally:
            self.clock.reschedule(self._now() + self._times.work)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self._unread and not self._started:
                raise self._unread  # whatever a framework made of the failure to read
            self._started = True
            _complete(MutableHeaders(scope=message), self._scope)
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        if self._started:
            raise BrokenOff from None
        self._unread = None
        await problem_response(problem, self._scope)(self._scope, self._receive, self.send)

    async def fail(self, error: Exception) -> None:
        """What a failure means: nobody to answer, a body that could not be read, work that took too long, or a defect.
        Two layers of the framework may have tried to answer an unread body: what they say of that is no matter."""
        if self._left:
            return
        if self.clock.expired() and self._unread is None:
            return await self.refuse(Unavailable())
        if self._unread is None:
            _log(error, self._scope["state"]["request_id"])
        await self.refuse(self._unread or InternalError())


def problem_response(problem: Problem, scope: Scope) -> Response:
    """A refusal on the wire, in the language of the request; for the framework's own 404 and 405 too."""
    state = scope["state"]
    body = render(problem, state["language"], state["request_id"])
    return JSONResponse(body, problem.status, headers=dict(problem.headers), media_type=MEDIA_TYPE)


def standalone(problem: Problem, language: Language = "vi", request_id: UUID | None = None) -> Response:
    """A refusal without a request that went through the layers, complete with every header."""
    scope = {"path": "", "state": {"request_id": request_id or uuid4(), "language": language, "traceparent": None}}
    response = problem_response(problem, scope)
    _complete(response.headers, scope)
    return response


def _complete(headers: MutableHeaders, scope: Scope) -> None:
    state = scope["state"]
    headers["X-Request-Id"] = str(state["request_id"])
    headers["API-Version"] = API_VERSION
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Content-Security-Policy"] = _DOCS_POLICY if under(scope["path"], _DOCS) else _SEALED_POLICY
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Language", state["language"])
    headers.add_vary_header("Accept-Language")
    if "dpop_nonce" in state:
        headers["DPoP-Nonce"] = state["dpop_nonce"]
    headers.update(state.get("quota", {}))
    if "mode" in state:
        headers["X-Mode"] = state["mode"]
    if state["traceparent"]:
        headers["traceparent"] = state["traceparent"]


def _log(error: Exception, request_id: UUID) -> None:
    # The message and the values in a traceback may be a victim's data: the type and the line are enough to start from.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("%s at %s:%s, request %s", type(error).__name__, frame.name, frame.lineno, request_id)
