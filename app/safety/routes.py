"""HTTP of placements, incidents and protections."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import reads
from app.cases.schemas import Nothing
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, NotYourMove, UnknownReference, documented
from app.refusals import (
    AlreadyAcknowledged,
    AlreadyPlaced,
    CaseClosed,
    DoesNotFit,
    FacilityNotAgreed,
    FamilyAssessmentRequired,
    NoCapacity,
    NotCompetent,
    PoliceUndecided,
)
from app.safety import incidents, placements, protections
from app.safety.lifecycle import IncidentStatus, PlacementStatus
from app.safety.models import Incident, Placement, Protection
from app.safety.schemas import (
    ExtensionIn,
    IncidentIn,
    IncidentItem,
    IncidentOut,
    IncidentState,
    PlacementEndIn,
    PlacementIn,
    PlacementItem,
    PlacementOut,
    PlacementState,
    ProtectionChangeIn,
    ProtectionEndIn,
    ProtectionIn,
    ProtectionItem,
    ProtectionOut,
    ProtectionState,
    ResolutionIn,
)

router = APIRouter(prefix="/v1", tags=["safety"], route_class=GuardedRoute)

Reads = Annotated[Call, Depends(requires(Capability.CASE_READ))]
PersonReads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Writes = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]
Moves = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True, etag=True))]


@router.post(
    "/cases/{case_id}/placements",
    status_code=201,
    summary="Bố trí lưu trú · Place in a shelter",
    response_model=PlacementState,
    responses=documented(NotYourMove, UnknownReference, FacilityNotAgreed, NoCapacity, AlreadyPlaced, CaseClosed),
)
async def place(case_id: UUID, body: PlacementIn, call: Writes) -> Any:
    """Do cơ quan quản lý hồ sơ hoặc chính cơ sở ghi; số chỗ trống giảm theo. Hết chỗ thì nêu cơ sở khác. · By the
    custodian or the facility itself; its free places follow. When none is free, others are named."""
    return await call.write(lambda tx: placements.place(tx, case_id, body), placements.show_state, status=201)


@router.get("/cases/{case_id}/placements", summary="Các lần lưu trú của hồ sơ · Placements of a case")
async def list_placements_of_case(case_id: UUID, call: Reads, page: PageQuery) -> Page[PlacementItem]:
    """Của cơ sở bạn; cơ quan quản lý thấy tất cả. · Those of your facility; the custodian sees all."""
    query = placements.VIEW.where(Placement.case_id == case_id)
    return await call.page(
        reads.newest_of_case(case_id, query, Placement), placements.placement_item, filters={}, page=page
    )


@router.get("/placements", summary="Người đang lưu trú ở cơ sở · Placements of my facility")
async def list_placements(call: Reads, page: PageQuery, status: PlacementStatus | None = None) -> Page[PlacementItem]:
    """Chỉ mã và ngày, không có tên. · Codes and dates, never a name."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = placements.VIEW.where(Placement.facility_id == tx.me)
        if status:
            query = query.where(Placement.status == status)
        return await tx.all(newest(query, Placement, cursor, limit))

    return await call.page(fetch, placements.placement_item, filters={"status": status}, page=page)


@router.get("/placements/{placement_id}", summary="Đọc một lần lưu trú · Read a placement")
async def read_placement(placement_id: UUID, call: PersonReads) -> PlacementOut:
    """Dành cho cơ sở và cơ quan quản lý hồ sơ. · For the facility and the custodian."""
    return await call.read(lambda tx: placements.show_placement(tx, placement_id))


@router.post(
    "/placements/{placement_id}/extensions",
    summary="Gia hạn lưu trú · Extend a placement",
    response_model=PlacementState,
    responses=documented(NotYourMove, InvalidTransition, DoesNotFit),
)
async def extend(placement_id: UUID, body: ExtensionIn, call: Moves) -> Any:
    """Do giám đốc cơ sở hoặc cơ quan có thẩm quyền quyết định, có lý do. · Decided by the facility's director or the
    competent body, with the reason."""
    return await call.write(lambda tx: placements.extend(tx, placement_id, body, call.if_match), placements.show_state)


@router.post(
    "/placements/{placement_id}/ends",
    summary="Kết thúc lưu trú · End a placement",
    response_model=PlacementState,
    responses=documented(NotYourMove, InvalidTransition, DoesNotFit, FamilyAssessmentRequired),
)
async def end_placement(placement_id: UUID, body: PlacementEndIn, call: Moves) -> Any:
    """Chỗ được trả lại. Cơ sở ghi được cả khi chuyển tuyến đã kết thúc. Trẻ em chỉ
    về gia đình đã được đánh giá an toàn. · The place is free again. The facility may do so after its referral has ended
    too. A child goes home only to a family found safe."""
    return await call.write(lambda tx: placements.end(tx, placement_id, body, call.if_match), placements.show_state)


@router.post(
    "/cases/{case_id}/incidents",
    status_code=201,
    summary="Báo sự cố an toàn · Report an incident",
    response_model=IncidentState,
    responses=documented(NotYourMove, UnknownReference, PoliceUndecided),
)
async def report(case_id: UUID, body: IncidentIn, call: Writes) -> Any:
    """Báo ngay cho cơ quan quản lý hồ sơ, và cho công an trừ khi nêu lý do không báo. · Tells the custodian at once,
    and the police unless they are excluded with a reason."""
    return await call.write(lambda tx: incidents.report(tx, case_id, body), incidents.show_state, status=201)


@router.get("/cases/{case_id}/incidents", summary="Các sự cố của hồ sơ · Incidents of a case")
async def list_incidents_of_case(case_id: UUID, call: Reads, page: PageQuery) -> Page[IncidentItem]:
    """Mà cơ quan bạn báo hoặc được báo; cơ quan quản lý thấy tất cả. · Those you reported or were told of; the
    custodian sees all."""
    query = incidents.VIEW.where(Incident.case_id == case_id)
    return await call.page(
        reads.newest_of_case(case_id, query, Incident), incidents.incident_item, filters={}, page=page
    )


@router.get("/incidents", summary="Sự cố được báo và đã báo · Incidents told to me and by me")
async def list_incidents(
    call: Reads, page: PageQuery, box: Literal["inbox", "outbox"] = "inbox", status: IncidentStatus | None = None
) -> Page[IncidentItem]:
    """`inbox`: báo cho cơ quan bạn, là cơ quan quản lý hồ sơ hoặc công an; `outbox`: cơ quan bạn báo. · Told to you as
    custodian or police, or reported by you."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await incidents.list_incidents(tx, box, status, cursor, limit)

    return await call.page(fetch, incidents.incident_item, filters={"box": box, "status": status}, page=page)


@router.get("/incidents/{incident_id}", summary="Đọc một sự cố · Read an incident")
async def read_incident(incident_id: UUID, call: PersonReads) -> IncidentOut:
    """Công an được báo đọc chính sự cố, không đọc hồ sơ. · The police body told reads the incident, not the case."""
    return await call.read(lambda tx: incidents.show_incident(tx, incident_id))


@router.post(
    "/incidents/{incident_id}/acknowledgements",
    summary="Xác nhận đã nhận tin sự cố · Acknowledge an incident",
    response_model=IncidentState,
    responses=documented(NotYourMove, InvalidTransition, AlreadyAcknowledged),
)
async def acknowledge(incident_id: UUID, call: Moves, body: Nothing = Nothing()) -> Any:
    """Cơ quan quản lý hồ sơ và công an, mỗi bên một lần. · By custodian and police, each once."""
    return await call.write(lambda tx: incidents.acknowledge(tx, incident_id, call.if_match), incidents.show_state)


@router.post(
    "/incidents/{incident_id}/resolutions",
    summary="Kết thúc xử lý sự cố · Resolve an incident",
    response_model=IncidentState,
    responses=documented(NotYourMove, InvalidTransition),
)
async def resolve(incident_id: UUID, body: ResolutionIn, call: Moves) -> Any:
    """Do cơ quan quản lý hồ sơ hoặc bên đã báo; công an thấy kết quả, không thấy lời ghi. · By the custodian, or by
    whoever reported it: the custodian then still acknowledges. The police see the outcome, not the words."""
    return await call.write(lambda tx: incidents.resolve(tx, incident_id, body, call.if_match), incidents.show_state)


@router.post(
    "/cases/{case_id}/protections",
    status_code=201,
    summary="Ghi nhận biện pháp bảo vệ · Record protection measures",
    response_model=ProtectionState,
    responses=documented(NotYourMove, NotCompetent, CaseClosed),
)
async def order(case_id: UUID, body: ProtectionIn, call: Writes) -> Any:
    """Chỉ ghi số quyết định, không bao giờ gửi hồ sơ bảo vệ. Người được bảo vệ từ chối thì ghi cam kết. · The order by
    its number only, never its file; or the person's refusal with an undertaking."""
    return await call.write(lambda tx: protections.order(tx, case_id, body), protections.show_state, status=201)


@router.get("/cases/{case_id}/protections", summary="Biện pháp bảo vệ của hồ sơ · Protections of a case")
async def list_protections(case_id: UUID, call: Reads, page: PageQuery) -> Page[ProtectionItem]:
    """Chỉ dành cho bên đọc được phần `refuge` hoặc đã ra quyết định. · For who reads `refuge`, or ordered them."""
    query = select(Protection).where(Protection.case_id == case_id)
    return await call.page(
        reads.newest_of_case(case_id, query, Protection), protections.protection_item, filters={}, page=page
    )


@router.get("/protections/{protection_id}", summary="Đọc một biện pháp bảo vệ · Read a protection")
async def read_protection(protection_id: UUID, call: PersonReads) -> ProtectionOut:
    """Kèm số các quyết định. · With the numbers of the orders."""
    return await call.read(lambda tx: protections.show_protection(tx, protection_id))


@router.post(
    "/protections/{protection_id}/changes",
    summary="Thay đổi biện pháp bảo vệ · Change a protection",
    response_model=ProtectionState,
    responses=documented(NotYourMove, InvalidTransition, NotCompetent),
)
async def change(protection_id: UUID, body: ProtectionChangeIn, call: Moves) -> Any:
    """Theo quyết định bổ sung; biện pháp được thay toàn bộ. · By a further order; the measures are replaced as
    a whole."""
    return await call.write(
        lambda tx: protections.change(tx, protection_id, body, call.if_match), protections.show_state
    )


@router.post(
    "/protections/{protection_id}/ends",
    summary="Chấm dứt bảo vệ · End a protection",
    response_model=ProtectionState,
    responses=documented(NotYourMove, InvalidTransition, NotCompetent, DoesNotFit),
)
async def end_protection(protection_id: UUID, body: ProtectionEndIn, call: Moves) -> Any:
    """Người được bảo vệ từ chối thì kèm cam kết. · With the person's undertaking, when the person refuses it."""
    return await call.write(lambda tx: protections.end(tx, protection_id, body, call.if_match), protections.show_state)
