"""Whose an endpoint is, who sees its secret, and what changing it does."""

import asyncio
import base64
import json
from typing import Any
from uuid import uuid4

import pytest

from app.webhooks.actions import MOST_ACTIVE
from tests.conftest import Raw
from tests.factories import a_case
from tests.personas import Clients
from tests.sql import acting, org, refused
from tests.test_journal import disguises, everything
from tests.webhooks.conftest import ENDPOINTS, Hooks
from tests.webhooks.receivers import answering, receiving
from tests.webhooks.test_delivery import signed_by

URL = "http://127.0.0.1:9/hooks"


async def test_the_secret_is_shown_once_and_again_to_the_same_request(clients: Clients) -> None:
    key = str(uuid4())
    made = await clients.ok("demo-border", "POST", ENDPOINTS, {"url": URL}, Idempotency_Key=key)
    again = await clients.call("demo-border", "POST", ENDPOINTS, {"url": URL}, Idempotency_Key=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == made
    assert made["secret"].startswith("whsec_")
    assert 24 <= len(base64.b64decode(made["secret"].removeprefix("whsec_"))) <= 64
    shown = await clients.ok("demo-border", "GET", f"{ENDPOINTS}/{made['id']}")
    listed = await clients.ok("demo-border", "GET", ENDPOINTS)
    assert shown == {name: value for name, value in made.items() if name != "secret"} == listed["items"][0]


async def test_an_organisation_has_twenty_active_endpoints_at_most(clients: Clients, raw: Raw) -> None:
    """Two are asked for at once when one is left, both on their way before either is counted."""
    made = [await clients.ok("demo-border", "POST", ENDPOINTS, {"url": URL}) for _ in range(MOST_ACTIVE - 1)]
    held = ("hashtextextended($1, 0)", f"webhook endpoints of {org('demo-border')}")
    await raw.all.execute(f"select pg_advisory_lock({held[0]})", held[1])
    both = [asyncio.create_task(clients.call("demo-border", "POST", ENDPOINTS, {"url": URL})) for _ in range(2)]
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    async with asyncio.timeout(10):
        while await raw.all.fetchval(waiting) < 2 and not all(each.done() for each in both):
            await asyncio.sleep(0.01)
    assert await raw.all.fetchval(waiting) == 2
    await raw.all.execute(f"select pg_advisory_unlock({held[0]})", held[1])
    answers = [await each for each in both]
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "webhook_limit"}
    path = f"{ENDPOINTS}/{made[0]['id']}"
    off = await clients.ok("demo-border", "PATCH", path, {"status": "disabled"}, etag=made[0]["etag"])
    await clients.ok("demo-border", "POST", ENDPOINTS, {"url": URL})
    on = await clients.call("demo-border", "PATCH", path, {"status": "active"}, etag=off["etag"])
    assert (on.status_code, on.json()["code"]) == (409, "webhook_limit")
    assert (await clients.ok("demo-border", "GET", path))["status"] == "disabled"
    await clients.ok("demo-police", "POST", ENDPOINTS, {"url": URL})


async def test_no_secret_lies_anywhere_in_clear(clients: Clients, raw: Raw) -> None:
    made = await clients.ok("demo-border", "POST", ENDPOINTS, {"url": URL})
    path = f"{ENDPOINTS}/{made['id']}/key-rotations"
    turned = await clients.ok("demo-border", "POST", path, {}, etag=made["etag"])
    stored = await everything(raw.all)
    assert made["id"] in stored
    for secret in (made["secret"], turned["secret"]):
        bare = base64.b64decode(secret.removeprefix("whsec_"))
        marks = [secret.removeprefix("whsec_").casefold(), bare.hex()]
        assert [mark for mark in marks if mark in stored] == []


async def test_while_keys_change_over_both_sign(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(200)) as receiver:
        first = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        path = f"{ENDPOINTS}/{first['id']}/key-rotations"
        second = await clients.ok("demo-border", "POST", path, {"overlap_hours": 24}, etag=first["etag"])
        assert second["secret"] != first["secret"]
        assert second["public_keys"][1:] == first["public_keys"]
        await a_case(clients)
        await hooks.run()
        got = receiver.got[-1]
        for each in (first, second):
            assert got.verified(each["secret"])["type"] == "intake.submitted"
            assert signed_by(each["public_keys"][0], got)
        assert len(got.headers["webhook-signature"].split(" ")) == 4
        third = await clients.ok("demo-border", "POST", path, {"overlap_hours": 0}, etag=second["etag"])
        await a_case(clients)
        await hooks.run()
        got = receiver.got[-1]
        assert got.verified(third["secret"])
        for leaked in (first, second):
            with pytest.raises(Exception, match="No matching signature"):
                got.verified(leaked["secret"])
            assert not signed_by(leaked["public_keys"][0], got)


async def test_a_signature_is_for_one_body_and_one_time(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(200)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.run()
        (got,) = receiver.got
        for changed in ({"webhook-id": str(uuid4())}, {"webhook-timestamp": "1700000000"}):
            with pytest.raises(Exception, match=r"signature|old"):
                type(got)(got.path, {**got.headers, **changed}, got.body).verified(endpoint["secret"])
        forged = type(got)(got.path, got.headers, got.body.replace(b"submitted", b"supplanted"))
        with pytest.raises(Exception, match="signature"):
            forged.verified(endpoint["secret"])
        assert not signed_by(endpoint["public_keys"][0], forged)


async def test_anothers_endpoint_and_deliveries_are_not_there(clients: Clients, hooks: Hooks) -> None:
    made = await clients.ok("demo-border", "POST", ENDPOINTS, {"url": URL})
    path = f"{ENDPOINTS}/{made['id']}"
    sent = await clients.ok("demo-border", "POST", f"{path}/tests", {})
    calls: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("PATCH", path, {"status": "disabled"}),
        ("POST", f"{path}/tests", {}),
        ("POST", f"{path}/key-rotations", {}),
        ("POST", f"{path}/replays", {"since": "2020-01-01T00:00:00Z"}),
        ("GET", f"{path}/deliveries", None),
        ("GET", f"/v1/deliveries/{sent['id']}", None),
        ("POST", f"/v1/deliveries/{sent['id']}/replays", {}),
    ]
    for method, where, body in calls:
        missing = where.replace(made["id"], str(uuid4())).replace(sent["id"], str(uuid4()))
        hidden = await clients.call("demo-labour", method, where, body, etag=made["etag"])
        absent = await clients.call("demo-labour", method, missing, body, etag=made["etag"])
        assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found"), where
        same = {"instance": ""}
        assert hidden.json() | same == absent.json() | same
    assert (await clients.ok("demo-labour", "GET", ENDPOINTS))["items"] == []


async def test_raw_sql_reads_steals_and_forges_nothing(clients: Clients, raw: Raw) -> None:
    made = await clients.ok("demo-border", "POST", ENDPOINTS, {"url": URL})
    await clients.ok("demo-border", "POST", f"{ENDPOINTS}/{made['id']}/tests", {})
    for table in ("webhook_endpoints", "webhook_deliveries"):
        async with acting(raw, "demo-border") as sql:
            assert await sql.fetchval(f"select count(*) from {table}") == 1  # noqa: S608
        for stranger in ("demo-labour", "demo-oversight"):
            async with acting(raw, stranger) as sql:
                assert await sql.fetchval(f"select count(*) from {table}") == 0  # noqa: S608
    async with acting(raw, "demo-labour") as sql:
        assert await sql.fetch("select * from access.webhook_claim(10, false)") == []
        assert await sql.fetch("select * from access.webhook_next($1)", made["id"]) == []
        assert await sql.execute("update webhook_endpoints set url = 'x'") == "UPDATE 0"
        await sql.execute("select access.webhook_release($1, 1000)", made["id"])
        await sql.execute("select access.webhook_settle(id, 'failed', null, null, null) from webhook_deliveries")
    forged = (
        "insert into webhook_endpoints (id, organisation_id, client_id, url, types)"
        " values (gen_random_uuid(), $1, $2, 'https://x', '{}')"
    )
    await refused(raw, "demo-labour", forged, org("demo-border"), "demo-labour")
    await refused(raw, "demo-labour", forged, org("demo-labour"), "demo-border")
    queued = (
        "insert into webhook_deliveries (id, endpoint_id, organisation_id, kind, event_id, seq)"
        " values (gen_random_uuid(), $1, $2, $3, gen_random_uuid(), 1)"
    )
    await refused(raw, "demo-labour", queued, made["id"], org("demo-labour"), "replay")
    await refused(raw, "demo-labour", queued, made["id"], org("demo-border"), "replay")
    await refused(raw, "demo-border", queued, made["id"], org("demo-border"), "event")
    for closed in ("select * from webhook_hosts", "select lane from webhook_deliveries"):
        await refused(raw, "demo-border", closed)
    await refused(raw, "demo-border", "update webhook_endpoints set organisation_id = $1", org("demo-labour"))
    await refused(raw, "demo-border", "update webhook_endpoints set seen = 0")


async def test_an_event_nobody_knows_and_an_empty_change_are_refused(clients: Clients) -> None:
    for body in ({"url": URL, "types": ["case.read"]}, {"url": URL, "types": ["no.such"]}, {"url": "ftp://x.example/"}):
        answer = await clients.call("demo-border", "POST", ENDPOINTS, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    made = await clients.ok("demo-border", "POST", ENDPOINTS, {"url": URL})
    path = f"{ENDPOINTS}/{made['id']}"
    empty = await clients.call("demo-border", "PATCH", path, {}, etag=made["etag"])
    assert empty.status_code == 422
    stale = await clients.call("demo-border", "PATCH", path, {"types": []}, etag='"stale"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


async def test_nothing_sent_says_who_a_person_is(clients: Clients, hooks: Hooks) -> None:
    canary = "Hq7ZwKp3TtRv9"
    async with receiving(answering(200)) as receiver:
        await hooks.endpoint("demo-border", receiver.url)
        await a_case(clients, text=canary)
        await hooks.run()
        sent = "\n".join(json.dumps(got.headers) + got.body.decode() for got in receiver.got).casefold()
        assert "intake.submitted" in sent
        assert not [mark for mark in [*disguises(canary), "nguyễn", "thị hoa"] if mark in sent]
