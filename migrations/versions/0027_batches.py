"""Creates: operations, operation_bodies, operation_outcomes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in ("done", "created")),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in ("replayed", "refused")),
        sa.Column("held_until", sa.DateTime(timezone=True), server_default=sa.text("'-infinity'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("lines between 1 and 10000 and done between 0 and lines", name=op.f("ck_operations_lines")),
        sa.CheckConstraint("done = created + replayed + refused", name=op.f("ck_operations_done")),
        sa.CheckConstraint("(finished_at is null) = (done < lines)", name=op.f("ck_operations_finished")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_operations_organisation_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_operations_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
    )
    op.create_index(
        "ix_operations_waiting", "operations", ["created_at", "id"], postgresql_where=sa.text("finished_at is null")
    )
    op.create_index("ix_operations_finished_at", "operations", ["finished_at"])
    op.create_index("ix_operations_client_id", "operations", ["client_id", "created_at"])
    op.create_index("ix_operations_organisation_id", "operations", ["organisation_id"])
    op.create_table(
        "operation_bodies",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("coding", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("coding in ('identity', 'gzip')", name=op.f("ck_operation_bodies_coding")),
        sa.ForeignKeyConstraint(["operation_id"], ["operations.id"], name=op.f("fk_operation_bodies_operation_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name=op.f("fk_operation_bodies_key_id")),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_operation_bodies")),
    )
    op.create_index("ix_operation_bodies_key_id", "operation_bodies", ["key_id"])
    op.create_table(
        "operation_outcomes",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("outcomes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name=op.f("fk_operation_outcomes_operation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operation_id", "first_line", name=op.f("pk_operation_outcomes")),
    )


def downgrade() -> None:
    """What was accepted and not yet worked off is lost with its tables: let it finish first."""
    op.drop_table("operation_outcomes")
    op.drop_table("operation_bodies")
    op.drop_table("operations")
