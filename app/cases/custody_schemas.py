"""Wire shapes of hand-overs and consents."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import Clocked, DutyOwed, Out
from app.cases.sections import Line, Name, Section, Wire, Words
from app.reference.codes import code_list
from app.reference.fields import Country, Day, Instant, Language, coded, other_needs_text, today


class OutsideParty(Wire):
    """A receiver beyond the network: a foreign authority, a family, a hospital."""

    name: Name
    country: Country
    signatory: Name


class HandoverIn(Wire):
    """Exactly one of `receiver_id` and `outside`. `with_cases` move together with this one, or not at all."""

    receiver_id: UUID | None = None
    outside: OutsideParty | None = None
    with_cases: Annotated[list[UUID], Field(max_length=1000)] = []
    occurred_at: Instant | None = None
    state: Annotated[str, coded("reception_state")] | None = None
    text: Words | None = None

    @model_validator(mode="after")
    def _one_receiver(self) -> "HandoverIn":
        if (self.receiver_id is None) == (self.outside is None):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["receiver_id", "outside"]})
        return self


class HandoverRefusalIn(Wire):
    """A refusal is in writing, with its reason (Circular 35/2013 Art 16.3.b)."""

    reason: Annotated[str, coded("handover_refusal")]
    text: Words


class CancellationIn(Wire):
    reason: Annotated[str, coded("cancellation_reason")]
    text: Line | None = None

    _other = other_needs_text(reason="text")


class HandoverOut(Clocked):
    id: UUID
    case_id: UUID
    cases: list[UUID]
    giver_id: UUID
    receiver_id: UUID | None
    outside: OutsideParty | None
    status: str
    state: str | None
    reason: str | None
    text: str | None
    answer: str | None
    occurred_at: datetime | None
    created_at: datetime
    updated_at: datetime
    duties_owed: list[DutyOwed]
    available_actions: list[str]
    etag: str


class HandoverItem(Clocked):
    id: UUID
    case_id: UUID
    giver_id: UUID
    receiver_id: UUID | None
    status: str
    created_at: datetime
    etag: str


class Guardian(Wire):
    """Who consents for a child; never somebody whose interests conflict with the child's."""

    full_name: Name
    relation: Annotated[str, coded("relation")]
    basis: Annotated[str, coded("guardian_basis")]
    conflict_of_interest: bool = False


class ConsentIn(Wire):
    recipient_id: UUID
    purpose: str
    sections: Annotated[list[Section], Field(min_length=1, max_length=11)]
    language: Language
    method: Annotated[str, coded("consent_method")]
    expires_on: Day | None = None
    guardian: Guardian | None = None
    own_agreement: bool | None = None

    @field_validator("expires_on")
    @classmethod
    def _not_over(cls, value: date | None) -> date | None:
        if value is not None and value < today():
            raise PydanticCustomError("out_of_range", "Already over.")
        return value

    @field_validator("purpose")
    @classmethod
    def _known_purpose(cls, value: str) -> str:
        if not any(code_list(name).find(value, today()) for name in ("service", "purpose_of_use")):
            raise PydanticCustomError("unknown_code", "Unknown.", {"list": "service, purpose_of_use"})
        return value


class ConsentOut(Out):
    id: UUID
    case_id: UUID
    recorded_by: UUID
    recipient_id: UUID
    purpose: str
    sections: list[str]
    language: str
    method: str
    expires_on: date | None
    guardian: Guardian | None
    own_agreement: bool | None
    status: str
    created_at: datetime
    updated_at: datetime
    available_actions: list[str]
    etag: str


class RevocationIn(Wire):
    reason: Line | None = None
