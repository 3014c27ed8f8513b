"""Wire shape of the feed: CloudEvents 1.0 in their JSON form, without data; the link is where the thing is read."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class CloudEvent(BaseModel):
    """Something happened to a thing. Who wants to know more fetches it with a token of its own, and sees what it may.

    `id` is the same however often the event is delivered. `subject` is `{thing}/{id}`.
    """

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    sequence: str = Field(description="Tăng dần trong một dòng · Rises within one feed")


class FeedOut(BaseModel):
    """Events in order; `next` is where to go on, also when there are none."""

    items: list[CloudEvent]
    next: str


STREAM_SCHEMA = {
    "type": "string",
    "description": "WHATWG HTML §9.2; `data` là CloudEvent · `data` is a CloudEvent",
    "examples": [
        "retry: 2000\n\n"
        "id: AWc3Zk1hQ2tYd1ZwSnE\n"
        "event: referral.accepted\n"
        'data: {"specversion":"1.0","id":"a0000000-4000-4000-8000-000000000000","source":"http://127.0.0.1:8000",'
        '"type":"referral.accepted","subject":"referral/a0000000-4000-4000-8000-000000000001",'
        '"time":"2026-11-21T01:00:00Z","sequence":"00000000000000000042"}\n\n'
    ],
}
"""Of the same events as a stream; a line that begins with a colon says that it lives."""
