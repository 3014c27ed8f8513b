"""What the service sends of itself, as the contract's `webhooks`: one entry for each published kind of event.

A delivery is a CloudEvent in JSON without data, signed as Standard Webhooks says; whoever receives it fetches the rest.
"""

from typing import Any

from app.contract.components import parameter
from app.contract.examples import SUMMARIES
from app.events.schemas import CloudEvent
from app.happenings import PUBLISHED

MEDIA_TYPE = "application/cloudevents+json"
_ID = "00000000-0000-4000-8000-0000000000{}"


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


PARAMETERS = {
    "webhook-id": _header(
        "webhook-id",
        "Mã của lần báo, không đổi khi gửi lại: hãy bỏ qua mã đã xử lý · Of the message, the same at every try: leave "
        "out what you have handled",
        {"type": "string", "maxLength": 64, "examples": [_ID.format("0e")]},
    ),
    "webhook-timestamp": _header(
        "webhook-timestamp",
        "Giây từ 1970 của lần gửi này; từ chối nếu lệch quá 5 phút · Of this try, in seconds since 1970; refuse it if "
        "more than 5 minutes off",
        {"type": "string", "pattern": "^[0-9]{1,12}$", "maxLength": 12, "examples": ["1795230060"]},
    ),
    "webhook-signature": _header(
        "webhook-signature",
        "Các chữ ký, cách nhau bằng dấu cách: `v1,` HMAC-SHA256, `v1a,` ed25519; một chữ ký đúng là đủ · Signatures "
        "apart by spaces: `v1,` HMAC-SHA256, `v1a,` ed25519; one that fits is enough",
        {"type": "string", "maxLength": 1024, "examples": ["v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="]},
    ),
}
_EVENT = CloudEvent.model_validate(
    {
        "id": _ID.format("0e"),
        "source": "https://referral.example",
        "type": "referral.accepted",
        "subject": f"referral/{_ID.format('01')}",
        "time": "2026-11-21T01:00:00Z",
        "sequence": "00000000000000000042",
    }
).model_dump(mode="json")
_BODY = {
    "required": True,
    "description": "Một sự kiện · One event",
    "content": {
        MEDIA_TYPE: {
            "schema": {"$ref": "#/components/schemas/CloudEvent"},
            "examples": {language: {"summary": text, "value": _EVENT} for language, text in SUMMARIES.items()},
        }
    },
}
_RESPONSES = {
    "2XX": {"description": "Đã nhận; không gửi lại nữa · Taken; not sent again"},
    "410": {"description": "Không nhận nữa: điểm nhận bị tắt · Gone: the endpoint is disabled"},
    "default": {"description": "Chưa nhận: gửi lại trong khoảng 75 giờ · Not taken: tried again for about 75 hours"},
}


def add_webhooks(document: dict[str, Any]) -> None:
    """The section, and the components that it stands on."""
    parts = document["components"]
    parts["parameters"] |= PARAMETERS
    parts["requestBodies"] = {"CloudEvent": _BODY}
    document["webhooks"] = {event: {"post": _delivery(event)} for event in sorted(PUBLISHED)}


def _delivery(event: str) -> dict[str, Any]:
    return {
        "operationId": f"webhook_{event.replace('.', '_')}",
        "summary": f"Báo sự kiện {event} · Tells of {event}",
        "description": "Ký theo Standard Webhooks; thân là CloudEvents 1.0, không một lời về người: hãy đọc tiếp bằng "
        "mã truy cập của mình. · Signed as Standard Webhooks says; the body is a CloudEvent without a word about a "
        "person: read on with a token of your own.",
        "tags": ["events"],
        "security": [],
        "parameters": [parameter(name) for name in PARAMETERS],
        "requestBody": {"$ref": "#/components/requestBodies/CloudEvent"},
        "responses": _RESPONSES,
    }
