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
