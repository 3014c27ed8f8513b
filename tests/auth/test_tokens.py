"""The strict gate against hostile tokens: one good token passes, every departure from it is the same refusal."""

import time
from typing import Any

import pytest

from app.auth import keys, tokens
from app.problems import Unauthenticated
from tests.auth.hostile import CHALLENGES, HOSTILE, Forger

ISSUER, AUDIENCE = "https://referral.example", "urn:referral:api"
KEY, SIBLING, STRANGER = (keys.signing_key(keys.generate()) for _ in range(3))
CONFIGURED = keys.verification_keys([KEY.public, SIBLING.public])
FORGER = Forger(KEY, ISSUER, AUDIENCE, SIBLING, STRANGER)


def judge(text: str) -> tokens.Claims:
    return tokens.verify(text, keys=CONFIGURED, issuer=ISSUER, audience=AUDIENCE, now=time.time())


<<<<<<< HEAD
=======
def resigned_by_public_key(algorithm: str) -> str:
    """Algorithm confusion: the public key, which everybody has, used as the secret of an HMAC."""
    signed = f"{b64(json.dumps({**HEADER, 'alg': algorithm}).encode())}.{b64(json.dumps(claims()).encode())}"
    secret = KEY.jose.public_key().to_pem()
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def spelled(change: Callable[[str, str, str], str]) -> str:
    return change(*token().split("."))


def surplus_bits(text: str) -> str:
    """The same bytes under another spelling: Python's decoder ignores the last, unused bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def raw_claims(extra: str) -> str:
    return token(payload=json.dumps(claims())[:-1] + "," + extra + "}")


JWE = ".".join(b64(part) for part in (b'{"alg":"dir","enc":"A128GCM"}', b"", b"0" * 12, b"secret", b"0" * 16))

HOSTILE: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "one megabyte": lambda: "A" * 1_000_000,
    "over 8 KB, well signed": lambda: with_claims(note="x" * 8192),
    "two parts": lambda: spelled(lambda h, p, s: f"{h}.{p}"),
    "four parts": lambda: spelled(lambda h, p, s: f"{h}.{p}.{s}.{s}"),
    "JWE": lambda: JWE,
    "not ASCII": lambda: spelled(lambda h, p, s: f"{h}.{p}.ộ{s[1:]}"),
    "padded": lambda: spelled(lambda h, p, s: f"{h}.{p}.{s}=="),
    "surplus bits": lambda: spelled(lambda h, p, s: f"{h}.{p}.{surplus_bits(s)}"),
    "standard base64 alphabet": lambda: spelled(lambda h, p, s: f"{h}.{p}.+/{s[2:]}"),
    "line break": lambda: token() + "\n",
    "alg none": lambda: spelled(lambda h, p, s: f"{b64(json.dumps({**HEADER, 'alg': 'none'}).encode())}.{p}."),
    "alg None": lambda: with_header(alg="None"),
    "alg nOnE": lambda: with_header(alg="nOnE"),
    "alg empty": lambda: with_header(alg=""),
    "alg null": lambda: with_header(alg=None),
    "alg a list": lambda: with_header(alg=["ES256"]),
    "alg es256": lambda: with_header(alg="es256"),
    "alg ES384": lambda: with_header(alg="ES384"),
    "alg RS256": lambda: with_header(alg="RS256"),
    "alg HS256 by the public key": lambda: resigned_by_public_key("HS256"),
    "alg ES256 by the public key": lambda: resigned_by_public_key("ES256"),
    "no signature": lambda: spelled(lambda h, p, s: f"{h}.{p}."),
    "zero signature": lambda: spelled(lambda h, p, s: f"{h}.{p}.{b64(bytes(64))}"),
    "embedded jwk": lambda: token({**HEADER, "jwk": dict(STRANGER.public)}, key=STRANGER),
    "jku": lambda: with_header(jku="https://evil.example/jwks"),
    "x5u": lambda: with_header(x5u="https://evil.example/chain.pem"),
    "x5c": lambda: with_header(x5c=["MIIB"]),
    "crit": lambda: with_header(crit=["exp"]),
    "b64 false": lambda: with_header(b64=False, crit=["b64"]),
    "cty JWT": lambda: with_header(cty="JWT"),
    "typ JWT": lambda: with_header(typ="JWT"),
    "typ AT+JWT": lambda: with_header(typ="AT+JWT"),
    "typ receipt": lambda: with_header(typ="referral-receipt+jws"),
    "typ absent": lambda: token({"alg": "ES256", "kid": KEY.kid}),
    "kid absent": lambda: token({"alg": "ES256", "typ": "at+jwt"}),
    "kid unknown": lambda: with_header(kid=STRANGER.kid),
    "kid a path": lambda: with_header(kid="../../dev/null"),
    "kid a list": lambda: with_header(kid=[KEY.kid]),
    "another's signature": lambda: token(key=STRANGER),
    "header 5,000 deep": lambda: token('{"alg":"ES256","typ":"at+jwt","kid":' + "[" * 2500 + "]" * 2500 + "}"),
    "header repeats alg": lambda: token('{"alg":"none",' + json.dumps(HEADER)[1:]),
    "header a list": lambda: token([HEADER]),
    "header with a byte order mark": lambda: token("\ufeff" + json.dumps(HEADER)),
    "claims repeat sub": lambda: raw_claims('"sub":"demo-police"'),
    "claims repeat scope, escaped": lambda: raw_claims('"sc\\u006fpe":"oversight:audit.read"'),
    "claims nine deep": lambda: raw_claims('"x":' + "[" * 8 + "]" * 8),
    "claims with NaN": lambda: raw_claims('"x":NaN'),
    "claims with 1e400": lambda: raw_claims('"x":1e400'),
    "claims with a lone surrogate": lambda: raw_claims('"x":"\\ud800"'),
    "claims a list": lambda: token(payload=[claims()]),
    "nested token": lambda: token(payload=token()),
    "expired": lambda: with_claims(iat=int(time.time()) - HOUR, exp=int(time.time()) - 1),
    "issued in the future": lambda: with_claims(iat=int(time.time()) + 300, exp=int(time.time()) + 600),
    "not yet valid": lambda: with_claims(nbf=int(time.time()) + 300),
    "lives a day": lambda: with_claims(exp=int(time.time()) + 24 * HOUR),
    "exp before iat": lambda: with_claims(iat=int(time.time()) + 20, exp=int(time.time()) + 10),
    "exp a text": lambda: with_claims(exp=str(int(time.time()) + 600)),
    "exp a fraction": lambda: with_claims(exp=time.time() + 600),
    "exp true": lambda: with_claims(exp=True),
    "exp infinite": lambda: raw_claims('"nbf":-Infinity'),
    "iat a list": lambda: with_claims(iat=[0]),
    "nbf null": lambda: with_claims(nbf=None),
    "aud another": lambda: with_claims(aud="urn:another:api"),
    "aud a list": lambda: with_claims(aud=[AUDIENCE]),
    "aud a prefix": lambda: with_claims(aud=AUDIENCE + "/v1"),
    "iss another": lambda: with_claims(iss="https://evil.example"),
    "iss with a slash": lambda: with_claims(iss=ISSUER + "/"),
    "sub is not the client": lambda: with_claims(sub="demo-police"),
    "client_id with NUL": lambda: with_claims(sub="demo\0", client_id="demo\0"),
    "client_id a number": lambda: with_claims(sub=7, client_id=7),
    "jti empty": lambda: with_claims(jti=""),
    "jti endless": lambda: with_claims(jti="a" * 129),
    "scope a list": lambda: with_claims(scope=["border_guard:intake.read"]),
    "scope empty": lambda: with_claims(scope=""),
    "scope with two spaces": lambda: with_claims(scope="border_guard:intake.read  border_guard:intake.write"),
    "bound to a certificate": lambda: with_claims(cnf={"x5t#S256": "A" * 43}),
    "bound in two ways": lambda: with_claims(cnf={"jkt": "A" * 43, "x5t#S256": "A" * 43}),
    "bound to a short name": lambda: with_claims(cnf={"jkt": "AAAA"}),
    "at_hash of nothing": lambda: with_claims(at_hash="AAAA"),
    **{f"no {name}": lambda name=name: with_claims(**{name: ...}) for name in claims()},  # type: ignore[misc]
}


>>>>>>> h-planted
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_token_is_the_one_constant_refusal(hostile: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        judge(HOSTILE[hostile](FORGER))
    assert refusal.value.__cause__ is None
    assert dict(refusal.value.headers) == {"WWW-Authenticate": CHALLENGES}


def test_a_good_token_says_which_client_calls() -> None:
    good = FORGER.claims()
    assert judge(FORGER.token(payload=good)) == tokens.Claims(
        client_id="demo-border",
        jti="8c9b4d6e",
        expires_at=good["exp"],
        scopes=frozenset({"border_guard:intake.read", "border_guard:intake.write"}),
    )


def test_what_the_service_signs_passes_its_own_gate() -> None:
    assert judge(tokens.sign(FORGER.claims(), KEY, typ="at+jwt")).client_id == "demo-border"


def test_a_clock_that_runs_a_little_ahead_is_forgiven_and_a_late_token_is_not() -> None:
    now = int(time.time())
    assert judge(FORGER.with_claims(iat=now + 20, nbf=now + 20))
    with pytest.raises(Unauthenticated):
        tokens.verify(FORGER.token(), keys=CONFIGURED, issuer=ISSUER, audience=AUDIENCE, now=now + 601)


def test_a_remembered_signature_excuses_nothing_else() -> None:
    text = FORGER.token()
    judge(text)
    same_name = {KEY.kid: keys.verification_key({**STRANGER.public, "kid": KEY.kid})}
    changes: list[dict[str, Any]] = [
        {"keys": same_name},
        {"keys": {}},
        {"issuer": "https://evil.example"},
        {"audience": "urn:another:api"},
        {"now": time.time() + 601},
    ]
    for change in changes:
        question: dict[str, Any] = {"keys": CONFIGURED, "issuer": ISSUER, "audience": AUDIENCE, "now": time.time()}
        with pytest.raises(Unauthenticated):
            tokens.verify(text, **{**question, **change})


def test_a_receipt_stays_true_for_ever_and_never_passes_as_an_access_token() -> None:
    receipt = tokens.sign({"iss": ISSUER, "iat": 1_700_000_000, "digest": "00"}, KEY, typ="referral-receipt+jws")
    read = tokens.accept(
        receipt, keys=CONFIGURED, profile=tokens.RECEIPT, issuer=ISSUER, audience=None, now=time.time()
    )
    assert read["digest"] == "00"
    with pytest.raises(Unauthenticated):
        judge(receipt)
