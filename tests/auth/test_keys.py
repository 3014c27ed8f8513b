"""Which keys the service takes, and how it keeps its own."""

import stat
from pathlib import Path
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


def test_keys_are_made_once_for_the_owner_alone_and_a_missing_one_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    with pytest.raises(keys.UnusableKeyError, match=r"issuer\.pem"):
        keys.load_keys(folder)
    keys.ensure_keys(folder)
    first = keys.load_keys(folder)
    keys.ensure_keys(folder)
    assert keys.load_keys(folder).issuer_jwks == first.issuer_jwks
    assert len({first.issuer.kid, first.receipts.kid, first.audit.kid}) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == {"issuer.pem", "receipts.pem", "audit.pem"}


def test_after_a_rotation_the_previous_key_still_judges_and_no_longer_signs(tmp_path: Path) -> None:
    keys.ensure_keys(tmp_path)
    old = keys.load_keys(tmp_path).issuer.kid
    (tmp_path / "issuer-previous").mkdir()
    (tmp_path / "issuer.pem").rename(tmp_path / "issuer-previous" / "1.pem")
    keys.ensure_keys(tmp_path)
    rotated = keys.load_keys(tmp_path)
    assert rotated.issuer.kid != old
    assert set(rotated.access) == {rotated.issuer.kid, old}
    assert [set(jwk) for jwk in rotated.issuer_jwks["keys"]] == [set(PUBLIC), set(PUBLIC)]
