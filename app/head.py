"""What the head of a request may be, and what it says: its size and framing, and the headers that decide something.

Refused at once: an oversized head, doubtful framing (RFC 9112 §3.2, §6.3), a path that no route can have. Faults of
other headers wait until `check_once`, because 401 and 403 come first.
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.types import Scope

from app.problems import FieldError, InvalidHeader, NotFound, Unauthenticated, ValidationFailed

HEAD_LIMIT = 16_384
FIELD_LIMIT = 4_096
"""Of one header, so that several long ones fit into the head; the gate knows a token's own limit."""
SINGLE = ("If-Match", "Idempotency-Key", "Purpose-Of-Use", "Acting-Officer", "Content-Type")
"""Headers that decide something: sent twice, client and proxy may each believe another one."""

Headers = Sequence[tuple[bytes, bytes]]

CLOSE = {"Connection": "close"}
_HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
_LENGTH = re.compile(rb"\d{1,18}")
_PATH = re.compile(rb"/|(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
"""Every path of this service. Escapes, parameters, empty and dot segments are what a proxy may read differently."""
_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def authorization(headers: Headers) -> str | None:
    """The one `Authorization`, or None; two of them are no authentication at all, whichever is valid."""
    return _only(headers, b"authorization")


def proof(headers: Headers) -> str | None:
    """The one `DPoP` header (RFC 9449 §4.3, point 1), or None; two of them are as bad as two `Authorization`."""
    return _only(headers, b"dpop")


def check_once(scope: Scope) -> None:
    """What must not come twice: `InvalidHeader`, or `ValidationFailed` for a query parameter, of which a proxy may have
    judged one and we would take the other. To be asked after authentication."""
    check_headers(scope["headers"])
    named = [name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)]
    if len(set(named)) < len(named):
        raise ValidationFailed(FieldError("query:*", "duplicate_parameter"))


def check_headers(headers: Headers) -> None:
    """`InvalidHeader` for headers that must come once and came twice; to be asked after authentication."""
    names = [name for name, _ in headers]
    twice = len(set(names)) < len(names) and [name for name in SINGLE if names.count(name.lower().encode()) > 1]
    if twice:
        raise InvalidHeader(*(FieldError(f"header:{name}", "duplicate_header") for name in twice))


def check_head(scope: Scope) -> None:
    """`InvalidHeader` for a head that is too long, or of which two readers may find two messages."""
    headers: Headers = scope["headers"]
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"]) + sum(len(n) + len(v) + 4 for n, v in headers)
    longest = max((len(value) for name, value in headers if name != b"authorization"), default=0)
    for length, limit in ((size, HEAD_LIMIT), (longest, FIELD_LIMIT)):
        if length > limit:
            raise InvalidHeader(FieldError("header:*", "too_long", {"limit_bytes": limit}), headers=CLOSE)
    _check_one(headers, "Host", _HOST)
    if values(headers, b"content-length"):
        _check_one(headers, "Content-Length", _LENGTH)
    coding = values(headers, b"transfer-encoding")
    # RFC 9112 §6.1: with a length, from HTTP/1.0 or with another coding on top, two readers may find two bodies.
    if coding and (values(headers, b"content-length") or coding != [b"chunked"] or scope["http_version"] == "1.0"):
        raise InvalidHeader(FieldError("header:Transfer-Encoding", "invalid_value"), headers=CLOSE)


def check_path(scope: Scope) -> None:
    """`NotFound` for one that no route can have."""
    if not _PATH.fullmatch(scope["raw_path"]):
        raise NotFound


def _check_one(headers: Headers, name: str, form: re.Pattern[bytes]) -> None:
    sent = values(headers, name.lower().encode())
    if len(sent) == 1 and form.fullmatch(sent[0]):
        return
    code = "duplicate_header" if len(sent) > 1 else "invalid_format" if sent else "required"
    # RFC 9112 §6.3: where one message ends is in doubt, so nothing more is read from this connection.
    raise InvalidHeader(FieldError(f"header:{name}", code), headers=CLOSE)


def values(headers: Headers, name: bytes) -> list[bytes]:
    """Each occurrence of a header, the name in lower case."""
    return [value for key, value in headers if key == name]


def _only(headers: Headers, name: bytes) -> str | None:
    sent = values(headers, name)
    if len(sent) > 1:
        raise Unauthenticated
    return sent[0].decode("latin-1") if sent else None


def joined(headers: Headers, name: bytes) -> str:
    """All values of a header as one list (RFC 9110 §5.3)."""
    return b",".join(values(headers, name)).decode("latin-1")


def declared(headers: Headers) -> int:
    """How many bytes of body are announced; 0 without a length."""
    return int(next(iter(values(headers, b"content-length")), b"0"))


def trace(headers: Headers) -> str | None:
    """A valid W3C Trace Context parent (version 00), or None: a bad one is no fault, only not passed on."""
    sent = values(headers, b"traceparent")
    return sent[0].decode() if len(sent) == 1 and _TRACEPARENT.fullmatch(sent[0]) else None
