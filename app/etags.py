"""Entity tags that tell a caller its view has changed, and nothing about what it may not see."""

import base64
import hmac
import re

from app.db import Tx
from app.problems import FieldError, InvalidHeader, StaleVersion

_FORM = re.compile(r'"[\x21\x23-\x7e]*"')


def etag(tx: Tx, *parts: object) -> str:
    """A strong tag: HMAC over the caller's organisation, the id and the versions of the rows it may see.

    Bare counters would count hidden writes aloud, and would be equal across organisations that see different things.
    """
    message = "\x1f".join([str(tx.me), *(str(part) for part in parts)]).encode()
    digest = hmac.digest(tx.keyring.wire, b"etag\x1f" + message, "sha256")
    return f'"{base64.urlsafe_b64encode(digest[:15]).decode()}"'


def check_form(if_match: str) -> None:
    """One strong tag (RFC 9110 §8.8.3): `*`, a weak one or a list would defeat the purpose."""
    if not _FORM.fullmatch(if_match):
        raise InvalidHeader(FieldError("header:If-Match", "invalid_format"))


def must_match(if_match: str | None, current: str) -> None:
    """RFC 9110 §13.1.1, compared after the row was locked."""
    if if_match is not None and not hmac.compare_digest(if_match, current):
        raise StaleVersion
