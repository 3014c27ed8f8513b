"""Signed receipts: that the service took in this very content, and when. Proof for as long as the key is published.

The digest is SHA-256 of the RFC 8785 form of the body in NFC; whoever kept the body can check it without the service.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.client.errors import ReferralError
from app.client.keys import ALGORITHM, signed_by, unb64
from app.client.wire import decoded

TYPE = "referral-receipt+jws"
_LONGEST = 8192


class BadReceiptError(ReferralError):
    """Not a receipt by this service for this record: nothing is proven, so the record must not be given up."""


@dataclass(frozen=True)
class Receipt:
    """`jws` is what to keep: it proves the rest."""

    jws: str
    id: str
    reference: str
    digest: str
    organisation_id: str
    accepted_at: datetime


def check(jws: str, keys: Iterable[Mapping[str, Any]], *, issuer: str, id: str, body: Any = None) -> Receipt:
    """Judges a receipt by the service's public `keys` (`/.well-known/jwks`); `BadReceiptError` unless it is signed by
    one of them, by this `issuer`, for the record of this `id` and, where `body` is given, for this content."""
    try:
        claims = _claims(jws, keys)
        known = Receipt(
            jws=jws,
            id=_text(claims, "sub"),
            reference=_text(claims, "reference"),
            digest=_text(claims, "digest"),
            organisation_id=_text(claims, "organisation_id"),
            accepted_at=datetime.fromisoformat(_text(claims, "accepted_at")),
        )
        holds = claims["iss"] == issuer and known.id == id and (body is None or known.digest == digest(body))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadReceiptError("not a receipt") from error
    if not holds:
        raise BadReceiptError("a receipt for something else")
    return known


def digest(body: Any) -> str:
    """The digest of a record as the service computes it; `ValueError` for a number with a fraction, which none has."""
    canonical = json.dumps(_canonical(body), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _claims(jws: str, keys: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    if len(jws) > _LONGEST:
        raise ValueError("too long")
    head, payload, signature = jws.split(".")
    header = decoded(unb64(head))
    if header.keys() != {"alg", "typ", "kid"} or (header["alg"], header["typ"]) != (ALGORITHM, TYPE):
        raise ValueError("another kind of token")
    key = next((each for each in keys if each.get("kid") == header["kid"]), {})
    if not signed_by(key, f"{head}.{payload}".encode(), unb64(signature)):
        raise ValueError("not signed by that key")
    claims: Mapping[str, Any] = decoded(unb64(payload))
    return claims


def _canonical(value: Any) -> Any:
    """Members in the order of their UTF-16 code units (RFC 8785 §3.2.3), text in NFC."""
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case float():
            if not value.is_integer():
                raise ValueError("a number with a fraction")
            return int(value)
        case list() | tuple():
            return [_canonical(item) for item in value]
        case Mapping():
            named = {unicodedata.normalize("NFC", name): _canonical(item) for name, item in value.items()}
            return {name: named[name] for name in sorted(named, key=lambda name: name.encode("utf-16-be"))}
    return value


def _text(claims: Mapping[str, Any], name: str) -> str:
    if not isinstance(claims[name], str):
        raise TypeError(name)
    return str(claims[name])
