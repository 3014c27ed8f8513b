"""Who calls: the credentials of a request, judged in the order that costs least and tells least.

One `Authorization`; the token through the strict gate; a proof of the key that the token is bound to; the client
registry; last whether the proof was used before. Whatever is wrong is one constant 401 and one security event.
"""

import time
from dataclasses import dataclass

from fastapi import Request

from app.admission import Buckets, address_of, charge
from app.auth import proofs, tokens
from app.caller import Caller
from app.head import authorization
from app.head import proof as proof_of
from app.problems import ProofNonceRequired, TooManyRequests, Unauthenticated


@dataclass
class _Attempt:
    """How far a request came, for the security event. `client` is set once the issuer's signature has named it."""

    step: str = "credentials"
    client: str | None = None


async def authenticate(request: Request) -> Caller:
    """The caller; `Unauthenticated`, `ProofNonceRequired`, or `Unavailable` where nobody can tell at present."""
    attempt = _Attempt()
    try:
        return await _judge(request, attempt)
    except Unauthenticated:
        state = request.app.state
        state.alarm.token_refused(attempt.step, request.state.request_id, attempt.client)
        request.scope["state"].pop("quota", None)  # a refusal tells nobody that the signature held
        # After the gate: a good token is never refused for what its neighbours behind the same address sent.
        charge(state.strangers, address_of(request.scope))
        raise


async def renew(request: Request) -> Caller:
    """Who calls, asked again after a wait; `Unauthenticated` once the token has expired or the client's standing has
    ended. The proof and the quota were for the whole request."""
    claims: tokens.Claims = request.state.claims
    if claims.expires_at <= time.time():
        raise Unauthenticated
    caller: Caller = await request.app.state.registry.caller(claims)
    return caller


async def _judge(request: Request, attempt: _Attempt) -> Caller:
    state, headers, now = request.app.state, request.scope["headers"], time.time()
    scheme, _, token = (authorization(headers) or "").partition(" ")
    stated = proof_of(headers)
    if scheme.lower() not in ("bearer", "dpop"):
        raise Unauthenticated
    attempt.step = "token"
    keys = await state.issuer.keys(token)
    claims = tokens.verify(token, keys=keys, issuer=state.issuer.name, audience=state.settings.audience, now=now)
    attempt.step, attempt.client = "proof", claims.client_id
    proof = proofs.verify(stated, _use(request, token), now) if scheme.lower() == "dpop" else None
    if claims.key != (proof and proof.thumbprint):
        raise Unauthenticated
    _charge_client(request, claims.client_id)
    if proof:
        _demand_nonce(request, proof, now)
    attempt.step = "registry"
    caller: Caller = await state.registry.caller(claims)
    request.state.claims = claims
    if proof:
        attempt.step = "replay"
        await proofs.use_once(state.database.plain, proof)
    return caller


def _charge_client(request: Request, client_id: str) -> None:
    """As soon as the client is proven, before anything is asked of the database. Every answer to it says what remains
    of its quota, a refusal too."""
    clients: Buckets = request.app.state.clients
    standing = clients.take(client_id)
    request.state.quota = clients.headers(standing)
    if not standing.granted:
        raise TooManyRequests(standing.wait)


def _use(request: Request, token: str) -> proofs.Use:
    """The address as configured: the request's own Host is what an attacker in the middle would choose."""
    called = request.app.state.settings.public_url + request.scope["raw_path"].decode("latin-1")
    return proofs.Use(request.method, called, token)


def _demand_nonce(request: Request, proof: proofs.Proof, now: float) -> None:
    """Every answer to a proven key names the nonce for its next call, so that this refusal is met once and no more."""
    secret = request.app.state.database.keyring.wire
    request.state.dpop_nonce = proofs.nonce(secret, now)
    if not proofs.is_current(secret, proof.nonce, now):
        raise ProofNonceRequired
