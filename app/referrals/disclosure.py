"""What a referral discloses, and what that rests on: the person's consent, a lawful basis fit for the receiver, or an
override that two officers decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from app.cases.custody_models import Consent, Override
from app.cases.declines import check_without_consent
from app.cases.lifecycle import OverrideStatus
from app.cases.parties import grant
from app.cases.sections import Section
from app.db import Tx
from app.problems import FieldError, UnknownReference
from app.reference.codes import code_list
from app.reference.fields import today
from app.refusals import ConsentRequired, OverrideRequired


@dataclass(frozen=True)
class Disclosure:
    """Sections of one case to one receiver for one service, on exactly one of consent and lawful basis."""

    case_id: UUID
    receiver: Row[Any]
    service: str
    sections: Sequence[str]
    consent_id: UUID | None
    lawful_basis: str | None
    override_id: UUID | None = None

    async def checked(self, tx: Tx) -> "Disclosure":
        """The same with what it rests on found and fit; 422 naming the member at fault. The database checks consent and
        override once more when the grant is written."""
        if self.lawful_basis is None:
            await self._check_consent(tx)
            return self
        basis = code_list("lawful_basis").latest(self.lawful_basis).attributes
        if "capability" in basis:
            return replace(self, override_id=await self._override(tx))
        # To an association a basis serves only to protect life or a child.
        if self.receiver.agency not in basis["receivers"]:
            raise ConsentRequired(FieldError("/lawful_basis", "not_covered"))
        await check_without_consent(tx, self.case_id, self.receiver.agency, basis, "/lawful_basis")
        return self

    async def _override(self, tx: Tx) -> UUID:
        """The custodian's own approved override that covers this, the longest of several; a withdrawal at this moment
        goes before or after."""
        query = select(Override.id).where(
            Override.case_id == self.case_id,
            Override.requested_by == tx.me,
            func.access.caller_has_custody(self.case_id),
            Override.recipient_id == self.receiver.id,
            Override.purpose.in_(self._purposes),
            Override.sections.contains(sorted({*self.sections} - {Section.HANDLING})),
            Override.status == OverrideStatus.APPROVED,
            Override.expires_on >= today(),
        )
        found = await tx.first(
            query.order_by(Override.expires_on.desc(), Override.id).limit(1).with_for_update(read=True)
        )
        if found is None:
            raise OverrideRequired(FieldError("/lawful_basis", "not_covered"))
        override_id: UUID = found.id
        return override_id

    @property
    def _purposes(self) -> tuple[str, str]:
        """What a consent or an override may be for, to carry a disclosure for this service."""
        return self.service, "care_coordination"

    async def _check_consent(self, tx: Tx) -> None:
        query = select(Consent).where(Consent.id == self.consent_id, Consent.case_id == self.case_id)
        consent = await tx.first(query.with_for_update(read=True))  # a withdrawal at this moment goes before or after
        if consent is None:
            raise UnknownReference(FieldError("/consent_id", "unknown_reference"))
        if consent.status != "given" or (consent.expires_on is not None and consent.expires_on < today()):
            raise ConsentRequired(FieldError("/consent_id", "not_live"))
        fits = consent.recipient_id == self.receiver.id and consent.purpose in self._purposes
        if not fits or set(self.sections) - set(consent.sections) - {Section.HANDLING}:
            raise ConsentRequired(FieldError("/consent_id", "not_covered"))

    async def grant(self, tx: Tx, referral_id: UUID) -> None:
        """The party row: asleep until the receiver accepts, ended with the referral, its consent or its override."""
        sections = sorted({*self.sections, Section.HANDLING})
        await grant(
            tx,
            self.case_id,
            self.receiver.id,
            ("referral", referral_id),
            sections,
            consent_id=self.consent_id,
            lawful_basis=self.lawful_basis,
            override_id=self.override_id,
        )
