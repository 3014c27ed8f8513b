"""HTTP of searches and contact requests."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import reads
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, keyset, newest
from app.problems import InvalidTransition, NotYourMove, SearchLimitReached, UnknownReference, documented
from app.refusals import AlreadyAsked
from app.searches import actions, contacts
from app.searches.lifecycle import Status
from app.searches.models import ContactRequest, ContactTarget
from app.searches.schemas import ContactAnswerIn, ContactIn, ContactItem, ContactOut, SearchIn, SearchOut

router = APIRouter(prefix="/v1", tags=["searches"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_SEARCH))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_SEARCH, purpose=True))]
Asks = Annotated[Call, Depends(requires(Capability.CASE_SEARCH, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CASE_SEARCH, officer=True, key=True, etag=True))]


@router.post(
    "/case-searches",
    summary="Tìm hồ sơ · Search for a case",
    responses=documented(SearchLimitReached),
)
async def search(body: SearchIn, call: Reads) -> SearchOut:
    """Trong hồ sơ cơ quan bạn được xem. Với `beyond`, mục đích `duplicate_check` hoặc `verification`, tối đa 20 lần một
    ngày: `handles` cho biết nơi khác có hồ sơ; nơi đó được báo. · Among the cases you may see. With `beyond`, for
    `duplicate_check` or `verification` and at most 20 times a day, `handles` tells that others have a case; its
    holder is told."""
    call.check_presence()
    actions.check_purpose(body, call.act.purpose, list(call.purposes))
    return await call.read(lambda tx: actions.search(tx, body))


@router.post(
    "/contact-requests",
    status_code=201,
    summary="Đề nghị liên hệ · Ask for contact",
    response_model=ContactItem,
    responses=documented(UnknownReference, AlreadyAsked),
)
async def ask(body: ContactIn, call: Asks) -> Any:
    """Đến cơ quan đang giữ hồ sơ mà kết quả tìm kiếm chỉ tới; bạn không biết đó là cơ quan nào. · To whoever holds the
    case behind a search's handle; you do not learn who that is."""
    return await call.write(lambda tx: contacts.ask(tx, body), contacts.show_item, status=201)


@router.get("/contact-requests", summary="Đề nghị liên hệ đến và đi · Contact requests to and from me")
async def list_contact_requests(
    call: Lists, page: PageQuery, box: Literal["inbox", "outbox"] = "inbox", status: Status | None = None
) -> Page[ContactItem]:
    """`inbox`: về hồ sơ cơ quan bạn đang giữ; `outbox`: cơ quan bạn gửi đi. · About cases you hold, or from you."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = contacts.VIEW.where((ContactTarget.holder_id if box == "inbox" else ContactRequest.asker_id) == tx.me)
        if status:
            query = query.where(ContactRequest.status == status)
        if box == "outbox":
            return await tx.all(newest(query, ContactRequest, cursor, limit))
        order = (ContactTarget.created_at, ContactTarget.request_id)
        return await tx.all(keyset(query, order, cursor, limit, descending=True))

    return await call.page(fetch, contacts.contact_item, filters={"box": box, "status": status}, page=page)


@router.get("/cases/{case_id}/contact-requests", summary="Đề nghị liên hệ về hồ sơ · Contact requests about a case")
async def list_of_case(case_id: UUID, call: Lists, page: PageQuery) -> Page[ContactItem]:
    """Cho cơ quan đang quản lý hồ sơ. · For whoever has custody."""
    query = contacts.VIEW.where(ContactTarget.case_id == case_id)
    fetch = reads.newest_of_case(case_id, query, ContactRequest)
    return await call.page(fetch, contacts.contact_item, filters={}, page=page)


@router.get("/contact-requests/{request_id}", summary="Đọc một đề nghị liên hệ · Read a contact request")
async def read_contact_request(request_id: UUID, call: Reads) -> ContactOut:
    """Cho bên đề nghị và cơ quan đang quản lý hồ sơ; lượt đọc được ghi lại. · For its asker and whoever has custody;
    the reading is recorded."""
    return await call.read(lambda tx: contacts.show_contact(tx, request_id))


@router.post(
    "/contact-requests/{request_id}/answers",
    summary="Trả lời đề nghị liên hệ · Answer a contact request",
    response_model=ContactItem,
    responses=documented(NotYourMove, InvalidTransition),
)
async def answer(request_id: UUID, body: ContactAnswerIn, call: Moves) -> Any:
    """Một lần, do cơ quan đang quản lý hồ sơ; bên đề nghị chỉ biết đó là ai khi `disclose_me`. · Once, by whoever has
    custody; the asker learns who that is by `disclose_me` only."""
    return await call.write(lambda tx: contacts.answer(tx, request_id, body, call.if_match), contacts.show_item)
