"""HTTP of the audit, for oversight."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.audit.schemas import AuditEventOut
from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.db import Tx
from app.journal import AuditEntry, Event
from app.pages import Cursor, Page, PageQuery, keyset

router = APIRouter(prefix="/v1", tags=["audit"], route_class=GuardedRoute)

Reads = Annotated[Call, Depends(requires(Capability.AUDIT_READ))]


@router.get("/audit-events", summary="Nhật ký kiểm tra · Audit events")
async def list_audit_events(
    call: Reads, page: PageQuery, event: Event | None = None, case_id: UUID | None = None
) -> Page[AuditEventOut]:
    """Mới nhất trước; gồm cả lượt đọc và yêu cầu bị từ chối. · Newest first; reads and refusals included."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = select(AuditEntry)
        if event:
            query = query.where(AuditEntry.event == event)
        if case_id:
            query = query.where(AuditEntry.case_id == case_id)
        return await tx.all(keyset(query, (AuditEntry.at, AuditEntry.id), cursor, limit, descending=True))

    filters = {"event": event, "case_id": str(case_id) if case_id else None}
    return await call.page(
        fetch, lambda _, row: AuditEventOut.model_validate(row), columns=("at", "id"), filters=filters, page=page
    )
