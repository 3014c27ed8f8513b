"""What a well-signed token claims beyond the registry: the issuer's own key signs it, and still it opens nothing."""

import time
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.auth import tokens
from tests.personas import ISSUER, Clients


def a_token(app: FastAPI, scope: str) -> str:
    """As the issuer would sign it for labour, if it ever granted this."""
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": "demo-labour", "client_id": "demo-labour", "aud": app.state.settings.audience}
    claims |= {"jti": str(uuid4()), "scope": scope}
    return tokens.sign({**claims, "iat": now, "exp": now + 300}, app.state.keys.current.issuer, typ="at+jwt")


async def opens(app: FastAPI, clients: Clients, scope: str, path: str) -> tuple[int, str]:
    answer = await clients.get("demo-labour", path, Authorization=f"Bearer {a_token(app, scope)}")
    return answer.status_code, answer.json().get("code", "")


async def test_the_whole_scope_opens_its_routes(app: FastAPI, clients: Clients) -> None:
    assert await opens(app, clients, "labour:case.read", "/v1/cases") == (200, "")


@pytest.mark.parametrize(
    "scope",
    ["labour:case", "labour:case.", "labour:case.rea", "labour:", "labour", "labour:case.read.all", "LABOUR:CASE.READ"],
)
async def test_a_part_of_a_scope_opens_nothing(app: FastAPI, clients: Clients, scope: str) -> None:
    assert await opens(app, clients, scope, "/v1/cases") == (403, "insufficient_scope")


@pytest.mark.parametrize("path", ["/v1/audit-events", "/v1/cases"])
async def test_a_signed_scope_that_the_registry_does_not_know_opens_nothing(
    app: FastAPI, clients: Clients, path: str
) -> None:
    foreign = "labour:audit.read oversight:audit.read police:case.read"
    assert await opens(app, clients, foreign, path) == (403, "insufficient_scope")
    assert await opens(app, clients, "labour:case.read", "/v1/me") == (200, "")
    own = await clients.get("demo-labour", "/v1/me", Authorization=f"Bearer {a_token(app, foreign)}")
    assert own.json()["scopes"] == []
