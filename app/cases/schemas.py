"""Wire shapes of cases, hand-overs, consents, notes and corrections."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.cases.sections import (
    Contact,
    Exploitation,
    Family,
    Few,
    Handling,
    Identity,
    Line,
    Name,
    Needs,
    Papers,
    Refuge,
    Section,
    SectionsIn,
    Wire,
    Words,
)
from app.reference.codes import code_list
from app.reference.fields import Country, Day, Instant, Language, coded, other_needs_text, today


class Out(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(from_attributes=True)


class Nothing(Wire):
    """The body of an action that needs no members: `{}`, or none at all."""


class Reason(Wire):
    """A reason in words."""

    reason: Line


class EntryOut(Out):
    id: UUID
    author_id: UUID
    created_at: datetime
    text: str


class SectionsOut(Out):
    """The sections this caller reads; the others are named in `masked`, filled or not."""

    identity: Identity | None = None
    papers: Papers | None = None
    contact: Contact | None = None
    family: Family | None = None
    handling: Handling | None = None
    needs: Needs | None = None
    exploitation: Exploitation | None = None
    refuge: Refuge | None = None
    statement: list[EntryOut] | None = None
    health: list[EntryOut] | None = None
    investigation: list[EntryOut] | None = None


class CaseLinkOut(Out):
    case_id: UUID
    relation: str
    keep_together: bool


class CaseItem(Out):
    """A case in a list: no section of a person."""

    id: UUID
    reference: str
    status: str
    stage: str
    identification: str
    support: str
    custodian_id: UUID
    province_code: str | None
    created_at: datetime
    etag: str


class CaseOut(CaseItem):
    sections: SectionsOut
    masked: list[Section]
    links: list[CaseLinkOut]
    available_actions: list[str]


class CasePatch(Wire):
    sections: SectionsIn


class NoteIn(Wire):
    text: Words


class NoteOut(Out):
    id: UUID
    case_id: UUID
    author_id: UUID
    text: str
    created_at: datetime


class CorrectionIn(Wire):
    """`value` is a merge patch of that section; the old value is kept beside the new one."""

    section: Annotated[Section, Field(description="A section that you may change, other than the appended ones.")]
    value: dict[str, Any]
    reason: Line
    evidence: Line | None = None


class CorrectionOut(Out):
    id: UUID
    case_id: UUID
    section: str
    author_id: UUID
    created_at: datetime
    old: dict[str, Any]
    new: dict[str, Any]
    reason: str
    evidence: str | None = None


class OutsideParty(Wire):
    """A receiver beyond the network: a foreign authority, a family, a hospital."""

    name: Name
    country: Country
    signatory: Name


class HandoverIn(Wire):
    """Exactly one of `receiver_id` and `outside`. `with_cases` move together with this one, or not at all."""

    receiver_id: UUID | None = None
    outside: OutsideParty | None = None
    with_cases: Annotated[list[UUID], Few] = []
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


class HandoverOut(Out):
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
    available_actions: list[str]
    etag: str


class HandoverItem(Out):
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


class ClosureIn(Wire):
    reason: Annotated[str, coded("closure_reason")]
    outcome: Annotated[str, coded("case_outcome")]


class ReopeningIn(Wire):
    reason: Annotated[str, coded("reopening_reason")]


class SearchIn(Wire):
    """A document number, or a full name with the year of birth; found among the cases you hold or take part in."""

    document_number: Name | None = None
    full_name: Name | None = None
    birth_year: Annotated[int, Field(ge=1900, le=2100)] | None = None

    @model_validator(mode="after")
    def _searchable(self) -> "SearchIn":
        by_name = self.full_name is not None and self.birth_year is not None
        if by_name == (self.document_number is not None):
            members = ["document_number", "full_name+birth_year"]
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": members})
        return self


class SearchOut(Out):
    items: list[CaseItem]


class TimelineEntry(Out):
    """`officer` is shown to the officer's own organisation only."""

    id: UUID
    at: datetime
    event: str
    subject_type: str
    subject_id: UUID | None
    organisation_id: UUID
    agency: str
    officer: str | None
    facts: dict[str, Any]


class AccessEntry(Out):
    """One read: by whom of your own house, or by which function elsewhere."""

    id: UUID
    at: datetime
    event: str
    own: bool
    agency: str
    officer: str | None
    purpose: str | None
    sections: list[str]
