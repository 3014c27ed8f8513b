"""Every shape of bad token, over HTTP: one constant 401, no transaction, one security event; the next caller is served.

What the gate makes of each token is in tests/auth/test_tokens.py; here the whole application is asked.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from app.auth.alarm import Alarm
from app.auth.keys import generate, signing_key
from tests.auth.hostile import CHALLENGES, HOSTILE, Forger
from tests.oauth.binding import Bound
from tests.personas import ISSUER, Clients

Header = tuple[str, bytes]
BEFORE_THE_GATE = {"one megabyte": (400, "invalid_header")}
"""A head over 16 KB is refused before anyone looks for a token in it."""


@dataclass
class Observed:
    """What requests did beside their answers."""

    connections: list[Any] = field(default_factory=list)
    events: list[logging.LogRecord] = field(default_factory=list)


@pytest.fixture
def observed(app: FastAPI, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], Observed]]:
    """Begins to look: connections taken from the pool, security events, by an alarm that has listed nothing yet."""
    connections: list[Any] = []

    def taken(connection: Any, *_: Any) -> None:
        connections.append(connection)

    def begin() -> Observed:
        caplog.clear()
        connections.clear()
        return Observed(connections, caplog.records)

    caplog.set_level(logging.WARNING, "referral.security")
    alarm, app.state.alarm = app.state.alarm, Alarm()
    event.listen(app.state.database.engine.sync_engine, "checkout", taken)
    yield begin
    app.state.alarm = alarm
    event.remove(app.state.database.engine.sync_engine, "checkout", taken)


@pytest.fixture
def forger(app: FastAPI) -> Forger:
    return Forger(app.state.keys.current.issuer, ISSUER, app.state.settings.audience, signing_key(generate()))


@pytest.fixture
def http(_http: httpx.AsyncClient) -> httpx.AsyncClient:
    """Over tables left as they are: nothing here writes."""
    return _http


@pytest.fixture
async def good(_clients: Clients) -> str:
    return await _clients.token("demo-border")


async def ask(http: httpx.AsyncClient, *headers: Header, path: str = "/v1/me") -> httpx.Response:
    return await http.get(path, headers=[(name.encode(), value) for name, value in headers])


def bearer(token: str, scheme: str = "Bearer") -> Header:
    return "Authorization", f"{scheme} {token}".encode()


def bytes_of(answer: httpx.Response) -> tuple[Any, ...]:
    """All that was answered but the request's own id."""
    own = answer.headers["x-request-id"]
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.text.replace(own, "")


async def check_constant(http: httpx.AsyncClient, answer: httpx.Response) -> None:
    """The same bytes as for no token at all."""
    assert bytes_of(answer) == bytes_of(await ask(http))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, CHALLENGES)


def check_event(seen: Observed, step: str, *secret: str, client: str | None = None) -> None:
    """One event, and in it nothing of what was sent."""
    (record,) = seen.events
    assert (record.msg, record.__dict__["step"], record.__dict__["client"]) == ("token_refused", step, client)
    assert not [text for text in secret if len(text) >= 6 and text in str(record.__dict__)]


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_hostile_token_gets_the_constant_answer_and_costs_nothing(
    http: httpx.AsyncClient, observed: Callable[[], Observed], forger: Forger, good: str, *, hostile: str
) -> None:
    token = HOSTILE[hostile](forger)
    seen = observed()
    answer = await ask(http, bearer(token))
    assert seen.connections == []
    if hostile in BEFORE_THE_GATE:
        assert (answer.status_code, answer.json()["code"]) == BEFORE_THE_GATE[hostile]
        assert seen.events == []
    else:
        check_event(seen, "token", *token.split("."), forger.key.kid, forger.stranger.kid)
        await check_constant(http, answer)
    assert (await ask(http, bearer(good))).status_code == 200


PLACES: dict[str, Callable[[str], list[Header]]] = {
    "two Authorization headers, both good": lambda good: [bearer(good), bearer(good)],
    "two Authorization headers, the first good": lambda good: [bearer(good), bearer("x")],
    "two Authorization headers, the last good": lambda good: [("Authorization", b""), bearer(good)],
    "two schemes": lambda good: [bearer(good), bearer(good, "DPoP")],
    "two DPoP headers": lambda good: [bearer(good), ("DPoP", b"x"), ("DPoP", b"x")],
    "no scheme": lambda good: [("Authorization", good.encode())],
    "Basic": lambda good: [bearer(good, "Basic")],
    "Token": lambda good: [bearer(good, "Token")],
    "Bearer by tab": lambda good: [("Authorization", b"Bearer\t" + good.encode())],
    "cookie": lambda good: [("Cookie", f"access_token={good}; Authorization=Bearer {good}".encode())],
    "another header": lambda good: [("X-Authorization", f"Bearer {good}".encode())],
    "proxy header": lambda good: [("Proxy-Authorization", f"Bearer {good}".encode())],
    "underscore header": lambda good: [("Authorization_", f"Bearer {good}".encode())],
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_good_token_in_a_wrong_place_is_none(
    http: httpx.AsyncClient, observed: Callable[[], Observed], good: str, place: str
) -> None:
    seen = observed()
    answer = await ask(http, *PLACES[place](good))
    assert seen.connections == []
    check_event(seen, "credentials", good)
    await check_constant(http, answer)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "two blanks": lambda good: f" {good}",
    "a blank after": lambda good: f"{good} ",
    "a list": lambda good: f"{good}, Bearer {good}",
}


@pytest.mark.parametrize("form", SPELLINGS)
async def test_a_token_has_one_spelling_of_its_header_too(
    http: httpx.AsyncClient, observed: Callable[[], Observed], good: str, form: str
) -> None:
    seen = observed()
    answer = await ask(http, bearer(SPELLINGS[form](good)))
    assert seen.connections == []
    check_event(seen, "token", good)
    await check_constant(http, answer)


async def test_a_token_in_query_or_form_is_none(
    http: httpx.AsyncClient, observed: Callable[[], Observed], good: str
) -> None:
    seen = observed()
    queried = await ask(http, path=f"/v1/me?access_token={good}&Authorization=Bearer%20{good}")
    check_event(seen, "credentials", good)
    await check_constant(http, queried)
    seen = observed()
    posted = await http.post("/v1/referrals", data={"access_token": good})
    check_event(seen, "credentials", good)
    assert seen.connections == []
    await check_constant(http, posted)


SCOPES = [
    *("border_guard:intake", "border_guard:intake.", "border_guard:intake.rea", "border_guard:intake.reader"),
    *("BORDER_GUARD:INTAKE.READ", "Border_Guard:intake.read", "border_guard:*", "border_guard:intake.*", "*"),
    *("police:intake.read", "intake.read", "border_guard:intake.read,border_guard:case.read", "border_guard"),
]


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_scope_counts_only_letter_by_letter_and_whole(
    http: httpx.AsyncClient, forger: Forger, scope: str
) -> None:
    answer = await ask(http, bearer(forger.with_claims(scope=scope)), path="/v1/intakes")
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    right = forger.with_claims(scope=f"{scope} border_guard:intake.read")
    assert (await ask(http, bearer(right), path="/v1/intakes")).status_code == 200


async def test_a_true_token_of_an_unknown_client_is_the_same_answer_and_the_event_names_it(
    http: httpx.AsyncClient, observed: Callable[[], Observed], forger: Forger
) -> None:
    token = forger.with_claims(sub="nobody-here", client_id="nobody-here")
    seen = observed()
    answer = await ask(http, bearer(token))
    check_event(seen, "registry", *token.split("."), client="nobody-here")
    await check_constant(http, answer)


async def test_what_is_wrong_with_a_proof_is_the_same_answer_and_the_event_names_the_client(
    bound: Bound, observed: Callable[[], Observed]
) -> None:
    token = await bound.token()
    spent = bound.proof(f"{ISSUER}/v1/me", token=token)
    assert (await bound.ask(token, spent)).status_code == 200
    for step, proof in (("proof", bound.proof(f"{ISSUER}/v1/cases", token=token)), ("replay", spent)):
        seen = observed()
        answer = await bound.ask(token, proof)
        check_event(seen, step, *token.split("."), *proof.split("."), client=bound.name)
        assert (len(seen.connections) > 0) == (step == "replay")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, CHALLENGES)


async def test_a_client_that_is_not_proven_at_the_token_endpoint_leaves_an_event_too(
    http: httpx.AsyncClient, observed: Callable[[], Observed]
) -> None:
    form = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    form |= {"grant_type": "client_credentials", "client_assertion": "no.such.client"}
    seen = observed()
    assert (await http.post("/oauth/token", data=form)).status_code == 401
    assert seen.connections == []
    check_event(seen, "client", "no.such.client")
