"""HTTP of hand-overs and consents."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import consents, custody, reads
from app.cases.custody_models import Consent, Handover, HandoverCase
from app.cases.custody_schemas import (
    CancellationIn,
    Confirmation,
    ConsentIn,
    ConsentItem,
    ConsentOut,
    HandoverIn,
    HandoverItem,
    HandoverOut,
    HandoverRefusalIn,
    HandoverState,
    RevocationIn,
)
from app.cases.lifecycle import HandoverAction, HandoverStatus
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.refusals import CaseClosed, FamilyAssessmentRequired, GuardianRequired, KeepTogether, OpenHandover

router = APIRouter(prefix="/v1", tags=["custody and consent"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Proposes = Annotated[Call, Depends(requires(Capability.CUSTODY_WRITE, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CUSTODY_WRITE, officer=True, key=True, etag=True))]
Consents = Annotated[Call, Depends(requires(Capability.CONSENT_WRITE, officer=True, key=True))]


@router.post(
    "/cases/{case_id}/handovers",
    status_code=201,
    summary="Đề nghị bàn giao · Propose a hand-over",
    response_model=HandoverState,
    responses=documented(
        NotYourMove, OpenHandover, KeepTogether, CaseClosed, UnknownReference, FamilyAssessmentRequired
    ),
)
async def propose(case_id: UUID, body: HandoverIn, call: Proposes) -> Any:
    """Cả gia đình cùng chuyển hoặc không ai chuyển; trẻ em chỉ về gia đình đã được đánh giá an toàn; với bên ngoài mạng
    lưới thì chỉ ghi biên bản. · A family moves together or not at all, unless a reason is given; a child goes home only
    to a family found safe; with a party outside the network the minutes are recorded, and custody stays."""
    return await call.write(lambda tx: custody.propose(tx, case_id, body), custody.show_state, status=201)


@router.get("/cases/{case_id}/handovers", summary="Các bàn giao của hồ sơ · Hand-overs of a case")
async def list_of_case(case_id: UUID, call: Lists, page: PageQuery) -> Page[HandoverItem]:
    """Mới nhất trước. · Newest first."""
    query = custody.VIEW.join(HandoverCase).where(HandoverCase.case_id == case_id)
    return await call.page(reads.newest_of_case(case_id, query, Handover), custody.handover_item, filters={}, page=page)


@router.get("/handovers", summary="Bàn giao đến và đi · Hand-overs to and from me")
async def list_handovers(
    call: Lists, page: PageQuery, box: Literal["inbox", "outbox"] = "inbox", status: HandoverStatus | None = None
) -> Page[HandoverItem]:
    """`inbox`: gửi đến cơ quan bạn; `outbox`: cơ quan bạn gửi đi. · To you, or from you."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        mine = Handover.receiver_id if box == "inbox" else Handover.giver_id
        query = custody.VIEW.where(mine == tx.me)
        if status:
            query = query.where(Handover.status == status)
        return await tx.all(newest(query, Handover, cursor, limit))

    return await call.page(fetch, custody.handover_item, filters={"box": box, "status": status}, page=page)


@router.get("/handovers/{handover_id}", summary="Đọc một bàn giao · Read a hand-over")
async def read_handover(handover_id: UUID, call: Reads) -> HandoverOut:
    """Dành cho bên giao, bên nhận và cơ quan quản lý; lượt đọc được ghi lại. · For giver, receiver and custodian, with
    the words of both sides; the reading is recorded."""
    return await call.read(lambda tx: custody.show_handover(tx, handover_id))


@router.post(
    "/handovers/{handover_id}/confirmations",
    summary="Xác nhận đã nhận · Confirm receipt",
    response_model=HandoverState,
    responses=documented(NotYourMove, InvalidTransition, UnknownReference),
)
async def confirm(handover_id: UUID, call: Moves, body: Confirmation = Confirmation()) -> Any:
    """Quyền quản lý hồ sơ chuyển sang bên nhận; bên giao giữ trạng thái. · Custody moves to the receiver, whatever it
    notes of papers and state; open requests follow it; the giver keeps the status."""
    return await _move(call, handover_id, HandoverAction.CONFIRM, body)


@router.post(
    "/handovers/{handover_id}/refusals",
    summary="Từ chối nhận · Refuse receipt",
    response_model=HandoverState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def refuse(handover_id: UUID, body: HandoverRefusalIn, call: Moves) -> Any:
    """Bằng văn bản, có lý do. · In writing, with the reason."""
    return await _move(call, handover_id, HandoverAction.REFUSE, body)


@router.post(
    "/handovers/{handover_id}/cancellations",
    summary="Hủy đề nghị bàn giao · Cancel a proposed hand-over",
    response_model=HandoverState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def cancel(handover_id: UUID, body: CancellationIn, call: Moves) -> Any:
    """Khi bên nhận chưa xác nhận. · While the receiver has not confirmed."""
    return await _move(call, handover_id, HandoverAction.CANCEL, body)


async def _move(call: Call, handover_id: UUID, action: HandoverAction, body: custody.Written) -> Any:
    return await call.write(lambda tx: custody.move(tx, handover_id, action, call.if_match, body), custody.show_state)


@router.post(
    "/cases/{case_id}/consents",
    status_code=201,
    summary="Ghi nhận sự đồng ý · Record a consent",
    response_model=ConsentOut,
    responses=documented(NotYourMove, GuardianRequired, UnknownReference, CaseClosed),
)
async def give_consent(case_id: UUID, body: ConsentIn, call: Consents) -> Any:
    """Cho một bên nhận, một mục đích, các phần nêu tên; im lặng không phải là đồng ý. · For one receiver, one purpose
    and named sections; silence is not consent."""
    return await call.write(lambda tx: consents.give(tx, case_id, body), consents.show_consent, status=201)


@router.get("/cases/{case_id}/consents", summary="Các sự đồng ý của hồ sơ · Consents of a case")
async def list_consents(case_id: UUID, call: Lists, page: PageQuery) -> Page[ConsentItem]:
    """Mà cơ quan bạn ghi, nhận, hoặc quản lý. · Those you recorded, received, or hold custody over."""
    query = consents.VIEW.where(Consent.case_id == case_id)
    return await call.page(reads.newest_of_case(case_id, query, Consent), consents.consent_item, filters={}, page=page)


@router.get("/consents/{consent_id}", summary="Đọc một sự đồng ý · Read a consent")
async def read_consent(consent_id: UUID, call: Lists) -> ConsentOut:
    """Dành cho bên ghi, bên nhận và cơ quan quản lý. · For recorder, recipient and custodian."""
    return await call.read(lambda tx: consents.show_consent(tx, consent_id))


@router.post(
    "/consents/{consent_id}/revocations",
    summary="Rút lại sự đồng ý · Withdraw a consent",
    response_model=ConsentOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def revoke_consent(consent_id: UUID, call: Consents, body: RevocationIn = RevocationIn()) -> Any:
    """Có hiệu lực ngay với mọi lượt đọc. · Stops every read at once; it never waits for a version."""
    return await call.write(lambda tx: consents.revoke(tx, consent_id, body), consents.show_consent)
