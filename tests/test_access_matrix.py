"""Who may call what: the matrix and every route, compared both ways with what was typed by hand, then over HTTP."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route as PlainRoute

from app.auth.call import GuardedRoute
from app.auth.scopes import MATRIX
from app.main import ROUTERS
from app.oauth.assertions import token_form
from tests import expectations
from tests.expectations import Route
from tests.factories import CONCLUSION, an_intake, in_days
from tests.personas import PERSONAS, Clients

FRAMEWORK = {"/redoc", "/docs/oauth2-redirect"}
"""Pages that the documentation brings along; they answer nothing of the service."""
MISSING = str(uuid4())
TEXT = {"text": "Xin bổ sung."}
SUPPORT = {"regime": "g", "service": "psychological", "given_on": "2026-11-20", "funding": "state"}
PLAN = {
    "goals": [{"service": "psychological", "text": "Ổn định tâm lý"}],
    "starts_on": "2026-11-20",
    "review_on": "2027-02-20",
    "agreed_on": "2026-11-20",
}
PAPER = {"number": "12/GXN-CA", "issued_on": "2026-11-20"}
BODIES: dict[str, Any] = {
    "PUT /v1/intakes/{intake_id}": an_intake(),
    "POST /v1/intakes": an_intake(),
    "PUT /v1/intakes/{intake_id}/supplements/{supplement_id}": {"kind": "addition", "value": "Có sẹo ở tay."},
    "PATCH /v1/cases/{case_id}": {"sections": {"identity": {"full_name": "Nguyễn Thị Hoa"}}},
    "POST /v1/cases/{case_id}/notes": TEXT,
    "POST /v1/cases/{case_id}/corrections": {"section": "identity", "value": {"sex": "female"}, "reason": "Nhập nhầm"},
    "POST /v1/cases/{case_id}/handovers": {"receiver_id": MISSING},
    "POST /v1/cases/{case_id}/links": {"case_id": MISSING, "relation": "child"},
    "POST /v1/cases/{case_id}/guardians": {
        "full_name": "Phạm Thị Lụa",
        "relation": "grandparent",
        "basis": "appointed",
    },
    "POST /v1/cases/{case_id}/assessments": {
        "kind": "family_safety",
        "assessed_on": "2026-11-20",
        "conclusion": "safe",
        "assessor": "social_worker",
        "text": "Đã đến thăm gia đình.",
    },
    "POST /v1/handovers/{handover_id}/refusals": {"reason": "not_present", "text": "Không đến."},
    "POST /v1/handovers/{handover_id}/cancellations": {"reason": "replaced"},
    "POST /v1/cases/{case_id}/notices": {"recipient_id": MISSING, "kind": "home_province"},
    "POST /v1/cases/{case_id}/consents": {
        "recipient_id": MISSING,
        "purpose": "psychological",
        "sections": ["identity"],
        "language": "vi",
        "method": "spoken",
    },
    "POST /v1/cases/{case_id}/closures": {"reason": "completed", "outcome": "reintegrated"},
    "POST /v1/cases/{case_id}/reopenings": {"reason": "new_need"},
    "POST /v1/case-searches": {"full_name": "Nguyễn Thị Hoa", "birth_year": 1999},
    "POST /v1/cases/{case_id}/verifications": {"verifier_id": MISSING, "kind": "victim"},
    "POST /v1/cases/{case_id}/statements": {
        "text": "Kể lại từ đầu.",
        "taken_at": "2026-11-20T22:41:00+07:00",
        "language": "vi",
        "interpreter": False,
    },
    "POST /v1/verifications/{verification_id}/evidence": {"source": "offender", "text": "Ảnh chụp giấy viết tay."},
    "POST /v1/verifications/{verification_id}/paper-replies": {
        **CONCLUSION,
        "number": "45/CAT-PC02",
        "issued_on": "2026-11-20",
    },
    "POST /v1/verifications/{verification_id}/assistances": {
        "assistant_id": MISSING,
        "question": "Có ai báo mất tích?",
    },
    "POST /v1/assistances/{assistance_id}/answers": TEXT,
    "POST /v1/verifications/{verification_id}/extensions": {"reason": "Cần thêm thời gian"},
    "POST /v1/verifications/{verification_id}/information-requests": TEXT,
    "POST /v1/verifications/{verification_id}/answers": TEXT,
    "POST /v1/verifications/{verification_id}/forwardings": {"verifier_id": MISSING, "reason": "Khác địa bàn"},
    "POST /v1/verifications/{verification_id}/refusals": {"reason": "not_competent"},
    "POST /v1/verifications/{verification_id}/conclusions": CONCLUSION,
    "POST /v1/verifications/{verification_id}/reconsiderations": {"reason": "Có chứng cứ mới"},
    "POST /v1/referrals": {
        "case_id": MISSING,
        "receiver_id": MISSING,
        "service": "psychological",
        "sections": ["identity"],
        "lawful_basis": "statutory_support",
    },
    "POST /v1/referrals/{referral_id}/confirmations": {"lawful_basis": "statutory_support"},
    "POST /v1/referrals/{referral_id}/refusals": {"reason": "no_capacity", "text": "Hết chỗ."},
    "POST /v1/referrals/{referral_id}/information-requests": TEXT,
    "POST /v1/referrals/{referral_id}/answers": TEXT,
    "POST /v1/referrals/{referral_id}/completions": {"outcome": "service_delivered"},
    "POST /v1/referrals/{referral_id}/withdrawals": {"reason": "need_met"},
    "POST /v1/returns": {
        "direction": "inbound",
        "gate_id": MISSING,
        "province_code": "15",
        "arrives_at": in_days(30),
        "means": "air",
    },
    "POST /v1/returns/unannounced": {
        "province_code": "15",
        "means": "land",
        "arrived_at": "2026-11-20T22:41:00+07:00",
    },
    "POST /v1/returns/{return_id}/arrivals": {
        "arrived_at": "2026-11-20T22:41:00+07:00",
        "persons": [{"person_id": MISSING, "result": "arrived"}],
    },
    "POST /v1/returns/{return_id}/cancellations": {"reason": "replaced"},
    "POST /v1/cases/{case_id}/plans": PLAN,
    "POST /v1/cases/{case_id}/certificates": PAPER | {"kind": "return"},
    "POST /v1/certificates/{certificate_id}/corrections": {"holder": {"sex": "female"}, "reason": "Nhập nhầm"},
    "POST /v1/certificates/{certificate_id}/reissues": PAPER | {"reason": "Mất giấy"},
    "POST /v1/certificates/{certificate_id}/revocations": {"reason": "issued_in_error"},
    "POST /v1/verifications/{verification_id}/fine-reviews": {"outcome": "none_found"},
    "PATCH /v1/plans/{plan_id}": {"review_on": "2027-03-20"},
    "POST /v1/plans/{plan_id}/support-items": SUPPORT,
    "POST /v1/plans/{plan_id}/follow-ups": {
        "held_on": "2026-11-20",
        "method": "visit",
        "result": "stable",
        "retrafficking_risk": "low",
    },
    "POST /v1/cases/{case_id}/support-items": SUPPORT,
    "POST /v1/cases/{case_id}/feedback": {"outcome": "found_safe"},
    "POST /v1/cases/{case_id}/placements": {"service_id": MISSING, "started_on": "2026-11-20"},
    "POST /v1/placements/{placement_id}/extensions": {"until": "2027-01-20", "reason": "Chưa có nơi ở"},
    "POST /v1/placements/{placement_id}/ends": {
        "ended_on": "2026-11-20",
        "reason": "moved_on",
        "destination": "own_home",
    },
    "POST /v1/cases/{case_id}/incidents": {
        "kind": "threat",
        "occurred_at": "2026-11-20T22:41:00+07:00",
        "text": "Có người lạ hỏi thăm.",
        "police_id": MISSING,
    },
    "POST /v1/incidents/{incident_id}/resolutions": {"outcome": "made_safe", "text": "Đã chuyển phòng."},
    "POST /v1/cases/{case_id}/protections": {
        "measures": ["refuge"],
        "order_number": "12/QĐ",
        "starts_on": "2026-11-20",
    },
    "POST /v1/protections/{protection_id}/changes": {"measures": ["refuge"], "order_number": "13/QĐ"},
    "POST /v1/protections/{protection_id}/ends": {"ended_on": "2026-11-20", "reason": "danger_over"},
    "POST /v1/receptions": {"place": {"province_code": "15"}, "occurred_at": "2026-11-20T20:10:00+07:00"},
    "PUT /v1/receptions/{reception_id}/lines/{line_id}": {"present": True},
    "POST /v1/receptions/{reception_id}/handovers": {"groups": [{"receiver_id": MISSING, "province_code": "40"}]},
    "POST /v1/cases/{case_id}/applications": {
        "supports": ["initial_allowance"],
        "applicant": "person",
        "text": "Xin trợ cấp.",
        "submitted_on": "2026-11-20",
        "decider_id": MISSING,
    },
    "POST /v1/applications/{application_id}/decisions": {
        "result": "granted",
        "number": "12/QĐ",
        "decided_on": "2026-11-20",
    },
    "POST /v1/applications/{application_id}/withdrawals": {"reason": "need_met"},
    "POST /v1/cases/{case_id}/disbursements": {
        "regime": "k",
        "service": "initial_allowance",
        "amount_vnd": 1_000_000,
        "planned_on": "2026-12-01",
        "funding": "state",
    },
    "POST /v1/disbursements/{disbursement_id}/payments": {
        "paid_on": "2026-11-20",
        "amount_vnd": 1_000_000,
        "receipt_number": "BN-01",
    },
    "POST /v1/disbursements/{disbursement_id}/cancellations": {"reason": "not_happening"},
    "PUT /v1/services/{service_id}/capacity": {"places_total": 10, "places_free": 4},
}
"""A valid body of every write that has members; all other writes take `{}`."""
FILES = {"POST /v1/receptions/{reception_id}/manifests": b"Name,Year of birth\nHoa,1999"}
"""Of every write that takes a file: a text table."""


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
    ours = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    found = [_declared(route, method) for route in ours for method in route.methods or ()]
    return found + [
        Route("GET", route.path, "public")
        for route in app.routes
        if isinstance(route, PlainRoute | APIRoute) and route.path not in FRAMEWORK
    ]


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
    if (content := FILES.get(name(route))) is not None:
        return await clients.send(who, filled(route), content, "text/csv", **headers)
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
