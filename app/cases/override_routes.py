"""HTTP of overrides of consent."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import overrides, reads
from app.cases.custody_models import Override
from app.cases.custody_schemas import RevocationIn
from app.cases.override_schemas import OverrideIn, OverrideItem, OverrideOut, OverrideState
from app.cases.schemas import Nothing
from app.pages import Page, PageQuery
from app.problems import InvalidTransition, NotYourMove, SecondPersonRequired, UnknownReference, documented
from app.refusals import CaseClosed, ConsentRequired, PersonDeclines, SectionsNotReadable

router = APIRouter(prefix="/v1", tags=["custody and consent"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Asks = Annotated[Call, Depends(requires(Capability.CONSENT_OVERRIDE, officer=True, key=True))]
Approves = Annotated[Call, Depends(requires(Capability.CONSENT_OVERRIDE, officer=True, key=True, etag=True))]
Withdraws = Annotated[Call, Depends(requires(Capability.CONSENT_WRITE, officer=True, key=True))]


@router.post(
    "/cases/{case_id}/overrides",
    status_code=201,
    summary="Đề nghị quyết định thay cho sự đồng ý · Ask for an override of consent",
    response_model=OverrideState,
    responses=documented(
        NotYourMove, UnknownReference, SectionsNotReadable, PersonDeclines, ConsentRequired, CaseClosed
    ),
)
async def ask(case_id: UUID, body: OverrideIn, call: Asks) -> Any:
    """Khi không thể có sự đồng ý: một bên nhận, một mục đích, các phần nêu tên; có hiệu lực sau khi người thứ hai phê
    duyệt. · Where consent cannot be had: one receiver, one purpose, named sections; without effect until a second
    person has approved it."""
    return await call.write(lambda tx: overrides.ask(tx, case_id, body), overrides.show_state, status=201)


@router.get("/cases/{case_id}/overrides", summary="Các quyết định thay cho sự đồng ý · Overrides of a case")
async def list_overrides(case_id: UUID, call: Lists, page: PageQuery) -> Page[OverrideItem]:
    """Mà cơ quan bạn đề nghị hoặc đang quản lý hồ sơ. · Those you asked for, or hold custody over."""
    query = overrides.VIEW.where(Override.case_id == case_id)
    fetch = reads.newest_of_case(case_id, query, Override)
    return await call.page(fetch, overrides.override_item, filters={}, page=page)


@router.get("/overrides/{override_id}", summary="Đọc một quyết định thay cho sự đồng ý · Read an override")
async def read_override(override_id: UUID, call: Reads) -> OverrideOut:
    """Kèm lời giải thích; lượt đọc được ghi lại. · With its words; the reading is recorded."""
    return await call.read(lambda tx: overrides.show_override(tx, override_id))


@router.post(
    "/overrides/{override_id}/approvals",
    summary="Phê duyệt quyết định thay cho sự đồng ý · Approve an override",
    response_model=OverrideState,
    responses=documented(NotYourMove, InvalidTransition, SecondPersonRequired, CaseClosed),
)
async def approve(override_id: UUID, call: Approves, body: Nothing = Nothing()) -> Any:
    """Bởi một cán bộ khác, qua một máy khách khác của cùng cơ quan. · By another officer, through another client of the
    same organisation."""
    return await call.write(lambda tx: overrides.approve(tx, override_id, call.if_match), overrides.show_state)


@router.post(
    "/overrides/{override_id}/withdrawals",
    summary="Rút quyết định thay cho sự đồng ý · Withdraw an override",
    response_model=OverrideState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def withdraw(override_id: UUID, call: Withdraws, body: RevocationIn = RevocationIn()) -> Any:
    """Có hiệu lực ngay với mọi lượt đọc dựa trên đó. · Stops every read resting on it at once; it never waits for a
    version."""
    return await call.write(lambda tx: overrides.withdraw(tx, override_id, body), overrides.show_state)
