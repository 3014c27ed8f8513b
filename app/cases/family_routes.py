"""HTTP of children and family: links between persons, guardians, assessments."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases import assessments, family, guardians, reads
from app.cases.actions import subject
from app.cases.family_models import Assessment, Guardian
from app.cases.family_schemas import (
    AssessmentIn,
    AssessmentItem,
    AssessmentOut,
    GuardianIn,
    GuardianItem,
    GuardianOut,
    GuardianPatch,
    LinkIn,
)
from app.cases.models import CaseLink
from app.cases.schemas import CaseLinkOut
from app.db import Tx
from app.happenings import Event
from app.journal import record
from app.pages import Cursor, Page, PageQuery, keyset
from app.problems import NotYourMove, UnknownReference, documented
from app.refusals import CaseClosed, DoesNotFit, OpenHandover

router = APIRouter(prefix="/v1", tags=["children and family"], route_class=GuardedRoute)

Lists = Annotated[Call, Depends(requires(Capability.CASE_READ))]
Reads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
Adds = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, key=True))]
Amends = Annotated[Call, Depends(requires(Capability.CASE_WRITE, officer=True, etag=True))]


@router.post(
    "/cases/{case_id}/links",
    status_code=201,
    summary="Liên kết người thân · Link persons who belong together",
    response_model=CaseLinkOut,
    responses=documented(NotYourMove, CaseClosed, OpenHandover, UnknownReference),
)
async def link(case_id: UUID, body: LinkIn, call: Adds) -> Any:
    """Ghi cả hai chiều; gửi lại để thay đổi. · Written both ways; sent again, it replaces what was said. Persons with
    `keep_together` leave in one hand-over, or a reason is given."""
    return await call.write(
        lambda tx: family.link(tx, case_id, body), lambda tx, other: family.show_link(tx, case_id, other), status=201
    )


@router.get("/cases/{case_id}/links", summary="Người thân được liên kết · Persons linked with this one")
async def list_links(case_id: UUID, call: Lists, page: PageQuery) -> Page[CaseLinkOut]:
    """Những hồ sơ mà cơ quan bạn cùng tham gia. · Those whose cases you take part in too."""
    query = select(CaseLink).where(CaseLink.case_id == case_id)
    columns = (CaseLink.created_at, CaseLink.linked_case_id)

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await reads.must_see(tx, case_id)
        return await tx.all(keyset(query, columns, cursor, limit, descending=False))

    return await call.page(fetch, family.link_out, columns=[column.key for column in columns], filters={}, page=page)


@router.post(
    "/cases/{case_id}/guardians",
    status_code=201,
    summary="Ghi nhận người giám hộ · Record a guardian",
    response_model=GuardianItem,
    responses=documented(NotYourMove, CaseClosed),
)
async def record_guardian(case_id: UUID, body: GuardianIn, call: Adds) -> Any:
    """Có xung đột lợi ích thì sự đồng ý qua người này bị rút ngay. · With a conflict of interest, consents given
    through this person end at once and are named in `withdrawn_consents`."""
    return await call.write(
        lambda tx: guardians.record_guardian(tx, case_id, body), guardians.show_recorded, status=201
    )


@router.get("/cases/{case_id}/guardians", summary="Những người giám hộ · Guardians of a case")
async def list_guardians(case_id: UUID, call: Reads, page: PageQuery) -> Page[GuardianItem]:
    """Dành cho cơ quan quản lý hồ sơ; không có họ tên. · For the custodian; names are read one by one."""
    read = reads.newest_of_case(case_id, guardians.VIEW.where(Guardian.case_id == case_id), Guardian)

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        record(tx, Event.GUARDIAN_READ, subject(case_id))
        return await read(tx, cursor, limit)

    return await call.page(fetch, guardians.guardian_item, filters={}, page=page)


@router.get("/guardians/{guardian_id}", summary="Đọc một người giám hộ · Read a guardian")
async def read_guardian(guardian_id: UUID, call: Reads) -> GuardianOut:
    """Họ tên, quan hệ, số điện thoại. · Name, relation and telephone."""
    return await call.read(lambda tx: guardians.show_guardian(tx, guardian_id))


@router.patch(
    "/guardians/{guardian_id}",
    summary="Sửa người giám hộ · Change a guardian",
    response_model=GuardianItem,
    responses=documented(CaseClosed, DoesNotFit),
)
async def amend_guardian(guardian_id: UUID, body: GuardianPatch, call: Amends) -> Any:
    """Xung đột phát hiện sau, hoặc đã chấm dứt. · A conflict found later ends the consents given through this person;
    a guardianship that is over does not begin again."""
    return await call.write(
        lambda tx: guardians.amend_guardian(tx, guardian_id, body, call.if_match), guardians.show_recorded
    )


@router.post(
    "/cases/{case_id}/assessments",
    status_code=201,
    summary="Ghi nhận đánh giá · Record an assessment",
    response_model=AssessmentItem,
    responses=documented(NotYourMove, CaseClosed),
)
async def assess(case_id: UUID, body: AssessmentIn, call: Adds) -> Any:
    """Không sửa được; kết luận khác thì ghi đánh giá mới. · It is not changed afterwards; another conclusion is another
    assessment. A child goes home only on a `family_safety` one that found the family safe."""
    return await call.write(lambda tx: assessments.assess(tx, case_id, body), assessments.show_made, status=201)


@router.get("/cases/{case_id}/assessments", summary="Các đánh giá của hồ sơ · Assessments of a case")
async def list_assessments(case_id: UUID, call: Lists, page: PageQuery) -> Page[AssessmentItem]:
    """Cơ quan quản lý thấy tất cả, cơ quan khác thấy của mình. · All for the custodian, one's own for others."""
    query = select(Assessment).where(Assessment.case_id == case_id)
    return await call.page(
        reads.newest_of_case(case_id, query, Assessment), assessments.assessment_item, filters={}, page=page
    )


@router.get("/assessments/{assessment_id}", summary="Đọc một đánh giá · Read an assessment")
async def read_assessment(assessment_id: UUID, call: Reads) -> AssessmentOut:
    """Dành cho cơ quan quản lý và cơ quan đánh giá còn tham gia. · For the custodian, and the author while a party."""
    return await call.read(lambda tx: assessments.show_assessment(tx, assessment_id))
