"""Wire shapes of hand-overs and consents."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StrictBool, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import Clocked, DutyOwed, Out
from app.cases.sections import Few, Line, Name, Section, Wire, Words
from app.reference.codes import code_list
from app.reference.fields import Country, Day, Instant, Language, coded, other_needs_text, today


class OutsideParty(Wire):
    """A party beyond the network: a foreign authority, a family, a hospital. As `giver` it handed the person to you, as
    at the bridge; custody is yours already, and the minutes are what is recorded."""

    name: Name
    country: Country
    signatory: Name
    role: Literal["receiver", "giver"] = "receiver"
    to_family: Annotated[StrictBool, Field(description="Về với gia đình · Home to the family")] = False


class PhysicalReceiver(Wire):
    """Who took the person over in fact; often no officer of the body that takes custody."""

    full_name: Name
    post: Line | None = None
    organisation_text: Line | None = None


class HandedPaper(Wire):
    """A paper that changed hands: of the person of the case, or of `case_id` among those who move together."""

    document_type: Annotated[str, coded("document_type")]
    number: Name | None = None
    text: Line | None = None
    case_id: UUID | None = None

    _other = other_needs_text(document_type="text")


class StateOf(Wire):
    """How one of those who move together was."""

    case_id: UUID
    state: Annotated[str, coded("reception_state")]


def _one_each(states: list[StateOf]) -> list[StateOf]:
    if len({each.case_id for each in states}) < len(states):
        raise PydanticCustomError("invalid_value", "Two states of one person.")
    return states


States = Annotated[list[StateOf], Few, AfterValidator(_one_each)]


class Minutes(BaseModel):
    """What minutes hold beside parties, time and the person's state (Joint Circular 01/2014 Annexes 3 and 4)."""

    place_text: Line | None = None
    received_by: PhysicalReceiver | None = None
    papers: Annotated[list[HandedPaper], Few] = []
    belongings: Annotated[list[Line], Few] = []
    states: Annotated[
        States, Field(description="Of those in `with_cases`; `state` is of the person of this case.")
    ] = []


class HandoverIn(Minutes, Wire):
    """Exactly one of `receiver_id` and `outside`. `with_cases` move together with this one, or not at all; whoever is
    linked with `keep_together` is among them, or `separation_reason` says why not."""

    receiver_id: UUID | None = None
    outside: OutsideParty | None = None
    with_cases: Annotated[list[UUID], Field(max_length=1000)] = []
    occurred_at: Annotated[
        Instant | None, Field(description="When it happened, however much later it is recorded.")
    ] = None
    state: Annotated[str, coded("reception_state")] | None = None
    separation_reason: Annotated[str, coded("separation_reason")] | None = None
    text: Words | None = None

    _other = other_needs_text(separation_reason="text")

    @model_validator(mode="after")
    def _one_receiver(self) -> "HandoverIn":
        if (self.receiver_id is None) == (self.outside is None):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["receiver_id", "outside"]})
        return self


class Confirmation(Wire):
    """What the receiver found, kept beside what the giver wrote and never in its place; `{}` adds nothing."""

    occurred_at: Instant | None = None
    received_by: PhysicalReceiver | None = None
    state: Annotated[str, coded("reception_state")] | None = None
    states: States = []
    papers_checked: Annotated[StrictBool | None, Field(description="False: not all papers listed were there.")] = None
    text: Words | None = None


class HandoverRefusalIn(Wire):
    """A refusal is in writing, with its reason (Circular 35/2013 Art 16.3.b)."""

    reason: Annotated[str, coded("handover_refusal")]
    text: Words


class CancellationIn(Wire):
    reason: Annotated[str, coded("cancellation_reason")]
    text: Line | None = None

    _other = other_needs_text(reason="text")


class HandoverState(Clocked):
    """A hand-over without its words: those are read by id, with a purpose."""

    id: UUID
    case_id: UUID
    cases: list[UUID]
    giver_id: UUID
    receiver_id: UUID | None
    status: str
    state: str | None
    separation_reason: str | None
    reason: str | None
    occurred_at: datetime | None
    created_at: datetime
    updated_at: datetime
    duties_owed: list[DutyOwed]
    available_actions: list[str]
    etag: str


class HandoverOut(HandoverState, Minutes):
    """`text` and the minutes are the giver's, `answer` says why it was refused or cancelled, `confirmation` is the
    receiver's."""

    outside: OutsideParty | None
    text: str | None
    answer: str | None
    confirmation: Confirmation | None


class HandoverItem(Clocked):
    id: UUID
    case_id: UUID
    giver_id: UUID
    receiver_id: UUID | None
    status: str
    created_at: datetime
    etag: str


class Guardian(Wire):
    """Who consents for a child: a guardian recorded of the case, or one described here; never somebody whose interests
    conflict with the child's."""

    guardian_id: UUID | None = None
    full_name: Name | None = None
    relation: Annotated[str, coded("relation")] | None = None
    basis: Annotated[str, coded("guardian_basis")] | None = None
    conflict_of_interest: StrictBool = False

    @model_validator(mode="after")
    def _recorded_or_described(self) -> "Guardian":
        described = [self.full_name, self.relation, self.basis]
        if (None in described) if self.guardian_id is None else any(described):
            members = ["guardian_id", "full_name+relation+basis"]
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": members})
        return self


def _known_purpose(value: str) -> str:
    if not any(code_list(name).find(value, today()) for name in ("service", "purpose_of_use")):
        raise PydanticCustomError("unknown_code", "Unknown.", {"list": "service, purpose_of_use"})
    return value


def _not_over(value: date) -> date:
    if value < today():
        raise PydanticCustomError("out_of_range", "Already over.")
    return value


Purpose = Annotated[
    str, AfterValidator(_known_purpose), WithJsonSchema({"type": "string", "pattern": "^[a-z_]+$", "maxLength": 64})
]
LastDay = Annotated[Day, AfterValidator(_not_over)]


class ConsentIn(Wire):
    recipient_id: UUID
    purpose: Purpose
    sections: Annotated[list[Section], Field(min_length=1, max_length=11)]
    language: Language
    method: Annotated[str, coded("consent_method")]
    expires_on: LastDay | None = None
    guardian: Guardian | None = None
    own_agreement: StrictBool | None = None


class AffectedReferral(Out):
    """A referral that rests on the consent or override."""

    id: UUID
    status: str


class ConsentItem(Out):
    """A consent in a list: whose guardian agreed is read by its id."""

    id: UUID
    case_id: UUID
    recorded_by: UUID
    recipient_id: UUID
    purpose: str
    sections: list[str]
    language: str
    method: str
    expires_on: date | None
    own_agreement: bool | None
    withdrawn_for: Annotated[UUID | None, Field(description="The guardian whose conflict of interest ended it.")]
    status: str
    created_at: datetime
    updated_at: datetime
    available_actions: list[str]
    etag: str


class ConsentOut(ConsentItem):
    """`affected_referrals`: those that rest on it, as far as you see them; they end with it."""

    guardian: Guardian | None
    affected_referrals: list[AffectedReferral]


class RevocationIn(Wire):
    reason: Line | None = None
