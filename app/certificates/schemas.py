"""Wire shapes of certificates."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.cases.schemas import Out
from app.cases.sections import Few, Line, Name, Wire, Words
from app.reference.fields import Country, PartialDate, PastDay, coded, other_needs_text


class Holder(Wire):
    """What the paper says of the person."""

    full_name: Name | None = None
    birth_date: PartialDate | None = None
    sex: Annotated[str, coded("sex")] | None = None
    nationalities: Annotated[list[Country], Few] | None = None
    birth_place: Line | None = None


class Paper(Wire):
    """Number and day of the paper, as printed on it."""

    number: Name
    issued_on: PastDay
    issuer: Line | None = None


class CertificateIn(Paper):
    """`holder` is taken from the case's identity when left out."""

    kind: Annotated[str, coded("certificate_kind")]
    holder: Holder | None = None


class CorrectionIn(Wire):
    """The members of `holder` that were wrong, with their right values; the number stays."""

    holder: Holder
    reason: Line


class ReissueIn(Paper):
    """A new paper in place of this one: lost, damaged, or wrong in print."""

    holder: Annotated[Holder, Field(description="What differs from the paper it replaces.")] = Holder()
    reason: Line


class RevocationIn(Wire):
    """`impostor`: it was issued to somebody who pretended (Law 53/2024 Art 3.11)."""

    reason: Annotated[str, coded("certificate_revocation")]
    text: Words | None = None

    _other = other_needs_text(reason="text")


class CertificateItem(Out):
    """A certificate in a list: codes, dates and ids."""

    id: UUID
    case_id: UUID
    kind: str
    issuer_id: UUID
    verification_id: UUID | None
    replaces_id: UUID | None
    status: str
    issued_on: date
    reason: str | None
    created_at: datetime
    updated_at: datetime
    etag: str


class Earlier(Out):
    """What it said until a correction."""

    holder: Holder
    reason: str
    corrected_on: date


class CertificateOut(CertificateItem):
    number: str
    issuer: str | None
    holder: Holder
    text: str | None
    earlier: list[Earlier]
    available_actions: list[str]
