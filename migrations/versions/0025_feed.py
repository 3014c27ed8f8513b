"""Creates: outbox_events.parties, feed_entries, feed_epochs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "outbox_events", sa.Column("parties", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False)
    )
    op.create_index("ix_outbox_events_at", "outbox_events", ["at"])
    op.create_table(
        "feed_entries",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "seq", name=op.f("pk_feed_entries")),
    )
    op.create_table(
        "feed_epochs",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("timeline", sa.BigInteger(), nullable=False),
        sa.Column("begins_after", sa.BigInteger(), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("forgotten_to", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_feed_epochs")),
        sa.UniqueConstraint("epoch", name=op.f("uq_feed_epochs_epoch")),
    )
    # Events of before are found again by whoever wrote them, and by whoever holds the case now.
    op.execute(
        "insert into feed_entries (organisation_id, seq)"
        " select organisation_id, seq from outbox_events"
        " union select c.custodian_id, o.seq from outbox_events o join cases c on c.id = o.case_id"
    )


def downgrade() -> None:
    op.drop_table("feed_epochs")
    op.drop_table("feed_entries")
    op.drop_index("ix_outbox_events_at", table_name="outbox_events")
    op.drop_column("outbox_events", "parties")
