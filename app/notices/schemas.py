"""Wire shapes of notices."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.cases.schemas import Clocked
from app.cases.sections import Line, Wire
from app.reference.fields import Day, PastDay, coded


class NoticeIn(Wire):
    """Who must know what, from when. Reference, age band and sex go along by themselves; nothing else of the case does,
    unless `text` says it."""

    recipient_id: UUID
    kind: Annotated[str, coded("notice_kind")]
    effective_on: Annotated[Day | None, Field(description="The day of what it tells, as of leaving a facility.")] = None
    agreed_on: Annotated[
        PastDay | None, Field(description="When the person agreed to it; needed where a safety flag says to ask first.")
    ] = None
    text: Line | None = None


class NoticeItem(Clocked):
    """A notice in a list. `case_id` is for those who have a part in the case; the others know it by its reference."""

    id: UUID
    case_id: UUID | None
    case_reference: str
    sender_id: UUID
    recipient_id: UUID
    kind: str
    effective_on: date | None
    status: str
    acknowledged_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: str


class NoticeState(NoticeItem):
    """A notice after a move, without what it says of the person: reading that needs a purpose."""

    available_actions: list[str]


class NoticeOut(NoticeState):
    """`age_band` and `sex` as they were known when it was sent."""

    age_band: str
    sex: str
    agreed_on: date | None
    text: str | None
