"""Anyone may read the code lists, keep them, and ask only whether they changed."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.problems import NotFound
from app.reference.routes import router


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_the_index_names_every_list_with_its_size(client: AsyncClient) -> None:
    items = (await client.get("/v1/code-lists")).json()["items"]
    urgency = next(item for item in items if item["name"] == "urgency")
    assert urgency == {
        "name": "urgency",
        "title": {"vi": "Mức độ khẩn cấp", "en": "Urgency"},
        "size": 3,
        "href": "/v1/code-lists/urgency",
    }
    assert [item["name"] for item in items] == sorted(item["name"] for item in items)


async def test_a_list_shows_both_languages_source_and_validity(client: AsyncClient) -> None:
    body = (await client.get("/v1/code-lists/exploitation_type")).json()
    marriage = next(item for item in body["items"] if item["code"] == "forced_marriage")
    assert marriage == {
        "code": "forced_marriage",
        "label": {"vi": "Ép buộc làm vợ hoặc chồng", "en": "Forced marriage"},
        "source": "Decree 62/2012 Art 5",
        "certainty": "sourced",
        "valid_from": "2012-01-01",
        "valid_to": None,
        "native_check": False,
        "attributes": {"htcds": "ForcedMarriage"},
    }


async def test_a_day_narrows_a_list_to_what_was_in_force(client: AsyncClient) -> None:
    before = await client.get("/v1/code-lists/exploitation_type?on=2025-06-30")
    after = await client.get("/v1/code-lists/exploitation_type?on=2025-07-01")
    codes = [{item["code"] for item in answer.json()["items"]} for answer in (before, after)]
    assert codes[1] - codes[0] == {"unborn_child_sale", "traded_for_gain"}


@pytest.mark.parametrize("day", ["", "soon", "2025-02-30", "0"])
async def test_a_day_that_cannot_be_is_refused(client: AsyncClient, day: str) -> None:
    assert (await client.get(f"/v1/code-lists/urgency?on={day}")).status_code == 422


@pytest.mark.parametrize("path", ["/v1/code-lists", "/v1/code-lists/urgency", "/v1/code-lists/urgency?on=2026-01-01"])
async def test_a_copy_may_be_kept_and_is_not_sent_twice(client: AsyncClient, path: str) -> None:
    first = await client.get(path)
    assert first.headers["cache-control"] == "public, max-age=3600"
    etag = first.headers["etag"]
    assert etag.startswith('"')
    for held in (etag, f"W/{etag}", f'"older", {etag}', "*"):
        again = await client.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (await client.get(path, headers={"If-None-Match": '"older"'})).status_code == 200


async def test_a_list_that_does_not_exist_is_not_found(client: AsyncClient) -> None:
    with pytest.raises(NotFound):
        await client.get("/v1/code-lists/colour")
