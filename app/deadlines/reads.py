"""What waits for an organisation, soonest first, and by when a single thing is due."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, func, literal, literal_column, select
from sqlalchemy.engine import Row

from app.db import Tx
from app.deadlines.models import Duty
from app.deadlines.schemas import WorkItem
from app.law.deadlines import DEADLINES
from app.pages import Cursor, keyset
from app.problems import Language


async def due(tx: Tx, carrier: str, carrier_id: UUID) -> Mapping[str, Any]:
    """`due_at` and `overdue` of one thing, for an answer about it; a clock never enters an entity tag."""
    return due_fields(await tx.scalar(select(due_at(carrier, literal(carrier_id)))))


def due_at(carrier: str, carrier_id: Any) -> Any:
    """The same as a column of a list, for the organisation that owes it."""
    return func.access.due_of(carrier, carrier_id, type_=DateTime(timezone=True))


def due_fields(moment: datetime | None) -> Mapping[str, Any]:
    return {"due_at": moment, "overdue": moment is not None and moment < datetime.now(UTC)}


async def list_duties(tx: Tx, filters: Mapping[str, Any], cursor: Cursor | None, limit: int) -> Sequence[Row[Any]]:
    """One walk of one index: what this organisation owes, overdue first because the earliest date comes first."""
    query = select(Duty).where(Duty.organisation_id == tx.me, Duty.status == "running")
    if filters["kind"]:
        query = query.where(Duty.carrier == filters["kind"])
    if filters["overdue"]:
        query = query.where(Duty.due_at < func.now())
    if filters["province_code"]:
        query = query.where(Duty.province_code == filters["province_code"])
    return await tx.all(keyset(query, (Duty.due_at, Duty.id), cursor, limit, descending=False))


async def list_supervised(tx: Tx, province: str | None, after: tuple[Any, Any], limit: int) -> Sequence[Row[Any]]:
    """What supervised bodies owe: rule and dates, neither person nor case."""
    call = func.access.supervised_duties(province, *after, limit + 1)
    return await tx.all(select(literal_column("*")).select_from(call.alias("duty")))


async def counts(tx: Tx) -> dict[str, int]:
    query = select(Duty.carrier, func.count().label("open")).where(
        Duty.organisation_id == tx.me, Duty.status == "running"
    )
    return {row.carrier: row.open for row in await tx.all(query.group_by(Duty.carrier))}


def work_item(row: Any, language: Language) -> WorkItem:
    """A duty in the caller's language, with the article behind it and how certain that is."""
    rule = DEADLINES.get(row.rule_key)
    return WorkItem(
        id=row.id,
        kind=row.carrier,
        subject_id=row.carrier_id,
        organisation_id=row.organisation_id,
        rule=row.rule_id,
        title=rule.vi if language == "vi" else rule.en,
        source=rule.source,
        certainty=rule.certainty,
        province_code=row.province_code,
        started_at=row.started_at,
        due_at=row.due_at,
        paused=row.paused_at is not None,
        overdue=row.paused_at is None and row.due_at < datetime.now(UTC),
    )
