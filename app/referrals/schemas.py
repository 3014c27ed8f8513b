"""Wire shapes of referrals."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import Clocked, Out
from app.cases.sections import Section, Wire, Words
from app.reference.fields import Province, coded, other_needs_text

LawfulBasis = Annotated[str, coded("lawful_basis")]


class Basis(Wire):
    """On what a disclosure rests: the person's consent, or a coded lawful basis; exactly one."""

    consent_id: UUID | None = None
    lawful_basis: LawfulBasis | None = None

    @model_validator(mode="after")
    def _one_basis(self) -> "Basis":
        if (self.consent_id is None) == (self.lawful_basis is None):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["consent_id", "lawful_basis"]})
        return self


class Claimable(Wire):
    """Open to any organisation acting in this province that can take referrals."""

    province_code: Province


class ReferralIn(Wire):
    """To a receiver, resting on a consent or a lawful basis; or claimable in a province, the basis given when a
    claim is confirmed, since a consent names its receiver."""

    case_id: UUID
    receiver_id: UUID | None = None
    claimable: Claimable | None = None
    service: Annotated[str, coded("service")]
    sections: Annotated[list[Section], Field(max_length=11)]
    consent_id: UUID | None = None
    lawful_basis: LawfulBasis | None = None
    urgency: Annotated[str, coded("urgency")] = "routine"
    note: Words | None = None

    @model_validator(mode="after")
    def _one_addressee(self) -> "ReferralIn":
        if (self.receiver_id is None) == (self.claimable is None):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["receiver_id", "claimable"]})
        bases = (self.consent_id is not None) + (self.lawful_basis is not None)
        if bases != (0 if self.claimable else 1):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["consent_id", "lawful_basis"]})
        return self


class RefusalIn(Wire):
    """In writing with reasons (Circular 35/2013 Art 16.3.b)."""

    reason: Annotated[str, coded("referral_refusal_reason")]
    text: Words


class TextIn(Wire):
    text: Words


class CompletionIn(Wire):
    outcome: Annotated[str, coded("referral_outcome")]
    text: Words | None = None

    _other = other_needs_text(outcome="text")


class WithdrawalIn(Wire):
    reason: Annotated[str, coded("withdrawal_reason")]
    text: Words | None = None

    _other = other_needs_text(reason="text")


class ReferralText(Out):
    id: UUID
    author_id: UUID
    kind: str
    text: str
    created_at: datetime


class Preview(Out):
    """What a receiver decides by before it accepts: codes, nothing that says who the person is. Written when the
    referral is sent, so an old one may lack what was added since: whose age was not told may be a child."""

    service: str
    urgency: str
    province_code: str | None
    age_band: str
    may_be_child: bool = True
    sex: str
    interpreter_needed: bool = False
    handling: list[str]
    declines: list[str] = []


class ReferralItem(Clocked):
    """A referral in a list. `preview` only to those it was sent to or by: a claimable one discloses nothing.

    `basis_ended`: the consent or override that it rests on was withdrawn or is over. The receiver then reads nothing
    through it, neither sections nor preview, and keeps this record and its own words.
    """

    id: UUID
    reference: str
    case_id: UUID | None
    sender_id: UUID | None
    receiver_id: UUID | None
    province_code: str | None
    service: str
    urgency: str
    status: str
    basis_ended: bool
    preview: Preview | None
    created_at: datetime
    updated_at: datetime
    etag: str


class ReferralOut(ReferralItem):
    sections: list[str]
    reason: str | None
    outcome: str | None
    texts: list[ReferralText]
    acknowledged_at: datetime | None
    accepted_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    available_actions: list[str]


class ReferralStatus(Out):
    """State and dates, nothing else."""

    id: UUID
    reference: str
    status: str
    created_at: datetime
    acknowledged_at: datetime | None
    accepted_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    etag: str
