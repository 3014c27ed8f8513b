"""Creates: intake_reporters, case_feedback; what a case or an intake is about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SUBJECTS = "subject in ('person', 'group', 'situation', 'missing_person')"


def upgrade() -> None:
    op.add_column("cases", sa.Column("subject", sa.Text(), server_default="person", nullable=False))
    op.add_column("cases", sa.Column("group_size", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_cases_subject"), "cases", SUBJECTS)
    op.create_check_constraint(op.f("ck_cases_group_size"), "cases", "group_size is null or subject = 'group'")
    op.add_column("intakes", sa.Column("subject", sa.Text(), server_default="person", nullable=False))
    op.create_check_constraint(op.f("ck_intakes_subject"), "intakes", SUBJECTS)
    op.create_check_constraint(op.f("ck_intakes_minimal"), "intakes", "record_mode <> 'minimal' or case_id is null")
    op.create_table(
        "intake_reporters",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_keys.id"], name=op.f("fk_intake_reporters_key_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "intake_id"],
            ["intakes.organisation_id", "intakes.id"],
            name=op.f("fk_intake_reporters_organisation_id_intake_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "intake_id", name=op.f("pk_intake_reporters")),
    )
    op.create_index(op.f("ix_intake_reporters_key_id"), "intake_reporters", ["key_id"], unique=False)
    op.create_table(
        "case_feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("told", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["organisations.id"], name=op.f("fk_case_feedback_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_feedback_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_feedback")),
    )
    op.create_index("ix_case_feedback_case_id", "case_feedback", ["case_id", "created_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_case_feedback_case_id", table_name="case_feedback")
    op.drop_table("case_feedback")
    op.drop_table("intake_reporters")
    op.drop_constraint(op.f("ck_intakes_minimal"), "intakes")
    op.drop_constraint(op.f("ck_intakes_subject"), "intakes")
    op.drop_column("intakes", "subject")
    op.drop_constraint(op.f("ck_cases_group_size"), "cases")
    op.drop_constraint(op.f("ck_cases_subject"), "cases")
    op.drop_column("cases", "group_size")
    op.drop_column("cases", "subject")
