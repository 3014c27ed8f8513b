"""HTTP of referrals."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases.schemas import Nothing
from app.db import Tx
from app.pages import Cursor, Page, PageQuery
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.referrals import actions, reads
from app.referrals.lifecycle import Action, Status
from app.referrals.schemas import (
    Basis,
    CompletionIn,
    ReferralIn,
    ReferralItem,
    ReferralOut,
    ReferralStatus,
    RefusalIn,
    TextIn,
    WithdrawalIn,
)
from app.refusals import (
    CaseClosed,
    ConsentRequired,
    DuplicateActiveReferral,
    OverrideRequired,
    PersonDeclines,
    SectionsNotReadable,
)

router = APIRouter(prefix="/v1", tags=["referrals"], route_class=GuardedRoute)

Reads = Annotated[Call, Depends(requires(Capability.REFERRAL_READ))]
CaseReads = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Follows = Annotated[Call, Depends(requires(Capability.REFERRAL_STATUS))]
Sends = Annotated[Call, Depends(requires(Capability.REFERRAL_WRITE, officer=True, key=True))]
SenderMoves = Annotated[Call, Depends(requires(Capability.REFERRAL_WRITE, officer=True, key=True, etag=True))]
Responds = Annotated[Call, Depends(requires(Capability.REFERRAL_RESPOND, officer=True, key=True, etag=True))]

_MOVES = documented(NotYourMove, InvalidTransition)


@router.post(
    "/referrals",
    status_code=201,
    summary="Gửi chuyển tuyến · Send a referral",
    response_model=ReferralOut,
    responses=documented(
        NotYourMove,
        ConsentRequired,
        OverrideRequired,
        PersonDeclines,
        SectionsNotReadable,
        UnknownReference,
        DuplicateActiveReferral,
        CaseClosed,
    ),
)
async def send(body: ReferralIn, call: Sends) -> Any:
    """Đến một cơ quan, hoặc mở cho các cơ quan trong tỉnh nhận. · To one organisation, or claimable in a province."""
    return await call.write(lambda tx: actions.send(tx, body), reads.show_referral, status=201)


@router.get("/referrals", summary="Chuyển tuyến đến, đi, chờ nhận · Referrals to me, from me, claimable")
async def list_referrals(
    call: Reads,
    page: PageQuery,
    box: Literal["inbox", "outbox", "claimable"] = "inbox",
    status: Status | None = None,
) -> Page[ReferralItem]:
    """Mới nhất trước; bản xem trước chỉ gồm mã, không có tên. · Newest first; previews hold codes, never a name."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.list_referrals(tx, box, status, cursor, limit)

    return await call.page(fetch, reads.referral_item, filters={"box": box, "status": status}, page=page)


@router.get("/referrals/{referral_id}", summary="Đọc một chuyển tuyến · Read a referral")
async def read_referral(referral_id: UUID, call: Reads) -> ReferralOut:
    """Trạng thái, bản xem trước và trao đổi giữa hai bên. · Status, preview, and the texts between both sides."""
    return await call.read(lambda tx: reads.show_referral(tx, referral_id))


@router.get(
    "/referrals/{referral_id}/status",
    summary="Theo dõi trạng thái · Follow the status",
    response_model=ReferralStatus,
    responses={304: {"description": "Chưa thay đổi · Not changed"}},
)
async def read_status(referral_id: UUID, call: Follows) -> Any:
    """Chỉ trạng thái và ngày; hỗ trợ 304. · State and dates only; answers 304 to a current If-None-Match."""
    return call.unless_current(await call.read(lambda tx: reads.show_status(tx, referral_id)))


@router.get("/cases/{case_id}/referrals", summary="Các chuyển tuyến của hồ sơ · Referrals of a case")
async def list_of_case(case_id: UUID, call: CaseReads, page: PageQuery) -> Page[ReferralItem]:
    """Mà cơ quan bạn là một bên hoặc đang quản lý. · Those you are a party to, or hold custody over."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.list_of_case(tx, case_id, cursor, limit)

    return await call.page(fetch, reads.referral_item, filters={}, page=page)


@router.post(
    "/referrals/{referral_id}/claims",
    summary="Xin nhận · Claim a referral",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def claim(referral_id: UUID, call: Responds, body: Nothing = Nothing()) -> Any:
    """Cơ quan đầu tiên xin nhận, chờ cơ quan quản lý hồ sơ xác nhận. · First come; the custodian then confirms."""
    return await call.write(lambda tx: actions.claim(tx, referral_id, call.if_match), reads.show_referral)


@router.post(
    "/referrals/{referral_id}/confirmations",
    summary="Xác nhận bên xin nhận · Confirm a claimant",
    response_model=ReferralOut,
    responses=documented(
        NotYourMove,
        InvalidTransition,
        ConsentRequired,
        OverrideRequired,
        PersonDeclines,
        SectionsNotReadable,
        UnknownReference,
    ),
)
async def confirm(referral_id: UUID, body: Basis, call: SenderMoves) -> Any:
    """Kèm sự đồng ý cho bên đó hoặc căn cứ pháp lý. · With the consent naming it, or a lawful basis."""
    return await call.write(lambda tx: actions.confirm(tx, referral_id, call.if_match, body), reads.show_referral)


@router.post(
    "/referrals/{referral_id}/declines",
    summary="Không chọn bên xin nhận · Decline a claimant",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def decline(referral_id: UUID, call: SenderMoves, body: Nothing = Nothing()) -> Any:
    """Chuyển tuyến lại mở cho các cơ quan trong tỉnh. · It becomes claimable again."""
    return await call.write(lambda tx: actions.decline(tx, referral_id, call.if_match), reads.show_referral)


@router.post(
    "/referrals/{referral_id}/acknowledgements",
    summary="Báo đã nhận được · Acknowledge",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def acknowledge(referral_id: UUID, call: Responds, body: Nothing = Nothing()) -> Any:
    """Bên gửi biết yêu cầu đã đến nơi. · The sender learns that it arrived."""
    return await _move(call, referral_id, Action.ACKNOWLEDGE)


@router.post(
    "/referrals/{referral_id}/acceptances",
    summary="Tiếp nhận · Accept",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def accept(referral_id: UUID, call: Responds, body: Nothing = Nothing()) -> Any:
    """Từ đây bên nhận đọc được các phần được chia sẻ. · From here the receiver reads the disclosed sections."""
    return await _move(call, referral_id, Action.ACCEPT)


@router.post(
    "/referrals/{referral_id}/refusals",
    summary="Từ chối bằng văn bản · Refuse in writing",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def refuse(referral_id: UUID, body: RefusalIn, call: Responds) -> Any:
    """Nêu lý do cho bên gửi (Thông tư 35/2013 Điều 16.3.b). · With reasons, to the sender."""
    return await _move(call, referral_id, Action.REFUSE, text=body.text, reason=body.reason)


@router.post(
    "/referrals/{referral_id}/information-requests",
    summary="Hỏi thêm thông tin · Ask for information",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def request_information(referral_id: UUID, body: TextIn, call: Responds) -> Any:
    """Thời hạn tạm dừng đến khi bên gửi trả lời. · The clock pauses until the sender answers."""
    return await _move(call, referral_id, Action.REQUEST_INFORMATION, text=body.text)


@router.post(
    "/referrals/{referral_id}/answers",
    summary="Trả lời · Answer",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def answer(referral_id: UUID, body: TextIn, call: SenderMoves) -> Any:
    """Bên gửi trả lời câu hỏi của bên nhận. · The sender answers the receiver's question."""
    return await _move(call, referral_id, Action.ANSWER, text=body.text)


@router.post(
    "/referrals/{referral_id}/starts",
    summary="Bắt đầu hỗ trợ · Start the service",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def start(referral_id: UUID, call: Responds, body: Nothing = Nothing()) -> Any:
    """Hồ sơ chuyển sang đang được hỗ trợ. · The case is in support from now."""
    return await _move(call, referral_id, Action.START)


@router.post(
    "/referrals/{referral_id}/completions",
    summary="Kết thúc hỗ trợ · Complete",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def complete(referral_id: UUID, body: CompletionIn, call: Responds) -> Any:
    """Quyền đọc hồ sơ chấm dứt ngay. · Access to the case ends at once; the referral itself stays readable."""
    return await _move(call, referral_id, Action.COMPLETE, text=body.text, outcome=body.outcome)


@router.post(
    "/referrals/{referral_id}/withdrawals",
    summary="Rút chuyển tuyến · Withdraw",
    response_model=ReferralOut,
    responses=_MOVES,
)
async def withdraw(referral_id: UUID, body: WithdrawalIn, call: SenderMoves) -> Any:
    """Bên gửi rút; mọi quyền đọc chấm dứt. · The sender withdraws; every access ends."""
    return await _move(call, referral_id, Action.WITHDRAW, text=body.text, reason=body.reason)


async def _move(call: Call, referral_id: UUID, action: Action, *, text: str | None = None, **values: Any) -> Any:
    return await call.write(
        lambda tx: actions.move(tx, referral_id, action, call.if_match, text=text, **values), reads.show_referral
    )
