"""Entity tags that tell a caller its view has changed, and nothing about what it may not see."""

import base64
import hashlib
import hmac

from app.db import Tx
from app.problems import FieldError, InvalidHeader, StaleVersion


def etag(tx: Tx, *parts: object) -> str:
    """A strong tag: HMAC over the caller's organisation, the id and the versions of the rows it may see.

    Bare counters would count hidden writes aloud, and would be equal across organisations that see different things.
    """
    message = "\x1f".join([str(tx.me), *(str(part) for part in parts)]).encode()
    digest = hmac.new(tx.keyring.wire, b"etag\x1f" + message, hashlib.sha256).digest()
    return f'"{base64.urlsafe_b64encode(digest[:15]).decode()}"'


def must_match(if_match: str | None, current: str) -> None:
    """RFC 9110 §13.1.1 with one strong tag; `*` would defeat the purpose. Compared after the row was locked."""
    if if_match is None:
        return
    if not (if_match.startswith('"') and if_match.endswith('"')) or "," in if_match:
        raise InvalidHeader(FieldError("header:If-Match", "invalid_format"))
    if not hmac.compare_digest(if_match, current):
        raise StaleVersion
