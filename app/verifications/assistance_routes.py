"""HTTP of assistance between verifying bodies."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases.schemas import Nothing
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.refusals import VerifierNotCompetent
from app.verifications import assistance, reads
from app.verifications.lifecycle import AssistanceStatus
from app.verifications.models import Assistance
from app.verifications.schemas import AssistanceIn, AssistanceItem, AssistanceOut, TextIn

router = APIRouter(prefix="/v1", tags=["verifications"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.VERIFICATION_DECIDE))]
Reads = Annotated[Call, Depends(requires(Capability.VERIFICATION_DECIDE, purpose=True))]
Asks = Annotated[Call, Depends(requires(Capability.VERIFICATION_DECIDE, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.VERIFICATION_DECIDE, officer=True, key=True, etag=True))]


@router.post(
    "/verifications/{verification_id}/assistances",
    status_code=201,
    summary="Đề nghị địa phương khác phối hợp · Ask another province for assistance",
    response_model=AssistanceItem,
    responses=documented(NotYourMove, InvalidTransition, UnknownReference, VerifierNotCompetent),
)
async def ask(verification_id: UUID, body: AssistanceIn, call: Asks) -> Any:
    """Bên xác minh hỏi một việc; nơi được hỏi chỉ thấy câu hỏi, không thấy hồ sơ. · The verifier asks one thing; the
    body asked sees the question and nothing of the case."""
    return await call.write(lambda tx: assistance.ask(tx, verification_id, body), assistance.show_state, status=201)


@router.get(
    "/verifications/{verification_id}/assistances",
    summary="Các đề nghị phối hợp của xác minh · Assistance asked for in a verification",
)
async def list_of_verification(verification_id: UUID, call: Lists, page: PageQuery) -> Page[AssistanceItem]:
    """Do cơ quan bạn hỏi, mới nhất trước. · What you asked, newest first."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await reads.must_see(tx, verification_id)
        query = select(Assistance).where(Assistance.verification_id == verification_id, Assistance.asker_id == tx.me)
        return await tx.all(newest(query, Assistance, cursor, limit))

    return await call.page(fetch, assistance.assistance_item, filters={}, page=page)


@router.get("/assistances", summary="Đề nghị phối hợp đến và đi · Assistance asked of me and by me")
async def list_assistances(
    call: Lists,
    page: PageQuery,
    box: Literal["inbox", "outbox"] = "inbox",
    status: AssistanceStatus | None = None,
) -> Page[AssistanceItem]:
    """`inbox`: cơ quan bạn được hỏi; `outbox`: cơ quan bạn hỏi. · Asked of you, or by you."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = select(Assistance).where((Assistance.assistant_id if box == "inbox" else Assistance.asker_id) == tx.me)
        if status:
            query = query.where(Assistance.status == status)
        return await tx.all(newest(query, Assistance, cursor, limit))

    return await call.page(fetch, assistance.assistance_item, filters={"box": box, "status": status}, page=page)


@router.get("/assistances/{assistance_id}", summary="Đọc một đề nghị phối hợp · Read a request for assistance")
async def read_assistance(assistance_id: UUID, call: Reads) -> AssistanceOut:
    """Cho bên hỏi và bên được hỏi; lượt đọc được ghi lại. · For who asked and who was asked; the read is
    recorded."""
    return await call.read(lambda tx: assistance.show_assistance(tx, assistance_id))


@router.post(
    "/assistances/{assistance_id}/answers",
    summary="Trả lời đề nghị phối hợp · Answer a request for assistance",
    response_model=AssistanceItem,
    responses=documented(NotYourMove, InvalidTransition),
)
async def answer(assistance_id: UUID, body: TextIn, call: Moves) -> Any:
    """Một câu trả lời, cho bên đã hỏi. · One answer, to who asked."""
    return await call.write(
        lambda tx: assistance.answer(tx, assistance_id, body.text, call.if_match), assistance.show_state
    )


@router.post(
    "/assistances/{assistance_id}/withdrawals",
    summary="Rút đề nghị phối hợp · Withdraw a request for assistance",
    response_model=AssistanceItem,
    responses=documented(NotYourMove, InvalidTransition),
)
async def withdraw(assistance_id: UUID, call: Moves, body: Nothing = Nothing()) -> Any:
    """Bên được hỏi không đọc được câu hỏi nữa. · The body asked can no longer read the question."""
    return await call.write(lambda tx: assistance.withdraw(tx, assistance_id, call.if_match), assistance.show_state)
