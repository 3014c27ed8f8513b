"""A call as values: what is asked, what came back, and what the sans-IO core wants done next."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any, Generic, Literal, NotRequired, TypedDict, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

import httpx

from app.client.errors import UnexpectedAnswerError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")

NOTHING: Any = object()
"""A request without a body; None is the JSON `null`."""

REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
PROBLEM = "application/problem+json"


class Page(TypedDict, Generic[T]):
    """Part of a list; `next` is the cursor of the following part."""

    items: list[T]
    next: str | None
    prev: str | None
    total: NotRequired[int | None]


class Valid(TypedDict):
    """What a rehearsal answers."""

    valid: Literal[True]


@dataclass(frozen=True)
class Request(Generic[T_co]):
    """One operation with its values; what it answers is T. Made by the functions of `app.client.api`, or by hand.

    `body` is JSON, or the bytes of a file of type `media`. `asks` names the headers that the client's own defaults fill
    in; a value of None is not sent. `statuses` are those that mean done; a repetition may also be answered 200 with
    `Idempotent-Replayed`. `public`: needs no token.
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = field(default=NOTHING, repr=False)
    media: str = "application/json"
    headers: Mapping[str, str | None] = field(default_factory=dict)
    asks: frozenset[str] = frozenset()
    statuses: frozenset[int] = frozenset({200})
    public: bool = False

    def but(self, headers: Mapping[str, str | None] | None = None, **query: Any) -> "Request[T_co]":
        """The same with other headers or query parameters; None changes nothing."""
        stated = {name: value for name, value in (headers or {}).items() if value is not None}
        asked = {name: value for name, value in query.items() if value is not None}
        return replace(self, headers={**self.headers, **stated}, query={**self.query, **asked})

    def rehearsed(self) -> "Request[Valid]":
        """All checks, nothing stored."""
        asks = self.asks - {"Idempotency-Key"}
        query = {**self.query, "validate_only": True}
        return Request(self.method, self.path, query, self.body, self.media, self.headers, asks)

    @property
    def named(self) -> Mapping[str, str]:
        """The headers that are stated."""
        return {name: value for name, value in self.headers.items() if value is not None}

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice can have no second effect: by its method, by a key, or because the first effect
        changes the version that it names."""
        return self.method in REPEATABLE or bool(self.named.keys() & {"Idempotency-Key", "If-Match"})

    @property
    def content(self) -> bytes | None:
        """The bytes to send: made once, so that a repetition is the same to the byte."""
        if self.body is NOTHING:
            return None
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Answer(Generic[T_co]):
    """`replayed`: an earlier try had done it. `etag` is sent back as If-Match by whoever changes what it showed."""

    status: int
    headers: httpx.Headers
    body: T_co

    @property
    def replayed(self) -> bool:
        return bool(self.headers.get("Idempotent-Replayed") == "true")

    @property
    def etag(self) -> str | None:
        tag: str | None = self.headers.get("ETag")
        return tag

    @property
    def request_id(self) -> str | None:
        """For enquiries at the operator of the service."""
        stated: str | None = self.headers.get("X-Request-Id")
        return stated

    @property
    def unseen(self) -> bool:
        """Done before, and hidden since: `body` is `{id}` alone."""
        return self.replayed and isinstance(self.body, dict) and self.body.keys() == {"id"}


@dataclass(frozen=True)
class Send:
    """To be sent once, exactly so. `patience`: seconds of silence to bear."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None
    patience: float | None = None


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Reply:
    """A whole answer as it came."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def media(self) -> str:
        return str(self.headers.get("Content-Type", "")).split(";")[0].strip().lower()

    @property
    def code(self) -> str:
        """Of a problem or of an OAuth refusal; empty for anything else."""
        if self.status < httpx.codes.BAD_REQUEST:
            return ""
        try:
            body = self.json()
        except UnexpectedAnswerError:
            return ""
        code = body.get("code", body.get("error", "")) if isinstance(body, dict) else ""
        return code if isinstance(code, str) else ""

    def json(self) -> Any:
        """`UnexpectedAnswerError` for what is no JSON."""
        try:
            return decoded(self.content)
        except (ValueError, RecursionError) as error:
            raise UnexpectedAnswerError("not JSON", self.status) from error

    @property
    def retry_after(self) -> float | None:
        """Seconds, from a number of them or from a date measured by the service's own clock (RFC 9110 §10.2.3)."""
        stated = self.headers.get("Retry-After", "")
        if stated.isascii() and stated.isdecimal() and len(stated) < 10:
            return float(stated)
        when, now = http_date(stated), http_date(self.headers.get("Date", ""))
        return max(0.0, when - now) if when is not None and now is not None else None


class LostError(Exception):
    """No answer. `begun`: the request may have reached the service. Never leaves this package."""

    def __init__(self, reason: str, *, begun: bool) -> None:
        super().__init__(reason)
        self.begun = begun


Steps = Generator[Send | Pause, Reply | None, R]
"""What the core is: it yields what must be done, is sent what came of it or thrown `LostError`, and returns R."""


def decoded(data: bytes) -> Any:
    """The value of a JSON text; `ValueError` or `RecursionError`."""
    return json.loads(data, parse_constant=_refuse)


def part(value: UUID | str) -> str:
    """A value as one segment of a path, whatever is in it; `ValueError` for what would be another path."""
    text = quote(str(value), safe="")
    if text in ("", ".", ".."):
        raise ValueError("not a path segment")
    return text


def form(values: Mapping[str, str]) -> bytes:
    return urlencode(values).encode()


def http_date(text: str) -> float | None:
    """POSIX seconds of an HTTP date."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
