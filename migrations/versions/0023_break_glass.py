"""Creates: break_glass, the hour of its grants, indexes of the audit search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "break_glass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("overseer_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column(
            "asked_until",
            sa.DateTime(timezone=True),
            server_default=sa.text("now() + '00:30:00'::interval"),
            nullable=False,
        ),
        sa.Column("approver_client", sa.Text(), nullable=True),
        sa.Column("approver_officer", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sections", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("review_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reviewer_officer", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status in ('requested', 'active', 'ended', 'reviewed')", name=op.f("ck_break_glass_status")
        ),
        sa.CheckConstraint("overseer_id is not null", name=op.f("ck_break_glass_overseen")),
        sa.CheckConstraint(
            "approver_client <> client_id and approver_officer <> officer", name=op.f("ck_break_glass_four_eyes")
        ),
        sa.CheckConstraint(
            "num_nonnulls(approver_client, approver_officer, approved_at, expires_at)"
            " = case status when 'requested' then 0 else 4 end",
            name=op.f("ck_break_glass_approved"),
        ),
        sa.CheckConstraint("expires_at <= approved_at + '01:00:00'::interval", name=op.f("ck_break_glass_an_hour")),
        sa.CheckConstraint(
            "(ended_at is null) = (status in ('requested', 'active'))", name=op.f("ck_break_glass_ended")
        ),
        sa.CheckConstraint(
            "num_nonnulls(finding, review_sealed, reviewer_officer, reviewed_at)"
            " = case status when 'reviewed' then 4 else 0 end",
            name=op.f("ck_break_glass_reviewed"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_break_glass_case_id")),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name=op.f("fk_break_glass_key_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_break_glass_organisation_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["organisations.id"], name=op.f("fk_break_glass_holder_id")),
        sa.ForeignKeyConstraint(["overseer_id"], ["organisations.id"], name=op.f("fk_break_glass_overseer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    newest = [sa.text("created_at desc"), sa.text("id desc")]
    op.create_index("ix_break_glass_organisation_id", "break_glass", ["organisation_id", *newest])
    op.create_index("ix_break_glass_created_at", "break_glass", newest)
    op.create_index("ix_break_glass_case_id", "break_glass", ["case_id"])
    op.create_index("ix_break_glass_key_id", "break_glass", ["key_id"])
    op.create_index(
        "ix_break_glass_running", "break_glass", ["expires_at"], postgresql_where=sa.text("status = 'active'")
    )
    for column in ("event", "client_id"):
        op.create_index(f"ix_audit_entries_{column}", "audit_entries", [column, "at", "id"])
    op.create_index(
        "ix_audit_entries_officer",
        "audit_entries",
        ["officer", "at", "id"],
        postgresql_where=sa.text("officer is not null"),
    )
    op.create_check_constraint(
        "an_hour",
        "case_parties",
        "carrier <> 'break_glass' or (expires_at is not null and expires_at <= created_at + '01:00:00'::interval)",
    )


def downgrade() -> None:
    for column in ("event", "client_id", "officer"):
        op.drop_index(f"ix_audit_entries_{column}", "audit_entries")
    op.drop_constraint("ck_case_parties_an_hour", "case_parties")
    op.execute("delete from case_parties where carrier = 'break_glass'")
    op.drop_table("break_glass")
