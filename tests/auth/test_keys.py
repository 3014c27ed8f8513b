"""Which keys the service takes."""

from typing import Any

import joserfc.jwk
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.auth import keys

PUBLIC: dict[str, Any] = dict(keys.signing_key(keys.generate()).public)
PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_is_named_by_its_rfc_7638_thumbprint() -> None:
    assert PUBLIC["kid"] == joserfc.jwk.ECKey.import_key(PUBLIC).thumbprint()


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"use": "enc"},
        {"use": None},
        {"alg": "ES384"},
        {"alg": "HS256"},
        {"key_ops": ["encrypt"]},
        {"d": PUBLIC["x"]},
        {"x": PUBLIC["y"]},
        {"y": ""},
        {"y": PUBLIC["y"] + "="},
        {"y": "AA" + PUBLIC["y"]},
        {"y": None},
        {"kid": None},
        {"kid": "a b"},
    ],
)
def test_only_a_public_p256_signature_key_can_judge_a_token(change: dict[str, Any]) -> None:
    assert keys.verification_key(PUBLIC).kid == PUBLIC["kid"]
    with pytest.raises(keys.UnusableKeyError):
        keys.verification_key({**PUBLIC, **change})


def test_one_kid_never_names_two_keys() -> None:
    other = {**keys.signing_key(keys.generate()).public, "kid": PUBLIC["kid"]}
    with pytest.raises(keys.UnusableKeyError):
        keys.verification_keys([PUBLIC, other])


def test_a_clients_key_is_stored_without_what_it_does_not_need_and_never_private() -> None:
    handed_in = {name: PUBLIC[name] for name in ("kty", "crv", "x", "y")}
    assert keys.registrable({**handed_in, "x5c": ["MIIB"]}) == PUBLIC
    assert keys.registrable({**handed_in, "kid": "post-7"})["kid"] == "post-7"
    for wrong in ({**handed_in, "d": "AA"}, {**handed_in, "use": "enc"}, {"kty": "EC"}):
        with pytest.raises(keys.UnusableKeyError):
            keys.registrable(wrong)


@pytest.mark.parametrize(
    "pem",
    [
        b"not a key",
        rsa.generate_private_key(65537, 2048).private_bytes(*PEM),
        ec.generate_private_key(ec.SECP384R1()).private_bytes(*PEM),
    ],
)
def test_no_other_key_can_sign(pem: bytes) -> None:
    with pytest.raises(keys.UnusableKeyError):
        keys.signing_key(pem)
