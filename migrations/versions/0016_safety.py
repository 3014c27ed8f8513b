"""Creates: placements, placement_extensions, incidents, incident_texts, protections."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "placements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("custodian_id", sa.Uuid(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'ended') = (ended_on is not null)", name=op.f("ck_placements_end")),
        sa.CheckConstraint("status in ('active', 'ended')", name=op.f("ck_placements_status")),
        sa.CheckConstraint("ended_on >= started_on and until >= started_on", name=op.f("ck_placements_period")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_placements_case_id")),
        sa.ForeignKeyConstraint(["custodian_id"], ["organisations.id"], name=op.f("fk_placements_custodian_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["organisations.id"], name=op.f("fk_placements_facility_id")),
        sa.ForeignKeyConstraint(["placed_by"], ["organisations.id"], name=op.f("fk_placements_placed_by")),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_placements_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
    )
    op.create_index("ix_placements_case_id", "placements", ["case_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_placements_facility_id",
        "placements",
        ["facility_id", sa.literal_column("created_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_index(
        "uq_placements_active", "placements", ["case_id"], unique=True, postgresql_where=sa.text("status = 'active'")
    )
    op.create_table(
        "placement_extensions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("extended_by", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["extended_by"], ["organisations.id"], name=op.f("fk_placement_extensions_extended_by")
        ),
        sa.ForeignKeyConstraint(["placement_id"], ["placements.id"], name=op.f("fk_placement_extensions_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_extensions")),
    )
    op.create_index(
        "ix_placement_extensions_placement_id",
        "placement_extensions",
        ["placement_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=False),
        sa.Column("custodian_id", sa.Uuid(), nullable=False),
        sa.Column("police_id", sa.Uuid(), nullable=True),
        sa.Column("exclusion", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("custodian_acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("police_acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), server_default="reported", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('reported', 'acknowledged', 'resolved')", name=op.f("ck_incidents_status")),
        sa.CheckConstraint("(police_id is null) = (exclusion is not null)", name=op.f("ck_incidents_police")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_incidents_case_id")),
        sa.ForeignKeyConstraint(["custodian_id"], ["organisations.id"], name=op.f("fk_incidents_custodian_id")),
        sa.ForeignKeyConstraint(["police_id"], ["organisations.id"], name=op.f("fk_incidents_police_id")),
        sa.ForeignKeyConstraint(["reported_by"], ["organisations.id"], name=op.f("fk_incidents_reported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("reference", name=op.f("uq_incidents_reference")),
    )
    op.create_index("ix_incidents_case_id", "incidents", ["case_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_incidents_custodian_id",
        "incidents",
        ["custodian_id", sa.literal_column("created_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_index(
        "ix_incidents_police_id",
        "incidents",
        ["police_id", sa.literal_column("created_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_index(
        "ix_incidents_reported_by",
        "incidents",
        ["reported_by", sa.literal_column("created_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_table(
        "incident_texts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind in ('exclusion', 'resolution')", name=op.f("ck_incident_texts_kind")),
        sa.ForeignKeyConstraint(["author_id"], ["organisations.id"], name=op.f("fk_incident_texts_author_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_incident_texts_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_texts")),
    )
    op.create_index(
        "ix_incident_texts_incident_id", "incident_texts", ["incident_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "protections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), nullable=False),
        sa.Column("custodian_id", sa.Uuid(), nullable=False),
        sa.Column("measures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("orders_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'declined') = (starts_on is null)", name=op.f("ck_protections_start")),
        sa.CheckConstraint("(status = 'ended') = (ended_on is not null)", name=op.f("ck_protections_end")),
        sa.CheckConstraint("status in ('active', 'ended', 'declined')", name=op.f("ck_protections_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_protections_case_id")),
        sa.ForeignKeyConstraint(["custodian_id"], ["organisations.id"], name=op.f("fk_protections_custodian_id")),
        sa.ForeignKeyConstraint(["ordered_by"], ["organisations.id"], name=op.f("fk_protections_ordered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protections")),
    )
    op.create_index("ix_protections_case_id", "protections", ["case_id", "created_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_protections_case_id", table_name="protections")
    op.drop_table("protections")
    op.drop_index("ix_incident_texts_incident_id", table_name="incident_texts")
    op.drop_table("incident_texts")
    op.drop_index("ix_incidents_reported_by", table_name="incidents")
    op.drop_index("ix_incidents_police_id", table_name="incidents")
    op.drop_index("ix_incidents_custodian_id", table_name="incidents")
    op.drop_index("ix_incidents_case_id", table_name="incidents")
    op.drop_table("incidents")
    op.drop_index("ix_placement_extensions_placement_id", table_name="placement_extensions")
    op.drop_table("placement_extensions")
    op.drop_index("uq_placements_active", table_name="placements", postgresql_where=sa.text("status = 'active'"))
    op.drop_index("ix_placements_facility_id", table_name="placements")
    op.drop_index("ix_placements_case_id", table_name="placements")
    op.drop_table("placements")
