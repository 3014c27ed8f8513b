"""HTTP of notices."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import reads
from app.cases.schemas import Nothing
from app.db import Tx
from app.notices import actions
from app.notices.lifecycle import Status
from app.notices.models import Notice
from app.notices.schemas import NoticeIn, NoticeItem, NoticeOut, NoticeState
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.refusals import CaseClosed, DoesNotFit, HandlingForbids

router = APIRouter(prefix="/v1", tags=["notices"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Sends = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True, etag=True))]


@router.post(
    "/cases/{case_id}/notices",
    status_code=201,
    summary="Gửi thông báo · Send a notice",
    response_model=NoticeState,
    responses=documented(NotYourMove, CaseClosed, UnknownReference, DoesNotFit, HandlingForbids),
)
async def send(case_id: UUID, body: NoticeIn, call: Sends) -> Any:
    """Bên nhận biết loại thông báo, mã hồ sơ, ngày, nhóm tuổi, giới tính và lời nhắn, không xem được hồ sơ. · The
    recipient learns kind, reference, dates, age band, sex and the text, and sees nothing of the case. A safety flag may
    forbid it."""
    return await call.write(lambda tx: actions.send(tx, case_id, body), actions.show_state, status=201)


@router.get("/cases/{case_id}/notices", summary="Các thông báo của hồ sơ · Notices of a case")
async def list_of_case(case_id: UUID, call: Lists, page: PageQuery) -> Page[NoticeItem]:
    """Cơ quan quản lý thấy tất cả, bên khác thấy của mình. · All of them for the custodian, their own for others."""
    query = actions.VIEW.where(Notice.case_id == case_id)
    return await call.page(reads.newest_of_case(case_id, query, Notice), actions.notice_item, filters={}, page=page)


@router.get("/notices", summary="Thông báo đến và đi · Notices to and from me")
async def list_notices(
    call: Lists, page: PageQuery, box: Literal["inbox", "outbox"] = "inbox", status: Status | None = None
) -> Page[NoticeItem]:
    """`inbox`: gửi đến cơ quan bạn; `outbox`: cơ quan bạn gửi đi. · To you, or from you."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        mine = Notice.recipient_id if box == "inbox" else Notice.sender_id
        query = actions.VIEW.where(mine == tx.me)
        if status:
            query = query.where(Notice.status == status)
        return await tx.all(newest(query, Notice, cursor, limit))

    return await call.page(fetch, actions.notice_item, filters={"box": box, "status": status}, page=page)


@router.get("/notices/{notice_id}", summary="Đọc một thông báo · Read a notice")
async def read_notice(notice_id: UUID, call: Reads) -> NoticeOut:
    """Dành cho bên gửi, bên nhận và cơ quan quản lý; lượt đọc được ghi lại. · For sender, recipient and custodian; the
    reading is recorded."""
    return await call.read(lambda tx: actions.show_notice(tx, notice_id))


@router.post(
    "/notices/{notice_id}/acknowledgements",
    summary="Xác nhận đã biết · Acknowledge a notice",
    response_model=NoticeState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def acknowledge(notice_id: UUID, call: Moves, body: Nothing = Nothing()) -> Any:
    """Bên nhận xác nhận một lần; không có thêm quyền nào. · By the recipient, once; it opens nothing more."""
    return await call.write(lambda tx: actions.acknowledge(tx, notice_id, call.if_match), actions.show_state)
