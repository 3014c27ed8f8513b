"""The contract says what the application does, in full, and its examples are what the application answers."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from fastapi import FastAPI

from app import contract
from app.contract.examples import load
from app.problems import CATALOGUE, LANGUAGES
from tests import expectations
from tests.contract import recorder
from tests.personas import Clients

FOLDER = Path(__file__).parents[1] / "openapi"
PROBLEM = "application/problem+json"
HEADERS = {"key": "Idempotency-Key", "etag": "If-Match", "officer": "Acting-Officer", "purpose": "Purpose-Of-Use"}
UNLISTED = {"/openapi.json", "/docs", "/docs/guides", "/docs/guides/{guide:path}"}


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return contract.document(app)


@pytest.fixture
def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path, operation."""
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def asked(document: dict[str, Any], operation: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    parameters = (resolved(document, parameter) for parameter in operation["parameters"])
    return {(each["in"], each["name"]): each for each in parameters}


def answers(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, response in operation["responses"].items():
        yield status, resolved(document, response)


def problem_codes(document: dict[str, Any], response: dict[str, Any]) -> set[str]:
    examples = response.get("content", {}).get(PROBLEM, {}).get("examples", {})
    return {resolved(document, example)["value"]["code"] for example in examples.values()}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_examples_are_recorded_from_the_service_as_it_is(
    app: FastAPI, clients: Clients, document: dict[str, Any], language: str
) -> None:
    recorded = await recorder.record(app, clients, document, language)
    if os.environ.get("REFERRAL_RECORD"):
        recorder.save(recorded, language)
        contract.write(FOLDER, app)
    committed = recorder.of_language(load(), language)
    assert recorder.shape(recorded) == recorder.shape(committed), "run: python -m tests.contract"


def test_the_committed_contract_is_the_applications(app: FastAPI) -> None:
    assert contract.stale(FOLDER, app) == []


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(document).validate()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', (FOLDER / "openapi.json").read_text("utf-8")))
    for reference in references:
        assert resolved(document, {"$ref": reference})
    used = {reference.rpartition("/")[2] for reference in references}
    assert set(document["components"]["schemas"]) <= used


def test_every_route_of_the_contract_is_described_and_no_other(operations: Any) -> None:
    described = {(method, path) for method, path, _ in operations}
    assert described == {
        (row.method, row.path) for row in expectations.routes() if row.path not in UNLISTED and row.method != "HEAD"
    }


def test_every_operation_is_told_in_both_languages_under_a_name_of_its_own(
    document: dict[str, Any], operations: Any
) -> None:
    names = [operation["operationId"] for *_, operation in operations]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in document["tags"]}
    for *_, operation in operations:
        told = [operation["summary"], operation["description"]]
        told += [parameter["description"] for parameter in asked(document, operation).values()]
        told += [response["description"] for _, response in answers(document, operation)]
        assert [text for text in told if " · " not in text and not text.startswith("RFC ")] == []
        assert set(operation["tags"]) <= tags
        assert len(operation["tags"]) == 1


def test_headers_are_asked_for_exactly_where_the_contract_says(document: dict[str, Any], operations: Any) -> None:
    rows = {(row.method, row.path): row for row in expectations.routes()}
    for method, path, operation in operations:
        found = {name: each for (where, name), each in asked(document, operation).items() if where == "header"}
        wanted = {header for flag, header in HEADERS.items() if getattr(rows[method, path], flag)}
        assert wanted == set(HEADERS.values()) & set(found), f"{method} {path}"
        assert all(found[header]["required"] for header in wanted)
        assert "Accept-Language" in found


def test_creating_calls_can_be_tried_dry(document: dict[str, Any], operations: Any) -> None:
    for *_, operation in operations:
        creates = bool({"201", "207"} & operation["responses"].keys())  # a batch tells it line by line
        assert (("query", "validate_only") in asked(document, operation)) == creates
        assert not creates or "200" in operation["responses"]


def test_each_operation_admits_the_scopes_of_the_matrix(document: dict[str, Any], operations: Any) -> None:
    matrix = expectations.matrix()
    rows = {(row.method, row.path): row.capability for row in expectations.routes()}
    offered = document["components"]["securitySchemes"]["OAuth2"]["flows"]["clientCredentials"]["scopes"]
    assert set(offered) == {f"{agency}:{name}" for name, agencies in matrix.items() for agency in agencies}
    for method, path, operation in operations:
        schemes = [(scheme, scopes) for each in operation.get("security", []) for scheme, scopes in each.items()]
        match rows[method, path]:
            case "public":
                assert operation["security"] == []
            case "any":
                assert schemes == [("OAuth2", []), ("DPoP", [])]
            case capability:
                admitted = sorted(f"{agency}:{capability}" for agency in matrix[capability])
                for scheme in ("OAuth2", "DPoP"):
                    assert sorted(scope for name, scopes in schemes if name == scheme for scope in scopes) == admitted
                assert operation["x-capability"] == capability


def test_what_is_needed_can_be_refused(document: dict[str, Any], operations: Any) -> None:
    rows = {(row.method, row.path): row for row in expectations.routes()}
    for method, path, operation in operations:
        row, all_answers = rows[method, path], dict(answers(document, operation))
        told = set().union(*(problem_codes(document, response) for response in all_answers.values()))
        expected = {"internal_error", "invalid_header"}
        if row.capability != "public":
            expected |= {"unauthenticated", "unavailable"}
            expected |= {"insufficient_scope"} if row.capability != "any" else set()
            expected |= {"not_found"} if "{" in path else set()
            expected |= {"purpose_required"} if row.purpose else set()
            expected |= {"officer_required"} if row.officer else set()
            expected |= {"version_required", "stale_version"} if row.etag else set()
            expected |= {"malformed_request", "validation_failed"} if "requestBody" in operation else set()
            expected |= {"payload_too_large", "unsupported_media_type"} if "requestBody" in operation else set()
        if row.key:
            expected |= {"idempotency_key_required", "idempotency_key_reused", "idempotency_in_progress"}
        assert expected <= told, f"{method} {path}: {expected - told}"


def test_every_refusal_is_a_problem_of_the_catalogue_in_both_languages(
    document: dict[str, Any], operations: Any
) -> None:
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    for _, path, operation in operations:
        for status, response in answers(document, operation):
            if status < "400":
                continue
            media = response["content"]
            assert PROBLEM in media or path.startswith("/oauth/"), f"{path} {status}"
            for code in problem_codes(document, response):
                assert str(CATALOGUE[code].status) == status
                assert {f"{code}_{language}" for language in LANGUAGES} <= set(media[PROBLEM]["examples"])


def test_every_body_and_answer_has_an_example_in_each_language(document: dict[str, Any], operations: Any) -> None:
    for _, path, operation in operations:
        bodies = [operation["requestBody"]["content"]] if "requestBody" in operation else []
        bodies += [
            response.get("content", {})
            for status, response in answers(document, operation)
            if status < "300" and not (status == "200" and "201" in operation["responses"] and "put" not in path)
        ]
        printed = {"application/pdf", "text/event-stream"}
        shown = (
            media
            for content in bodies
            for kind, media in content.items()
            if kind not in printed and media["schema"].get("format") != "binary"
        )
        for media in shown:
            assert set(LANGUAGES) <= set(media["examples"]) or set(media["examples"]) == {"validate_only"}, path


def named_in(document: dict[str, Any], schema: Any) -> dict[str, Any]:
    """The schemas that this one refers to, and those that they do: the whole document takes long to make ready."""
    every = document["components"]["schemas"]
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(waiting.pop()))) - found.keys()
        found |= {name: every[name] for name in names}
        waiting += [every[name] for name in names]
    return found


def test_every_example_fits_its_schema(document: dict[str, Any], operations: Any) -> None:
    for _, path, operation in operations:
        contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
        contents += [response.get("content", {}) for _, response in answers(document, operation)]
        for media in (media for content in contents for media in content.values()):
            schema = {**media["schema"], "components": {"schemas": named_in(document, media["schema"])}}
            validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            for name, example in media.get("examples", {}).items():
                faults = [fault.message for fault in validator.iter_errors(resolved(document, example)["value"])]
                assert faults == [], f"{operation['operationId']} {path} {name}"


def test_versions_pages_and_repetitions_are_told_by_headers(document: dict[str, Any], operations: Any) -> None:
    for _, path, operation in operations:
        for status, response in answers(document, operation):
            names = set(response["headers"])
            assert {"X-Request-Id", "API-Version", "Content-Language"} <= names
            if status < "300":
                assert ("Link" in names) == (("query", "cursor") in asked(document, operation)), path
                keyed = ("header", "Idempotency-Key") in asked(document, operation)
                assert "Idempotent-Replayed" in names or not keyed or status == "200"
            if status == "503":
                assert "Retry-After" in names
    changing = [operation for *_, operation in operations if "patch" in operation["operationId"]]
    for operation in changing:
        assert set(operation["requestBody"]["content"]) == {"application/json", "application/merge-patch+json"}


async def test_the_service_serves_it(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    answer = await client.get("/openapi.json")
    assert answer.json() == document
    assert answer.headers["cache-control"] == "public, max-age=300"


async def test_the_documentation_needs_no_other_host(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href|url)\s*[=:]\s*["\']([^"\']+)', page.text)
    assert any(link.endswith(".js") for link in links)
    assert re.findall(r"(?:https?:)?//[\w.-]+", page.text) == []
    for link in links:
        answer = await client.get(link)
        assert answer.status_code == 200, link
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
