"""EC P-256 keys and ES256 signatures (RFC 7515, 7517, 7518, 7638), on `cryptography` alone."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

ALGORITHM = "ES256"
_SIDE = 32
"""Bytes of one coordinate, and of each half of a signature."""


class UnusableKeyError(ValueError):
    """No unencrypted EC P-256 private key."""


class Key:
    """A private key. `kid` is how the service knows it: its RFC 7638 thumbprint, unless registered otherwise."""

    def __init__(self, private: EllipticCurvePrivateKey, kid: str | None = None) -> None:
        point = private.public_key().public_numbers()
        x, y = (b64(number.to_bytes(_SIDE, "big")) for number in (point.x, point.y))
        self._private = private
        self.point: Mapping[str, str] = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
        self.kid = kid or thumbprint(self.point)

    @classmethod
    def generate(cls) -> Self:
        return cls(generate_private_key(SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes, kid: str | None = None) -> Self:
        """`UnusableKeyError` for anything else than a P-256 key without a password."""
        try:
            private = load_pem_private_key(pem, password=None)
        except (TypeError, ValueError) as error:
            raise UnusableKeyError("not an unencrypted PEM private key") from error
        if not (isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1)):
            raise UnusableKeyError("not an EC P-256 key")
        return cls(private, kid)

    @classmethod
    def load(cls, path: str | Path, kid: str | None = None) -> Self:
        return cls.from_pem(Path(path).read_bytes(), kid)

    @property
    def jwk(self) -> Mapping[str, str]:
        """The public key, as it is handed in for registration."""
        return {**self.point, "use": "sig", "alg": ALGORITHM, "kid": self.kid}

    def pem(self) -> bytes:
        """The private key as PKCS #8, unencrypted: for a file that its owner alone may read."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """The compact JWS of these claims."""
        signed = f"{_part({'alg': ALGORITHM, **header})}.{_part(claims)}"
        halves = decode_dss_signature(self._private.sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{b64(b''.join(half.to_bytes(_SIDE, 'big') for half in halves))}"


def thumbprint(point: Mapping[str, str]) -> str:
    """The RFC 7638 name of a public P-256 key."""
    canonical = {member: point[member] for member in ("crv", "kty", "x", "y")}
    return digest_text(json.dumps(canonical, separators=(",", ":")).encode())


def signed_by(jwk: Mapping[str, Any], signed: bytes, signature: bytes) -> bool:
    """Whether this public key made this ES256 signature; False too for a key that is none."""
    if len(signature) != 2 * _SIDE:
        return False
    try:
        x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in ("x", "y"))
        public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
        halves = (int.from_bytes(half, "big") for half in (signature[:_SIDE], signature[_SIDE:]))
        public.verify(encode_dss_signature(*halves), signed, ECDSA(SHA256()))
    except (InvalidSignature, KeyError, TypeError, ValueError):
        return False
    return True


def digest_text(data: bytes) -> str:
    return b64(hashlib.sha256(data).digest())


def b64(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes of an unpadded base64url text; `ValueError` unless it is their one spelling."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise ValueError("not canonical base64url")
    return data


def _part(value: Mapping[str, Any]) -> str:
    return b64(json.dumps(value, separators=(",", ":")).encode())
