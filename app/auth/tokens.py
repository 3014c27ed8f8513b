"""The strict gate: the only place that believes a token, and the only one that signs one.

python-jose alone accepts forged signatures, foreign keys, duplicate claims and tokens without expiry, and throws
foreign exceptions (security.md). So it is asked last, about a token already known to be plain, and its word is checked
again. The steps are numbered as in security.md; steps 8 and 9, revocation and the client registry, are in registry.py.
Another library can take python-jose's place here and in keys.py without anything else noticing.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jose import jws, jwt

from app import safejson
from app.auth.keys import ALGORITHM, SigningKey, VerificationKey, decode_base64url
from app.auth.recent import Recent
from app.problems import Unauthenticated

LONGEST = 8192
DEEPEST = 8
SKEW = 30
"""Seconds by which another machine's clock may run ahead of this one; never added to an expiry."""

LAST_TIME = 2**33
"""The year 2242: a time beyond it is milliseconds or an attack."""

_SIGNATURE_BYTES = 64
_THUMBPRINT_BYTES = 32
_ID = re.compile(r"[\x21-\x7e]{1,128}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")  # RFC 6749 §3.3


class _Refusal(Exception):
    """One of the gate's own rules is broken; never leaves this module."""


@dataclass(frozen=True)
class Profile:
    """One kind of token. `types`: the `typ` it may state (None: may be absent). `life`: longest time in seconds from
    `iat` to `exp`; None for a receipt, which stays true for ever."""

    types: frozenset[str | None]
    required: frozenset[str]
    life: int | None


ACCESS = Profile(
    types=frozenset({"at+jwt"}),
    required=frozenset({"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope"}),
    life=600,
)
"""RFC 9068 §2.2, for machine clients: `sub` is the client itself."""

RECEIPT = Profile(types=frozenset({"referral-receipt+jws"}), required=frozenset({"iss", "iat"}), life=None)


@dataclass(frozen=True)
class Claims:
    """What a good access token says. It proves which client calls; the registry decides what that client may do.

    `key` is the thumbprint of the key it is bound to (RFC 9449 §6.1): without a proof of that key it is worth nothing.
    """

    client_id: str
    jti: str
    expires_at: int
    scopes: frozenset[str]
    key: str | None = None


@dataclass(frozen=True)
class Envelope:
    """A token of plain form that names a configured key; nothing in it is proven yet."""

    key: VerificationKey
    type: str | None
    signed: bytes
    payload: bytes
    signature: bytes


@dataclass(frozen=True)
class Proven:
    """What a token of this type said, and the key that was seen to have signed it."""

    key: VerificationKey
    type: str | None
    claims: Mapping[str, Any]


_recently_proven = Recent[bytes, Proven](seconds=5, size=4096)


def verify(token: str, *, keys: Mapping[str, VerificationKey], issuer: str, audience: str, now: float) -> Claims:
    """Judges an access token; anything wrong, of whatever kind, is the same `Unauthenticated`."""
    claims = accept(token, keys=keys, profile=ACCESS, issuer=issuer, audience=audience, now=now)
    with one_refusal():
        scopes = frozenset(claims["scope"].split(" "))
        return Claims(claims["client_id"], claims["jti"], claims["exp"], scopes, _bound_key(claims))


def accept(
    token: str,
    *,
    keys: Mapping[str, VerificationKey],
    profile: Profile,
    issuer: str,
    audience: str | None,
    now: float,
) -> Mapping[str, Any]:
    """The claims of a token of this profile; anything wrong is the same `Unauthenticated`. `now` in POSIX seconds."""
    with one_refusal():
        claims = _recalled(token, keys, profile)
        if claims is None:
            since = _recently_proven.clock()
            envelope = unseal(token, keys, profile.types)
            claims = strict_object(envelope.payload)
            _check_signature(token, envelope.key, profile, issuer, audience)
            _recently_proven.keep(_name(token), Proven(envelope.key, envelope.type, claims), since)
        _check_ids(claims, profile, issuer, audience)
        _check_times(claims, profile, now)
        return claims


def claimed_issuer(token: str) -> str:
    """Whom a token *names* as its signer, to find that client's keys by; it proves nothing."""
    with one_refusal():
        _, payload, _ = parts(token)
        return _an_id(strict_object(payload)["iss"])


def claimed_key(token: str) -> str:
    """Which key a token of plain form *names*; it proves nothing."""
    with one_refusal():
        header, _, _ = parts(token)
        return _an_id(strict_object(header)["kid"])


def sign(claims: Mapping[str, Any], key: SigningKey, *, typ: str, embedded: bool = False) -> str:
    """The compact ES256 JWS of these claims, naming the key that made it, or carrying it whole (`embedded`)."""
    named = {"jwk": key.point} if embedded else {"kid": key.kid}
    return jws.sign(claims, key.jose, headers={"typ": typ, **named}, algorithm=ALGORITHM)


def opened(token: str, *, keys: Mapping[str, VerificationKey], typ: str) -> Mapping[str, Any]:
    """What `sign` was given, for a statement that is no token: signed by one of these keys, as this type, or
    `Unauthenticated`."""
    with one_refusal():
        envelope = unseal(token, keys, frozenset({typ}))
        jws.verify(token, envelope.key.jose, algorithms=[ALGORITHM])
        return strict_object(envelope.payload)


def unseal(token: str, keys: Mapping[str, VerificationKey], types: frozenset[str | None]) -> Envelope:
    """Steps 1 to 4: form, header, key. Raises anything; only the gate and its tests call it."""
    header_part, payload, signature = parts(token)
    if len(signature) != _SIGNATURE_BYTES:
        raise _Refusal
    header = strict_object(header_part)
    if not header.keys() <= {"alg", "typ", "kid"} or header["alg"] != ALGORITHM or header.get("typ") not in types:
        raise _Refusal
    return Envelope(keys[header["kid"]], header.get("typ"), token.rpartition(".")[0].encode(), payload, signature)


def _recalled(token: str, keys: Mapping[str, VerificationKey], profile: Profile) -> Mapping[str, Any] | None:
    """What steps 1 to 5 found of this very token a moment ago: it is as true now, if the key is still believed and this
    is the kind of token that is wanted. Names and times are judged anew each time."""
    proven = _recently_proven.get(_name(token))
    if proven is None or proven.type not in profile.types or keys.get(proven.key.kid) != proven.key:
        return None
    return proven.claims


def _name(token: str) -> bytes:
    """Under which a token is remembered: not itself, which is as good as the key that it stands for."""
    return hashlib.sha256(token.encode()).digest()


@contextmanager
def one_refusal() -> Iterator[None]:
    """Step 7, for proofs too. Crafted tokens make libraries throw RecursionError, TypeError or OverflowError; each must
    end here."""
    try:
        yield
    except Exception:
        raise Unauthenticated from None


def parts(token: str) -> tuple[bytes, bytes, bytes]:
    """Step 1. One token has one spelling."""
    if len(token) > LONGEST:
        raise _Refusal
    header, payload, signature = token.split(".")
    return decode_base64url(header), decode_base64url(payload), decode_base64url(signature)


def strict_object(data: bytes) -> Mapping[str, Any]:
    """Step 2, by the same reader as every request body, but no deeper than any honest token."""
    value = safejson.parse(data)
    if not isinstance(value, dict) or _deeper_than(value, DEEPEST):
        raise _Refusal
    return value


def holds(signed: bytes, signature: bytes, key: VerificationKey) -> bool:
    """Whether this key made this ES256 signature: exactly 64 bytes (RFC 7518 §3.4), for jose is not strict about it."""
    return len(signature) == _SIGNATURE_BYTES and bool(key.jose.verify(signed, signature))


def _deeper_than(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and (levels == 0 or any(_deeper_than(item, levels - 1) for item in inner))


def _check_signature(token: str, key: VerificationKey, profile: Profile, issuer: str, audience: str | None) -> None:
    """Step 5."""
    options = {"leeway": SKEW} | {f"require_{claim}": True for claim in profile.required}
    jwt.decode(token, key.jose, algorithms=[ALGORITHM], options=options, audience=audience, issuer=issuer)


def _check_ids(claims: Mapping[str, Any], profile: Profile, issuer: str, audience: str | None) -> None:
    """Step 6, names: strings, equal to what they must equal, with no folding of case and no lists."""
    if not profile.required <= claims.keys() or claims["iss"] != issuer or claims.get("aud") != audience:
        raise _Refusal
    names = {member: _an_id(claims[member]) for member in ("sub", "client_id", "jti") if member in claims}
    if names.get("client_id", names.get("sub")) != names.get("sub"):
        raise _Refusal
    if "scope" in claims and not _SCOPE.fullmatch(claims["scope"]):
        raise _Refusal


def _bound_key(claims: Mapping[str, Any]) -> str | None:
    """Another way of binding than by a key's thumbprint is refused: it would be passed over."""
    if "cnf" not in claims:
        return None
    if claims["cnf"].keys() != {"jkt"} or len(decode_base64url(claims["cnf"]["jkt"])) != _THUMBPRINT_BYTES:
        raise _Refusal
    return str(claims["cnf"]["jkt"])


def _check_times(claims: Mapping[str, Any], profile: Profile, now: float) -> None:
    """Step 6, times: whole seconds, begun, not ended, and no longer than this kind of token may live."""
    times = {member: claims[member] for member in ("iat", "nbf", "exp") if member in claims}
    if any(type(time) is not int or not 0 <= time <= LAST_TIME for time in times.values()):
        raise _Refusal
    if any(times[member] > now + SKEW for member in ("iat", "nbf") if member in times):
        raise _Refusal
    if profile.life is not None and not max(now, times["iat"]) < times["exp"] <= times["iat"] + profile.life:
        raise _Refusal


def _an_id(value: object) -> str:
    if not (isinstance(value, str) and _ID.fullmatch(value)):
        raise _Refusal
    return value
