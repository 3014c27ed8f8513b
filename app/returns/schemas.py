"""Wire shapes of returns: the list as a mission announces it, what the gate answers for each person."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import Clocked, Out
from app.cases.sections import (
    Few,
    Handling,
    Identity,
    IdentityDocument,
    Line,
    Papers,
    Wire,
    Words,
)
from app.intakes.schemas import PersonIn
from app.reference.fields import Instant, Planned, Province, coded

Flags = Annotated[list[Annotated[str, coded("handling")]], Few]
Means = Annotated[str, coded("transport")]
WaveNumber = Annotated[int, Field(strict=True, ge=1, le=50)]


class Wave(Wire):
    number: WaveNumber
    arrives_at: Planned


class Traveller(Identity):
    """Who is announced: identity and papers, which is all that a gate may know of somebody who has not arrived."""

    identity_documents: Annotated[list[IdentityDocument], Few] = []


class ListedIn(Wire):
    """One person of the list: a case of the announcer's own custody, or somebody without one. `handling` of a case is
    the case's own."""

    wave: WaveNumber | None = None
    case_id: UUID | None = None
    person: Traveller | None = None
    handling: Flags = []

    @model_validator(mode="after")
    def _one_person(self) -> "ListedIn":
        if (self.case_id is None) == (self.person is None):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["case_id", "person"]})
        if self.case_id and self.handling:
            raise PydanticCustomError("exactly_one", "Not both.", {"members": ["case_id", "handling"]})
        return self


def _each_once(persons: list[ListedIn]) -> list[ListedIn]:
    cases = [listed.case_id for listed in persons if listed.case_id]
    if len(set(cases)) < len(cases):
        raise PydanticCustomError("duplicate_member", "A case is listed twice.")
    return persons


def _numbered_once(waves: list[Wave]) -> list[Wave]:
    if len({wave.number for wave in waves}) < len(waves):
        raise PydanticCustomError("duplicate_member", "A wave is given twice.")
    return waves


Waves = Annotated[list[Wave], Few, AfterValidator(_numbered_once)]
Listed = Annotated[list[ListedIn], Field(max_length=500), AfterValidator(_each_once)]
Escorts = Annotated[list[Line], Few]


class ReturnIn(Wire):
    """What Joint Circular 01/2014 Art 4.1.b asks for: means, time, gate, identities, travel papers, escorts. `inbound`
    comes home to Viet Nam; `outbound` is a foreign victim going home. `arrives_at` is the first wave's."""

    direction: Literal["inbound", "outbound"]
    gate_id: UUID
    province_code: Province
    arrives_at: Planned
    means: Means
    waves: Waves = []
    escorts: Escorts = []
    text: Words | None = None
    persons: Listed = []


_LEFT_OUT: Any = Field(default=None)
"""Of a member that may be left out and may not be null."""


class ReturnPatch(Wire):
    """Members given replace, and only `text` may be null; `add` and `withdraw` change the list. Who has a result stays
    on it."""

    arrives_at: Planned = _LEFT_OUT
    means: Means = _LEFT_OUT
    waves: Waves = _LEFT_OUT
    escorts: Escorts = _LEFT_OUT
    text: Words | None = None
    add: Listed = []
    withdraw: Annotated[list[UUID], Field(max_length=500)] = []


class UnannouncedIn(Wire):
    """Persons whom nobody announced stand at the gate; each is recorded as an arrival then."""

    province_code: Province
    means: Means
    arrived_at: Instant
    text: Words | None = None


class ArrivalIn(Wire):
    """What became of one person: of the list by `person_id`, or `unlisted` with what is known. `text` says more, such
    as the hospital."""

    person_id: UUID | None = None
    result: Annotated[str, coded("return_person_result")]
    person: PersonIn | None = None
    handling: Flags = []
    text: Words | None = None

    @model_validator(mode="after")
    def _listed_or_not(self) -> "ArrivalIn":
        if (self.person_id is None) == (self.person is None):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["person_id", "person"]})
        if (self.result == "unlisted") != (self.person is not None) or (self.person_id and self.handling):
            raise PydanticCustomError("invalid_value", "Only who is unlisted is described.")
        return self


class ArrivalsIn(Wire):
    """Results of one wave, all of them or none."""

    arrived_at: Instant
    persons: Annotated[list[ArrivalIn], Field(min_length=1, max_length=200)]


class NoticeTerm(Out):
    """One term of law for the notice: by when, and whether it was kept."""

    rule: str
    vi: str
    en: str
    source: str
    certainty: str
    latest_at: datetime
    kept: bool


class ReturnItem(Clocked):
    """A return in a list. `notice` is `on_time`, `late`, or `missing` when nobody announced it; null when outbound."""

    id: UUID
    reference: str
    direction: str
    announcer_id: UUID | None
    gate_id: UUID
    province_code: str
    means: str
    arrives_at: datetime
    status: str
    notice: Literal["on_time", "late", "missing"] | None
    created_at: datetime
    etag: str


class ReturnPersonItem(Out):
    """One line without a word about the person. `case_id` is the case announced, or, for the gate, the one that the
    arrival opened; `result` is null while the person is awaited."""

    id: UUID
    position: int
    wave: int | None
    case_id: UUID | None
    result: str | None
    arrived_at: datetime | None


class ReturnOut(ReturnItem):
    waves: list[Wave]
    escorts: list[str]
    text: str | None
    reason: str | None
    answer: str | None
    notice_terms: list[NoticeTerm]
    persons: list[ReturnPersonItem]
    updated_at: datetime
    available_actions: list[str]


class ReturnPersonOut(ReturnPersonItem):
    """With what this caller reads of the person now: the gate while it awaits or holds them, the announcer its own."""

    text: str | None
    identity: Identity | None
    papers: Papers | None
    handling: Handling | None
