"""Creates: a twin, with an id of version 8, for every organisation that has test clients; these act for it from now on.

What test clients wrote before stays with the organisation they wrote it for: nobody can tell it from the real.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

IS_TEST = "get_byte(uuid_send(organisation_id), 6) / 16 = 8"
TWINS = """
create temporary table twins on commit drop as
  select distinct organisation_id as life, overlay(organisation_id::text placing '8' from 15 for 1)::uuid as id
  from clients where mode = 'test' and get_byte(uuid_send(organisation_id), 6) / 16 <> 8;
insert into organisations (id, agency, functions, province_codes, country_code, treats, status, sort_key)
  select t.id, agency, functions, province_codes, country_code, treats, status, sort_key
  from twins t join organisations o on o.id = t.life on conflict do nothing;
insert into organisation_names (organisation_id, valid_from, valid_to, name_vi, name_en)
  select t.id, valid_from, valid_to, name_vi, name_en
  from twins t join organisation_names n on n.organisation_id = t.life on conflict do nothing;
insert into services (id, organisation_id, service, province_codes, places_total, places_free)
  select gen_random_uuid(), t.id, service, province_codes, places_total, places_total
  from twins t join services s on s.organisation_id = t.life where s.status = 'active';
update clients set organisation_id = t.id from twins t where mode = 'test' and organisation_id = t.life;
drop table twins
"""


def upgrade() -> None:
    for statement in TWINS.split(";"):
        op.execute(statement)
    op.create_check_constraint(op.f("ck_clients_side"), "clients", f"(mode = 'test') = ({IS_TEST})")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_clients_side"), "clients")
