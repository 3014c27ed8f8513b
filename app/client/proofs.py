"""How a client proves itself: by an assertion to get a token (RFC 7523), by a proof with each call (RFC 9449).

Times are POSIX seconds as the *service* counts them; `Tokens` corrects a clock that is wrong.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from app.client.keys import Key, digest_text

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE = 60
"""Seconds that an assertion is good for; the service takes at most 300."""


def assertion(client_id: str, key: Key, issuer: str, now: float) -> str:
    """Good once. `aud` is the issuer itself, as a string: with a list or the endpoint's address another server could
    pass it on."""
    issued = int(now)
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "iat": issued, "exp": issued + LIFE}
    return key.sign({"typ": "JWT", "kid": key.kid}, {**claims, "jti": str(uuid4())})


def token_form(stated: str, scope: str | None = None) -> dict[str, str]:
    """The form of a token request; without `scope`, for everything the client is registered for."""
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": stated}
    return form if scope is None else {**form, "scope": scope}


def proof(key: Key, method: str, url: str, *, now: float, token: str | None = None, nonce: str | None = None) -> str:
    """Good once, for this method and address (without its query), and with this token. `nonce` is the last
    `DPoP-Nonce` that the service gave."""
    bare = url.split("?", 1)[0].split("#", 1)[0]
    claims: dict[str, Any] = {"htm": method, "htu": bare, "iat": int(now), "jti": str(uuid4())}
    claims |= {} if token is None else {"ath": digest_text(token.encode())}
    claims |= {} if nonce is None else {"nonce": nonce}
    header: Mapping[str, Any] = {"typ": "dpop+jwt", "jwk": key.point}
    return key.sign(header, claims)
