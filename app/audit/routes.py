"""HTTP of the audit: events for oversight, checkpoints for everybody."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import select

from app.audit.models import AuditHead
from app.audit.schemas import AuditCheckpointOut, AuditEventOut
from app.audit.search import Wanted, search
from app.auth.call import Call, GuardedRoute, requires
from app.auth.keys import encode_base64url
from app.auth.scopes import Capability
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, keyset

router = APIRouter(prefix="/v1", tags=["audit"], route_class=GuardedRoute)

Searches = Annotated[Call, Depends(requires(Capability.AUDIT_READ, purpose=True))]
AnyClient = Annotated[Call, Depends(requires(None))]
TreeSize = Annotated[
    int | None, Query(ge=1, le=2**53 - 1, description="Mốc của đúng số bản ghi này · The head over so many entries")
]


@router.get("/audit-events", summary="Nhật ký kiểm tra · Audit events")
async def list_audit_events(
    call: Searches, page: PageQuery, wanted: Annotated[Wanted, Depends()]
) -> Page[AuditEventOut]:
    """Mới nhất trước; gồm cả lượt đọc và yêu cầu bị từ chối. Mỗi lần tìm được ghi lại. · Newest first; reads and
    refusals included. Each search is itself recorded."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await search(tx, wanted, cursor, limit)

    def shown(_: Tx, entry: Any) -> AuditEventOut:
        return AuditEventOut.model_validate(entry)

    return await call.page(fetch, shown, columns=("at", "id"), filters=wanted.given(), page=page)


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
