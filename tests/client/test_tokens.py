"""Tokens over the real service: bound and plain, renewed where they end, got on a machine whose clock is wrong."""

import time
from pathlib import Path
from uuid import uuid4

import pytest

from app.client import AsyncClient, Client, Key, NotAdmittedError, Retries, api, proofs
from app.client.tokens import Tokens
from app.embedded import Server
from tests.client.conftest import Dial, options
from tests.client.proxy import bad_line
from tests.client.records import intake
from tests.conftest import Raw
from tests.personas import ISSUER
from tests.served import Served, served

THREE_DAYS = 3 * 86_400.0


def tokens(client: Client | AsyncClient) -> Tokens:
    return client.session.tokens


async def test_a_client_that_must_prove_its_key_does_so_at_each_call(dial: Dial, bound: str) -> None:
    client = dial(bound)
    for _ in range(3):
        assert client.send(api.get_me())["client_id"] == bound
    assert client.send(api.put_intakes_intake_id(uuid4(), intake()))["case"]


async def test_it_gets_none_without_proof_and_a_stranger_none_at_all(dial: Dial, bound: str) -> None:
    with pytest.raises(NotAdmittedError) as unproven:
        dial(bound, dpop=False).send(api.get_me())
    assert unproven.value.error == "invalid_dpop_proof"
    with pytest.raises(NotAdmittedError) as unknown:
        dial("demo-border", key=Key.generate()).send(api.get_me())
    assert (unknown.value.error, unknown.value.status) == ("invalid_client", 401)
    with pytest.raises(NotAdmittedError) as greedy:
        dial("demo-border", scope="police:verification.decide").send(api.get_me())
    assert greedy.value.error == "invalid_scope"


async def test_a_plain_bearer_token_will_do_for_a_client_registered_so(dial: Dial) -> None:
    client = dial(dpop=False, scope="border_guard:intake.read")
    assert client.send(api.get_me())["scopes"] == ["border_guard:intake.read"]
    assert "DPoP" not in tokens(client).headers("GET", "/v1/me", "t")


async def test_a_nonce_that_is_no_longer_good_costs_one_more_exchange(service: Served, dial: Dial, bound: str) -> None:
    with bad_line(service.port, b"GET /v1/me") as line:
        client = dial(bound, connect=line.url)
        client.send(api.get_me())
        assert line.seen == 1, "the token's own answer told the nonce"
        tokens(client)._nonce = "an old one"
        client.send(api.get_me())
        assert line.seen == 3
        client.send(api.get_me())
        assert line.seen == 4


@pytest.mark.parametrize("dpop", [True, False])
async def test_a_token_that_was_revoked_is_replaced_on_the_way(dpop: bool, dial: Dial, data: Path) -> None:
    client = dial(dpop=dpop)
    client.send(api.get_me())
    old = tokens(client)._token
    stated = proofs.assertion("demo-border", Key.load(data / "clients" / "demo-border.pem"), ISSUER, time.time())
    form = {name: value for name, value in proofs.token_form(stated).items() if name != "grant_type"}
    client.answer(api.post_oauth_revoke({**form, "token": old}))
    made = client.answer(api.put_intakes_intake_id(uuid4(), intake()))
    assert made.status == 201
    assert tokens(client)._token != old


async def test_a_token_is_renewed_before_it_ends(dial: Dial) -> None:
    client = dial()
    client.send(api.get_me())
    old = tokens(client)._token
    assert 540 < tokens(client)._until - time.monotonic() <= 570
    tokens(client)._until = time.monotonic() - 1
    client.send(api.get_me())
    assert tokens(client)._token != old


@pytest.mark.parametrize("dpop", [True, False])
@pytest.mark.parametrize("off", [-THREE_DAYS, THREE_DAYS, 90.0])
async def test_a_clock_that_is_days_off_is_found_out_and_does_not_matter(
    off: float, dpop: bool, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + off)
    client = dial(dpop=dpop)
    assert client.answer(api.put_intakes_intake_id(uuid4(), intake())).status == 201
    assert abs(client.drift + off) < 5
    monkeypatch.setattr(time, "time", true)
    tokens(client).forget(tokens(client)._token)
    assert client.answer(api.put_intakes_intake_id(uuid4(), intake())).status == 201
    assert abs(client.drift) < 5


async def test_an_asynchronous_client_proves_itself_too(service: Served, data: Path, bound: str) -> None:
    async with AsyncClient(**options(bound, data, service.url, {})) as client:
        assert (await client.send(api.get_me()))["client_id"] == bound


async def test_a_client_over_its_quota_waits_and_loses_nothing(
    server: Server, data: Path, raw: Raw, tmp_path: Path
) -> None:
    with (
        served(server, data, tmp_path / "log", client_rate=2, client_burst=3, stranger_rate=1e6) as slow,
        bad_line(slow.port, b"PUT /v1/intakes") as line,
        Client(**options("demo-border", data, line.url, {"retries": Retries(tries=20, first=0.1)})) as client,
    ):
        for _ in range(7):
            assert client.answer(api.put_intakes_intake_id(uuid4(), intake())).status == 201
        assert line.seen > 7
    assert await raw.all.fetchval("select count(*) from intakes") == 7
