"""`validate_only` checks everything and stores nothing; it is never a way to read without leaving a trace."""

import pytest

from tests.conftest import Raw
from tests.factories import a_case, an_intake
from tests.personas import Clients

COUNT = "select count(*) from audit_entries where event = 'case.read'"


async def test_a_read_is_recorded_whatever_validate_only_says(clients: Clients, raw: Raw) -> None:
    story = await a_case(clients)
    before = await raw.all.fetchval(COUNT)
    shown = await clients.ok("demo-border", "GET", f"/v1/cases/{story.case}?validate_only=true")
    assert shown["sections"]["identity"]["full_name"]
    assert await raw.all.fetchval(COUNT) == before + 1


async def test_a_dry_run_needs_no_key_and_leaves_no_row(clients: Clients, raw: Raw) -> None:
    answer = await clients.call(
        "demo-hotline", "POST", "/v1/intakes?validate_only=true", an_intake(), Idempotency_Key=None
    )
    assert (answer.status_code, answer.json()) == (200, {"valid": True})
    assert await raw.all.fetchval("select count(*) from intakes") == 0


@pytest.mark.parametrize("word", ["1", "True", "yes", ""])
async def test_a_misspelt_wish_for_a_dry_run_is_refused(clients: Clients, raw: Raw, word: str) -> None:
    answer = await clients.call("demo-hotline", "POST", f"/v1/intakes?validate_only={word}", an_intake())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query:validate_only"
    assert await raw.all.fetchval("select count(*) from intakes") == 0
