"""Wire shapes of links between persons, guardians and assessments."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictBool, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import Out
from app.cases.sections import Name, Wire, Words
from app.reference.codes import code_list
from app.reference.fields import Day, PastDay, coded


class LinkIn(Wire):
    """`case_id` is the other person's case, `relation` what that person is to the one of the path: a mother names her
    son `child`. Sent again, it replaces what was said of the two."""

    case_id: UUID
    relation: Annotated[str, coded("relation")]
    keep_together: StrictBool = True


class GuardianIn(Wire):
    """`starts_on` is left out when nobody knows since when, `ends_on` while the guardianship has no end."""

    full_name: Name
    relation: Annotated[str, coded("relation")]
    phone: Name | None = None
    basis: Annotated[str, coded("guardian_basis")]
    conflict_of_interest: StrictBool = False
    starts_on: Day | None = None
    ends_on: Annotated[Day | None, Field(description="Last day; not before `starts_on`.")] = None

    @field_validator("ends_on")
    @classmethod
    def _after_the_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("starts_on")
        if value is not None and start is not None and value < start:
            raise PydanticCustomError("out_of_range", "Before the start.", {"least": "starts_on"})
        return value


_LEFT_OUT: Any = Field(default=None)
"""Of a member that may be left out and may not be null."""


class GuardianPatch(Wire):
    """Merge patch (RFC 7396). A wrong name or basis is not mended here: end that guardian and record the right one."""

    phone: Name | None = None
    conflict_of_interest: StrictBool = _LEFT_OUT
    ends_on: Day | None = None


class GuardianItem(Out):
    """A guardian without a word about the person. `withdrawn_consents` ended when the conflict became known."""

    id: UUID
    case_id: UUID
    author_id: UUID
    basis: str
    conflict_of_interest: bool
    starts_on: date | None
    ends_on: date | None
    withdrawn_consents: list[UUID]
    created_at: datetime
    updated_at: datetime
    etag: str


class GuardianOut(GuardianItem):
    full_name: str
    relation: str
    phone: str | None


class AssessmentIn(Wire):
    """Which conclusions a kind may come to stands in the list assessment_conclusion. Who assessed is named by role."""

    kind: Annotated[str, coded("assessment_kind")]
    assessed_on: PastDay
    conclusion: Annotated[str, coded("assessment_conclusion")]
    risk: Annotated[str, coded("risk")] | None = None
    assessor: Annotated[str, coded("assessor_role")]
    text: Words

    @field_validator("conclusion")
    @classmethod
    def _of_this_kind(cls, value: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind")
        fitting = [each.code for each in code_list("assessment_conclusion").codes if kind in each.attributes["kinds"]]
        if kind is not None and value not in fitting:
            raise PydanticCustomError("invalid_value", "No conclusion of this kind.", {"members": fitting})
        return value


class AssessmentItem(Out):
    """An assessment in codes; its words are read by id, with a purpose."""

    id: UUID
    case_id: UUID
    author_id: UUID
    kind: str
    assessed_on: date
    conclusion: str
    risk: str | None
    assessor: str
    created_at: datetime


class AssessmentOut(AssessmentItem):
    text: str
