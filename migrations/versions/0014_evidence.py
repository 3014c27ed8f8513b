"""Field practice: statements in versions, replies on paper; creates verification_evidence, assistances, assistance_texts."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NUMBERED = """
    update case_entries e set version = n.version, taken_at = e.created_at,
        reason = case when n.version > 1 then 'other' end
    from (select id, row_number() over (partition by case_id order by created_at, id) as version
          from case_entries where section = 'statement') n
    where e.id = n.id
"""


def upgrade() -> None:
    _statements()
    _replies_on_paper()
    _evidence()
    _assistances()


def _statements() -> None:
    op.add_column("case_entries", sa.Column("version", sa.Integer(), nullable=True))
    op.add_column("case_entries", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case_entries", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("case_entries", sa.Column("interpreter", sa.Boolean(), nullable=True))
    op.add_column("case_entries", sa.Column("reason", sa.Text(), nullable=True))
    # Nobody was asked for a reason until now.
    op.execute(_NUMBERED)
    op.create_check_constraint(
        op.f("ck_case_entries_statement"),
        "case_entries",
        "case section when 'statement' then num_nonnulls(version, taken_at) = 2"
        " else num_nonnulls(version, taken_at, language, interpreter, reason) = 0 end",
    )
    op.create_check_constraint(
        op.f("ck_case_entries_further_interview"), "case_entries", "version = 1 or reason is not null"
    )
    op.create_index(
        "uq_case_entries_version",
        "case_entries",
        ["case_id", "version"],
        unique=True,
        postgresql_where=sa.text("version is not null"),
    )


def _replies_on_paper() -> None:
    op.add_column("verifications", sa.Column("paper_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("verifications", sa.Column("paper_issued_on", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_verifications_paper"), "verifications", "(paper_sealed is null) = (paper_issued_on is null)"
    )
    op.create_check_constraint(
        op.f("ck_verifications_result_of_kind"),
        "verifications",
        "(kind = 'identity') = (result in ('identity_confirmed', 'identity_not_established'))",
    )


def _evidence() -> None:
    op.create_table(
        "verification_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verification_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["organisations.id"], name=op.f("fk_verification_evidence_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_verification_evidence_case_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["case_entries.id"], name=op.f("fk_verification_evidence_statement_id")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["verifications.id"], name=op.f("fk_verification_evidence_verification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_evidence")),
    )
    op.create_index(
        "ix_verification_evidence_verification_id",
        "verification_evidence",
        ["verification_id", "created_at", "id"],
        unique=False,
    )


def _assistances() -> None:
    op.create_table(
        "assistances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verification_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("assistant_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="asked", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('asked', 'answered', 'withdrawn')", name=op.f("ck_assistances_status")),
        sa.CheckConstraint("asker_id <> assistant_id", name=op.f("ck_assistances_not_of_oneself")),
        sa.ForeignKeyConstraint(["asker_id"], ["organisations.id"], name=op.f("fk_assistances_asker_id")),
        sa.ForeignKeyConstraint(["assistant_id"], ["organisations.id"], name=op.f("fk_assistances_assistant_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_assistances_case_id")),
        sa.ForeignKeyConstraint(["verification_id"], ["verifications.id"], name=op.f("fk_assistances_verification_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistances")),
    )
    op.create_index(op.f("ix_assistances_case_id"), "assistances", ["case_id"], unique=False)
    for column in ("verification_id", "asker_id", "assistant_id"):
        op.create_index(
            f"ix_assistances_{column}",
            "assistances",
            [column, sa.literal_column("created_at desc"), sa.literal_column("id desc")],
            unique=False,
        )
    op.create_table(
        "assistance_texts",
        sa.Column("assistance_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind in ('question', 'answer')", name=op.f("ck_assistance_texts_kind")),
        sa.ForeignKeyConstraint(["assistance_id"], ["assistances.id"], name=op.f("fk_assistance_texts_assistance_id")),
        sa.ForeignKeyConstraint(["author_id"], ["organisations.id"], name=op.f("fk_assistance_texts_author_id")),
        sa.PrimaryKeyConstraint("assistance_id", "kind", name=op.f("pk_assistance_texts")),
    )


def downgrade() -> None:
    op.drop_table("assistance_texts")
    for column in ("assistant_id", "asker_id", "verification_id", "case_id"):
        op.drop_index(f"ix_assistances_{column}", table_name="assistances")
    op.drop_table("assistances")
    op.drop_index("ix_verification_evidence_verification_id", table_name="verification_evidence")
    op.drop_table("verification_evidence")
    op.drop_constraint(op.f("ck_verifications_result_of_kind"), "verifications")
    op.drop_constraint(op.f("ck_verifications_paper"), "verifications")
    op.drop_column("verifications", "paper_issued_on")
    op.drop_column("verifications", "paper_sealed")
    op.drop_index("uq_case_entries_version", table_name="case_entries")
    op.drop_constraint(op.f("ck_case_entries_further_interview"), "case_entries")
    op.drop_constraint(op.f("ck_case_entries_statement"), "case_entries")
    for column in ("reason", "interpreter", "language", "taken_at", "version"):
        op.drop_column("case_entries", column)
