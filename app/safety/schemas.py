"""Wire shapes of placements, incidents and protections. The answer to a move holds no words: reading those states a
purpose."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import Clocked, Out
from app.cases.sections import Name, Wire, Words
from app.reference.fields import Day, Instant, PastDay, Province, coded, other_needs_text


class PlacementIn(Wire):
    """A stay that has begun, in a shelter of the directory: one's own, or one that accepted the person."""

    service_id: Annotated[UUID, Field(description="A service `shelter` of `/v1/services`.")]
    started_on: PastDay
    until: Annotated[Day | None, Field(description="The day it is to end, if that is set; not before it began.")] = None

    @field_validator("until")
    @classmethod
    def _after_the_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and "started_on" in info.data and value < info.data["started_on"]:
            raise PydanticCustomError("out_of_range", "Before the start.", {"least": "started_on"})
        return value


class ExtensionIn(Wire):
    """By the facility's director, the support authority or the competent body (Decree 162/2025 Art 17)."""

    until: Annotated[Day, Field(description="Later than the day set before.")]
    reason: Words


class PlacementEndIn(Wire):
    ended_on: Annotated[PastDay, Field(description="Not before the stay began.")]
    reason: Annotated[str, coded("placement_end")]
    destination: Annotated[str, coded("placement_destination")]
    text: Words | None = None

    _other = other_needs_text(reason="text")


class PlacementItem(Clocked):
    """A stay in a list: where by service, when, how it ended; no words, never an address."""

    id: UUID
    case_id: UUID
    service_id: UUID
    facility_id: UUID
    placed_by: UUID
    started_on: date
    until: date | None
    ended_on: date | None
    reason: str | None
    destination: str | None
    status: str
    created_at: datetime
    updated_at: datetime
    etag: str


class PlacementState(PlacementItem):
    """A stay after a move."""

    available_actions: list[str]


class ExtensionOut(Out):
    id: UUID
    extended_by: UUID
    until: date
    reason: str
    created_at: datetime


class PlacementOut(PlacementState):
    extensions: list[ExtensionOut]
    text: str | None


class PoliceExcluded(Wire):
    """Why no police body is told."""

    reason: Annotated[str, coded("police_exclusion")]
    text: Words


class IncidentIn(Wire):
    """Danger to the person. One of `police_id` and `exclude_police` is given: where handling says
    `official_suspected`, excluding the police is right."""

    kind: Annotated[str, coded("incident_kind")]
    occurred_at: Instant
    province_code: Province | None = None
    text: Annotated[Words, Field(description="The police body named reads it: say no more than it needs.")]
    police_id: Annotated[UUID | None, Field(description="The police body to be told at once.")] = None
    exclude_police: PoliceExcluded | None = None


class ResolutionIn(Wire):
    outcome: Annotated[str, coded("incident_outcome")]
    text: Words


class IncidentItem(Clocked):
    """An incident in a list, without words. `case_id` is null to the police, who see nothing of the case."""

    id: UUID
    reference: str
    case_id: UUID | None
    reported_by: UUID
    police_id: UUID | None
    exclusion: str | None
    kind: str
    occurred_at: datetime
    province_code: str | None
    status: str
    outcome: str | None
    custodian_acknowledged_at: datetime | None
    police_acknowledged_at: datetime | None
    created_at: datetime
    updated_at: datetime
    etag: str


class IncidentState(IncidentItem):
    """An incident after a move."""

    available_actions: list[str]


class IncidentTextOut(Out):
    id: UUID
    author_id: UUID
    kind: str
    text: str
    created_at: datetime


class IncidentOut(IncidentState):
    """`texts`: why the police were excluded, how it was resolved; for the custodian and their authors."""

    text: str
    texts: list[IncidentTextOut]


class Declined(Wire):
    """The person refuses protection and undertakes so in writing (Decree 162/2025 as reported)."""

    undertaking: Annotated[Literal[True], Field(description="The person's written undertaking is at hand.")]
    text: Words


Measures = Annotated[list[Annotated[str, coded("protection_measure")]], Field(min_length=1, max_length=20)]
OrderNumber = Annotated[Name, Field(description="Number of the order. Its file is a state secret: never send it.")]


class ProtectionIn(Wire):
    """Measures as ordered, or as offered and declined by the person."""

    measures: Measures
    order_number: OrderNumber | None = None
    starts_on: Annotated[Day | None, Field(validate_default=True, description="Goes with `order_number`.")] = None
    declined: Declined | None = None

    @field_validator("starts_on")
    @classmethod
    def _with_the_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is None and info.data.get("order_number") is not None:
            raise PydanticCustomError("required", "An order has a first day.")
        return value

    @model_validator(mode="after")
    def _ordered_or_declined(self) -> "ProtectionIn":
        if (self.order_number is None) == (self.declined is None):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["order_number", "declined"]})
        if self.declined and self.starts_on:
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["starts_on", "declined"]})
        return self


class ProtectionChangeIn(Wire):
    """A further order; its measures replace those before."""

    measures: Measures
    order_number: OrderNumber


class ProtectionEndIn(Wire):
    ended_on: Annotated[PastDay, Field(description="Not before the protection began.")]
    reason: Annotated[str, coded("protection_end")]
    text: Words | None = None
    declined: Annotated[Declined | None, Field(validate_default=True, description="With `person_declined` only.")] = (
        None
    )

    _other = other_needs_text(reason="text")

    @field_validator("declined")
    @classmethod
    def _with_that_reason(cls, value: Declined | None, info: ValidationInfo) -> Declined | None:
        if "reason" in info.data and (value is not None) != (info.data["reason"] == "person_declined"):
            code: Any = "required" if value is None else "invalid_value"
            raise PydanticCustomError(code, "A refusal is undertaken in writing.")
        return value


class ProtectionItem(Out):
    """A protection in a list: measures and dates. Shown only to who reads the section `refuge`, or ordered it."""

    id: UUID
    case_id: UUID
    ordered_by: UUID
    measures: list[str]
    starts_on: date | None
    ended_on: date | None
    reason: str | None
    status: str
    created_at: datetime
    updated_at: datetime
    etag: str


class ProtectionState(ProtectionItem):
    """A protection after a move."""

    available_actions: list[str]


class ProtectionOut(ProtectionState):
    order_numbers: list[str]
    text: str | None
