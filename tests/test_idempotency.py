"""Sending again is always safe: one effect, the same answer, whatever has happened to the record in between."""

import json
import unicodedata
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.bad_requests import row_counts
from tests.conftest import Raw
from tests.factories import (
    a_case,
    a_consent,
    a_held_case,
    a_proposed_handover,
    a_referral,
    an_intake,
)
from tests.personas import PERSONAS, Clients, Story

REPLAYED = "Idempotent-Replayed"
NOTE = {"text": "Ghi chú của ca trực đêm."}


async def custody_moves_on(clients: Clients, story: Story, receiver: str = "demo-labour") -> None:
    await a_proposed_handover(clients, story, "demo-border", receiver)
    path = f"/v1/handovers/{story.handover['id']}"
    etag = (await clients.ok(receiver, "GET", path))["etag"]
    await clients.ok(receiver, "POST", f"{path}/confirmations", {}, etag=etag)


async def test_a_repeated_key_gets_the_same_status_and_id(clients: Clients, raw: Raw) -> None:
    story, key = await a_case(clients), str(uuid4())
    path = f"/v1/cases/{story.case}/notes"
    first = await clients.call("demo-border", "POST", path, NOTE, Idempotency_Key=key)
    again = await clients.call("demo-border", "POST", path, NOTE, Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert await raw.all.fetchval("select count(*) from case_notes") == 1


async def test_a_key_in_quotes_is_the_same_key(clients: Clients) -> None:
    story, key = await a_case(clients), str(uuid4())
    path = f"/v1/cases/{story.case}/notes"
    await clients.ok("demo-border", "POST", path, NOTE, Idempotency_Key=key)
    again = await clients.call("demo-border", "POST", path, NOTE, Idempotency_Key=f'"{key}"')
    assert again.headers[REPLAYED] == "true"


async def test_a_lost_reply_about_what_has_become_hidden_comes_back_as_the_id_alone(clients: Clients) -> None:
    story, key = await a_case(clients), str(uuid4())
    path = f"/v1/cases/{story.case}/notes"
    first = await clients.ok("demo-border", "POST", path, NOTE, Idempotency_Key=key)
    await custody_moves_on(clients, story)
    again = await clients.call("demo-border", "POST", path, NOTE, Idempotency_Key=key)
    assert (again.status_code, again.json()) == (201, {"id": first["id"]})
    assert again.headers[REPLAYED] == "true"


async def test_a_replay_shows_the_record_as_it_is_now(clients: Clients) -> None:
    story, key = await a_case(clients), str(uuid4())
    body = {"receiver_id": str(PERSONAS["demo-labour"].id), "with_cases": [story.child]}
    path = f"/v1/cases/{story.case}/handovers"
    proposed = await clients.ok("demo-border", "POST", path, body, Idempotency_Key=key)
    etag = (await clients.ok("demo-labour", "GET", f"/v1/handovers/{proposed['id']}"))["etag"]
    await clients.ok("demo-labour", "POST", f"/v1/handovers/{proposed['id']}/confirmations", {}, etag=etag)
    again = await clients.call("demo-border", "POST", path, body, Idempotency_Key=key)
    assert (again.status_code, again.json()["status"]) == (201, "received")


async def test_a_replay_comes_before_stale_conflict_and_hidden(clients: Clients) -> None:
    story = await a_referral(clients)
    path, key = f"/v1/referrals/{story.referral['id']}", str(uuid4())
    etag = (await clients.ok("demo-ngo", "GET", path))["etag"]
    first = await clients.ok("demo-ngo", "POST", f"{path}/acceptances", {}, etag=etag, Idempotency_Key=key)
    # Neither is the old version current any more, nor can an accepted referral be accepted.
    for version in (etag, first["etag"], '"of-another-record"'):
        again = await clients.call("demo-ngo", "POST", f"{path}/acceptances", {}, etag=version, Idempotency_Key=key)
        assert (again.status_code, again.headers[REPLAYED]) == (200, "true")
        assert again.json() == first


async def test_another_body_under_the_same_key_is_refused(clients: Clients, raw: Raw) -> None:
    story, key = await a_case(clients), str(uuid4())
    path = f"/v1/cases/{story.case}/notes"
    await clients.ok("demo-border", "POST", path, NOTE, Idempotency_Key=key)
    other = await clients.call("demo-border", "POST", path, {"text": "Khác."}, Idempotency_Key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await raw.all.fetchval("select count(*) from case_notes") == 1


@pytest.fixture
async def colleague(clients: Clients, raw: Raw) -> AsyncIterator[str]:
    """A second client of the border post."""
    name, key = "demo-border-two", clients.key("demo-border-two")
    copied = (
        "insert into clients (id, organisation_id, name, mode, scopes, dpop_required)"
        " select $1, organisation_id, $1, mode, scopes, dpop_required"
    )
    await raw.all.execute(f"{copied} from clients where id = 'demo-border'", name)
    jwk = json.dumps(dict(key.public))
    await raw.all.execute("insert into client_keys (client_id, kid, jwk) values ($1, $2, $3)", name, key.kid, jwk)
    yield name
    for table in ("assertion_uses", "client_keys"):
        await raw.all.execute(f"delete from {table} where client_id = $1", name)  # noqa: S608
    await raw.all.execute("delete from clients where id = $1", name)


async def test_keys_never_meet_across_organisations_clients_and_paths(clients: Clients, colleague: str) -> None:
    key = str(uuid4())
    made = [
        await clients.call(name, "POST", "/v1/intakes", an_intake(), Idempotency_Key=key)
        for name in ("demo-border", "demo-police", colleague)
    ]
    case = made[0].json()["case"]["id"]
    made += [
        await clients.call(name, "POST", f"/v1/cases/{case}/notes", NOTE, Idempotency_Key=key)
        for name in ("demo-border", colleague)
    ]
    assert [(answer.status_code, REPLAYED in answer.headers) for answer in made] == [(201, False)] * 5
    assert len({answer.json()["id"] for answer in made}) == 5


async def test_what_was_refused_keeps_no_key(clients: Clients, raw: Raw) -> None:
    story, key = await a_held_case(clients), str(uuid4())
    consent = await a_consent(clients, story)
    before = await row_counts(raw.all)
    body = {
        "case_id": story.case,
        "receiver_id": str(PERSONAS["demo-ngo"].id),
        "service": "psychological",
        "sections": ["contact"],
        "consent_id": consent["id"],
    }
    refused = await clients.call("demo-labour", "POST", "/v1/referrals", body, Idempotency_Key=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "consent_required")
    assert await row_counts(raw.all) == {**before, "audit_entries": before["audit_entries"] + 1}
    mended = await clients.call(
        "demo-labour", "POST", "/v1/referrals", {**body, "sections": ["needs"]}, Idempotency_Key=key
    )
    assert (mended.status_code, REPLAYED in mended.headers) == (201, False)


async def test_a_key_row_holds_no_body(clients: Clients, raw: Raw) -> None:
    await clients.ok("demo-border", "POST", "/v1/intakes", an_intake(), Idempotency_Key="may-tram-lao-cai-0001")
    (row,) = await raw.all.fetch("select * from idempotency_keys")
    assert set(row.keys()) == {"scope", "organisation_id", "fingerprint", "status_code", "resource_id", "created_at"}
    assert (len(row["scope"]), len(row["fingerprint"])) == (32, 64)
    assert "lao-cai" not in repr(tuple(row.values()))


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_composed_and_decomposed_letters_are_the_same_body(clients: Clients, method: str) -> None:
    intake_id, key = str(uuid4()), str(uuid4())
    path = "/v1/intakes" if method == "POST" else f"/v1/intakes/{intake_id}"
    answers = []
    for form in ("NFC", "NFD"):
        body = _normalised(an_intake(), form)
        changes = {"Idempotency_Key": key if method == "POST" else None}
        answers.append(await clients.call("demo-border", method, path, body, **changes))
    assert answers[0].json()["digest"] == answers[1].json()["digest"]
    assert answers[1].headers[REPLAYED] == "true"


def _normalised(value: Any, form: str) -> Any:
    match value:
        case dict():
            return {name: _normalised(item, form) for name, item in value.items()}
        case list():
            return [_normalised(item, form) for item in value]
        case str():
            return unicodedata.normalize(form, value)  # type: ignore[arg-type]
    return value


async def test_order_of_members_and_spaces_make_no_other_body(clients: Clients) -> None:
    story, key = await a_case(clients), str(uuid4())
    path = f"/v1/cases/{story.case}/corrections"
    headers = await clients.headers("demo-border", "POST", {"Idempotency-Key": key, "Content-Type": "application/json"})
    spellings = (
        '{"section": "contact", "value": {"address": "B\\u1ea3n L\\u1ea7u"}, "reason": "x"}',
        '{ "reason":"x","value":{"address":"Bản Lầu"},\n"section":"contact"}',
    )
    first, second = [await clients.http.post(path, content=text.encode(), headers=headers) for text in spellings]
    assert (first.status_code, second.status_code) == (201, 201), first.text
    assert second.headers[REPLAYED] == "true"


async def test_a_put_with_another_body_conflicts_and_the_first_stays(clients: Clients, raw: Raw) -> None:
    path = f"/v1/intakes/{uuid4()}"
    first = await clients.ok("demo-border", "PUT", path, an_intake())
    other = await clients.call("demo-border", "PUT", path, an_intake(text="Khác."))
    assert (other.status_code, other.json()["code"]) == (409, "intake_conflict")
    again = await clients.call("demo-border", "PUT", path, an_intake())
    assert (again.status_code, again.json()) == (200, first)


async def test_two_organisations_may_choose_the_same_id(clients: Clients) -> None:
    path = f"/v1/intakes/{uuid4()}"
    answers = [await clients.call(name, "PUT", path, an_intake()) for name in ("demo-border", "demo-police")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["case"]["id"] for answer in answers}) == 2


async def creating(clients: Clients, story: Story, consent_id: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Persona, method, path, body of calls that create."""
    to_ngo, to_commune = (str(PERSONAS[name].id) for name in ("demo-ngo", "demo-commune"))
    referral = {"case_id": story.case, "receiver_id": to_ngo, "service": "psychological"}
    handover = {"receiver_id": to_commune, "with_cases": [story.child]}
    return [
        ("demo-border", "PUT", f"/v1/intakes/{uuid4()}", an_intake()),
        ("demo-border", "POST", "/v1/intakes", an_intake()),
        ("demo-border", "PUT", f"/v1/intakes/{story.intake}/supplements/{uuid4()}", {"kind": "addition", "value": 1}),
        ("demo-labour", "POST", "/v1/referrals", {**referral, "sections": ["needs"], "consent_id": consent_id}),
        ("demo-labour", "POST", f"/v1/cases/{story.case}/handovers", handover),
        ("demo-labour", "POST", f"/v1/cases/{story.case}/notes", NOTE),
    ]


async def test_validate_only_stores_nothing_and_needs_no_key(clients: Clients, raw: Raw) -> None:
    story = await a_held_case(clients)
    consent = await a_consent(clients, story)
    before = await row_counts(raw.all)
    for persona, method, path, body in await creating(clients, story, consent["id"]):
        answer = await clients.call(persona, method, f"{path}?validate_only=true", body, Idempotency_Key=None)
        assert (answer.status_code, answer.json()) == (200, {"valid": True}), path
    assert await row_counts(raw.all) == before


async def test_validate_only_reports_the_same_refusals(clients: Clients) -> None:
    story = await a_held_case(clients)
    consent = await a_consent(clients, story)
    for persona, method, path, body in await creating(clients, story, consent["id"]):
        for change in ({"colour": "red"}, {"case_id": str(uuid4())}, {"receiver_id": str(uuid4())}):
            faulty = {**body, **change}
            really = await clients.call(persona, method, path, faulty)
            tried = await clients.call(persona, method, f"{path}?validate_only=true", faulty)
            assert really.status_code == 422, (path, change)
            assert _said(tried) == _said(really)


def _said(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, {name: value for name, value in answer.json().items() if name != "instance"}


async def test_a_read_is_never_dry(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    await clients.ok("demo-border", "GET", f"/v1/cases/{story.case}?validate_only=true")
    assert await raw.all.fetchval("select count(*) from audit_entries where event = 'case.read'") == 1


async def test_a_misspelt_dry_run_is_refused_rather_than_stored(clients: Clients, raw: Raw) -> None:
    before = await row_counts(raw.all)
    for word in ("True", "1", "yes", ""):
        answer = await clients.call("demo-border", "PUT", f"/v1/intakes/{uuid4()}?validate_only={word}", an_intake())
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert await row_counts(raw.all) == before
