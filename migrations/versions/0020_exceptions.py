"""Creates: case_parties.expires_at, search_handles."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_parties", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint("ck_case_parties_carrier", "case_parties")
    op.create_check_constraint(
        "carrier", "case_parties", "carrier in ('handover', 'verification', 'referral', 'return', 'break_glass')"
    )
    op.create_table(
        "search_handles",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_search_handles_case_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_search_handles_organisation_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_search_handles")),
    )
    op.create_index("ix_search_handles_expires_at", "search_handles", ["expires_at"])


def downgrade() -> None:
    op.drop_table("search_handles")
    op.drop_constraint("ck_case_parties_carrier", "case_parties")
    op.create_check_constraint(
        "carrier", "case_parties", "carrier in ('handover', 'verification', 'referral', 'return')"
    )
    op.drop_column("case_parties", "expires_at")
