"""Minutes of a hand-over by both sides."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handovers", sa.Column("minutes_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("handovers", sa.Column("confirmation_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("handovers", "confirmation_sealed")
    op.drop_column("handovers", "minutes_sealed")
