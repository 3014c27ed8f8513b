"""EC P-256 keys: which are acceptable, and how they are named (RFC 7638).

No other kind of key can become a `SigningKey` or a `VerificationKey`, so no token can be judged by one.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jose import jwk as jose_jwk
from jose.backends.base import Key

from app.secret_files import write_once

ALGORITHM = "ES256"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_KID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_POINT = ("crv", "kty", "x", "y")


class UnusableKeyError(ValueError):
    """A key that is missing, private where it must be public, or anything but EC P-256 for signatures."""


@dataclass(frozen=True)
class VerificationKey:
    """A public key that passed every check, already parsed: parsing a PEM each time costs 74 µs more (security.md)."""

    kid: str
    thumbprint: str
    jose: Key = field(repr=False, compare=False)


@dataclass(frozen=True)
class SigningKey:
    """A private key of this process, and the public JWK that verifies what it signs."""

    public: Mapping[str, str]
    jose: Key = field(repr=False, compare=False)

    @property
    def kid(self) -> str:
        return self.public["kid"]

    @property
    def point(self) -> Mapping[str, str]:
        """The public key and nothing said about it."""
        return {member: self.public[member] for member in _POINT}


def decode_base64url(text: str) -> bytes:
    """The bytes of an unpadded base64url text, only if it is their one spelling (RFC 7515 §2); else `ValueError`.

    Python's own decoder skips foreign characters and ignores surplus bits, so that one token would have many spellings.
    """
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_base64url(data) != text:
        raise ValueError("not canonical base64url")
    return data


def encode_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The RFC 7638 name of a public key: the same for every spelling of it, and so the `kid` of the service's own."""
    canonical = json.dumps({member: jwk[member] for member in _POINT}, separators=(",", ":"), sort_keys=True)
    return encode_base64url(hashlib.sha256(canonical.encode()).digest())


def verification_key(jwk: Mapping[str, Any]) -> VerificationKey:
    """Parses a public JWK; `UnusableKeyError` unless it is EC P-256, on the curve, for ES256 signatures, and named."""
    stated = (jwk.get("kty"), jwk.get("crv"), jwk.get("use"), jwk.get("alg", ALGORITHM))
    if stated != ("EC", "P-256", "sig", ALGORITHM) or "d" in jwk or jwk.get("key_ops", ["verify"]) != ["verify"]:
        raise UnusableKeyError("not a public EC P-256 signature key")
    kid = jwk.get("kid")
    if not (isinstance(kid, str) and _KID.fullmatch(kid)):
        raise UnusableKeyError("kid is not a plain name")
    try:
        if any(len(decode_base64url(jwk[coordinate])) != 32 for coordinate in ("x", "y")):
            raise UnusableKeyError("a coordinate is not 32 bytes")
        return VerificationKey(kid, thumbprint(jwk), jose_jwk.construct(dict(jwk), ALGORITHM))
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableKeyError("not a point of P-256") from error


def verification_keys(jwks: Iterable[Mapping[str, Any]]) -> Mapping[str, VerificationKey]:
    """Keys by `kid`; `UnusableKeyError` when one `kid` names two keys, since a token must pick exactly one."""
    keys: dict[str, VerificationKey] = {}
    for key in map(verification_key, jwks):
        if key.kid in keys:
            raise UnusableKeyError("one kid names two keys")
        keys[key.kid] = key
    return keys


def registrable(jwk: Mapping[str, Any]) -> Mapping[str, Any]:
    """The public JWK to store for a client that handed in this one: purpose and name filled in, other members dropped.

    `UnusableKeyError` for a private key, which a client must never hand in, and for what `verification_key` refuses.
    """
    if "d" in jwk:
        raise UnusableKeyError("this is a private key: hand in the public one, and replace this one")
    try:
        assumed = {"use": "sig", "alg": ALGORITHM, "kid": thumbprint(jwk)}
    except (KeyError, TypeError) as error:
        raise UnusableKeyError("not a public EC P-256 signature key") from error
    given = {member: jwk[member] for member in (*_POINT, "use", "alg", "kid", "key_ops") if member in jwk}
    public = assumed | given
    verification_key(public)
    return public


def generate() -> bytes:
    """A fresh P-256 private key, as PKCS #8 PEM."""
    return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signing_key(pem: bytes) -> SigningKey:
    """Parses an unencrypted private key; `UnusableKeyError` unless it is EC P-256."""
    try:
        private = load_pem_private_key(pem, password=None)
    except (TypeError, ValueError) as error:
        raise UnusableKeyError("not an unencrypted PEM private key") from error
    if not (isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1)):
        raise UnusableKeyError("not an EC P-256 key")
    key = jose_jwk.construct(pem, ALGORITHM)
    point = {name: value for name, value in key.to_dict().items() if name in _POINT}
    return SigningKey({**point, "use": "sig", "alg": ALGORITHM, "kid": thumbprint(point)}, key)


def ensure_key(path: Path) -> SigningKey:
    """The key at this path, made first if there is none. Two processes that both make it end with the same one."""
    if not path.exists():
        write_once(path, generate())
    return read_key(path)


def read_key(path: Path) -> SigningKey:
    """The key at this path; `UnusableKeyError`, naming the path, when it is missing or no EC P-256 key."""
    try:
        return signing_key(path.read_bytes())
    except (OSError, UnusableKeyError) as error:
        raise UnusableKeyError(f"{path} holds no usable EC P-256 private key") from error
