"""A proof is good once: on every worker, after every restart, and at no cost to the database while it is refused."""

from typing import Any

from fastapi import FastAPI

from app.oauth.assertions import token_form
from tests.conftest import Raw
from tests.oauth.binding import ME, STRANGER, TOKEN_URL, Bound, Workers, refused
from tests.personas import Clients


async def test_a_proof_is_good_once_on_whichever_worker(bound: Bound, workers: Workers) -> None:
    token = await bound.token()
    proof = bound.proof(ME, token=token)
    async with workers.start() as another:
        assert (await bound.ask(token, proof)).status_code == 200
        refused(await bound.ask(token, proof))
        refused(await bound.ask(token, proof, http=another))
        fresh = bound.proof(ME, token=token)
        assert (await bound.ask(token, fresh, http=another)).status_code == 200
        refused(await bound.ask(token, fresh))


async def test_a_proof_stays_spent_after_a_restart(bound: Bound, workers: Workers) -> None:
    token = await bound.token()
    proof = bound.proof(ME, token=token)
    async with workers.start() as before:
        assert (await bound.ask(token, proof, http=before)).status_code == 200
    await workers.stop()
    async with workers.start() as after:
        refused(await bound.ask(token, proof, http=after))
        assert (await bound.ask(token, bound.proof(ME, token=token), http=after)).status_code == 200


async def test_a_proof_used_for_a_token_is_spent_on_every_worker(bound: Bound, workers: Workers) -> None:
    await bound.token()
    proof = bound.proof(TOKEN_URL, "POST")
    assert (await bound.ask_token(proof)).status_code == 200
    async with workers.start() as another:
        bound.http = another
        assert (await bound.ask_token(proof)).json() == {"error": "invalid_dpop_proof"}


async def test_an_assertion_is_good_once_on_whichever_worker(bound: Bound, workers: Workers, clients: Clients) -> None:
    form = token_form(clients.assertion("demo-ngo"))
    async with workers.start() as another:
        assert (await another.post("/oauth/token", data=form)).status_code == 200
        for http in (another, bound.http):
            replayed = await http.post("/oauth/token", data=form)
            assert (replayed.status_code, replayed.json()) == (401, {"error": "invalid_client"})
    await workers.stop()
    async with workers.start() as restarted:
        assert (await restarted.post("/oauth/token", data=form)).status_code == 401


async def test_a_refused_proof_costs_the_database_nothing(bound: Bound, raw: Raw, app: FastAPI) -> None:
    token = await bound.token()
    statements: list[str] = []
    ask_database = app.state.registry._fetch

    async def counting(sql: str, /, **params: Any) -> Any:
        statements.append(sql)
        return await ask_database(sql, **params)

    stored = await raw.all.fetchval("select count(*) from proof_uses")
    app.state.registry._fetch = counting
    try:
        for proof in (bound.proof(ME), bound.proof(ME, token=token, key=STRANGER), "x"):
            refused(await bound.ask(token, proof))
        assert (await bound.ask(token, bound.proof(ME, token=token, nonce=None))).status_code == 401
    finally:
        app.state.registry._fetch = ask_database
    assert statements == []
    assert await raw.all.fetchval("select count(*) from proof_uses") == stored


async def test_spent_proofs_are_cleared_away_when_they_are_long_past(bound: Bound, raw: Raw) -> None:
    await raw.all.execute(
        "insert into proof_uses (thumbprint, jti, expires_at)"
        " select 'old', n::text, now() - interval '11 minutes' from generate_series(1, 15) n"
    )
    token = await bound.token()
    assert (await bound.ask(token, bound.proof(ME, token=token))).status_code == 200
    assert await raw.all.fetchval("select count(*) from proof_uses where thumbprint = 'old'") == 0
    assert await raw.all.fetchval("select count(*) from proof_uses") == 2
