"""HTTP of the directory, and who am I."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Agency, Capability
from app.db import Tx
from app.organisations import actions
from app.organisations.models import Organisation, Service
from app.organisations.schemas import CapacityIn, MeOut, OrganisationOut, ServiceOut
from app.pages import Cursor, Page, PageQuery, keyset
from app.problems import NotYourMove, documented
from app.reference.fields import Day, Province, coded, today

router = APIRouter(prefix="/v1", tags=["directory"], route_class=GuardedRoute)

Reads = Annotated[Call, Depends(requires(Capability.DIRECTORY_READ))]
Writes = Annotated[Call, Depends(requires(Capability.DIRECTORY_WRITE, officer=True, etag=True))]
AnyClient = Annotated[Call, Depends(requires(None))]
_BRIEFLY = "private, max-age=60"


@router.get("/me", summary="Tôi là ai · Who am I")
async def who_am_i(call: AnyClient) -> MeOut:
    """Hệ thống, cơ quan, phạm vi và giờ của dịch vụ. · Client, organisation, scopes, and the service's time."""

    async def work(tx: Tx) -> MeOut:
        mine = await actions.show_organisation(tx, tx.me)
        return MeOut(
            client_id=tx.caller.client_id,
            organisation=MeOut.Organisation(id=mine.id, name=mine.name, agency=mine.agency),
            scopes=sorted(tx.caller.scopes),
            mode=tx.caller.mode,
            server_time=datetime.now(UTC),
        )

    return await call.read(work)


@router.get("/organisations", summary="Danh bạ cơ quan · Organisations")
async def list_organisations(
    call: Reads, page: PageQuery, agency: Agency | None = None, province_code: Province | None = None
) -> Page[OrganisationOut]:
    """Theo thứ tự tên tiếng Việt; lọc theo tỉnh vẫn giữ cơ quan toàn quốc. · By Vietnamese name; a province
    filter keeps nationwide bodies."""
    call.response.headers["Cache-Control"] = _BRIEFLY

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = actions.with_name(today()).where(Organisation.status == "active")
        if agency:
            query = query.where(Organisation.agency == agency)
        if province_code:
            here = Organisation.province_codes.contains([province_code])
            query = query.where(here | (Organisation.province_codes == []))
        return await tx.all(keyset(query, (Organisation.sort_key, Organisation.id), cursor, limit, descending=False))

    filters = {"agency": agency, "province_code": province_code}
    return await call.page(
        fetch, lambda _, row: actions.organisation_out(row), columns=("sort_key", "id"), filters=filters, page=page
    )


@router.get("/organisations/{organisation_id}", summary="Một cơ quan · One organisation")
async def read_organisation(organisation_id: UUID, call: Reads, on: Day | None = None) -> OrganisationOut:
    """Tên hiện hành, hoặc tên vào ngày `on`, và chức năng; không bao giờ có địa chỉ. · Present name, or the one borne
    on the day `on`, and function; never an address."""
    call.response.headers["Cache-Control"] = _BRIEFLY
    return await call.read(lambda tx: actions.show_organisation(tx, organisation_id, on))


@router.get("/services", summary="Các dịch vụ · Services offered")
async def list_services(
    call: Reads,
    page: PageQuery,
    service: Annotated[str, coded("service")] | None = None,
    organisation_id: UUID | None = None,
) -> Page[ServiceOut]:
    """Ai hỗ trợ việc gì, ở tỉnh nào, còn bao nhiêu chỗ. · Who offers what, where, with how many free places."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        query = select(Service).where(Service.status == "active")
        if service:
            query = query.where(Service.service == service)
        if organisation_id:
            query = query.where(Service.organisation_id == organisation_id)
        return await tx.all(keyset(query, (Service.service, Service.id), cursor, limit, descending=False))

    filters = {"service": service, "organisation_id": str(organisation_id) if organisation_id else None}
    return await call.page(fetch, actions.service_out, columns=("service", "id"), filters=filters, page=page)


@router.get("/services/{service_id}", summary="Một dịch vụ · One service")
async def read_service(service_id: UUID, call: Reads) -> ServiceOut:
    """Không có địa chỉ. · Without an address."""
    return await call.read(lambda tx: actions.show_service(tx, service_id))


@router.put(
    "/services/{service_id}/capacity",
    summary="Cập nhật số chỗ · State free places",
    response_model=ServiceOut,
    responses=documented(NotYourMove),
)
async def state_capacity(service_id: UUID, body: CapacityIn, call: Writes) -> Any:
    """Chỉ cơ quan cung cấp dịch vụ. · By the organisation that offers the service."""
    return await call.write(
        lambda tx: actions.state_capacity(tx, service_id, body, call.if_match), actions.show_service
    )
