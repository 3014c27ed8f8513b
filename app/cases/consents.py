"""Consent: one receiver, one purpose, named sections; for children through a guardian; withdrawn at any time.

Who may be a child is treated as one: an unknown birth date, one the caller may not read, and one known in part count as
the youngest reading.

The ages are design rules of this project, marked so in the contract: under 16 or age unknown a guardian consents, from
7 with the child's own agreement (Law 91/2025 Art 24), 16 and 17 consent themselves with the guardian informed.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from app.auth.scopes import Capability
from app.cases.actions import lock_case, section_content
from app.cases.custody_models import Consent
from app.cases.custody_schemas import ConsentIn, ConsentItem, ConsentOut, RevocationIn
from app.cases.exclusions import check_not_excluded
from app.cases.guardians import check_guardian
from app.cases.keys import case_key, seal, unseal
from app.cases.lifecycle import CONSENT, ConsentAction, ConsentRole, ConsentStatus
from app.cases.models import Case
from app.cases.parties import affected_referrals
from app.cases.sections import Section
from app.db import Tx
from app.etags import etag
from app.happenings import Event
from app.journal import Subject, record
from app.law.categories import possibly_under
from app.lifecycles import advance, available_actions, next_status
from app.organisations.actions import addressee
from app.problems import FieldError
from app.reference.fields import age_on, today
from app.refusals import GuardianRequired
from app.vault import Place

GUARDIAN_BELOW = 16
OWN_AGREEMENT_FROM = 7
_CUSTODIAN: Any = select(Case.custodian_id).where(Case.id == Consent.case_id).scalar_subquery().label("custodian_id")
VIEW: Select[Any] = select(Consent, _CUSTODIAN)


async def give(tx: Tx, case_id: UUID, body: ConsentIn) -> UUID:
    """Records what the person, or their guardian, agreed to."""
    await lock_case(tx, case_id)
    await addressee(tx, body.recipient_id, "/recipient_id", Capability.CASE_READ)
    await check_not_excluded(tx, case_id, body.recipient_id, "/recipient_id")
    identity = await section_content(tx, case_id, Section.IDENTITY)
    _check_age(body, identity.get("birth_date"))
    if body.guardian:
        await check_guardian(tx, case_id, body.guardian)
    consent_id = uuid4()
    key = await case_key(tx, case_id)
    described = body.guardian if body.guardian and body.guardian.guardian_id is None else None
    words = described.model_dump(exclude={"guardian_id"}) if described else None
    await tx.insert(
        Consent,
        {
            "id": consent_id,
            "case_id": case_id,
            "recorded_by": tx.me,
            "guardian_id": body.guardian.guardian_id if body.guardian else None,
            "guardian_sealed": seal(tx, key, Place("consents", "guardian", consent_id), words),
            **body.model_dump(exclude={"guardian"}),
        },
    )
    record(tx, Event.CONSENT_GIVEN, _subject(consent_id, case_id), parties=[body.recipient_id], purpose=body.purpose)
    return consent_id


def _check_age(body: ConsentIn, birth_date: str | None) -> None:
    if not possibly_under(GUARDIAN_BELOW, birth_date, today()):
        return
    if body.guardian is None:
        raise GuardianRequired(FieldError("/guardian", "required"))
    asked = birth_date is None or age_on(birth_date, today())[1] >= OWN_AGREEMENT_FROM
    if asked and not body.own_agreement:
        raise GuardianRequired(FieldError("/own_agreement", "required"))


async def revoke(tx: Tx, consent_id: UUID, body: RevocationIn) -> UUID:
    """Withdraws: a trigger ends every grant resting on it in this same transaction, so the next read finds nothing."""
    row = await tx.lock(VIEW.where(Consent.id == consent_id))
    sealed = None
    if body.reason:
        sealed = seal(tx, await case_key(tx, row.case_id), Place("consents", "revocation", row.id), body.reason)
    roles = _roles(tx, row)
    next_status(CONSENT, _status(row), ConsentAction.REVOKE, roles)
    await advance(tx, Consent, row, (CONSENT, ConsentAction.REVOKE, roles), revocation_sealed=sealed)
    parties = [row.recipient_id, row.recorded_by, row.custodian_id]
    record(tx, Event.CONSENT_REVOKED, _subject(row.id, row.case_id), parties=parties)
    return consent_id


def _roles(tx: Tx, row: Row[Any]) -> list[ConsentRole]:
    """`custodian_id` is null where the case is hidden from the caller."""
    parts = {ConsentRole.CUSTODIAN: row.custodian_id, ConsentRole.GIVER: row.recorded_by}
    return [role for role, organisation in parts.items() if organisation == tx.me]


def _status(row: Row[Any]) -> str:
    """The clock alone expires a consent: no write does at midnight, so it is judged whenever one asks."""
    over = row.status == ConsentStatus.GIVEN and row.expires_on is not None and row.expires_on < today()
    return str(ConsentStatus.EXPIRED if over else row.status)


def _subject(consent_id: UUID, case_id: UUID) -> Subject:
    return Subject("consent", consent_id, case_id)


async def show_consent(tx: Tx, consent_id: UUID) -> ConsentOut:
    """The consent, `expired` from the day after its last one. Who agreed for a child is a person too, named to recorder
    and custodian only; that reading is recorded."""
    row = await tx.one(VIEW.where(Consent.id == consent_id))
    guardian = {"guardian_id": row.guardian_id} if row.guardian_id else None
    if row.guardian_sealed and _roles(tx, row):  # a guardian is a person too, and no section of the recipient's
        key = await case_key(tx, row.case_id)
        guardian = unseal(tx, key, Place("consents", "guardian", row.id), row.guardian_sealed)
        record(tx, Event.GUARDIAN_READ, _subject(row.id, row.case_id))
    more = {"guardian": guardian, "affected_referrals": await affected_referrals(tx, consent_id)}
    return ConsentOut.model_validate({**_shown(tx, row), **more})


def consent_item(tx: Tx, row: Row[Any]) -> ConsentItem:
    return ConsentItem.model_validate(_shown(tx, row))


def _shown(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    status = _status(row)
    return {
        **row._mapping,
        "status": status,
        "available_actions": available_actions(CONSENT, status, _roles(tx, row)),
        "etag": etag(tx, row.id, row.version, status),
    }
