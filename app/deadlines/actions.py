"""Moves the clocks with the lifecycle, in its own transaction: what an event starts, meets, pauses, extends.

Which event does what is `app/law/data/deadlines.yaml`; how a clock counts is `app.law.clocks`; here the two meet rows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Text, Uuid, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db import Tx
from app.happenings import Event
from app.law.clocks import Clocks, ClockState
from app.law.deadlines import DEADLINES, Carrier, Deadline, Effect, Facts, Owner, starting
from app.law.rules import Regime, regime_of
from app.questions import Question
from app.reference.fields import day_of

CLOCKS = Clocks()
_KINDS, _IDS = bindparam("kinds", type_=ARRAY(Text())), bindparam("ids", type_=ARRAY(Uuid()))
_asked = func.unnest(_KINDS, _IDS).table_valued("kind", "id", with_ordinality="n", name="asked").render_derived().c
_TOUCHED = Question(  # in the order in which they are asked for
    select(func.access.duties_touched(_asked.kind, _asked.id).label("context")).order_by(_asked.n)
)
_sent = func.unnest(_KINDS, _IDS, bindparam("rows", type_=ARRAY(Text())))
_put = _sent.table_valued("kind", "id", "rows", name="sent").render_derived().c
_PUT = Question(select(func.access.put_duties(_put.kind, _put.id, cast(_put.rows, JSONB()))))
_OPENED = Question(select(literal_column("*")).select_from(func.access.cases_opened(_IDS).alias("opened")))
_START = Question(select(func.access.start_duties(bindparam("rows", type_=JSONB()))))


@dataclass(frozen=True)
class Moved:
    """What has just moved: the thing, who has which part in it now, what conditions may ask, and its own due day (or,
    as a datetime, moment).

    `at` is when it began, where that was before it was recorded: a clock of a fixed length counts from there.
    """

    carrier: Carrier
    id: UUID
    owners: Mapping[Owner, UUID | None]
    facts: Facts = field(default_factory=dict)
    due_on: date | None = None
    at: datetime | None = None


async def follow(tx: Tx, event: Event, moved: Moved) -> None:
    """Applies one event to the clocks of its carrier and of its case, and starts new ones, none on a closed case.

    A return is of no case: it has neither custodian nor law of its own, and follows the law of the day."""
    await follow_all(tx, event, [moved])


async def follow_all(tx: Tx, event: Event, moves: Sequence[Moved]) -> None:
    """As `follow`, for any number of things that this happened to, no two of them of one case."""
    if not moves:
        return
    contexts = await tx.ask_all(_TOUCHED, **_carriers(moves))
    changes = [(moved, _changes(event, moved, row.context)) for moved, row in zip(moves, contexts, strict=True)]
    changed = [(moved, rows) for moved, rows in changes if rows]
    if changed:
        carriers = _carriers([moved for moved, _ in changed])
        await tx.ask_all(_PUT, **carriers, rows=[json.dumps(_json(rows)) for _, rows in changed])


async def follow_opened(tx: Tx, event: Event, case_ids: Sequence[UUID]) -> None:
    """As `follow` for cases that were just opened in the caller's custody: none has a clock, so none is moved."""
    if not case_ids:
        return
    rows = [
        row
        for case in await tx.ask_all(_OPENED, ids=list(case_ids))
        for row in _changes(event, Moved(Carrier.CASE, case.id, {}), case.context)
    ]
    await tx.ask(_START, rows=json.dumps(_json(rows)))


def _carriers(moves: Sequence[Moved]) -> dict[str, list[Any]]:
    return {"kinds": [each.carrier for each in moves], "ids": [each.id for each in moves]}


def _changes(event: Event, moved: Moved, context: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The rows of clocks as the event leaves them; none where the thing is nothing of the caller's."""
    if context is None:
        return []
    now = datetime.now(UTC)
    facts = {**context["facts"], **moved.facts}
    custodian = {Owner.CUSTODIAN: UUID(context["custodian_id"])} if context["custodian_id"] else {}
    owners = {**custodian, **moved.owners}
    changed = [row for old in context["duties"] if (row := _moved(old, event, moved, facts, now)) is not None]
    ended = {row["id"] for row in changed if row["status"] != "running"}
    running = {(row["rule_id"], row["carrier_id"]) for row in context["duties"] if row["id"] not in ended}
    regime = Regime(context["regime"]) if context["regime"] else regime_of(None, day_of(now))
    rules = starting(event, facts, regime, day_of(now), rules=DEADLINES) if context["open"] else ()
    started = [
        _started(rule, moved, owed_by, context, now)
        for rule in rules
        if rule.carrier in (moved.carrier, Carrier.CASE)
        and (rule.length is not None or moved.due_on is not None)
        and (owed_by := owners.get(rule.owed_by)) is not None
        and (rule.id, str(_carrier_id(rule, moved, context))) not in running
    ]
    return [*changed, *started]


def _moved(row: dict[str, Any], event: Event, moved: Moved, facts: Facts, now: datetime) -> dict[str, Any] | None:
    """The row after the event; None when the event says nothing to its clock."""
    rule = DEADLINES.find(row["rule_key"])
    effect = rule.effect(event, facts) if rule else None
    if effect is None:
        return None
    if effect in (Effect.MEETS, Effect.CANCELS):
        return {**row, "status": "met" if effect is Effect.MEETS else "cancelled", "ended_at": now}
    state = state_of(row)
    if effect is Effect.PAUSES:
        state = CLOCKS.pause(state, now)
    elif effect is Effect.RESUMES:
        state = CLOCKS.resume(state, now)
    elif effect is Effect.HASTENS and moved.due_on:
        state = CLOCKS.hasten(state, moved.due_on)
    elif effect is Effect.EXTENDS and not state.extended:
        state = CLOCKS.extend(state)
    return {**row, **_columns(state)}


def _carrier_id(rule: Deadline, moved: Moved, context: Mapping[str, Any]) -> UUID:
    return UUID(context["case_id"]) if rule.carrier == Carrier.CASE else moved.id


def _started(rule: Deadline, moved: Moved, owed_by: UUID, context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "organisation_id": owed_by,
        "owner": rule.owed_by,
        "rule_id": rule.id,
        "carrier": rule.carrier,
        "carrier_id": _carrier_id(rule, moved, context),
        "case_id": context["case_id"],
        "province_code": context["province_code"],
        "status": "running",
        **_columns(CLOCKS.start(rule, moved.at or now, moved.due_on)),
    }


def state_of(row: Mapping[str, Any]) -> ClockState:
    """The clock that a row keeps."""
    return ClockState(
        rule_key=row["rule_key"],
        started_at=datetime.fromisoformat(row["started_at"]),
        due_at=datetime.fromisoformat(row["due_at"]),
        paused_at=datetime.fromisoformat(row["paused_at"]) if row["paused_at"] else None,
        paused_for=timedelta(seconds=row["paused_seconds"]),
        extended=row["extended"],
    )


def _columns(state: ClockState) -> dict[str, Any]:
    return {
        "rule_key": state.rule_key,
        "started_at": state.started_at,
        "due_at": state.due_at,
        "warn_at": CLOCKS.warn_at(state),
        "paused_at": state.paused_at,
        "paused_seconds": int(state.paused_for.total_seconds()),
        "extended": state.extended,
    }


def _json(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As JSON can say it: ids and moments as text."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
