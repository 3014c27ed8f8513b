"""Exclusions: an organisation, or one officer of it, that must not see a case, whatever it holds or is given later.

By the custodian, and known to the custodian alone: to the excluded everything of the case is missing, but for its own
intake. `access.caller_barred` decides it in the database. That an *officer* is kept away is a claim of the officer's
own organisation, which says who acts: a lapse is prevented so, a lying organisation is not.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from app.auth.scopes import Capability
from app.cases.actions import lock_case
from app.cases.custody_models import Handover, HandoverCase
from app.cases.exclusion_models import Exclusion
from app.cases.exclusion_schemas import ExclusionIn, ExclusionItem, ExclusionOut, LiftingIn
from app.cases.keys import case_key, seal, unseal
from app.cases.lifecycle import EXCLUSION, ExclusionAction, ExclusionRole
from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import advance, available_actions
from app.organisations.actions import addressee
from app.problems import FieldError, NotYourMove, UnknownReference, ValidationFailed
from app.refusals import OpenHandover, OrganisationExcluded
from app.vault import Place


async def check_not_excluded(tx: Tx, case_id: UUID, organisation_id: UUID, pointer: str) -> None:
    """422 before anything of the case is given or told to an excluded body: plainly to the custodian, who excluded it;
    to anybody else as if that body could not be addressed. Asked under the case's lock."""
    if not await tx.scalar(select(func.access.is_excluded(case_id, organisation_id))):
        return
    if await tx.scalar(select(func.access.caller_has_custody(case_id))):
        raise OrganisationExcluded(FieldError(pointer, "not_available"))
    raise UnknownReference(FieldError(pointer, "unknown_reference"))


def _etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("exclusion", row_id, case_id)


async def exclude(tx: Tx, case_id: UUID, body: ExclusionIn) -> UUID:
    """On a closed case too. The excluded is no party of the entry: nothing tells it."""
    case = await lock_case(tx, case_id, open_only=False)
    if case.custodian_id != tx.me:
        raise NotYourMove
    await _check_excludable(tx, case_id, body)
    exclusion_id = uuid4()
    sealed = seal(tx, await case_key(tx, case_id), Place("case_exclusions", "text", exclusion_id), body.text)
    row = {"id": exclusion_id, "case_id": case_id, "author_id": tx.me, "text_sealed": sealed}
    await tx.insert(Exclusion, row | body.model_dump(exclude={"text"}))
    record(tx, Event.ORGANISATION_EXCLUDED, _subject(exclusion_id, case_id), reason=body.reason)
    return exclusion_id


async def _check_excludable(tx: Tx, case_id: UUID, body: ExclusionIn) -> None:
    """Of the own house an officer only, and not the one who excludes; and no body to which custody is on its way
    already, for its word would complete it."""
    await addressee(tx, body.organisation_id, "/organisation_id", Capability.CASE_READ)
    if body.organisation_id == tx.me and body.officer in (None, tx.act.officer):
        raise ValidationFailed(FieldError("/officer" if body.officer else "/organisation_id", "invalid_value"))
    proposed = select(HandoverCase.case_id).join(Handover, Handover.id == HandoverCase.handover_id)
    to_it = (HandoverCase.case_id == case_id, HandoverCase.open, Handover.receiver_id == body.organisation_id)
    if body.officer is None and await tx.first(proposed.where(*to_it)):
        raise OpenHandover


async def lift(tx: Tx, exclusion_id: UUID, body: LiftingIn, if_match: str | None) -> UUID:
    """By whoever has custody now. What the body still holds of the case it sees again at once."""
    row = await tx.lock(select(Exclusion).where(Exclusion.id == exclusion_id))
    must_match(if_match, _etag(tx, row))
    key = await case_key(tx, row.case_id)
    sealed = seal(tx, key, Place("case_exclusions", "lifting", exclusion_id), body.text)
    step = (EXCLUSION, ExclusionAction.LIFT, [ExclusionRole.CUSTODIAN])
    await advance(tx, Exclusion, row, step, lifted_at=func.now(), lifting_sealed=sealed)
    record(tx, Event.EXCLUSION_LIFTED, _subject(exclusion_id, row.case_id))
    return exclusion_id


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    actions = available_actions(EXCLUSION, row.status, [ExclusionRole.CUSTODIAN])
    return {**row._mapping, "available_actions": actions, "etag": _etag(tx, row)}


def exclusion_item(tx: Tx, row: Row[Any]) -> ExclusionItem:
    return ExclusionItem.model_validate(_item(tx, row))


async def show_item(tx: Tx, exclusion_id: UUID) -> ExclusionItem:
    """The answer to an exclusion or a lifting; reading the words needs a purpose."""
    return exclusion_item(tx, await tx.one(select(Exclusion).where(Exclusion.id == exclusion_id)))


async def show_exclusion(tx: Tx, exclusion_id: UUID) -> ExclusionOut:
    """With its words, for the custodian; the reading is recorded."""
    row = await tx.one(select(Exclusion).where(Exclusion.id == exclusion_id))
    key = await case_key(tx, row.case_id)
    words = {
        "text": unseal(tx, key, Place("case_exclusions", "text", row.id), row.text_sealed),
        "lifting_text": unseal(tx, key, Place("case_exclusions", "lifting", row.id), row.lifting_sealed),
    }
    record(tx, Event.EXCLUSION_READ, _subject(row.id, row.case_id))
    return ExclusionOut.model_validate({**_item(tx, row), **words})
