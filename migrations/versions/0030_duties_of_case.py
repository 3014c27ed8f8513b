"""Replaces the index of a case's running clocks by one of all its clocks: whether a case has had any is asked with every
intake, and read all clocks there are.

On a large database make it first, while the service runs:
`create index concurrently ix_duties_of_case on duties (case_id)`. One that was broken off is there and serves nobody, so
it is made anew here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


_DROP_BROKEN = """
do $$
begin
  if exists (select 1 from pg_index where indexrelid = to_regclass('public.ix_duties_of_case') and not indisvalid) then
    drop index public.ix_duties_of_case;
  end if;
end $$
"""


def upgrade() -> None:
    op.execute(_DROP_BROKEN)
    op.create_index("ix_duties_of_case", "duties", ["case_id"], unique=False, if_not_exists=True)
    op.drop_index("ix_duties_case_id", table_name="duties")


def downgrade() -> None:
    op.create_index(
        "ix_duties_case_id", "duties", ["case_id"], unique=False, postgresql_where=sa.text("status = 'running'")
    )
    op.drop_index("ix_duties_of_case", table_name="duties")
