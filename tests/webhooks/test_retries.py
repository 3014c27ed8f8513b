"""How often and when what was not taken is sent again."""

from uuid import UUID

import pytest

from app.webhooks.relay import RETRY_AFTER, delay
from tests.conftest import Raw
from tests.factories import a_case
from tests.personas import Clients
from tests.webhooks import receivers
from tests.webhooks.conftest import Hooks
from tests.webhooks.receivers import answering, receiving


async def test_after_the_last_try_it_is_given_up_and_can_be_replayed(clients: Clients, hooks: Hooks) -> None:
    async with receiving(answering(503)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.run()
        for _ in range(len(RETRY_AFTER) + 2):
            await hooks.later()
        (row,) = await hooks.log("demo-border", endpoint)
        assert (row["status"], row["attempts"], row["next_at"]) == ("failed", 10, None)
        assert len(receiver.got) == 10
        receiver.answer = answering(200)
        again = await clients.ok("demo-border", "POST", f"/v1/deliveries/{row['id']}/replays", {})
        await hooks.later()
        assert receiver.got[-1].headers["webhook-id"] == row["event_id"] == again["event_id"]
        assert (await clients.ok("demo-border", "GET", f"/v1/deliveries/{again['id']}"))["status"] == "delivered"


def test_tries_are_spread_over_about_75_hours() -> None:
    assert 75 <= sum(RETRY_AFTER) / 3600 <= 76
    for attempts, seconds in enumerate(RETRY_AFTER):
        spread = {delay(attempts) for _ in range(100)}
        assert len(spread) > 90
        assert all(0.9 * seconds <= each <= 1.1 * seconds for each in spread)


@pytest.mark.parametrize(
    ("asked", "least"),
    [("40000", 40_000), ("999999999999", 0), ("99999999", 86_400), ("-5", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0)],
)
async def test_a_receiver_that_asks_for_time_is_given_it_up_to_a_day(
    clients: Clients, hooks: Hooks, raw: Raw, asked: str, least: float
) -> None:
    async with receiving(receivers.busy(asked)) as receiver:
        endpoint = await hooks.endpoint("demo-border", receiver.url, types=["intake.submitted"])
        await a_case(clients)
        await hooks.run()
    wait = "select extract(epoch from next_at - tried_at)::float8 from webhook_deliveries where endpoint_id = $1"
    assert -1 < await raw.all.fetchval(wait, UUID(endpoint["id"])) - max(least, 4) < 60
    assert len(receiver.got) == 1
