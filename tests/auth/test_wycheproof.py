"""Project Wycheproof's attacks on JWS verifiers, through the gate. Where its vectors are absent, these tests skip.

They sign the text "foo", which is no claims object, so a vector is put to the gate in two ways: through the gate's own
form, header, key and signature steps, byte for byte; and its signature, on a token whose claims are in order.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jose import jwk

from app.auth import keys, tokens
from app.problems import Unauthenticated

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "wycheproof"
FILES = ("json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json")
NOT_JUDGED = {("json_web_signature_test.json", case) for case in (367, 370, 372, 373)}
"""Its README: two are byte for byte a valid vector, two are called valid and hold a `?`."""
TYPES = frozenset({None})
PROFILE = tokens.Profile(TYPES, tokens.ACCESS.required, tokens.ACCESS.life)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the Wycheproof vectors are not here")


@dataclass(frozen=True)
class Vector:
    name: str
    valid: bool
    key: Mapping[str, Any]
    jws: str


def vectors() -> Iterator[Vector]:
    for file in FILES:
        for group in json.loads((FOLDER / file).read_text())["testGroups"]:
            for case in group["tests"]:
                jws = case.get("jws", case.get("jwe"))
                if isinstance(jws, str) and (file, case["tcId"]) not in NOT_JUDGED:
                    key = group.get("public", group["private"])
                    yield Vector(f"{file} {case['tcId']}", case["result"] == "valid", key, jws)


def configured(key: Mapping[str, Any]) -> Mapping[str, keys.VerificationKey]:
    """The vector's key or key set as the service would load it: refused whole if one of them is unusable."""
    try:
        return keys.verification_keys(key.get("keys", [key]))
    except keys.UnusableKeyError:
        return {}


def signature_holds(vector: Vector) -> bool:
    try:
        envelope = tokens.unseal(vector.jws, configured(vector.key), TYPES)
    except Exception:
        return False
    return envelope.key.jose.verify(envelope.signed, envelope.signature)


def accepted(jws: str, key: Mapping[str, Any]) -> bool:
    try:
        tokens.accept(jws, keys=configured(key), profile=PROFILE, issuer="wycheproof", audience="gate", now=time.time())
    except Unauthenticated:
        return False
    return True


def good_token(private: Mapping[str, Any]) -> str:
    """A token of the right shape, signed with the vectors' own private key under their own header."""
    now = int(time.time())
    names = {"iss": "wycheproof", "aud": "gate", "sub": "a", "client_id": "a", "jti": "1", "scope": "a:b"}
    payload = json.dumps({**names, "iat": now, "exp": now + 60}).encode()
    header = json.dumps({"alg": "ES256", "kid": private["kid"]}).encode()
    signed = f"{keys.encode_base64url(header)}.{keys.encode_base64url(payload)}"
    signature = jwk.construct(dict(private), "ES256").sign(signed.encode())
    return f"{signed}.{keys.encode_base64url(signature)}"


def es256_group() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    groups = json.loads((FOLDER / FILES[0]).read_text())["testGroups"]
    group = next(group for group in groups if group["comment"] == "es256")
    return group["private"], group["public"]


def test_no_invalid_vector_passes() -> None:
    invalid = [vector for vector in vectors() if not vector.valid]
    assert len(invalid) > 400
    assert [v.name for v in invalid if signature_holds(v) or accepted(v.jws, v.key)] == []


def test_the_valid_es256_vectors_hold_so_that_the_refusals_mean_something() -> None:
    valid = [vector for vector in vectors() if vector.valid and vector.key.get("alg") == "ES256"]
    assert len(valid) >= 3
    assert all(signature_holds(vector) for vector in valid)


def test_a_well_shaped_token_passes_and_no_vectors_signature_does_on_it() -> None:
    private, public = es256_group()
    good = good_token(private)
    assert accepted(good, public)
    signed = good.rpartition(".")[0]
    signatures = {vector.jws.rpartition(".")[2] for vector in vectors()}
    assert [s for s in signatures if accepted(f"{signed}.{s}", public)] == []


def test_a_true_signature_in_another_encoding_is_refused() -> None:
    """What the SpecialCaseEs256 vectors do to their signature, done to one over well shaped claims."""
    private, public = es256_group()
    signed, _, text = good_token(private).rpartition(".")
    whole = keys.decode_base64url(text)
    r, s = int.from_bytes(whole[:32]), int.from_bytes(whole[32:])
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    changed = {
        "trailing zeros": whole + bytes(2),
        "wider halves": r.to_bytes(33) + s.to_bytes(33),
        "r + n": (r + order).to_bytes(33) + s.to_bytes(33),
        "s + n": r.to_bytes(33) + (s + order).to_bytes(33),
        "r + 2^256": (r + 2**256).to_bytes(33) + s.to_bytes(33),
        "s + 2^256": r.to_bytes(33) + (s + 2**256).to_bytes(33),
        "long": r.to_bytes(257) + s.to_bytes(257),
        "cut": whole[:-1],
        "one bit": whole[:-1] + bytes([whole[-1] ^ 1]),
    }
    assert [n for n, data in changed.items() if accepted(f"{signed}.{keys.encode_base64url(data)}", public)] == []
