"""The registry decides, not the token; each worker asks it again within five seconds."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from app.auth.registry import Registry
from app.auth.tokens import Claims
from app.problems import Unauthenticated

READ, WRITE, FOREIGN = "border_guard:intake.read", "border_guard:intake.write", "police:verification.decide"
CLAIMS = Claims("demo-border", "jti-1", 0, frozenset({READ, FOREIGN}))
CLIENT: dict[str, Any] = {
    "organisation_id": uuid4(),
    "agency": "border_guard",
    "province_codes": ["15"],
    "scopes": [READ, WRITE, FOREIGN],
    "mode": "live",
    "status": "active",
    "revoked": False,
    "dpop_required": False,
}


class Table:
    """One row of the registry, or none, counting how often it is asked; and a clock that the test moves."""

    def __init__(self, row: dict[str, Any] | None) -> None:
        self.row = row
        self.asked = 0
        self.now = 0.0
        self.registry = Registry(self.fetch, clock=lambda: self.now)

    async def fetch(self, _sql: str, /, **_params: Any) -> Sequence[Any]:
        self.asked += 1
        return [] if self.row is None else [self.row]


async def test_the_caller_holds_only_what_token_registry_and_agency_all_allow() -> None:
    caller = await Table(CLIENT).registry.caller(CLAIMS)
    assert caller.scopes == {READ}
    assert caller.organisation_id == CLIENT["organisation_id"]
    assert caller.provinces == {"15"}
    assert caller.mode == "live"


@pytest.mark.parametrize("row", [None, {**CLIENT, "status": "disabled"}, {**CLIENT, "revoked": True}])
async def test_an_unknown_or_disabled_client_and_a_revoked_token_are_refused_at_one_question(
    row: dict[str, Any] | None,
) -> None:
    table = Table(row)
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await table.registry.caller(CLAIMS)
    assert table.asked == 1


async def test_a_narrowed_scope_and_a_disabling_are_noticed_within_five_seconds() -> None:
    table = Table(CLIENT)
    assert (await table.registry.caller(CLAIMS)).scopes
    table.row, table.now = {**CLIENT, "scopes": [WRITE]}, 4.9
    assert not (await table.registry.caller(CLAIMS)).scopes
    table.row, table.now = {**CLIENT, "status": "disabled"}, 9.8
    with pytest.raises(Unauthenticated):
        await table.registry.caller(CLAIMS)
    assert table.asked == 3


async def test_a_worker_that_revoked_a_token_itself_notices_at_once() -> None:
    table = Table(CLIENT)
    await table.registry.caller(CLAIMS)
    table.row = {**CLIENT, "revoked": True}
    table.registry.forget("demo-border", "jti-1")
    with pytest.raises(Unauthenticated):
        await table.registry.caller(CLAIMS)


async def test_no_number_of_tokens_fills_the_memory() -> None:
    table = Table(CLIENT)
    for number in range(4097):
        await table.registry.caller(Claims("demo-border", str(number), 0, frozenset()))
    await table.registry.caller(Claims("demo-border", "4096", 0, frozenset()))
    assert table.asked == 4097
    await table.registry.caller(Claims("demo-border", "0", 0, frozenset()))
    assert table.asked == 4098
