"""Persons who belong together: links between their cases, and hand-overs that must not part them unsaid."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from app.cases.actions import lock_own_case, subject
from app.cases.custody_models import HandoverCase
from app.cases.family_schemas import LinkIn
from app.cases.lifecycle import CaseStatus
from app.cases.models import Case, CaseLink
from app.cases.schemas import CaseLinkOut
from app.db import Tx
from app.happenings import Event
from app.journal import record
from app.problems import FieldError, NotFound, UnknownReference, ValidationFailed
from app.reference.codes import code_list
from app.refusals import KeepTogether, OpenHandover


def inverse(relation: str) -> str:
    """What the first person is to the second when the second is this to the first; most relations are mutual."""
    return str(code_list("relation").latest(relation).attributes.get("inverse", relation))


async def link(tx: Tx, case_id: UUID, body: LinkIn) -> UUID:
    """Ties two cases of the caller's custody, written both ways; answers the other one. Repeating it replaces it."""
    if body.case_id == case_id:
        raise ValidationFailed(FieldError("/case_id", "invalid_value"))
    await _lock_both(tx, case_id, body.case_id)
    if body.keep_together:
        await _check_not_parting(tx, case_id, body.case_id)
    for one, other, relation in (
        (case_id, body.case_id, body.relation),
        (body.case_id, case_id, inverse(body.relation)),
    ):
        together = body.keep_together
        row = insert(CaseLink).values(case_id=one, linked_case_id=other, relation=relation, keep_together=together)
        said = {"relation": row.excluded.relation, "keep_together": row.excluded.keep_together}
        await tx.execute(row.on_conflict_do_update(constraint="pk_case_links", set_=said))
        record(tx, Event.CASE_LINKED, subject(one), relation=relation, keep_together=together)
    return body.case_id


async def _lock_both(tx: Tx, case_id: UUID, other_id: UUID) -> None:
    """In the order of ids, so that two links never deadlock; the path's case is judged before the body's."""
    await tx.one(select(Case.id).where(Case.id == case_id))
    for each in sorted((case_id, other_id)):
        try:
            await lock_own_case(tx, each)
        except NotFound:
            if each == case_id:
                raise
            raise UnknownReference(FieldError("/case_id", "unknown_reference")) from None


async def _check_not_parting(tx: Tx, *case_ids: UUID) -> None:
    """409 while a proposed hand-over holds one of the two without the other: its receiver's word would part them."""
    query = select(HandoverCase.handover_id).where(HandoverCase.case_id.in_(case_ids), HandoverCase.open)
    held = [row.handover_id for row in await tx.all(query)]
    if held and (len(held) == 1 or held[0] != held[1]):
        raise OpenHandover


async def check_together(tx: Tx, case_ids: Collection[UUID], separation_reason: str | None) -> None:
    """409 `keep_together` naming whoever a hand-over would leave behind, over any number of links; a stated reason
    lets it pass. Only open cases that the caller still holds can be left behind by it."""
    if separation_reason is not None:
        return
    family = set(case_ids)
    while found := {row.linked_case_id for row in await tx.all(_bound_to(tx, family))}:
        family |= found
    if missing := sorted(family - set(case_ids)):
        raise KeepTogether(params={"case_ids": [str(each) for each in missing]})


def _bound_to(tx: Tx, family: Collection[UUID]) -> Select[Any]:
    return (
        select(CaseLink.linked_case_id)
        .join(Case, Case.id == CaseLink.linked_case_id)
        .where(CaseLink.case_id.in_(family), CaseLink.linked_case_id.not_in(family), CaseLink.keep_together)
        .where(Case.custodian_id == tx.me, Case.status == CaseStatus.OPEN)
    )


async def show_link(tx: Tx, case_id: UUID, other_id: UUID) -> CaseLinkOut:
    return link_out(
        tx, await tx.one(select(CaseLink).where(CaseLink.case_id == case_id, CaseLink.linked_case_id == other_id))
    )


def link_out(_: Tx, row: Row[Any]) -> CaseLinkOut:
    return CaseLinkOut(case_id=row.linked_case_id, relation=row.relation, keep_together=row.keep_together)
