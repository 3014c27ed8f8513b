"""An endpoint speaks for the client that made it: when that is disabled or narrowed, nothing more is sent."""

import pytest

from tests.conftest import Raw
from tests.factories import a_case
from tests.personas import Clients
from tests.webhooks.conftest import Hooks
from tests.webhooks.receivers import answering, receiving

WHO = "demo-border"


@pytest.mark.parametrize("change", ["status = 'disabled'", "scopes = '{border_guard:directory.read}'"])
async def test_an_endpoint_of_a_disabled_or_narrowed_client_is_sent_nothing(
    clients: Clients, hooks: Hooks, raw: Raw, change: str
) -> None:
    async with receiving(answering(204)) as receiver:
        await hooks.endpoint(WHO, receiver.url)
        await hooks.run()
        sent = len(receiver.got)
        await a_case(clients)
        kept = await raw.all.fetchval("select scopes from clients where id = $1", WHO)
        await raw.all.execute(f"update clients set {change} where id = $1", WHO)  # noqa: S608 - written above
        try:
            await hooks.rested()
        finally:
            await raw.all.execute("update clients set status = 'active', scopes = $2 where id = $1", WHO, kept)
        assert receiver.types[sent:] == []
        await hooks.rested()
        assert "case.opened" in receiver.types[sent:], "what was meanwhile is not lost"
