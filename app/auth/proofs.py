"""Proof of possession (RFC 9449), from both sides: how a client proves its key at each call, and when it is believed.

A proof is judged without a question to the database: form, key, signature, then what it was made for. `use_once` asks
the one question left, whether any worker has seen it before, and comes last, so that a refused proof costs nothing.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from app.auth import tokens
from app.auth.keys import ALGORITHM, SigningKey, VerificationKey, encode_base64url, verification_key
from app.auth.registry import Fetch
from app.problems import Unauthenticated

TYPE = "dpop+jwt"
WINDOW = 60
"""Seconds by which `iat` may lie before or after this machine's clock."""

NONCE_WINDOW = 150
"""Seconds for which one nonce is given out; it is taken for as long again, so for five minutes at most."""

_JTI = re.compile(r"[\x21-\x7e]{16,128}")


@dataclass(frozen=True)
class Use:
    """What a proof must have been made for. `url` is the configured public address and the path that was called, never
    from the request's Host; `token` is None where there is no token yet."""

    method: str
    url: str
    token: str | None = None


@dataclass(frozen=True)
class Proof:
    """A good proof, perhaps used before: `thumbprint` (RFC 7638) is the key it proves, `nonce` is not judged yet."""

    thumbprint: str
    jti: str
    iat: int
    nonce: object


def verify(proof: str | None, use: Use, now: float) -> Proof:
    """Judges a proof; anything wrong, of whatever kind, is the same `Unauthenticated`. `now` in POSIX seconds."""
    with tokens.one_refusal():
        header_part, payload, signature = tokens.parts(proof or "")
        key = _embedded_key(tokens.strict_object(header_part))
        claims = tokens.strict_object(payload)
        _require(tokens.holds((proof or "").rpartition(".")[0].encode(), signature, key))
        _check_use(claims, use)
        _check_times(claims, now)
        _require(_JTI.fullmatch(claims["jti"]))
        return Proof(key.thumbprint, claims["jti"], claims["iat"], claims.get("nonce"))


async def use_once(fetch: Fetch, proof: Proof) -> None:
    """`Unauthenticated` when any worker has taken this proof before, also one that has been restarted since."""
    rows = await fetch(
        "SELECT oauth_use_proof(:key, :jti, :expires) AS first",
        key=proof.thumbprint,
        jti=proof.jti,
        expires=datetime.fromtimestamp(proof.iat + WINDOW, UTC),
    )
    if not rows[0]["first"]:
        raise Unauthenticated


def nonce(secret: bytes, now: float) -> str:
    """What a proof must repeat at present, so that none can be made long before it is used. Alike on every worker,
    because it follows from the secret and the time alone."""
    return _nonce_of(secret, int(now) // NONCE_WINDOW)


def is_current(secret: bytes, stated: object, now: float) -> bool:
    """Whether this nonce is given out now, or was just before."""
    window = int(now) // NONCE_WINDOW
    text = stated.encode() if isinstance(stated, str) and stated.isascii() else b""
    return any(hmac.compare_digest(text, _nonce_of(secret, each).encode()) for each in (window, window - 1))


def make_proof(
    key: SigningKey, method: str, url: str, *, now: float, token: str | None = None, nonce: str | None = None
) -> str:
    """A fresh proof for one request. `nonce` is the last `DPoP-Nonce` the service gave. `now` in POSIX seconds."""
    bare = re.split(r"[?#]", url)[0]
    claims: dict[str, Any] = {"htm": method, "htu": bare, "iat": int(now), "jti": str(uuid4())}
    claims |= {} if token is None else {"ath": _digest(token)}
    claims |= {} if nonce is None else {"nonce": nonce}
    return tokens.sign(claims, key, typ=TYPE, embedded=True)


def _embedded_key(header: Mapping[str, Any]) -> VerificationKey:
    """The key a proof carries: it proves itself, and the token's `cnf` says whether it is the right one."""
    _require(header.keys() == {"typ", "alg", "jwk"} and (header["typ"], header["alg"]) == (TYPE, ALGORITHM))
    return verification_key({"use": "sig", "kid": "proof", **header["jwk"]})


def _check_use(claims: Mapping[str, Any], use: Use) -> None:
    """The method, the address without query and fragment (RFC 9449 §4.3), and the very token it came with."""
    _require(claims["htm"] == use.method and re.split(r"[?#]", claims["htu"])[0] == use.url)
    _require(use.token is None or claims["ath"] == _digest(use.token))


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    """Whole seconds, and now; `exp` and `nbf` are not asked for, but mean what they say where they stand."""
    times = [claims["iat"], claims.get("exp", tokens.LAST_TIME), claims.get("nbf", 0)]
    _require(all(type(time) is int for time in times))
    _require(abs(now - times[0]) <= WINDOW and now < times[1] and times[2] <= now + tokens.SKEW)


def _require(holds: object) -> None:
    if not holds:
        raise ValueError("not a good proof")


def _nonce_of(secret: bytes, window: int) -> str:
    digest = hmac.digest(secret, f"dpop\x1f{window}".encode(), hashlib.sha256)
    return encode_base64url(digest[:18])


def _digest(token: str) -> str:
    return encode_base64url(hashlib.sha256(token.encode()).digest())
