"""Wire shapes of intakes: nothing is required beyond how, when and where. Nobody is turned away."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.cases.schemas import DutyOwed, Out
from app.cases.sections import (
    Contact,
    Exploitation,
    Family,
    Few,
    Identity,
    IdentityDocument,
    Line,
    Name,
    Service,
    Wire,
    Words,
)
from app.reference.fields import Country, Instant, Moment, Province, coded, other_needs_text, seen

SchemaVersion = Literal["1.0"]


def _random_id(value: UUID) -> UUID:
    """Ids of versions 4 and 8 tell neither time nor volume; the others do, and could be guessed."""
    if value.version not in (4, 8):
        raise PydanticCustomError("invalid_format", "A random UUID is needed.")
    return value


SentId = Annotated[UUID, AfterValidator(_random_id)]
"""An id made by the sender of a record, before it was sent."""


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


class ReporterIn(Wire):
    """Who reported, when it was another than the person. Kept apart from the report, for its author alone, for ever."""

    full_name: Name | None = None
    phone: Name | None = None
    relation: Annotated[str, coded("relation")] | None = None
    anonymous: Annotated[StrictBool, Field(description="Does not give a name.")] = False
    may_be_contacted: StrictBool = False

    @model_validator(mode="after")
    def _anonymous_has_no_name(self) -> "ReporterIn":
        if self.anonymous and self.full_name is not None:
            raise PydanticCustomError("exactly_one", "Not both.", {"members": ["anonymous", "full_name"]})
        return self


_SUBJECTS = {"full": ("person", "missing_person"), "minimal": ("person",)}
_NOT_WITH = {
    "full": ("age_band",),
    "minimal": (
        *("person", "accompanying_minors", "case_id", "reporter", "respond_by"),
        *("place.text", "trafficking.statement", "trafficking.other_text"),
    ),
    "situation": ("person", "accompanying_minors", "age_band", "trafficking.statement"),
}
"""What a record mode leaves out: who declines is not written down in any words but `text`."""


class IntakeIn(Wire):
    """One record of reception.

    `record_mode: minimal` reports an adult who declines to be recorded: no person, no words but `text`, no case. Of a
    `situation` nobody is named either, but it opens a case, so that it can be handed over; `text` goes with it. Where a
    family searches for a `missing_person`, that is the person, and who called is the `reporter`.
    """

    schema_version: SchemaVersion
    channel: Annotated[str, coded("intake_channel")]
    channel_text: Line | None = None
    received_at: Instant
    place: PlaceIn
    record_mode: Annotated[str, coded("record_mode")] = "full"
    subject: Annotated[str, coded("subject")] = "person"
    person: PersonIn | None = None
    accompanying_minors: Annotated[list[MinorIn], Field(max_length=20)] = []
    age_band: Annotated[str, coded("age_band"), Field(description="Of who declines to be recorded.")] | None = None
    group_size: Annotated[int, Field(strict=True, ge=2, le=100_000)] | None = None
    declines: Annotated[list[Annotated[str, coded("declines")]], Few] = []
    urgent_needs: Annotated[list[Service], Few] = []
    handling: Annotated[list[Annotated[str, coded("handling")]], Few] = []
    respond_by: Annotated[Moment, Field(description="By when somebody must act on `immediate_danger`.")] | None = None
    trafficking: TraffickingIn | None = None
    text: Words | None = None
    reporter: ReporterIn | None = None
    case_id: UUID | None = None

    _other = other_needs_text(channel="channel_text")

    @model_validator(mode="after")
    def _of_one_piece(self) -> "IntakeIn":
        if self.case_id and self.accompanying_minors:
            raise PydanticCustomError("exactly_one", "Not both.", {"members": ["case_id", "accompanying_minors"]})
        faults = [*self._modes(), *self._danger()]
        if faults:
            # Raised as a ValidationError so that each fault is located at its member.
            errors = [InitErrorDetails(type=fault, loc=tuple(at.split(".")), input=None) for at, fault in faults]
            raise ValidationError.from_exception_data("IntakeIn", errors)
        return self

    def _modes(self) -> Iterator[tuple[str, PydanticCustomError]]:
        unfit = PydanticCustomError("not_with_mode", "Not used with this mode.")
        required = PydanticCustomError("required", "Required.")
        if self.subject not in _SUBJECTS.get(self.record_mode, ("person", "group", "situation")):
            yield "subject", unfit
        yield from ((at, unfit) for at in _NOT_WITH[self.record_mode] if _said(self, at))
        if self.group_size and self.subject != "group":
            yield "group_size", unfit
        if "record" in self.declines and self.record_mode != "minimal":
            yield "declines", unfit
        if self.record_mode == "minimal" and self.age_band is None:
            yield "age_band", required
        if self.subject == "missing_person" and self.person is None:
            yield "person", required

    def _danger(self) -> Iterator[tuple[str, PydanticCustomError]]:
        if self.respond_by is None:
            return
        if "immediate_danger" not in self.handling:
            yield "handling", PydanticCustomError("required", "Required.", {"members": ["immediate_danger"]})
        if self.respond_by < self.received_at:
            least = {"least": "received_at"}
            yield "respond_by", PydanticCustomError("out_of_range", "Before it was received.", least)


def _said(body: IntakeIn, path: str) -> bool:
    found: Any = body
    for member in path.split("."):
        found = getattr(found, member, None)
    return bool(found)


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
    subject: str
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


class ReporterOut(Out):
    """As it was told; null: not said."""

    intake_id: UUID
    full_name: str | None = None
    phone: str | None = None
    relation: str | None = None
    anonymous: bool
    may_be_contacted: bool


class FeedbackIn(Wire):
    """What became of a report, for whoever made it. Say no more than they need to know."""

    outcome: Annotated[str, coded("feedback_outcome")]
    text: Words | None = None

    _other = other_needs_text(outcome="text")


class FeedbackItem(Out):
    """Feedback in a list. `told`: the bodies whose reports are on the case, who read it; each of them sees itself."""

    id: UUID
    case_id: UUID
    author_id: UUID
    told: list[UUID]
    outcome: str
    created_at: datetime


class FeedbackOut(FeedbackItem):
    text: str | None


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
    def _readable(cls, value: Any) -> Any:
        if len(str(value)) > 100_000:
            raise PydanticCustomError("too_long", "Too long.")
        return seen(value)


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
