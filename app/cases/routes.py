"""HTTP of cases: reading and changing sections, notes, corrections, closure, timeline, accesses."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import actions, reads, records
from app.cases.keys import case_key
from app.cases.lifecycle import CaseStatus
from app.cases.models import CaseNote, Correction
from app.cases.schemas import (
    AccessEntry,
    CaseItem,
    CaseOut,
    CasePatch,
    CaseState,
    ClosureIn,
    CorrectionIn,
    CorrectionItem,
    CorrectionOut,
    DisclosureEntry,
    NoteIn,
    NoteOut,
    ReopeningIn,
    TimelineEntry,
)
from app.db import Tx
from app.etags import must_match
from app.happenings import Event
from app.journal import Subject, record
from app.pages import Cursor, Page, PageQuery, keyset
from app.problems import InvalidTransition, NotYourMove, documented
from app.refusals import (
    CaseClosed,
    OpenHandover,
    OpenReferrals,
    OpenVerifications,
    SectionsNotReadable,
    StatementExists,
)

router = APIRouter(prefix="/v1", tags=["cases"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Changes = Annotated[Call, Depends(requires(Capability.CASE_WRITE, purpose=True, etag=True))]
Adds = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True, etag=True))]


@router.get("/cases", summary="Danh sách hồ sơ của cơ quan · My organisation's cases")
async def list_cases(call: Lists, page: PageQuery, status: CaseStatus | None = None) -> Page[CaseItem]:
    """Hồ sơ đang quản lý hoặc được chia sẻ, mới nhất trước. · Cases held or shared with you, newest first."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.list_cases(tx, status, cursor, limit)

    return await call.page(fetch, reads.case_item, filters={"status": status}, page=page)


@router.get("/cases/{case_id}", summary="Đọc hồ sơ · Read a case")
async def read_case(case_id: UUID, call: Reads) -> CaseOut:
    """Chỉ các phần cơ quan bạn được đọc; `masked` nêu các phần bị che. · Only the sections you may read; `masked` names
    every other one, filled or not. The read is recorded with its purpose."""
    return await call.read(lambda tx: reads.show_case(tx, case_id))


@router.patch(
    "/cases/{case_id}",
    summary="Cập nhật các phần của hồ sơ · Change sections of a case",
    response_model=CaseOut,
    responses=documented(NotYourMove, SectionsNotReadable, StatementExists, CaseClosed),
)
async def amend_case(case_id: UUID, body: CasePatch, call: Changes) -> Any:
    """Merge patch từng phần (RFC 7396); lời khai, sức khỏe, điều tra chỉ ghi thêm; lời khai thêm phải có lý do, gửi tới
    `/statements`. · Merge patch by section; statement, health and investigation only grow, and a further statement goes
    to `/statements`, with its reason."""

    async def act(tx: Tx) -> UUID:
        case = await actions.lock_case(tx, case_id, open_only=False)
        must_match(call.if_match, reads.case_etag(tx, await reads.case_row(tx, case_id)))
        if case.status == CaseStatus.CLOSED:
            raise CaseClosed
        await actions.amend(tx, case_id, body)
        return case_id

    return await call.write(act, reads.show_case)


@router.get("/cases/{case_id}/timeline", summary="Diễn biến hồ sơ · Timeline of a case")
async def read_timeline(case_id: UUID, call: Lists, page: PageQuery) -> Page[TimelineEntry]:
    """Những việc cơ quan bạn có tham gia, theo thứ tự thời gian. · What you took part in, in order."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.timeline(tx, case_id, cursor, limit)

    return await call.page(fetch, lambda _, entry: entry, columns=("at", "id"), filters={}, page=page)


@router.get("/cases/{case_id}/accesses", summary="Ai đã đọc hồ sơ · Who read a case")
async def read_accesses(case_id: UUID, call: Lists, page: PageQuery) -> Page[AccessEntry]:
    """Cơ quan quản lý thấy mọi lượt đọc; cơ quan khác thấy lượt của mình. · The custodian sees every read, others their
    own; readers elsewhere appear by function, time and purpose."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.accesses(tx, case_id, cursor, limit)

    return await call.page(fetch, lambda _, entry: entry, columns=("at", "id"), filters={}, page=page)


@router.get("/cases/{case_id}/disclosures", summary="Đã cho ai xem những gì · What was shown to whom")
async def read_disclosures(case_id: UUID, call: Reads, page: PageQuery) -> Page[DisclosureEntry]:
    """Dành cho cơ quan quản lý hồ sơ, mới nhất trước: ai, khi nào, phần nào, mục đích nào, dựa trên sự đồng ý hay căn
    cứ nào. · For the custodian, newest first: which function, when, which sections, for which purpose, on which
    consent, override or lawful basis."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await reads.disclosures(tx, case_id, cursor, limit)

    return await call.page(fetch, lambda _, entry: entry, columns=("at", "id"), filters={}, page=page)


@router.post(
    "/cases/{case_id}/notes",
    status_code=201,
    summary="Ghi chú · Add a note",
    response_model=NoteOut,
    responses=documented(NotYourMove, CaseClosed),
)
async def add_note(case_id: UUID, body: NoteIn, call: Adds) -> Any:
    """Ghi chú nội bộ, cơ quan quản lý hồ sơ đọc được. · A working note, readable by whoever holds custody."""
    return await call.write(lambda tx: records.add_note(tx, case_id, body), records.show_note, status=201)


@router.get("/cases/{case_id}/notes", summary="Các ghi chú · Notes of a case")
async def list_notes(case_id: UUID, call: Reads, page: PageQuery) -> Page[NoteOut]:
    """Theo thứ tự thời gian. · In order of time."""
    return await _kept_texts(call, case_id, page, (CaseNote, records.note_out), Event.NOTES_READ)


@router.get("/notes/{note_id}", summary="Đọc một ghi chú · Read a note")
async def read_note(note_id: UUID, call: Reads) -> NoteOut:
    """Dành cho cơ quan quản lý hồ sơ và tác giả còn tham gia. · For the custodian, and the author while a party."""
    return await call.read(lambda tx: records.show_note(tx, note_id))


@router.post(
    "/cases/{case_id}/corrections",
    status_code=201,
    summary="Đính chính · Correct a fact",
    response_model=CorrectionItem,
    responses=documented(NotYourMove, SectionsNotReadable, CaseClosed),
)
async def correct(case_id: UUID, body: CorrectionIn, call: Adds) -> Any:
    """Giữ giá trị cũ, lý do, chứng cứ; báo cho bên đang được chia sẻ. · Keeps the old value, reason and evidence, and
    tells everybody the section is shared with."""
    return await call.write(lambda tx: records.correct(tx, case_id, body), records.show_made, status=201)


@router.get("/cases/{case_id}/corrections", summary="Các đính chính · Corrections of a case")
async def list_corrections(case_id: UUID, call: Reads, page: PageQuery) -> Page[CorrectionOut]:
    """Của các phần cơ quan bạn được đọc. · Of the sections you may read."""
    return await _kept_texts(call, case_id, page, (Correction, records.correction_out), Event.CASE_READ)


@router.get("/corrections/{correction_id}", summary="Đọc một đính chính · Read a correction")
async def read_correction(correction_id: UUID, call: Reads) -> CorrectionOut:
    """Giá trị cũ và mới. · The old and the new value."""
    return await call.read(lambda tx: records.show_correction(tx, correction_id))


async def _kept_texts(call: Call, case_id: UUID, page: Any, kind: tuple[Any, Any], event: Event) -> Page[Any]:
    """A list of sealed records of one case: visible case or 404, opened with the case's key, the reading recorded."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await reads.must_see(tx, case_id)
        model, out = kind
        key = await case_key(tx, case_id)
        query = keyset(
            select(model).where(model.case_id == case_id), (model.created_at, model.id), cursor, limit, descending=False
        )
        rows = await tx.all(query)
        sections = {row.section for row in rows} if event is Event.CASE_READ else ()
        record(tx, event, Subject("case", case_id, case_id), sections=sections)
        return [out(tx, key, row) for row in rows]

    return await call.page(fetch, lambda _, item: item, filters={}, page=page)


@router.post(
    "/cases/{case_id}/closures",
    summary="Đóng hồ sơ · Close a case",
    response_model=CaseState,
    responses=documented(NotYourMove, InvalidTransition, OpenReferrals, OpenVerifications, OpenHandover),
)
async def close_case(case_id: UUID, body: ClosureIn, call: Moves) -> Any:
    """Chỉ cơ quan quản lý, khi không còn việc chờ. · By the custodian, once nothing is waiting."""
    return await _move_case(call, case_id, lambda tx, case: actions.close(tx, case, body))


@router.post(
    "/cases/{case_id}/reopenings",
    summary="Mở lại hồ sơ · Reopen a case",
    response_model=CaseState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def reopen_case(case_id: UUID, body: ReopeningIn, call: Moves) -> Any:
    """Hỗ trợ trở về mức trước khi đóng. · Support is as it was before the closure."""
    return await _move_case(call, case_id, lambda tx, case: actions.reopen(tx, case, body))


async def _move_case(call: Call, case_id: UUID, move: Any) -> Any:
    async def act(tx: Tx) -> UUID:
        case = await actions.lock_case(tx, case_id, open_only=False)
        must_match(call.if_match, reads.case_etag(tx, await reads.case_row(tx, case_id)))
        await move(tx, case)
        return case_id

    return await call.write(act, reads.show_state)
