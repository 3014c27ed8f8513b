"""Wire shapes of receptions: the event, its lists, one person at a time, and the hand-over to many provinces."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StrictBool, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.cases.schemas import Out
from app.cases.sections import Few, Line, Service, Wire, Words
from app.intakes.schemas import CaseRef, PersonIn, PlaceIn, TraffickingIn
from app.reference.fields import Instant, Province, coded, other_needs_text

INDICATORS_FOUND = "indicators_found"
_OF_A_CASE = ("indicators", "handling", "urgent_needs", "trafficking", "text")


class ReceptionIn(Wire):
    """Many people received at once: where, when, from whom, and how many were announced, if anybody said so."""

    place: PlaceIn
    occurred_at: Instant
    channel: Annotated[str, coded("intake_channel")] = "foreign_handover_unannounced"
    channel_text: Line | None = None
    foreign_body: Line | None = None
    expected: Annotated[int, Field(strict=True, ge=1, le=10_000)] | None = None

    _other = other_needs_text(channel="channel_text")


class ReceptionItem(Out):
    id: UUID
    reference: str
    status: str
    channel: str
    occurred_at: datetime
    province_code: str | None
    country_code: str | None
    expected: int | None
    created_at: datetime
    updated_at: datetime
    etag: str


class Counts(Out):
    """`waiting`: neither absent nor screened. `to_hand_over`: screened, and told to nobody yet."""

    listed: int = 0
    present: int = 0
    absent: int = 0
    waiting: int = 0
    indicators_found: int = 0
    no_indicators: int = 0
    unable: int = 0
    declined: int = 0
    to_hand_over: int = 0


class ProvinceCounts(Counts):
    home_province_code: str | None


class ReceptionHandoverOut(Out):
    """What a body is handed of a reception. `others` came home without indicators: a number, never who they are.

    `status` is the hand-over's, or `told` when there is no case in it and nothing to confirm.
    """

    id: UUID
    reception_reference: str
    giver_id: UUID
    receiver_id: UUID
    home_province_code: str | None
    place_province_code: str | None
    occurred_at: datetime
    cases: int
    others: int
    handover_id: UUID | None
    status: str
    created_at: datetime


class ManifestItem(Out):
    id: UUID
    listed: int
    duplicate: int
    unreadable: int
    created_at: datetime


class ReceptionOut(ReceptionItem):
    """With its progress: people by result and home province, lists imported, hand-overs with their status."""

    place_text: str | None
    channel_text: str | None
    foreign_body: str | None
    counts: Counts
    by_home_province: list[ProvinceCounts]
    manifests: list[ManifestItem]
    handovers: list[ReceptionHandoverOut]
    available_actions: list[str]


class RowError(Out):
    """`column` is its letter in the file."""

    column: str
    code: str
    message: str


class RowOut(Out):
    """`listed` with errors: the person is on the list, without what the errors name. A duplicate names its twin."""

    row: int
    status: str
    line_id: UUID | None
    errors: list[RowError]


class ManifestOut(ManifestItem):
    """`ignored_columns`: letters of columns whose headings say nothing to us, and which were not read."""

    reception_id: UUID
    ignored_columns: list[str]
    rows: list[RowOut]


class LineIn(Wire):
    """One person ticked off (`present`) and screened, at once or in two steps.

    `indicators_found` opens an intake and a case with what is said here, or else with what the list said. Any other
    result keeps a count only, so nothing about the person may be sent with it.
    """

    present: StrictBool
    screening_result: Annotated[str, coded("screening_result")] | None = None
    indicators: Annotated[list[Annotated[str, coded("screening_indicator")]], Few] = []
    home_province_code: Province | None = None
    person: PersonIn | None = None
    handling: Annotated[list[Annotated[str, coded("handling")]], Few] = []
    urgent_needs: Annotated[list[Service], Few] = []
    trafficking: TraffickingIn | None = None
    text: Words | None = None

    @property
    def opens_a_case(self) -> bool:
        return self.screening_result == INDICATORS_FOUND

    @model_validator(mode="after")
    def _fits_the_result(self) -> Self:
        faults = [("present", "invalid_value")] if self.screening_result and not self.present else []
        if self.opens_a_case:
            faults += [] if self.indicators else [("indicators", "required")]
        else:
            barred = (*_OF_A_CASE, *(["person"] if self.screening_result else []))
            faults += [(name, "only_with_indicators") for name in barred if getattr(self, name)]
        if faults:
            found = [
                InitErrorDetails(type=PydanticCustomError(code, "."), loc=(at,), input=None) for at, code in faults
            ]
            raise ValidationError.from_exception_data("LineIn", found)
        return self


class LineState(Out):
    """A line without words. `case` is what its intake opened, also after it was handed over."""

    id: UUID
    reception_id: UUID
    position: int
    present: bool | None
    screening_result: str | None
    indicators: list[str]
    home_province_code: str | None
    case: CaseRef | None
    reception_handover_id: UUID | None
    created_at: datetime
    updated_at: datetime


class LineOut(LineState):
    """`person` is who is to be ticked off; null once they were screened, or the reception is closed."""

    person: PersonIn | None


class GroupIn(Wire):
    """The people for one receiver: those of a home province, or those named. Screened ones only, each once."""

    receiver_id: UUID
    province_code: Province | None = None
    line_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)] | None = None

    @field_validator("line_ids")
    @classmethod
    def _each_once(cls, value: list[UUID] | None) -> list[UUID] | None:
        if value is not None and len(set(value)) < len(value):
            raise PydanticCustomError("invalid_value", "Each once.")
        return value

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.province_code is None and self.line_ids is None:
            raise PydanticCustomError("required", "Say who.", {"members": ["province_code", "line_ids"]})
        return self


class HandoversIn(Wire):
    """One hand-over for each group, all of them or none."""

    groups: Annotated[list[GroupIn], Field(min_length=1, max_length=34)]
    occurred_at: Instant | None = None
