-- A country's worth of rows, set-wise: :rows cases, two referrals and 2.5 grants each, 200 organisations of very unequal size.
-- Run by the superuser; triggers and foreign keys are off, so what triggers would derive is written here.
-- Organisation 1 is the border post of W1, 2 the large custodian of R1, 3 the busy receiver of R2 and W2.
-- Referrals :rows + 1 to 2 * :rows all wait at organisation 3: the pool of W2. Ciphertexts are noise of a usual length.
set session_replication_role = replica;

-- Indexes that guard nothing are made anew once the rows are there, sorted and at once. (No line but the last of a
-- statement may end with a semicolon: that is where this file is split.)
create temporary table index_later as
select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
from pg_index i join pg_class t on t.oid = i.indrelid
where t.relnamespace = 'public'::regnamespace and not i.indisunique;

do $$ declare it record; begin
  for it in table index_later loop execute 'drop index ' || it.name; end loop; -- no constraint rests on these
end $$;

-- None of them a test organisation, whose ids are of version 8; those that are called by name are none by luck.
create function pg_temp.org(k int) returns uuid language sql immutable as $$
  select overlay(md5('organisation' || k) placing translate(substr(md5('organisation' || k), 13, 1), '8', '4') from 13)::uuid $$;

create function pg_temp.some(n int) returns int language sql immutable
  as $$ select 4 + floor(197 * power((n::bigint * 7919 % 1000) / 1000.0, 2))::int $$;

create function pg_temp.custodian(n int) returns int language sql immutable
  as $$ select case when n % 5 = 0 then 2 when n % 10 = 1 then 1 else pg_temp.some(n) end $$;

create function pg_temp.opened(n int) returns timestamptz language sql stable
  as $$ select now() - (:rows - n) * interval '20 seconds' $$;

create function pg_temp.noise(n int, bytes int) returns bytea language sql immutable
  as $$ select decode(repeat(md5(n::text), bytes / 16), 'hex') $$;

insert into organisations (id, agency, functions, province_codes, treats, sort_key)
select pg_temp.org(k), case when k = 1 then 'border_guard' when k = 2 then 'labour' when k = 3 then 'ngo'
    else (array['police', 'labour', 'commune', 'provider', 'ngo'])[1 + k % 5] end,
  '{}', array['15'], false, lpad(k::text, 3, '0')
from generate_series(1, 200) k;

insert into organisation_names (organisation_id, valid_from, name_vi, name_en)
select pg_temp.org(k), '2025-07-01', 'Cơ quan ' || k, 'Organisation ' || k from generate_series(1, 200) k;

insert into data_keys (id, wrapped, kek_id, created_by)
select md5('key' || n)::uuid, pg_temp.noise(n, 64), 'seeded', pg_temp.org(pg_temp.custodian(n))
from generate_series(1, :rows) n;

insert into cases (id, reference, key_id, custodian_id, custodian_sections, province_code, channel, created_at, updated_at)
select md5('case' || n)::uuid, 'C' || n, md5('key' || n)::uuid, pg_temp.org(pg_temp.custodian(n)),
  '{identity,papers,contact,family,handling,needs,exploitation}', '15', 'self_return_border', pg_temp.opened(n),
  pg_temp.opened(n)
from generate_series(1, :rows) n;

insert into case_sections (case_id, section, codes, sealed, updated_by)
select md5('case' || n)::uuid, s.name, s.codes, case when s.codes = '{}' then pg_temp.noise(n, 320) end,
  pg_temp.org(pg_temp.custodian(n))
from generate_series(1, :rows) n, (values ('identity', '{}'::jsonb), ('needs', '{"services": ["shelter"]}'),
  ('handling', '{"flags": ["ask_before_family"]}')) s (name, codes);

insert into case_lookups (case_id, kind, digest)
select md5('case' || n)::uuid, kind, sha256((kind || n)::bytea)
from generate_series(1, :rows) n, unnest(array['name_year', 'name_set_year']) kind;

insert into intakes (organisation_id, id, reference, digest, key_id, case_id, schema_version, channel, record_mode,
  received_at, province_code, created_at, updated_at)
select pg_temp.org(pg_temp.custodian(n)), md5('intake' || n)::uuid, 'I' || n, md5('digest' || n), md5('key' || n)::uuid,
  md5('case' || n)::uuid, '1.0', 'self_return_border', 'full', pg_temp.opened(n), '15', pg_temp.opened(n), pg_temp.opened(n)
from generate_series(1, :rows) n;

insert into intake_persons (organisation_id, intake_id, position, case_id, case_reference)
select pg_temp.org(pg_temp.custodian(n)), md5('intake' || n)::uuid, 0, md5('case' || n)::uuid, 'C' || n
from generate_series(1, :rows) n;

insert into intake_contents (organisation_id, intake_id, position, case_id, key_id, sealed)
select pg_temp.org(pg_temp.custodian(n)), md5('intake' || n)::uuid, 0, md5('case' || n)::uuid, md5('key' || n)::uuid,
  pg_temp.noise(n, 1536)
from generate_series(1, :rows) n;

insert into referrals (id, reference, case_id, sender_id, originator_id, receiver_id, custodian_id, service, urgency,
  sections, status, created_at, updated_at)
select md5('referral' || m)::uuid, 'R' || m, md5('case' || r.n)::uuid, r.giver, r.giver, r.taker, r.giver,
  case when m > :rows then 'psychological' else 'shelter' end, 'normal', '{identity,needs}',
  case when m > :rows then 'sent' else (array['sent', 'sent', 'sent', 'acknowledged', 'accepted', 'accepted',
    'in_service', 'completed', 'completed', 'completed'])[1 + m % 10] end, pg_temp.opened(r.n), pg_temp.opened(r.n)
from generate_series(1, 2 * :rows) m, lateral (select 1 + (m - 1) % :rows as n,
    pg_temp.org(pg_temp.custodian(1 + (m - 1) % :rows)) as giver,
    case when m > :rows or pg_temp.some(m * 31 + 7) = pg_temp.custodian(m) then pg_temp.org(3)
         else pg_temp.org(pg_temp.some(m * 31 + 7)) end as taker) r;

insert into referral_previews (referral_id, preview)
select id, '{"service": "shelter", "urgency": "normal", "province_code": "15", "sex": "female", "age_band": "18_29",
  "may_be_child": false, "interpreter_needed": false, "handling": ["ask_before_family"], "declines": []}' from referrals;

insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, lawful_basis,
  carrier_live, case_created_at)
select gen_random_uuid(), case_id, receiver_id, sender_id, 'referral', id, sections, 'vital_interest',
  status in ('accepted', 'in_service'), created_at from referrals;

insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, lawful_basis,
  carrier_live, case_created_at)
select gen_random_uuid(), c.id, v.verifier, c.custodian_id, 'verification', gen_random_uuid(),
  '{identity,papers,handling}', 'verification', n % 4 = 0, c.created_at
from generate_series(2, :rows, 2) n, lateral (select * from cases where id = md5('case' || n)::uuid) c,
  lateral (select case when pg_temp.org(pg_temp.some(n * 17 + 3)) = c.custodian_id then pg_temp.org(3)
                       else pg_temp.org(pg_temp.some(n * 17 + 3)) end as verifier) v;

insert into audit_entries (id, at, request_id, client_id, organisation_id, agency, officer, event, subject_type,
  subject_id, case_id, parties, sections, facts)
select gen_random_uuid(), c.created_at, gen_random_uuid(), 'seeded', c.custodian_id, 'border_guard', 'officer.seeded',
  e.name, split_part(e.name, '.', 1), c.id, c.id, '{}', '{}', '{}'
from cases c, unnest(array['intake.submitted', 'case.opened', 'referral.sent']) e (name);

insert into outbox_events (id, at, type, subject_type, subject_id, case_id, organisation_id)
select gen_random_uuid(), at, event, subject_type, subject_id, case_id, organisation_id from audit_entries
where client_id = 'seeded';

set maintenance_work_mem = '256MB';

do $$ declare it record; begin
  for it in table index_later loop execute it.definition; end loop; -- as they were
end $$;

reset maintenance_work_mem;

reset session_replication_role;
