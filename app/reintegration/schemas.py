"""Wire shapes of plans, support given and follow-ups."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import Clocked, Out
from app.cases.sections import Service, Wire, Words
from app.reference.fields import Day, PastDay, coded

MOST_DONG = 10**12


class Goal(Wire):
    """One aim agreed with the person, the service that serves it, and the day it should be reached."""

    service: Service
    text: Words
    by: Day | None = None


Goals = Annotated[list[Goal], Field(min_length=1, max_length=50)]


class PlanIn(Wire):
    goals: Goals
    starts_on: Day
    review_on: Annotated[Day, Field(description="Not before `starts_on`.")]
    agreed_on: Annotated[PastDay, Field(description="When the person agreed to the plan.")]

    @field_validator("review_on")
    @classmethod
    def _after_the_start(cls, value: date, info: ValidationInfo) -> date:
        if "starts_on" in info.data and value < info.data["starts_on"]:
            raise PydanticCustomError("out_of_range", "Before the start.", {"least": "starts_on"})
        return value


_LEFT_OUT: Any = Field(default=None)
"""Of a member that may be left out and may not be null; read what was sent through `exclude_unset`."""


class PlanPatch(Wire):
    """Merge patch (RFC 7396): members given replace, `goals` as a whole. A plan lacks none of them: null is refused."""

    goals: Goals = _LEFT_OUT
    starts_on: Day = _LEFT_OUT
    review_on: Day = _LEFT_OUT
    agreed_on: PastDay = _LEFT_OUT


class PlanItem(Clocked):
    """A plan in a list: its services and dates, no words."""

    id: UUID
    case_id: UUID
    author_id: UUID
    services: list[str]
    starts_on: date
    review_on: date
    agreed_on: date
    created_at: datetime
    updated_at: datetime
    etag: str


class PlanOut(PlanItem):
    goals: list[Goal]


class SupportItemIn(Wire):
    """Support as it was given; it may precede any plan and the confirmation (Law 53/2024 Art 37)."""

    regime: Annotated[str, coded("regime")]
    service: Service
    given_on: PastDay
    amount_vnd: Annotated[int | None, Field(strict=True, ge=0, le=MOST_DONG, description="Whole dong.")] = None
    funding: Annotated[str, coded("funding")]


class BeyondOut(BaseModel):
    """Support beyond what the article gives this person: recorded all the same, and flagged."""

    point: str
    article: str
    certainty: str
    vi: str
    en: str


class SupportItemOut(Out):
    id: UUID
    case_id: UUID
    plan_id: UUID | None
    author_id: UUID
    regime: str
    service: str
    given_on: date
    amount_vnd: int | None
    funding: str
    beyond: BeyondOut | None
    created_at: datetime


class EntitlementOut(BaseModel):
    """One support that is due, the article, how certain that is, until when, and what of it was given."""

    point: str
    services: list[str]
    title: str
    article: str
    certainty: str
    until: date | None
    conditions: list[str]
    notes: list[str]
    given: list[SupportItemOut]


class EntitlementsOut(BaseModel):
    """`category`: V victim, A accompanying minor, P_in and P_out being identified, F foreigner, none."""

    category: str
    regime: str
    on: date
    items: list[EntitlementOut]
    beyond: list[SupportItemOut]


class FollowUpIn(Wire):
    """One contact after support, and the risk of being trafficked again as judged then."""

    held_on: PastDay
    method: Annotated[str, coded("follow_up_method")]
    result: Annotated[str, coded("follow_up_result")]
    retrafficking_risk: Annotated[str, coded("risk")]
    text: Words | None = None


class FollowUpItem(Out):
    """A follow-up in a list: codes only, the words by id."""

    id: UUID
    case_id: UUID
    plan_id: UUID
    author_id: UUID
    held_on: date
    method: str
    result: str
    retrafficking_risk: str
    created_at: datetime


class FollowUpOut(FollowUpItem):
    text: str | None
