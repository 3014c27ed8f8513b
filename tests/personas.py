"""Who acts in the tests: the ten organisations of the contract's story, and one nobody has met."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid4, uuid5

import asyncpg
import httpx

from app.auth.keys import SigningKey, ensure_key
from app.auth.scopes import Agency, scopes_of
from app.oauth.assertions import make_assertion, token_form

ISSUER = "http://127.0.0.1:8000"
TOKEN_AGE = 240.0


@dataclass(frozen=True)
class Persona:
    """`name` is the client's id, and the organisation's for the tests."""

    name: str
    agency: Agency
    provinces: tuple[str, ...] = ()
    treats: bool = False
    services: tuple[str, ...] = ()

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE_DNS, self.name)


PERSONAS = {
    persona.name: persona
    for persona in (
        Persona("demo-border", Agency.BORDER_GUARD, ("15",)),
        Persona("demo-police", Agency.POLICE, ("15",)),
        Persona("demo-foreign", Agency.FOREIGN_AFFAIRS),
        Persona("demo-labour", Agency.LABOUR, ("15",), services=("case_management",)),
        Persona("demo-commune", Agency.COMMUNE, ("15",)),
        Persona("demo-shelter", Agency.PROVIDER, ("15",), treats=True, services=("shelter", "medical")),
        Persona("demo-ngo", Agency.NGO, ("15",), services=("psychological", "legal_advice")),
        Persona("demo-hotline", Agency.HOTLINE),
        Persona("demo-other-police", Agency.POLICE, ("20",)),
        Persona("demo-oversight", Agency.OVERSIGHT),
        Persona("demo-stranger", Agency.NGO, ("79",)),
    )
}


SECONDS = {"demo-police-second": "demo-police", "demo-labour-second": "demo-labour"}
"""A second client of the same organisation, for what one must not do alone."""


def persona_of(client: str) -> Persona:
    """The organisation that a client acts for."""
    return PERSONAS[SECONDS.get(client, client)]


async def register(connection: asyncpg.Connection, keys: Path) -> None:
    """Every persona as organisation and client, with its own key file, all scopes of its agency."""
    for p in PERSONAS.values():
        await connection.execute(
            "insert into organisations (id, agency, functions, province_codes, treats, sort_key)"
            " values ($1, $2, '{}', $3, $4, $5)",
            *(p.id, p.agency, list(p.provinces), p.treats, p.name),
        )
        await connection.execute(
            "insert into organisation_names (organisation_id, valid_from, name_vi, name_en)"
            " values ($1, '2025-07-01', $2, $3)",
            *(p.id, f"Cơ quan {p.name}", f"Organisation {p.name}"),
        )
        for service in p.services:
            await connection.execute(
                "insert into services (id, organisation_id, service, province_codes, places_total, places_free)"
                " values ($1, $2, $3, $4, 10, 4)",
                *(uuid5(p.id, service), p.id, service, list(p.provinces)),
            )
        await _register_client(connection, keys, p.name, p)
    await connection.execute("insert into webhook_hosts (host, port, loopback) values ('127.0.0.1', 9, true)")
    for name, first in SECONDS.items():
        await _register_client(connection, keys, name, PERSONAS[first])


async def _register_client(connection: asyncpg.Connection, keys: Path, name: str, p: Persona) -> None:
    key = ensure_key(keys / f"{name}.pem")
    await connection.execute(
        "insert into clients (id, organisation_id, name, mode, scopes, dpop_required)"
        " values ($1, $2, $1, 'live', $3, false)",
        *(name, p.id, sorted(scopes_of(p.agency))),
    )
    await connection.execute(
        "insert into client_keys (client_id, kid, jwk) values ($1, $2, $3)",
        *(name, key.kid, json.dumps(dict(key.public))),
    )


class Clients:
    """The personas' HTTP clients: a fresh key, an officer and a purpose on every call, unless told otherwise."""

    def __init__(self, http: httpx.AsyncClient, keys: Path) -> None:
        self.http = http
        self._keys = keys
        self._tokens: dict[str, tuple[float, str]] = {}

    def key(self, name: str) -> SigningKey:
        return ensure_key(self._keys / f"{name}.pem")

    def assertion(self, name: str) -> str:
        return make_assertion(name, self.key(name), ISSUER, time.time())

    async def token(self, name: str) -> str:
        made, token = self._tokens.get(name, (0.0, ""))
        if time.monotonic() - made > TOKEN_AGE:
            answer = await self.http.post("/oauth/token", data=token_form(self.assertion(name)))
            assert answer.status_code == 200, answer.text
            made, token = time.monotonic(), answer.json()["access_token"]
            self._tokens[name] = (made, token)
        return token

    def forget_tokens(self) -> None:
        """What the registry says of the clients has changed."""
        self._tokens.clear()

    async def headers(self, name: str, method: str, changes: dict[str, str | None] | None = None) -> dict[str, str]:
        """What a well-behaved client of this persona sends; a change of None leaves a header out."""
        headers: dict[str, str | None] = {
            "Authorization": f"Bearer {await self.token(name)}",
            "Acting-Officer": f"officer.{name}",
            "Purpose-Of-Use": "oversight_review" if name == "demo-oversight" else "care_coordination",
            "Idempotency-Key": str(uuid4()) if method == "POST" else None,
        }
        headers |= changes or {}
        return {header: value for header, value in headers.items() if value is not None}

    async def call(
        self, name: str, method: str, path: str, body: Any = None, /, *, etag: str | None = None, **changes: str | None
    ) -> httpx.Response:
        """One request; header changes as keywords with underscores: `Idempotency_Key="…"`."""
        named = {header.replace("_", "-"): value for header, value in changes.items()}
        headers = await self.headers(name, method, {"If-Match": etag, **named})
        return await self.http.request(method, path, json=body, headers=headers)

    async def send(self, name: str, path: str, content: bytes, media: str, /, **changes: str | None) -> httpx.Response:
        """Posts a file as it is."""
        named = {header.replace("_", "-"): value for header, value in changes.items()}
        headers = await self.headers(name, "POST", {"Content-Type": media, **named})
        return await self.http.post(path, content=content, headers=headers)

    async def get(self, name: str, path: str, **changes: str | None) -> httpx.Response:
        return await self.call(name, "GET", path, **changes)

    async def ok(
        self, name: str, method: str, path: str, body: Any = None, /, *, etag: str | None = None, **changes: str | None
    ) -> Any:
        """As `call`, for what must succeed; the answer's JSON."""
        answer = await self.call(name, method, path, body, etag=etag, **changes)
        assert answer.status_code in (200, 201), f"{method} {path} by {name}: {answer.status_code} {answer.text}"
        return answer.json()


@dataclass
class Story:
    """The ids of one case on its way through the story; `etags` of what was last answered."""

    intake: str = ""
    case: str = ""
    child: str = ""
    handover: dict[str, Any] = field(default_factory=dict)
    verification: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, Any] = field(default_factory=dict)
    referral: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
