"""An external issuer behind the same gate: its key set over real HTTP, from a server that also misbehaves."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path

import httpx
import joserfc.jwk
import pydantic
import pytest
from fastapi import FastAPI

from app.auth import issuers
from app.auth.issuers import FRESH, KEPT, PAUSE, ExternalIssuer
from app.auth.keys import generate, signing_key
from app.embedded import Server
from app.main import create_app
from app.settings import Settings
from tests.auth.hostile import CHALLENGES
from tests.auth.partner import MISCONDUCT, NAME, Endpoint, Partner, a_partner
from tests.conftest import Raw
from tests.personas import ISSUER, Clients


@pytest.fixture
def partner() -> Iterator[Partner]:
    with a_partner() as made:
        yield made


@dataclass
class Service:
    """The application behind that issuer, and a clock that the test moves."""

    app: FastAPI
    http: httpx.AsyncClient
    now: float = 0.0

    async def me(self, token: str) -> httpx.Response:
        return await self.http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})

    async def status(self, token: str) -> int:
        return (await self.me(token)).status_code


@pytest.fixture(scope="module")
async def external(server: Server, data: Path, _connections: Raw) -> AsyncIterator[FastAPI]:
    settings = Settings(data=data, public_url=ISSUER, issuer=NAME, jwks_url="http://127.0.0.1:9/jwks")
    app = create_app(settings, server.api_url)
    yield app
    await app.state.database.close()


@pytest.fixture
async def service(partner: Partner, external: FastAPI, raw: Raw) -> AsyncIterator[Service]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(external), base_url=ISSUER) as http:
        made = Service(external, http)
        external.state.issuer = ExternalIssuer(NAME, partner.url, clock=lambda: made.now)
        yield made


async def test_the_settings_name_the_issuer(external: FastAPI) -> None:
    issuer = create_app(external.state.settings, "postgresql+asyncpg://127.0.0.1/x").state.issuer
    assert isinstance(issuer, ExternalIssuer)
    assert issuer.name == NAME


async def test_its_token_is_judged_like_our_own_and_the_registry_decides(service: Service, partner: Partner) -> None:
    scopes = "border_guard:intake.read police:verification.decide"
    answer = await service.me(partner.token(scope=scopes))
    assert (answer.status_code, answer.json()["client_id"]) == (200, "demo-border")
    assert answer.json()["scopes"] == ["border_guard:intake.read"]
    assert await service.status(partner.token(sub="nobody", client_id="nobody")) == 401
    for changes in ({"aud": "urn:another:api"}, {"iss": ISSUER}, {"client_id": ...}, {"sub": "a-person"}):
        assert await service.status(partner.token(**changes)) == 401, changes
    person = partner.token(client_id=..., azp="demo-border", sub="2f0d6a0e")
    assert await service.status(person) == 401, "a person's token, got through that client"


async def test_the_bundled_issuer_is_off_and_only_its_lasting_keys_remain(
    service: Service, partner: Partner, clients: Clients
) -> None:
    assert await service.status(await clients.token("demo-border")) == 401
    form = {"grant_type": "client_credentials", "client_assertion": clients.assertion("demo-border")}
    for method, path in (("POST", "/oauth/token"), ("POST", "/oauth/revoke"), ("GET", "/oauth/jwks")):
        answer = await service.http.request(method, path, data=form if method == "POST" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    metadata = await service.http.get("/.well-known/oauth-authorization-server")
    where = "https://id.example/.well-known/oauth-authorization-server/realms/referral"
    assert (metadata.status_code, metadata.headers["location"]) == (307, where)
    assert (await service.http.get("/.well-known/jwks")).status_code == 200


async def test_keys_are_asked_for_once_by_however_many_callers(service: Service, partner: Partner) -> None:
    token = partner.token()
    assert await asyncio.gather(*(service.status(token) for _ in range(20))) == [200] * 20
    assert partner.asked == ["/jwks"]


async def test_unknown_kids_cost_one_question_a_minute(service: Service, partner: Partner) -> None:
    assert await service.status(partner.token()) == 200
    unknown = [partner.token(signing_key(generate())) for _ in range(50)]
    for minutes in range(3):
        assert set(await asyncio.gather(*map(service.status, unknown))) == {401}
        assert len(partner.asked) == 1 + minutes
        service.now += PAUSE
    assert await service.status(partner.token()) == 200


async def test_a_new_key_is_found_by_its_first_token_and_a_withdrawn_one_ends(
    service: Service, partner: Partner
) -> None:
    old = partner.key
    assert await service.status(partner.token(old)) == 200
    partner.key = signing_key(generate())
    assert await service.status(partner.token()) == 401
    service.now = FRESH - 1
    assert await service.status(partner.token(old)) == 200
    assert await service.status(partner.token()) == 200
    assert await service.status(partner.token(old)) == 401


async def test_a_withdrawn_key_ends_though_only_its_own_tokens_come(service: Service, partner: Partner) -> None:
    old, partner.key = partner.key, signing_key(generate())
    partner.others = [dict(old.public)]
    assert await service.status(partner.token(old)) == 200
    partner.others = []
    service.now = FRESH
    assert await asyncio.gather(*(service.status(partner.token(old)) for _ in range(5))) == [401] * 5


async def test_while_the_endpoint_is_down_known_keys_judge_nobody_waits_and_after_a_day_nothing_is_believed(
    service: Service, partner: Partner
) -> None:
    assert await service.status(partner.token()) == 200
    held, released = threading.Event(), threading.Event()
    partner.answer = lambda request: request.send(500, b"")
    service.now = FRESH
    assert await service.status(partner.token()) == 200

    def hang(request: Endpoint) -> None:
        held.set()
        released.wait(30)
        request.send(500, b"")

    partner.answer = hang
    service.now += PAUSE
    assert await service.status(partner.token()) == 200, "answered while the question hangs"
    assert await asyncio.to_thread(held.wait, 10)
    assert await service.status(partner.token()) == 200
    released.set()
    await service.app.state.issuer._asking
    assert await service.status(partner.token(signing_key(generate()))) == 401
    partner.answer = lambda request: request.send(500, b"")
    service.now = KEPT - 1
    assert await service.status(partner.token()) == 200
    service.now = KEPT + PAUSE
    assert await service.status(partner.token()) == 503


async def test_before_the_first_answer_nobody_is_believed_and_a_good_client_is_told_to_come_again(
    service: Service, partner: Partner
) -> None:
    partner.answer = lambda request: request.send(503, b"")
    for _ in range(3):
        answer = await service.me(partner.token())
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "retry-after" in answer.headers
    malformed = await service.me("not.a.token")
    assert (malformed.status_code, malformed.headers["www-authenticate"]) == (401, CHALLENGES)
    assert len(partner.asked) == 1
    partner.answer = None
    service.now += PAUSE
    assert await service.status(partner.token()) == 200


@pytest.mark.parametrize("misconduct", MISCONDUCT)
async def test_an_answer_that_is_no_plain_key_set_is_none(
    service: Service, partner: Partner, monkeypatch: pytest.MonkeyPatch, *, misconduct: str
) -> None:
    monkeypatch.setattr(issuers, "TIMEOUT", 0.5)
    monkeypatch.setattr(ThreadingHTTPServer, "handle_error", lambda *_: None)  # we hang up on it
    partner.answer = MISCONDUCT[misconduct]
    assert await service.status(partner.token()) == 503
    assert partner.asked == ["/jwks"]
    partner.answer, service.now = None, PAUSE
    assert await service.status(partner.token()) == 200
    partner.answer, service.now = MISCONDUCT[misconduct], PAUSE + FRESH
    assert await service.status(partner.token()) == 200, "known keys are kept"


async def test_keys_of_other_kinds_are_passed_over_and_judge_nothing(service: Service, partner: Partner) -> None:
    rsa = joserfc.jwk.RSAKey.generate_key(2048).as_dict(private=False)
    p384 = joserfc.jwk.ECKey.generate_key("P-384").as_dict(private=False)
    encrypting, private, unnamed = (signing_key(generate()) for _ in range(3))
    partner.others = [
        {**rsa, "use": "sig", "alg": "RS256", "kid": "rsa"},
        {**p384, "use": "sig", "alg": "ES384", "kid": "p384"},
        {"kty": "oct", "k": "c2VjcmV0", "use": "sig", "alg": "HS256", "kid": "oct"},
        {**encrypting.public, "use": "enc"},
        {**private.public, "d": private.public["x"]},
        {**unnamed.public, "kid": None},
        *(None, [], "key", 7, {}),
    ]
    assert await service.status(partner.token()) == 200
    assert [await service.status(partner.token(key)) for key in (encrypting, private, unnamed)] == [401] * 3
    assert list(await service.app.state.issuer.keys(partner.token())) == [partner.key.kid]


@pytest.mark.parametrize(
    ("issuer", "jwks_url"),
    [
        (NAME, None),
        (None, f"{NAME}/keys"),
        (NAME, "http://id.example/keys"),
        ("http://id.example", f"{NAME}/keys"),
        (NAME, "http://127.0.0.1.evil.example/keys"),
        (NAME, "http://localhost.evil.example/keys"),
        (NAME, "http://10.0.0.1/keys"),
        (NAME, "https://user:secret@id.example/keys"),
        (NAME, "file:///keys.json"),
        (NAME, "https:///keys"),
        (NAME, ""),
        ("", f"{NAME}/keys"),
    ],
)
def test_half_an_issuer_or_one_that_others_can_forge_is_no_setting(issuer: str | None, jwks_url: str | None) -> None:
    with pytest.raises(pydantic.ValidationError, match="REFERRAL_ISSUER"):
        Settings(issuer=issuer, jwks_url=jwks_url)


@pytest.mark.parametrize("jwks_url", ["https://id.example/k", "http://127.0.0.1:1/k", "http://[::1]/k"])
def test_an_endpoint_by_https_or_on_this_machine_is_a_setting(jwks_url: str) -> None:
    assert Settings(issuer=NAME, jwks_url=jwks_url).jwks_url == jwks_url
