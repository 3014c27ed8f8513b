"""Tokens that must be refused, each a departure from one good token, and the forger who makes them for any gate."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from app.auth.keys import SigningKey, decode_base64url, generate, signing_key

HOUR = 3600
CLAIMS = ("iss", "sub", "aud", "iat", "exp", "jti", "client_id", "scope")
CHALLENGES = 'Bearer error="invalid_token", DPoP error="invalid_token", algs="ES256"'
STRANGER = signing_key(generate())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class Forger:
    """Holds the issuer's own `key`, and so makes whatever a careless issuer could sign. `sibling` is another key that
    the gate knows, `stranger` one that it does not."""

    key: SigningKey
    issuer: str
    audience: str
    sibling: SigningKey
    stranger: SigningKey = STRANGER
    client: str = "demo-border"

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims, with these changed; a change to `...` takes the claim out."""
        now = int(time.time())
        good = {
            "iss": self.issuer,
            "sub": self.client,
            "aud": self.audience,
            "iat": now,
            "exp": now + 600,
            "jti": "8c9b4d6e",
            "client_id": self.client,
            "scope": "border_guard:intake.read border_guard:intake.write",
        }
        return {name: value for name, value in {**good, **changes}.items() if value is not ...}

    def token(self, header: object = None, payload: object = None, key: SigningKey | None = None) -> str:
        """A truly signed token over any header and payload, objects or raw text."""
        stated = written(self.header if header is None else header)
        said = written(self.claims() if payload is None else payload)
        signed = f"{b64(stated.encode())}.{b64(said.encode())}"
        return f"{signed}.{b64((key or self.key).jose.sign(signed.encode()))}"

    def with_header(self, **changes: object) -> str:
        return self.token({**self.header, **changes})

    def with_claims(self, **changes: Any) -> str:
        return self.token(payload=self.claims(**changes))

    def raw_claims(self, extra: str) -> str:
        return self.token(payload=json.dumps(self.claims())[:-1] + "," + extra + "}")

    def deep_header(self, levels: int) -> str:
        return self.token('{"alg":"ES256","typ":"at+jwt","kid":' + "[" * levels + "]" * levels + "}")

    def spelled(self, change: Callable[[str, str, str], str]) -> str:
        return change(*self.token().split("."))

    def resigned_by_public_key(self, algorithm: str, encoding: Encoding = Encoding.PEM) -> str:
        """Algorithm confusion: the public key, which everybody has, used as the secret of an HMAC. That of HS512 is as
        long as a signature of ES256."""
        header = {**self.header, "alg": algorithm}
        signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(self.claims()).encode())}"
        public = load_pem_public_key(self.key.jose.public_key().to_pem())
        secret = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        digest = hashlib.sha512 if algorithm == "HS512" else hashlib.sha256
        return f"{signed}.{b64(hmac.digest(secret, signed.encode(), digest))}"


def surplus_bits(text: str) -> str:
    """The same bytes under another spelling: Python's decoder ignores the last, unused bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def der(signature: str) -> str:
    """The same signature as certificates carry it, which RFC 7518 does not allow here."""
    whole = decode_base64url(signature)
    return b64(encode_dss_signature(int.from_bytes(whole[:32]), int.from_bytes(whole[32:])))


JWE = ".".join(b64(part) for part in (b'{"alg":"dir","enc":"A128GCM"}', b"", b"0" * 12, b"secret", b"0" * 16))

HOSTILE: dict[str, Callable[[Forger], str]] = {
    "empty": lambda f: "",
    "one megabyte": lambda f: "A" * 1_000_000,
    "over 8 KB, well signed": lambda f: f.with_claims(note="x" * 8192),
    "two parts": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}"),
    "four parts": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}.{s}.{s}"),
    "JWE": lambda _: JWE,
    "not ASCII": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}.ộ{s[1:]}"),
    "padded": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}.{s}=="),
    "surplus bits": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}.{surplus_bits(s)}"),
    "standard base64 alphabet": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}.+/{s[2:]}"),
    "line break": lambda f: f.token() + "\n",
    "alg none": lambda f: f.spelled(lambda h, p, s: f"{b64(json.dumps({**f.header, 'alg': 'none'}).encode())}.{p}."),
    "alg None": lambda f: f.with_header(alg="None"),
    "alg nOnE": lambda f: f.with_header(alg="nOnE"),
    "alg empty": lambda f: f.with_header(alg=""),
    "alg null": lambda f: f.with_header(alg=None),
    "alg a list": lambda f: f.with_header(alg=["ES256"]),
    "alg es256": lambda f: f.with_header(alg="es256"),
    "alg ES384": lambda f: f.with_header(alg="ES384"),
    "alg RS256": lambda f: f.with_header(alg="RS256"),
    "alg HS256 by the public key": lambda f: f.resigned_by_public_key("HS256"),
    "alg HS512 by the public key in DER": lambda f: f.resigned_by_public_key("HS512", Encoding.DER),
    "alg HS256 by the public key in DER": lambda f: f.resigned_by_public_key("HS256", Encoding.DER),
    "alg ES256 by the public key": lambda f: f.resigned_by_public_key("ES256"),
    "alg PS256": lambda f: f.with_header(alg="PS256"),
    "alg EdDSA": lambda f: f.with_header(alg="EdDSA"),
    "alg ES256K": lambda f: f.with_header(alg="ES256K"),
    "signature in DER": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}.{der(s)}"),
    "no signature": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}."),
    "zero signature": lambda f: f.spelled(lambda h, p, s: f"{h}.{p}.{b64(bytes(64))}"),
    "embedded jwk": lambda f: f.token({**f.header, "jwk": dict(f.stranger.public)}, key=f.stranger),
    "jku": lambda f: f.with_header(jku="https://evil.example/jwks"),
    "x5u": lambda f: f.with_header(x5u="https://evil.example/chain.pem"),
    "x5c": lambda f: f.with_header(x5c=["MIIB"]),
    "crit": lambda f: f.with_header(crit=["exp"]),
    "b64 false": lambda f: f.with_header(b64=False, crit=["b64"]),
    "cty JWT": lambda f: f.with_header(cty="JWT"),
    "typ JWT": lambda f: f.with_header(typ="JWT"),
    "typ AT+JWT": lambda f: f.with_header(typ="AT+JWT"),
    "typ receipt": lambda f: f.with_header(typ="referral-receipt+jws"),
    "typ absent": lambda f: f.token({"alg": "ES256", "kid": f.key.kid}),
    "kid absent": lambda f: f.token({"alg": "ES256", "typ": "at+jwt"}),
    "kid unknown": lambda f: f.with_header(kid=f.stranger.kid),
    "kid of another key": lambda f: f.token(key=f.sibling),
    "kid a path": lambda f: f.with_header(kid="../../dev/null"),
    "kid a list": lambda f: f.with_header(kid=[f.key.kid]),
    "another's signature": lambda f: f.token(key=f.stranger),
    "header 2,500 deep": lambda f: f.deep_header(2500),
    "header 5,000 deep": lambda f: f.deep_header(5000),
    "header repeats alg": lambda f: f.token('{"alg":"none",' + json.dumps(f.header)[1:]),
    "header a list": lambda f: f.token([f.header]),
    "header with a byte order mark": lambda f: f.token("\ufeff" + json.dumps(f.header)),
    "claims repeat sub": lambda f: f.raw_claims('"sub":"demo-police"'),
    "claims repeat scope, escaped": lambda f: f.raw_claims('"sc\\u006fpe":"oversight:audit.read"'),
    "claims nine deep": lambda f: f.raw_claims('"x":' + "[" * 8 + "]" * 8),
    "claims with NaN": lambda f: f.raw_claims('"x":NaN'),
    "claims with 1e400": lambda f: f.raw_claims('"x":1e400'),
    "claims with a lone surrogate": lambda f: f.raw_claims('"x":"\\ud800"'),
    "claims a list": lambda f: f.token(payload=[f.claims()]),
    "nested token": lambda f: f.token(payload=f.token()),
    "expired": lambda f: f.with_claims(iat=int(time.time()) - HOUR, exp=int(time.time()) - 1),
    "issued in the future": lambda f: f.with_claims(iat=int(time.time()) + 300, exp=int(time.time()) + 600),
    "not yet valid": lambda f: f.with_claims(nbf=int(time.time()) + 300),
    "lives a day": lambda f: f.with_claims(exp=int(time.time()) + 24 * HOUR),
    "exp before iat": lambda f: f.with_claims(iat=int(time.time()) + 20, exp=int(time.time()) + 10),
    "exp a text": lambda f: f.with_claims(exp=str(int(time.time()) + 600)),
    "exp a fraction": lambda f: f.with_claims(exp=time.time() + 600),
    "exp true": lambda f: f.with_claims(exp=True),
    "exp infinite": lambda f: f.raw_claims('"nbf":-Infinity'),
    "iat a list": lambda f: f.with_claims(iat=[0]),
    "nbf null": lambda f: f.with_claims(nbf=None),
    "aud another": lambda f: f.with_claims(aud="urn:another:api"),
    "aud a list": lambda f: f.with_claims(aud=[f.audience]),
    "aud a prefix": lambda f: f.with_claims(aud=f.audience + "/v1"),
    "iss another": lambda f: f.with_claims(iss="https://evil.example"),
    "iss with a slash": lambda f: f.with_claims(iss=f.issuer + "/"),
    "sub is not the client": lambda f: f.with_claims(sub="demo-police"),
    "client_id with NUL": lambda f: f.with_claims(sub="demo\0", client_id="demo\0"),
    "client_id a number": lambda f: f.with_claims(sub=7, client_id=7),
    "jti empty": lambda f: f.with_claims(jti=""),
    "jti endless": lambda f: f.with_claims(jti="a" * 129),
    "scope a list": lambda f: f.with_claims(scope=["border_guard:intake.read"]),
    "scope empty": lambda f: f.with_claims(scope=""),
    "scope with two spaces": lambda f: f.with_claims(scope="border_guard:intake.read  border_guard:intake.write"),
    "bound to a certificate": lambda f: f.with_claims(cnf={"x5t#S256": "A" * 43}),
    "bound in two ways": lambda f: f.with_claims(cnf={"jkt": "A" * 43, "x5t#S256": "A" * 43}),
    "bound to a short name": lambda f: f.with_claims(cnf={"jkt": "AAAA"}),
    "at_hash of nothing": lambda f: f.with_claims(at_hash="AAAA"),
    **{f"no {name}": lambda f, name=name: f.with_claims(**{name: ...}) for name in CLAIMS},  # type: ignore[misc]
}
