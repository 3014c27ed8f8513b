"""What holds for every request before and after any route: identity, limits, language, headers, and refusals as bytes.

Pure ASGI, so that nothing buffers and nothing is decided from a rebuilt URL. Refused here at once: an oversized head,
doubtful framing (RFC 9112 §3.2, §6.3), an `Accept` without JSON. Faults of the body wait until a route reads it, and
faults of other headers until `check_headers`, because 401 and 403 come first.
"""

import logging
import re
import traceback
from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import (
    MEDIA_TYPE,
    FieldError,
    InternalError,
    InvalidHeader,
    Language,
    NotAcceptable,
    PayloadTooLarge,
    Problem,
    Unauthenticated,
    render,
)
from app.safejson import LIMIT

API_VERSION = "1.0"
HEAD_LIMIT = 16_384
DISCARDED = 20_000_000
"""Of a body declared up to this long the server reads and drops the rest: who is cut off while sending seldom sees why.
A longer one, or one without a length, is cut off."""
SINGLE = ("If-Match", "Idempotency-Key", "Purpose-Of-Use", "Acting-Officer", "Content-Type")
"""Headers that decide something: sent twice, client and proxy may each believe another one."""

Headers = Sequence[tuple[bytes, bytes]]
logger = logging.getLogger("referral")

_NOT_ONLY_JSON = ("/docs", "/redoc", "/openapi.json", "/oauth", "/.well-known", "/static-offline-docs")
_DOCS = ("/docs", "/redoc")
_CLOSE = {"Connection": "close"}
_SEALED_POLICY = "default-src 'none'; frame-ancestors 'none'"
_DOCS_POLICY = (  # Swagger's page starts itself by an inline script
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
)
_HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
_LENGTH = re.compile(rb"\d{1,18}")
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Edge:
    """Outermost middleware. Sets `request_id` (UUID), `language` and `traceparent` (or None) in `scope["state"]`,
    and answers with the `dpop_nonce` that is found there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers: Headers = scope["headers"]
        scope.setdefault("state", {}).update(
            request_id=uuid4(), language=language_of(_joined(headers, b"accept-language")), traceparent=_trace(headers)
        )
        exchange = _Exchange(scope, receive, send)
        try:
            _check_head(scope)
            _check_accept(scope)
            await self.app(scope, exchange.receive, exchange.send)
        except Problem as problem:
            await exchange.refuse(problem)
        except Exception as error:
            # Two layers of the framework may have tried to answer an unread body: what they say of that is no matter.
            if exchange.too_large is None:
                _log(error, scope["state"]["request_id"])
            await exchange.refuse(exchange.too_large or InternalError())


class BrokenOff(Exception):
    """A failure after the answer had begun: the server can only cut it, and must not print what the failure said."""


class _Exchange:
    """One request's body, counted as it arrives, and its answer, completed as it leaves."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._size = 0
        self.too_large: PayloadTooLarge | None = None
        self._started = False

    async def receive(self) -> Message:
        declared = _declared(self._scope["headers"])
        if declared <= LIMIT:
            message = await self._receive()
            self._size += len(message.get("body", b""))
            if self._size <= LIMIT:
                return message
        headers = {} if LIMIT < declared <= DISCARDED else _CLOSE
        self.too_large = PayloadTooLarge(params={"limit_bytes": LIMIT}, headers=headers)
        raise self.too_large

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self.too_large and not self._started:
                raise self.too_large  # whatever a framework made of the failure to read
            self._started = True
            _complete(MutableHeaders(scope=message), self._scope)
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        if self._started:
            raise BrokenOff from None
        self.too_large = None
        await problem_response(problem, self._scope)(self._scope, self._receive, self.send)


def problem_response(problem: Problem, scope: Scope) -> Response:
    """A refusal on the wire, in the language of the request; for the framework's own 404 and 405 too."""
    state = scope["state"]
    body = render(problem, state["language"], state["request_id"])
    return JSONResponse(body, problem.status, headers=dict(problem.headers), media_type=MEDIA_TYPE)


def language_of(header: str | None) -> Language:
    """The better wanted of vi and en in an `Accept-Language` (RFC 9110 §12.5.4), the first of equals; vi if neither."""
    best: Language = "vi"
    highest = 0.0
    spoken: dict[str, Language] = {"vi": "vi", "en": "en", "*": "vi"}
    for tag, weight in _weighted(header or ""):
        language = spoken.get(tag.partition("-")[0])
        if language and weight > highest:
            best, highest = language, weight
    return best


def authorization(headers: Headers) -> str | None:
    """The one `Authorization`, or None; two of them are no authentication at all, whichever is valid."""
    return _only(headers, b"authorization")


def proof(headers: Headers) -> str | None:
    """The one `DPoP` header (RFC 9449 §4.3, point 1), or None; two of them are as bad as two `Authorization`."""
    return _only(headers, b"dpop")


def check_headers(headers: Headers) -> None:
    """`InvalidHeader` for headers that must come once and came twice; to be asked after authentication."""
    twice = [name for name in SINGLE if len(_values(headers, name.lower().encode())) > 1]
    if twice:
        raise InvalidHeader(*(FieldError(f"header:{name}", "duplicate_header") for name in twice))


def _check_head(scope: Scope) -> None:
    headers: Headers = scope["headers"]
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"]) + sum(len(n) + len(v) + 4 for n, v in headers)
    if size > HEAD_LIMIT:
        raise InvalidHeader(FieldError("header:*", "too_long", {"limit_bytes": HEAD_LIMIT}), headers=_CLOSE)
    _check_one(headers, "Host", _HOST)
    if _values(headers, b"content-length"):
        _check_one(headers, "Content-Length", _LENGTH)
        if _values(headers, b"transfer-encoding"):
            raise InvalidHeader(FieldError("header:Transfer-Encoding", "invalid_value"), headers=_CLOSE)


def _check_one(headers: Headers, name: str, form: re.Pattern[bytes]) -> None:
    values = _values(headers, name.lower().encode())
    if len(values) == 1 and form.fullmatch(values[0]):
        return
    code = "duplicate_header" if len(values) > 1 else "invalid_format" if values else "required"
    # RFC 9112 §6.3: where one message ends is in doubt, so nothing more is read from this connection.
    raise InvalidHeader(FieldError(f"header:{name}", code), headers=_CLOSE)


def _check_accept(scope: Scope) -> None:
    accept = _joined(scope["headers"], b"accept")
    if not accept or _under(scope["path"], _NOT_ONLY_JSON):
        return
    weights = dict(_weighted(accept))
    for media in ("application/json", MEDIA_TYPE):
        if next((weights[r] for r in (media, "application/*", "*/*") if r in weights), 0):
            return
    raise NotAcceptable


def _complete(headers: MutableHeaders, scope: Scope) -> None:
    state = scope["state"]
    headers["X-Request-Id"] = str(state["request_id"])
    headers["API-Version"] = API_VERSION
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Content-Security-Policy"] = _DOCS_POLICY if _under(scope["path"], _DOCS) else _SEALED_POLICY
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Language", state["language"])
    headers.add_vary_header("Accept-Language")
    if "dpop_nonce" in state:
        headers["DPoP-Nonce"] = state["dpop_nonce"]
    if state["traceparent"]:
        headers["traceparent"] = state["traceparent"]


def _log(error: Exception, request_id: UUID) -> None:
    # The message and the values in a traceback may be a victim's data: the type and the line are enough to start from.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("%s at %s:%s, request %s", type(error).__name__, frame.name, frame.lineno, request_id)


def _values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


def _only(headers: Headers, name: bytes) -> str | None:
    values = _values(headers, name)
    if len(values) > 1:
        raise Unauthenticated
    return values[0].decode("latin-1") if values else None


def _joined(headers: Headers, name: bytes) -> str:
    return b",".join(_values(headers, name)).decode("latin-1")


def _declared(headers: Headers) -> int:
    return int(next(iter(_values(headers, b"content-length")), b"0"))


def _trace(headers: Headers) -> str | None:
    """A valid W3C Trace Context parent (version 00), or None: a bad one is no fault, only not passed on."""
    values = _values(headers, b"traceparent")
    return values[0].decode() if len(values) == 1 and _TRACEPARENT.fullmatch(values[0]) else None


def _under(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def _weighted(header: str) -> Iterable[tuple[str, float]]:
    """Each item of a weighted list with its `q`, 1 unless told; a malformed `q` counts as 0."""
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = next((p for p in parameters if p.startswith("q=")), "q=1")
        yield name, float(weight[2:]) if _WEIGHT.fullmatch(weight) else 0.0
