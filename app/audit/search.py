"""Oversight's search of the audit: what narrows it, and what is written down of who searched for what."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime
from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from app.auth.scopes import Agency
from app.caller import PLAIN_NAME
from app.db import Tx
from app.happenings import Event
from app.journal import Subject, record
from app.pages import Cursor, keyset
from app.reference.fields import coded
from app.trail import AuditEntry

_NAME = f"^{PLAIN_NAME}$"


@dataclass(frozen=True)
class Wanted:
    """What narrows a search. Period, organisation, client, officer, event and case have an index in the order of the
    list. Agency, subject and purpose have few values, and an index more costs every write: give a period with them."""

    since: Annotated[AwareDatetime | None, Query(alias="from", description="Từ lúc này · From this moment on")] = None
    until: Annotated[AwareDatetime | None, Query(alias="to", description="Trước lúc này · Before this moment")] = None
    organisation_id: UUID | None = None
    agency: Agency | None = None
    client_id: Annotated[str | None, Query(pattern=_NAME, description="Chỉ hệ thống này · Only this client")] = None
    officer: Annotated[str | None, Query(pattern=_NAME, description="Chỉ cán bộ này · Only this officer")] = None
    event: Event | None = None
    subject_type: Annotated[
        str | None, Query(pattern=r"^[a-z_]{1,40}$", description="Chỉ loại đối tượng này · Only this kind of subject")
    ] = None
    case_id: UUID | None = None
    purpose: Annotated[
        Annotated[str, coded("purpose_of_use")] | None,
        Query(description="Chỉ mục đích này · Only this purpose"),
    ] = None

    def given(self) -> dict[str, Any]:
        """The filters that were used, by their names on the wire, as JSON values."""
        names = {"since": "from", "until": "to"}
        said = {names.get(field.name, field.name): getattr(self, field.name) for field in fields(self)}
        return {name: _plain(value) for name, value in said.items() if value is not None}


# A search is accounted for by its codes. Of an officer, a case, a client and free text only that they were asked for is
# kept: who is being looked into must not show to whoever reads the audit next.
_KEPT = frozenset({"from", "to", "organisation_id", "agency", "event", "purpose"})


async def search(tx: Tx, wanted: Wanted, cursor: Cursor | None, limit: int) -> Sequence[Row[Any]]:
    """One page, newest first; the search is itself recorded, once a request."""
    if not tx.entries:
        filters = {name: value if name in _KEPT else None for name, value in wanted.given().items()}
        record(tx, Event.AUDIT_SEARCHED, Subject("audit_search", None), filters=filters)
    query = _narrowed(select(AuditEntry), wanted)
    return await tx.all(keyset(query, (AuditEntry.at, AuditEntry.id), cursor, limit, descending=True))


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.since:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until:
        query = query.where(AuditEntry.at < wanted.until)
    for name in ("organisation_id", "agency", "client_id", "officer", "event", "subject_type", "case_id", "purpose"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(AuditEntry, name) == value)
    return query


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
