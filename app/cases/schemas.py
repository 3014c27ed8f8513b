"""Wire shapes of cases, hand-overs, consents, notes and corrections."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, computed_field

from app.cases.sections import (
    Line,
    Replaceable,
    Section,
    SectionsIn,
    Wire,
    Words,
)
from app.reference.fields import Instant, Language, coded, other_needs_text


class Out(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(from_attributes=True)


class Clocked(Out):
    """By when somebody owes the next step, and whether that moment has passed; null when no clock runs."""

    due_at: datetime | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def overdue(self) -> bool:
        """Judged when answered: a date passes without anybody writing it down."""
        return self.due_at is not None and self.due_at < datetime.now(UTC)


class DutyOwed(Out):
    """What the law asks for after a reception or hand-over that does not fit the procedure of its channel. Nobody is
    turned away for it: the duty is named, with the body that owes it and the article."""

    owed_by: str
    owed_to: list[str]
    act: str
    article: str
    certainty: str
    vi: str
    en: str
    deadline_id: str | None


class Nothing(Wire):
    """The body of an action that needs no members: `{}`, or none at all."""


class Reason(Wire):
    """A reason in words."""

    reason: Line


class EntryOut(Out):
    id: UUID
    author_id: UUID
    created_at: datetime
    text: str


class FindingOut(EntryOut):
    procedural_status: str | None = None


class SectionsOut(Replaceable):
    """The sections this caller reads; the others are named in `masked`, filled or not."""

    statement: list[EntryOut] | None = None
    health: list[EntryOut] | None = None
    investigation: list[FindingOut] | None = None


class CaseLinkOut(Out):
    case_id: UUID
    relation: str
    keep_together: bool


class CaseItem(Out):
    """A case in a list: no section of a person. `subject` other than person: a report that names nobody (a group or a
    situation), or a family's search."""

    id: UUID
    reference: str
    subject: str
    group_size: int | None
    status: str
    stage: str
    identification: str
    support: str
    custodian_id: UUID
    province_code: str | None
    created_at: datetime
    etag: str


class CaseState(CaseItem):
    """A case after a move, without a section: reading those needs a purpose."""

    available_actions: list[str]


class CaseOut(CaseState):
    sections: SectionsOut
    masked: list[Section]
    links: list[CaseLinkOut]


class CasePatch(Wire):
    sections: SectionsIn


class NoteIn(Wire):
    text: Words


class NoteOut(Out):
    id: UUID
    case_id: UUID
    author_id: UUID
    text: str
    created_at: datetime


class StatementIn(Wire):
    """What the person told, how it was taken, and why again: `reason` may be missing in the first statement only."""

    text: Words
    taken_at: Instant
    language: Annotated[Language, Field(description="Spoken by the person.")]
    interpreter: StrictBool
    reason: Annotated[
        Annotated[str, coded("statement_reason")] | None, Field(description="Needed once there is a statement.")
    ] = None
    reason_text: Line | None = None

    _other = other_needs_text(reason="reason_text")


class StatementItem(Out):
    """That a statement was taken, by a body of which function, and why again; what was said is read by its id.

    `language` and `interpreter` are null where an intake did not tell them.
    """

    id: UUID
    case_id: UUID
    version: int
    author_agency: str
    taken_at: datetime
    language: str | None
    interpreter: bool | None
    reason: str | None
    created_at: datetime


class StatementOut(StatementItem):
    text: str
    reason_text: str | None = None


class CorrectionIn(Wire):
    """`value` is a merge patch of that section; the old value is kept beside the new one."""

    section: Annotated[Section, Field(description="A section that you may change, other than the appended ones.")]
    value: dict[str, Any]
    reason: Line
    evidence: Line | None = None


class CorrectionItem(Out):
    """That something was corrected; what, is read with a purpose."""

    id: UUID
    case_id: UUID
    section: str
    author_id: UUID
    created_at: datetime


class CorrectionOut(CorrectionItem):
    old: dict[str, Any]
    new: dict[str, Any]
    reason: str
    evidence: str | None = None


class ClosureIn(Wire):
    reason: Annotated[str, coded("closure_reason")]
    outcome: Annotated[str, coded("case_outcome")]


class ReopeningIn(Wire):
    reason: Annotated[str, coded("reopening_reason")]


class TimelineEntry(Out):
    """`officer` is shown to the officer's own organisation only."""

    id: UUID
    at: datetime
    event: str
    subject_type: str
    subject_id: UUID | None
    organisation_id: UUID
    agency: str
    officer: str | None
    facts: dict[str, Any]


class AccessEntry(Out):
    """One read: by whom of your own house, or by which function elsewhere; and the break-glass it was made under."""

    id: UUID
    at: datetime
    event: str
    own: bool
    agency: str
    officer: str | None
    purpose: str | None
    sections: list[str]
    break_glass_id: UUID | None = None


class Grant(Out):
    """On what a reading rested: custody, or the carrier through which it was given, with consent, override or lawful
    basis."""

    carrier: str
    carrier_id: UUID | None = None
    consent_id: UUID | None = None
    override_id: UUID | None = None
    lawful_basis: str | None = None
    sections: list[str]


class DisclosureEntry(AccessEntry):
    """What was shown to whom: a reading, or with `referral.sent` and `referral.confirmed` the preview of a referral to
    its receiver. Without `grants`, what was shown is its reader's by the record itself, which `subject_type` names."""

    subject_type: str
    subject_id: UUID | None
    grants: list[Grant]
