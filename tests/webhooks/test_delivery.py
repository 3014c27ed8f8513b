"""Every event of an organisation's feed reaches its endpoint, signed, whatever the receiver does in between."""

import asyncio
import base64
import json
import os
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.embedded import Server
from app.events.relay import advance, forget
from app.webhooks.relay import LOG, Relay
from app.webhooks.sending import Sender
from tests.factories import a_case, a_confirmation, a_held_case, a_proposed_handover, a_referral, an_action
from tests.personas import ISSUER, Clients
from tests.served import served
from tests.webhooks import receivers
from tests.webhooks.conftest import ENDPOINTS, Hooks
from tests.webhooks.receivers import Answer, Got, answering, receiving

OPENED = ["case.opened", "case.opened", "intake.submitted"]


async def test_what_the_feed_tells_arrives_as_a_signed_cloud_event(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(204)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url)
        await a_case(clients)
        await hooks.run()
        fed = (await clients.ok("demo-border", "GET", "/v1/events"))["items"]
        assert [got.verified(endpoint["secret"]) for got in receiver.got] == fed
        assert sorted(event["type"] for event in fed)[:3] == OPENED
        for got, event in zip(receiver.got, fed, strict=True):
            assert got.headers["content-type"] == "application/cloudevents+json"
            assert got.headers["webhook-id"] == event["id"]
            assert signed_by(endpoint["public_keys"][0], got)
    assert [row["status"] for row in await hooks.log("demo-border", endpoint)] == ["delivered"] * 4


def signed_by(public_key: str, got: Got) -> bool:
    """By hand, as a receiver without the library would do it."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    signed = b".".join([got.headers["webhook-id"].encode(), got.headers["webhook-timestamp"].encode(), got.body])
    marks = [mark for mark in got.headers["webhook-signature"].split(" ") if mark.startswith("v1a,")]
    for mark in marks:
        try:
            key.verify(base64.b64decode(mark.removeprefix("v1a,")), signed)
        except Exception:  # noqa: S112
            continue
        return True
    return False


async def test_types_choose_and_what_was_before_the_endpoint_is_not_sent(clients: Clients, hooks: Hooks) -> None:
    await a_case(clients)
    async with receiving(answering(200)) as receiver:
        await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await hooks.run()
        assert receiver.got == []
        await a_case(clients)
        await hooks.run()
        assert receiver.types == ["intake.submitted"]


FAILURES = [
    ("silent", receivers.silent, "timed_out"),
    ("dripping", receivers.dripping, "timed_out"),
    ("garbage", receivers.garbage, "not_http"),
    ("hanging up", receivers.hanging_up, "not_http"),
    ("500", answering(500), "answered"),
    ("404", answering(404), "answered"),
    ("304", answering(304), "answered"),
]


@pytest.mark.parametrize(("name", "answer", "result"), FAILURES, ids=[name for name, *_ in FAILURES])
async def test_what_fails_is_tried_again_and_delivered_once_the_receiver_is_well(
    clients: Clients, hooks: Hooks, name: str, answer: Answer, result: str
) -> None:
    async with receiving(answer) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.run()
        (row,) = await hooks.log("demo-border", endpoint)
        assert (row["status"], row["attempts"], row["result"]) == ("pending", 1, result)
        assert (await clients.ok("demo-border", "GET", f"{ENDPOINTS}/{endpoint['id']}"))["failing_since"]
        receiver.answer = answering(200)
        await hooks.later()
        (row,) = await hooks.log("demo-border", endpoint)
        assert (row["status"], row["attempts"], row["status_code"]) == ("delivered", 2, 200)
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
        assert (await clients.ok("demo-border", "GET", f"{ENDPOINTS}/{endpoint['id']}"))["failing_since"] is None


async def test_a_good_answer_with_a_body_without_end_is_a_good_answer(clients: Clients, hooks: Hooks) -> None:
    async with receiving(receivers.flooding) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.run()
    assert [row["status"] for row in await hooks.log("demo-border", endpoint)] == ["delivered"]


async def test_410_disables_the_endpoint_and_its_owner_is_told(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(410)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url)
        await a_case(clients)
        await hooks.run()
        await hooks.later()
        assert receiver.connections == 1
        path = f"{ENDPOINTS}/{endpoint['id']}"
        off = await clients.ok("demo-border", "GET", path)
        assert (off["status"], off["reason"], off["available_actions"]) == ("disabled", "gone", ["enable"])
        told = (await clients.ok("demo-border", "GET", "/v1/events?types=webhook.disabled"))["items"]
        assert [event["subject"] for event in told] == [f"webhook_endpoint/{endpoint['id']}"]
        entry = await hooks.raw.all.fetchrow("select * from audit_entries where event = 'webhook.disabled'")
        assert (entry["client_id"], json.loads(entry["facts"])) == ("relay", {"reason": "gone"})
        receiver.answer = answering(200)
        await clients.ok("demo-border", "PATCH", path, {"status": "active"}, etag=off["etag"])
        await hooks.later()
        assert len(receiver.got) == 1 + 3 + 2  # the rest of the four, and that it was turned off and on


async def test_a_disabled_endpoint_goes_on_where_it_stopped(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(200)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        path = f"{ENDPOINTS}/{endpoint['id']}"
        off = await clients.ok("demo-border", "PATCH", path, {"status": "disabled"}, etag=endpoint["etag"])
        assert off["reason"] == "by_owner"
        await a_case(clients)
        await hooks.run()
        assert receiver.connections == 0
        refused = await clients.call("demo-border", "POST", f"{path}/tests", {})
        assert (refused.status_code, refused.json()["code"]) == (409, "webhook_disabled")
        await clients.ok("demo-border", "PATCH", path, {"status": "active"}, etag=off["etag"])
        await hooks.run()
        assert receiver.types == ["intake.submitted"]


async def test_what_is_about_one_case_waits_behind_what_failed_and_the_rest_goes_on(
    clients: Clients, hooks: Hooks
) -> None:
    async with receiving(answering(200, 500, 200)) as receiver:
        await hooks.endpoint("demo-labour", receiver.url)
        await a_referral(clients, status="in_service")
        await hooks.run()
        failed = receiver.got[1].headers["webhook-id"]
        await hooks.rested()
        rows = await hooks.raw.all.fetch(
            "select d.event_id::text as id, d.lane = f.lane as waits from webhook_deliveries d"
            " join webhook_deliveries f on f.event_id = $1 order by d.seq",
            *(UUID(failed),),
        )
        waiting = [row["id"] for row in rows if row["waits"]]
        others = [row["id"] for row in rows if not row["waits"]]
        assert len(waiting) > 3
        assert len(others) > 1
        assert sorted(others) == sorted(got.headers["webhook-id"] for got in receiver.got[:1] + receiver.got[2:])
        await hooks.later()
        assert [got.headers["webhook-id"] for got in receiver.got[-len(waiting) :]] == waiting


async def test_an_ended_grant_ends_what_is_still_to_be_sent(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(500)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["case.noted"])
        story = await a_case(clients)
        await clients.ok("demo-border", "POST", f"/v1/cases/{story.case}/notes", {"text": "Gọi lại thứ hai."})
        await hooks.run()
        tried = len(receiver.got)
        assert tried == 1
        await a_proposed_handover(clients, story, "demo-border", "demo-labour")
        await a_confirmation(clients, story, "demo-labour")
        receiver.answer = answering(200)
        await hooks.later()
        assert len(receiver.got) == tried
        assert {row["status"] for row in await hooks.log("demo-border", endpoint)} == {"withheld"}
        assert {row["type"] for row in await hooks.log("demo-border", endpoint)} == {None}


async def test_a_completed_referral_takes_the_case_out_of_the_webhook(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(500)) as receiver:
        story = await a_referral(clients, status="in_service")
        endpoint = await hooks.endpoint("demo-ngo", receiver.url, types=["case.amended", "referral.completed"])
        path = f"/v1/cases/{story.case}"
        etag = (await clients.ok("demo-ngo", "GET", path))["etag"]
        needs = {"sections": {"needs": {"services": ["legal_advice"]}}}
        await clients.ok("demo-ngo", "PATCH", path, needs, etag=etag)
        await hooks.run()
        referral = f"/v1/referrals/{story.referral['id']}"
        await an_action(clients, "demo-ngo", referral, "completions", {"outcome": "service_delivered"})
        receiver.answer = answering(200)
        await hooks.later()
        assert receiver.types == ["case.amended", "referral.completed"]  # the first of them while it was served
        log = await hooks.log("demo-ngo", endpoint)
        assert [(row["status"], row["type"]) for row in log] == [
            ("withheld", None),
            ("delivered", "referral.completed"),
        ]


async def test_what_a_worker_killed_in_mid_delivery_was_sending_is_sent_again(
    clients: Clients, hooks: Hooks, server: Server, data: Path, tmp_path: Path
) -> None:
    async with receiving(receivers.silent) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        with ExitStack() as stack:
            worker = served(server, data, tmp_path / "log")
            service = await asyncio.to_thread(stack.enter_context, worker)
            await asyncio.wait_for(receiver.reached.wait(), 60)
            os.kill(service.pid, signal.SIGKILL)
            await asyncio.to_thread(stack.close)
        receiver.answer = answering(200)
        await hooks.rested()
        (row,) = await hooks.log("demo-border", endpoint)
        assert (row["status"], row["attempts"]) == ("delivered", 1)
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
        assert len(receiver.got) == 2


async def test_a_receiver_that_does_not_answer_delays_nobody(clients: Clients, hooks: Hooks) -> None:
    async with receiving(receivers.silent) as dead, receiving(answering(200)) as well:
        waiting = await hooks.endpoint("demo-border", dead.url, types=["intake.submitted"])
        await hooks.endpoint("demo-border", well.url, types=["intake.submitted"])
        await a_case(clients)
        await advance(hooks.app.state.database)
        relay = Relay(hooks.app.state.database, Sender(seconds=600), ISSUER)
        await relay.begin()
        await asyncio.wait_for(well.reached.wait(), 60)
        await asyncio.wait_for(dead.reached.wait(), 60)
        await relay.stop()
        (row,) = await hooks.log("demo-border", waiting)
        assert (row["status"], row["attempts"]) == ("pending", 0)


async def test_a_range_is_replayed_in_its_order_and_only_what_may_be_seen(clients: Clients, hooks: Hooks) -> None:
    story = await a_held_case(clients)
    async with receiving(answering(200)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url)
        await hooks.run()
        receiver.got.clear()
        span = {"since": "2020-01-01T00:00:00Z"}
        await clients.ok("demo-border", "POST", f"{ENDPOINTS}/{endpoint['id']}/replays", span)
        await hooks.run()
        fed = (await clients.ok("demo-border", "GET", "/v1/events?limit=500"))["items"]
        came = [json.loads(got.body) for got in receiver.got]
        expected = [event for event in fed if event["type"] != "webhook.replayed"]
        assert [event["id"] for event in came if event["type"] != "webhook.replayed"] == [e["id"] for e in expected]
        assert f"case/{story.case}" not in {event["subject"] for event in came}


async def test_a_test_arrives_signed_and_says_what_it_is(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(200)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["case.closed"])
        sent = await clients.ok("demo-border", "POST", f"{ENDPOINTS}/{endpoint['id']}/tests", {})
        await hooks.run()
        event: dict[str, Any] = receiver.got[0].verified(endpoint["secret"])
        assert (event["type"], event["subject"]) == ("webhook.test", f"webhook_endpoint/{endpoint['id']}")
        assert (await clients.ok("demo-border", "GET", f"/v1/deliveries/{sent['id']}"))["status"] == "delivered"


async def test_the_log_is_kept_for_30_days(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(200)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.run()
        await hooks.raw.all.execute("update webhook_deliveries set created_at = now() - interval '29 days'")
        assert await forget(hooks.app.state.database, LOG) == 0
        await hooks.raw.all.execute("update webhook_deliveries set created_at = now() - interval '31 days'")
        assert await forget(hooks.app.state.database, LOG) == 1
        assert await hooks.log("demo-border", endpoint) == []
