"""What the law gives this person, and what of it was given: Art 37 applied to what the caller may know of the case."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row

from app.cases.actions import readable_sections, section_content, subject
from app.cases.models import Case, CaseLink
from app.cases.sections import Section
from app.db import Tx
from app.happenings import Event
from app.journal import record
from app.law.categories import Facts, Standing, standing_of
from app.law.entitlements import Beyond, Entitlement, assess, entitled, refuse_state_funding
from app.problems import Language
from app.reference.codes import code_list
from app.reference.fields import today
from app.reintegration.models import SupportItem
from app.reintegration.schemas import EntitlementOut, EntitlementsOut, SupportItemOut


async def standing(tx: Tx, case_id: UUID, on: date) -> Standing:
    """The person's column of the table on that day. What the caller may not read counts as unknown, in the person's
    favour."""
    case = await tx.one(select(Case).where(Case.id == case_id))
    parents = select(CaseLink).where(CaseLink.case_id == case_id, CaseLink.relation == "parent")
    link = await tx.first(parents.order_by(CaseLink.created_at, CaseLink.linked_case_id))
    parent = await tx.first(select(Case).where(Case.id == link.linked_case_id)) if link else None
    accompanies = await _facts(tx, parent) if parent else None
    return standing_of(await _facts(tx, case, accompanies), on)


async def _facts(tx: Tx, case: Row[Any], accompanies: Facts | None = None) -> Facts:
    identity = await section_content(tx, case.id, Section.IDENTITY)
    # Where the person was is told by the channel, which no party sees; with the identity it may be inferred anyway.
    channel = code_list("intake_channel").latest(case.channel) if identity else None
    return Facts(
        identification=case.identification,
        concluded_on=case.determined_on,
        nationalities=frozenset(identity.get("nationalities", [])),
        abroad=bool(channel and channel.attributes.get("abroad")),
        born=identity.get("birth_date"),
        accompanies=accompanies,
    )


def judged(of: Standing, regime: str, service: str, funding: str) -> dict[str, Any] | None:
    """The flag of support beyond entitlement; 422 `not_entitled` only for the state's money and a sourced article."""
    assessment = assess(regime, service, of)
    refuse_state_funding(assessment, funding)
    if not isinstance(assessment, Beyond):
        return None
    return {name: value for name, value in asdict(assessment).items() if name != "doubts"}


async def show_entitlements(tx: Tx, case_id: UUID, language: Language) -> EntitlementsOut:
    """What is due today, with the support given under each point as far as this caller sees it."""
    found = await standing(tx, case_id, today())
    read = await readable_sections(tx, case_id) & {Section.IDENTITY}
    record(tx, Event.CASE_READ, subject(case_id), sections=read)
    query = select(SupportItem).where(SupportItem.case_id == case_id).order_by(SupportItem.given_on, SupportItem.id)
    given = [SupportItemOut.model_validate(row) for row in await tx.all(query)]
    return EntitlementsOut(
        category=found.category,
        regime=found.regime,
        on=found.on,
        items=[_item(entitlement, given, language) for entitlement in entitled(found)],
        beyond=[item for item in given if item.beyond],
    )


def _item(entitlement: Entitlement, given: list[SupportItemOut], language: Language) -> EntitlementOut:
    mine = [item for item in given if item.regime == entitlement.point and not item.beyond]
    return EntitlementOut(
        point=entitlement.point,
        services=list(entitlement.services),
        title=entitlement.vi if language == "vi" else entitlement.en,
        article=entitlement.article,
        certainty=entitlement.certainty,
        until=entitlement.until(mine[0].given_on) if mine else None,
        conditions=[getattr(remark, language) for remark in entitlement.conditions],
        notes=[getattr(remark, language) for remark in entitlement.notes],
        given=mine,
    )
