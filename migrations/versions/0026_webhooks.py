"""Creates: webhook_hosts, webhook_endpoints, webhook_deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def _moment(name: str, default: str | None = None) -> sa.Column[sa.DateTime]:
    given = None if default is None else sa.text(default)
    return sa.Column(name, sa.DateTime(timezone=True), server_default=given, nullable=default is None)


def upgrade() -> None:
    op.create_table(
        "webhook_hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("loopback", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _moment("created_at", "now()"),
        sa.CheckConstraint("loopback = (host = '127.0.0.1')", name=op.f("ck_webhook_hosts_loopback")),
        sa.PrimaryKeyConstraint("host", "port", name=op.f("pk_webhook_hosts")),
    )
    _endpoints()
    _deliveries()


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("rotation", sa.Integer(), server_default="1", nullable=False),
        _moment("older_until"),
        _moment("failing_since"),
        sa.Column("epoch", sa.Uuid(), nullable=True),
        sa.Column("seen", sa.BigInteger(), server_default="0", nullable=False),
        _moment("leased_until", "'-infinity'"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _moment("created_at", "now()"),
        _moment("updated_at", "now()"),
        sa.CheckConstraint("status in ('active', 'disabled')", name=op.f("ck_webhook_endpoints_status")),
        sa.CheckConstraint("(status = 'disabled') = (reason is not null)", name=op.f("ck_webhook_endpoints_reason")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_webhook_endpoints_organisation_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_webhook_endpoints_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    newest = [sa.text("created_at desc"), sa.text("id desc")]
    op.create_index("ix_webhook_endpoints_organisation_id", "webhook_endpoints", ["organisation_id", *newest])
    active = sa.text("status = 'active'")
    op.create_index("ix_webhook_endpoints_leased_until", "webhook_endpoints", ["leased_until"], postgresql_where=active)


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _moment("next_at", "now()"),
        _moment("tried_at"),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=True),
        _moment("created_at", "now()"),
        sa.CheckConstraint("kind in ('event', 'replay', 'test')", name=op.f("ck_webhook_deliveries_kind")),
        sa.CheckConstraint(
            "status in ('pending', 'delivered', 'failed', 'withheld')", name=op.f("ck_webhook_deliveries_status")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_deliveries_endpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    table, pending = "webhook_deliveries", sa.text("status = 'pending'")
    newest = [sa.text("created_at desc"), sa.text("id desc")]
    once = sa.text("kind = 'event'")
    op.create_index(
        "uq_webhook_deliveries_event", table, ["endpoint_id", "event_id"], unique=True, postgresql_where=once
    )
    op.create_index("ix_webhook_deliveries_endpoint_id", table, ["endpoint_id", *newest])
    op.create_index("ix_webhook_deliveries_next_at", table, ["endpoint_id", "next_at"], postgresql_where=pending)
    op.create_index("ix_webhook_deliveries_lane", table, ["endpoint_id", "lane"], postgresql_where=pending)
    op.create_index("ix_webhook_deliveries_created_at", table, ["created_at"])


def downgrade() -> None:
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
    op.drop_table("webhook_hosts")
