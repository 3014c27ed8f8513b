"""HTTP of the audit: events for oversight, checkpoints for everybody."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy import select

from app.audit.models import AuditHead
from app.audit.schemas import AuditCheckpointOut, AuditEventOut
from app.auth.call import Call, GuardedRoute, requires
from app.auth.keys import encode_base64url
from app.auth.scopes import Capability
from app.db import Tx
from app.journal import Event
from app.pages import Cursor, Page, PageQuery, keyset
from app.trail import AuditEntry

router = APIRouter(prefix="/v1", tags=["audit"], route_class=GuardedRoute)

Reads = Annotated[Call, Depends(requires(Capability.AUDIT_READ))]
AnyClient = Annotated[Call, Depends(requires(None))]
TreeSize = Annotated[
    int | None, Query(ge=1, le=2**53 - 1, description="Mốc của đúng số bản ghi này · The head over so many entries")
]


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


@router.get("/audit-checkpoints", summary="Mốc nhật ký đã ký · Signed audit checkpoints")
async def list_audit_checkpoints(
    call: AnyClient, page: PageQuery, tree_size: TreeSize = None
) -> Page[AuditCheckpointOut]:
    """Mới nhất trước; cơ quan nào cũng nên giữ một bản. · Newest first; every organisation does well to keep one."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = select(AuditHead.tree_size, AuditHead.root, AuditHead.at, AuditHead.jws)
        if tree_size:
            query = query.where(AuditHead.tree_size == tree_size)
        return await tx.all(keyset(query, (AuditHead.tree_size,), cursor, limit, descending=True))

    def shown(_: Tx, head: Any) -> AuditCheckpointOut:
        root = encode_base64url(head.root)
        return AuditCheckpointOut(tree_size=head.tree_size, root=root, at=head.at, jws=head.jws)

    return await call.page(fetch, shown, columns=("tree_size",), filters={"tree_size": tree_size}, page=page)
