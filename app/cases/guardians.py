"""A child's guardians, and what a conflict of interest does: no consent through that person, and the given ones end.

Who is meant is judged by the name, however the consent named them: marks, case and the order of words do not matter.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Select, Uuid, func, literal_column, or_, select, update
from sqlalchemy.engine import Row

from app.cases.actions import lock_case, lock_own_case
from app.cases.custody_models import Consent
from app.cases.custody_schemas import Guardian as NamedGuardian
from app.cases.family_models import Guardian
from app.cases.family_schemas import GuardianIn, GuardianItem, GuardianOut, GuardianPatch
from app.cases.keys import case_key, unseal
from app.cases.lifecycle import CONSENT, CaseStatus, ConsentAction, ConsentRole, ConsentStatus
from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import advance
from app.problems import FieldError, UnknownReference
from app.reference.fields import today
from app.refusals import CaseClosed, DoesNotFit, GuardianRequired
from app.vault import DataKey, Place, fold

_WORDS = ("full_name", "relation", "phone")
_WITHDRAWN = (
    select(Consent.id)
    .where(Consent.case_id == Guardian.case_id, Consent.withdrawn_for == Guardian.id)
    .order_by(Consent.created_at, Consent.id)
    .scalar_subquery()
)
VIEW = select(Guardian, func.array(_WITHDRAWN, type_=ARRAY(Uuid())).label("withdrawn_consents"))


def _subject(guardian_id: UUID, case_id: UUID) -> Subject:
    return Subject("guardian", guardian_id, case_id)


def _place(guardian_id: UUID) -> Place:
    return Place("guardians", "sealed", guardian_id)


def guardian_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


async def record_guardian(tx: Tx, case_id: UUID, body: GuardianIn) -> UUID:
    """By the custodian. One recorded with a conflict ends what was consented to through them before."""
    await lock_own_case(tx, case_id)
    guardian_id, key = uuid4(), await case_key(tx, case_id)
    words = body.model_dump(include={*_WORDS})
    row = {
        "id": guardian_id,
        "case_id": case_id,
        "author_id": tx.me,
        "sealed": tx.keyring.vault.seal(key, _place(guardian_id), words),
        **body.model_dump(exclude={*_WORDS}),
    }
    await tx.insert(Guardian, row)
    subject, conflict = _subject(guardian_id, case_id), body.conflict_of_interest
    record(tx, Event.GUARDIAN_RECORDED, subject, basis=body.basis, conflict_of_interest=conflict)
    if conflict:
        await _withdraw_consents(tx, key, case_id, guardian_id)
    return guardian_id


async def amend_guardian(tx: Tx, guardian_id: UUID, patch: GuardianPatch, if_match: str | None) -> UUID:
    """A conflict that came to light, an end, another telephone. Consents that a conflict ended stay ended."""
    case_id = (await tx.one(select(Guardian.case_id).where(Guardian.id == guardian_id))).case_id
    case = await lock_case(tx, case_id, open_only=False)
    row = await tx.lock(select(Guardian).where(Guardian.id == guardian_id))
    must_match(if_match, guardian_etag(tx, row))
    if case.status == CaseStatus.CLOSED:
        raise CaseClosed
    changes = patch.model_dump(exclude={"phone"}, exclude_unset=True)
    if "ends_on" in changes:
        _check_end(row, changes["ends_on"])
    key = await case_key(tx, case_id)
    if "phone" in patch.model_fields_set:
        words = {**unseal(tx, key, _place(guardian_id), row.sealed), "phone": patch.phone}
        changes["sealed"] = tx.keyring.vault.seal(key, _place(guardian_id), words)
    await tx.execute(
        update(Guardian)
        .where(Guardian.id == guardian_id)
        .values(**changes, version=Guardian.version + 1, updated_at=func.now())
    )
    conflict = changes.get("conflict_of_interest", row.conflict_of_interest)
    record(tx, Event.GUARDIAN_AMENDED, _subject(guardian_id, case_id), conflict_of_interest=conflict)
    if conflict and not row.conflict_of_interest:
        await _withdraw_consents(tx, key, case_id, guardian_id)
    return guardian_id


def _check_end(row: Row[Any], ends_on: Any) -> None:
    if row.ends_on is not None and row.ends_on < today():
        raise DoesNotFit(FieldError("/ends_on", "not_live"))
    if ends_on is not None and row.starts_on is not None and ends_on < row.starts_on:
        raise DoesNotFit(FieldError("/ends_on", "out_of_range", {"least": "starts_on"}))


async def _withdraw_consents(tx: Tx, key: DataKey, case_id: UUID, guardian_id: UUID) -> None:
    """Every live consent through this person; the grants resting on it end by the trigger, before anybody reads on."""
    recorded = await tx.all(select(Guardian).where(Guardian.case_id == case_id))
    names = {row.id: _name(tx, key, row) for row in recorded}
    through = select(Consent).where(
        Consent.case_id == case_id,
        Consent.status == ConsentStatus.GIVEN,
        or_(Consent.expires_on.is_(None), Consent.expires_on >= today()),
        or_(Consent.guardian_id.is_not(None), Consent.guardian_sealed.is_not(None)),
    )
    for row in await tx.all(through.order_by(Consent.id).with_for_update(key_share=True)):
        inline = unseal(tx, key, Place("consents", "guardian", row.id), row.guardian_sealed)
        if (_folded(inline["full_name"]) if inline else names[row.guardian_id]) != names[guardian_id]:
            continue
        step = (CONSENT, ConsentAction.REVOKE, [ConsentRole.CUSTODIAN])
        await advance(tx, Consent, row, step, withdrawn_for=guardian_id)
        subject, parties = Subject("consent", row.id, case_id), [row.recipient_id, row.recorded_by]
        record(tx, Event.CONSENT_REVOKED, subject, parties=parties, reason="guardian_conflict")


async def check_guardian(tx: Tx, case_id: UUID, named: NamedGuardian) -> None:
    """422 `guardian_required` for a guardian whose interests conflict with the child's, said so here or recorded of the
    case (whether or not the caller may read its guardians), and for a recorded one not in force today."""
    key = await case_key(tx, case_id)
    if named.guardian_id is not None:
        pointer, name = "/guardian/guardian_id", await _name_in_force(tx, key, case_id, named.guardian_id)
    else:
        pointer, name = "/guardian/full_name", _folded(named.full_name or "")
    conflicted: Select[Any] = select(literal_column("*")).select_from(
        func.access.guardians_in_conflict(case_id).alias("guardian")
    )
    if named.conflict_of_interest or name in [_name(tx, key, row) for row in await tx.all(conflicted)]:
        raise GuardianRequired(FieldError(pointer, "conflict_of_interest"))


async def _name_in_force(tx: Tx, key: DataKey, case_id: UUID, guardian_id: UUID) -> list[str]:
    row = await tx.first(select(Guardian).where(Guardian.id == guardian_id, Guardian.case_id == case_id))
    if row is None:
        raise UnknownReference(FieldError("/guardian/guardian_id", "unknown_reference"))
    if not (row.starts_on or today()) <= today() <= (row.ends_on or today()):
        raise GuardianRequired(FieldError("/guardian/guardian_id", "not_live"))
    return _name(tx, key, row)


def _name(tx: Tx, key: DataKey, row: Row[Any]) -> list[str]:
    return _folded(unseal(tx, key, _place(row.id), row.sealed)["full_name"])


def _folded(name: str) -> list[str]:
    return sorted(fold(name).split())


def guardian_item(tx: Tx, row: Row[Any]) -> GuardianItem:
    return GuardianItem.model_validate({**row._mapping, "etag": guardian_etag(tx, row)})


async def show_recorded(tx: Tx, guardian_id: UUID) -> GuardianItem:
    """The answer to a change, without words: reading those needs a purpose."""
    return guardian_item(tx, await tx.one(VIEW.where(Guardian.id == guardian_id)))


async def show_guardian(tx: Tx, guardian_id: UUID) -> GuardianOut:
    row = await tx.one(VIEW.where(Guardian.id == guardian_id))
    words = unseal(tx, await case_key(tx, row.case_id), _place(row.id), row.sealed)
    record(tx, Event.GUARDIAN_READ, _subject(row.id, row.case_id))
    return GuardianOut.model_validate({**row._mapping, **words, "etag": guardian_etag(tx, row)})
