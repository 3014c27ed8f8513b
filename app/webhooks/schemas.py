"""Wire shapes of webhook endpoints and of the log of what was sent to them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import Out
from app.cases.sections import Wire
from app.happenings import PUBLISHED
from app.reference.fields import Instant

Url = Annotated[str, Field(min_length=8, max_length=500, pattern=r"^https?://[!-~]+$")]


def _published(type_: str) -> str:
    if type_ not in PUBLISHED:
        raise PydanticCustomError("unknown_code", "No event of the feed.", {"list": "event"})
    return type_


def _once(types: list[str]) -> list[str]:
    return sorted(set(types))


Types = Annotated[
    list[Annotated[str, Field(max_length=64), AfterValidator(_published)]],
    Field(max_length=200, description="Loại sự kiện; trống: tất cả · Kinds of event; empty: all"),
    AfterValidator(_once),
]


class EndpointIn(Wire):
    """Where to send. The operator approves host and port first; https, no user, no query."""

    url: Url
    types: Types = []


class EndpointPatch(Wire):
    """What changes; a member left out stays as it is."""

    url: Url | None = None
    types: Types | None = None
    status: Literal["active", "disabled"] | None = None

    @model_validator(mode="after")
    def _something(self) -> "EndpointPatch":
        if not self.model_fields_set:
            raise PydanticCustomError("empty", "Nothing to change.")
        return self


class RotationIn(Wire):
    """For how long the older key signs too; 0 when it leaked."""

    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=168)] = 24


class RangeIn(Wire):
    """Events of this time, the end excluded, as far as the feed still has them; without `until`, up to now."""

    since: Instant
    until: Instant | None = None


class EndpointOut(Out):
    """`public_keys` verify `v1a` signatures, the key in force first. `waiting` counts what is still to be sent, up to
    1000. `reason` says why it is disabled: `by_owner`, or `gone` where the receiver answered 410."""

    id: UUID
    url: str
    types: list[str]
    status: Literal["active", "disabled"]
    reason: Literal["by_owner", "gone"] | None
    public_keys: list[str]
    older_until: datetime | None
    failing_since: datetime | None
    waiting: int
    created_at: datetime
    available_actions: list[str]
    etag: str


class EndpointSecretOut(EndpointOut):
    """`secret` verifies `v1` signatures. It is shown here and nowhere else; a lost one is replaced by a rotation."""

    secret: str


class DeliveryOut(Out):
    """One event on its way to one endpoint. `type` is null once the organisation may not see the event any more, and
    for what the feed has forgotten. `result`: `answered` (see `status_code`), `timed_out`, `unreachable`, `not_http`,
    `host_not_approved`, `unresolvable` or `address_not_public`."""

    id: UUID
    endpoint_id: UUID
    kind: Literal["event", "replay", "test"]
    event_id: UUID
    type: str | None
    status: Literal["pending", "delivered", "failed", "withheld"]
    attempts: int
    next_at: datetime | None
    tried_at: datetime | None
    result: str | None
    status_code: int | None
    created_at: datetime


class ReplayOut(Out):
    """How many deliveries wait at the endpoint now."""

    endpoint_id: UUID
    waiting: int
