"""HTTP of statements."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import statements
from app.cases.models import CaseEntry
from app.cases.schemas import StatementIn, StatementItem, StatementOut
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, keyset
from app.problems import NotYourMove, documented
from app.refusals import CaseClosed, SectionsNotReadable, StatementExists

router = APIRouter(prefix="/v1", tags=["cases"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Adds = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]


@router.post(
    "/cases/{case_id}/statements",
    status_code=201,
    summary="Ghi lời khai · Take a statement",
    response_model=StatementItem,
    responses=documented(NotYourMove, SectionsNotReadable, StatementExists, CaseClosed),
)
async def take_statement(case_id: UUID, body: StatementIn, call: Adds) -> Any:
    """Không để một người phải kể lại nhiều lần: từ lần thứ hai phải nêu lý do, và lý do hiện trong diễn biến. · Nobody
    is made to tell it twice: from the second statement on a reason is needed, and shows on the timeline."""
    return await call.write(lambda tx: statements.take(tx, case_id, body), statements.show_taken, status=201)


@router.get("/cases/{case_id}/statements", summary="Các lời khai của hồ sơ · Statements of a case")
async def list_statements(case_id: UUID, call: Lists, page: PageQuery) -> Page[StatementItem]:
    """Đã có lời khai nào, ai lấy, vì sao hỏi lại; nội dung đọc theo mã. · Which there are, by a body of which function,
    and why again; what was said is read by id."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await statements.must_read(tx, case_id)
        query = statements.VIEW.where(CaseEntry.case_id == case_id)
        return await tx.all(keyset(query, (CaseEntry.created_at, CaseEntry.id), cursor, limit, descending=False))

    return await call.page(fetch, statements.statement_item, filters={}, page=page)


@router.get("/statements/{statement_id}", summary="Đọc một lời khai · Read a statement")
async def read_statement(statement_id: UUID, call: Reads) -> StatementOut:
    """Cho cơ quan được đọc lời khai, và cơ quan xác minh đã lấy nó; lượt đọc được ghi lại. · For whoever reads the
    section, and the verifier that took it; the reading is recorded."""
    return await call.read(lambda tx: statements.show_statement(tx, statement_id))
