"""Which clients must prove possession of their key with every call; creates: proof_uses."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Clients registered until now hold bearer tokens and go on with them; whoever comes later must prove its key.
    op.add_column("clients", sa.Column("dpop_required", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.alter_column("clients", "dpop_required", server_default=sa.text("true"))
    op.create_table(
        "proof_uses",
        sa.Column("thumbprint", sa.Text(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("thumbprint", "jti", name=op.f("pk_proof_uses")),
    )
    op.create_index(op.f("ix_proof_uses_expires_at"), "proof_uses", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_proof_uses_expires_at"), table_name="proof_uses")
    op.drop_table("proof_uses")
    op.drop_column("clients", "dpop_required")
