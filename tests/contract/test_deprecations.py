"""What will end says so, in the contract and in every answer; what will not says nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from fastapi import FastAPI

from app import contract, deprecations
from app.deprecations import Deprecation
from tests.personas import Clients

ENDING = Deprecation("GET /v1/referrals/{referral_id}", date(2027, 1, 1), date(2027, 7, 1), "GET /v1/cases")


@pytest.fixture
def announced(app: FastAPI) -> Iterator[Deprecation]:
    """An operation that will end, where the table of the product names none yet."""
    app.state.deprecated[ENDING.operation] = ENDING
    yield ENDING
    del app.state.deprecated[ENDING.operation]


async def test_every_answer_of_an_operation_that_will_end_tells_since_when_and_until_when(
    clients: Clients, announced: Deprecation
) -> None:
    refused = await clients.get("demo-ngo", "/v1/referrals/00000000-0000-4000-8000-000000000000")
    assert refused.status_code == 404
    assert refused.headers["deprecation"] == f"@{int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())}"
    assert parsedate_to_datetime(refused.headers["sunset"]) == datetime(2027, 7, 1, tzinfo=UTC)
    for path in ("/v1/referrals?box=inbox", "/v1/cases"):
        untouched = await clients.get("demo-ngo", path)
        assert untouched.status_code == 200
        assert not {"deprecation", "sunset"} & set(untouched.headers)


async def test_without_a_token_it_says_so_too(clients: Clients, announced: Deprecation) -> None:
    refused = await clients.http.get("/v1/referrals/00000000-0000-4000-8000-000000000000")
    assert refused.status_code == 401
    assert "sunset" in refused.headers


async def test_the_contract_marks_it_and_names_what_to_use_instead(app: FastAPI, announced: Deprecation) -> None:
    paths: dict[str, Any] = contract.document(app)["paths"]
    marked = [operation for methods in paths.values() for operation in methods.values() if operation.get("deprecated")]
    assert [operation["operationId"] for operation in marked] == ["get_referrals_referral_id"]
    assert (marked[0]["x-sunset"], marked[0]["x-successor"]) == ("2027-07-01", "get_cases")
    assert {"Deprecation", "Sunset"} <= set(marked[0]["responses"]["200"]["headers"])


def test_nothing_ends_without_half_a_year_of_notice() -> None:
    with pytest.raises(ValueError, match="sooner than 180 days"):
        Deprecation("GET /v1/cases", date(2027, 1, 1), date(2027, 6, 1))


async def test_the_table_of_the_product_names_operations_of_the_contract(app: FastAPI) -> None:
    assert app.state.deprecated == deprecations.load()
    contract.document(app)
