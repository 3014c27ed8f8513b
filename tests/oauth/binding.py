"""A client that must prove its key at every call, and further workers for it to call."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.auth.keys import SigningKey, generate, signing_key
from app.auth.proofs import make_proof
from app.main import create_app
from app.oauth.assertions import make_assertion, token_form
from app.settings import Settings
from tests.personas import ISSUER

TOKEN_URL, ME = f"{ISSUER}/oauth/token", f"{ISSUER}/v1/me"
STRANGER = signing_key(generate())
CHALLENGES = 'Bearer error="invalid_token", DPoP error="invalid_token", algs="ES256"'


@dataclass
class Bound:
    """A client that must prove its key; `nonce` is the last one it was given."""

    http: httpx.AsyncClient
    key: SigningKey = field(default_factory=lambda: signing_key(generate()))
    name: str = "bound-ngo"
    nonce: str | None = None

    def proof(self, url: str, method: str = "GET", **changes: Any) -> str:
        stated = {"now": time.time(), "nonce": self.nonce, **changes}
        return make_proof(stated.pop("key", self.key), method, url, **stated)

    async def ask_token(self, *proofs: str) -> httpx.Response:
        form = token_form(make_assertion(self.name, self.key, ISSUER, time.time()))
        return await self.http.post("/oauth/token", data=form, headers=[("DPoP", proof) for proof in proofs])

    async def token(self) -> str:
        self.nonce = (await self.ask_token(self.proof(TOKEN_URL, "POST"))).headers["dpop-nonce"]
        answer = await self.ask_token(self.proof(TOKEN_URL, "POST"))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def ask(self, token: str, *proofs: str, scheme: str = "DPoP", **changes: Any) -> httpx.Response:
        headers = [("Authorization", f"{scheme} {token}"), *(("DPoP", proof) for proof in proofs)]
        http = changes.pop("http", self.http)
        answer: httpx.Response = await http.get(changes.pop("path", "/v1/me"), headers=[*headers, *changes.items()])
        return answer


@dataclass
class Workers:
    """Further processes' worth of the application over the same database, one at a time or side by side."""

    data: Path
    url: str
    made: list[FastAPI] = field(default_factory=list)

    def start(self) -> httpx.AsyncClient:
        app = create_app(Settings(data=self.data, public_url=ISSUER), self.url)
        self.made.append(app)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER)

    async def stop(self) -> None:
        while self.made:
            await self.made.pop().state.database.close()


def refused(answer: httpx.Response) -> None:
    """The one constant refusal."""
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"] == CHALLENGES
