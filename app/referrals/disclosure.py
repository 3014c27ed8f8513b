"""What a referral discloses, and what that rests on: the person's consent, or a lawful basis fit for the receiver."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row

from app.cases.actions import readable_sections
from app.cases.custody_models import Consent
from app.cases.parties import grant
from app.cases.sections import Section
from app.db import Tx
from app.problems import FieldError, UnknownReference
from app.reference.codes import code_list
from app.reference.fields import today
from app.refusals import ConsentRequired, SectionsNotReadable


async def check_readable(tx: Tx, case_id: UUID, sections: Sequence[str], *, beyond: Set[str] = frozenset()) -> None:
    """One cannot pass on what one may not read. `beyond`: health, which the person may have sent unread to a healer."""
    allowed = await readable_sections(tx, case_id) | beyond
    refused = [FieldError(f"/sections/{i}", "not_covered") for i, name in enumerate(sections) if name not in allowed]
    if refused:
        raise SectionsNotReadable(*refused)


@dataclass(frozen=True)
class Disclosure:
    """Sections of one case to one receiver for one service, on exactly one of consent and lawful basis."""

    case_id: UUID
    receiver: Row[Any]
    service: str
    sections: Sequence[str]
    consent_id: UUID | None
    lawful_basis: str | None

    async def check_basis(self, tx: Tx) -> None:
        """422 naming the member at fault. The database checks the consent once more when the grant is written."""
        if self.lawful_basis:
            self._check_lawful_basis(self.lawful_basis)
        else:
            await self._check_consent(tx)

    def _check_lawful_basis(self, code: str) -> None:
        """Which agencies a basis can serve is data: to an association it serves only to protect life or a child."""
        attributes = code_list("lawful_basis").latest(code).attributes
        if self.receiver.agency not in attributes["receivers"] or "capability" in attributes:
            raise ConsentRequired(FieldError("/lawful_basis", "not_covered"))

    async def _check_consent(self, tx: Tx) -> None:
        query = select(Consent).where(Consent.id == self.consent_id, Consent.case_id == self.case_id)
        consent = await tx.first(query.with_for_update(read=True))  # a withdrawal at this moment goes before or after
        if consent is None:
            raise UnknownReference(FieldError("/consent_id", "unknown_reference"))
        if consent.status != "given" or (consent.expires_on is not None and consent.expires_on < today()):
            raise ConsentRequired(FieldError("/consent_id", "not_live"))
        fits = consent.recipient_id == self.receiver.id and consent.purpose in (self.service, "care_coordination")
        if not fits or set(self.sections) - set(consent.sections) - {Section.HANDLING}:
            raise ConsentRequired(FieldError("/consent_id", "not_covered"))

    async def grant(self, tx: Tx, referral_id: UUID) -> None:
        """The party row: asleep until the receiver accepts, ended with the referral or its consent."""
        sections = sorted({*self.sections, Section.HANDLING})
        basis = {"consent_id": self.consent_id} if self.consent_id else {"lawful_basis": self.lawful_basis}
        await grant(tx, self.case_id, self.receiver.id, ("referral", referral_id), sections, **basis)
