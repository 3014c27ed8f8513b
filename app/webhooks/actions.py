"""Webhook endpoints: made, changed, their keys rotated, turned off by owner or receiver."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import advance, available_actions
from app.problems import FieldError
from app.refusals import WebhookLimit, WebhookTargetRefused
from app.webhooks.lifecycle import WEBHOOK_ENDPOINT, Action, Reason, Role, Status
from app.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.webhooks.schemas import EndpointIn, EndpointOut, EndpointPatch, EndpointSecretOut, RotationIn
from app.webhooks.signing import Keys, keys
from app.webhooks.targets import Resolve, Target, TargetError, approved, check

MOST_COUNTED = 1000
MOST_ACTIVE = 20
"""Of an organisation: each takes a turn of the relay, which all organisations share."""
_waiting = (
    select(WebhookDelivery.id)
    .where(WebhookDelivery.endpoint_id == WebhookEndpoint.id, WebhookDelivery.status == "pending")
    .limit(MOST_COUNTED)
    .correlate(WebhookEndpoint)
    .subquery()
)
VIEW = select(WebhookEndpoint, select(func.count()).select_from(_waiting).scalar_subquery().label("waiting"))


async def create(tx: Tx, body: EndpointIn, resolve: Resolve) -> UUID:
    """Makes an endpoint, which begins where the feed stands now."""
    await _check_target(tx, body.url, resolve)
    await _check_room(tx)
    row_id = uuid4()
    row = {"id": row_id, "organisation_id": tx.me, "client_id": tx.caller.client_id, **body.model_dump()}
    await tx.insert(WebhookEndpoint, row)
    record(tx, Event.WEBHOOK_CREATED, Subject("webhook_endpoint", row_id))
    return row_id


async def _check_target(tx: Tx, url: str, resolve: Resolve) -> None:
    """Before anything is written: a look-up takes time, and an open write would hold up the feed meanwhile."""
    target = Target.parse(url)
    if target is None or not await approved(tx, target):
        raise WebhookTargetRefused(FieldError("/url", "host_not_approved"))
    try:
        await check(target, resolve)
    except TargetError:
        raise WebhookTargetRefused(FieldError("/url", "address_not_public")) from None


async def _check_room(tx: Tx) -> None:
    """Counted under a lock: two that are made at once are counted both."""
    await tx.alone(f"webhook endpoints of {tx.me}")
    active = select(func.count()).where(WebhookEndpoint.status == Status.ACTIVE)
    if await tx.scalar(active) >= MOST_ACTIVE:
        raise WebhookLimit


async def change(tx: Tx, row_id: UUID, body: EndpointPatch, if_match: str | None, resolve: Resolve) -> UUID:
    """Another URL or other types, for what comes and what waits alike; off or on."""
    await tx.one(select(WebhookEndpoint.id).where(WebhookEndpoint.id == row_id))
    if body.url is not None:
        await _check_target(tx, body.url, resolve)
    row = await _locked(tx, row_id, if_match)
    changed = body.model_dump(include={"url", "types"}, exclude_none=True)
    if changed:
        await _update(tx, row_id, changed)
        record(tx, Event.WEBHOOK_CHANGED, Subject("webhook_endpoint", row_id), changed=sorted(changed))
    if body.status is not None and body.status != row.status:
        await _turn(tx, row, Status(body.status))
    return row_id


async def _turn(tx: Tx, row: Row[Any], to: Status) -> None:
    off = to is Status.DISABLED
    if not off:
        await _check_room(tx)
    step = (WEBHOOK_ENDPOINT, Action.DISABLE if off else Action.ENABLE, [Role.OWNER])
    await advance(tx, WebhookEndpoint, row, step, reason=Reason.BY_OWNER if off else None)
    event = Event.WEBHOOK_DISABLED if off else Event.WEBHOOK_ENABLED
    facts: dict[str, Any] = {"reason": str(Reason.BY_OWNER)} if off else {}
    record(tx, event, Subject("webhook_endpoint", row.id), **facts)


async def gone(tx: Tx, row_id: UUID) -> None:
    """The receiver said 410: it wants no more. Its owner finds that in the endpoint, in the feed and in the audit."""
    row = await tx.lock(select(WebhookEndpoint).where(WebhookEndpoint.id == row_id))
    if row.status == Status.ACTIVE:
        step = (WEBHOOK_ENDPOINT, Action.DISABLE, [Role.RECEIVER])
        await advance(tx, WebhookEndpoint, row, step, reason=Reason.GONE)
        record(tx, Event.WEBHOOK_DISABLED, Subject("webhook_endpoint", row_id), reason=str(Reason.GONE))


async def rotate(tx: Tx, row_id: UUID, body: RotationIn, if_match: str | None) -> UUID:
    """A new key, good at once; the one before it signs too for the overlap, and any older one no more."""
    row = await _locked(tx, row_id, if_match)
    until = datetime.now(UTC) + timedelta(hours=body.overlap_hours) if body.overlap_hours else None
    await _update(tx, row_id, {"rotation": row.rotation + 1, "older_until": until})
    facts: dict[str, Any] = {"rotation": row.rotation + 1, "overlap_hours": body.overlap_hours}
    record(tx, Event.WEBHOOK_KEY_ROTATED, Subject("webhook_endpoint", row_id), **facts)
    return row_id


async def _update(tx: Tx, row_id: UUID, values: Mapping[str, Any]) -> None:
    stamped = {**values, "version": WebhookEndpoint.version + 1, "updated_at": func.clock_timestamp()}
    await tx.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == row_id).values(**stamped))


async def _locked(tx: Tx, row_id: UUID, if_match: str | None) -> Row[Any]:
    row = await tx.lock(select(WebhookEndpoint).where(WebhookEndpoint.id == row_id))
    must_match(if_match, etag(tx, row.id, row.version))
    return row


def live_keys(tx: Tx, row: Any) -> list[Keys]:
    """The keys that sign now, the one in force first."""
    older = row.older_until is not None and row.older_until > datetime.now(UTC)
    numbers = [row.rotation, row.rotation - 1] if older else [row.rotation]
    return [keys(tx.keyring.wire, row.id, number) for number in numbers]


def item(tx: Tx, row: Row[Any]) -> EndpointOut:
    return EndpointOut.model_validate(_members(tx, row))


def _members(tx: Tx, row: Row[Any]) -> dict[str, Any]:
    return {
        **row._mapping,
        "public_keys": [each.public for each in live_keys(tx, row)],
        "available_actions": available_actions(WEBHOOK_ENDPOINT, row.status, [Role.OWNER]),
        "etag": etag(tx, row.id, row.version),
    }


async def show(tx: Tx, row_id: UUID) -> EndpointOut:
    return item(tx, await tx.one(VIEW.where(WebhookEndpoint.id == row_id)))


async def show_secret(tx: Tx, row_id: UUID) -> EndpointSecretOut:
    """With the secret of the key in force, for who just made it. It is derived: a repeated request shows it again."""
    row = await tx.one(VIEW.where(WebhookEndpoint.id == row_id))
    return EndpointSecretOut.model_validate({**_members(tx, row), "secret": live_keys(tx, row)[0].secret})
