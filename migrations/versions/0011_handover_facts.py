"""Minutes of a hand-over by both sides; creates: notices."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handovers", sa.Column("minutes_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("handovers", sa.Column("confirmation_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("case_reference", sa.Text(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default="sent", nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("recipient_id <> sender_id", name=op.f("ck_notices_not_to_oneself")),
        sa.CheckConstraint("status in ('sent', 'acknowledged')", name=op.f("ck_notices_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notices_case_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["organisations.id"], name=op.f("fk_notices_recipient_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["organisations.id"], name=op.f("fk_notices_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    for column in ("case_id", "recipient_id", "sender_id"):
        newest = [column, sa.literal_column("created_at desc"), sa.literal_column("id desc")]
        op.create_index(f"ix_notices_{column}", "notices", newest, unique=False)


def downgrade() -> None:
    for column in ("sender_id", "recipient_id", "case_id"):
        op.drop_index(f"ix_notices_{column}", table_name="notices")
    op.drop_table("notices")
    op.drop_column("handovers", "confirmation_sealed")
    op.drop_column("handovers", "minutes_sealed")
