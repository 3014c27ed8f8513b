"""HTTP of the change feed: pages, with or without waiting for more, and the same as a stream."""

import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import Row

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.events.feed import Reader, cloud_event
from app.events.schemas import STREAM_SCHEMA, CloudEvent, FeedOut
from app.happenings import PUBLISHED
from app.negotiation import EVENT_STREAM
from app.problems import CursorExpired, FieldError, InvalidCursor, Problem, ValidationFailed, documented

router = APIRouter(prefix="/v1", tags=["events"], route_class=GuardedRoute)

Follows = Annotated[Call, Depends(requires(Capability.EVENT_READ))]
After = Annotated[str | None, Query(max_length=1024)]
Types = Annotated[str | None, Query(max_length=2000)]
LONGEST_WAIT = 30
STILL_HERE = 15
"""Seconds without an event after which a stream says that it lives: proxies cut off what is silent for longer."""
AT_ONCE = 100
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])")


@router.get("/events", summary="Dòng sự kiện · The change feed", responses=documented(InvalidCursor, CursorExpired))
async def list_events(
    call: Follows, after: After = None, types: Types = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> FeedOut:
    """Mỗi sự kiện ít nhất một lần, đúng thứ tự trong một hồ sơ, giữ 30 ngày. · Every event at least once, in the order
    of its case, kept for 30 days.

    `Prefer: wait=N` đợi đến 30 giây nếu chưa có gì. · waits for up to 30 seconds when there is nothing yet."""
    reader = Reader(call, _wanted(types), limit, after)
    waits = _wait(call.request.headers.get("prefer"))
    rows = await reader.look()
    if waits:
        call.response.headers["Preference-Applied"] = f"wait={waits}"
        rows = rows or await reader.wait(waits)
    return FeedOut(items=_shown(call, rows), next=reader.cursor())


@router.get(
    "/events/stream",
    summary="Dòng sự kiện liên tục (SSE) · The change feed as a stream (SSE)",
    responses={
        **documented(InvalidCursor, CursorExpired),
        200: {"content": {EVENT_STREAM: {"schema": STREAM_SCHEMA}}},
    },
    response_class=StreamingResponse,
)
async def stream_events(
    call: Follows,
    after: After = None,
    types: Types = None,
    last_event_id: Annotated[str | None, Header(max_length=1024)] = None,
) -> StreamingResponse:
    """Như `/v1/events`, gửi ngay khi có; kết nối lại với `Last-Event-ID`. · As `/v1/events`, sent as they come; connect
    again with `Last-Event-ID`.

    Kết thúc sau vài phút hoặc khi mã truy cập hết hạn. · Ends after some minutes, or when the access token expires."""
    reader = Reader(call, _wanted(types), AT_ONCE, last_event_id or after)
    return StreamingResponse(_told(call, reader, await reader.look()), media_type=EVENT_STREAM)


async def _told(call: Call, reader: Reader, rows: Sequence[Row[Any]]) -> AsyncIterator[str]:
    """Ends where a request would be refused: the client connects again, and is told why."""
    state = call.request.app.state
    until = time.monotonic() + state.settings.stream_seconds
    yield "retry: 2000\n\n"
    try:
        while True:
            for row, event in zip(rows, _shown(call, rows), strict=True):
                yield f"id: {reader.cursor(row.seq)}\nevent: {row.type}\ndata: {event.model_dump_json()}\n\n"
            if time.monotonic() >= until or state.feed.ending:
                return
            full = len(rows) == AT_ONCE
            if full:
                async with call.aside():  # asks again who calls
                    pass
            rows = await reader.look() if full else await reader.wait(STILL_HERE)
            if not rows:
                yield ": \n\n"
    except Problem:
        return


def _wanted(types: str | None) -> list[str]:
    """The types asked for, sorted, since they are part of what a cursor is good for."""
    asked = sorted(set(types.split(","))) if types else []
    if not PUBLISHED.issuperset(asked):
        raise ValidationFailed(FieldError("query:types", "unknown_code", {"list": "event"}))
    return asked


def _wait(prefer: str | None) -> int:
    """Seconds of RFC 7240 §4.3; a preference that cannot be met is ignored, as that RFC says."""
    found = _WAIT.search(prefer or "")
    return min(int(found[1]), LONGEST_WAIT) if found else 0


def _shown(call: Call, rows: Sequence[Row[Any]]) -> list[CloudEvent]:
    source = call.request.app.state.settings.public_url
    return [cloud_event(row, source) for row in rows]
