"""HTTP of intakes: PUT with the post's own id, safe to repeat over a bad line; POST with a key for everybody else."""

from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Path

from app import safejson
from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import reads as cases
from app.db import Tx
from app.intakes import actions, reads, submission
from app.intakes.models import CaseFeedback, Supplement
from app.intakes.schemas import (
    FeedbackIn,
    FeedbackItem,
    FeedbackOut,
    IntakeFull,
    IntakeIn,
    IntakeItem,
    IntakeOut,
    ReceiptOut,
    ReporterOut,
    SentId,
    SupplementIn,
    SupplementOut,
)
from app.pages import Cursor, Page, PageQuery
from app.problems import IntakeConflict, NotYourMove, UnknownReference, documented
from app.refusals import MinorNeedsRecord

router = APIRouter(prefix="/v1", tags=["intakes"], route_class=GuardedRoute)

Submits = Annotated[Call, Depends(requires(Capability.INTAKE_WRITE, officer=True))]
SubmitsOnce = Annotated[Call, Depends(requires(Capability.INTAKE_WRITE, officer=True, key=True))]
Lists = Annotated[Call, Depends(requires(Capability.INTAKE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.INTAKE_READ, purpose=True))]
CaseLists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Answers = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]
CaseReads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
IntakeStatus = Literal["received", "verifying", "confirmed", "not_victim", "closed"]


ClientMade = Annotated[
    SentId,
    Path(
        description="UUID ngẫu nhiên (v4, hoặc v8) do bên gửi tạo khi mở biểu mẫu · A random UUID (v4, or v8) made by "
        "the sender when the form was opened"
    ),
]


@router.put(
    "/intakes/{intake_id}",
    status_code=201,
    summary="Gửi bản ghi tiếp nhận · Submit an intake",
    response_model=IntakeOut,
    responses={
        200: {"model": IntakeOut, "description": "Đã nhận trước đó · Accepted before (`Idempotent-Replayed: true`)"},
        **documented(IntakeConflict, UnknownReference, MinorNeedsRecord),
    },
)
async def put_intake(intake_id: ClientMade, body: IntakeIn, call: Submits) -> Any:
    """Gửi lại cùng mã và nội dung luôn an toàn. · Sending the same id and content again is always safe: 2xx means the
    record, its audit entry and its event are on durable storage."""
    digest = safejson.fingerprint(call.body)

    async def work(tx: Tx) -> tuple[IntakeOut, bool]:
        known = await submission.find(tx, intake_id, digest)
        if not known:
            await submission.submit(tx, intake_id, body, digest)
        return await reads.show_intake(tx, intake_id), known

    return await call.put(work)


@router.post(
    "/intakes",
    status_code=201,
    summary="Gửi bản ghi tiếp nhận, mã do dịch vụ cấp · Submit an intake, id made here",
    response_model=IntakeOut,
    responses=documented(UnknownReference, MinorNeedsRecord),
)
async def post_intake(body: IntakeIn, call: SubmitsOnce) -> Any:
    """Dành cho hệ thống không tự tạo mã; an toàn nhờ Idempotency-Key. · For systems that make no ids of their own."""
    digest = safejson.fingerprint(call.body)
    return await call.write(lambda tx: submission.submit(tx, uuid4(), body, digest), reads.show_intake, status=201)


@router.get("/intakes", summary="Các bản ghi của cơ quan · My organisation's intakes")
async def list_intakes(call: Lists, page: PageQuery, status: IntakeStatus | None = None) -> Page[IntakeItem]:
    """Mới nhất trước. · Newest first."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.list_intakes(tx, status, cursor, limit)

    return await call.page(fetch, reads.intake_item, filters={"status": status}, page=page)


@router.get("/intakes/{intake_id}", summary="Đọc một bản ghi · Read an intake")
async def read_intake(intake_id: UUID, call: Reads) -> IntakeFull:
    """Nội dung còn đọc được khi cơ quan bạn còn quản lý hồ sơ; sau đó chỉ còn mã, số và trạng thái. · The content while
    you hold custody; id, reference, digest and status for ever."""
    return await call.read(lambda tx: reads.read_intake(tx, intake_id))


@router.get("/intakes/{intake_id}/receipt", summary="Biên nhận có chữ ký · Signed receipt")
async def read_receipt(intake_id: UUID, call: Lists) -> ReceiptOut:
    """Chứng minh dịch vụ đã nhận nội dung nào, lúc nào. · Proves what was accepted, and when."""
    state = call.request.app.state
    return await call.read(
        lambda tx: reads.receipt(tx, intake_id, state.keys.current.receipts, state.settings.public_url)
    )


@router.put(
    "/intakes/{intake_id}/supplements/{supplement_id}",
    status_code=201,
    summary="Bổ sung, đính chính, rút lại · Supplement an intake",
    response_model=SupplementOut,
    responses={
        200: {"model": SupplementOut, "description": "Đã nhận trước đó · Accepted before"},
        **documented(IntakeConflict),
    },
)
async def put_supplement(intake_id: UUID, supplement_id: ClientMade, body: SupplementIn, call: Submits) -> Any:
    """Chỉ ghi thêm, không bao giờ hết hạn. · Append only, for ever, whoever has custody by then."""
    digest = safejson.fingerprint({"intake": str(intake_id), "body": call.body})

    async def work(tx: Tx) -> tuple[SupplementOut, bool]:
        known = await actions.find_supplement(tx, supplement_id, digest)
        if not known:
            await actions.supplement(tx, intake_id, supplement_id, body, digest)
        return await reads.show_supplement(tx, intake_id, supplement_id), known

    return await call.put(work)


@router.get("/intakes/{intake_id}/supplements", summary="Các bổ sung của bản ghi · Supplements of an intake")
async def list_supplements(intake_id: UUID, call: Reads, page: PageQuery) -> Page[SupplementOut]:
    """Theo thứ tự thời gian. · In order of time."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.supplements_of_intake(tx, intake_id, cursor, limit)

    return await call.page(fetch, lambda _, item: item, filters={}, page=page)


@router.get("/intakes/{intake_id}/supplements/{supplement_id}", summary="Đọc một bổ sung · Read a supplement")
async def read_supplement(intake_id: UUID, supplement_id: UUID, call: Reads) -> SupplementOut:
    """Của chính cơ quan bạn. · Your own."""
    return await call.read(lambda tx: reads.show_supplement(tx, intake_id, supplement_id))


@router.get("/cases/{case_id}/supplements", tags=["cases"], summary="Các bổ sung của hồ sơ · Supplements of a case")
async def list_of_case(case_id: UUID, call: CaseReads, page: PageQuery) -> Page[SupplementOut]:
    """Cơ quan hỗ trợ xã hội và ủy ban xã đang quản lý đọc và tiếp thu bằng PATCH. · Read by labour and commune as
    custodians, who adopt them by PATCH; by others, their own."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await cases.must_see(tx, case_id)
        return await reads.list_supplements(tx, (Supplement.case_id == case_id,), case_id, cursor, limit)

    return await call.page(fetch, lambda _, item: item, filters={}, page=page)


@router.get("/intakes/{intake_id}/reporter", summary="Người báo tin · Who reported")
async def read_reporter(intake_id: UUID, call: Reads) -> ReporterOut:
    """Chỉ cơ quan tiếp nhận tin đọc được, mãi mãi; không bao giờ đi kèm hồ sơ. · For the body that took the report
    alone, for ever; it never goes with the case."""
    return await call.read(lambda tx: reads.read_reporter(tx, intake_id))


@router.get("/intakes/{intake_id}/feedback", summary="Phản hồi về tin đã báo · What became of my report")
async def list_heard(intake_id: UUID, call: Reads, page: PageQuery) -> Page[FeedbackOut]:
    """Đọc được cả khi hồ sơ không còn hiển thị với cơ quan bạn; mới nhất trước. · Readable also once the case is hidden
    from you; newest first."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.feedback_of_intake(tx, intake_id, cursor, limit)

    return await call.page(fetch, lambda _, item: item, filters={}, page=page)


@router.post(
    "/cases/{case_id}/feedback",
    tags=["cases"],
    status_code=201,
    summary="Phản hồi cho bên báo tin · Tell who reported",
    response_model=FeedbackItem,
    responses=documented(NotYourMove),
)
async def give_feedback(case_id: UUID, body: FeedbackIn, call: Answers) -> Any:
    """Cơ quan quản lý cho các cơ quan đã báo tin biết kết quả, cả khi hồ sơ đã đóng. · The custodian tells the bodies
    that reported what became of it, on a closed case too."""
    return await call.write(lambda tx: actions.give_feedback(tx, case_id, body), reads.show_feedback, status=201)


@router.get("/cases/{case_id}/feedback", tags=["cases"], summary="Các phản hồi của hồ sơ · Feedback given on a case")
async def list_given(case_id: UUID, call: CaseLists, page: PageQuery) -> Page[FeedbackItem]:
    """Kết quả và các cơ quan được báo, mới nhất trước. · Outcomes, and who was told; newest first."""
    query = reads.FEEDBACK.where(CaseFeedback.case_id == case_id)
    return await call.page(
        cases.newest_of_case(case_id, query, CaseFeedback), reads.feedback_item, filters={}, page=page
    )


@router.get("/feedback/{feedback_id}", tags=["cases"], summary="Đọc một phản hồi · Read feedback")
async def read_feedback(feedback_id: UUID, call: CaseReads) -> FeedbackOut:
    """Cơ quan quản lý hồ sơ, và các cơ quan được báo. · For the custodian, and for whoever was told."""
    return await call.read(lambda tx: reads.read_feedback(tx, feedback_id))
