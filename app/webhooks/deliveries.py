"""The log of what was sent, sending it again, and sending something to see whether it arrives."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, literal, select
from sqlalchemy.engine import Row

from app.db import Tx
from app.events.schemas import CloudEvent
from app.happenings import Event
from app.journal import Subject, record
from app.problems import FieldError, ValidationFailed
from app.refusals import WebhookDisabled
from app.trail import OutboxEvent
from app.webhooks import actions
from app.webhooks.lifecycle import DeliveryStatus, Status
from app.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.webhooks.schemas import DeliveryOut, RangeIn, ReplayOut

MOST_REPLAYED = 10_000
_SHOWN = ("id", "endpoint_id", "kind", "event_id", "status", "attempts", "next_at", "tried_at", "result", "status_code")
_COLUMNS = [WebhookDelivery.__table__.c[name] for name in (*_SHOWN, "seq", "created_at")]
VIEW = select(*_COLUMNS, OutboxEvent.type).outerjoin(OutboxEvent, OutboxEvent.id == WebhookDelivery.event_id)
TEST_TYPE = "webhook.test"
_FOR_NOBODY = 0
"""Where a test stands among the events: before them all, so that it does not wait."""


def a_test(event_id: UUID, endpoint_id: UUID, source: str) -> CloudEvent:
    """An event about nothing but the endpoint itself."""
    return CloudEvent(
        id=event_id,
        source=source,
        type=TEST_TYPE,
        subject=f"webhook_endpoint/{endpoint_id}",
        time=datetime.now(UTC),
        sequence=f"{_FOR_NOBODY:020d}",
    )


async def test(tx: Tx, endpoint_id: UUID) -> UUID:
    """A test, sent as anything else is; the delivery's id."""
    await _active(tx, endpoint_id)
    return await _ask(tx, Event.WEBHOOK_TESTED, endpoint_id, ("test", uuid4(), _FOR_NOBODY))


async def replay(tx: Tx, delivery_id: UUID) -> UUID:
    """The same event once more, whatever became of it, under the same `webhook-id`; the new delivery's id."""
    row = await tx.one(VIEW.where(WebhookDelivery.id == delivery_id))
    await _active(tx, row.endpoint_id)
    kind = "test" if row.kind == "test" else "replay"
    return await _ask(tx, Event.WEBHOOK_REPLAYED, row.endpoint_id, (kind, row.event_id, row.seq))


async def _ask(tx: Tx, event: Event, endpoint_id: UUID, what: tuple[str, UUID, int]) -> UUID:
    row_id, (kind, event_id, seq) = uuid4(), what
    row = {"id": row_id, "endpoint_id": endpoint_id, "organisation_id": tx.me}
    await tx.insert(WebhookDelivery, {**row, "kind": kind, "event_id": event_id, "seq": seq})
    record(tx, event, Subject("webhook_endpoint", endpoint_id))
    return row_id


async def replay_range(tx: Tx, endpoint_id: UUID, body: RangeIn) -> UUID:
    """Every event of that time which the organisation may see and the endpoint asks for, in their order."""
    endpoint = await _active(tx, endpoint_id)
    until = body.until or datetime.now(UTC)
    if body.since >= until:
        raise ValidationFailed(FieldError("/until", "out_of_range"))
    among = select(
        func.gen_random_uuid(),
        literal(endpoint_id),
        literal(tx.me),
        literal("replay"),
        OutboxEvent.id,
        OutboxEvent.seq,
    ).where(OutboxEvent.at >= body.since, OutboxEvent.at < until)
    if endpoint.types:
        among = among.where(OutboxEvent.type.in_(endpoint.types))
    names = ["id", "endpoint_id", "organisation_id", "kind", "event_id", "seq"]
    made = insert(WebhookDelivery).inline().from_select(names, among.order_by(OutboxEvent.seq).limit(MOST_REPLAYED + 1))
    if await tx.execute(made) > MOST_REPLAYED:
        raise ValidationFailed(FieldError("/until", "too_many", {"most": MOST_REPLAYED}))
    record(tx, Event.WEBHOOK_REPLAYED, Subject("webhook_endpoint", endpoint_id))
    return endpoint_id


async def _active(tx: Tx, endpoint_id: UUID) -> Row[Any]:
    endpoint = await tx.lock(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))
    if endpoint.status != Status.ACTIVE:
        raise WebhookDisabled
    return endpoint


async def show_replay(tx: Tx, endpoint_id: UUID) -> ReplayOut:
    row = await tx.one(actions.VIEW.where(WebhookEndpoint.id == endpoint_id))
    return ReplayOut(endpoint_id=endpoint_id, waiting=row.waiting)


def item(_tx: Tx, row: Row[Any]) -> DeliveryOut:
    waits = row.status == DeliveryStatus.PENDING
    type_ = TEST_TYPE if row.kind == "test" else row.type
    return DeliveryOut.model_validate({**row._mapping, "type": type_, "next_at": row.next_at if waits else None})


async def show(tx: Tx, delivery_id: UUID) -> DeliveryOut:
    return item(tx, await tx.one(VIEW.where(WebhookDelivery.id == delivery_id)))
