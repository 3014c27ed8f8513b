"""HTTP of printed forms."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases.models import Case
from app.db import Tx
from app.forms.facts import gather
from app.forms.pages import PAGES, form_of
from app.forms.printing import fill, render
from app.happenings import Event
from app.journal import Subject, record
from app.law.rules import regime_of
from app.organisations.actions import show_organisation
from app.problems import NotFound, documented
from app.reference.fields import today
from app.refusals import SectionsNotReadable

router = APIRouter(prefix="/v1", tags=["forms"], route_class=GuardedRoute)

PersonReads = Annotated[Call, Depends(requires(Capability.CASE_READ, purpose=True))]
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Biểu mẫu đã điền, dạng PDF. · The filled form.",
        "content": {"application/pdf": {"schema": {"type": "string", "contentEncoding": "binary"}}},
    }
}


@router.get(
    "/cases/{case_id}/forms/{form_code}",
    summary="In biểu mẫu · Print a form",
    response_class=Response,
    responses=_PDF | documented(SectionsNotReadable),
)
async def print_form(case_id: UUID, form_code: str, call: PersonReads, record_id: UUID | None = None) -> Response:
    """Chỉ in phần cơ quan bạn đọc được, dạng PDF; mã biểu mẫu ở danh mục `document_type`; `record_id` là bàn giao,
    giấy, xác minh, chuyển tuyến hoặc kế hoạch cần in, mặc định là mới nhất. · Prints what your body may read, as PDF.
    `record_id` names the hand-over, certificate, verification, referral or plan; the newest one when left out."""
    filled = await call.read(lambda tx: _filled(tx, case_id, form_code, record_id))
    pdf = (await asyncio.to_thread(render, filled))[0]
    name = f"{form_code}-{filled['reference']}.pdf"
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


async def _filled(tx: Tx, case_id: UUID, code: str, record_id: UUID | None) -> Mapping[str, Any]:
    """The content to print; the print is recorded with its checksum, so that a paper found later tells who made it."""
    page = PAGES.get(code)
    if page is None:
        raise NotFound
    facts = await gather(tx, case_id, page, record_id)
    regime = await tx.scalar(select(Case.regime).where(Case.id == case_id)) or regime_of(None, today())
    issuer = (await show_organisation(tx, tx.me)).name.vi
    filled = fill(page, form_of(code, regime), facts, issuer)
    for person in [row["case_id"] for row in facts.get("persons", [])] or [case_id]:
        subject = Subject("form", record_id or case_id, person)
        record(tx, Event.FORM_READ, subject, sections=page.sections, form=code, checksum=filled["checksum"])
    return filled
