"""Plans, support and follow-ups: the plan is the custodian's alone, what was done is recorded by whoever did it.

Support is never refused for its order or amount: it may precede plan and confirmation, and outlast the closure.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from app.cases.actions import lock_case, lock_own_case
from app.cases.keys import case_key, seal, unseal
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.deadlines.reads import due
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier
from app.problems import FieldError
from app.refusals import DoesNotFit
from app.reintegration.entitlements import judged, standing
from app.reintegration.models import FollowUp, Plan, SupportItem
from app.reintegration.schemas import (
    FollowUpIn,
    FollowUpItem,
    FollowUpOut,
    Goal,
    PlanIn,
    PlanItem,
    PlanOut,
    PlanPatch,
    SupportItemIn,
    SupportItemOut,
)
from app.vault import DataKey, Place


def plan_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


def _goal_columns(tx: Tx, key: DataKey, plan_id: UUID, goals: list[Goal]) -> dict[str, Any]:
    """The words sealed; the services in clear, since they decide which provider reads the plan."""
    words = [goal.model_dump(mode="json", exclude_none=True) for goal in goals]
    return {
        "goals_sealed": seal(tx, key, Place("plans", "goals", plan_id), words),
        "services": sorted({goal.service for goal in goals}),
    }


async def make_plan(tx: Tx, case_id: UUID, body: PlanIn) -> UUID:
    """A plan agreed with the person; from the first one on the case is reintegrating."""
    await lock_own_case(tx, case_id)
    plan_id = uuid4()
    await tx.insert(
        Plan,
        {
            "id": plan_id,
            "case_id": case_id,
            "author_id": tx.me,
            **_goal_columns(tx, await case_key(tx, case_id), plan_id, body.goals),
            **body.model_dump(exclude={"goals"}),
        },
    )
    record(tx, Event.PLAN_MADE, Subject("plan", plan_id, case_id))
    await follow(tx, Event.PLAN_MADE, Moved(Carrier.PLAN, plan_id, {}, due_on=body.review_on))
    return plan_id


async def amend_plan(tx: Tx, plan_id: UUID, patch: PlanPatch, if_match: str | None) -> UUID:
    """Applies the members given; the dates are judged as they stand afterwards."""
    row = await tx.lock(select(Plan).where(Plan.id == plan_id))
    must_match(if_match, plan_etag(tx, row))
    await lock_own_case(tx, row.case_id)
    changes = patch.model_dump(exclude={"goals"}, exclude_unset=True)
    if changes.get("review_on", row.review_on) < changes.get("starts_on", row.starts_on):
        raise DoesNotFit(FieldError("/review_on", "out_of_range", {"least": "starts_on"}))
    if "goals" in patch.model_fields_set:
        changes.update(_goal_columns(tx, await case_key(tx, row.case_id), plan_id, patch.goals))
    await tx.execute(
        update(Plan).where(Plan.id == plan_id).values(**changes, version=Plan.version + 1, updated_at=func.now())
    )
    record(tx, Event.PLAN_AMENDED, Subject("plan", plan_id, row.case_id))
    review_on = changes.get("review_on", row.review_on)
    await follow(tx, Event.PLAN_AMENDED, Moved(Carrier.PLAN, plan_id, {}, due_on=review_on))
    return plan_id


async def plan_case(tx: Tx, plan_id: UUID) -> UUID:
    """The case of a plan that the caller reads; 404 otherwise."""
    case_id: UUID = (await tx.one(select(Plan.case_id).where(Plan.id == plan_id))).case_id
    return case_id


async def give_support(tx: Tx, case_id: UUID, body: SupportItemIn, plan_id: UUID | None = None) -> UUID:
    """Records support that was given, on a closed case too: it happened."""
    await lock_case(tx, case_id, open_only=False)
    item_id = uuid4()
    beyond = judged(await standing(tx, case_id, body.given_on), body.regime, body.service, body.funding)
    row = {
        "id": item_id,
        "case_id": case_id,
        "plan_id": plan_id,
        "author_id": tx.me,
        "beyond": beyond,
        **body.model_dump(),
    }
    await tx.insert(SupportItem, row)
    subject = Subject("support_item", item_id, case_id)
    flagged = {"beyond": beyond["article"]} if beyond else {}
    record(tx, Event.SUPPORT_GIVEN, subject, regime=body.regime, service=body.service, **flagged)
    return item_id


async def give_planned_support(tx: Tx, plan_id: UUID, body: SupportItemIn) -> UUID:
    return await give_support(tx, await plan_case(tx, plan_id), body, plan_id)


async def hold_follow_up(tx: Tx, plan_id: UUID, body: FollowUpIn) -> UUID:
    """Records a contact with the person, on a closed case too: follow-up is what comes after."""
    case_id = await plan_case(tx, plan_id)
    await lock_case(tx, case_id, open_only=False)
    follow_up_id = uuid4()
    await tx.insert(
        FollowUp,
        {
            "id": follow_up_id,
            "case_id": case_id,
            "plan_id": plan_id,
            "author_id": tx.me,
            "text_sealed": seal(tx, await case_key(tx, case_id), _words_of(follow_up_id), body.text),
            **body.model_dump(exclude={"text"}),
        },
    )
    record(tx, Event.FOLLOW_UP_HELD, Subject("follow_up", follow_up_id, case_id), result=body.result)
    await follow(tx, Event.FOLLOW_UP_HELD, Moved(Carrier.CASE, case_id, {}))
    return follow_up_id


def _words_of(follow_up_id: UUID) -> Place:
    return Place("follow_ups", "text", follow_up_id)


async def show_plan(tx: Tx, plan_id: UUID) -> PlanOut:
    row = await tx.one(select(Plan).where(Plan.id == plan_id))
    goals = unseal(tx, await case_key(tx, row.case_id), Place("plans", "goals", row.id), row.goals_sealed)
    due_at = await due(tx, Carrier.PLAN, row.id)
    return PlanOut.model_validate({**row._mapping, "due_at": due_at, "goals": goals, "etag": plan_etag(tx, row)})


def plan_item(tx: Tx, row: Row[Any]) -> PlanItem:
    return PlanItem.model_validate({**row._mapping, "etag": plan_etag(tx, row)})


async def show_support_item(tx: Tx, item_id: UUID) -> SupportItemOut:
    return support_item(tx, await tx.one(select(SupportItem).where(SupportItem.id == item_id)))


def support_item(_: Tx, row: Row[Any]) -> SupportItemOut:
    return SupportItemOut.model_validate(row)


async def show_follow_up(tx: Tx, follow_up_id: UUID) -> FollowUpOut:
    row = await tx.one(select(FollowUp).where(FollowUp.id == follow_up_id))
    text = unseal(tx, await case_key(tx, row.case_id), _words_of(row.id), row.text_sealed)
    return FollowUpOut.model_validate({**row._mapping, "text": text})


def follow_up_item(_: Tx, row: Row[Any]) -> FollowUpItem:
    return FollowUpItem.model_validate(row)
