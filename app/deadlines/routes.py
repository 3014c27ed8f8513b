"""HTTP of the worklist."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from app.auth.call import Call, GuardedRoute, requires
from app.db import Tx
from app.deadlines import reads
from app.deadlines.schemas import WorkItem
from app.pages import Cursor, Page, PageQuery
from app.reference.fields import Province

router = APIRouter(prefix="/v1", tags=["worklist"], route_class=GuardedRoute)

AnyClient = Annotated[Call, Depends(requires(None))]
Kind = Literal[
    "verification",
    "handover",
    "referral",
    "case",
    "plan",
    "return",
    "notice",
    "placement",
    "incident",
    "application",
    "break_glass",
    "escalation",
]


@dataclass(frozen=True)
class Wanted:
    """What narrows a worklist."""

    kind: Annotated[Kind | None, Query(description="Loại việc · What it is about")] = None
    overdue: Annotated[bool, Query(description="Chỉ việc quá hạn · Only what is overdue")] = False
    province_code: Annotated[Province | None, Query(description="Tỉnh của hồ sơ · Province of the case")] = None
    view: Annotated[
        Literal["own", "supervised"],
        Query(description="Của mình, hay của cấp dưới · One's own, or of bodies under supervision"),
    ] = "own"


@router.get("/worklist", summary="Việc đang chờ cơ quan tôi · What waits for my organisation")
async def worklist(call: AnyClient, page: PageQuery, wanted: Annotated[Wanted, Depends()]) -> Page[WorkItem]:
    """Quá hạn trước, rồi theo hạn. `supervised`: việc của cơ quan cấp dưới, chỉ thời hạn. · Overdue first, then by
    date. `supervised`: what bodies under you owe, dates only."""
    filters = asdict(wanted)

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        if wanted.view == "supervised":
            return await reads.list_supervised(tx, filters, cursor, limit)
        return await reads.list_duties(tx, filters, cursor, limit)

    language = call.request.state.language
    return await call.page(
        fetch, lambda _, row: reads.work_item(row, language), columns=("due_at", "id"), filters=filters, page=page
    )


@router.get("/worklist/counts", summary="Số việc đang chờ theo loại · Waiting items by kind")
async def worklist_counts(call: AnyClient) -> dict[str, int]:
    """Của cơ quan bạn. · Of your organisation."""
    return await call.read(reads.counts)
