"""Adds: which sections a change of a case was made in, so that only their readers are told of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sections = sa.Column("sections", ARRAY(sa.Text()), nullable=False, server_default="{}")
    op.add_column("outbox_events", sections)


def downgrade() -> None:
    op.drop_column("outbox_events", "sections")
