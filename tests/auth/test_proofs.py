"""The gate for proofs of possession: one good proof passes, every departure from it is the same refusal."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import joserfc.jwk
import joserfc.jwt
import pytest

from app.auth import keys, proofs, tokens
from app.problems import Unauthenticated

URL = "https://referral.example/v1/me"
TOKEN = "the.access.token"
KEY = keys.signing_key(keys.generate())
STRANGER = keys.signing_key(keys.generate())
HEADER = {"typ": "dpop+jwt", "alg": "ES256", "jwk": dict(KEY.point)}
USE = proofs.Use("GET", URL, TOKEN)
SECRET = b"s" * 32


def digest(text: str) -> str:
    return b64(hashlib.sha256(text.encode()).digest())


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims, with these changed; a change to `...` takes the claim out."""
    good = {"htm": "GET", "htu": URL, "iat": int(time.time()), "jti": str(uuid4()), "ath": digest(TOKEN)}
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def proof(header: object = HEADER, payload: object = None, key: keys.SigningKey = KEY) -> str:
    """A truly signed proof over any header and payload, objects or raw text."""
    signed = f"{b64(written(header).encode())}.{b64(written(claims() if payload is None else payload).encode())}"
    return f"{signed}.{b64(key.jose.sign(signed.encode()))}"


def with_header(**changes: object) -> str:
    return proof({name: value for name, value in {**HEADER, **changes}.items() if value is not ...})


def with_jwk(**changes: object) -> str:
    jwk = {**KEY.point, **changes}
    return with_header(jwk={name: value for name, value in jwk.items() if value is not ...})


def with_claims(**changes: Any) -> str:
    return proof(payload=claims(**changes))


def judge(text: str | None, use: proofs.Use = USE) -> proofs.Proof:
    return proofs.verify(text, use, time.time())


def ago(seconds: int) -> int:
    return int(time.time()) - seconds


def by_secret(secret: bytes) -> str:
    """Algorithm confusion: an HMAC under something everybody has."""
    signed = f"{b64(json.dumps({**HEADER, 'alg': 'HS256'}).encode())}.{b64(json.dumps(claims()).encode())}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def private_jwk() -> dict[str, Any]:
    made = joserfc.jwk.ECKey.import_key(keys.generate())
    return dict(made.as_dict(private=True))


def rsa_signed() -> str:
    key = joserfc.jwk.RSAKey.generate_key(2048)
    header = {"typ": "dpop+jwt", "alg": "RS256", "jwk": key.as_dict(private=False)}
    return str(joserfc.jwt.encode(header, claims(), key, algorithms=["RS256"]))


def p384_signed() -> str:
    key = joserfc.jwk.ECKey.generate_key("P-384")
    header = {"typ": "dpop+jwt", "alg": "ES384", "jwk": key.as_dict(private=False)}
    return str(joserfc.jwt.encode(header, claims(), key, algorithms=["ES384"]))


HOSTILE: Mapping[str, Callable[[], str | None]] = {
    "absent": lambda: None,
    "empty": lambda: "",
    "no token at all": lambda: "not.a.proof",
    "two parts": lambda: proof().rpartition(".")[0],
    "no signature": lambda: proof().rpartition(".")[0] + ".",
    "half a signature": lambda: proof()[:-43],
    "another spelling": lambda: proof() + "=",
    "a list of two": lambda: f"{proof()}, {proof()}",
    "9 KB": lambda: with_claims(note="a" * 9000),
    "alg none": lambda: with_header(alg="none").rpartition(".")[0] + ".",
    "alg none, signed": lambda: with_header(alg="none"),
    "alg HS256 by the public key": lambda: by_secret(KEY.jose.public_key().to_pem()),
    "alg HS256 by the token": lambda: by_secret(TOKEN.encode()),
    "alg es256": lambda: with_header(alg="es256"),
    "alg absent": lambda: with_header(alg=...),
    "RSA": rsa_signed,
    "P-384": p384_signed,
    "typ JWT": lambda: with_header(typ="JWT"),
    "typ at+jwt": lambda: with_header(typ="at+jwt"),
    "typ DPOP+JWT": lambda: with_header(typ="DPOP+JWT"),
    "typ absent": lambda: with_header(typ=...),
    "kid beside the key": lambda: with_header(kid=KEY.kid),
    "crit": lambda: with_header(crit=["exp"]),
    "b64 false": lambda: with_header(b64=False, crit=["b64"]),
    "jku": lambda: with_header(jku="https://evil.example/jwks"),
    "x5c": lambda: with_header(x5c=["MIIB"]),
    "jwk absent": lambda: with_header(jwk=...),
    "jwk a text": lambda: with_header(jwk=json.dumps(KEY.point)),
    "jwk a list": lambda: with_header(jwk=[KEY.point]),
    "jwk another's": lambda: with_header(jwk=dict(STRANGER.point)),
    "jwk private": lambda: with_jwk(d="A" * 43),
    "jwk truly private": lambda: with_header(jwk=private_jwk()),
    "jwk private, null": lambda: with_jwk(d=None),
    "jwk for encryption": lambda: with_jwk(use="enc"),
    "jwk for signing": lambda: with_jwk(key_ops=["sign"]),
    "jwk symmetric": lambda: with_header(jwk={"kty": "oct", "k": "AAAA"}),
    "jwk P-384 by name": lambda: with_jwk(crv="P-384"),
    "jwk without y": lambda: with_jwk(y=...),
    "jwk off the curve": lambda: with_jwk(x="A" * 43),
    "another's signature": lambda: proof(key=STRANGER),
    "header repeats alg": lambda: proof('{"alg":"none",' + json.dumps(HEADER)[1:]),
    "jwk repeats x": lambda: proof(json.dumps(HEADER).replace('"x":', '"x":"AAAA","x":')),
    "header a list": lambda: proof([HEADER]),
    "claims repeat htu": lambda: proof(payload=json.dumps(claims())[:-1] + ',"htu":"https://evil.example"}'),
    "claims repeat jti, escaped": lambda: proof(
        payload=json.dumps(claims())[:-1] + ',"jt\\u0069":"a2345678901234567"}'
    ),
    "claims nine deep": lambda: proof(payload=json.dumps(claims())[:-1] + ',"x":' + "[" * 8 + "]" * 8 + "}"),
    "claims a list": lambda: proof(payload=[claims()]),
    "htm another": lambda: with_claims(htm="POST"),
    "htm in small letters": lambda: with_claims(htm="get"),
    "htm a list": lambda: with_claims(htm=["GET"]),
    "htu another path": lambda: with_claims(htu="https://referral.example/v1/cases"),
    "htu a longer path": lambda: with_claims(htu=URL + "/"),
    "htu another host": lambda: with_claims(htu="https://evil.example/v1/me"),
    "htu another scheme": lambda: with_claims(htu="http://referral.example/v1/me"),
    "htu a path only": lambda: with_claims(htu="/v1/me"),
    "htu a list": lambda: with_claims(htu=[URL]),
    "ath another": lambda: with_claims(ath=digest("another.token")),
    "ath the token": lambda: with_claims(ath=TOKEN),
    "ath null": lambda: with_claims(ath=None),
    "expired": lambda: with_claims(iat=ago(61)),
    "from the future": lambda: with_claims(iat=ago(-62)),
    "iat in milliseconds": lambda: with_claims(iat=int(time.time() * 1000)),
    "iat a text": lambda: with_claims(iat=str(ago(0))),
    "iat a fraction": lambda: with_claims(iat=time.time()),
    "iat true": lambda: with_claims(iat=True),
    "exp past": lambda: with_claims(exp=ago(1)),
    "exp a text": lambda: with_claims(exp="never"),
    "nbf to come": lambda: with_claims(nbf=ago(-300)),
    "jti of 15": lambda: with_claims(jti="a" * 15),
    "jti of 129": lambda: with_claims(jti="a" * 129),
    "jti with a space": lambda: with_claims(jti="a" * 16 + " "),
    "jti a number": lambda: with_claims(jti=10**16),
    **{f"no {name}": lambda name=name: with_claims(**{name: ...}) for name in claims()},  # type: ignore[misc]
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_proof_is_the_one_constant_refusal(hostile: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        judge(HOSTILE[hostile]())
    assert refusal.value.__cause__ is None


def test_a_good_proof_says_which_key_it_proves() -> None:
    good = claims(nonce="n")
    assert judge(proof(payload=good)) == proofs.Proof(KEY.kid, good["jti"], good["iat"], "n")
    assert keys.thumbprint(KEY.point) == KEY.kid


def test_what_other_libraries_add_to_a_good_proof_is_no_fault() -> None:
    described = {**KEY.point, "use": "sig", "alg": "ES256", "kid": "my-key", "key_ops": ["verify"]}
    assert judge(with_header(jwk=described)).thumbprint == KEY.kid
    assert judge(with_claims(htu=URL + "?limit=50#top", exp=ago(-60), nbf=ago(1), note="x"))
    key = joserfc.jwk.ECKey.generate_key("P-256")
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    assert judge(joserfc.jwt.encode(header, claims(), key)).thumbprint == key.thumbprint()


def test_a_clock_may_be_a_minute_off_either_way() -> None:
    assert judge(with_claims(iat=ago(58)))
    assert judge(with_claims(iat=ago(-58)))


def test_jti_may_be_short_or_long() -> None:
    assert judge(with_claims(jti="a" * 16))
    assert judge(with_claims(jti="a" * 128))


def test_without_a_token_there_is_nothing_to_hash() -> None:
    assert judge(with_claims(ath=...), proofs.Use("GET", URL))


def test_what_a_client_makes_passes_the_gate_and_names_no_more_than_needed() -> None:
    now = time.time()
    made = proofs.make_proof(KEY, "GET", URL + "?limit=1", now=now, token=TOKEN, nonce="n")
    judged = judge(made)
    assert (judged.thumbprint, judged.nonce) == (KEY.kid, "n")
    header = json.loads(keys.decode_base64url(made.split(".")[0]))
    assert header == {"typ": "dpop+jwt", "alg": "ES256", "jwk": dict(KEY.point)}
    bare = proofs.make_proof(KEY, "POST", URL, now=now)
    assert set(json.loads(keys.decode_base64url(bare.split(".")[1]))) == {"htm", "htu", "iat", "jti"}


def test_a_proof_never_passes_as_a_token_nor_a_token_as_a_proof() -> None:
    named = {KEY.kid: keys.verification_key(KEY.public)}
    for judged in (tokens.sign(claims(), KEY, typ="at+jwt"), tokens.sign(claims(), KEY, typ="dpop+jwt")):
        with pytest.raises(Unauthenticated):
            judge(judged)
    with pytest.raises(Unauthenticated):
        tokens.verify(proof(), keys=named, issuer=URL, audience=URL, now=time.time())


def test_a_nonce_is_good_for_five_minutes_at_most_and_only_here() -> None:
    start = 1_800_000_000 // proofs.NONCE_WINDOW * proofs.NONCE_WINDOW
    given = proofs.nonce(SECRET, start)
    last = start + 2 * proofs.NONCE_WINDOW - 1
    assert 2 * proofs.NONCE_WINDOW <= 300
    assert proofs.is_current(SECRET, given, start)
    assert proofs.is_current(SECRET, given, last)
    assert not proofs.is_current(SECRET, given, last + 1)
    assert not proofs.is_current(SECRET, given, start - 1)
    assert not proofs.is_current(b"t" * 32, given, start)
    assert proofs.nonce(SECRET, last) != given
    for odd in (None, "", 7, [given], given + "A", "đ"):
        assert not proofs.is_current(SECRET, odd, start)
