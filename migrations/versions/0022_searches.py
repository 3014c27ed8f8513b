"""Creates: search_counts, contact_requests, contact_targets, contact_texts, case_exclusions; the look-up name_date."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("ck_case_lookups_kind", "case_lookups")
    op.create_check_constraint(
        op.f("ck_case_lookups_kind"),
        "case_lookups",
        "kind in ('document', 'name_year', 'name_set_year', 'name_date')",
    )
    op.create_table(
        "search_counts",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("used between 1 and 20", name=op.f("ck_search_counts_limit")),
        sa.PrimaryKeyConstraint("client_id", "day", name=op.f("pk_search_counts")),
    )
    _contact_requests()
    _exclusions()


def _contact_requests() -> None:
    op.create_table(
        "contact_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("found_by", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="asked", nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("disclosed_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('asked', 'answered')", name=op.f("ck_contact_requests_status")),
        sa.CheckConstraint("(status = 'answered') = (answer is not null)", name=op.f("ck_contact_requests_answered")),
        sa.ForeignKeyConstraint(["asker_id"], ["organisations.id"], name=op.f("fk_contact_requests_asker_id")),
        sa.ForeignKeyConstraint(["disclosed_id"], ["organisations.id"], name=op.f("fk_contact_requests_disclosed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_requests")),
        sa.UniqueConstraint("found_by", name=op.f("uq_contact_requests_found_by")),
    )
    op.create_index(
        "ix_contact_requests_asker_id",
        "contact_requests",
        ["asker_id", sa.text("created_at desc"), sa.text("id desc")],
    )
    op.create_table(
        "contact_targets",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["contact_requests.id"], name=op.f("fk_contact_targets_request_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_contact_targets_case_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["organisations.id"], name=op.f("fk_contact_targets_holder_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_contact_targets")),
    )
    for column in ("holder_id", "case_id"):
        op.create_index(
            f"ix_contact_targets_{column}",
            "contact_targets",
            [column, sa.text("created_at desc"), sa.text("request_id desc")],
        )
    op.create_table(
        "contact_texts",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind in ('question', 'answer')", name=op.f("ck_contact_texts_kind")),
        sa.ForeignKeyConstraint(["request_id"], ["contact_requests.id"], name=op.f("fk_contact_texts_request_id")),
        sa.ForeignKeyConstraint(["author_id"], ["organisations.id"], name=op.f("fk_contact_texts_author_id")),
        sa.PrimaryKeyConstraint("request_id", "kind", name=op.f("pk_contact_texts")),
    )


def _exclusions() -> None:
    op.create_table(
        "case_exclusions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifting_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('active', 'lifted')", name=op.f("ck_case_exclusions_status")),
        sa.CheckConstraint("(status = 'lifted') = (lifted_at is not null)", name=op.f("ck_case_exclusions_lifted")),
        sa.CheckConstraint("officer <> ''", name=op.f("ck_case_exclusions_officer")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_exclusions_case_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_case_exclusions_organisation_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["organisations.id"], name=op.f("fk_case_exclusions_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_exclusions")),
    )
    op.create_index(
        "ix_case_exclusions_case_id", "case_exclusions", ["case_id", sa.text("created_at desc"), sa.text("id desc")]
    )
    op.create_index(
        "uq_case_exclusions_active",
        "case_exclusions",
        ["organisation_id", "case_id", sa.text("coalesce(officer, '')")],
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    )


def downgrade() -> None:
    op.drop_table("case_exclusions")
    op.drop_table("contact_texts")
    op.drop_table("contact_targets")
    op.drop_table("contact_requests")
    op.drop_table("search_counts")
    op.execute("delete from case_lookups where kind = 'name_date'")
    op.drop_constraint("ck_case_lookups_kind", "case_lookups")
    op.create_check_constraint(
        op.f("ck_case_lookups_kind"), "case_lookups", "kind in ('document', 'name_year', 'name_set_year')"
    )
