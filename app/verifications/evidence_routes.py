"""HTTP of evidence."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import reads
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, keyset
from app.problems import InvalidTransition, UnknownReference, documented
from app.verifications import evidence
from app.verifications.models import Evidence
from app.verifications.reads import must_see, show_open
from app.verifications.schemas import EvidenceIn, EvidenceItem, EvidenceOut, OpenVerifications

router = APIRouter(prefix="/v1", tags=["verifications"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Adds = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]


@router.get("/cases/{case_id}/open-verifications", summary="Đang xác minh việc gì · What is being verified now")
async def list_open(case_id: UUID, call: Lists) -> OpenVerifications:
    """Để cơ quan nào cũng biết gửi chứng cứ vào đâu; không cho biết ai xác minh. · So that every party knows where its
    evidence goes; who verifies is not told."""

    async def work(tx: Tx) -> OpenVerifications:
        await reads.must_see(tx, case_id)
        return await show_open(tx, case_id)

    return await call.read(work)


@router.post(
    "/verifications/{verification_id}/evidence",
    status_code=201,
    summary="Cung cấp tài liệu, chứng cứ · Give evidence",
    response_model=EvidenceItem,
    responses=documented(InvalidTransition, UnknownReference),
)
async def add_evidence(verification_id: UUID, body: EvidenceIn, call: Adds) -> Any:
    """Mọi cơ quan đang tham gia hồ sơ đều gửi được; bên xác minh và bên yêu cầu đọc. · From anybody who takes part in
    the case; read by verifier and requester."""
    return await call.write(lambda tx: evidence.add(tx, verification_id, body), evidence.show_added, status=201)


@router.get(
    "/verifications/{verification_id}/evidence", summary="Tài liệu, chứng cứ của xác minh · Evidence of a verification"
)
async def list_evidence(verification_id: UUID, call: Lists, page: PageQuery) -> Page[EvidenceItem]:
    """Theo thứ tự thời gian, không có nội dung. · In order of time, without words."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await must_see(tx, verification_id)
        query = select(Evidence).where(Evidence.verification_id == verification_id)
        return await tx.all(keyset(query, (Evidence.created_at, Evidence.id), cursor, limit, descending=False))

    return await call.page(fetch, evidence.evidence_item, filters={}, page=page)


@router.get("/evidence/{evidence_id}", summary="Đọc một tài liệu, chứng cứ · Read a piece of evidence")
async def read_evidence(evidence_id: UUID, call: Reads) -> EvidenceOut:
    """Cho bên xác minh, bên yêu cầu và cơ quan đã gửi. · For verifier, requester, and its author for ever."""
    return await call.read(lambda tx: evidence.show_evidence(tx, evidence_id))
