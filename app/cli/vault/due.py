"""Whose retention is over on a day, by the rules of law in force: who they are is found by reference, never by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cases.erasure_models import Erasure
from app.cases.models import Case, DataKey
from app.cli.vault.targets import Kind
from app.happenings import Event
from app.intakes.models import Intake, IntakeReporter
from app.law.retention import Retention, governing, in_force
from app.law.rules import Regime, regime_of
from app.reference.fields import day_of
from app.trail import AuditEntry


@dataclass(frozen=True)
class Due:
    """`since` is the reference date that the rule counts from."""

    rule: Retention
    kind: Kind
    reference: str
    since: date


async def due(db: AsyncConnection, on: date) -> list[Due]:
    """Everybody whose term is over, in the order of rule and date; those already asked for are left out."""
    asked = select(Erasure.key_id).where(Erasure.approved.is_not(False))
    living = select(DataKey.id).where(DataKey.wrapped.is_not(None))
    found = []
    for kind, query in _KINDS.items():
        key = query.selected_columns.key_id
        rows = (await db.execute(query.where(key.in_(living), key.not_in(asked)))).all()
        found += [each for each in (_judged(kind, row, on) for row in rows) if each]
    return sorted(found, key=lambda each: (each.rule.id, each.since, each.reference))


def _judged(kind: Kind, row: Row[Any], on: date) -> Due | None:
    regime = Regime(row.regime) if row.regime else regime_of(None, on)
    rule = governing(in_force(regime, on), kind, row.identification)
    if rule is None:
        return None
    moment = {"closed": row.closed_at, "received": row.received_at}[rule.counts_from]
    if moment is None or rule.over_on(day_of(moment)) > on:
        return None
    return Due(rule, kind, row.reference, day_of(moment))


# The day of the last closure is in the audit: it outlives every later change of the row.
_CLOSED = (
    select(AuditEntry.case_id, func.max(AuditEntry.at).label("closed_at"))
    .where(AuditEntry.event == Event.CASE_CLOSED)
    .group_by(AuditEntry.case_id)
    .subquery()
)


def _report(key: Any) -> Select[Any]:
    """Reports of which no case goes on."""
    going_on = select(Case.id).where(Case.id == Intake.case_id, Case.status != "closed").exists()
    nothing = (null().label("regime"), null().label("identification"))
    query = select(Intake.reference, key, Intake.received_at, _CLOSED.c.closed_at, *nothing)
    return query.select_from(Intake).outerjoin(_CLOSED, _CLOSED.c.case_id == Intake.case_id).where(~going_on)


_KINDS: Mapping[Kind, Select[Any]] = {
    "case": select(
        *(Case.reference, Case.key_id, Case.created_at.label("received_at")),
        *(_CLOSED.c.closed_at, Case.regime, Case.identification),
    )
    .outerjoin(_CLOSED, _CLOSED.c.case_id == Case.id)
    .where(Case.status == "closed"),
    "intake": _report(Intake.key_id).where(Intake.case_id.is_(None)),
    "reporter": _report(IntakeReporter.key_id).join(
        IntakeReporter,
        (IntakeReporter.intake_id == Intake.id) & (IntakeReporter.organisation_id == Intake.organisation_id),
    ),
}
