"""Grants: what lets an organisation without custody read a case. Written by the giver, never by who gains it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Row
from sqlalchemy.sql.elements import ColumnElement

from app.cases.models import CaseParty
from app.db import Tx


async def grant(
    tx: Tx,
    case_id: UUID,
    organisation_id: UUID,
    carrier: tuple[str, UUID],
    sections: Sequence[str] | ColumnElement[Any],
    *,
    consent_id: UUID | None = None,
    lawful_basis: str | None = None,
    override_id: UUID | None = None,
) -> None:
    """One party row, as live as its carrier (hand-over, verification, referral) and its consent or override: triggers
    keep that.

    The database refuses a row whose carrier is not the caller's or names another receiver, and sections beyond what the
    caller may give.
    """
    kind, carrier_id = carrier
    await tx.execute(
        insert(CaseParty).values(
            id=uuid4(),
            case_id=case_id,
            organisation_id=organisation_id,
            given_by=tx.me,
            carrier=kind,
            carrier_id=carrier_id,
            sections=sections,
            consent_id=consent_id,
            lawful_basis=lawful_basis,
            override_id=override_id,
        )
    )


async def holders(tx: Tx, case_id: UUID, section: str) -> list[UUID]:
    """Who now holds a grant on a section and is told when it changes; the custodian knows all, others their own."""
    live = select(CaseParty.organisation_id).where(
        CaseParty.case_id == case_id, CaseParty.live, CaseParty.sections.contains([section])
    )
    return [party.organisation_id for party in await tx.all(live)]


async def affected_referrals(tx: Tx, basis_id: UUID) -> Sequence[Row[Any]]:
    """The referrals that rest on a consent or an override, as far as the caller sees them."""
    return await tx.all(select(func.access.affected_referrals(basis_id).table_valued("id", "status")))
