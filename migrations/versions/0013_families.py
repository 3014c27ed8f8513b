"""Field practice: creates guardians, assessments; whose conflict ended a consent, why a family was parted."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guardians",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("conflict_of_interest", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_guardians_period")),
        sa.ForeignKeyConstraint(["author_id"], ["organisations.id"], name=op.f("fk_guardians_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_guardians_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardians")),
    )
    op.create_index("ix_guardians_case_id", "guardians", ["case_id", "created_at", "id"], unique=False)
    op.create_table(
        "assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("risk", sa.Text(), nullable=True),
        sa.Column("assessor", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["author_id"], ["organisations.id"], name=op.f("fk_assessments_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_assessments_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
    )
    op.create_index("ix_assessments_case_id", "assessments", ["case_id", "created_at", "id"], unique=False)
    op.add_column("consents", sa.Column("guardian_id", sa.Uuid(), nullable=True))
    op.add_column("consents", sa.Column("withdrawn_for", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_consents_guardian_id"), "consents", "guardians", ["guardian_id"], ["id"])
    op.create_foreign_key(op.f("fk_consents_withdrawn_for"), "consents", "guardians", ["withdrawn_for"], ["id"])
    op.add_column("handovers", sa.Column("separation_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("handovers", "separation_reason")
    op.drop_constraint(op.f("fk_consents_withdrawn_for"), "consents", type_="foreignkey")
    op.drop_constraint(op.f("fk_consents_guardian_id"), "consents", type_="foreignkey")
    op.drop_column("consents", "withdrawn_for")
    op.drop_column("consents", "guardian_id")
    op.drop_index("ix_assessments_case_id", table_name="assessments")
    op.drop_table("assessments")
    op.drop_index("ix_guardians_case_id", table_name="guardians")
    op.drop_table("guardians")
