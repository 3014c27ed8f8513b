"""Tokens bound to a key, over HTTP: got with a proof, and used with a proof of the same key."""

import json
import time

import httpx
import pytest
from fastapi import FastAPI

from app.auth.keys import SigningKey, decode_base64url
from app.oauth.assertions import make_assertion, token_form
from tests.conftest import Raw
from tests.oauth.binding import ME, STRANGER, TOKEN_URL, Bound, refused
from tests.personas import ISSUER, Clients


@pytest.fixture
def other_key(personas: Clients) -> SigningKey:
    return personas.key("demo-labour")


async def test_a_client_gets_a_token_bound_to_its_key_and_calls_with_it(bound: Bound) -> None:
    first = await bound.ask_token(bound.proof(TOKEN_URL, "POST"))
    assert (first.status_code, first.json()) == (400, {"error": "use_dpop_nonce"})
    assert first.headers["cache-control"] == "no-store"
    bound.nonce = first.headers["dpop-nonce"]
    issued = await bound.ask_token(bound.proof(TOKEN_URL, "POST"))
    body = issued.json()
    assert (issued.status_code, body["token_type"]) == (200, "DPoP")
    payload = json.loads(decode_base64url(body["access_token"].split(".")[1]))
    assert payload["cnf"] == {"jkt": bound.key.kid}
    bound.nonce = issued.headers["dpop-nonce"]
    called = await bound.ask(body["access_token"], bound.proof(ME, token=body["access_token"]))
    assert (called.status_code, called.json()["client_id"]) == (200, bound.name)
    assert called.headers["dpop-nonce"]


async def test_the_resource_asks_for_its_nonce_once_and_the_proven_client_alone_is_told(bound: Bound) -> None:
    token = await bound.token()
    for stale in (None, "stale", "A" * 24):
        asked = await bound.ask(token, bound.proof(ME, token=token, nonce=stale))
        assert (asked.status_code, asked.json()["code"]) == (401, "use_dpop_nonce")
        assert asked.headers["www-authenticate"] == 'DPoP error="use_dpop_nonce", algs="ES256"'
    again = await bound.ask(token, bound.proof(ME, token=token, nonce=asked.headers["dpop-nonce"]))
    assert again.status_code == 200
    unproven = await bound.ask(token, bound.proof(ME, token=token, nonce=None, key=STRANGER))
    refused(unproven)
    assert "dpop-nonce" not in unproven.headers


async def test_learning_the_nonce_spends_no_assertion(bound: Bound) -> None:
    form = token_form(make_assertion(bound.name, bound.key, ISSUER, time.time()))
    for expected in (400, 200):
        proof = bound.proof(TOKEN_URL, "POST")
        answer = await bound.http.post("/oauth/token", data=form, headers={"DPoP": proof})
        assert answer.status_code == expected
        bound.nonce = answer.headers["dpop-nonce"]


async def test_no_token_without_a_good_proof_for_a_client_that_must_prove_its_key(bound: Bound) -> None:
    await bound.token()
    good = bound.proof(TOKEN_URL, "POST")
    spent = bound.proof(TOKEN_URL, "POST")
    assert (await bound.ask_token(spent)).status_code == 200
    wrong: list[tuple[str, ...]] = [
        (),
        ("no proof",),
        (good, bound.proof(TOKEN_URL, "POST")),
        (bound.proof(TOKEN_URL, "GET"),),
        (bound.proof(ME, "POST"),),
        (bound.proof("https://evil.example/oauth/token", "POST"),),
        (bound.proof(TOKEN_URL, "POST", now=time.time() - 90),),
        (spent,),
    ]
    for proofs in wrong:
        answer = await bound.ask_token(*proofs)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_dpop_proof"}), proofs
    assert (await bound.ask_token(good)).status_code == 200


async def test_a_bearer_client_may_bind_its_token_too(bound: Bound, personas: Clients) -> None:
    labour = Bound(bound.http, personas.key("demo-labour"), "demo-labour")
    token = await labour.token()
    assert (await labour.ask(token, labour.proof(ME, token=token))).status_code == 200
    refused(await labour.ask(token, scheme="Bearer"))


async def test_a_bound_token_is_worthless_without_the_right_proof(bound: Bound, other_key: SigningKey) -> None:
    token = await bound.token()
    other = await bound.token()
    good = bound.proof(ME, token=token)
    wrong: list[tuple[str, ...]] = [
        (),
        (good, good),
        (good, bound.proof(ME, token=token)),
        (bound.proof(ME),),
        (bound.proof(ME, token=other),),
        (bound.proof(ME, "POST", token=token),),
        (bound.proof(f"{ISSUER}/v1/cases", token=token),),
        (bound.proof(ME, token=token, key=other_key),),
        (bound.proof(ME, token=token, now=time.time() - 90),),
        (bound.proof(ME, token=token, now=time.time() + 90),),
        (token,),
    ]
    for proofs in wrong:
        refused(await bound.ask(token, *proofs))
    refused(await bound.ask(token, good, scheme="Bearer"))
    refused(await bound.ask(f"{token[:-4]}AAAA", good))
    assert (await bound.ask(token, good)).status_code == 200
    assert (await bound.ask(token, bound.proof(ME, token=token), scheme="dpop")).status_code == 200


async def test_the_address_is_the_configured_one_whatever_host_the_request_names(bound: Bound) -> None:
    token = await bound.token()
    evil = "http://evil.example"
    forged = bound.proof(f"{evil}/v1/me", token=token)
    refused(await bound.ask(token, forged, Host="evil.example"))
    assert (await bound.ask(token, bound.proof(ME, token=token), Host="evil.example")).status_code == 200
    asking = await bound.ask_token(bound.proof(f"{evil}/oauth/token", "POST"))
    assert asking.json() == {"error": "invalid_dpop_proof"}


async def test_a_query_is_no_part_of_the_address(bound: Bound) -> None:
    token = await bound.token()
    cases = f"{ISSUER}/v1/cases"
    for stated in (cases, f"{cases}?limit=1", f"{cases}?limit=2#x"):
        answer = await bound.ask(token, bound.proof(stated, token=token), path="/v1/cases?limit=1")
        assert answer.status_code == 200


async def test_a_bearer_token_is_no_dpop_token(bound: Bound, personas: Clients) -> None:
    token = await personas.token("demo-ngo")
    assert (await bound.ask(token, scheme="Bearer")).status_code == 200
    await bound.token()
    refused(await bound.ask(token, bound.proof(ME, token=token, key=personas.key("demo-ngo"))))
    refused(await bound.ask(token))
    twice = [bound.proof(ME, token=token), bound.proof(ME, token=token)]
    refused(await bound.ask(token, *twice, scheme="Bearer"))


async def test_a_client_that_must_prove_its_key_is_refused_with_a_token_of_before(
    bound: Bound, raw: Raw, app: FastAPI
) -> None:
    await raw.all.execute("update clients set dpop_required = false where id = $1", bound.name)
    token = (await bound.ask_token()).json()["access_token"]
    assert (await bound.ask(token, scheme="Bearer")).status_code == 200
    await raw.all.execute("update clients set dpop_required = true where id = $1", bound.name)
    app.state.registry.forget(bound.name, json.loads(decode_base64url(token.split(".")[1]))["jti"])
    refused(await bound.ask(token, scheme="Bearer"))


async def test_the_metadata_name_the_algorithm_of_proofs(client: httpx.AsyncClient) -> None:
    metadata = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["dpop_signing_alg_values_supported"] == ["ES256"]
