"""Field practice: returns. Creates: returns, return_persons, announced_persons; a grant may hang on a return."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "returns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("announcer_id", sa.Uuid(), nullable=True),
        sa.Column("gate_id", sa.Uuid(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("waves", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default="announced", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('announced', 'arrived', 'cancelled')", name=op.f("ck_returns_status")),
        sa.CheckConstraint("direction in ('inbound', 'outbound')", name=op.f("ck_returns_direction")),
        sa.CheckConstraint(
            "announcer_id is not null or (direction = 'inbound' and status = 'arrived')",
            name=op.f("ck_returns_unannounced"),
        ),
        sa.ForeignKeyConstraint(["announcer_id"], ["organisations.id"], name=op.f("fk_returns_announcer_id")),
        sa.ForeignKeyConstraint(["gate_id"], ["organisations.id"], name=op.f("fk_returns_gate_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name=op.f("fk_returns_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("reference", name=op.f("uq_returns_reference")),
    )
    for column in ("announcer_id", "gate_id"):
        newest_first = [column, sa.literal_column("created_at desc"), sa.literal_column("id desc")]
        op.create_index(f"ix_returns_{column}", "returns", newest_first, unique=False)
    op.create_index(op.f("ix_returns_key_id"), "returns", ["key_id"], unique=False)
    op.create_table(
        "return_persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("expected", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intake_id", sa.Uuid(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("case_id is null or key_id is null", name=op.f("ck_return_persons_one_key")),
        sa.CheckConstraint("(result is null) = (recorded_by is null)", name=op.f("ck_return_persons_result")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_return_persons_case_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name=op.f("fk_return_persons_key_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by", "intake_id"],
            ["intakes.organisation_id", "intakes.id"],
            name=op.f("fk_return_persons_recorded_by_intake_id"),
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["organisations.id"], name=op.f("fk_return_persons_recorded_by")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_return_persons_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_persons")),
        sa.UniqueConstraint("return_id", "position", name=op.f("uq_return_persons_return_id_position")),
    )
    op.create_index(op.f("ix_return_persons_case_id"), "return_persons", ["case_id"], unique=False)
    op.create_index(op.f("ix_return_persons_key_id"), "return_persons", ["key_id"], unique=False)
    op.create_index(
        "uq_return_persons_expected",
        "return_persons",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("expected"),
    )
    op.create_table(
        "announced_persons",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["return_persons.id"], name=op.f("fk_announced_persons_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_announced_persons")),
    )
    _carriers("'handover', 'verification', 'referral', 'return'")


def downgrade() -> None:
    op.execute("delete from case_parties where carrier = 'return'")
    _carriers("'handover', 'verification', 'referral'")
    op.drop_table("announced_persons")
    op.drop_table("return_persons")
    op.drop_table("returns")


def _carriers(known: str) -> None:
    op.drop_constraint(op.f("ck_case_parties_carrier"), "case_parties", type_="check")
    op.create_check_constraint(op.f("ck_case_parties_carrier"), "case_parties", f"carrier in ({known})")
