"""Creates: a twin, with an id of version 8, for every organisation that has test clients; these act for it from now on.

What test clients wrote before stays with the organisation they wrote it for: nobody can tell it from the real.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

IS_TEST = "get_byte(uuid_send(organisation_id), 6) / 16 = 8"
TWINS = (
    """
insert into organisations (id, agency, functions, province_codes, country_code, treats, status, sort_key)
  select distinct overlay(o.id::text placing '8' from 15 for 1)::uuid, o.agency, o.functions, o.province_codes,
         o.country_code, o.treats, o.status, o.sort_key
  from organisations o join clients c on c.organisation_id = o.id where c.mode = 'test'
  on conflict do nothing
""",
    """
insert into organisation_names (organisation_id, valid_from, valid_to, name_vi, name_en)
  select distinct overlay(o.organisation_id::text placing '8' from 15 for 1)::uuid, o.valid_from, o.valid_to, o.name_vi,
         o.name_en
  from organisation_names o join clients c on c.organisation_id = o.organisation_id where c.mode = 'test'
  on conflict do nothing
""",
    """
insert into services (id, organisation_id, service, province_codes, places_total, places_free)
  select gen_random_uuid(), overlay(o.organisation_id::text placing '8' from 15 for 1)::uuid, o.service,
         o.province_codes, o.places_total, o.places_total
  from services o where o.status = 'active' and get_byte(uuid_send(o.organisation_id), 6) / 16 <> 8
    and exists (select 1 from clients c where c.organisation_id = o.organisation_id and c.mode = 'test')
""",
    """
update clients set organisation_id = overlay(organisation_id::text placing '8' from 15 for 1)::uuid where mode = 'test'
""",
)


def upgrade() -> None:
    for statement in TWINS:
        op.execute(statement)
    op.create_check_constraint(op.f("ck_clients_side"), "clients", f"(mode = 'test') = ({IS_TEST})")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_clients_side"), "clients")
