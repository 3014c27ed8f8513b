"""Wire shapes of searches and contact requests."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from app.cases.schemas import CaseItem, Out
from app.cases.sections import Line, Name, Wire
from app.reference.fields import PastDay, coded

_BY_NAME = "full_name+birth_year|birth_date"


Handle = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$", max_length=22, description="From `/v1/case-searches`.")]


class SearchIn(Wire):
    """A document number, or a full name with the year or the whole date of birth; found among the cases you hold or
    take part in.

    `beyond` looks among everybody else's too: by document number, or by full name with the whole date of birth.
    """

    document_number: Name | None = None
    full_name: Name | None = None
    birth_year: Annotated[int, Field(strict=True, ge=1900, le=2100)] | None = None
    birth_date: PastDay | None = None
    beyond: StrictBool = False

    @model_validator(mode="after")
    def _searchable(self) -> "SearchIn":
        born = [value for value in (self.birth_year, self.birth_date) if value is not None]
        by_name = self.full_name is not None and len(born) == 1
        by_document = self.document_number is not None
        if by_name == by_document or (by_document and born):
            raise PydanticCustomError("exactly_one", "Give exactly one.", {"members": ["document_number", _BY_NAME]})
        if self.beyond and not by_document and self.birth_date is None:
            members = ["document_number", "full_name+birth_date"]
            raise PydanticCustomError("exactly_one", "Beyond one's own cases.", {"members": members})
        return self


class HandleOut(Out):
    """A hit beyond one's own cases: that there is one, and nothing of the person or of who holds the case. It serves
    its finder's client until `expires_at`, for one request for contact or for break-glass."""

    handle: str
    expires_at: datetime


class SearchOut(Out):
    """`handles` is empty where nobody was found, the person is protected, or `beyond` was not asked for."""

    items: list[CaseItem]
    handles: list[HandleOut]


class ContactIn(Wire):
    """To the unknown holder of a case that a search found. `text` reaches that holder and nobody else."""

    handle: Handle
    reason: Annotated[str, coded("contact_reason")]
    text: Line | None = None


class ContactAnswerIn(Wire):
    """The holder stays unknown to the asker unless `disclose_me`, or unless `text` says who answers."""

    answer: Annotated[str, coded("contact_answer")]
    text: Line | None = None
    disclose_me: StrictBool = False


class ContactItem(Out):
    """A request in a list. `case_id` is for the holder; `disclosed_id` is the holder, where it let itself be known."""

    id: UUID
    asker_id: UUID
    case_id: UUID | None
    reason: str
    status: str
    answer: str | None
    disclosed_id: UUID | None
    answered_at: datetime | None
    created_at: datetime
    available_actions: list[str]
    etag: str


class ContactOut(ContactItem):
    text: str | None
    answer_text: str | None
