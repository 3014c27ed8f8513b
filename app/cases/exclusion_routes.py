"""HTTP of exclusions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import exclusions, reads
from app.cases.exclusion_models import Exclusion
from app.cases.exclusion_schemas import ExclusionIn, ExclusionItem, ExclusionOut, LiftingIn
from app.pages import Page, PageQuery
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.refusals import AlreadyExcluded, OpenHandover

router = APIRouter(prefix="/v1", tags=["exclusions"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Makes = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True, etag=True))]


@router.post(
    "/cases/{case_id}/exclusions",
    status_code=201,
    summary="Không cho xem hồ sơ · Exclude from a case",
    response_model=ExclusionItem,
    responses=documented(NotYourMove, UnknownReference, OpenHandover, AlreadyExcluded),
)
async def exclude(case_id: UUID, body: ExclusionIn, call: Makes) -> Any:
    """Cơ quan ấy không thấy hồ sơ nữa, dù đang được chia sẻ hay được chia sẻ sau này, và không biết vì sao. Với một cán
    bộ thì chỉ chắc bằng lời khai của cơ quan cán bộ đó. · That body no longer sees the case, whatever it holds or is
    given later, and learns nothing of it. Of one officer it is as good as that officer's organisation is honest."""
    return await call.write(lambda tx: exclusions.exclude(tx, case_id, body), exclusions.show_item, status=201)


@router.get("/cases/{case_id}/exclusions", summary="Ai không được xem hồ sơ · Who is excluded from a case")
async def list_exclusions(case_id: UUID, call: Lists, page: PageQuery) -> Page[ExclusionItem]:
    """Chỉ cơ quan quản lý thấy, kể cả những lần đã bỏ. · For the custodian alone; lifted ones too."""
    query = select(Exclusion).where(Exclusion.case_id == case_id)
    fetch = reads.newest_of_case(case_id, query, Exclusion)
    return await call.page(fetch, exclusions.exclusion_item, filters={}, page=page)


@router.get("/exclusions/{exclusion_id}", summary="Đọc một lần không cho xem · Read an exclusion")
async def read_exclusion(exclusion_id: UUID, call: Reads) -> ExclusionOut:
    """Cho cơ quan quản lý; lượt đọc được ghi lại. · For the custodian; the reading is recorded."""
    return await call.read(lambda tx: exclusions.show_exclusion(tx, exclusion_id))


@router.post(
    "/exclusions/{exclusion_id}/liftings",
    summary="Cho xem lại hồ sơ · Lift an exclusion",
    response_model=ExclusionItem,
    responses=documented(InvalidTransition),
)
async def lift(exclusion_id: UUID, body: LiftingIn, call: Moves) -> Any:
    """Những gì cơ quan ấy còn được chia sẻ thì thấy lại ngay. · What that body still holds it sees again at once."""
    act = exclusions.lift
    return await call.write(lambda tx: act(tx, exclusion_id, body, call.if_match), exclusions.show_item)
