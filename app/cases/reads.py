"""What a caller may see of cases: one with its sections, lists, timeline and accesses."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, func, literal, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Row

from app.cases.actions import contents, roles, subject
from app.cases.keys import case_key, unseal
from app.cases.lifecycle import CASE
from app.cases.models import Case, CaseEntry, CaseLink, CaseParty, CaseSection
from app.cases.schemas import (
    AccessEntry,
    CaseItem,
    CaseLinkOut,
    CaseOut,
    CaseState,
    DisclosureEntry,
    SectionsOut,
    TimelineEntry,
)
from app.cases.sections import APPENDED, Section
from app.db import Tx
from app.etags import etag
from app.happenings import Event
from app.journal import record
from app.lifecycles import available_actions
from app.pages import Cursor, Ts, keyset, newest
from app.problems import NotFound
from app.vault import DataKey, Place

_SECTION_VERSIONS = (
    select(func.coalesce(func.sum(CaseSection.version), 0))
    .where(CaseSection.case_id == Case.id)
    .scalar_subquery()
    .label("section_versions")
)
_ENTRY_COUNT = (
    select(func.count()).select_from(CaseEntry).where(CaseEntry.case_id == Case.id).scalar_subquery().label("entries")
)
_SECTIONS = func.access.caller_sections(Case.id, type_=ARRAY(Text())).label("readable")
_GRANTS = func.access.caller_grants(Case.id, type_=JSONB()).label("grants")
CASE_VIEW = select(Case, _SECTIONS, _SECTION_VERSIONS, _ENTRY_COUNT)
"""A case with what its entity tag needs: the versions of what this caller may see, and nothing of the rest."""


def case_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version, row.section_versions, row.entries, *sorted(row.readable))


def stage(row: Row[Any]) -> str:
    """Where the person stands on receive → verify → refer → reintegrate, in one word (lifecycle of a case)."""
    if row.status == "closed":
        return "closed"
    if row.support != "none":
        return str(row.support)
    return "received" if row.identification in ("unverified", "insufficient") else str(row.identification)


def _item(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "stage": stage(row), "etag": case_etag(tx, row)}


async def case_row(tx: Tx, case_id: UUID) -> Row[Any]:
    return await tx.one(CASE_VIEW.where(Case.id == case_id))


async def must_see(tx: Tx, case_id: UUID) -> None:
    """404 when the case is hidden from the caller."""
    await tx.one(select(Case.id).where(Case.id == case_id))


def newest_of_case(
    case_id: UUID, query: Select[*Ts], model: Any
) -> Callable[[Tx, Cursor | None, int], Awaitable[Sequence[Row[Any]]]]:
    """The reading of a page of what hangs on a visible case, newest first, for `Call.page`."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Sequence[Row[Any]]:
        await must_see(tx, case_id)
        return await tx.all(newest(query, model, cursor, limit))

    return fetch


async def show_case(tx: Tx, case_id: UUID) -> CaseOut:
    """One case with the sections this caller reads; the reading is recorded with them."""
    row = await tx.one(CASE_VIEW.add_columns(_GRANTS).where(Case.id == case_id))
    readable = frozenset(row.readable)
    key = await case_key(tx, case_id)
    sections: dict[str, Any] = {
        **await contents(tx, key, case_id, readable),
        **await _entries(tx, key, case_id, readable),
    }
    record(tx, Event.CASE_READ, subject(case_id), sections=readable, grants=row.grants)
    links = await tx.all(select(CaseLink).where(CaseLink.case_id == case_id).order_by(CaseLink.linked_case_id))
    return CaseOut(
        **_item(tx, row),
        sections=SectionsOut.model_validate(sections),
        masked=[section for section in Section if section not in readable],
        links=[
            CaseLinkOut(case_id=x.linked_case_id, relation=x.relation, keep_together=x.keep_together) for x in links
        ],
        available_actions=available_actions(CASE, row.status, roles(tx, row)),
    )


async def _entries(tx: Tx, key: DataKey, case_id: UUID, readable: frozenset[str]) -> dict[str, list[dict[str, Any]]]:
    """Appended sections. Own investigation entries come back to their author; nobody reads another's."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in readable & APPENDED}
    query = select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(CaseEntry.created_at, CaseEntry.id)
    for row in await tx.all(query):
        words = unseal(tx, key, Place("case_entries", row.section, row.id), row.sealed)
        found.setdefault(row.section, []).append({**row._mapping, **words})
    return found


async def show_state(tx: Tx, case_id: UUID) -> CaseState:
    """The case without its sections, as the answer to a move."""
    row = await case_row(tx, case_id)
    return CaseState.model_validate(
        {**_item(tx, row), "available_actions": available_actions(CASE, row.status, roles(tx, row))}
    )


async def list_cases(tx: Tx, status: str | None, cursor: Cursor | None, limit: int) -> Sequence[Row[Any]]:
    """My cases, newest first: held ones by the custodian index, shared ones by the index of live grants, merged.

    Ordered by the opening time, which never changes: a hidden write neither shows by moving a row nor shifts a page.
    """
    mine = select(Case.created_at.label("opened"), Case.id.label("id")).where(Case.custodian_id == tx.me)
    in_time = func.access.in_time(CaseParty.expires_on, CaseParty.expires_at)
    shared = (
        select(CaseParty.case_created_at.label("opened"), CaseParty.case_id.label("id"))
        .where(CaseParty.organisation_id == tx.me, CaseParty.live, in_time)
        .distinct()
    )
    if status:
        mine = mine.where(Case.status == status)
        shared = shared.join(Case, Case.id == CaseParty.case_id).where(Case.status == status)
    branches = [
        newest(mine, Case, cursor, limit).subquery(),
        keyset(shared, (CaseParty.case_created_at, CaseParty.case_id), cursor, limit, descending=True).subquery(),
    ]
    ids = union_all(*(select(branch.c.id) for branch in branches)).subquery()
    query = CASE_VIEW.where(Case.id.in_(select(ids.c.id)))
    return await tx.all(newest(query, Case, cursor, limit))


def case_item(tx: Tx, row: Row[Any]) -> CaseItem:
    return CaseItem.model_validate(_item(tx, row))


_START = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
_END = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))


async def timeline(tx: Tx, case_id: UUID, cursor: Cursor | None, limit: int) -> list[TimelineEntry]:
    """What happened, in order, as far as the caller took part in it. limit + 1 rows, for the page."""
    return [TimelineEntry.model_validate(row) for row in await _journal(tx, "case_timeline", case_id, cursor, limit)]


async def accesses(tx: Tx, case_id: UUID, cursor: Cursor | None, limit: int) -> list[AccessEntry]:
    """Who read what, in order: for the custodian all of it, for others their own reads."""
    return [AccessEntry.model_validate(row) for row in await _journal(tx, "case_accesses", case_id, cursor, limit)]


async def disclosures(tx: Tx, case_id: UUID, cursor: Cursor | None, limit: int) -> list[DisclosureEntry]:
    """What was shown to whom and on what that rested, newest first; 404 to all but the custodian."""
    rows = await _journal(tx, "case_disclosures", case_id, cursor, limit, start=_END)
    if not await tx.scalar(select(func.access.caller_has_custody(case_id))):
        raise NotFound
    record(tx, Event.DISCLOSURES_READ, subject(case_id))
    return [DisclosureEntry.model_validate(row) for row in rows]


async def _journal(
    tx: Tx, function: str, case_id: UUID, cursor: Cursor | None, limit: int, *, start: tuple[datetime, UUID] = _START
) -> Sequence[Row[Any]]:
    if not await tx.scalar(select(func.access.caller_takes_part_in(case_id))):
        raise NotFound
    at, entry_id = (datetime.fromisoformat(cursor.key[0]), UUID(cursor.key[1])) if cursor else start
    backwards = cursor is not None and cursor.direction == "prev"
    call = getattr(func.access, function)(case_id, at, literal(entry_id, Uuid()), limit + 1, backwards)
    rows: Select[Any] = select(literal_column("*")).select_from(call.alias("entry"))
    return await tx.all(rows)
