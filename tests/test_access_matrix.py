"""Who may call what: the matrix and every route, compared both ways with what was typed by hand, then over HTTP."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route as PlainRoute

from app.auth.call import GuardedRoute
from app.auth.scopes import MATRIX
from app.oauth.assertions import token_form
from tests import expectations
from tests.bodies import BODIES
from tests.expectations import Route
from tests.personas import PERSONAS, Clients

FRAMEWORK = {"/redoc", "/docs/oauth2-redirect"}
"""Pages that the documentation brings along; they answer nothing of the service."""
FILES = {
    "POST /v1/receptions/{reception_id}/manifests": (b"Name,Year of birth\nHoa,1999", "text/csv"),
    "POST /v1/intake-batches": (
        b'{"id": "5f0c4a7e-3c58-4a53-9d2b-1f0a6b7c8d9e", "schema_version": "1.0", "channel": "self_return_border",'
        b' "received_at": "2026-11-20T22:41:00+07:00", "place": {"unknown": true}}',
        "application/jsonl",
    ),
}
"""Of every write that takes a file: one, and its media type."""


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def _declared(route: APIRoute, method: str) -> Route:
    if not isinstance(route, GuardedRoute):
        return Route(method, route.path, "public")
    need = route.need
    capability = "any" if need.capability is None else str(need.capability)
    return Route(method, route.path, capability, need.key, need.etag, need.officer, need.purpose)


def served(app: FastAPI) -> list[Route]:
    """Every route of the application, with the needs it declares."""
    ours = [route for route in app.routes if isinstance(route, PlainRoute) and route.path not in FRAMEWORK]
    found = []
    for route in ours:
        if isinstance(route, APIRoute):
            found += [_declared(route, method) for method in route.methods or ()]
        else:
            found.append(Route("GET", route.path, "public"))
    return found


def differences(expected: Iterable[Route], actual: Iterable[Route]) -> list[str]:
    """What one side has and the other has not, route by route, in words."""
    typed = {name(route): replace(route, note="") for route in expected}
    found = {name(route): route for route in actual}
    return (
        [f"{key}: served, but no row in routes.yaml" for key in sorted(found.keys() - typed.keys())]
        + [f"{key}: a row in routes.yaml, but not served" for key in sorted(typed.keys() - found.keys())]
        + [f"{key}: typed {typed[key]}, declared {found[key]}" for key in found.keys() & typed.keys()
           if typed[key] != found[key]]
    )  # fmt: skip


def test_the_matrix_is_the_one_typed_from_the_contract() -> None:
    assert {str(capability): {str(agency) for agency in agencies} for capability, agencies in MATRIX.items()} == (
        expectations.matrix()
    )


async def test_every_route_has_its_row_and_every_row_its_route(app: FastAPI) -> None:
    assert differences(expectations.routes(), served(app)) == []


async def test_no_route_is_typed_or_declared_twice(app: FastAPI) -> None:
    for routes in (expectations.routes(), served(app)):
        assert [key for key, times in Counter(map(name, routes)).items() if times > 1] == []


async def test_a_route_without_a_row_is_noticed(app: FastAPI) -> None:
    """Seen to fail: one row taken away, one added, one flag turned."""
    typed = expectations.routes()
    first = typed[0]
    assert differences(typed[1:], served(app)) == [f"{name(first)}: served, but no row in routes.yaml"]
    assert len(differences([*typed, Route("GET", "/v1/nowhere", "case.read")], served(app))) == 1
    assert len(differences([replace(first, officer=not first.officer), *typed[1:]], served(app))) == 1


def test_every_capability_of_the_matrix_opens_a_route() -> None:
    assert {route.capability for route in expectations.routes()} - {"public", "any"} == set(expectations.matrix())


def expected_refusal(route: Route, agency: str) -> bool:
    """True where the matrix has no cell for this route and agency."""
    return route.capability not in ("public", "any") and agency not in expectations.matrix()[route.capability]


def filled(route: Route) -> str:
    """The path with ids that lead nowhere."""
    path = route.path.replace("{name}", "agency").replace("{code}", "not_found")
    while "{" in path:
        path = path[: path.index("{")] + str(uuid4()) + path[path.index("}") + 1 :]
    return path


async def call(clients: Clients, who: str, route: Route, **headers: str | None) -> httpx.Response:
    if route.path.startswith("/oauth/") and route.method == "POST":
        form = {**token_form(clients.assertion(who)), "token": "none"}
        form |= {} if route.path.endswith("token") else {"grant_type": ""}
        return await clients.http.post(route.path, data=form)
    body = BODIES.get(name(route), {}) if route.method in ("POST", "PUT", "PATCH") else None
    etag = '"AAAAAAAAAAAAAAAAAAAA"' if route.etag else None
    if (file := FILES.get(name(route))) is not None:
        return await clients.send(who, filled(route), *file, **headers)
    return await clients.call(who, route.method, filled(route), body, etag=etag, **headers)


def judged(route: Route, who: str, answer: httpx.Response) -> str | None:
    """What is wrong with this answer for this cell; None when nothing is."""
    code = answer.json().get("code") if "problem" in answer.headers.get("content-type", "") else ""
    if expected_refusal(route, PERSONAS[who].agency):
        right = (answer.status_code, code) == (403, "insufficient_scope")
    else:
        right = answer.status_code in (200, 201, 404) or (answer.status_code, code) == (422, "unknown_reference")
    return None if right else f"{name(route)} by {who}: {answer.status_code} {code}"


async def test_every_route_admits_exactly_the_agencies_of_the_matrix(clients: Clients) -> None:
    cells = [(route, who) for route in expectations.routes() for who in PERSONAS]
    wrong = [judged(route, who, await call(clients, who, route)) for route, who in cells]
    assert [fault for fault in wrong if fault] == []
    assert len(cells) >= 1000


async def test_every_route_but_the_public_ones_asks_for_a_token(clients: Clients) -> None:
    wrong = []
    for route in expectations.routes():
        answer = await call(clients, "demo-labour", route, Authorization=None)
        if (answer.status_code == 401) == (route.capability == "public"):
            wrong.append(f"{name(route)}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("header", ["Acting_Officer", "Purpose_Of_Use", "If_Match", "Idempotency_Key"])
async def test_every_route_asks_for_the_headers_of_its_row_and_no_others(clients: Clients, header: str) -> None:
    flags = {"Acting_Officer": "officer", "Purpose_Of_Use": "purpose", "If_Match": "etag", "Idempotency_Key": "key"}
    codes = {"officer_required", "purpose_required", "version_required", "idempotency_key_required"}
    wrong = []
    for route in expectations.routes():
        who = next(who for who, persona in PERSONAS.items() if not expected_refusal(route, persona.agency))
        answer = await call(clients, who, replace(route, etag=route.etag and header != "If_Match"), **{header: None})
        problem = "problem" in answer.headers.get("content-type", "")
        if (problem and answer.json()["code"] in codes) != getattr(route, flags[header]):
            wrong.append(f"{name(route)}: {answer.status_code}")
    assert wrong == []
