"""HTTP of certificates."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import reads
from app.certificates import actions
from app.certificates.models import Certificate
from app.certificates.schemas import (
    CertificateIn,
    CertificateItem,
    CertificateOut,
    CorrectionIn,
    ReissueIn,
    RevocationIn,
)
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, NotYourMove, documented
from app.refusals import CaseClosed, CertificateExists, NotCompetent

router = APIRouter(prefix="/v1", tags=["certificates"], route_class=GuardedRoute)

Reads = Annotated[Call, Depends(requires(Capability.CASE_READ))]
PersonReads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Issues = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True, etag=True))]


@router.post(
    "/cases/{case_id}/certificates",
    status_code=201,
    summary="Cấp giấy chứng nhận · Issue a certificate",
    response_model=CertificateOut,
    responses=documented(NotYourMove, CaseClosed, NotCompetent, CertificateExists),
)
async def issue(case_id: UUID, body: CertificateIn, call: Issues) -> Any:
    """Giấy chứng nhận về nước khi tiếp nhận; giấy xác nhận nạn nhân thường được lập cùng kết luận xác minh. · A return
    certificate on reception; a victim's is usually made with the conclusion of the verification."""
    return await call.write(lambda tx: actions.issue(tx, case_id, body), actions.show_certificate, status=201)


@router.get("/cases/{case_id}/certificates", summary="Giấy chứng nhận của hồ sơ · Certificates of a case")
async def list_certificates(case_id: UUID, call: Reads, page: PageQuery) -> Page[CertificateItem]:
    """Dành cho ai đọc được phần giấy tờ. · For whoever reads the person's papers."""
    query = select(Certificate).where(Certificate.case_id == case_id)
    return await call.page(
        reads.newest_of_case(case_id, query, Certificate), actions.certificate_item, filters={}, page=page
    )


@router.get("/certificates", summary="Giấy cơ quan bạn đã cấp · Certificates you issued")
async def list_issued(call: Reads, page: PageQuery) -> Page[CertificateItem]:
    """Để đính chính, cấp lại hoặc thu hồi, cả khi không còn thấy hồ sơ. · To correct, re-issue or revoke, though the
    case is no longer yours to see."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = select(Certificate).where(Certificate.issuer_id == tx.me)
        return await tx.all(newest(query, Certificate, cursor, limit))

    return await call.page(fetch, actions.certificate_item, filters={}, page=page)


@router.get("/certificates/{certificate_id}", summary="Đọc giấy chứng nhận · Read a certificate")
async def read_certificate(certificate_id: UUID, call: PersonReads) -> CertificateOut:
    """Cơ quan cấp đọc được mãi mãi. · Its issuer reads it for ever."""
    return await call.read(lambda tx: actions.show_certificate(tx, certificate_id))


@router.post(
    "/certificates/{certificate_id}/corrections",
    summary="Đính chính giấy chứng nhận · Correct a certificate",
    response_model=CertificateOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def correct(certificate_id: UUID, body: CorrectionIn, call: Moves) -> Any:
    """Giữ số cũ và nội dung trước khi đính chính; mọi nơi đang giữ giấy được báo. · Keeps the number and what it said
    before; everybody who holds it is told."""
    return await call.write(
        lambda tx: actions.correct(tx, certificate_id, body, call.if_match), actions.show_certificate
    )


@router.post(
    "/certificates/{certificate_id}/reissues",
    status_code=201,
    summary="Cấp lại giấy chứng nhận · Re-issue a certificate",
    response_model=CertificateOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def reissue(certificate_id: UUID, body: ReissueIn, call: Moves) -> Any:
    """Giấy mới thay giấy cũ; trả về giấy mới. · A new paper takes the old one's place, and is the answer."""
    return await call.write(
        lambda tx: actions.reissue(tx, certificate_id, body, call.if_match), actions.show_certificate, status=201
    )


@router.post(
    "/certificates/{certificate_id}/revocations",
    summary="Thu hồi giấy chứng nhận · Revoke a certificate",
    response_model=CertificateOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def revoke(certificate_id: UUID, body: RevocationIn, call: Moves) -> Any:
    """Nếu là giả mạo nạn nhân, cơ quan quản lý hồ sơ phải rà soát chế độ đã hưởng. · An impostor's: the custodian then
    reviews what was given on it."""
    return await call.write(
        lambda tx: actions.revoke(tx, certificate_id, body, call.if_match), actions.show_certificate
    )
