"""HTTP of verifications."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases.reads import newest_of_case
from app.cases.schemas import Nothing, Reason
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.refusals import AlreadyExtended, CaseClosed, DoesNotFit, VerifierNotCompetent
from app.verifications import actions, fines, reads
from app.verifications.lifecycle import Action, Status
from app.verifications.models import FineReview, Verification
from app.verifications.schemas import (
    ConclusionIn,
    FineReviewIn,
    FineReviewItem,
    FineReviewOut,
    ForwardingIn,
    PaperReplyIn,
    RefusalIn,
    TextIn,
    VerificationIn,
    VerificationItem,
    VerificationOut,
    VerificationStatus,
    WithdrawalIn,
)

router = APIRouter(prefix="/v1", tags=["verifications"], route_class=GuardedRoute)

Reads = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Requests = Annotated[Call, Depends(requires(Capability.VERIFICATION_REQUEST, officer=True, key=True))]
Asks = Annotated[Call, Depends(requires(Capability.VERIFICATION_REQUEST, officer=True, key=True, etag=True))]
Decides = Annotated[Call, Depends(requires(Capability.VERIFICATION_DECIDE, officer=True, key=True, etag=True))]

Reviews = Annotated[Call, Depends(requires(Capability.VERIFICATION_DECIDE, officer=True, key=True))]
PersonReads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]

_NO_REASON = WithdrawalIn()


@router.post(
    "/cases/{case_id}/verifications",
    status_code=201,
    summary="Yêu cầu xác minh · Request a verification",
    response_model=VerificationOut,
    responses=documented(NotYourMove, CaseClosed, UnknownReference, VerifierNotCompetent),
)
async def request_verification(case_id: UUID, body: VerificationIn, call: Requests) -> Any:
    """Gửi cơ quan có thẩm quyền; giấy tờ chứng nhận có giá trị ngay nếu chính cơ quan bạn được quyết định. · Asks a
    competent body; a proof document settles it at once only when you name yourself and may decide."""
    return await call.write(lambda tx: actions.request(tx, case_id, body), reads.show_verification, status=201)


@router.get("/cases/{case_id}/verifications", summary="Các xác minh của hồ sơ · Verifications of a case")
async def list_of_case(case_id: UUID, call: Reads, page: PageQuery) -> Page[VerificationItem]:
    """Mà cơ quan bạn yêu cầu, xác minh hoặc quản lý, mới nhất trước. · Those you requested, decide, or hold custody
    over, newest first."""
    query = reads.VIEW.where(Verification.case_id == case_id)
    return await call.page(newest_of_case(case_id, query, Verification), reads.verification_item, filters={}, page=page)


@router.get("/verifications", summary="Xác minh đến và đi · Verifications to and from me")
async def list_verifications(
    call: Reads, page: PageQuery, box: Literal["inbox", "outbox"] = "inbox", status: Status | None = None
) -> Page[VerificationItem]:
    """`inbox`: cơ quan bạn xác minh; `outbox`: cơ quan bạn yêu cầu. · Yours to decide, or requested by you."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        mine = Verification.verifier_id if box == "inbox" else Verification.requester_id
        query = reads.VIEW.where(mine == tx.me)
        if status:
            query = query.where(Verification.status == status)
        return await tx.all(newest(query, Verification, cursor, limit))

    return await call.page(fetch, reads.verification_item, filters={"box": box, "status": status}, page=page)


@router.get("/verifications/{verification_id}", summary="Đọc một xác minh · Read a verification")
async def read_verification(verification_id: UUID, call: Reads) -> VerificationOut:
    """Dành cho bên yêu cầu, bên xác minh và cơ quan quản lý. · For requester, verifier and custodian."""
    return await call.read(lambda tx: reads.show_verification(tx, verification_id))


@router.get("/verifications/{verification_id}/status", summary="Trạng thái xác minh · Status of a verification")
async def read_status(verification_id: UUID, call: Reads) -> VerificationStatus:
    """Chỉ trạng thái và ngày; cả bên yêu cầu đầu tiên và cơ quan cấp trên vẫn theo dõi được. · State and dates only;
    whoever asked first, and a supervisor, can still follow it."""
    return await call.read(lambda tx: reads.show_status(tx, verification_id))


@router.post(
    "/verifications/{verification_id}/starts",
    summary="Bắt đầu xác minh · Start a verification",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def start(verification_id: UUID, call: Decides, body: Nothing = Nothing()) -> Any:
    """Bên xác minh nhận việc. · The verifier takes it up."""
    return await _move(call, verification_id, Action.START)


@router.post(
    "/verifications/{verification_id}/extensions",
    summary="Gia hạn xác minh · Extend a verification",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition, AlreadyExtended),
)
async def extend(verification_id: UUID, body: Reason, call: Decides) -> Any:
    """Một lần duy nhất, có lý do. · Once only, with the reason."""
    return await call.write(
        lambda tx: actions.extend(tx, verification_id, body.reason, call.if_match), reads.show_verification
    )


@router.post(
    "/verifications/{verification_id}/information-requests",
    summary="Yêu cầu bổ sung thông tin · Ask for more information",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def request_information(verification_id: UUID, body: TextIn, call: Decides) -> Any:
    """Chờ bên yêu cầu trả lời rồi mới đi tiếp. · Only the requester's answer leads on from here."""
    return await _move(call, verification_id, Action.REQUEST_INFORMATION, body.text)


@router.post(
    "/verifications/{verification_id}/answers",
    summary="Trả lời yêu cầu bổ sung · Answer the verifier",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def answer(verification_id: UUID, body: TextIn, call: Asks) -> Any:
    """Bên yêu cầu trả lời, việc xác minh tiếp tục. · The requester answers, and the verification goes on."""
    return await _move(call, verification_id, Action.ANSWER, body.text)


@router.post(
    "/verifications/{verification_id}/forwardings",
    summary="Chuyển cơ quan khác xác minh · Forward to another body",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition, UnknownReference, VerifierNotCompetent),
)
async def forward(verification_id: UUID, body: ForwardingIn, call: Decides) -> Any:
    """Tạo yêu cầu mới ở cơ quan kia, có `forwarded_from`. · Makes a new request at the other body, with
    `forwarded_from`; answers the one forwarded."""
    return await call.write(
        lambda tx: actions.forward(tx, verification_id, body, call.if_match), reads.show_verification
    )


@router.post(
    "/verifications/{verification_id}/refusals",
    summary="Từ chối xác minh · Refuse a verification",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def refuse(verification_id: UUID, body: RefusalIn, call: Decides) -> Any:
    """Có lý do, để bên yêu cầu gửi nơi khác. · With the reason, so that the requester can ask elsewhere."""
    return await call.write(
        lambda tx: actions.move(tx, verification_id, Action.REFUSE, call.if_match, words=body.text, reason=body.reason),
        reads.show_verification,
    )


@router.post(
    "/verifications/{verification_id}/conclusions",
    summary="Kết luận xác minh · Conclude a verification",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def conclude(verification_id: UUID, body: ConclusionIn, call: Decides) -> Any:
    """Kết quả, căn cứ, nguồn chứng cứ; nạn nhân được cấp giấy xác nhận. · Result, grounds and sources of evidence; a
    victim gets a certificate."""
    return await call.write(
        lambda tx: actions.conclude(tx, verification_id, body, call.if_match), reads.show_verification
    )


@router.post(
    "/verifications/{verification_id}/paper-replies",
    summary="Ghi công văn trả lời xác minh · Record a reply on paper",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition, DoesNotFit),
)
async def record_reply(verification_id: UUID, body: PaperReplyIn, call: Asks) -> Any:
    """Bên xác minh trả lời bằng văn bản thì bên yêu cầu ghi lại theo số và ngày văn bản; bên xác minh được báo. · The
    verifier replied in writing: the requester enters it by the letter's number and day; the verifier is told."""
    return await call.write(
        lambda tx: actions.record_reply(tx, verification_id, body, call.if_match), reads.show_verification
    )


@router.post(
    "/verifications/{verification_id}/withdrawals",
    summary="Rút yêu cầu xác minh · Withdraw a request",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition),
)
async def withdraw(verification_id: UUID, call: Asks, body: WithdrawalIn = _NO_REASON) -> Any:
    """Quyền đọc của bên xác minh chấm dứt ngay. · The verifier's access ends at once."""
    return await _move(call, verification_id, Action.WITHDRAW, body.reason)


@router.post(
    "/verifications/{verification_id}/reconsiderations",
    summary="Đề nghị xem xét lại · Ask to reconsider",
    response_model=VerificationOut,
    responses=documented(NotYourMove, InvalidTransition, CaseClosed),
)
async def reconsider(verification_id: UUID, body: Reason, call: Asks) -> Any:
    """Kết quả cũ vẫn giữ cho đến khi có kết luận mới. · The old result stands until there is a new conclusion."""
    return await call.write(
        lambda tx: actions.reconsider(tx, verification_id, body.reason, call.if_match), reads.show_verification
    )


async def _move(call: Call, verification_id: UUID, action: Action, words: str | None = None) -> Any:
    return await call.write(
        lambda tx: actions.move(tx, verification_id, action, call.if_match, words=words), reads.show_verification
    )


@router.post(
    "/verifications/{verification_id}/fine-reviews",
    status_code=201,
    summary="Ghi kết quả rà soát xử phạt · Record a review of penalties",
    response_model=FineReviewOut,
    responses=documented(NotYourMove, DoesNotFit),
)
async def review_fines(verification_id: UUID, body: FineReviewIn, call: Reviews) -> Any:
    """Sau khi kết luận là nạn nhân; cơ quan quản lý hồ sơ được báo. · After a conclusion `victim`; the custodian is
    told."""
    return await call.write(lambda tx: fines.review(tx, verification_id, body), fines.show_review, status=201)


@router.get("/verifications/{verification_id}/fine-reviews", summary="Rà soát xử phạt · Reviews of penalties")
async def list_fine_reviews(verification_id: UUID, call: Reads, page: PageQuery) -> Page[FineReviewItem]:
    """Của cơ quan xác minh; cơ quan quản lý hồ sơ cũng thấy. · The verifier's; the custodian sees them too."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await tx.one(select(Verification.id).where(Verification.id == verification_id))
        query = select(FineReview).where(FineReview.verification_id == verification_id)
        return await tx.all(newest(query, FineReview, cursor, limit))

    return await call.page(fetch, lambda _, row: FineReviewItem.model_validate(row), filters={}, page=page)


@router.get("/fine-reviews/{fine_review_id}", summary="Đọc một rà soát xử phạt · Read a review of penalties")
async def read_fine_review(fine_review_id: UUID, call: PersonReads) -> FineReviewOut:
    """Cơ quan xác minh đọc được mãi mãi. · Its author reads it for ever."""
    return await call.read(lambda tx: fines.show_review(tx, fine_review_id))
