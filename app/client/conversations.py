"""What takes more than one call, without any IO: a move on the version just read, a receipt with its key, the feed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar
from uuid import UUID

from app.client import receipts
from app.client.contract import operations as api
from app.client.errors import DoneUnseenError, UnexpectedAnswerError
from app.client.exchange import Session
from app.client.wire import Answer, Page, Pause, Request, Steps

T = TypeVar("T")
_IDLE = 5.0
"""Seconds until the next question where the service did not wait itself."""


class Event(TypedDict):
    """A CloudEvent of the feed. It says that something happened to a thing; what, one reads with one's own rights."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str


@dataclass(frozen=True)
class Batch:
    """Events in order, perhaps none. Keep `after` once they are dealt with: from there the feed goes on."""

    events: Sequence[Event]
    after: str


def act(session: Session, read: Request[Any], move: Callable[[str], Request[T]]) -> Steps[T]:
    """Reads what is to be changed, then makes the move on that very version: `stale_version` if somebody was faster."""
    tag = (yield from session.exchange(read)).etag
    if tag is None:
        raise UnexpectedAnswerError("no ETag")
    return shown((yield from session.exchange(move(tag))))


def receipt(session: Session, intake_id: UUID | str, body: Any = None) -> Steps[receipts.Receipt]:
    """The receipt of an intake, checked; `BadReceiptError`. With `body`, that it is for this content."""
    answer = yield from session.exchange(api.get_intakes_intake_id_receipt(intake_id))
    published = yield from session.exchange(api.get_well_known_jwks())
    try:
        jws, keys = answer.body["receipt"], published.body["keys"]
        known: list[Mapping[str, Any]] = [key for key in keys if isinstance(key, dict)]
    except (KeyError, TypeError) as error:
        raise UnexpectedAnswerError("no receipt in the answer", answer.status) from error
    return receipts.check(str(jws), known, issuer=session.tokens.public, id=str(intake_id), body=body)


def batch(session: Session, after: str | None, types: Sequence[str], wait: int, patience: float) -> Steps[Batch]:
    """The next part of the feed; the service is asked to hold the answer back for up to `wait` seconds."""
    headers = {"Prefer": f"wait={wait}"} if wait else {}
    asked: Request[Any] = Request("GET", "/v1/events", {"after": after, "types": types or None}, headers=headers)
    answer = yield from session.exchange(asked, patience + wait)
    try:
        heard = Batch(list(answer.body["items"]), str(answer.body["next"]))
    except (KeyError, TypeError) as error:
        raise UnexpectedAnswerError("no events in the answer", answer.status) from error
    if wait and not heard.events and "Preference-Applied" not in answer.headers:
        yield Pause(_IDLE)
    return heard


def following(request: Request[Page[T]], page: Page[T]) -> Request[Page[T]] | None:
    """The request for the next part of a list; None after the last one."""
    cursor = page.get("next")
    if cursor is None:
        return None
    if cursor == request.query.get("cursor"):
        raise UnexpectedAnswerError("a list that leads back to itself")
    return request.but(cursor=cursor)


def shown(answer: Answer[T]) -> T:
    """Its body. `DoneUnseenError` where only the id is left to be shown."""
    if answer.unseen:
        raise DoneUnseenError(str(answer.body["id"]))  # type: ignore[index]
    return answer.body
