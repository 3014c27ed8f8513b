"""What the bundled authorization server does: prove a client, issue it a token, revoke one of its tokens."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from app.auth import proofs, tokens
from app.auth.key_folder import Keys
from app.auth.keys import verification_keys
from app.auth.registry import Fetch, Registry, grantable
from app.oauth import assertions
from app.oauth.schemas import TokenOut
from app.problems import Unauthenticated

Form = Mapping[str, str]
OAuthError = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_scope",
    "unsupported_grant_type",
    "invalid_dpop_proof",
    "use_dpop_nonce",
]


class OAuthRefusal(Exception):
    """An error of RFC 6749 §5.2 or RFC 9449. It never says more than its code: a guesser learns nothing."""

    def __init__(self, error: OAuthError) -> None:
        super().__init__(error)
        self.error = error
        self.status = 401 if error == "invalid_client" else 400


@dataclass(frozen=True)
class AuthorizationServer:
    """The issuer of one process. `issuer` comes from the settings, never from a request's Host; `secret` is what nonces
    are made of."""

    fetch: Fetch
    registry: Registry
    keys: Keys
    issuer: str
    audience: str
    life: int
    secret: bytes


@dataclass(frozen=True)
class ProvenClient:
    id: str
    scopes: frozenset[str]
    dpop_required: bool


async def issue_token(server: AuthorizationServer, form: Form, stated: str | None, now: float) -> TokenOut:
    """Answers a client_credentials request with an RFC 9068 token of the scopes asked for, or of all registered ones.

    A scope beyond the registered ones is `invalid_scope`, not silently left out: the client's set-up is wrong. With a
    proof (`stated`) the token is bound to its key. The proof is judged first, so that an assertion, good only once, is
    not spent on learning the nonce; whether it was used before is asked last.
    """
    if _required(form, "grant_type") != "client_credentials":
        raise OAuthRefusal("unsupported_grant_type")
    proof = None if stated is None else _judge_proof(server, stated, now)
    client = await _prove_client(server, form, now)
    if client.dpop_required and proof is None:
        raise OAuthRefusal("invalid_dpop_proof")
    granted = frozenset(form["scope"].split(" ")) if "scope" in form else client.scopes
    if not granted or not granted <= client.scopes:
        raise OAuthRefusal("invalid_scope")
    scope = " ".join(sorted(granted))
    claims = _access_claims(server, client.id, scope, int(now))
    if proof is None:
        return _answer(server, claims, "Bearer")
    with _invalid_proof():
        await proofs.use_once(server.fetch, proof)
    return _answer(server, {**claims, "cnf": {"jkt": proof.thumbprint}}, "DPoP")


async def revoke_token(server: AuthorizationServer, form: Form, now: float) -> None:
    """Ends one of the client's own tokens. A foreign, expired or unreadable one changes nothing and is answered alike
    (RFC 7009 §2.2), so that revocation is no oracle for tokens found elsewhere."""
    token = _required(form, "token")
    client = await _prove_client(server, form, now)
    try:
        claims = tokens.verify(token, keys=server.keys.access, issuer=server.issuer, audience=server.audience, now=now)
    except Unauthenticated:
        return
    if claims.client_id == client.id:
        await server.fetch("SELECT oauth_revoke(:jti, :expires)", jti=claims.jti, expires=_time(claims.expires_at))
        server.registry.forget(client.id, claims.jti)


async def _prove_client(server: AuthorizationServer, form: Form, now: float) -> ProvenClient:
    """The client behind the assertion; whatever is wrong with it is the same `invalid_client`."""
    assertion = _required(form, "client_assertion")
    if _required(form, "client_assertion_type") != assertions.ASSERTION_TYPE:
        raise OAuthRefusal("invalid_request")
    try:
        client_id = tokens.claimed_issuer(assertion)
        rows = await server.fetch("SELECT *, keys::text AS jwks FROM oauth_client(:id)", id=client_id)
        keys = verification_keys(json.loads(rows[0]["jwks"])) if rows else {}
        claims = assertions.accept(assertion, client_id=client_id, keys=keys, issuer=server.issuer, now=now)
    except Unauthenticated:
        raise OAuthRefusal("invalid_client") from None
    if rows[0]["status"] != "active" or form.get("client_id", client_id) != client_id:
        raise OAuthRefusal("invalid_client")
    await _use_once(server.fetch, client_id, claims)
    return ProvenClient(client_id, grantable(rows[0]), rows[0]["dpop_required"])


def _judge_proof(server: AuthorizationServer, stated: str, now: float) -> proofs.Proof:
    """A good proof for the token endpoint, repeating the nonce of these minutes; not yet known to be fresh."""
    with _invalid_proof():
        proof = proofs.verify(stated, proofs.Use("POST", f"{server.issuer}/oauth/token"), now)
    if not proofs.is_current(server.secret, proof.nonce, now):
        raise OAuthRefusal("use_dpop_nonce")
    return proof


@contextmanager
def _invalid_proof() -> Iterator[None]:
    try:
        yield
    except Unauthenticated:
        raise OAuthRefusal("invalid_dpop_proof") from None


def _answer(server: AuthorizationServer, claims: Mapping[str, Any], kind: Literal["Bearer", "DPoP"]) -> TokenOut:
    token = tokens.sign(claims, server.keys.issuer, typ="at+jwt")
    return TokenOut(access_token=token, token_type=kind, expires_in=server.life, scope=claims["scope"])


async def _use_once(fetch: Fetch, client_id: str, claims: Mapping[str, Any]) -> None:
    """In the database, not in memory: the replay may come to another worker, or after a restart."""
    rows = await fetch(
        "SELECT oauth_use_assertion(:client, :jti, :expires) AS first",
        client=client_id,
        jti=claims["jti"],
        expires=_time(claims["exp"]),
    )
    if not rows[0]["first"]:
        raise OAuthRefusal("invalid_client")


def _access_claims(server: AuthorizationServer, client_id: str, scope: str, now: int) -> Mapping[str, Any]:
    return {
        "iss": server.issuer,
        "sub": client_id,
        "aud": server.audience,
        "iat": now,
        "exp": now + server.life,
        "jti": str(uuid4()),
        "client_id": client_id,
        "scope": scope,
    }


def _required(form: Form, name: str) -> str:
    try:
        return form[name]
    except KeyError:
        raise OAuthRefusal("invalid_request") from None


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
