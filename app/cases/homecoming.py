"""May this person go home to their family? A child only after the family's safety was assessed."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal_column, select

from app.cases.actions import section_content
from app.cases.models import Case
from app.cases.sections import Section
from app.db import Tx
from app.law.categories import possibly_under
from app.law.homecomings import Finding, homecoming
from app.law.rules import Regime
from app.reference.fields import today
from app.refusals import FamilyAssessmentRequired


async def check_return_to_family(tx: Tx, case_id: UUID) -> None:
    """422 `family_assessment_required` for a child, or one who may be, unless an assessment found the family safe
    (Decree 09/2013 Art 21.3; Circular 35/2013 Art 19.4). Called before any record of a return to family.

    Whose birth date the caller may not read may be a child. The findings count whether or not the caller reads them.
    """
    on = today()
    case = await tx.one(select(Case.regime).where(Case.id == case_id))
    rule = homecoming(Regime(case.regime), on)
    identity = await section_content(tx, case_id, Section.IDENTITY)
    if not possibly_under(rule.below, identity.get("birth_date"), on):
        return
    rows: Select[Any] = select(literal_column("*")).select_from(func.access.findings(case_id).alias("finding"))
    objection = rule.objection((Finding(**row._mapping) for row in await tx.all(rows)), on)
    if objection is not None:
        told = {"why": objection, "assessment": rule.assessment, "valid_months": rule.validity.months}
        raise FamilyAssessmentRequired(params={**told, "article": rule.source})
