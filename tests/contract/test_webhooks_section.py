"""The contract's `webhooks`: every published kind of event, in the headers and the form that its standards fix."""

from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.v1.event import CloudEvent
from fastapi import FastAPI

from app import contract
from app.happenings import PUBLISHED


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return contract.document(app)


async def test_every_published_event_is_announced_and_no_other(document: dict[str, Any]) -> None:
    assert set(document["webhooks"]) == PUBLISHED
    assert "case.read" not in document["webhooks"]


async def test_a_delivery_carries_the_three_headers_of_standard_webhooks(document: dict[str, Any]) -> None:
    asked = {
        reference["$ref"].rpartition("/")[2]
        for delivery in document["webhooks"].values()
        for reference in delivery["post"]["parameters"]
    }
    assert asked == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert all(document["components"]["parameters"][name]["required"] for name in asked)


async def test_the_example_is_a_cloudevent(document: dict[str, Any]) -> None:
    media = document["components"]["requestBodies"]["CloudEvent"]["content"]["application/cloudevents+json"]
    assert set(media["examples"]) == {"vi", "en"}
    for example in media["examples"].values():
        stated = dict(example["value"])
        stated["time"] = datetime.fromisoformat(stated["time"])
        assert CloudEvent(stated).get_type() == "referral.accepted"
