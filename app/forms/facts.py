"""What a form is filled with, as its reader may see it: the record it is about, the person, the bodies by name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.cases.actions import contents, readable_sections
from app.cases.custody import show_handover
from app.cases.custody_models import Handover, HandoverCase
from app.cases.keys import case_key
from app.cases.models import Case
from app.cases.sections import Section
from app.certificates.actions import show_certificate
from app.certificates.models import Certificate
from app.db import Tx
from app.forms.pages import About, Page
from app.organisations.actions import show_organisation
from app.problems import FieldError, NotFound
from app.referrals.models import Referral
from app.referrals.reads import show_referral
from app.refusals import SectionsNotReadable
from app.reintegration.actions import show_plan
from app.reintegration.models import Plan
from app.verifications.models import Verification
from app.verifications.reads import show_verification

Facts = dict[str, Any]
_MODELS: Mapping[About, Any] = {
    "handover": Handover,
    "certificate": Certificate,
    "verification": Verification,
    "referral": Referral,
    "plan": Plan,
}
_SHOW: Mapping[About, Callable[[Tx, UUID], Awaitable[Any]]] = {
    "handover": show_handover,
    "certificate": show_certificate,
    "verification": show_verification,
    "referral": show_referral,
    "plan": show_plan,
}
_BODIES = {"giver": "giver_id", "requester": "requester_id", "verifier": "verifier_id", "sender": "sender_id"}
ASKED = {
    "victim": "Xác định có phải là nạn nhân bị mua bán hay không",
    "identity": "Xác minh nhân thân",
}
RESULTS = {
    "victim": "Là nạn nhân bị mua bán",
    "not_victim": "Không phải là nạn nhân bị mua bán",
    "insufficient": "Chưa đủ căn cứ kết luận",
    "identity_confirmed": "Đã xác định được nhân thân",
    "identity_not_established": "Chưa xác định được nhân thân",
}
"""As the bodies write them; the service's own words for them are codes."""


async def gather(tx: Tx, case_id: UUID, page: Page, record_id: UUID | None) -> Facts:
    """Everything the page may name. 404 when the record, or the case it needs, is hidden or not there; 422 naming the
    sections this reader lacks."""
    case = await tx.first(select(Case).where(Case.id == case_id))
    facts: Facts = {"case": dict(case._mapping) if case else {}}
    if page.about != "case":
        facts |= await _record(tx, page, await _find(tx, case_id, page, record_id))
    elif case is None or record_id not in (None, case_id):
        raise NotFound
    if page.lists_persons:
        facts["persons"] = [await _listed(tx, each, page) for each in facts[page.about]["cases"]]
    elif page.sections:
        facts |= await _opened(tx, case_id, page)
    return facts


async def _opened(tx: Tx, person: UUID, page: Page) -> dict[str, dict[str, Any]]:
    """The sections of one person that the page prints, and no other; 422 naming those that the reader lacks."""
    if missing := page.sections - await readable_sections(tx, person):
        raise SectionsNotReadable(*(FieldError(f"/sections/{name}", "not_covered") for name in sorted(missing)))
    return await contents(tx, await case_key(tx, person), person, page.sections)


async def _find(tx: Tx, case_id: UUID, page: Page, record_id: UUID | None) -> UUID:
    """The record named, or the newest that fits, among those of this case that the reader sees."""
    model = _MODELS[page.about]
    query: Select[Any] = select(model.id)
    if model is Handover:
        query = query.join(HandoverCase, HandoverCase.handover_id == Handover.id)
        query = query.where(HandoverCase.case_id == case_id, Handover.outside.is_not(None) == page.outside)
    else:
        query = query.where(model.case_id == case_id)
    if page.kind:
        query = query.where(model.kind == page.kind)
    if page.status:
        query = query.where(model.status == page.status)
    if record_id:
        query = query.where(model.id == record_id)
    found: UUID = (await tx.one(query.order_by(model.created_at.desc(), model.id).limit(1))).id
    return found


async def _record(tx: Tx, page: Page, record_id: UUID) -> Facts:
    shown = (await _SHOW[page.about](tx, record_id)).model_dump()
    facts: Facts = {page.about: shown}
    bodies = {**_BODIES, "receiver": "receiver_id"}
    for name, member in bodies.items():
        if shown.get(member):
            facts[name] = {"name": (await show_organisation(tx, shown[member])).name.vi}
    if outside := shown.get("outside"):
        theirs = {"name": outside["name"]}
        # A party outside hands over to us at the bridge, or takes over from us.
        sides = (facts["giver"], theirs) if outside["role"] == "receiver" else (theirs, facts["giver"])
        facts |= dict(zip(("giver", "receiver"), sides, strict=True))
    if page.about == "verification":
        facts |= {"asked": ASKED[shown["kind"]], "result": RESULTS.get(shown["result"], "")}
    if page.about == "certificate" and shown["verification_id"]:
        grounds = select(Verification.grounds).where(Verification.id == shown["verification_id"])
        facts["verification"] = {"grounds": await tx.scalar(grounds)}
    if page.about == "referral":
        facts["refusal"] = next((text["text"] for text in shown["texts"] if text["kind"] == "refuse"), None)
    return facts


async def _listed(tx: Tx, case_id: UUID, page: Page) -> Facts:
    """One row of a list of persons."""
    opened = await _opened(tx, case_id, page)
    reference = await tx.scalar(select(Case.reference).where(Case.id == case_id))
    papers = opened[Section.PAPERS].get("identity_documents", [])
    numbers = [paper["number"] for paper in papers if paper.get("number")]
    return {**opened[Section.IDENTITY], "numbers": numbers, "reference": reference, "case_id": case_id}
