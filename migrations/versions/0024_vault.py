"""Creates: erasures, retired_keks, data_keys.destroyed_at, erased_at of intakes and supplements."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("data_keys", "wrapped", existing_type=sa.LargeBinary(), nullable=True)
    op.add_column("data_keys", sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint("destroyed", "data_keys", "(wrapped is null) = (destroyed_at is not null)")
    op.add_column("intakes", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("intake_supplements", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "retired_keks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retired_keks")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=True),
        sa.Column("asked_client", sa.Text(), nullable=False),
        sa.Column("asked_officer", sa.Text(), nullable=False),
        sa.Column("asked_statement", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_client", sa.Text(), nullable=True),
        sa.Column("answered_officer", sa.Text(), nullable=True),
        sa.Column("answered_statement", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('case', 'intake', 'reporter')", name=op.f("ck_erasures_kind")),
        sa.CheckConstraint(
            "num_nonnulls(answered_client, answered_officer, answered_statement, answered_at, approved) in (0, 5)",
            name=op.f("ck_erasures_answer"),
        ),
        sa.CheckConstraint(
            "asked_client <> answered_client and asked_officer <> answered_officer", name=op.f("ck_erasures_four_eyes")
        ),
        sa.CheckConstraint("done_at is null or coalesce(approved, false)", name=op.f("ck_erasures_done")),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name=op.f("fk_erasures_key_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_erasures_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(
        "uq_erasures_key_id", "erasures", ["key_id"], unique=True, postgresql_where=sa.text("approved is not false")
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("retired_keks")
    op.drop_column("intake_supplements", "erased_at")
    op.drop_column("intakes", "erased_at")
    op.drop_constraint("ck_data_keys_destroyed", "data_keys")
    op.drop_column("data_keys", "destroyed_at")
    # A destroyed key stays destroyed: below this revision its place is empty, and opens nothing.
    op.execute("update data_keys set wrapped = '' where wrapped is null")
    op.alter_column("data_keys", "wrapped", existing_type=sa.LargeBinary(), nullable=False)
