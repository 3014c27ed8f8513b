"""Creates: overrides, case_parties.override_id, the index by which consents expire."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overrides",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sections", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("asked_client", sa.Text(), nullable=False),
        sa.Column("asked_officer", sa.Text(), nullable=False),
        sa.Column("approved_client", sa.Text(), nullable=True),
        sa.Column("approved_officer", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status in ('requested', 'approved', 'withdrawn', 'expired')", name=op.f("ck_overrides_status")
        ),
        sa.CheckConstraint("cardinality(sections) > 0", name=op.f("ck_overrides_sections")),
        sa.CheckConstraint("asked_client <> '' and asked_officer <> ''", name=op.f("ck_overrides_asked")),
        sa.CheckConstraint(
            "approved_client <> asked_client and approved_officer <> asked_officer",
            name=op.f("ck_overrides_second_person"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(approved_client, approved_officer, approved_at)"
            " = any (case status when 'requested' then '{0}' when 'approved' then '{3}' else '{0,3}' end::int[])",
            name=op.f("ck_overrides_approved"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_overrides_case_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["organisations.id"], name=op.f("fk_overrides_requested_by")),
        sa.ForeignKeyConstraint(["recipient_id"], ["organisations.id"], name=op.f("fk_overrides_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrides")),
    )
    op.create_index("ix_overrides_case_id", "overrides", ["case_id", sa.text("created_at desc"), sa.text("id desc")])
    op.create_index(
        "ix_overrides_expires_on",
        "overrides",
        ["expires_on"],
        postgresql_where=sa.text("status in ('requested', 'approved')"),
    )
    op.add_column("case_parties", sa.Column("override_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_case_parties_override_id"), "case_parties", "overrides", ["override_id"], ["id"])
    op.create_check_constraint(
        "override", "case_parties", "(override_id is null) = (lawful_basis is distinct from 'override')"
    )
    op.create_index(
        "ix_case_parties_override_id",
        "case_parties",
        ["override_id"],
        postgresql_where=sa.text("override_id is not null"),
    )
    op.create_index("ix_consents_expires_on", "consents", ["expires_on"], postgresql_where=sa.text("status = 'given'"))


def downgrade() -> None:
    op.drop_index("ix_consents_expires_on", "consents")
    op.drop_index("ix_case_parties_override_id", "case_parties")
    op.drop_constraint("ck_case_parties_override", "case_parties")
    op.drop_column("case_parties", "override_id")
    op.drop_table("overrides")
