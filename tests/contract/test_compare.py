"""The comparer refuses what breaks a client, kind by kind, and lets everything else pass."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.contract.compare import admitted, bare, breaking, last_release

FOLDER = Path(__file__).parents[2] / "openapi"
Document = dict[str, Any]
Change = Callable[[Document], Any]
REFERRALS, CASE = "/v1/referrals", "/v1/cases/{case_id}"
CONFIRMING = "/v1/handovers/{handover_id}/confirmations"


@pytest.fixture(scope="module")
def now() -> Document:
    """The committed contract, which another test finds to be the application's."""
    kept: Document = bare(whole())
    return kept


def whole() -> Document:
    found: Document = json.loads((FOLDER / "openapi.json").read_text("utf-8"))
    return found


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def member(document: Document, name: str, of: str) -> Document:
    found: Document = schema(document, of)["properties"][name]
    return found


def sending(document: Document) -> Document:
    found: Document = document["paths"][REFERRALS]["post"]
    return found


def header(name: str) -> Document:
    return {"in": "header", "name": name, "schema": {"type": "string"}}


BREAKING: dict[str, tuple[Change, str]] = {
    "a path removed": (lambda d: d["paths"].pop(CASE), f"{CASE}: path removed"),
    "a method removed": (lambda d: d["paths"][CASE].pop("patch"), f"PATCH {CASE}: method removed"),
    "an operation renamed": (
        lambda d: sending(d).update(operationId="send"),
        f"POST {REFERRALS}: operationId changed from post_referrals to send",
    ),
    "a member of an answer removed": (
        lambda d: schema(d, "CaseOut")["properties"].pop("custodian_id"),
        "CaseOut.custodian_id: member removed",
    ),
    "a member of an answer no longer sure": (
        lambda d: schema(d, "CaseOut")["required"].remove("etag"),
        "CaseOut.etag: member may now be missing",
    ),
    "a member of a request no longer taken": (
        lambda d: schema(d, "ReferralIn")["properties"].pop("note"),
        "ReferralIn.note: member removed",
    ),
    "a new member required of a request": (
        lambda d: schema(d, "ReferralIn")["required"].append("urgency"),
        "ReferralIn.urgency: member is now required",
    ),
    "a type changed": (
        lambda d: member(d, "reference", "CaseOut").update(type="integer"),
        "CaseOut.reference: type changed from string to integer",
    ),
    "null no longer taken": (
        lambda d: member(d, "note", "ReferralIn")["anyOf"].pop(),
        "ReferralIn.note: type changed from null to string",
    ),
    "a format changed": (
        lambda d: member(d, "created_at", "CaseOut").update(format="date"),
        "CaseOut.created_at: format changed from date-time to date",
    ),
    "a code no longer taken": (
        lambda d: schema(d, "ServiceCode")["enum"].remove("shelter"),
        "ServiceCode: value shelter no longer taken",
    ),
    "a value added to a closed list": (
        lambda d: schema(d, "Section")["enum"].append("finances"),
        "Section: value finances was not in this closed list",
    ),
    "a length tightened": (
        lambda d: member(d, "case_id", "ReferralIn").update(maxLength=35),
        "ReferralIn.case_id: maxLength tightened from 36 to 35",
    ),
    "a count tightened": (
        lambda d: member(d, "sections", "ReferralIn").update(maxItems=1),
        "ReferralIn.sections: maxItems tightened from 11 to 1",
    ),
    "a pattern changed": (
        lambda d: d["components"]["parameters"]["Acting-Officer"]["schema"].update(pattern="^[a-z]+$"),
        f"POST {REFERRALS}: parameter header:Acting-Officer: pattern changed",
    ),
    "a parameter removed": (
        lambda d: d["paths"][REFERRALS]["get"]["parameters"].pop(0),
        f"GET {REFERRALS}: parameter query:box removed",
    ),
    "a new parameter required": (
        lambda d: sending(d)["parameters"].append(header("X-Region") | {"required": True}),
        f"POST {REFERRALS}: parameter header:X-Region is now required",
    ),
    "a scope replaced": (
        lambda d: sending(d).update(security=[{"OAuth2": ["ngo:referral.respond"]}]),
        f"POST {REFERRALS}: security is stricter, OAuth2 ngo:referral.write no longer admits",
    ),
    "a public call closed": (
        lambda d: d["paths"]["/problems"]["get"].update(security=[{"OAuth2": []}]),
        "GET /problems: security is stricter, no token no longer admits",
    ),
    "a success by another status": (
        lambda d: sending(d)["responses"].update({"202": sending(d)["responses"].pop("201")}),
        f"POST {REFERRALS}: success status 201 removed",
    ),
    "a media type removed": (
        lambda d: d["paths"][CASE]["patch"]["requestBody"]["content"].pop("application/json"),
        f"PATCH {CASE}: body: media type application/json removed",
    ),
    "a header of an answer removed": (
        lambda d: d["paths"][REFERRALS]["get"]["responses"]["200"]["headers"].pop("Link"),
        f"GET {REFERRALS}: 200: header Link removed",
    ),
    "a body required of an action": (
        lambda d: d["paths"][CONFIRMING]["post"]["requestBody"].update(required=True),
        f"POST {CONFIRMING}: a body is now required",
    ),
}

FREE: dict[str, Change] = {
    "a path": lambda d: d["paths"].update({"/v1/new": d["paths"]["/healthz"]}),
    "a method": lambda d: d["paths"][CASE].update(put=d["paths"][CASE]["patch"]),
    "an optional member of a request": lambda d: schema(d, "ReferralIn")["properties"].update(hint={"type": "string"}),
    "a member of an answer": lambda d: schema(d, "CaseOut")["properties"].update(hint={"type": "string"}),
    "a member of an answer made sure": lambda d: schema(d, "Problem")["required"].append("params"),
    "an optional parameter": lambda d: sending(d)["parameters"].append(header("X-Region")),
    "a code of a list": lambda d: schema(d, "ServiceCode")["enum"].append("housing"),
    "a longer text taken": lambda d: member(d, "case_id", "ReferralIn").update(maxLength=64),
    "null taken too": lambda d: member(d, "service", "ReferralIn").update(
        {"anyOf": [{"$ref": "#/components/schemas/ServiceCode"}, {"type": "null"}]}
    ),
    "another way in": lambda d: sending(d)["security"].append({"OAuth2": ["operator:referral.write"]}),
    "a further success": lambda d: sending(d)["responses"].update({"202": sending(d)["responses"]["201"]}),
    "a refusal removed": lambda d: sending(d)["responses"].pop("409"),
    "a media type": lambda d: d["paths"][CASE]["patch"]["requestBody"]["content"].update({"application/x": {}}),
    "a header of an answer": lambda d: sending(d)["responses"]["201"]["headers"].update({"X-New": {}}),
    "other words": lambda d: sending(d).update(summary="…", description="…", tags=["else"]),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_a_breaking_change_is_named(now: Document, kind: str) -> None:
    change, named = BREAKING[kind]
    changed = deepcopy(now)
    change(changed)
    assert named in breaking(now, changed)


@pytest.mark.parametrize("kind", FREE)
def test_whatever_else_is_added_breaks_nobody(now: Document, kind: str) -> None:
    changed = deepcopy(now)
    FREE[kind](changed)
    assert breaking(now, changed) == []


def test_what_never_breaks_anything_is_not_kept_of_a_release(now: Document) -> None:
    assert breaking(whole(), now) == breaking(now, whole()) == []


def test_a_breaking_change_needs_a_new_major(now: Document) -> None:
    assert not admitted(now, now)
    assert not admitted(now, {"info": {"version": "1.9.0"}})
    assert admitted(now, {"info": {"version": "2.0.0"}})


def test_the_contract_breaks_nothing_that_was_released(now: Document) -> None:
    released = last_release(FOLDER / "released")
    assert admitted(released, now) or breaking(released, now) == []
