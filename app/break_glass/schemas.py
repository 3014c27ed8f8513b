"""Wire shapes of break-glass."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.cases.schemas import Clocked, Out
from app.cases.sections import Wire, Words
from app.reference.fields import coded
from app.searches.schemas import Handle


class BreakGlassIn(Wire):
    """`handle` is a hit of a search beyond one's own cases, by this client and not yet expired. `text` says what makes
    the look necessary; oversight reads it, the holder does not."""

    handle: Handle
    reason: Annotated[str, coded("break_glass_reason")]
    text: Words


class ReviewIn(Wire):
    """What oversight found, and why it found so."""

    finding: Annotated[str, coded("break_glass_finding")]
    text: Words


class BreakGlassItem(Clocked):
    """A break-glass in a list. `case_id` is for who may know it: the holder, oversight, and the asker while it sees the
    case. `expired`: nobody approved it by `asked_until`."""

    id: UUID
    case_id: UUID | None
    organisation_id: UUID
    agency: str
    reason: str
    status: str
    asked_until: datetime
    approved_at: datetime | None
    expires_at: datetime | None
    sections: Annotated[list[str], Field(description="What it shows of the person; empty until it is approved.")]
    ended_at: datetime | None
    acknowledged_at: datetime | None
    finding: str | None
    reviewed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: str


class BreakGlassState(BreakGlassItem):
    available_actions: list[str]


class GlassRead(Out):
    """One look at the case under it. `client_id` and `officer`: for the asker's own organisation and oversight."""

    at: datetime
    event: str
    client_id: str | None
    officer: str | None
    sections: list[str]


class BreakGlassOut(BreakGlassState):
    """With what was read. Who asked and approved, and the words of asking and review, are for the asker's own
    organisation and oversight: null for the holder."""

    client_id: str | None
    officer: str | None
    approver_client: str | None
    approver_officer: str | None
    text: str | None
    review_text: str | None
    reads: list[GlassRead]
