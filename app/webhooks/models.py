"""What webhooks keep: where to send, what is to be sent or was, and which hosts the operator approved. No secret."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.webhooks.lifecycle import DeliveryStatus, Status


class WebhookHost(Base):
    """A host and port that the operator lets partners name. `loopback`: this machine itself, for a demo only."""

    __tablename__ = "webhook_hosts"

    host: Mapped[str] = mapped_column(primary_key=True)
    port: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    loopback: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (CheckConstraint("loopback = (host = '127.0.0.1')", name="loopback"),)


class WebhookEndpoint(Base):
    """Of an organisation. No `types`: every event of its feed. `rotation` numbers the signing key, which is derived and
    stored nowhere; the one before it signs too until `older_until`.

    `epoch` and `seen`: up to which event of the feed deliveries have been made. `leased_until`: a worker has it in
    hand, or it rests after a failure; a worker that dies loses it then.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"))
    url: Mapped[str]
    types: Mapped[list[str]]
    status: Mapped[str] = mapped_column(server_default="active")
    reason: Mapped[str | None]
    rotation: Mapped[int] = mapped_column(server_default="1")
    older_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    epoch: Mapped[UUID | None]
    seen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    leased_until: Mapped[datetime] = mapped_column(server_default=text("'-infinity'"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint(f"status in ({', '.join(repr(str(s)) for s in Status)})", name="status"),
        CheckConstraint("(status = 'disabled') = (reason is not null)", name="reason"),
        Index("ix_webhook_endpoints_organisation_id", "organisation_id", text("created_at desc"), text("id desc")),
        Index("ix_webhook_endpoints_leased_until", "leased_until", postgresql_where=text("status = 'active'")),
    )


class WebhookDelivery(Base):
    """One event on its way to one endpoint, or a test. What happened to what is not here: that is read from the event,
    which row security shows or not, at every try and whenever the log is read.

    `lane` holds the order: what is of one lane waits behind the first of it that failed. A replay has one of its own.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"))
    organisation_id: Mapped[UUID]
    kind: Mapped[str]
    event_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    lane: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    status: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    tried_at: Mapped[datetime | None]
    result: Mapped[str | None]
    status_code: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("kind in ('event', 'replay', 'test')", name="kind"),
        CheckConstraint(f"status in ({', '.join(repr(str(s)) for s in DeliveryStatus)})", name="status"),
        Index(
            "uq_webhook_deliveries_event",
            "endpoint_id",
            "event_id",
            unique=True,
            postgresql_where=text("kind = 'event'"),
        ),
        Index("ix_webhook_deliveries_endpoint_id", "endpoint_id", text("created_at desc"), text("id desc")),
        Index("ix_webhook_deliveries_next_at", "endpoint_id", "next_at", postgresql_where=text("status = 'pending'")),
        Index("ix_webhook_deliveries_lane", "endpoint_id", "lane", postgresql_where=text("status = 'pending'")),
        Index("ix_webhook_deliveries_created_at", "created_at"),
    )
