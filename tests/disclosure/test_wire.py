"""No text member and no path is forgotten: what can be sent is planted and filed, what can be read is looked into."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from tests import expectations
from tests.disclosure.policy import KINDS, POLICY
from tests.disclosure.wire import TYPED, WEBHOOKS, belongs, planted, text_members
from tests.whole_walk import STEPS

UNSTORED = {"POST /v1/case-searches"}
"""Calls whose words are asked with and not kept; the sweep asks with canaries."""
CODES = {
    ("POST /v1/cases/{case_id}/consents", "/purpose"),
    ("POST /v1/cases/{case_id}/overrides", "/purpose"),
    ("POST /v1/cases/{case_id}/statements", "/language"),
    ("POST /v1/cases/{case_id}/exclusions", "/officer"),
    ("POST /v1/contact-requests", "/handle"),
    ("POST /v1/break-glass", "/handle"),
    *(("POST /v1/webhook-endpoints", at) for at in ("/url", "/types/*")),
    *(("PATCH /v1/webhook-endpoints/{endpoint_id}", at) for at in ("/url", "/types", "/types/*")),
}
"""Codes of which the contract says more than the name of their list, handles, an officer's opaque id, and where and of
which kinds of event a system wants to be told."""


def stored_members(contract: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {member for member in text_members(contract) if member[0] not in UNSTORED} - CODES


def unplanted(members: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Members without a canary anywhere in or under them."""
    found = planted(STEPS)
    return sorted(
        (route, at) for route, at in members if not any(r == route and f"{p}/".startswith(f"{at}/") for r, p in found)
    )


async def test_every_text_member_of_every_request_is_planted_with_a_canary(app: FastAPI) -> None:
    members = stored_members(app.openapi())
    assert len(members) > 250
    assert unplanted(members) == []


async def test_every_text_member_is_filed_under_the_policy_and_nothing_else_is(app: FastAPI) -> None:
    assert sorted(member for member in stored_members(app.openapi()) if not belongs(*member)[1]) == []
    files = {route.method + " " + route.path for route in expectations.routes()}
    assert TYPED["words"].keys() - files == set()


async def test_a_new_text_member_is_noticed(app: FastAPI) -> None:
    """Seen to fail: a member nobody plants, in a body that the walk sends."""
    contract: dict[str, Any] = {**app.openapi()}
    body = contract["paths"]["/v1/cases/{case_id}/notes"]["post"]["requestBody"]["content"]["application/json"]
    more = {"paths": {"/v1/cases/{case_id}/notes": {"post": {"requestBody": {"content": {"application/json": {
        "schema": {"allOf": [body["schema"], {"type": "object", "properties": {"aside": {"type": "string"}}}]}
    }}}}}}, "components": contract["components"]}  # fmt: skip
    assert unplanted(text_members(more)) == [("POST /v1/cases/{case_id}/notes", "/aside")]


def test_every_path_with_an_id_is_shown_under_a_record_of_the_policy() -> None:
    typed = {path for paths in TYPED["shows"].values() for path in paths}
    served = {
        r.path for r in expectations.routes() if r.method == "GET" and r.path.startswith("/v1/") and "{" in r.path
    }
    public = {"/v1/code-lists/{name}", "/v1/organisations/{organisation_id}", "/v1/services/{service_id}"}
    elsewhere = {"/v1/cases/{case_id}/forms/{form_code}", "/v1/operations/{operation_id}"}
    assert {path for path in served - public - elsewhere if not WEBHOOKS.match(path)} == typed
    assert TYPED["shows"].keys() <= KINDS.keys()


def test_every_list_is_looked_into() -> None:
    typed = {path.partition("?")[0] for path in TYPED["lists"]}
    served = {
        r.path for r in expectations.routes() if r.method == "GET" and r.path.startswith("/v1/") and "{" not in r.path
    }
    assert served - {"/v1/code-lists", "/v1/events/stream"} == typed  # the stream tells what the feed does


def test_every_relation_and_reader_of_the_policy_is_told_in_both_languages() -> None:
    for part in ("relations", "readers", "records"):
        assert all(each["vi"] and each["en"] for each in POLICY[part].values())
    records = POLICY["records"].values()
    named = {name for record in records for which in ("seen_by", "words") for name in record.get(which, ())}
    narrower = {name for typed in TYPED["narrower"].values() for name in typed["readers"]}
    assert named | narrower == set(POLICY["readers"])
