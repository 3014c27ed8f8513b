"""HTTP of break-glass."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.break_glass import actions
from app.break_glass.lifecycle import Status
from app.break_glass.models import BreakGlass
from app.break_glass.schemas import BreakGlassIn, BreakGlassItem, BreakGlassOut, BreakGlassState, ReviewIn
from app.cases.schemas import Nothing
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, NotYourMove, SecondPersonRequired, UnknownReference, documented
from app.refusals import AlreadyAcknowledged, BreakGlassLimit

router = APIRouter(prefix="/v1", tags=["break-glass"], route_class=GuardedRoute)

# Asker, holder and oversight share no capability; whom row security shows nothing has an empty list.
Lists = Annotated[Call, Depends(requires(None))]
Reads = Annotated[Call, Depends(requires(None, purpose=True))]
Asks = Annotated[Call, Depends(requires(Capability.CASE_BREAK_GLASS, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CASE_BREAK_GLASS, officer=True, key=True, etag=True))]
Holds = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True, etag=True))]
Reviews = Annotated[Call, Depends(requires(Capability.BREAK_GLASS_REVIEW, officer=True, key=True, etag=True))]


@router.post(
    "/break-glass",
    status_code=201,
    summary="Đề nghị mở khẩn cấp · Ask to break the glass",
    response_model=BreakGlassState,
    responses=documented(UnknownReference, BreakGlassLimit),
)
async def ask(body: BreakGlassIn, call: Asks) -> Any:
    """Chỉ khi tính mạng, sức khỏe bị đe dọa; cần người thứ hai duyệt trong 30 phút; nơi quản lý và cơ quan giám sát
    được báo ngay. · Only for a danger to life or health; a second person approves within 30 minutes; the holder and
    oversight are told at once."""
    a_day = call.request.app.state.settings.break_glass_a_day
    return await call.write(lambda tx: actions.ask(tx, body, a_day), actions.show_state, status=201)


@router.get("/break-glass", summary="Các lần mở khẩn cấp · Break-glass requests")
async def list_break_glass(call: Lists, page: PageQuery, status: Status | None = None) -> Page[BreakGlassItem]:
    """Của cơ quan bạn, và về hồ sơ bạn quản lý; cơ quan giám sát thấy tất cả. · Your own and those of cases you hold;
    all of them for oversight."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = actions.in_status(status)
        return await tx.all(newest(query, BreakGlass, cursor, limit))

    return await call.page(fetch, actions.item, filters={"status": status}, page=page)


@router.get("/break-glass/{break_glass_id}", summary="Đọc một lần mở khẩn cấp · Read a break-glass")
async def read_break_glass(break_glass_id: UUID, call: Reads) -> BreakGlassOut:
    """Ai, khi nào, vì sao, đã xem gì; lời trình bày chỉ bên đề nghị và cơ quan giám sát đọc. · Who, when, why, what was
    read; its words are for the asker and oversight."""
    return await call.read(lambda tx: actions.show(tx, break_glass_id))


@router.post(
    "/break-glass/{break_glass_id}/approvals",
    summary="Duyệt mở khẩn cấp · Approve a break-glass",
    response_model=BreakGlassState,
    responses=documented(NotYourMove, SecondPersonRequired, InvalidTransition),
)
async def approve(break_glass_id: UUID, call: Moves, body: Nothing = Nothing()) -> Any:
    """Cán bộ khác, qua hệ thống khác, của cùng cơ quan; từ lúc này xem được hồ sơ tối đa 60 phút. · Another officer
    through another client of the same organisation; from now on the case is seen for at most 60 minutes."""
    return await call.write(lambda tx: actions.approve(tx, break_glass_id, call.if_match), actions.show_state)


@router.post(
    "/break-glass/{break_glass_id}/endings",
    summary="Kết thúc sớm · End a break-glass early",
    response_model=BreakGlassState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def end(break_glass_id: UUID, call: Moves, body: Nothing = Nothing()) -> Any:
    """Bởi cơ quan đề nghị, khi không còn cần. · By the asker, once it is no longer needed."""
    return await call.write(lambda tx: actions.end(tx, break_glass_id, call.if_match), actions.show_state)


@router.post(
    "/break-glass/{break_glass_id}/acknowledgements",
    summary="Nơi quản lý xác nhận đã biết · The holder acknowledges",
    response_model=BreakGlassState,
    responses=documented(NotYourMove, InvalidTransition, AlreadyAcknowledged),
)
async def acknowledge(break_glass_id: UUID, call: Holds, body: Nothing = Nothing()) -> Any:
    """Một lần, bởi cơ quan đang quản lý hồ sơ. · Once, by who has custody of the case."""
    return await call.write(lambda tx: actions.acknowledge(tx, break_glass_id, call.if_match), actions.show_state)


@router.post(
    "/break-glass/{break_glass_id}/reviews",
    summary="Xem xét một lần mở khẩn cấp · Review a break-glass",
    response_model=BreakGlassState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def review(break_glass_id: UUID, body: ReviewIn, call: Reviews) -> Any:
    """Bắt buộc, bởi cơ quan giám sát, sau khi kết thúc; nơi quản lý biết kết luận. · Mandatory, by oversight, once it
    has ended; the holder learns the finding."""
    return await call.write(lambda tx: actions.review(tx, break_glass_id, body, call.if_match), actions.show_state)
