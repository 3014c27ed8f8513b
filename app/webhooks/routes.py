"""HTTP of webhook endpoints and their deliveries."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import select

from app.auth.call import Call, GuardedRoute, requires
from app.auth.scopes import Capability
from app.cases.schemas import Nothing
from app.db import Tx
from app.pages import Cursor, Page, PageQuery, newest
from app.problems import InvalidTransition, documented
from app.refusals import WebhookDisabled, WebhookLimit, WebhookTargetRefused
from app.webhooks import actions, deliveries
from app.webhooks.lifecycle import DeliveryStatus
from app.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.webhooks.schemas import (
    DeliveryOut,
    EndpointIn,
    EndpointOut,
    EndpointPatch,
    EndpointSecretOut,
    RangeIn,
    ReplayOut,
    RotationIn,
)

router = APIRouter(prefix="/v1", tags=["webhooks"], route_class=GuardedRoute)

Reads = Annotated[Call, Depends(requires(Capability.WEBHOOK_MANAGE))]
Makes = Annotated[Call, Depends(requires(Capability.WEBHOOK_MANAGE, officer=True, key=True))]
Changes = Annotated[Call, Depends(requires(Capability.WEBHOOK_MANAGE, officer=True, etag=True))]
Moves = Annotated[Call, Depends(requires(Capability.WEBHOOK_MANAGE, officer=True, key=True, etag=True))]


@router.post(
    "/webhook-endpoints",
    status_code=201,
    summary="Đăng ký nơi nhận webhook · Create a webhook endpoint",
    response_model=EndpointSecretOut,
    responses=documented(WebhookTargetRefused, WebhookLimit),
)
async def create_endpoint(body: EndpointIn, call: Makes) -> Any:
    """Đơn vị vận hành duyệt máy chủ trước. `secret` chỉ hiện ở đây và khi thay khóa. · The operator approves the host
    first. `secret` is shown here and at a rotation only."""
    resolve = call.request.app.state.sender.resolve
    return await call.write(lambda tx: actions.create(tx, body, resolve), actions.show_secret, status=201)


@router.get("/webhook-endpoints", summary="Các nơi nhận webhook · Webhook endpoints")
async def list_endpoints(call: Reads, page: PageQuery) -> Page[EndpointOut]:
    """Của cơ quan bạn. · Your organisation's."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        return await tx.all(newest(actions.VIEW, WebhookEndpoint, cursor, limit))

    return await call.page(fetch, actions.item, filters={}, page=page)


@router.get("/webhook-endpoints/{endpoint_id}", summary="Một nơi nhận webhook · One webhook endpoint")
async def read_endpoint(endpoint_id: UUID, call: Reads) -> EndpointOut:
    """Trạng thái, khóa công khai, số sự kiện đang chờ. · Its state, public keys, and how many events wait."""
    return await call.read(lambda tx: actions.show(tx, endpoint_id))


@router.patch(
    "/webhook-endpoints/{endpoint_id}",
    summary="Sửa, tắt hoặc bật nơi nhận · Change, disable or enable an endpoint",
    response_model=EndpointOut,
    responses=documented(WebhookTargetRefused, WebhookLimit, InvalidTransition),
)
async def change_endpoint(endpoint_id: UUID, body: EndpointPatch, call: Changes) -> Any:
    """Khi bật lại, gửi tiếp từ chỗ đã dừng. · Enabled again, it goes on where it stopped."""
    resolve = call.request.app.state.sender.resolve
    return await call.write(lambda tx: actions.change(tx, endpoint_id, body, call.if_match, resolve), actions.show)


@router.post(
    "/webhook-endpoints/{endpoint_id}/key-rotations",
    summary="Thay khóa ký · Rotate the signing key",
    response_model=EndpointSecretOut,
)
async def rotate_key(endpoint_id: UUID, call: Moves, body: RotationIn) -> Any:
    """Khóa cũ còn ký song song trong `overlap_hours`; 0 nếu bị lộ. · The older key signs too for `overlap_hours`; 0
    when it leaked."""
    return await call.write(lambda tx: actions.rotate(tx, endpoint_id, body, call.if_match), actions.show_secret)


@router.post(
    "/webhook-endpoints/{endpoint_id}/tests",
    status_code=201,
    summary="Gửi thử · Send a test",
    response_model=DeliveryOut,
    responses=documented(WebhookDisabled),
)
async def send_test(endpoint_id: UUID, call: Makes, body: Nothing = Nothing()) -> Any:
    """Sự kiện `webhook.test`, ký như mọi sự kiện; xem kết quả ở lần gửi. · An event `webhook.test`, signed as any
    other; what became of it is in the delivery."""
    return await call.write(lambda tx: deliveries.test(tx, endpoint_id), deliveries.show, status=201)


@router.post(
    "/webhook-endpoints/{endpoint_id}/replays",
    summary="Gửi lại một khoảng thời gian · Replay a range",
    response_model=ReplayOut,
    responses=documented(WebhookDisabled),
)
async def replay_range(endpoint_id: UUID, body: RangeIn, call: Makes) -> Any:
    """Tối đa 10.000 sự kiện mà cơ quan bạn còn được xem. · Up to 10,000 events that your organisation may see."""
    return await call.write(lambda tx: deliveries.replay_range(tx, endpoint_id, body), deliveries.show_replay)


@router.get("/webhook-endpoints/{endpoint_id}/deliveries", summary="Nhật ký gửi · What was sent")
async def list_deliveries(
    endpoint_id: UUID, call: Reads, page: PageQuery, status: DeliveryStatus | None = None
) -> Page[DeliveryOut]:
    """Trong 30 ngày, mới nhất trước. · Of 30 days, the newest first."""

    async def fetch(tx: Tx, cursor: Cursor | None, limit: int) -> Any:
        await tx.one(select(WebhookEndpoint.id).where(WebhookEndpoint.id == endpoint_id))
        query = deliveries.VIEW.where(WebhookDelivery.endpoint_id == endpoint_id)
        if status:
            query = query.where(WebhookDelivery.status == status)
        return await tx.all(newest(query, WebhookDelivery, cursor, limit))

    return await call.page(fetch, deliveries.item, filters={"status": status}, page=page)


@router.get("/deliveries/{delivery_id}", summary="Một lần gửi · One delivery")
async def read_delivery(delivery_id: UUID, call: Reads) -> DeliveryOut:
    """Đã gửi mấy lần, kết quả, lần tới. · How often it was tried, with what result, and when it will be again."""
    return await call.read(lambda tx: deliveries.show(tx, delivery_id))


@router.post(
    "/deliveries/{delivery_id}/replays",
    status_code=201,
    summary="Gửi lại một sự kiện · Replay one event",
    response_model=DeliveryOut,
    responses=documented(WebhookDisabled),
)
async def replay(delivery_id: UUID, call: Makes, body: Nothing = Nothing()) -> Any:
    """Cùng `webhook-id` như lần đầu. · Under the same `webhook-id` as before."""
    return await call.write(lambda tx: deliveries.replay(tx, delivery_id), deliveries.show, status=201)
