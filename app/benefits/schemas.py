"""Wire shapes of applications and disbursements."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.cases.schemas import Clocked, Out
from app.cases.sections import Line, Name, Service, Wire, Words
from app.law.entitlements import services_of
from app.reference.fields import Day, PastDay, coded
from app.reintegration.schemas import MOST_DONG, BeyondOut

APPLIED_FOR = frozenset(service for point in ("h", "i", "k") for service in services_of(point))
"""Schooling, vocational training and work, allowance and loan: what Form 07 is for."""


def _applied_for(service: str) -> str:
    if service not in APPLIED_FOR:
        raise PydanticCustomError("invalid_value", "No application is needed for this.", {"of": sorted(APPLIED_FOR)})
    return service


def _all_different(services: list[str]) -> list[str]:
    if len(set(services)) < len(services):
        raise PydanticCustomError("invalid_value", "Named twice.")
    return services


Dong = Annotated[int, Field(strict=True, gt=0, le=MOST_DONG, description="Whole dong.")]
Supports = Annotated[
    list[Annotated[Service, AfterValidator(_applied_for)]],
    AfterValidator(_all_different),
    Field(min_length=1, max_length=10, description="Services of points h, i and k of Law 53/2024 Art 37."),
]


class ApplicationIn(Wire):
    """A written application, as the person or their family handed it in (Decree 162/2025 Form 07)."""

    supports: Supports
    applicant: Annotated[str, coded("applicant")]
    text: Annotated[Words, Field(description="What is asked and why, in the applicant's words; the decider reads it.")]
    documents: Words | None = None
    submitted_on: PastDay
    decider_id: Annotated[UUID, Field(description="A body of the agency `labour`; may be yourself.")]


class Result(StrEnum):
    GRANTED = "granted"
    REFUSED = "refused"


class DecisionIn(Wire):
    """A refusal is in writing, with its reason. A grant without an amount is of support in kind."""

    result: Result
    number: Name
    decided_on: PastDay
    amount_vnd: Dong | None = None
    reason: Words | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        faults = []
        if self.result == Result.REFUSED and self.reason is None:
            faults.append(("reason", PydanticCustomError("required", "A refusal gives its reason.")))
        if self.result == Result.REFUSED and self.amount_vnd is not None:
            faults.append(("amount_vnd", PydanticCustomError("invalid_value", "Nothing is granted.")))
        if faults:
            errors = [InitErrorDetails(type=fault, loc=(member,), input=None) for member, fault in faults]
            # Raised as a ValidationError so that each fault is located at its member, not at the body.
            raise ValidationError.from_exception_data("DecisionIn", errors)
        return self


class ApplicationItem(Clocked):
    """An application in a list: no words. The decider is not told the case."""

    id: UUID
    case_id: UUID | None
    custodian_id: UUID
    decider_id: UUID
    supports: list[str]
    applicant: str
    status: str
    submitted_on: date
    decided_on: date | None
    granted_vnd: int | None
    created_at: datetime
    updated_at: datetime
    etag: str


class ApplicationState(ApplicationItem):
    """With what was disbursed on it: sums planned and paid, whoever planned and paid them."""

    author_id: UUID
    beyond: Annotated[list[BeyondOut], Field(description="Points asked for that the law may not give this person.")]
    withdrawal_reason: str | None
    planned_vnd: int
    paid_vnd: int
    available_actions: list[str]


class ApplicationOut(ApplicationState):
    text: str
    documents: str | None
    number: str | None
    answer: Annotated[str | None, Field(description="The reason of a decision, or what was said on withdrawing.")]


class DisbursementIn(Wire):
    """One sum to be paid at once; of an allowance in instalments each is one. It may precede any application."""

    application_id: UUID | None = None
    regime: Annotated[str, coded("regime")]
    service: Service
    amount_vnd: Dong
    planned_on: Day
    funding: Annotated[str, coded("funding")]
    budget: Annotated[Line | None, Field(description="The line of the budget it is to come from.")] = None


class PaymentIn(Wire):
    """What the person received. Less than planned needs its reason; the rest is then no longer owed."""

    paid_on: PastDay
    amount_vnd: Dong
    receipt_number: Name
    reason: Line | None = None


class DisbursementItem(Out):
    """A disbursement in a list: sums, dates and codes."""

    id: UUID
    case_id: UUID
    application_id: UUID | None
    author_id: UUID
    regime: str
    service: str
    amount_vnd: int
    planned_on: date
    funding: str
    beyond: BeyondOut | None
    status: str
    paid_on: date | None
    paid_vnd: int | None
    paid_by: UUID | None
    support_item_id: UUID | None
    cancellation_reason: str | None
    created_at: datetime
    updated_at: datetime
    etag: str


class DisbursementState(DisbursementItem):
    available_actions: list[str]


class DisbursementOut(DisbursementState):
    budget: str | None
    receipt_number: str | None
    text: Annotated[str | None, Field(description="Why less was paid than planned, or why it was cancelled.")]
