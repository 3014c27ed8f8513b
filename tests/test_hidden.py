"""Hidden and missing are one answer: every route that names a record, asked for one that is there and one that is not.

The answers must be the same byte for byte but for the request's own id, and leave the same audit entry.
"""

import re
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests import expectations
from tests.bodies import BODIES
from tests.conftest import Raw
from tests.expectations import Route
from tests.factories import an_intake
from tests.lived import a_lived_case
from tests.personas import PERSONAS, Clients
from tests.test_access_matrix import FILES, expected_refusal, name

TABLES = {
    "application_id": "applications",
    "assessment_id": "assessments",
    "assistance_id": "assistances",
    "break_glass_id": "break_glass",
    "case_id": "cases",
    "certificate_id": "certificates",
    "consent_id": "consents",
    "correction_id": "corrections",
    "delivery_id": "webhook_deliveries",
    "endpoint_id": "webhook_endpoints",
    "disbursement_id": "disbursements",
    "evidence_id": "verification_evidence",
    "exclusion_id": "case_exclusions",
    "feedback_id": "case_feedback",
    "fine_review_id": "fine_reviews",
    "follow_up_id": "follow_ups",
    "guardian_id": "guardians",
    "handover_id": "handovers",
    "incident_id": "incidents",
    "intake_id": "intakes",
    "line_id": "reception_lines",
    "manifest_id": "reception_manifests",
    "note_id": "case_notes",
    "operation_id": "operations",
    "notice_id": "notices",
    "override_id": "overrides",
    "placement_id": "placements",
    "plan_id": "plans",
    "protection_id": "protections",
    "reception_handover_id": "reception_handovers",
    "reception_id": "receptions",
    "referral_id": "referrals",
    "request_id": "contact_requests",
    "return_id": "returns",
    "statement_id": "case_entries",
    "supplement_id": "intake_supplements",
    "support_item_id": "support_items",
    "verification_id": "verifications",
}
"""Where the ids of a path lie. Not here: what everybody may see (organisations, services) and words of a path."""
STRANGERS = ["demo-stranger", "demo-other-police", "demo-commune", "demo-hotline"]
"""None of them has a part in anything of the lived case; between them they hold every capability but oversight's."""
TAG = '"AAAAAAAAAAAAAAAAAAAA"'


def _named(route: Route) -> list[str]:
    return [word for word in re.findall(r"{(\w+)}", route.path) if word in TABLES]


OWN_ID = "PUT /v1/intakes/{intake_id}"
"""Takes in a new record under an id that others may use too (tests/test_known_papers.py)."""
ROUTES = [route for route in expectations.routes() if _named(route) and name(route) != OWN_ID]


def test_every_route_with_an_id_is_asked() -> None:
    words = {word for route in expectations.routes() for word in re.findall(r"{(\w+)}", route.path)}
    assert words - set(TABLES) == {"organisation_id", "service_id", "name", "code", "form_code"}
    assert len(ROUTES) > 120


def _asked_by(route: Route) -> list[str]:
    return [who for who in STRANGERS if not expected_refusal(route, PERSONAS[who].agency)]


@pytest.fixture
async def ids(clients: Clients, raw: Raw) -> dict[str, str]:
    """The id of a record of every kind, all of them hidden from the strangers."""
    await a_lived_case(clients)
    found = {}
    for word, table in TABLES.items():
        section = " where section = 'statement'" if word == "statement_id" else ""
        found[word] = str(await raw.all.fetchval(f"select id from {table}{section} limit 1"))  # noqa: S608
    assert "None" not in found.values()
    return found


async def test_every_route_answers_hidden_and_missing_with_the_same_bytes(
    clients: Clients, raw: Raw, ids: dict[str, str]
) -> None:
    faults, asked = [], 0
    for route in ROUTES:
        for who in _asked_by(route):
            hidden = await _ask(clients, who, route, ids)
            missing = await _ask(clients, who, route, {})
            entries = [await entries_of(raw.all, answer) for answer in (hidden, missing)]
            asked += 1
            if _kept(hidden) != _kept(missing) or entries[0] != entries[1] or hidden.status_code != 404:
                faults.append(f"{name(route)} by {who}: {hidden.status_code} and {missing.status_code}")
    assert asked > 350
    assert faults == []


async def _ask(clients: Clients, who: str, route: Route, ids: dict[str, str]) -> httpx.Response:
    words = {word: ids.get(word, str(uuid4())) for word in re.findall(r"{(\w+)}", route.path)} | {"form_code": "D01"}
    path = route.path.format(**words)
    if (file := FILES.get(name(route))) is not None:
        return await clients.send(who, path, *file)
    body = BODIES.get(name(route), {}) if route.method in ("POST", "PUT", "PATCH") else None
    return await clients.call(who, route.method, path, body, etag=TAG if route.etag else None)


def _kept(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """The answer without what names the request itself."""
    own = answer.headers["X-Request-Id"]
    headers = {header: value for header, value in answer.headers.items() if header != "x-request-id"}
    return answer.status_code, answer.content.replace(own.encode(), b""), headers


async def entries_of(connection: asyncpg.Connection, answer: httpx.Response) -> list[dict[str, Any]]:
    """What the request left in the audit, without the id that was asked for."""
    rows = await connection.fetch(
        "select * from audit_entries where request_id = $1", UUID(answer.headers["X-Request-Id"])
    )
    passing = ("id", "at", "request_id", "subject_id", "leaf")
    return [{column: value for column, value in row.items() if column not in passing} for row in rows]


async def test_an_id_in_a_body_is_one_refusal_whether_hidden_or_missing(clients: Clients, ids: dict[str, str]) -> None:
    sent: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/referrals", {**BODIES["POST /v1/referrals"], "receiver_id": str(PERSONAS["demo-ngo"].id)}),
        ("POST", "/v1/intakes", an_intake(accompanying_minors=[])),
    ]
    for method, path, body in sent:
        answers = [
            await clients.call("demo-commune", method, path, {**body, "case_id": case_id})
            for case_id in (ids["case_id"], str(uuid4()))
        ]
        assert [(each.status_code, each.json()["code"]) for each in answers] == [(422, "unknown_reference")] * 2
        assert _kept(answers[0]) == _kept(answers[1])


async def test_a_difference_in_one_byte_or_header_is_noticed() -> None:
    def made(content: bytes = b'{"instance":"1"}', **headers: str) -> httpx.Response:
        return httpx.Response(404, headers={"X-Request-Id": "1", **headers}, content=content)

    assert _kept(made()) == _kept(httpx.Response(404, headers={"X-Request-Id": "2"}, content=b'{"instance":"2"}'))
    assert _kept(made()) != _kept(made(b'{"instance":"1" }'))
    assert _kept(made()) != _kept(made(Cache="no"))
