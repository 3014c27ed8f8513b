"""What both clients are made of: whom they speak for, what goes with each call, and how one is stated."""

import ipaddress
import ssl
from collections.abc import Mapping
from typing import Any, TypedDict, TypeVar
from urllib.parse import urlsplit

from .exchange import Retries, Session
from .keys import Key
from .tokens import Tokens
from .wire import Request

T = TypeVar("T")
VALUES = frozenset({"Acting-Officer", "Purpose-Of-Use"})
_UNKEYED = frozenset({"/v1/case-searches", "/v1/intake-batches"})
_DONE = frozenset({200, 201, 202, 204, 207})


class Options(TypedDict, total=False):
    """`officer`, `purpose`, `language` (vi, en) go with each call that takes them, unless it states its own. `connect`
    is another address by which the service is reached, where there is a relay in between. `dpop=False` asks for plain
    bearer tokens, for a client registered so; `scope` for fewer rights than it is registered for. `timeout` in seconds
    of silence. `verify`: the certificate authorities to believe, where they are not the system's."""

    officer: str | None
    purpose: str | None
    language: str
    scope: str | None
    dpop: bool
    connect: str | None
    retries: Retries
    timeout: float
    verify: ssl.SSLContext | bool


class Stated(TypedDict, total=False):
    """What one call may state otherwise than its client. `key` is its Idempotency-Key, made for it if not stated;
    whoever keeps one beside the record, and sends both again, does it once."""

    officer: str | None
    purpose: str | None
    language: str | None
    key: str | None
    etag: str | None
    headers: Mapping[str, str]


class Speaker:
    """One client at one service. `url` is the service's public address, which is also its name in tokens and proofs."""

    def __init__(self, url: str, client_id: str, key: Key, options: Options) -> None:
        public = url.rstrip("/")
        reached = (options.get("connect") or public).rstrip("/")
        require_private(reached)
        self.session = Session(
            Tokens(reached, public, client_id, key, Key.generate() if options.get("dpop", True) else None),
            _headers(options.get("officer"), options.get("purpose"), options.get("language", "vi")),
            options.get("retries", Retries()),
        )
        self.session.tokens.scope = options.get("scope")
        self.timeout = options.get("timeout", 30.0)

    @property
    def url(self) -> str:
        return self.session.tokens.public

    @property
    def drift(self) -> float:
        """Seconds that the service's clock is ahead of this machine's; 0 until a token was refused because of it."""
        return self.session.tokens.drift


def require_private(url: str) -> None:
    """`ValueError` for an address at which others could read along: no https, and not this machine itself."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or not _is_loopback(parts.hostname or ""):
        raise ValueError(f"{url}: only https, or http to this machine itself")


def stating(request: Request[T], stated: Stated) -> Request[T]:
    """The request with what this call states."""
    named = _headers(stated.get("officer"), stated.get("purpose"), stated.get("language"))
    others = {"Idempotency-Key": stated.get("key"), "If-Match": stated.get("etag")}
    return request.but({**named, **others, **stated.get("headers", {})})


def general(method: str, path: str, body: Any, query: Mapping[str, Any] | None) -> Request[Any]:
    """A call by method and path. Every POST takes a key but the few that are no acts. `ValueError`: no path, and
    `@host` or `.host` behind the service's address would be another host."""
    if not path.startswith("/"):
        raise ValueError("a path begins with /")
    asks = VALUES | {"Idempotency-Key"} if method == "POST" and path not in _UNKEYED else VALUES
    return Request(method, path, query or {}, body, asks=asks, statuses=_DONE)


def _headers(officer: str | None, purpose: str | None, language: str | None) -> dict[str, str]:
    stated = {"Acting-Officer": officer, "Purpose-Of-Use": purpose, "Accept-Language": language}
    return {name: value for name, value in stated.items() if value is not None}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
