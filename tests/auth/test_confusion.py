"""Algorithm confusion by the DER of the public key, which python-jose does not know for a public key."""

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from app.problems import Unauthenticated
from tests.auth.test_tokens import HEADER, KEY, b64, claims, judge


def test_the_public_key_in_der_is_no_secret_of_an_hmac() -> None:
    """CVE-2024-33663; by the one HMAC whose signature is as long as an ES256 one."""
    signed = f"{b64(json.dumps({**HEADER, 'alg': 'HS512'}).encode())}.{b64(json.dumps(claims()).encode())}"
    public = load_pem_public_key(KEY.jose.public_key().to_pem())
    secret = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(Unauthenticated):
        judge(f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha512))}")
