"""HTTP of plans, support items and follow-ups."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import reads
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import NotYourMove, documented
from app.refusals import CaseClosed
from app.reintegration import actions
from app.reintegration.entitlements import show_entitlements
from app.reintegration.models import FollowUp, Plan, SupportItem
from app.reintegration.schemas import (
    EntitlementsOut,
    FollowUpIn,
    FollowUpItem,
    FollowUpOut,
    PlanIn,
    PlanItem,
    PlanOut,
    PlanPatch,
    SupportItemIn,
    SupportItemOut,
)

router = APIRouter(prefix="/v1", tags=["reintegration"], route_class=GuardedRoute)

Plans = Annotated[Call, Depends(requires(Capability.PLAN_WRITE, officer=True, key=True))]
Amends = Annotated[Call, Depends(requires(Capability.PLAN_WRITE, officer=True, etag=True))]
ReadsPlans = Annotated[Call, Depends(requires(Capability.PLAN_READ))]
Supports = Annotated[Call, Depends(requires(Capability.SUPPORT_WRITE, officer=True, key=True))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ))]
PersonReads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]


@router.post(
    "/cases/{case_id}/plans",
    status_code=201,
    summary="Lập kế hoạch hỗ trợ · Make a plan",
    response_model=PlanOut,
    responses=documented(NotYourMove, CaseClosed),
)
async def make_plan(case_id: UUID, body: PlanIn, call: Plans) -> Any:
    """Cơ quan quản lý hồ sơ lập cùng người được hỗ trợ. · By the custodian, with the person."""
    return await call.write(lambda tx: actions.make_plan(tx, case_id, body), actions.show_plan, status=201)


@router.get("/cases/{case_id}/plans", summary="Các kế hoạch của hồ sơ · Plans of a case")
async def list_plans(case_id: UUID, call: ReadsPlans, page: PageQuery) -> Page[PlanItem]:
    """Bên cung cấp thấy kế hoạch có dịch vụ mình đang thực hiện. · The custodian's view; providers and NGOs see plans
    of services they now deliver."""
    return await _list(call, page, (Plan, Plan.case_id), case_id, actions.plan_item)


@router.get("/plans/{plan_id}", summary="Đọc kế hoạch · Read a plan")
async def read_plan(plan_id: UUID, call: ReadsPlans) -> PlanOut:
    """Mục tiêu và thời hạn. · Goals and dates."""
    return await call.read(lambda tx: actions.show_plan(tx, plan_id))


@router.patch(
    "/plans/{plan_id}",
    summary="Sửa kế hoạch · Change a plan",
    response_model=PlanOut,
    responses=documented(NotYourMove, CaseClosed),
)
async def amend_plan(plan_id: UUID, body: PlanPatch, call: Amends) -> Any:
    """Merge patch (RFC 7396); mục tiêu được thay toàn bộ. · Merge patch; the goals are replaced as a whole."""
    return await call.write(lambda tx: actions.amend_plan(tx, plan_id, body, call.if_match), actions.show_plan)


@router.post(
    "/plans/{plan_id}/support-items",
    status_code=201,
    summary="Ghi nhận hỗ trợ theo kế hoạch · Record support under a plan",
    response_model=SupportItemOut,
    responses=documented(NotYourMove),
)
async def give_planned_support(plan_id: UUID, body: SupportItemIn, call: Supports) -> Any:
    """Ghi lại việc đã hỗ trợ, không bao giờ bị từ chối. · What was given is recorded, never refused."""
    return await call.write(
        lambda tx: actions.give_planned_support(tx, plan_id, body), actions.show_support_item, status=201
    )


@router.get("/plans/{plan_id}/support-items", summary="Hỗ trợ theo kế hoạch · Support under a plan")
async def list_planned_support(plan_id: UUID, call: ReadsPlans, page: PageQuery) -> Page[SupportItemOut]:
    """Của cơ quan bạn; cơ quan quản lý thấy tất cả. · Your own; the custodian sees all."""
    return await _list(call, page, (SupportItem, SupportItem.plan_id), plan_id, actions.support_item)


@router.post(
    "/cases/{case_id}/support-items",
    status_code=201,
    summary="Ghi nhận hỗ trợ · Record support",
    response_model=SupportItemOut,
    responses=documented(NotYourMove),
)
async def give_support(case_id: UUID, body: SupportItemIn, call: Supports) -> Any:
    """Có thể trước khi có kế hoạch hoặc trước khi xác định nạn nhân. · It may precede any plan, and confirmation."""
    return await call.write(lambda tx: actions.give_support(tx, case_id, body), actions.show_support_item, status=201)


@router.get("/cases/{case_id}/support-items", summary="Hỗ trợ đã nhận của hồ sơ · Support given in a case")
async def list_support(case_id: UUID, call: Reads, page: PageQuery) -> Page[SupportItemOut]:
    """Của cơ quan bạn; cơ quan quản lý thấy tất cả. · Your own; the custodian sees all."""
    return await _list(call, page, (SupportItem, SupportItem.case_id), case_id, actions.support_item)


@router.get("/cases/{case_id}/entitlements", summary="Chế độ được hưởng · What the person is entitled to")
async def read_entitlements(case_id: UUID, call: PersonReads) -> EntitlementsOut:
    """Theo điều luật nào, đã nhận gì, đến khi nào. · Under which article, what was given, until when."""
    return await call.read(lambda tx: show_entitlements(tx, case_id, call.request.state.language))


@router.get("/support-items/{support_item_id}", summary="Đọc một khoản hỗ trợ · Read a support item")
async def read_support_item(support_item_id: UUID, call: Reads) -> SupportItemOut:
    """Người ghi đọc được mãi mãi. · Its author reads it for ever."""
    return await call.read(lambda tx: actions.show_support_item(tx, support_item_id))


@router.post(
    "/plans/{plan_id}/follow-ups",
    status_code=201,
    summary="Ghi nhận theo dõi sau hỗ trợ · Record a follow-up",
    response_model=FollowUpOut,
    responses=documented(NotYourMove),
)
async def hold_follow_up(plan_id: UUID, body: FollowUpIn, call: Supports) -> Any:
    """Kết quả và nguy cơ bị mua bán trở lại. · How the person fares, and the risk of being trafficked again."""
    return await call.write(lambda tx: actions.hold_follow_up(tx, plan_id, body), actions.show_follow_up, status=201)


@router.get("/plans/{plan_id}/follow-ups", summary="Theo dõi theo kế hoạch · Follow-ups under a plan")
async def list_follow_ups(plan_id: UUID, call: ReadsPlans, page: PageQuery) -> Page[FollowUpItem]:
    """Của cơ quan bạn; cơ quan quản lý thấy tất cả. · Your own; the custodian sees all."""
    return await _list(call, page, (FollowUp, FollowUp.plan_id), plan_id, actions.follow_up_item)


@router.get("/follow-ups/{follow_up_id}", summary="Đọc một lần theo dõi · Read a follow-up")
async def read_follow_up(follow_up_id: UUID, call: Reads) -> FollowUpOut:
    """Người ghi đọc được mãi mãi. · Its author reads it for ever."""
    return await call.read(lambda tx: actions.show_follow_up(tx, follow_up_id))


async def _list(
    call: Call, page: PageQuery, kind: tuple[Any, Any], of: UUID, item: Callable[[Tx, Any], Any]
) -> Page[Any]:
    """What hangs on a visible case or plan, newest first; 404 when that is hidden. `kind` is (model, its column)."""
    model, parent = kind

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await (reads.must_see if parent.key == "case_id" else actions.plan_case)(tx, of)
        query = select(model).where(parent == of)
        return await tx.all(newest(query, model, cursor, limit))

    return await call.page(fetch, item, filters={}, page=page)
