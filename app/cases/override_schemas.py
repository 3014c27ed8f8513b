"""Wire shapes of overrides of consent."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.cases.custody_schemas import AffectedReferral, LastDay, Purpose
from app.cases.schemas import Out
from app.cases.sections import Section, Wire, Words
from app.reference.fields import coded, other_needs_text


class OverrideIn(Wire):
    """Why consent could not be had, and exactly what may be disclosed without it; until `expires_on`, which is at most
    90 days from now."""

    recipient_id: UUID
    purpose: Purpose
    sections: Annotated[list[Section], Field(min_length=1, max_length=11)]
    reason: Annotated[str, coded("override_reason")]
    text: Words | None = None
    expires_on: LastDay | None = None

    _other = other_needs_text(reason="text")


class OverrideItem(Out):
    """An override without its words: those are read by its id. Officers are shown to their own organisation only."""

    id: UUID
    case_id: UUID
    requested_by: UUID
    recipient_id: UUID
    purpose: str
    sections: list[str]
    reason: str
    expires_on: date
    status: str
    asked_officer: str | None
    approved_officer: str | None
    approved_at: datetime | None
    created_at: datetime
    updated_at: datetime
    available_actions: list[str]
    etag: str


class OverrideState(OverrideItem):
    """`affected_referrals`: those that rest on it, as far as you see them; they end with it."""

    affected_referrals: list[AffectedReferral]


class OverrideOut(OverrideState):
    """`text` says why consent could not be had, `withdrawal` why the override ended."""

    text: str | None
    withdrawal: str | None
