"""Writes and shared reads of a case: opening it with its sections, changing sections, closing, reopening."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Row

from app.cases.entries import append_entry, append_statement
from app.cases.keys import case_key
from app.cases.lifecycle import CASE, CaseAction, CaseRole
from app.cases.lookups import blind_indexes
from app.cases.models import Case, CaseLookup, CaseSection
from app.cases.schemas import CasePatch, ClosureIn, ReopeningIn
from app.cases.sections import APPENDED, Section, content_of, from_columns, merged, to_columns
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier
from app.lifecycles import advance, next_status
from app.problems import FieldError, NotYourMove, Problem
from app.refusals import CaseClosed, OpenHandover, OpenReferrals, OpenVerifications, SectionsNotReadable
from app.vault import DataKey

_OPEN_BUSINESS: Mapping[str, type[Problem]] = {
    "referrals": OpenReferrals,
    "verifications": OpenVerifications,
    "handover": OpenHandover,
}
Content = Mapping[str, Mapping[str, Any]]


def subject(case_id: UUID) -> Subject:
    return Subject("case", case_id, case_id)


def roles(tx: Tx, case: Row[Any]) -> list[CaseRole]:
    return [CaseRole.CUSTODIAN] if case.custodian_id == tx.me else []


async def lock_case(tx: Tx, case_id: UUID, *, open_only: bool = True) -> Row[Any]:
    """The root row, locked before anything under it is read or written. 404 when hidden, 409 when it is closed, and 403
    to a proposed receiver, who may look but not act before custody is its own."""
    case = await tx.lock(select(Case).where(Case.id == case_id))
    if case.custodian_id != tx.me and not await tx.scalar(select(func.access.caller_acts_in(case_id))):
        raise NotYourMove
    if open_only and case.status == "closed":
        raise CaseClosed
    return case


async def lock_own_case(tx: Tx, case_id: UUID) -> Row[Any]:
    """As `lock_case`, for moves that are the custodian's alone."""
    case = await lock_case(tx, case_id, open_only=False)
    if case.custodian_id != tx.me:
        raise NotYourMove
    if case.status == "closed":
        raise CaseClosed
    return case


async def readable_sections(tx: Tx, case_id: UUID) -> frozenset[str]:
    """What this caller reads of the case now, as the access model says; empty without a live part in it."""
    return frozenset(await tx.scalar(select(func.access.caller_sections(case_id))))


async def check_readable(tx: Tx, case_id: UUID, sections: Sequence[str], *, beyond: Set[str] = frozenset()) -> None:
    """One cannot pass on what one may not read. `beyond`: health, which the person may have sent unread to a healer."""
    allowed = await readable_sections(tx, case_id) | beyond
    refused = [FieldError(f"/sections/{i}", "not_covered") for i, name in enumerate(sections) if name not in allowed]
    if refused:
        raise SectionsNotReadable(*refused)


async def contents(tx: Tx, key: DataKey, case_id: UUID, sections: Collection[str]) -> dict[str, dict[str, Any]]:
    """The content of these sections, the appended ones apart; empty where nothing was said or it is not this caller's
    to read. Nothing else is opened."""
    stored = select(CaseSection).where(CaseSection.case_id == case_id, CaseSection.section.in_(sections))
    found = {row.section: from_columns(tx, key, row) for row in await tx.all(stored)}
    return {name: found.get(name, {}) for name in sections if name not in APPENDED}


async def section_content(tx: Tx, case_id: UUID, section: Section) -> dict[str, Any]:
    """One section's content, as `contents` gives it."""
    return (await contents(tx, await case_key(tx, case_id), case_id, [section]))[section]


async def amend(tx: Tx, case_id: UUID, patch: CasePatch) -> list[str]:
    """Applies a merge patch section by section; answers the sections changed. The row is locked by the caller."""
    named = sorted(patch.sections.model_fields_set)
    await must_write(tx, case_id, named, "/sections")
    key = await case_key(tx, case_id)
    for name in named:
        change = getattr(patch.sections, name)
        if name not in APPENDED:
            old = await section_content(tx, case_id, Section(name)) if change else {}
            await replace_section(tx, key, case_id, name, merged(old, change) if change else {})
        elif change and name == Section.STATEMENT:
            await append_statement(tx, key, case_id, {"text": change.text}, "/sections/statement")
        elif change:
            await append_entry(tx, key, (case_id, Section(name)), content_of(change))
    record(tx, Event.CASE_AMENDED, subject(case_id), sections=named)
    return named


async def must_write(tx: Tx, case_id: UUID, names: Iterable[str], pointer: str) -> None:
    """422 naming every section that is not this caller's to change."""
    refused = [
        FieldError(f"{pointer}/{name}", "not_covered")
        for name in names
        if not await tx.scalar(select(func.access.caller_may_write(case_id, name)))
    ]
    if refused:
        raise SectionsNotReadable(*refused)


async def replace_section(tx: Tx, key: DataKey, case_id: UUID, name: str, content: Mapping[str, Any]) -> None:
    """Stores a section's new content under the next version, and its look-up values with it."""
    columns = {**to_columns(tx, key, case_id, name, content), "updated_by": tx.me}
    changed = await tx.execute(
        update(CaseSection)
        .where(CaseSection.case_id == case_id, CaseSection.section == name)
        .values(**columns, version=CaseSection.version + 1, updated_at=func.now())
    )
    if not changed:
        await tx.insert(CaseSection, {"case_id": case_id, "section": name, **columns})
    if name in ("identity", "papers"):
        kinds = ("document",) if name == "papers" else ("name_year", "name_set_year", "name_date")
        await tx.execute(delete(CaseLookup).where(CaseLookup.case_id == case_id, CaseLookup.kind.in_(kinds)))
        lookups = blind_indexes(tx, case_id, content if name == "identity" else {}, content if name == "papers" else {})
        if lookups:
            await tx.insert(CaseLookup, *lookups)


async def close(tx: Tx, case: Row[Any], body: ClosureIn) -> None:
    """Ends the case once nothing waits on it: an open request would be left without anybody who answers for it."""
    step = (CASE, CaseAction.CLOSE, roles(tx, case))
    next_status(CASE, case.status, CaseAction.CLOSE, roles(tx, case))
    waiting: list[str] = await tx.scalar(select(func.access.open_business(case.id)))
    for kind, problem in _OPEN_BUSINESS.items():
        if kind in waiting:
            raise problem
    await advance(tx, Case, case, step, closure_reason=body.reason, closure_outcome=body.outcome)
    record(tx, Event.CASE_CLOSED, subject(case.id), reason=body.reason, outcome=body.outcome)
    await follow(tx, Event.CASE_CLOSED, Moved(Carrier.CASE, case.id, {}))


async def reopen(tx: Tx, case: Row[Any], body: ReopeningIn) -> None:
    """410 for a person who was erased: nothing could be written in their case again."""
    await case_key(tx, case.id)
    step = (CASE, CaseAction.REOPEN, roles(tx, case))
    await advance(tx, Case, case, step, closure_reason=None, closure_outcome=None)
    record(tx, Event.CASE_REOPENED, subject(case.id), reason=body.reason)
    await follow(tx, Event.CASE_REOPENED, Moved(Carrier.CASE, case.id, {}))
