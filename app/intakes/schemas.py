"""Wire shapes of intakes: nothing is required beyond how, when and where. Nobody is turned away."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import DutyOwed, Out
from app.cases.sections import (
    Contact,
    Exploitation,
    Family,
    Few,
    Identity,
    IdentityDocument,
    Line,
    Service,
    Wire,
    Words,
)
from app.reference.fields import Country, Instant, Province, coded, other_needs_text

SchemaVersion = Literal["1.0"]


class PlaceIn(Wire):
    """Exactly one of province, country and `unknown`; `text` may add to any of them, or stand alone."""

    province_code: Province | None = None
    country_code: Country | None = None
    text: Line | None = None
    unknown: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "PlaceIn":
        coded_places = sum(x is not None for x in (self.province_code, self.country_code, self.unknown))
        if coded_places > 1 or (coded_places == 0 and self.text is None):
            members = ["province_code", "country_code", "text", "unknown"]
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": members})
        return self


class PersonIn(Identity):
    """One person as far as known: identity, papers, contact and family together, as an officer hears them."""

    identity_documents: Annotated[list[IdentityDocument], Few] = []
    contact: Contact | None = None
    family: Family | None = None


class MinorIn(PersonIn):
    """A person under 18 who came along; gets a case of its own, has rights of its own (Law 53/2024 Art 37)."""

    relation: Annotated[str, coded("relation")] = "unknown"


class TraffickingIn(Exploitation):
    statement: Words | None = None


class IntakeIn(Wire):
    """One record of reception. `record_mode: minimal` reports an adult who declines to be recorded."""

    schema_version: SchemaVersion
    channel: Annotated[str, coded("intake_channel")]
    channel_text: Line | None = None
    received_at: Instant
    place: PlaceIn
    record_mode: Annotated[str, coded("record_mode")] = "full"
    person: PersonIn | None = None
    accompanying_minors: Annotated[list[MinorIn], Field(max_length=20)] = []
    urgent_needs: Annotated[list[Service], Few] = []
    handling: Annotated[list[Annotated[str, coded("handling")]], Few] = []
    trafficking: TraffickingIn | None = None
    text: Words | None = None
    case_id: UUID | None = None

    _other = other_needs_text(channel="channel_text")

    @model_validator(mode="after")
    def _no_person_when_minimal(self) -> "IntakeIn":
        if self.record_mode != "full" and (self.person is not None or self.accompanying_minors or self.case_id):
            raise PydanticCustomError("exactly_one", "Not both.", {"members": ["person", "record_mode"]})
        if self.case_id and self.accompanying_minors:
            raise PydanticCustomError("exactly_one", "Not both.", {"members": ["case_id", "accompanying_minors"]})
        return self


class CaseRef(Out):
    id: UUID
    reference: str


class IntakeItem(Out):
    """What its author keeps for ever. `status` is coarse: received, verifying, confirmed, not_victim or closed."""

    id: UUID
    reference: str
    digest: str
    status: str
    channel: str
    record_mode: str
    received_at: datetime
    province_code: str | None
    country_code: str | None
    created_at: datetime
    updated_at: datetime
    etag: str


class Accompanying(Out):
    case: CaseRef


class IntakeOut(IntakeItem):
    """`case` is null for a report without a person. `content` is what was sent, while its author holds custody."""

    case: CaseRef | None
    accompanying: list[Accompanying]
    duties_owed: list[DutyOwed]


class IntakeFull(IntakeOut):
    content: dict[str, Any] | None


class ReceiptOut(Out):
    """A compact JWS by the receipts key (/.well-known/jwks): proof of what was taken in, and when."""

    receipt: str


class SupplementIn(Wire):
    """`pointer` is the JSON pointer into the intake that a correction or retraction is about."""

    kind: Literal["addition", "correction", "retraction"]
    pointer: Annotated[str, Field(max_length=500, pattern=r"^(/([^~/]|~[01])*)*$")] | None = None
    value: Any = None

    @field_validator("value")
    @classmethod
    def _small(cls, value: Any) -> Any:
        if len(str(value)) > 100_000:
            raise PydanticCustomError("too_long", "Too long.")
        return value


class SupplementOut(Out):
    id: UUID
    intake_id: UUID
    case_id: UUID | None
    organisation_id: UUID
    kind: str
    pointer: str | None
    value: Any
    digest: str
    created_at: datetime
