"""HTTP of returns: what foreign affairs announces, what the gate answers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases.custody_schemas import CancellationIn
from app.db import Tx
from app.pages import Cursor, Page, PageQuery
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.refusals import AlreadyAnnounced, CaseClosed, CustodianOnly, DoesNotFit, OpenHandover
from app.returns import actions, arrivals, reads
from app.returns.lifecycle import Status
from app.returns.schemas import (
    ArrivalsIn,
    ReturnIn,
    ReturnItem,
    ReturnOut,
    ReturnPatch,
    ReturnPersonOut,
    UnannouncedIn,
)

router = APIRouter(prefix="/v1", tags=["returns"], route_class=GuardedRoute)

Announces = Annotated[Call, Depends(requires(Capability.RETURN_ANNOUNCE, officer=True, key=True))]
Amends = Annotated[Call, Depends(requires(Capability.RETURN_ANNOUNCE, officer=True, etag=True))]
Cancels = Annotated[Call, Depends(requires(Capability.RETURN_ANNOUNCE, officer=True, key=True, etag=True))]
Opens = Annotated[Call, Depends(requires(Capability.RETURN_RECEIVE, officer=True, key=True))]
Receives = Annotated[Call, Depends(requires(Capability.RETURN_RECEIVE, officer=True, key=True, etag=True))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ))]
PersonReads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
_LISTING = (DoesNotFit, UnknownReference, CustodianOnly, CaseClosed, OpenHandover, AlreadyAnnounced)


@router.post(
    "/returns",
    status_code=201,
    summary="Thông báo chuyến trở về · Announce a return",
    response_model=ReturnOut,
    responses=documented(*_LISTING),
)
async def announce(body: ReturnIn, call: Announces) -> Any:
    """Cửa khẩu, thời gian, các đợt, người về, giấy tờ. Báo muộn vẫn nhận và ghi rõ là muộn. · Gate, time, waves,
    persons, papers. A late notice is taken in, and shown as late."""
    return await call.write(lambda tx: actions.announce(tx, body), reads.show_return, status=201)


@router.post(
    "/returns/unannounced",
    status_code=201,
    summary="Mở chuyến trở về không báo trước · Open a return of which there was no notice",
    response_model=ReturnOut,
)
async def open_unannounced(body: UnannouncedIn, call: Opens) -> Any:
    """Tại cửa khẩu, khi người đã đến; rồi ghi từng người là ngoài danh sách. · At the gate, when persons stand there;
    then record each as unlisted."""
    return await call.write(lambda tx: actions.open_unannounced(tx, body), reads.show_return, status=201)


@router.get("/returns", summary="Các chuyến trở về · Returns to my gate, or announced by me")
async def list_returns(
    call: Reads, page: PageQuery, box: Literal["inbox", "outbox"] = "inbox", status: Status | None = None
) -> Page[ReturnItem]:
    """`inbox`: đến cửa khẩu bạn; `outbox`: bạn đã thông báo. · To your gate, or announced by you."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.list_returns(tx, box, status, cursor, limit)

    return await call.page(fetch, reads.return_item, filters={"box": box, "status": status}, page=page)


@router.get("/returns/{return_id}", summary="Đọc một chuyến trở về · Read a return")
async def read_return(return_id: UUID, call: Reads) -> ReturnOut:
    """Dành cho bên thông báo và cửa khẩu; danh sách chỉ có mã và kết quả. · For announcer and gate; the list holds ids
    and results only."""
    return await call.read(lambda tx: reads.show_return(tx, return_id))


@router.get("/returns/{return_id}/persons", summary="Người trong chuyến trở về · The persons of a return")
async def list_persons(return_id: UUID, call: PersonReads, page: PageQuery) -> Page[ReturnPersonOut]:
    """Nhân thân, giấy tờ, lưu ý an toàn, khi cửa khẩu còn chờ hoặc đang quản lý người đó. · Identity, papers and
    handling, while the gate awaits or holds the person."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.list_persons(tx, return_id, cursor, limit)

    return await call.page(fetch, lambda _, item: item, columns=("position", "id"), filters={}, page=page)


@router.patch(
    "/returns/{return_id}",
    summary="Sửa chuyến trở về · Change a return",
    response_model=ReturnOut,
    responses=documented(NotYourMove, InvalidTransition, *_LISTING),
)
async def amend(return_id: UUID, body: ReturnPatch, call: Amends) -> Any:
    """Đổi giờ, thêm đợt, thêm người, rút người chưa đến. · Time and waves replace; persons are added, or withdrawn
    while they have not come."""
    return await call.write(lambda tx: actions.amend(tx, return_id, body, call.if_match), reads.show_return)


@router.post(
    "/returns/{return_id}/arrivals",
    summary="Ghi kết quả đón từng người · Record who arrived",
    response_model=ReturnOut,
    responses=documented(NotYourMove, InvalidTransition, DoesNotFit, UnknownReference),
)
async def record_arrivals(return_id: UUID, body: ArrivalsIn, call: Receives) -> Any:
    """Tất cả hoặc không ai; đợt sau ghi tiếp. Người chưa có hồ sơ được mở hồ sơ tại cửa khẩu. · All of them or none;
    later waves follow. Who has no case gets one at the gate."""
    return await call.write(lambda tx: arrivals.record_arrivals(tx, return_id, body, call.if_match), reads.show_return)


@router.post(
    "/returns/{return_id}/cancellations",
    summary="Hủy chuyến trở về · Cancel a return",
    response_model=ReturnOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def cancel(return_id: UUID, body: CancellationIn, call: Cancels) -> Any:
    """Khi chưa ai đến; cửa khẩu thôi thấy danh tính. · While nobody has come; the gate loses sight of the persons."""
    return await call.write(lambda tx: actions.cancel(tx, return_id, body, call.if_match), reads.show_return)
