"""The client assertion of RFC 7523, from both sides: how a client proves itself, and when the proof is believed."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx

from app.auth import tokens
from app.auth.keys import SigningKey, VerificationKey
from app.problems import Unauthenticated

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PROFILE = tokens.Profile(
    types=frozenset({None, "JWT"}),
    required=frozenset({"iss", "sub", "aud", "exp", "iat", "jti"}),
    life=300,
)
_LIFE = 60


def accept(
    assertion: str, *, client_id: str, keys: Mapping[str, VerificationKey], issuer: str, now: float
) -> Mapping[str, Any]:
    """The claims of an assertion that this client signed for this issuer; else `Unauthenticated`.

    `aud` must be the issuer itself, as a string: with the token endpoint's address, or a list, another server that
    this client trusts could pass the assertion on.
    """
    claims = tokens.accept(assertion, keys=keys, profile=PROFILE, issuer=client_id, audience=issuer, now=now)
    if claims["sub"] != client_id:
        raise Unauthenticated
    return claims


def make_assertion(client_id: str, key: SigningKey, issuer: str, now: float) -> str:
    """A fresh assertion, good once and for a minute. `now` in POSIX seconds."""
    issued = int(now)
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "iat": issued, "exp": issued + _LIFE}
    return tokens.sign({**claims, "jti": str(uuid4())}, key, typ="JWT")


def token_form(assertion: str, scope: str | None = None) -> dict[str, str]:
    """The form of a token request; without `scope`, for everything the client is registered for."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    return form if scope is None else {**form, "scope": scope}


def fetch_token(issuer: str, assertion: str, scope: str | None = None) -> str:
    """An access token from the service at this address; `httpx.HTTPError` when it is not reached or refuses."""
    reply = httpx.post(f"{issuer}/oauth/token", data=token_form(assertion, scope), timeout=10)
    reply.raise_for_status()
    token: str = reply.json()["access_token"]
    return token
