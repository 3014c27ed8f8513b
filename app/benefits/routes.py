"""HTTP of applications and disbursements."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.benefits import applications, disbursements
from app.benefits.models import Application, Disbursement
from app.benefits.schemas import (
    ApplicationIn,
    ApplicationItem,
    ApplicationOut,
    ApplicationState,
    DecisionIn,
    DisbursementIn,
    DisbursementItem,
    DisbursementOut,
    DisbursementState,
    PaymentIn,
)
from app.cases import reads
from app.cases.custody_schemas import CancellationIn
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.referrals.schemas import WithdrawalIn
from app.refusals import BeyondGrant, CaseClosed, DoesNotFit, NotEntitled, OutsideWindow

router = APIRouter(prefix="/v1", tags=["benefits"], route_class=GuardedRoute)

Writes = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True, etag=True))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ))]
WordReads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]


@router.post(
    "/cases/{case_id}/applications",
    status_code=201,
    summary="Nộp đơn đề nghị hỗ trợ · Submit an application for support",
    response_model=ApplicationState,
    responses=documented(NotYourMove, CaseClosed, UnknownReference, OutsideWindow, NotEntitled),
)
async def submit(case_id: UUID, body: ApplicationIn, call: Writes) -> Any:
    """Mẫu số 07 Nghị định 162/2025; cơ quan giải quyết đọc được đơn, không đọc được hồ sơ. · Form 07 of Decree
    162/2025; the decider reads the application, never the case."""
    return await call.write(lambda tx: applications.submit(tx, case_id, body), applications.show_state, status=201)


@router.get("/cases/{case_id}/applications", summary="Các đơn của hồ sơ · Applications of a case")
async def list_applications(case_id: UUID, call: Reads, page: PageQuery) -> Page[ApplicationItem]:
    """Của cơ quan đang quản lý hồ sơ. · For the custodian."""
    query = applications.VIEW.where(Application.case_id == case_id)
    return await call.page(
        reads.newest_of_case(case_id, query, Application), applications.application_item, filters={}, page=page
    )


@router.get("/applications", summary="Đơn đến, đơn đi · Applications to me, from me")
async def list_box(call: Reads, page: PageQuery, box: Literal["inbox", "outbox"] = "inbox") -> Page[ApplicationItem]:
    """`inbox`: cơ quan bạn giải quyết; `outbox`: của hồ sơ bạn quản lý. · `inbox`: yours to decide; `outbox`: of cases
    you hold."""
    mine = {"inbox": Application.decider_id, "outbox": Application.custodian_id}[box]

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = applications.VIEW.where(mine == tx.me)
        return await tx.all(newest(query, Application, cursor, limit))

    return await call.page(fetch, applications.application_item, filters={"box": box}, page=page)


@router.get("/applications/{application_id}", summary="Đọc đơn · Read an application")
async def read_application(application_id: UUID, call: WordReads) -> ApplicationOut:
    """Nội dung đơn, quyết định, số tiền đã lập và đã chi. · Its words, the decision, the sums planned and paid."""
    return await call.read(lambda tx: applications.show_application(tx, application_id))


@router.post(
    "/applications/{application_id}/decisions",
    summary="Quyết định · Decide",
    response_model=ApplicationState,
    responses=documented(NotYourMove, InvalidTransition, DoesNotFit),
)
async def decide(application_id: UUID, body: DecisionIn, call: Moves) -> Any:
    """Từ chối phải bằng văn bản, nêu lý do. · A refusal is in writing, with its reason."""
    return await call.write(
        lambda tx: applications.decide(tx, application_id, call.if_match, body), applications.show_state
    )


@router.post(
    "/applications/{application_id}/withdrawals",
    summary="Rút đơn · Withdraw an application",
    response_model=ApplicationState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def withdraw(application_id: UUID, body: WithdrawalIn, call: Moves) -> Any:
    """Trước khi có quyết định. · Before it is decided."""
    return await call.write(
        lambda tx: applications.withdraw(tx, application_id, call.if_match, body), applications.show_state
    )


@router.post(
    "/cases/{case_id}/disbursements",
    status_code=201,
    summary="Lập khoản chi · Plan a disbursement",
    response_model=DisbursementState,
    responses=documented(NotYourMove, UnknownReference, DoesNotFit, BeyondGrant, NotEntitled),
)
async def plan(case_id: UUID, body: DisbursementIn, call: Writes) -> Any:
    """Chi nhiều đợt thì lập nhiều khoản. · Instalments are several disbursements."""
    return await call.write(lambda tx: disbursements.plan(tx, case_id, body), disbursements.show_state, status=201)


@router.get("/cases/{case_id}/disbursements", summary="Các khoản chi của hồ sơ · Disbursements of a case")
async def list_disbursements(case_id: UUID, call: Reads, page: PageQuery) -> Page[DisbursementItem]:
    """Của cơ quan đang quản lý, kể cả khoản do cơ quan trước lập. · For the custodian, those of an earlier one too."""
    query = disbursements.VIEW.where(Disbursement.case_id == case_id)
    return await call.page(
        reads.newest_of_case(case_id, query, Disbursement), disbursements.disbursement_item, filters={}, page=page
    )


@router.get("/disbursements/{disbursement_id}", summary="Đọc khoản chi · Read a disbursement")
async def read_disbursement(disbursement_id: UUID, call: WordReads) -> DisbursementOut:
    """Cả nguồn ngân sách và số biên nhận. · With budget line and receipt."""
    return await call.read(lambda tx: disbursements.show_disbursement(tx, disbursement_id))


@router.post(
    "/disbursements/{disbursement_id}/payments",
    summary="Ghi nhận đã chi · Record the payment",
    response_model=DisbursementState,
    responses=documented(NotYourMove, InvalidTransition, DoesNotFit, NotEntitled),
)
async def pay(disbursement_id: UUID, body: PaymentIn, call: Moves) -> Any:
    """Một lần; khoản đã chi được ghi là hỗ trợ đã nhận. · Once; it is recorded as support given."""
    return await call.write(
        lambda tx: disbursements.pay(tx, disbursement_id, call.if_match, body), disbursements.show_state
    )


@router.post(
    "/disbursements/{disbursement_id}/cancellations",
    summary="Hủy khoản chi · Cancel a disbursement",
    response_model=DisbursementState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def cancel(disbursement_id: UUID, body: CancellationIn, call: Moves) -> Any:
    """Chỉ khi chưa chi. · Only while it is not paid."""
    return await call.write(
        lambda tx: disbursements.cancel(tx, disbursement_id, call.if_match, body), disbursements.show_state
    )
