"""What waits for an organisation, soonest first, and by when a single thing is due."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Row

from app.db import Tx
from app.deadlines.models import Duty
from app.deadlines.schemas import WorkItem
from app.law.deadlines import DEADLINES
from app.pages import Cursor, keyset
from app.problems import Language

_START = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
# Spelled out, as a generic plan of a parameter cannot use an index of the running ones alone.
_RUNNING = Duty.status == literal_column("'running'")


async def due(tx: Tx, carrier: str, carrier_id: UUID) -> datetime | None:
    """By when one thing waits for somebody. Clocks never enter an entity tag: they run without anybody writing."""
    found: datetime | None = await tx.scalar(select(due_at(carrier, literal(carrier_id))))
    return found


def due_at(carrier: str, carrier_id: Any) -> Any:
    """The same as a column of a query."""
    return func.access.due_of(carrier, carrier_id, type_=DateTime(timezone=True))


async def list_duties(tx: Tx, filters: Mapping[str, Any], cursor: Cursor | None, limit: int) -> Sequence[Row[Any]]:
    """One walk of one index: what this organisation owes, overdue first because the earliest date comes first."""
    query = select(Duty).where(Duty.organisation_id == tx.me, _RUNNING)
    if filters["kind"]:
        query = query.where(Duty.carrier == filters["kind"])
    if filters["overdue"]:
        query = query.where(Duty.due_at < func.now(), Duty.paused_at.is_(None))
    if filters["province_code"]:
        query = query.where(Duty.province_code == filters["province_code"])
    return await tx.all(keyset(query, (Duty.due_at, Duty.id), cursor, limit, descending=False))


async def list_supervised(tx: Tx, filters: Mapping[str, Any], cursor: Cursor | None, limit: int) -> Sequence[Row[Any]]:
    """What supervised bodies owe: rule and dates, neither person nor case."""
    due_at, duty_id = (datetime.fromisoformat(cursor.key[0]), UUID(cursor.key[1])) if cursor else _START
    backwards = cursor is not None and cursor.direction == "prev"
    asked = literal(dict(filters), JSONB())
    call = func.access.supervised_duties(asked, due_at, literal(duty_id, Uuid()), limit + 1, backwards)
    return await tx.all(select(literal_column("*")).select_from(call.alias("duty")))


async def counts(tx: Tx) -> dict[str, int]:
    query = select(Duty.carrier, func.count().label("open")).where(Duty.organisation_id == tx.me, _RUNNING)
    return {row.carrier: row.open for row in await tx.all(query.group_by(Duty.carrier))}


def work_item(row: Any, language: Language) -> WorkItem:
    """A duty in the caller's language, with the article behind it and how certain that is."""
    rule = DEADLINES.find(row.rule_key)
    return WorkItem(
        id=row.id,
        kind=row.carrier,
        subject_id=row.carrier_id,
        organisation_id=row.organisation_id,
        rule=row.rule_id,
        title=getattr(rule, language, row.rule_id),
        source=rule.source if rule else "",
        certainty=rule.certainty if rule else "uncertain",
        province_code=row.province_code,
        started_at=row.started_at,
        due_at=row.due_at,
        paused=row.paused_at is not None,
        overdue=row.paused_at is None and row.due_at < datetime.now(UTC),
    )
