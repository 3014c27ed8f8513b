"""The authorization server over HTTP, on the running application and its real registry."""

import asyncio
import time
from typing import Any

import httpx

from app.auth import tokens
from app.auth.keys import generate, signing_key, verification_keys
from app.oauth.assertions import make_assertion, token_form

STRANGER = signing_key(generate())


async def get_token(client: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    return await client.post("/oauth/token", data=form)


async def call(client: httpx.AsyncClient, token: str) -> int:
    return (await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code


async def test_a_client_proves_itself_and_calls_with_all_it_is_registered_for(
    client: httpx.AsyncClient, personas: Any
) -> None:
    reply = await get_token(client, token_form(personas.assertion("demo-border")))
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    body = reply.json()
    assert body["token_type"] == "Bearer"
    assert "border_guard:intake.write" in body["scope"].split(" ")
    assert all(scope.startswith("border_guard:") for scope in body["scope"].split(" "))
    assert await call(client, body["access_token"]) == 200


async def test_the_published_metadata_and_keys_are_enough_to_judge_a_token(
    client: httpx.AsyncClient, personas: Any
) -> None:
    issued = (await get_token(client, token_form(personas.assertion("demo-labour")))).json()["access_token"]
    metadata = (await client.get("/.well-known/oauth-authorization-server")).json()
    published = (await client.get("/oauth/jwks")).json()
    receipts = (await client.get("/.well-known/jwks")).json()
    claims = tokens.verify(
        issued,
        keys=verification_keys(published["keys"]),
        issuer=metadata["issuer"],
        audience="urn:referral:api",
        now=time.time(),
    )
    assert claims.client_id == "demo-labour"
    assert not {key["kid"] for key in receipts["keys"]} & {key["kid"] for key in published["keys"]}
    assert all("d" not in key for key in (*published["keys"], *receipts["keys"]))


async def test_a_scope_is_narrowed_on_request_and_never_widened(client: httpx.AsyncClient, personas: Any) -> None:
    narrow = await get_token(client, token_form(personas.assertion("demo-border"), "border_guard:intake.read"))
    assert narrow.json()["scope"] == "border_guard:intake.read"
    for wide in ("police:verification.decide", "border_guard:intake", "BORDER_GUARD:INTAKE.READ", " "):
        reply = await get_token(client, token_form(personas.assertion("demo-border"), wide))
        assert (reply.status_code, reply.json()) == (400, {"error": "invalid_scope"})


async def test_an_assertion_is_good_once(client: httpx.AsyncClient, personas: Any) -> None:
    form = token_form(personas.assertion("demo-ngo"))
    replies = await asyncio.gather(*(get_token(client, form) for _ in range(10)))
    assert sorted(reply.status_code for reply in replies) == [200] + [401] * 9
    replayed = await get_token(client, form)
    assert (replayed.status_code, replayed.json()) == (401, {"error": "invalid_client"})


async def test_whatever_is_wrong_with_the_proof_is_the_same_answer(client: httpx.AsyncClient, personas: Any) -> None:
    issuer = (await client.get("/.well-known/oauth-authorization-server")).json()["issuer"]
    wrong = [
        "not a token",
        make_assertion("demo-border", STRANGER, issuer, time.time()),
        make_assertion("nobody", STRANGER, issuer, time.time()),
        personas.assertion("demo-border")[:-4] + "AAAA",
    ]
    for assertion in wrong:
        reply = await get_token(client, token_form(assertion))
        assert (reply.status_code, reply.content) == (401, b'{"error":"invalid_client"}')
        assert reply.headers["cache-control"] == "no-store"
    other = await get_token(client, {**token_form(personas.assertion("demo-border")), "client_id": "demo-ngo"})
    assert other.status_code == 401


async def test_a_form_that_is_doubtful_is_refused_before_anyone_is_asked(
    client: httpx.AsyncClient, personas: Any
) -> None:
    form = token_form(personas.assertion("demo-border"))
    whole = str(httpx.QueryParams(form))
    encoded = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (whole + "&scope=a&scope=b", whole + "&%zz", "", "grant_type", whole + "&x=" + "a" * 16_384):
        reply = await client.post("/oauth/token", content=body, headers=encoded)
        assert (reply.status_code, reply.json()) == (400, {"error": "invalid_request"})
    as_json = await client.post("/oauth/token", json=form)
    assert (as_json.status_code, as_json.json()) == (400, {"error": "invalid_request"})
    other_grant = await get_token(client, {**form, "grant_type": "password"})
    assert (other_grant.status_code, other_grant.json()) == (400, {"error": "unsupported_grant_type"})
    assert (await get_token(client, {**form, "unknown": "member"})).status_code == 200


async def test_a_client_revokes_its_own_token_and_nobody_elses(client: httpx.AsyncClient, personas: Any) -> None:
    token = (await get_token(client, token_form(personas.assertion("demo-border")))).json()["access_token"]
    assert await call(client, token) == 200

    async def revoke(persona: str, value: str) -> int:
        proof = {n: v for n, v in token_form(personas.assertion(persona)).items() if n != "grant_type"}
        return (await client.post("/oauth/revoke", data={"token": value, **proof})).status_code

    assert await revoke("demo-ngo", token) == 200
    assert await call(client, token) == 200
    assert await revoke("demo-border", "no token at all") == 200
    assert await revoke("demo-border", token) == 200
    assert await call(client, token) == 401
    unproven = await client.post("/oauth/revoke", data={"token": token, **token_form("forged")})
    assert unproven.status_code == 401
