"""HTTP of receptions: the event, lists as files, one PUT for each person, and the hand-over to many at once."""

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app import safejson
from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases.schemas import Nothing
from app.db import Tx
from app.intakes.routes import ClientMade
from app.pages import Cursor, Page, PageQuery, keyset, newest
from app.problems import (
    IntakeConflict,
    InvalidTransition,
    NotYourMove,
    UnknownReference,
    UnreadableManifest,
    documented,
)
from app.receptions import actions, handing, listing, manifests, screening
from app.receptions.lifecycle import ReceptionStatus
from app.receptions.models import Reception, ReceptionHandover
from app.receptions.schemas import (
    HandoversIn,
    LineIn,
    LineOut,
    LineState,
    ManifestOut,
    ReceptionHandoverOut,
    ReceptionIn,
    ReceptionItem,
    ReceptionOut,
)
from app.refusals import AlreadyHandedOver, AlreadyScreened, CaseClosed, NobodyToHandOver, OpenHandover, ReceptionClosed

router = APIRouter(prefix="/v1", tags=["receptions"], route_class=GuardedRoute)

Opens = Annotated[Call, Depends(requires(Capability.INTAKE_WRITE, officer=True, key=True))]
Closes = Annotated[Call, Depends(requires(Capability.INTAKE_WRITE, officer=True, key=True, etag=True))]
_FILES = (manifests.CSV, manifests.XLSX)
Lists = Annotated[Call, Depends(requires(Capability.INTAKE_WRITE, officer=True, key=True, media=_FILES))]
Screens = Annotated[Call, Depends(requires(Capability.INTAKE_WRITE, officer=True))]
Follows = Annotated[Call, Depends(requires(Capability.INTAKE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.INTAKE_READ, purpose=True))]
HandsOver = Annotated[Call, Depends(requires(Capability.CUSTODY_WRITE, officer=True, key=True))]
IsHanded = Annotated[Call, Depends(requires(Capability.CASE_READ))]


@router.post(
    "/receptions",
    status_code=201,
    summary="Mở đợt tiếp nhận · Open a reception",
    response_model=ReceptionOut,
)
async def open_reception(body: ReceptionIn, call: Opens) -> Any:
    """Nhiều người cùng lúc, có hoặc không báo trước; chỉ người có dấu hiệu mới có hồ sơ. · Many people at once, with or
    without notice; only who shows indicators gets a case."""
    return await call.write(lambda tx: actions.open_reception(tx, body), actions.show_reception, status=201)


@router.get("/receptions", summary="Các đợt tiếp nhận của cơ quan · My organisation's receptions")
async def list_receptions(call: Follows, page: PageQuery, status: ReceptionStatus | None = None) -> Page[ReceptionItem]:
    """Mới nhất trước. · Newest first."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = select(Reception).where(Reception.organisation_id == tx.me)
        if status:
            query = query.where(Reception.status == status)
        return await tx.all(newest(query, Reception, cursor, limit))

    return await call.page(fetch, actions.reception_item, filters={"status": status}, page=page)


@router.get("/receptions/{reception_id}", summary="Tiến độ một đợt tiếp nhận · Progress of a reception")
async def read_reception(reception_id: UUID, call: Follows) -> ReceptionOut:
    """Số người theo kết quả và theo tỉnh quê; bàn giao đến đâu. · People by result and home province; how far the
    hand-overs are."""
    return await call.read(lambda tx: actions.show_reception(tx, reception_id))


@router.post(
    "/receptions/{reception_id}/closures",
    summary="Kết thúc đợt tiếp nhận · Close a reception",
    response_model=ReceptionOut,
    responses=documented(InvalidTransition, NotYourMove),
)
async def close_reception(reception_id: UUID, call: Closes, body: Nothing = Nothing()) -> Any:
    """Tên những người chưa sàng lọc bị xóa; sau đó vẫn bàn giao được. · The names of those not screened are erased;
    hand-overs remain possible."""
    return await call.write(lambda tx: actions.close(tx, reception_id, call.if_match), actions.show_reception)


@router.post(
    "/receptions/{reception_id}/manifests",
    status_code=201,
    summary="Nhập danh sách · Import a list",
    response_model=ManifestOut,
    responses={
        200: {"model": ManifestOut, "description": "Kết quả thử từng dòng · The same for each row, rehearsed"},
        **documented(UnreadableManifest, ReceptionClosed),
    },
)
async def import_manifest(reception_id: UUID, call: Lists) -> Any:
    """Tệp CSV hoặc XLSX có dòng tiêu đề tiếng Việt hoặc tiếng Anh, tối đa 2000 dòng; gửi lại danh sách dài hơn cũng
    được. · A CSV or XLSX file with Vietnamese or English headings, up to 2000 rows; a list that has grown is simply
    sent again, and nobody is listed twice."""
    manifest = await asyncio.to_thread(manifests.read, call.body.media_type, call.body.content)

    async def show(tx: Tx, manifest_id: UUID) -> ManifestOut:
        return await listing.show_manifest(tx, (reception_id, manifest_id), call.language)

    return await call.write(
        lambda tx: listing.import_manifest(tx, reception_id, manifest), show, status=201, rehearsed=True
    )


@router.get(
    "/receptions/{reception_id}/manifests/{manifest_id}",
    summary="Kết quả nhập một danh sách · What became of a list",
)
async def read_manifest(reception_id: UUID, manifest_id: UUID, call: Follows) -> ManifestOut:
    """Theo từng dòng, không có tên ai. · Row by row, without anybody's name."""
    return await call.read(lambda tx: listing.show_manifest(tx, (reception_id, manifest_id), call.language))


@router.put(
    "/receptions/{reception_id}/lines/{line_id}",
    status_code=201,
    summary="Điểm danh, sàng lọc một người · Tick off and screen one person",
    response_model=LineState,
    responses={
        200: {"model": LineState, "description": "Đã ghi trước đó · Recorded before (`Idempotent-Replayed: true`)"},
        **documented(IntakeConflict, AlreadyScreened, ReceptionClosed),
    },
)
async def screen(reception_id: UUID, line_id: ClientMade, body: LineIn, call: Screens) -> Any:
    """Có dấu hiệu thì mở hồ sơ ngay; kết quả khác chỉ là con số, tên bị xóa. Gửi lại luôn an toàn. · `indicators_found`
    opens a case at once; any other result is a count, and the name is erased. Sending again is always safe."""
    digest = safejson.fingerprint(call.body)

    async def work(tx: Tx) -> tuple[LineState, bool]:
        known = await screening.screen(tx, reception_id, line_id, body, digest)
        return await screening.show_state(tx, reception_id, line_id), known

    return await call.put(work)


@router.get("/receptions/{reception_id}/lines", summary="Danh sách điểm danh · The list to tick off")
async def list_lines(reception_id: UUID, call: Reads, page: PageQuery) -> Page[LineOut]:
    """Có tên những người chưa sàng lọc, nên lượt đọc được ghi lại. · With the names of those not yet screened, so the
    reading is recorded."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await screening.list_lines(tx, reception_id, cursor, limit)

    return await call.page(fetch, lambda _, line: line, columns=("position", "id"), filters={}, page=page)


@router.get("/receptions/{reception_id}/lines/{line_id}", summary="Đọc một người trong danh sách · Read one line")
async def read_line(reception_id: UUID, line_id: UUID, call: Reads) -> LineOut:
    """Có tên khi chưa sàng lọc. · With the name until that person was screened."""
    return await call.read(lambda tx: screening.show_line(tx, reception_id, line_id))


@router.post(
    "/receptions/{reception_id}/handovers",
    status_code=201,
    summary="Bàn giao về các tỉnh quê · Hand over to the home provinces",
    response_model=ReceptionOut,
    responses=documented(UnknownReference, AlreadyHandedOver, NobodyToHandOver, OpenHandover, CaseClosed, NotYourMove),
)
async def hand_over(reception_id: UUID, body: HandoversIn, call: HandsOver) -> Any:
    """Mỗi nhóm một bàn giao, tất cả hoặc không nhóm nào; người không có dấu hiệu chỉ được báo bằng con số. · One
    hand-over for each group, all or none; those without indicators are told as a number only."""
    return await call.write(lambda tx: handing.hand_over(tx, reception_id, body), actions.show_reception, status=201)


@router.get("/reception-handovers", summary="Người được đưa về tỉnh · People handed over from receptions")
async def list_handed(
    call: IsHanded, page: PageQuery, box: Literal["inbox", "outbox"] = "inbox"
) -> Page[ReceptionHandoverOut]:
    """Bao nhiêu hồ sơ và bao nhiêu người khác; không có tên ai. · How many cases and how many others; nobody's name."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        mine = ReceptionHandover.receiver_id if box == "inbox" else ReceptionHandover.giver_id
        key = (ReceptionHandover.created_at, ReceptionHandover.id)
        return await tx.all(keyset(actions.HANDED.where(mine == tx.me), key, cursor, limit, descending=True))

    return await call.page(fetch, actions.handed_out, filters={"box": box}, page=page)


@router.get("/reception-handovers/{reception_handover_id}", summary="Đọc một lượt đưa về tỉnh · Read one of them")
async def read_handed(reception_handover_id: UUID, call: IsHanded) -> ReceptionHandoverOut:
    """Dành cho bên giao và bên nhận. · For giver and receiver."""
    return await call.read(lambda tx: handing.show_handed(tx, reception_handover_id))
