-- The whole access model: who may see and write which row. Re-applied as one transaction after every upgrade.
--
-- Read it in this order: who is calling · which sections a caller reads and writes · what may be given to whom ·
-- what a move changes on rows the mover may not write · one policy block a table · what the API's role is granted.
--
-- Traps kept in mind: current_setting() is '' (not null) after a SET LOCAL ended · bare caller_org() costs 4-7 times more
-- in scans than (select …) · a plain `a = me or b = me` drops the ordered index, coalesce() keeps it · FOR UPDATE obeys
-- the UPDATE policy's USING, so USING means "visible" and WITH CHECK "may write" · foreign keys, unique constraints and
-- ON CONFLICT look past every policy, so checks name visibility and uniqueness is scoped to the organisation.
-- Functions here are SECURITY DEFINER only where stated; their owner, referral_owner, has BYPASSRLS and cannot log in.

drop schema if exists access cascade;
create schema access;
revoke all on schema access from public;
grant usage on schema access to app_api;

do $$
declare p record;
begin
  for p in select tablename, policyname from pg_policies where schemaname = 'public' loop
    execute format('drop policy %I on public.%I', p.policyname, p.tablename);
  end loop;
end $$;
revoke all on all tables in schema public from app_api;
revoke all on all sequences in schema public from app_api;

-- Who is calling -----------------------------------------------------------------------------------------------------

create function access.caller_org() returns uuid language sql stable
  as $$ select nullif(current_setting('app.organisation_id', true), '')::uuid $$;
create function access.caller_agency() returns text language sql stable
  as $$ select coalesce(current_setting('app.agency', true), '') $$;
create function access.caller_provinces() returns text[] language sql stable
  as $$ select string_to_array(coalesce(current_setting('app.provinces', true), ''), ',') $$;
create function access.caller_client() returns text language sql stable
  as $$ select coalesce(current_setting('app.client_id', true), '') $$;
create function access.caller_officer() returns text language sql stable
  as $$ select coalesce(current_setting('app.officer', true), '') $$;
create function access.today() returns date language sql stable
  as $$ select (now() at time zone 'Asia/Ho_Chi_Minh')::date $$;

-- Rehearsal and life. A test client acts for a test organisation, whose id is a UUID of version 8 (RFC 9562 §5.8) where all
-- others have another: so every row that names an organisation says by that alone on which side it is, without a look-up,
-- and no setting can contradict it. The policies and triggers at the end ask this of every such column; the functions
-- that show something to a whole kind of body, and not to the one that is named, ask it here.
create function access.is_test(organisation uuid) returns boolean language sql immutable
  as $$ select get_byte(uuid_send(organisation), 6) / 16 = 8 $$;
create function access.caller_tests() returns boolean language sql stable
  as $$ select coalesce(access.is_test(access.caller_org()), false) $$;
create function access.beside_caller(organisation uuid) returns boolean language sql stable
  as $$ select coalesce(access.is_test(organisation) = (select access.caller_tests()), false) $$;
create function access.one_side(organisations uuid[]) returns boolean language sql immutable
  as $$ select count(distinct access.is_test(o)) < 2 from unnest(organisations) o $$;
create function access.refuse_two_sides() returns trigger language plpgsql as $$
begin
  raise check_violation using message = 'no row names organisations of rehearsal and of life';
end $$;

-- A grant ends with the consent's last day in Viet Nam, or to the second where it was given for minutes. Judged when
-- reading, since no write happens at midnight.
create function access.in_time(last_day date, until timestamptz) returns boolean language sql stable
  as $$ select (last_day is null or last_day >= access.today()) and (until is null or until > now()) $$;

-- An organisation, or one officer of it, that must not see the case, whatever else it holds (exclusions). The officer is
-- what its organisation says: no wall against one that lies. Asked of one case by the functions below, and of all at once
-- by the restrictive policies at the end, which need an answer of their own: nobody excluded may read who is.
create function access.caller_barred(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from case_exclusions where case_id = wanted and organisation_id = access.caller_org()
                 and status = 'active' and (officer is null or officer = access.caller_officer()));
end $$;

create function access.barred_cases() returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return array(select case_id from case_exclusions where organisation_id = access.caller_org()
               and status = 'active' and (officer is null or officer = access.caller_officer()));
end $$;

create function access.excludes(of_case uuid, body uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from case_exclusions where case_id = of_case and organisation_id = body
                 and status = 'active' and officer is null);
end $$;

-- Which sections: the table of the contract, "Sections: who reads what" ----------------------------------------------

create function access.first_receiver_sections() returns text[] language sql immutable
  as $$ select '{identity,papers,contact,family,handling,needs,exploitation,statement}'::text[] $$;

create function access.later_custodian_sections(agency text, treats boolean) returns text[] language sql immutable
  as $$ select '{identity,papers,contact,family,handling,needs,exploitation,refuge}'::text[]
          || case when treats and agency not in ('labour', 'commune') then '{health}'::text[] else '{}' end $$;

create function access.handover_sections() returns text[] language sql immutable
  as $$ select '{identity,papers,handling}'::text[] $$;

create function access.verifier_sections(kind text) returns text[] language sql immutable
  as $$ select case kind when 'victim' then '{identity,papers,family,handling,exploitation,statement,contact}'::text[]
                         else '{identity,papers,handling}'::text[] end $$;

-- What a look to save a life needs: whom one seeks, how to treat and reach them, what they need at once. `contact` goes where
-- the address is hidden (below). Not what happened, nor papers or relatives: nobody is saved by those. Never `health`, which
-- is for who treats; nor the compartment.
create function access.break_glass_sections() returns text[] language sql immutable
  as $$ select '{identity,handling,needs,contact}'::text[] $$;

-- A grant counts while carrier and consent live and until the consent's last day is over in Viet Nam. Break-glass shows its
-- sections and is no part in the case: who broke the glass neither acts in it nor learns what happens there.
create function access.caller_takes_part_in(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return (exists (select 1 from cases where id = wanted and custodian_id = access.caller_org())
      or exists (select 1 from case_parties p where p.case_id = wanted and p.organisation_id = access.caller_org()
                 and p.carrier <> 'break_glass' and p.live and access.in_time(p.expires_on, p.expires_at)))
    and not access.caller_barred(wanted);
end $$;

-- A proposed receiver looks, to find and treat the person; it acts once custody is its own.
create function access.caller_acts_in(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return (exists (select 1 from cases where id = wanted and custodian_id = access.caller_org())
      or exists (select 1 from case_parties p where p.case_id = wanted and p.organisation_id = access.caller_org()
                 and p.carrier not in ('handover', 'break_glass') and p.live
                 and access.in_time(p.expires_on, p.expires_at)))
    and not access.caller_barred(wanted);
end $$;

create function access.caller_has_custody(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from cases where id = wanted and custodian_id = access.caller_org())
    and not access.caller_barred(wanted);
end $$;

-- Empty for everybody without a live part in the case, and for the excluded. A hidden address takes `contact` from
-- verifiers and from who broke the glass, at once.
create function access.caller_sections(wanted uuid) returns text[]
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return coalesce((
    select array_agg(distinct s) from (
      select unnest(c.custodian_sections) s from cases c where c.id = wanted and c.custodian_id = access.caller_org()
      union all
      select s from case_parties p, unnest(p.sections) s
      where p.case_id = wanted and p.organisation_id = access.caller_org() and p.live
        and access.in_time(p.expires_on, p.expires_at)
        and not (s = 'contact' and p.carrier in ('verification', 'break_glass') and exists (
          select 1 from case_sections h where h.case_id = wanted and h.section = 'handling'
            and h.codes -> 'flags' ? 'hidden_address'))
    ) readable
    -- As caller_barred, spelled out: a list asks this of every row, and a call within the call is what would cost.
    where not exists (select 1 from case_exclusions where case_id = wanted and organisation_id = access.caller_org()
                      and status = 'active' and (officer is null or officer = access.caller_officer()))), '{}');
end $$;

create function access.caller_treats() returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return coalesce((select treats from organisations where id = access.caller_org()), false);
end $$;

-- The custodian writes what it reads; a verifier appends to investigation and statement (or, for identity, mends papers,
-- as a gate does); a receiver mends needs.
create function access.caller_may_write(wanted uuid, section text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  -- As caller_barred, spelled out: a record asks this seven times.
  return not exists (select 1 from case_exclusions where case_id = wanted and organisation_id = access.caller_org()
                     and status = 'active' and (officer is null or officer = access.caller_officer()))
    and (exists (select 1 from cases c where c.id = wanted and c.custodian_id = access.caller_org()
                 and (section = any (c.custodian_sections) or (section = 'investigation'
                      and access.caller_agency() in ('police', 'border_guard'))))
      or exists (
        select 1 from case_parties p
        where p.case_id = wanted and p.organisation_id = access.caller_org() and p.live
          and access.in_time(p.expires_on, p.expires_at)
          and case p.carrier
                when 'verification' then section = any (case
                  when 'statement' = any (p.sections) then '{investigation,statement}' else '{papers}' end::text[])
                when 'referral' then (section = 'needs' and 'needs' = any (p.sections))
                  or (section = 'health' and access.caller_treats())
                when 'return' then section = 'papers'
                else false end));
end $$;

-- A wrapped key opens nothing by itself; this keeps even that from strangers. Former parties keep it, because their own
-- records (texts on a referral, own entries, supplements) are sealed under it; so are the words of a notice, and question
-- and answer of an assistance, whose assistant is never a party.
create function access.caller_may_unwrap(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from data_keys where id = wanted and created_by = access.caller_org())
      or exists (select 1 from cases c where c.key_id = wanted and (c.custodian_id = access.caller_org()
           or exists (select 1 from case_parties p where p.case_id = c.id and p.organisation_id = access.caller_org()
                      -- Who broke the glass leaves no record of its own under the key, so keeps nothing of it.
                      and (p.carrier <> 'break_glass' or (p.live and access.in_time(p.expires_on, p.expires_at))))
           or exists (select 1 from notices n where n.case_id = c.id
                      and access.caller_org() in (n.sender_id, n.recipient_id))
           or exists (select 1 from assistances a where a.case_id = c.id and a.assistant_id = access.caller_org())
           or exists (select 1 from applications a where a.case_id = c.id and a.decider_id = access.caller_org())))
      or exists (select 1 from returns r where r.key_id = wanted and access.caller_org() in (r.announcer_id, r.gate_id))
      or exists (select 1 from return_persons p join returns r on r.id = p.return_id
                 where p.key_id = wanted and access.caller_org() in (r.announcer_id, r.gate_id))
      or (access.caller_agency() = 'oversight' and exists (
            select 1 from break_glass b where b.key_id = wanted and access.beside_caller(b.organisation_id)));
end $$;

-- One person, one key: who was announced under a key of their own has the case opened at the gate under that key too.
create function access.caller_opens_under(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from data_keys where id = wanted and created_by = access.caller_org())
      or exists (select 1 from return_persons p join returns r on r.id = p.return_id
                 where p.key_id = wanted and p.expected and r.gate_id = access.caller_org());
end $$;

create function access.case_key(wanted uuid) returns table (id uuid, wrapped bytea, kek_id text)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select k.id, k.wrapped, k.kek_id from cases c join data_keys k on k.id = c.key_id
  where c.id = wanted and access.caller_may_unwrap(k.id) and not access.caller_barred(wanted)
$$;

-- A provider or NGO reads the plan of a service that it now delivers.
create function access.caller_serves(wanted uuid, services text[]) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return access.caller_agency() in ('provider', 'ngo') and not access.caller_barred(wanted) and exists (
    select 1 from case_parties p join referrals r on r.id = p.carrier_id
    where p.case_id = wanted and p.organisation_id = access.caller_org() and p.carrier = 'referral' and p.live
      and access.in_time(p.expires_on, p.expires_at) and r.service = any (services));
end $$;

-- What a disclosure rests on covers it: the person's consent, or an override that two officers of the custodian decided,
-- names this receiver, this purpose and these sections, and is not over. Any other lawful basis is judged by who sends.
create function access.basis_covers(g public.case_parties, service text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return case
    when g.consent_id is not null then g.lawful_basis is null and exists (
      select 1 from consents c where c.id = g.consent_id and c.case_id = g.case_id and c.status = 'given'
        and c.recipient_id = g.organisation_id and c.purpose in (service, 'care_coordination')
        and g.sections <@ (c.sections || 'handling'::text) and access.in_time(c.expires_on, null))
    when g.lawful_basis = 'override' then access.caller_has_custody(g.case_id) and exists (
      select 1 from overrides o where o.id = g.override_id and o.case_id = g.case_id and o.status = 'approved'
        and o.requested_by = g.given_by and o.recipient_id = g.organisation_id
        and o.purpose in (service, 'care_coordination') and g.sections <@ (o.sections || 'handling'::text)
        and access.in_time(o.expires_on, null))
    else g.lawful_basis is not null end;
end $$;

-- What may be given: every grant names a carrier that its giver really holds, a receiver that carrier really names, and
-- sections its giver reads (or, for hand-over, verification and return, those the contract fixes). Nothing is given to
-- oneself, nor to or by a body that must not see the case.
create function access.caller_may_give(g public.case_parties) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if g.given_by is distinct from access.caller_org() or g.organisation_id = g.given_by
      or access.excludes(g.case_id, g.organisation_id) or access.caller_barred(g.case_id) then
    return false;
  end if;
  if g.carrier = 'handover' then
    return g.lawful_basis = 'custody' and g.sections <@ access.handover_sections()
      and access.caller_has_custody(g.case_id) and exists (
      select 1 from handovers h join handover_cases hc on hc.handover_id = h.id
      where h.id = g.carrier_id and hc.case_id = g.case_id and h.giver_id = g.given_by
        and h.receiver_id = g.organisation_id and h.status = 'proposed');
  elsif g.carrier = 'verification' then
    return g.lawful_basis = 'verification' and exists (
      select 1 from verifications v where v.id = g.carrier_id and v.case_id = g.case_id and v.requester_id = g.given_by
        and v.verifier_id = g.organisation_id and g.sections <@ access.verifier_sections(v.kind));
  elsif g.carrier = 'return' then
    return g.lawful_basis = 'custody' and g.sections <@ access.handover_sections()
      and access.caller_has_custody(g.case_id) and exists (
      select 1 from return_persons p join returns r on r.id = p.return_id
      where p.id = g.carrier_id and p.case_id = g.case_id and p.expected and r.announcer_id = g.given_by
        and r.gate_id = g.organisation_id);
  end if;
  return exists (
      select 1 from referrals r where r.id = g.carrier_id and r.case_id = g.case_id
        and g.given_by in (r.sender_id, r.custodian_id) and r.receiver_id = g.organisation_id
        and g.sections <@ (r.sections || 'handling'::text) and access.basis_covers(g, r.service))
    and g.sections <@ (access.caller_sections(g.case_id) || 'handling'::text || case when g.consent_id is not null and
      (select treats from organisations where id = g.organisation_id) then '{health}'::text[] else '{}' end);
end $$;

-- What a move changes on rows the mover may not write ----------------------------------------------------------------
-- Locks are always taken in the order return → carrier (hand-over, referral, verification) → case → duty → party.

create function access.case_before_insert() returns trigger language plpgsql as $$
begin
  new.custodian_sections := access.first_receiver_sections();
  return new;
end $$;

create function access.case_before_status() returns trigger language plpgsql as $$
begin
  if new.status = 'closed' then
    new.support_before_closure := old.support;
    new.support := case old.support when 'none' then 'none' else 'ended' end;
  else
    new.support := coalesce(old.support_before_closure, old.support);
  end if;
  return new;
end $$;

-- The author of an intake sees the coarse status and no more (contract: closed, else the identification).
create function access.case_after_update() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update intakes i set updated_at = now(), version = i.version + 1, status = s.shown
  from (select case when new.status = 'closed' then 'closed'
                    when new.identification in ('unverified', 'insufficient') then 'received'
                    else new.identification end as shown) s
  where i.case_id = new.id and i.status <> s.shown;
  return null;
end $$;

create function access.party_before_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  new.case_created_at := (select created_at from cases where id = new.case_id);
  -- Locked: a withdrawal at this moment either waits, finds this grant and ends it, or came first and it is born dead.
  if new.consent_id is not null then
    select expires_on, status = 'given' into new.expires_on, new.consent_live
      from consents where id = new.consent_id for share;
  elsif new.override_id is not null then
    select expires_on, status = 'approved' into new.expires_on, new.consent_live
      from overrides where id = new.override_id for share;
  end if;
  new.carrier_live := case new.carrier
    when 'handover' then exists (select 1 from handovers where id = new.carrier_id and status = 'proposed')
    when 'verification' then exists (select 1 from verifications where id = new.carrier_id
                                     and status in ('requested', 'in_progress', 'info_requested'))
    when 'return' then exists (select 1 from return_persons where id = new.carrier_id and expected)
    when 'break_glass' then exists (select 1 from break_glass where id = new.carrier_id and status = 'active')
    else false end;
  return new;
end $$;

create function access.handover_case_before_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  new.open := exists (select 1 from handovers where id = new.handover_id and status = 'proposed');
  return new;
end $$;

-- Requests follow custody: the new custodian sends, requests and answers from now on, and may ask for a concluded
-- verification to be reconsidered. The version counts what the other side sees of it, a new sender or requester.
create function access.follow_custody(moved uuid[], giver uuid, receiver uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update referrals set custodian_id = receiver,
    version = version + (sender_id = giver and status not in ('refused', 'completed', 'withdrawn'))::int,
    sender_id = case when sender_id = giver and status not in ('refused', 'completed', 'withdrawn')
                     then receiver else sender_id end
    where case_id = any (moved) and custodian_id <> receiver;
  update verifications set custodian_id = receiver, version = version + (requester_id = giver)::int,
    requester_id = case when requester_id = giver then receiver else requester_id end
    where case_id = any (moved) and custodian_id <> receiver;
  update applications set custodian_id = receiver, version = version + 1
    where case_id = any (moved) and custodian_id <> receiver;
end $$;

-- Custody moves here and nowhere else.
create function access.handover_after_status() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare moved uuid[] := array(select case_id from handover_cases where handover_id = new.id order by case_id);
begin
  if old.status <> 'proposed' or (new.status in ('received', 'refused')
                                  and new.receiver_id is distinct from access.caller_org()) then
    raise insufficient_privilege using message = 'custody moves by its receiver''s word only';
  end if;
  if new.status = 'received' and exists (select 1 from unnest(moved) m where access.excludes(m, new.receiver_id)) then
    raise insufficient_privilege using message = 'nobody hands a case to a body that must not see it';
  end if;
  update handover_cases set open = false where handover_id = new.id;
  if new.status = 'received' and new.receiver_id is not null then
    perform access.follow_custody(moved, new.giver_id, new.receiver_id);
    update cases c set custodian_id = new.receiver_id, updated_at = now(), version = c.version + 1,
      custodian_sections = access.later_custodian_sections(o.agency, o.treats)
      from organisations o where o.id = new.receiver_id and c.id = any (moved);
    -- Once more for what the giver sent while we waited for the cases' locks; no more can come now.
    perform access.follow_custody(moved, new.giver_id, new.receiver_id);
    update duties set organisation_id = new.receiver_id
      where case_id = any (moved) and organisation_id = new.giver_id and status = 'running'
        and owner in ('custodian', 'sender', 'requester');
    -- What the giver announced of a person's return ends with its custody.
    update return_persons set expected = false where case_id = any (moved) and expected;
    -- The giver's own intakes look different from now on: their content is no longer its to read.
    update intakes set version = version + 1 where case_id = any (moved) and organisation_id = new.giver_id;
  end if;
  update case_parties set carrier_live = false where carrier = 'handover' and carrier_id = new.id;
  return null;
end $$;

create function access.carrier_before_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  new.custodian_id := (select custodian_id from cases where id = new.case_id);
  return new;
end $$;

create function access.verification_after_change() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare open boolean := new.status in ('requested', 'in_progress', 'info_requested');
begin
  if new.kind = 'victim' then
    update cases c set updated_at = now(), version = c.version + 1, identification = n.identification,
      regime = coalesce(case when new.status = 'concluded' then new.regime end, c.regime),
      determined_on = case when new.status = 'concluded' then new.determined_on else c.determined_on end
    from (select case
        when new.status = 'concluded' then case new.result when 'victim' then 'confirmed' else new.result end
        when open and (tg_op = 'INSERT' or old.status <> 'concluded') then
          case when c0.identification in ('unverified', 'insufficient') then 'verifying' else c0.identification end
        when not open and c0.identification = 'verifying' and not exists (
          select 1 from verifications o where o.case_id = new.case_id and o.kind = 'victim' and o.id <> new.id
            and o.status in ('requested', 'in_progress', 'info_requested')) then 'unverified'
        else c0.identification end as identification
      from cases c0 where c0.id = new.case_id) n
    where c.id = new.case_id and c.identification <> n.identification;
  end if;
  if new.status = 'concluded' and new.kind = 'victim' and new.result = 'not_victim' then
    update certificates set status = 'revoked', reason = 'finding_reversed', version = version + 1, updated_at = now()
      where case_id = new.case_id and kind = 'victim' and status = 'issued';
  end if;
  update case_parties set carrier_live = open
    where carrier = 'verification' and carrier_id = new.id and carrier_live <> open;
  return null;
end $$;

-- A confirmed claimant becomes the receiver, a declined one was taken out; either way by the custodian's word.
create function access.referral_before_update() returns trigger language plpgsql as $$
begin
  if old.status = 'claimed' and new.status = 'sent' and old.custodian_id is distinct from access.caller_org() then
    raise insufficient_privilege using message = 'a claim is confirmed or declined by the custodian''s word only';
  end if;
  if old.status = 'claimed' and new.status = 'sent' and new.claimant_id is not null then
    new.receiver_id := new.claimant_id;
  end if;
  return new;
end $$;

-- What has ended stays ended, whoever speaks to the database: a former party cannot revive its own access. Only its
-- requester has a concluded verification reconsidered.
create function access.ended_stays_ended() returns trigger language plpgsql as $$
begin
  if old.status = any (tg_argv) and not (tg_table_name = 'verifications' and old.status = 'concluded'
      and new.status = 'in_progress' and to_jsonb(old) ->> 'requester_id' = access.caller_org()::text) then
    raise insufficient_privilege using message = 'an ended record is not moved again';
  end if;
  return new;
end $$;

create function access.referral_after_status() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare open boolean := new.status in ('accepted', 'in_service');
begin
  if new.status = 'in_service' then
    perform access.raise_support(new.case_id, 'in_support');
  end if;
  update case_parties set carrier_live = open
    where carrier = 'referral' and carrier_id = new.id and carrier_live <> open;
  return null;
end $$;

create function access.consent_after_status() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update case_parties set consent_live = (new.status = 'given') where consent_id = new.id;
  return null;
end $$;

-- Support only rises: none → in_support → reintegrating.
create function access.raise_support(wanted uuid, level text) returns void
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update cases set support = level, updated_at = now(), version = version + 1
  where id = wanted and status = 'open'
    and array_position('{none,in_support,reintegrating}', support) < array_position('{none,in_support,reintegrating}', level);
end $$;

create function access.support_after_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform access.raise_support(new.case_id, tg_argv[0]);
  return null;
end $$;

create trigger first_receiver before insert on cases for each row execute function access.case_before_insert();
create trigger support_at_closure before update of status on cases for each row
  when (old.status is distinct from new.status) execute function access.case_before_status();
create trigger tell_intakes after update of status, identification on cases for each row
  when (old.status <> new.status or old.identification <> new.identification) execute function access.case_after_update();
create trigger liveness before insert on case_parties for each row execute function access.party_before_insert();
create trigger openness before insert on handover_cases for each row execute function access.handover_case_before_insert();
create trigger custody after update of status on handovers for each row
  when (old.status is distinct from new.status) execute function access.handover_after_status();
create trigger custodian before insert on verifications for each row execute function access.carrier_before_insert();
create trigger custodian before insert on referrals for each row execute function access.carrier_before_insert();
create trigger identification after insert or update of status on verifications for each row
  execute function access.verification_after_change();
create trigger ended before update of status on referrals for each row
  execute function access.ended_stays_ended('refused', 'completed', 'withdrawn');
create trigger ended before update of status on verifications for each row
  execute function access.ended_stays_ended('concluded', 'refused', 'withdrawn', 'forwarded');
create trigger ended before update of status on consents for each row
  execute function access.ended_stays_ended('revoked', 'expired');
create trigger claimant before update of status on referrals for each row execute function access.referral_before_update();
create trigger liveness after update of status on referrals for each row
  when (old.status is distinct from new.status) execute function access.referral_after_status();
create trigger withdrawal after update of status on consents for each row
  when (old.status is distinct from new.status) execute function access.consent_after_status();
create trigger support after insert on support_items for each row execute function access.support_after_insert('in_support');
create trigger support after insert on plans for each row execute function access.support_after_insert('reintegrating');

-- Reads that show less than a row, and the one write made on another's behalf -----------------------------------------

-- State and dates only: for both parties, the custodian, whoever sent it first, and a supervisor of either side.
create function access.referral_status(wanted uuid)
  returns table (id uuid, reference text, status text, version int, created_at timestamptz, acknowledged_at timestamptz,
                 accepted_at timestamptz, started_at timestamptz, ended_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select r.id, r.reference, r.status, r.version, r.created_at, r.acknowledged_at, r.accepted_at, r.started_at, r.ended_at
  from referrals r
  where r.id = wanted and access.caller_org() is not null and not access.caller_barred(r.case_id) and (
    access.caller_org() in (r.sender_id, r.receiver_id, r.claimant_id, r.custodian_id, r.originator_id)
    or exists (select 1 from organisations o where o.id in (r.sender_id, r.receiver_id)
               and o.supervised_by = access.caller_org()))
$$;

create function access.verification_status(wanted uuid)
  returns table (id uuid, kind text, status text, result text, paper_issued_on date, version int,
                 created_at timestamptz, concluded_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select v.id, v.kind, v.status, v.result, v.paper_issued_on, v.version, v.created_at, v.concluded_at from verifications v
  where v.id = wanted and access.caller_org() is not null and not access.caller_barred(v.case_id) and (
    access.caller_org() in (v.requester_id, v.verifier_id, v.custodian_id, v.originator_id)
    or exists (select 1 from organisations o where o.id in (v.requester_id, v.verifier_id)
               and o.supervised_by = access.caller_org()))
$$;

-- What happened: all of it for the custodian, what one took part in for others. The officer only to the own house.
-- Of protection only who reads the compartment learns, or took part in it.
create function access.case_timeline(wanted uuid, from_at timestamptz, from_id uuid, most int,
    backwards boolean default false)
  returns table (id uuid, at timestamptz, event text, subject_type text, subject_id uuid, organisation_id uuid,
                 agency text, officer text, facts jsonb)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select a.id, a.at, a.event, a.subject_type, a.subject_id, a.organisation_id, a.agency,
         case when a.organisation_id = access.caller_org() then a.officer end, a.facts
  from audit_entries a
  where a.case_id = wanted and access.caller_takes_part_in(wanted)
    and a.event not like '%.read' and a.event not in ('case.searched', 'request.refused')
    and case when backwards then (a.at, a.id) < (from_at, from_id) else (a.at, a.id) > (from_at, from_id) end
    and (access.caller_has_custody(wanted) or a.organisation_id = access.caller_org()
         or access.caller_org() = any (a.parties))
    and (a.subject_type <> 'protection' or access.caller_org() = any (a.parties || a.organisation_id)
         or 'refuge' = any ((select access.caller_sections(wanted))::text[]))
  order by case when backwards then a.at end desc, case when backwards then a.id end desc, a.at, a.id limit most
$$;

-- Who looked: every read, and every search by others that found the case, for the custodian (others by function, time and
-- purpose), one's own for everybody else.
create function access.case_accesses(wanted uuid, from_at timestamptz, from_id uuid, most int,
    backwards boolean default false)
  returns table (id uuid, at timestamptz, event text, own boolean, agency text, officer text, purpose text, sections text[],
                 break_glass_id uuid)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select a.id, a.at, a.event, a.organisation_id = access.caller_org(), a.agency,
         case when a.organisation_id = access.caller_org() then a.officer end, a.purpose, a.sections,
         (select (g ->> 'carrier_id')::uuid from jsonb_array_elements(a.facts -> 'grants') g
          where g ->> 'carrier' = 'break_glass' limit 1)
  from audit_entries a
  where a.case_id = wanted and access.caller_takes_part_in(wanted) and (a.event like '%.read' or a.event = 'case.found')
    and case when backwards then (a.at, a.id) < (from_at, from_id) else (a.at, a.id) > (from_at, from_id) end
    and (access.caller_has_custody(wanted) or a.organisation_id = access.caller_org())
    and (a.subject_type <> 'protection' or a.organisation_id = access.caller_org()
         or 'refuge' = any ((select access.caller_sections(wanted))::text[]))
  order by case when backwards then a.at end desc, case when backwards then a.id end desc, a.at, a.id limit most
$$;

-- What still waits on a case, for its custodian: closing needs none of it.
create function access.open_business(wanted uuid) returns text[]
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select case when access.caller_has_custody(wanted) then
    case when exists (select 1 from referrals where case_id = wanted
      and status not in ('refused', 'completed', 'withdrawn')) then '{referrals}'::text[] else '{}' end
    || case when exists (select 1 from verifications where case_id = wanted
      and status in ('requested', 'in_progress', 'info_requested')) then '{verifications}'::text[] else '{}' end
    || case when exists (select 1 from handover_cases where case_id = wanted and open) then '{handover}'::text[] else '{}' end
  else '{}' end
$$;

create function access.caller_has_part_in_return(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from returns where id = wanted and access.caller_org() in (announcer_id, gate_id));
end $$;

-- Duties: clocks of both sides move with one event, so they are read and written here, for whoever has a part in the thing.
-- All of them are of a case but those of a return, which is of many persons and may be of none yet.
create function access.carrier_case(kind text, wanted uuid) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare me uuid := access.caller_org(); of_case uuid;
begin
  of_case := case kind
    when 'case' then (select id from cases where id = wanted and access.caller_acts_in(wanted))
    when 'verification' then (select v.case_id from verifications v where v.id = wanted
      and (me in (v.requester_id, v.verifier_id, v.custodian_id, v.originator_id)
           or exists (select 1 from verifications f where f.id = v.forwarded_from and f.verifier_id = me)))
    when 'referral' then (select case_id from referrals where id = wanted
                          and (me in (sender_id, custodian_id, originator_id) or receiver_id = me or claimant_id = me))
    when 'handover' then (select case_id from handovers where id = wanted and (giver_id = me or receiver_id = me))
    when 'plan' then (select case_id from plans where id = wanted and access.caller_has_custody(case_id))
    when 'notice' then (select case_id from notices where id = wanted
                        and (me in (sender_id, recipient_id) or access.caller_has_custody(case_id)))
    when 'placement' then (select case_id from placements where id = wanted and me in (facility_id, custodian_id))
    when 'incident' then (select case_id from incidents where id = wanted
                          and (me = custodian_id or police_id = me
                               or (reported_by = me and access.caller_takes_part_in(case_id))))
    when 'application' then (select case_id from applications where id = wanted and me in (custodian_id, decider_id))
    when 'break_glass' then (select case_id from break_glass where id = wanted
                             and (me = organisation_id or access.caller_has_custody(case_id)
                                  or (access.caller_agency() = 'oversight' and access.beside_caller(organisation_id))))
  end;
  return case when not access.caller_barred(of_case) then of_case end;
end $$;

create function access.return_duties(wanted uuid) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return (
    select jsonb_build_object('case_id', null, 'custodian_id', null, 'regime', null, 'province_code', r.province_code,
      'open', r.status = 'announced' or exists (select 1 from return_persons p where p.return_id = r.id and p.expected),
      'facts', '{}'::jsonb,
      'duties', coalesce((select jsonb_agg(to_jsonb(d) order by d.id) from (
        select * from duties where carrier = 'return' and carrier_id = wanted and status = 'running'
          order by id for update) d), '[]'))
    from returns r where r.id = wanted and access.caller_has_part_in_return(wanted));
end $$;

-- How far the caller's moves of a thing reach. Who acts in the case moves its clocks too ('all'). Who has a side in a request
-- and acts in the case no more, or not yet, moves the clocks of both sides of that request ('thing'): its last move starts
-- the other's. Who was only told of something moves its own ('own'). The latter two learn nothing else of the case, but
-- who has custody where the request says so already.
create function access.duty_reach(kind text, of_case uuid) returns text language sql stable as $$
  select case when kind = 'break_glass' then 'thing'
              when kind = 'case' or access.caller_acts_in(of_case) then 'all'
              when kind in ('verification', 'referral') then 'thing'
              when kind = 'handover' and access.caller_takes_part_in(of_case) then 'all'
              else 'own' end
$$;

create function access.duties_touched(kind text, wanted uuid) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare of_case uuid := access.carrier_case(kind, wanted); reach text;
begin
  if kind = 'return' then
    return access.return_duties(wanted);
  end if;
  if of_case is null then
    return null;
  end if;
  reach := access.duty_reach(kind, of_case);
  if reach <> 'all' then
    -- Nobody closes a case while a request about it is open. A stay outlasts the referral: its facility starts the clock of
    -- a longer one. Break-glass is reviewed whatever became of the case.
    return jsonb_build_object('case_id', of_case, 'regime', null, 'province_code', null,
      'custodian_id', (select custodian_id from cases where id = of_case and kind in ('verification', 'referral')),
      'open', reach = 'thing'
              or (kind = 'placement' and exists (select 1 from cases where id = of_case and status = 'open')),
      'facts', '{}'::jsonb,
      'duties', coalesce((select jsonb_agg(to_jsonb(d) order by d.id) from (
        select * from duties where carrier = kind and carrier_id = wanted and status = 'running'
        order by id for update) d), '[]'));
  end if;
  return (
    select jsonb_build_object('case_id', c.id, 'custodian_id', c.custodian_id, 'regime', c.regime,
      'province_code', c.province_code, 'open', c.status = 'open',
      'facts', jsonb_strip_nulls(jsonb_build_object('agency', o.agency, 'channel', c.channel,
                                                    'identification', c.identification)),
      'duties', coalesce((select jsonb_agg(to_jsonb(d) order by d.id) from (
        select * from duties where case_id = of_case and status = 'running'
          and (kind = 'case' or carrier_id = wanted or carrier = 'case') order by id for update) d), '[]'))
    from cases c join organisations o on o.id = c.custodian_id where c.id = of_case);
end $$;

-- Who can owe anything about a thing: the two sides of its carrier and the custodian.
create function access.carrier_parties(kind text, wanted uuid, of_case uuid) returns uuid[]
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select array[(select custodian_id from cases where id = of_case)] || case kind
    when 'verification' then (select array[requester_id, verifier_id] from verifications where id = wanted)
    when 'referral' then (select array[sender_id, receiver_id, claimant_id] from referrals where id = wanted)
    when 'handover' then (select array[giver_id, receiver_id] from handovers where id = wanted)
    when 'return' then (select array[announcer_id, gate_id] from returns where id = wanted)
    when 'notice' then (select array[sender_id, recipient_id] from notices where id = wanted)
    when 'placement' then (select array[facility_id] from placements where id = wanted)
    when 'incident' then (select array[police_id] from incidents where id = wanted)
    when 'application' then (select array[decider_id] from applications where id = wanted)
    when 'break_glass' then (select array[overseer_id] from break_glass where id = wanted)
    else '{}' end
$$;

-- Rows of the thing itself or of its case, owed by somebody who has a part in it; ended ones are not touched again. Who
-- took its certificate back gives the case's custodian something to do, though it has left the case. Of a break-glass each
-- ends its own: the asker starts the reviewer's clock and never stops it.
create function access.put_duties(kind text, wanted uuid, changed jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare of_case uuid := access.carrier_case(kind, wanted); reach text := access.duty_reach(kind, of_case);
  revokes boolean := kind = 'verification' and exists (
    select 1 from certificates where case_id = of_case and issuer_id = access.caller_org() and status = 'revoked');
  of_return boolean := kind = 'return' and access.caller_has_part_in_return(wanted);
  province text := (select province_code from cases where id = of_case and reach <> 'own' and kind <> 'break_glass');
begin
  insert into duties (id, organisation_id, owner, rule_id, rule_key, carrier, carrier_id, case_id, province_code,
                      started_at, due_at, warn_at, paused_at, paused_seconds, extended, status, ended_at)
  select c.id, c.organisation_id, c.owner, c.rule_id, c.rule_key, c.carrier, c.carrier_id, c.case_id,
         -- Where the person is, who was only told of something is not told.
         case when of_return then c.province_code
              when c.carrier <> 'notice' and c.owner not in ('police', 'decider') then province end,
         c.started_at, c.due_at, c.warn_at, c.paused_at, c.paused_seconds, c.extended, c.status, c.ended_at
  from jsonb_populate_recordset(null::duties, changed) c
  where case when of_return then c.case_id is null and c.carrier = kind and c.carrier_id = wanted
             else c.case_id = of_case and ((c.carrier = 'case' and c.carrier_id = of_case and (reach = 'all' or revokes))
                                           or (c.carrier = kind and c.carrier_id = wanted)
                                           or (kind = 'case' and exists (select 1 from duties d where d.id = c.id))) end
    and (of_return or reach <> 'own' or c.organisation_id = access.caller_org())
    and c.organisation_id = any (access.carrier_parties(c.carrier, c.carrier_id, of_case))
  on conflict (id) do update set due_at = excluded.due_at, warn_at = excluded.warn_at, paused_at = excluded.paused_at,
    paused_seconds = excluded.paused_seconds, extended = excluded.extended, status = excluded.status,
    ended_at = excluded.ended_at,
    warned_at = case when excluded.warn_at > now() then null else duties.warned_at end,
    missed_at = case when excluded.due_at > now() then null else duties.missed_at end
    where duties.status = 'running'
      and case when of_return then duties.carrier = kind and duties.carrier_id = wanted
               else duties.case_id = of_case
                 and (kind = 'case' or (duties.carrier = 'case' and reach = 'all') or duties.carrier_id = wanted) end
      and (kind <> 'break_glass' or duties.organisation_id = access.caller_org()
           or (duties.owner = 'reviewer' and access.caller_agency() = 'oversight'));
end $$;

-- The same two for many cases at once that were just opened: the caller's own, and without any clock yet. Planned once:
-- for each array anew would cost more than to run it.
create function access.cases_opened(wanted uuid[]) returns table (id uuid, context jsonb)
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
  set plan_cache_mode = force_generic_plan as $$
begin
  return query
    select c.id, jsonb_build_object('case_id', c.id, 'custodian_id', c.custodian_id, 'regime', c.regime,
      'province_code', c.province_code, 'open', c.status = 'open', 'duties', '[]'::jsonb,
      'facts', jsonb_build_object('agency', o.agency, 'channel', c.channel, 'identification', c.identification))
    from unnest(wanted) with ordinality w (id, n) join cases c on c.id = w.id join organisations o on o.id = c.custodian_id
    where c.custodian_id = access.caller_org() and not exists (select 1 from duties d where d.case_id = c.id)
    order by w.n;
end $$;

create function access.start_duties(started jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into duties (id, organisation_id, owner, rule_id, rule_key, carrier, carrier_id, case_id, province_code,
                      started_at, due_at, warn_at, paused_seconds, extended, status)
  select s.id, c.custodian_id, s.owner, s.rule_id, s.rule_key, 'case', c.id, c.id, c.province_code,
         s.started_at, s.due_at, s.warn_at, 0, false, 'running'
  from jsonb_populate_recordset(null::duties, started) s join cases c on c.id = s.case_id
  where c.custodian_id = access.caller_org() and s.organisation_id = c.custodian_id and c.status = 'open'
    and s.carrier = 'case' and not exists (select 1 from duties d where d.case_id = c.id);
end $$;

-- The date by which the thing waits for somebody, whoever that is; for those who have a part in it. A paused clock
-- waits for nobody: what it waits for has a clock of its own.
create function access.due_of(kind text, wanted uuid) returns timestamptz
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return (select min(due_at) from duties where carrier_id = wanted and carrier = kind and status = 'running'
          and paused_at is null and (case_id = access.carrier_case(kind, wanted)
                                     or (kind = 'return' and access.caller_has_part_in_return(wanted))));
end $$;

-- Approaching and missed dates, each told once however many workers sweep: the mark, the entry, the event and the
-- supervisor's own row are one transaction, and a row another worker holds is left to it.
create function access.sweep_duties(most int) returns int
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare told int := 0; d duties; happened text;
begin
  for d in
    select * from duties where status = 'running' and paused_at is null
      and ((missed_at is null and due_at < now()) or (warned_at is null and warn_at < now()))
    order by due_at for update skip locked limit least(greatest(coalesce(most, 0), 0), 1000)
  loop
    happened := case when d.due_at < now() then 'duty.missed' else 'duty.approaching' end;
    update duties set warned_at = coalesce(warned_at, now()),
                      missed_at = case when due_at < now() then coalesce(missed_at, now()) end where id = d.id;
    insert into audit_entries (id, at, request_id, client_id, organisation_id, agency, event, subject_type, subject_id,
                               case_id, parties, sections, facts)
      values (gen_random_uuid(), clock_timestamp(), d.id, 'sweep', d.organisation_id, 'operator', happened, 'duty', d.id,
              d.case_id, array[d.organisation_id], '{}', jsonb_build_object('rule', d.rule_id, 'due_at', d.due_at));
    insert into outbox_events (id, at, type, subject_type, subject_id, case_id, organisation_id)
      values (gen_random_uuid(), clock_timestamp(), happened, 'duty', d.id, d.case_id, d.organisation_id);
    if happened = 'duty.missed' and d.carrier <> 'escalation' then
      insert into duties (id, organisation_id, owner, rule_id, rule_key, carrier, carrier_id, province_code, started_at,
                          due_at, warned_at, missed_at)
        select gen_random_uuid(), o.supervised_by, 'supervisor', d.rule_id, d.rule_key, 'escalation', d.id,
               d.province_code, d.started_at, d.due_at, now(), now()
        from organisations o where o.id = d.organisation_id and o.supervised_by is not null;
    end if;
    told := told + 1;
  end loop;
  return told;
end $$;

-- What bodies under this supervisor owe: rule, carrier, dates. Neither person nor case. Each body's index is walked for
-- one page at most, forwards or backwards, so the text of the query is made here and planned for its values.
create function access.supervised_duties(filters jsonb, from_due timestamptz, from_id uuid, most int, backwards boolean)
  returns table (id uuid, organisation_id uuid, rule_id text, rule_key text, carrier text, carrier_id uuid,
                 province_code text, started_at timestamptz, due_at timestamptz, paused_at timestamptz)
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query execute format($query$
    select p.id, p.organisation_id, p.rule_id, p.rule_key, p.carrier, null::uuid, p.province_code, p.started_at,
           p.due_at, p.paused_at
    from organisations o cross join lateral (
      select * from duties d where d.organisation_id = o.id and d.status = 'running' and d.carrier <> 'escalation'
        and ($1 ->> 'province_code' is null or d.province_code = $1 ->> 'province_code' or d.province_code is null)
        and ($1 ->> 'kind' is null or d.carrier = $1 ->> 'kind')
        and (not ($1 -> 'overdue')::boolean or (d.due_at < now() and d.paused_at is null))
        and (d.due_at, d.id) %1$s ($2, $3)
      order by d.due_at %2$s, d.id %2$s limit $4) p
    where o.supervised_by = access.caller_org() order by p.due_at %2$s, p.id %2$s limit $4
    $query$, case when backwards then '<' else '>' end, case when backwards then 'desc' else 'asc' end)
  using filters, from_due, from_id, most;
end $$;

-- For rehearsal alone: the dates that this transaction set running have passed. What follows from that is as in life.
create function access.miss_duties(of_cases uuid[]) returns int
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare missed int;
begin
  update duties set due_at = now() - interval '1 second'
    where case_id = any (of_cases) and status = 'running' and xmin = pg_current_xact_id()::xid
      and access.caller_tests() and access.is_test(organisation_id);
  get diagnostics missed = row_count;
  return missed;
end $$;

-- A met or cancelled duty, or one given a later date, ends the supervisor's row about it.
create function access.duty_after_end() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update duties set status = case new.status when 'running' then 'cancelled' else new.status end, ended_at = now()
    where carrier = 'escalation' and carrier_id = new.id and status = 'running';
  return null;
end $$;
create trigger escalations after update of status, missed_at on duties for each row
  when (old.status <> new.status or (old.missed_at is not null and new.missed_at is null)) execute function access.duty_after_end();

-- The receiver of a forwarded request is chosen by its former verifier, but the grant remains the requester's.
create function access.forward_verification(old_id uuid, new_id uuid, to_id uuid) returns boolean
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare v verifications;
begin
  select * into v from verifications where id = old_id and verifier_id = access.caller_org() and status = 'forwarded';
  if not found or to_id = v.verifier_id or access.excludes(v.case_id, to_id) or access.caller_barred(v.case_id)
      or exists (select 1 from verifications where forwarded_from = old_id)
      or not exists (select 1 from organisations where id = to_id and status = 'active'
                     and agency in ('police', 'border_guard')) then
    return false;
  end if;
  insert into verifications (id, case_id, kind, requester_id, originator_id, verifier_id, custodian_id, forwarded_from,
                             proof_sealed)
    values (new_id, v.case_id, v.kind, v.requester_id, v.originator_id, to_id, v.custodian_id, old_id, v.proof_sealed);
  if to_id <> v.requester_id then
    insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, lawful_basis)
      values (gen_random_uuid(), v.case_id, to_id, v.requester_id, 'verification', new_id,
              access.verifier_sections(v.kind), 'verification');
  end if;
  update verification_evidence set verification_id = new_id where verification_id = old_id;
  return true;
end $$;

-- consent and overrides: functions and triggers

-- Under what this caller reads the case now. It is recorded with every read, so that the custodian can say of each
-- disclosure what it rested on.
create function access.caller_grants(wanted uuid) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_strip_nulls(to_jsonb(held)) order by held.carrier, held.carrier_id) from (
      select 'custody' as carrier, null::uuid as carrier_id, null::uuid as consent_id, null::uuid as override_id,
             null::text as lawful_basis, c.custodian_sections as sections
      from cases c where c.id = wanted and c.custodian_id = access.caller_org()
      union all
      select p.carrier, p.carrier_id, p.consent_id, p.override_id, p.lawful_basis, p.sections from case_parties p
      where p.case_id = wanted and p.organisation_id = access.caller_org() and p.live
        and access.in_time(p.expires_on, p.expires_at)) held), '[]');
end $$;

-- Whether what a referral rested on has ended, for its parties: the sender looks for another, and the receiver keeps
-- the row and its own words.
create function access.basis_ended(referral uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (
    select 1 from referrals r join case_parties p on p.carrier = 'referral' and p.carrier_id = r.id
    where r.id = referral and access.caller_org() in (r.sender_id, r.receiver_id, r.custodian_id)
      and not (p.consent_live and access.in_time(p.expires_on, p.expires_at)));
end $$;

-- Invoker's rights: of the referrals that rest on a consent or an override, those that the caller sees.
create function access.affected_referrals(basis uuid) returns table (id uuid, status text) language sql stable as $$
  select r.id, r.status from public.case_parties p join public.referrals r on r.id = p.carrier_id
  where p.carrier = 'referral' and (p.consent_id = basis or p.override_id = basis) order by r.created_at, r.id
$$;

-- Asked by one, approved by another of the same organisation while it has custody, as the connection says who they are.
create function access.override_before_update() returns trigger language plpgsql as $$
declare approves boolean := new.status = 'approved' and old.status <> 'approved';
begin
  if approves then
    new.approved_at := now();
  end if;
  if (new.status = 'requested' and old.status <> 'requested')
      or (approves and (old.expires_on < access.today() or old.requested_by is distinct from access.caller_org()
                        or new.approved_client is distinct from access.caller_client()
                        or new.approved_officer is distinct from access.caller_officer()))
      or (not approves and (new.approved_client, new.approved_officer, new.approved_at)
          is distinct from (old.approved_client, old.approved_officer, old.approved_at)) then
    raise insufficient_privilege using message = 'an override is approved once, by a second person of those who asked';
  end if;
  return new;
end $$;

create function access.override_after_status() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update case_parties set consent_live = (new.status = 'approved') where override_id = new.id;
  return null;
end $$;

create trigger ended before update of status on overrides for each row
  execute function access.ended_stays_ended('withdrawn', 'expired');
create trigger second_person before update on overrides for each row execute function access.override_before_update();
create trigger withdrawal after update of status on overrides for each row
  when (old.status is distinct from new.status) execute function access.override_after_status();

-- Consents and overrides whose last day is over, each told once however many workers sweep: reads ended with that day,
-- this is how those who rely on them learn of it.
create function access.sweep_bases(most int) returns int
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare told int; batch int := least(greatest(coalesce(most, 0), 0), 1000);
begin
  with due_consents as materialized (
    select id from consents where status = 'given' and expires_on < access.today()
      order by expires_on limit batch for update skip locked
  ), due_overrides as materialized (
    select id from overrides where status in ('requested', 'approved') and expires_on < access.today()
      order by expires_on limit batch for update skip locked
  ), over as (
    update consents c set status = 'expired', version = c.version + 1, updated_at = now() from due_consents d
      where c.id = d.id returning 'consent' as thing, c.id, c.case_id, c.recorded_by as by, c.recipient_id
  ), lapsed as (
    update overrides o set status = 'expired', version = o.version + 1, updated_at = now() from due_overrides d
      where o.id = d.id returning 'override' as thing, o.id, o.case_id, o.requested_by as by, o.recipient_id
  ), ended as materialized (select * from over union all select * from lapsed), entries as (
    insert into audit_entries (id, at, request_id, client_id, organisation_id, agency, event, subject_type, subject_id,
                               case_id, parties, sections, facts)
      select gen_random_uuid(), clock_timestamp(), e.id, 'sweep', e.by, 'operator', e.thing || '.expired', e.thing, e.id,
             e.case_id, array[e.recipient_id, e.by, c.custodian_id], '{}', '{}'
      from ended e join cases c on c.id = e.case_id
  )
  insert into outbox_events (id, at, type, subject_type, subject_id, case_id, organisation_id, parties)
    select gen_random_uuid(), clock_timestamp(), thing || '.expired', thing, id, case_id, by, array[recipient_id]
    from ended;
  get diagnostics told = row_count;
  return told;
end $$;

-- What was shown to whom, newest first, for the custodian alone: every recorded read, under the grants that its reader
-- then held; and the preview of a referral, which is its receiver's from the moment it was sent or confirmed.
create function access.case_disclosures(wanted uuid, from_at timestamptz, from_id uuid, most int,
    backwards boolean default false)
  returns table (id uuid, at timestamptz, event text, subject_type text, subject_id uuid, own boolean, agency text,
                 officer text, purpose text, sections text[], grants jsonb)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select a.id, a.at, a.event, a.subject_type, a.subject_id,
         coalesce(shown.id, a.organisation_id) = access.caller_org(), coalesce(shown.agency, a.agency),
         case when shown.id is null and a.organisation_id = access.caller_org() then a.officer end,
         case when shown.id is null then a.purpose end, a.sections,
         case when shown.id is null then coalesce(a.facts -> 'grants', '[]') else coalesce((
           select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'carrier', p.carrier, 'carrier_id', p.carrier_id, 'consent_id', p.consent_id,
             'override_id', p.override_id, 'lawful_basis', p.lawful_basis, 'sections', p.sections)))
           from case_parties p where p.carrier = 'referral' and p.carrier_id = a.subject_id), '[]') end
  from audit_entries a left join organisations shown on shown.id = case a.event
    when 'referral.sent' then a.parties[1]
    when 'referral.confirmed' then (select r.receiver_id from referrals r where r.id = a.subject_id) end
  where a.case_id = wanted and access.caller_has_custody(wanted)
    and ((a.event like '%.read' and a.event <> 'disclosures.read') or shown.id is not null)
    and case when backwards then (a.at, a.id) > (from_at, from_id) else (a.at, a.id) < (from_at, from_id) end
    and (a.subject_type <> 'protection' or a.organisation_id = access.caller_org()
         or 'refuge' = any ((select access.caller_sections(wanted))::text[]))
  order by case when backwards then a.at end, case when backwards then a.id end, a.at desc, a.id desc limit most
$$;

-- searches, contact requests and exclusions: functions and triggers

-- Whom no search by others finds: the compartment is filled, a protection stands, or a flag says that to be known of is
-- the danger. The handling flags are those against which secrecy from other bodies is the answer.
create function access.is_never_found(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from case_sections where case_id = wanted and (
           (section = 'refuge' and sealed is not null)
           or (section = 'handling' and codes -> 'flags' ?| '{hidden_address,immediate_danger,trafficker_knows_location,
             trafficker_in_home_area,official_suspected,no_home_commune_notice}'::text[])))
      or exists (select 1 from protections where case_id = wanted and status = 'active');
end $$;

-- A search beyond one's own cases. It counts, finds, keeps each hit under the digest of a handle that only its finder has,
-- and tells the holder, all here: so nobody who speaks to the database can have one of these without the others, and the
-- service itself never learns whose the case is. Answers how many of the fresh digests were used; no row when the day's
-- searches are used up.
create function access.find_beyond(asked text, wanted bytea, fresh bytea[], why text, request uuid)
  returns table (hits int, good_until timestamptz)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare hit record; used int := 0; until timestamptz := now() + interval '10 minutes';
begin
  if access.caller_org() is null or access.caller_client() = '' or asked not in ('document', 'name_date') then
    return;
  end if;
  insert into search_counts as c (client_id, day) values (access.caller_client(), access.today())
    on conflict (client_id, day) do update set used = c.used + 1 where c.used < 20;
  if not found then
    return;
  end if;
  delete from search_counts where client_id = access.caller_client() and day < access.today();
  delete from search_handles where digest in (
    select h.digest from search_handles h where h.expires_at < now() limit 100 for update skip locked);
  for hit in
    select c.id, c.custodian_id from case_lookups l join cases c on c.id = l.case_id
    where l.kind = asked and l.digest = wanted and not access.caller_takes_part_in(c.id)
      and access.beside_caller(c.custodian_id) and not access.caller_barred(c.id) and not access.is_never_found(c.id)
    order by c.created_at desc, c.id limit cardinality(fresh)
  loop
    used := used + 1;
    insert into search_handles (digest, case_id, organisation_id, client_id, purpose, expires_at)
      values (fresh[used], hit.id, access.caller_org(), access.caller_client(), why, until);
    insert into audit_entries (id, at, request_id, client_id, organisation_id, agency, officer, purpose, event,
                               subject_type, subject_id, case_id, parties, sections, facts)
      values (gen_random_uuid(), clock_timestamp(), request, access.caller_client(), access.caller_org(),
              access.caller_agency(), nullif(access.caller_officer(), ''), why, 'case.found', 'case', hit.id, hit.id,
              array[hit.custodian_id], '{}', '{}');
    insert into outbox_events (id, at, type, subject_type, subject_id, case_id, organisation_id)
      values (gen_random_uuid(), clock_timestamp(), 'case.found', 'case', hit.id, hit.id, access.caller_org());
  end loop;
  return query select used, until;
end $$;

-- The case behind a handle, for its finder alone and while it is good: the same client of the same organisation.
create function access.case_behind(digest bytea) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return (select h.case_id from search_handles h
          where h.digest = case_behind.digest and h.organisation_id = access.caller_org()
            and h.client_id = access.caller_client() and now() < h.expires_at
            and not access.caller_barred(h.case_id) and not access.is_never_found(h.case_id));
end $$;

-- Who holds the case is written where the asker does not read, and whoever holds it next answers.
create function access.contact_after_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into contact_targets (request_id, case_id, holder_id)
    select new.id, c.id, c.custodian_id from cases c where c.id = access.case_behind(new.found_by);
  if not found then
    raise insufficient_privilege using message = 'contact is asked for through a handle that is good';
  end if;
  return null;
end $$;
create trigger target after insert on contact_requests for each row execute function access.contact_after_insert();

create function access.contacts_follow_custody() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update contact_targets set holder_id = new.custodian_id where case_id = new.id;
  return null;
end $$;
create trigger contacts after update of custodian_id on cases for each row
  when (old.custodian_id is distinct from new.custodian_id) execute function access.contacts_follow_custody();
create trigger ended before update of status, answer, disclosed_id, answered_at on contact_requests
  for each row execute function access.ended_stays_ended('answered');

-- The key of the person for the words of a request: its asker has no part in the case, and wrote some of them.
create function access.contact_key(wanted uuid) returns table (id uuid, wrapped bytea, kek_id text)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select k.id, k.wrapped, k.kek_id from contact_requests r join contact_targets t on t.request_id = r.id
    join cases c on c.id = t.case_id join data_keys k on k.id = c.key_id
  where r.id = wanted and (r.asker_id = access.caller_org()
    or (t.holder_id = access.caller_org() and not access.caller_barred(c.id)))
$$;

-- Whether a body that is to be told or given something must not see the case, for who acts in it.
create function access.is_excluded(of_case uuid, body uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return access.caller_acts_in(of_case) and access.excludes(of_case, body);
end $$;
create trigger ended before update of status, lifted_at, lifting_sealed on case_exclusions
  for each row execute function access.ended_stays_ended('lifted');

-- break-glass: functions and triggers

create function access.caller_may_break_glass(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return access.caller_agency() in ('police', 'labour') and exists (
      select 1 from search_handles h where h.case_id = wanted and h.organisation_id = access.caller_org()
        and h.client_id = access.caller_client() and h.expires_at > now())
    and not access.caller_barred(wanted) and not access.is_never_found(wanted);
end $$;

-- Whether what was asked may still be approved, for who asked it.
create function access.break_glass_stands(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from break_glass b where b.id = wanted and b.organisation_id = access.caller_org()
                 and b.status = 'requested' and b.asked_until > now()
                 and not access.caller_barred(b.case_id) and not access.is_never_found(b.case_id));
end $$;

create function access.break_glass_before_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  new.holder_id := (select custodian_id from cases where id = new.case_id);
  new.overseer_id := (select id from organisations where agency = 'oversight' and status = 'active'
                        and access.beside_caller(id) order by sort_key, id limit 1);
  return new;
end $$;

-- Each move by whose it is, once, and each word with its move; the times and the sections are set here and nowhere else.
create function access.break_glass_before_update() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare me uuid := access.caller_org();
  approves boolean := old.status = 'requested' and new.status = 'active';
  ends boolean := old.status = 'active' and new.status = 'ended';
  reviews boolean := old.status = 'ended' and new.status = 'reviewed';
  acknowledges boolean := old.acknowledged_at is null and new.acknowledged_at is not null;
begin
  if (new.status <> old.status and not (approves or ends or reviews))
      or (not approves and (new.approver_client, new.approver_officer)
                           is distinct from (old.approver_client, old.approver_officer))
      or (not reviews and (new.finding, new.review_sealed) is distinct from (old.finding, old.review_sealed))
      or (not acknowledges and new.acknowledged_at is distinct from old.acknowledged_at)
      or (approves and not coalesce(access.break_glass_stands(old.id) and new.approver_client = access.caller_client()
                                    and new.approver_officer = access.caller_officer(), false))
      or (ends and not coalesce(me = old.organisation_id or old.expires_at <= now(), false))
      or (reviews and not (access.caller_agency() = 'oversight' and me is distinct from old.organisation_id))
      or (acknowledges and not (access.caller_has_custody(old.case_id) and old.status <> 'requested')) then
    raise insufficient_privilege using message = 'break-glass is moved by whose word it is, once';
  end if;
  if approves then
    new.approved_at := now();
    new.expires_at := now() + '01:00:00'::interval;
    new.sections := access.break_glass_sections();
    new.holder_id := (select custodian_id from cases where id = old.case_id);
  elsif ends then
    new.ended_at := least(now(), old.expires_at);
  elsif reviews then
    new.reviewed_at := now();
    new.reviewer_officer := access.caller_officer();
  end if;
  return new;
end $$;

-- The grant is given in the holder's name, for the hour. To a holder nothing is given: it sees the case as it is.
create function access.break_glass_after_status() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.status = 'active' and new.holder_id <> new.organisation_id then
    insert into case_parties (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, lawful_basis, expires_at)
      values (gen_random_uuid(), new.case_id, new.organisation_id, new.holder_id, 'break_glass', new.id, new.sections,
              'vital_interest', new.expires_at);
  elsif new.status <> 'active' then
    update case_parties set carrier_live = false where carrier = 'break_glass' and carrier_id = new.id and carrier_live;
  end if;
  return null;
end $$;

create trigger parties before insert on break_glass for each row execute function access.break_glass_before_insert();
create trigger moves before update on break_glass for each row execute function access.break_glass_before_update();
create trigger liveness after update of status on break_glass for each row
  when (old.status <> new.status) execute function access.break_glass_after_status();

-- What was read under it: by whom, for the asker's own organisation and oversight; the holder learns when and which sections.
create function access.break_glass_reads(wanted uuid)
  returns table (at timestamptz, event text, client_id text, officer text, sections text[])
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select a.at, a.event, case when s.named then a.client_id end, case when s.named then a.officer end, a.sections
  from break_glass b cross join lateral (
      select b.organisation_id = access.caller_org()
             or (access.caller_agency() = 'oversight' and access.beside_caller(b.organisation_id)) as named) s
    join audit_entries a on a.case_id = b.case_id and a.organisation_id = b.organisation_id
      and a.at between b.approved_at and coalesce(b.ended_at, b.expires_at)
  where b.id = wanted and a.event like '%.read' and a.subject_type <> 'break_glass'
    and coalesce(s.named or access.caller_has_custody(b.case_id), false)
  order by a.at, a.id limit 1000
$$;

-- The hour ends by itself; that it has is told once, however many workers sweep.
create function access.sweep_break_glass(most int) returns int
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare told int := 0; b break_glass;
begin
  for b in
    select * from break_glass where status = 'active' and expires_at <= now() order by expires_at
    for update skip locked limit least(greatest(coalesce(most, 0), 0), 1000)
  loop
    update break_glass set status = 'ended', version = version + 1, updated_at = now() where id = b.id;
    insert into audit_entries (id, at, request_id, client_id, organisation_id, agency, event, subject_type, subject_id,
                               case_id, parties, sections, facts)
      values (gen_random_uuid(), clock_timestamp(), b.id, 'sweep', b.organisation_id, 'operator', 'break_glass.ended',
              'break_glass', b.id, b.case_id, array[b.organisation_id, b.holder_id, b.overseer_id], '{}',
              '{"by": "time"}');
    insert into outbox_events (id, at, type, subject_type, subject_id, case_id, organisation_id, parties)
      values (gen_random_uuid(), clock_timestamp(), 'break_glass.ended', 'break_glass', b.id, b.case_id,
              b.organisation_id, array[b.holder_id, b.overseer_id]);
    told := told + 1;
  end loop;
  return told;
end $$;

-- vault: functions and triggers

-- A key destroyed is never put back, and none is destroyed but by two operators' words. One under a key-encryption key
-- that is gone could never be opened: its writer read the key store before the rotation, and shall try again.
create function access.data_key_before_change() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.wrapped is null then
    raise insufficient_privilege using message = 'a destroyed key is not put back';
  end if;
  if tg_op = 'UPDATE' and new.wrapped is null and not exists (select 1 from erasures where key_id = new.id and approved) then
    raise insufficient_privilege using message = 'a key is destroyed by the words of two only';
  end if;
  if new.wrapped is not null and exists (select 1 from retired_keks where id = new.kek_id) then
    raise operator_intervention using message = 'the key-encryption key was retired';
  end if;
  return new;
end $$;

create trigger in_force before insert or update on data_keys for each row
  execute function access.data_key_before_change();

-- receptions: functions and triggers

-- Only found indicators make a case; everybody else remains a count. So a line's words go when its person was screened or
-- the reception was closed, whoever writes that, and found indicators are not taken back.
create function access.reception_line_before_change() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare closed boolean := not exists (select 1 from receptions where id = new.reception_id and status = 'open');
begin
  if tg_op = 'UPDATE' and old.screening_result = 'indicators_found'
      and (new.screening_result is distinct from old.screening_result or new.case_id is distinct from old.case_id) then
    raise insufficient_privilege using message = 'found indicators are not taken back';
  end if;
  if closed or new.screening_result is not null then
    new.sealed := null;
    new.key_id := null;
  end if;
  if closed then
    new.mark := null;
    new.digest := case when new.screening_result is not null then new.digest end;
  end if;
  return new;
end $$;

-- Words without their key are noise, in every copy that was made of them. A key that seals anything else is held by its
-- foreign keys.
create function access.reception_line_after_change() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from data_keys where id = old.key_id;
  return null;
end $$;

create function access.reception_after_status() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update reception_lines set mark = null where reception_id = new.id;
  return null;
end $$;

create trigger forgetting before insert or update on reception_lines for each row
  execute function access.reception_line_before_change();
create trigger forgotten after update on reception_lines for each row
  when (old.key_id is distinct from new.key_id and old.key_id is not null)
  execute function access.reception_line_after_change();
create trigger ended before update of status on receptions for each row
  execute function access.ended_stays_ended('closed');
create trigger forgetting after update of status on receptions for each row
  when (old.status is distinct from new.status) execute function access.reception_after_status();

-- returns: functions and triggers

-- What was announced is the announcer's to change, that somebody arrived the gate's to say; a cancelled one is over, and
-- one by which somebody came is not cancelled any more.
create function access.return_before_update() returns trigger language plpgsql as $$
declare me uuid := access.caller_org();
begin
  if old.status = 'cancelled'
      or (new.status <> old.status and not coalesce(
        (new.status = 'arrived' and old.gate_id = me)
        or (new.status = 'cancelled' and old.status = 'announced' and old.announcer_id = me), false))
      or ((new.arrives_at, new.noticed_at, new.means, new.waves, new.words_sealed) is distinct from
          (old.arrives_at, old.noticed_at, old.means, old.waves, old.words_sealed)
          and old.announcer_id is distinct from me) then
    raise insufficient_privilege using message = 'a return is changed by its announcer and received by its gate';
  end if;
  return new;
end $$;

create function access.return_after_cancelled() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update return_persons set expected = false where return_id = new.id and expected;
  return null;
end $$;

create function access.return_person_before_insert() returns trigger language plpgsql as $$
begin
  new.expected := new.result is null;
  return new;
end $$;

create function access.return_person_before_result() returns trigger language plpgsql as $$
begin
  if old.result is not null then
    raise insufficient_privilege using message = 'a result is recorded once';
  end if;
  new.expected := old.expected and new.result is null;
  return new;
end $$;

-- A gate sees a person while it expects them.
create function access.return_person_after_end() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update case_parties set carrier_live = false where carrier = 'return' and carrier_id = new.id;
  return null;
end $$;

create trigger parties before update of status, arrives_at, noticed_at, means, waves, words_sealed on returns for each row
  execute function access.return_before_update();
create trigger cancelled after update of status on returns for each row
  when (old.status <> new.status and new.status = 'cancelled') execute function access.return_after_cancelled();
create trigger expected before insert on return_persons for each row
  execute function access.return_person_before_insert();
create trigger once before update of result, recorded_by, arrived_at, intake_id, text_sealed on return_persons for each row
  execute function access.return_person_before_result();
create trigger liveness after update on return_persons for each row
  when (old.expected and not new.expected) execute function access.return_person_after_end();

-- hand-over and notices: functions and triggers

-- Each side of a hand-over writes its own words, and none once it is over: minutes are not rewritten.
create function access.confirmation_before_update() returns trigger language plpgsql as $$
begin
  if new.receiver_id is distinct from access.caller_org() then
    raise insufficient_privilege using message = 'what the receiver found is the receiver''s to write';
  end if;
  return new;
end $$;
create trigger confirmation before update of confirmation_sealed on handovers for each row
  when (old.confirmation_sealed is distinct from new.confirmation_sealed)
  execute function access.confirmation_before_update();
create trigger ended before update of status, reason, answer_sealed, confirmation_sealed on handovers for each row
  execute function access.ended_stays_ended('received', 'refused', 'cancelled');

-- Whether a safety flag stands against something, for who acts in the case: it binds those too who may not read which.
create function access.case_is_flagged(wanted uuid, asked text[]) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return access.caller_acts_in(wanted) and exists (
    select 1 from case_sections where case_id = wanted and section = 'handling' and codes -> 'flags' ?| asked);
end $$;

create trigger ended before update of status, acknowledged_at on notices for each row
  execute function access.ended_stays_ended('acknowledged');

-- reports without a person: functions and triggers
-- Who reported hears what became of it: the bodies with an intake on the case when it is told, and only what is told.
-- Whoever merely served the person and added an intake then is not among them: nobody writes a grant for itself.
create function access.feedback_before_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  new.told := array(
    select distinct p.organisation_id from intake_persons p where p.case_id = new.case_id and (
      exists (select 1 from cases c join data_keys k on k.id = c.key_id
              where c.id = new.case_id and k.created_by = p.organisation_id)
      or exists (select 1 from handover_cases hc join handovers h on h.id = hc.handover_id
                 where hc.case_id = new.case_id and h.receiver_id = p.organisation_id and h.status = 'received'))
    order by 1);
  return new;
end $$;
create trigger told before insert on case_feedback for each row execute function access.feedback_before_insert();

-- Who else reported, or once held the case, is for the custodian and the author to know; the others see themselves.
create function access.feedback_told(wanted uuid) returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return (select case when access.caller_has_custody(f.case_id)
                        or (f.author_id = access.caller_org() and access.caller_takes_part_in(f.case_id)) then f.told
                      when access.caller_org() = any (f.told) then array[access.caller_org()] end
          from case_feedback f where f.id = wanted);
end $$;

-- children and family: functions and triggers

-- Whoever acts in a case must respect what its custodian knows of the guardians: that one is in conflict, and by what
-- name, which stays sealed. And what was found of the family binds whoever takes part, read or not: kind, result, day.
create function access.guardians_in_conflict(wanted uuid) returns table (id uuid, sealed bytea)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select g.id, g.sealed from guardians g
  where g.case_id = wanted and g.conflict_of_interest and access.caller_acts_in(wanted)
$$;

create function access.findings(wanted uuid) returns table (kind text, conclusion text, assessed_on date)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select a.kind, a.conclusion, a.assessed_on from assessments a
  where a.case_id = wanted and access.caller_acts_in(wanted)
  order by a.assessed_on desc, a.created_at desc, a.id
$$;

create function access.guardian_before_update() returns trigger language plpgsql as $$
begin
  if old.ends_on < access.today() and new.ends_on is distinct from old.ends_on then
    raise insufficient_privilege using message = 'a guardianship that is over does not begin again';
  end if;
  return new;
end $$;
create trigger ended before update of ends_on on guardians for each row execute function access.guardian_before_update();

-- evidence and statements: functions and triggers

-- A finding is written with the conclusion, by its verifier; or by the requester for a reply that reached it on paper,
-- which bears a number, and a day between the request and today. At no other moment, and by nobody else.
create function access.verification_before_update() returns trigger language plpgsql as $$
declare concludes boolean := new.status = 'concluded' and old.status <> 'concluded';
begin
  if not concludes and (new.result, new.grounds, new.evidence_sources, new.certificate_sealed, new.determined_on,
                        new.regime, new.concluded_at, new.paper_sealed, new.paper_issued_on)
      is distinct from (old.result, old.grounds, old.evidence_sources, old.certificate_sealed, old.determined_on,
                        old.regime, old.concluded_at, old.paper_sealed, old.paper_issued_on) then
    raise insufficient_privilege using message = 'a finding is written with the conclusion';
  end if;
  if concludes and access.caller_org() is distinct from
      (case when new.paper_issued_on is null then new.verifier_id else new.requester_id end) then
    raise insufficient_privilege using message = 'the verifier concludes; the requester records a reply on paper';
  end if;
  if concludes and (new.paper_issued_on > access.today()
                    or new.paper_issued_on < (new.created_at at time zone 'Asia/Ho_Chi_Minh')::date) then
    raise insufficient_privilege using message = 'a reply is dated between its request and today';
  end if;
  return new;
end $$;
create trigger finding before update on verifications for each row execute function access.verification_before_update();

-- What is being verified, for whoever could give evidence: neither by whom nor how far.
create function access.open_verifications(wanted uuid) returns table (id uuid, kind text)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select v.id, v.kind from verifications v
  where v.case_id = wanted and access.caller_acts_in(wanted)
    and v.status in ('requested', 'in_progress', 'info_requested')
  order by v.created_at, v.id
$$;

-- Locked: evidence comes before the conclusion or is too late. How it ended is told to whoever sees the verification.
create function access.evidence_target(wanted uuid)
  returns table (case_id uuid, requester_id uuid, verifier_id uuid, live boolean, status text)
  language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select v.case_id, v.requester_id, v.verifier_id, v.status in ('requested', 'in_progress', 'info_requested'),
         case when access.caller_org() in (v.requester_id, v.verifier_id, v.custodian_id) then v.status end
  from verifications v
  where v.id = wanted and not access.caller_barred(v.case_id)
    and (coalesce(access.caller_org() in (v.requester_id, v.verifier_id, v.custodian_id), false)
         or access.caller_acts_in(v.case_id)) for share
$$;

-- Evidence is given for a question that is open, of a case that one acts in or whose verification one is party to.
create function access.caller_may_give_evidence(wanted uuid, of_case uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (
    select 1 from verifications v where v.id = wanted and v.case_id = of_case and not access.caller_barred(of_case)
      and v.status in ('requested', 'in_progress', 'info_requested')
      and (coalesce(access.caller_org() in (v.requester_id, v.verifier_id, v.custodian_id), false)
           or access.caller_acts_in(v.case_id)));
end $$;

-- A question is answered by its assistant and withdrawn by its asker, or by the end of the verification.
create function access.assistance_before_status() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if not coalesce((new.status = 'answered' and new.assistant_id = access.caller_org())
      or (new.status = 'withdrawn' and (new.asker_id = access.caller_org() or not exists (
            select 1 from verifications v where v.id = new.verification_id
              and v.status in ('requested', 'in_progress', 'info_requested')))), false) then
    raise insufficient_privilege using message = 'the assistant answers, the asker withdraws';
  end if;
  return new;
end $$;
create trigger ended before update of status on assistances for each row
  execute function access.ended_stays_ended('answered', 'withdrawn');
create trigger mover before update of status on assistances for each row execute function access.assistance_before_status();

create function access.verification_after_end() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update assistances set status = 'withdrawn', version = version + 1, updated_at = now()
    where verification_id = new.id and status = 'asked';
  return null;
end $$;
create trigger assistances after update of status on verifications for each row
  when (new.status in ('concluded', 'refused', 'withdrawn', 'forwarded')) execute function access.verification_after_end();

-- Versions are counted here, so that nobody's statement passes for the first one, which alone needs no reason.
create function access.statement_before_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  -- Not max(version), for which PostgreSQL plans anew each time.
  new.version := 1 + coalesce((select version from case_entries where case_id = new.case_id and version is not null
                               order by version desc limit 1), 0);
  new.taken_at := coalesce(new.taken_at, now());
  return new;
end $$;
create trigger version before insert on case_entries for each row
  when (new.section = 'statement') execute function access.statement_before_insert();

-- certificates: functions and triggers

-- A paper is signed by a body that signs papers and acts in the case, a victim's only once they were found to be one; by
-- the verifier that has just found a victim; or in its own paper's place.
create function access.caller_may_certify(c public.certificates) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return not access.caller_barred(c.case_id) and (
      (c.issuer_id = access.caller_org() and c.verification_id is null and c.replaces_id is null
          and access.caller_agency() in ('police', 'border_guard') and access.caller_acts_in(c.case_id)
          and (c.kind <> 'victim' or exists (
            select 1 from cases k where k.id = c.case_id and k.identification = 'confirmed')))
      or (c.issuer_id = access.caller_org() and exists (
            select 1 from certificates o where o.id = c.replaces_id and o.issuer_id = c.issuer_id
              and o.case_id = c.case_id and o.kind = c.kind and o.status = 'replaced'
              and o.verification_id is not distinct from c.verification_id))
      or (c.kind = 'victim' and (c.replaces_id is null or exists (
            select 1 from certificates o where o.id = c.replaces_id and o.case_id = c.case_id and o.kind = c.kind))
          and exists (
            select 1 from verifications v where v.id = c.verification_id and v.case_id = c.case_id and v.kind = 'victim'
              and v.status = 'concluded' and v.result = 'victim' and v.verifier_id = c.issuer_id
              and (v.verifier_id = access.caller_org()
                   or (v.requester_id = access.caller_org() and v.paper_issued_on is not null)))));
end $$;

-- A new finding takes the place of the paper that an earlier one gave, whoever signed that.
create function access.certificate_before_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if new.verification_id is not null and new.replaces_id is null then
    update certificates set status = 'replaced', version = version + 1, updated_at = now()
      where case_id = new.case_id and kind = new.kind and status = 'issued' returning id into new.replaces_id;
  end if;
  return new;
end $$;
create trigger replaced before insert on certificates for each row execute function access.certificate_before_insert();
create trigger ended before update of status, reason, sealed on certificates for each row
  execute function access.ended_stays_ended('replaced', 'revoked');

-- Who is told of a change: the custodian, whoever asked for the finding, and everybody who now reads the papers.
create function access.certificate_holders(wanted uuid) returns uuid[]
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select array(
    select k.custodian_id from certificates c join cases k on k.id = c.case_id
      where c.id = wanted and c.issuer_id = access.caller_org() and not access.caller_barred(c.case_id)
    union select c.issuer_id from certificates c join cases k on k.id = c.case_id
      where c.id = wanted and k.custodian_id = access.caller_org() and not access.caller_barred(c.case_id)
    union select p.organisation_id from certificates c join case_parties p on p.case_id = c.case_id
      where c.id = wanted and c.issuer_id = access.caller_org() and not access.caller_barred(c.case_id) and p.live
        and 'papers' = any (p.sections) and access.in_time(p.expires_on, p.expires_at))
$$;

-- safety: functions and triggers

-- A place is taken by the custodian or by the facility, and only where the person was taken in: in the custodian's own
-- facility, or in one that holds a live referral for shelter.
create function access.caller_may_place(wanted uuid, place uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare facility uuid := (select organisation_id from services where id = place and service = 'shelter' and status = 'active');
begin
  return exists (
    select 1 from cases c where c.id = wanted and access.caller_org() in (c.custodian_id, facility)
      and not access.caller_barred(wanted) and (c.custodian_id = facility or exists (
        select 1 from case_parties p join referrals r on r.id = p.carrier_id
        where p.case_id = wanted and p.organisation_id = facility and p.carrier = 'referral' and p.live
          and access.in_time(p.expires_on, p.expires_at) and r.service = 'shelter')));
end $$;

create function access.placement_before_insert() returns trigger language plpgsql as $$
begin
  new.facility_id := (select organisation_id from services where id = new.service_id);
  return new;
end $$;

-- Occupancy follows the stay. What a facility does not count (no places stated) is not counted for it.
create function access.placement_after_status() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update services set updated_at = now(), version = version + 1,
    places_free = case new.status when 'active' then places_free - 1 else least(places_free + 1, places_total) end
    where id = new.service_id and places_free is not null;
  return null;
end $$;

-- Without a new version: to the police body that was told of an incident, custody is a hidden write.
create function access.safety_follows_custody() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update placements set custodian_id = new.custodian_id where case_id = new.id;
  update incidents set custodian_id = new.custodian_id where case_id = new.id;
  update protections set custodian_id = new.custodian_id where case_id = new.id;
  return null;
end $$;

-- Each says for itself and once that it knows, the police not after the end; how it ended is said once, by custodian or
-- reporter.
create function access.incident_before_update() returns trigger language plpgsql as $$
declare me uuid := access.caller_org(); ends boolean := new.status = 'resolved' and old.status <> 'resolved';
begin
  if (old.status = 'resolved' and new.status <> 'resolved')
      or (new.outcome is distinct from old.outcome and not ends)
      or (ends and not coalesce(me in (old.custodian_id, old.reported_by), false))
      or (new.custodian_acknowledged_at is distinct from old.custodian_acknowledged_at
          and (old.custodian_acknowledged_at is not null or old.custodian_id is distinct from me))
      or (new.police_acknowledged_at is distinct from old.police_acknowledged_at
          and (old.police_acknowledged_at is not null or old.status = 'resolved' or old.police_id is distinct from me)) then
    raise insufficient_privilege using message = 'an incident is moved by whose word it is, once';
  end if;
  return new;
end $$;

-- The key of the person for an incident's words: its police body has no part in the case, and needs them.
create function access.incident_key(wanted uuid) returns table (id uuid, wrapped bytea, kek_id text)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select k.id, k.wrapped, k.kek_id from incidents i join cases c on c.id = i.case_id join data_keys k on k.id = c.key_id
  where i.id = wanted and (i.police_id = access.caller_org() or access.caller_may_unwrap(k.id))
    and not access.caller_barred(c.id)
$$;

create trigger custodian before insert on placements for each row execute function access.carrier_before_insert();
create trigger custodian before insert on incidents for each row execute function access.carrier_before_insert();
create trigger custodian before insert on protections for each row execute function access.carrier_before_insert();
create trigger facility before insert on placements for each row execute function access.placement_before_insert();
create trigger place_taken after insert on placements for each row execute function access.placement_after_status();
create trigger place_given_back after update of status on placements for each row
  when (old.status is distinct from new.status) execute function access.placement_after_status();
create trigger safety after update of custodian_id on cases for each row
  when (old.custodian_id is distinct from new.custodian_id) execute function access.safety_follows_custody();
create trigger ended before update of status, until, ended_on, reason, destination, text_sealed on placements
  for each row execute function access.ended_stays_ended('ended');
create trigger moves before update of status, outcome, custodian_acknowledged_at, police_acknowledged_at on incidents
  for each row execute function access.incident_before_update();
create trigger ended before update of status, measures, orders_sealed, ended_on, reason, text_sealed on protections
  for each row execute function access.ended_stays_ended('ended', 'declined');

-- benefits: functions and triggers

-- What a payment says of its sum: support given by the caller in that case, of that service, and no more than planned.
create function access.pays(d public.disbursements) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return exists (select 1 from support_items s where s.id = d.support_item_id and s.case_id = d.case_id
                 and s.author_id = access.caller_org() and s.service = d.service and s.amount_vnd <= d.amount_vnd);
end $$;

-- What was disbursed on an application, for its custodian and its decider, who sees no disbursement.
create function access.application_money(wanted uuid) returns table (planned_vnd bigint, paid_vnd bigint)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(sum(d.amount_vnd) filter (where d.status = 'planned'), 0)::bigint,
         coalesce(sum(s.amount_vnd), 0)::bigint
  from disbursements d left join support_items s on s.id = d.support_item_id
  where d.application_id = wanted and exists (
    select 1 from applications a where a.id = wanted and access.caller_org() in (a.custodian_id, a.decider_id)
      and not access.caller_barred(a.case_id))
$$;

create trigger custodian before insert on applications for each row execute function access.carrier_before_insert();
create trigger ended before update of status, decided_on, granted_vnd, withdrawal_reason, answer_sealed on applications
  for each row execute function access.ended_stays_ended('granted', 'refused', 'withdrawn');
create trigger ended before update on disbursements
  for each row execute function access.ended_stays_ended('paid', 'cancelled');

-- The audit. Of a case one may write down what one did once one holds it, has or had a grant on it, has found it by a search,
-- breaks the glass, or was told of it: an earlier entry then names the caller. The usual case is the first line.
create function access.caller_knows_of(wanted uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare me uuid := access.caller_org();
begin
  return exists (select 1 from cases where id = wanted and custodian_id = me)
      or exists (select 1 from case_parties where case_id = wanted and organisation_id = me)
      or exists (select 1 from referrals where case_id = wanted and claimant_id = me)
      or exists (select 1 from break_glass where case_id = wanted
                 and (organisation_id = me
                      or (access.caller_agency() = 'oversight' and access.beside_caller(organisation_id))))
      or exists (select 1 from search_handles where case_id = wanted and organisation_id = me)
      or exists (select 1 from audit_entries where case_id = wanted and (organisation_id = me or me = any (parties)));
end $$;

-- The audit tree. An entry queues for its place in its own transaction, so one that commits late is ordered late and never
-- skipped. Places are given by one caller at a time; a position, once given, is never given again.
create function access.audit_after_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into audit_unordered (entry_id) select id from written;
  return null;
end $$;
create trigger queued after insert on audit_entries referencing new table as written
  for each statement execute function access.audit_after_insert();

-- Waiting entries that bring no leaf: written by SQL, or before there were leaves. The service hashes them.
-- Begins with what waits, here and below: `limit 1` keeps the planner from turning the join round and reading all entries.
create function access.unhashed_audit(most int) returns setof audit_entries
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query select e.* from audit_unordered u
      cross join lateral (select * from audit_entries e where e.id = u.entry_id and e.leaf is null limit 1) e limit most;
end $$;

-- How many were ordered now. Entries are never updated, so the leaf of one that brought none is kept with its place alone.
create function access.order_audit(most int, hashed uuid[], leaves bytea[]) returns int
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare ordered int; size bigint;
begin
  perform pg_advisory_xact_lock(5201104);
  select coalesce(max(position) + 1, 0) into size from audit_leaves;  -- in a snapshot taken under the lock
  with batch as materialized (
    (select e.id, e.at, h.leaf
     from unnest(hashed, leaves) as h(id, leaf)
       cross join lateral (select e.id, e.at from audit_unordered u join audit_entries e on e.id = u.entry_id
                           where u.entry_id = h.id and e.leaf is null limit 1) e
     where h.leaf is not null
     union all
     select e.id, e.at, e.leaf from audit_unordered u
       cross join lateral (select * from audit_entries e where e.id = u.entry_id and e.leaf is not null limit 1) e)
    limit least(greatest(coalesce(most, 0), 0), 10000)
  ), placed as (delete from audit_unordered where entry_id = any (array(select b.id from batch b)))
  insert into audit_leaves (position, entry_id, leaf)
    select size - 1 + row_number() over (order by b.at, b.id), b.id, b.leaf from batch b;
  get diagnostics ordered = row_count;
  return ordered;
end $$;

-- The last signed head, and how many leaves there are by now.
create function access.audit_tree() returns table (tree_size bigint, frontier bytea, at timestamptz, leaves bigint)
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query select coalesce(h.tree_size, 0), coalesce(h.frontier, ''), h.at,
                      (select coalesce(max(l.position) + 1, 0) from audit_leaves l)
    from (select 1) one left join (select * from audit_heads order by audit_heads.tree_size desc limit 1) h on true;
end $$;

create function access.audit_leaves_from(size bigint, most int) returns table (place bigint, leaf bytea)
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query select l.position, l.leaf from audit_leaves l where l.position >= size order by l.position limit most;
end $$;

-- Workers that sign one size at once make the same root; one of the two is kept.
create function access.keep_audit_head(size bigint, root bytea, frontier bytea, at timestamptz, jws text) returns boolean
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into audit_heads values (size, root, frontier, at, jws) on conflict do nothing;
  return found;
end $$;

-- change feed: functions and triggers

create function access.outbox_after_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into feed_entries (organisation_id, seq)
    select distinct reader, a.seq from added a left join cases c on c.id = a.case_id,
      unnest(a.parties || a.organisation_id || c.custodian_id
             || array(select p.organisation_id from case_parties p where p.case_id = a.case_id and p.live)) reader
    where reader is not null;
  return null;
end $$;
create trigger feeds after insert on outbox_events referencing new table as added for each statement
  execute function access.outbox_after_insert();

-- An event tells that something happened to a thing: whoever may not see the thing now is not told. Runs as the caller, so
-- that the policies of the thing's own table decide; of what has no table the author alone is told.
create function access.event_shown(kind text, wanted uuid, author uuid) returns boolean language sql stable as $$
  select case kind
    when 'case' then exists (select 1 from cases t where t.id = wanted)
    when 'intake' then exists (select 1 from intakes t where t.id = wanted)
    when 'supplement' then exists (select 1 from intake_supplements t where t.id = wanted)
    when 'handover' then exists (select 1 from handovers t where t.id = wanted)
    when 'consent' then exists (select 1 from consents t where t.id = wanted)
    when 'correction' then exists (select 1 from corrections t where t.id = wanted)
    when 'note' then exists (select 1 from case_notes t where t.id = wanted)
    when 'statement' then exists (select 1 from case_entries t where t.id = wanted)
    when 'guardian' then exists (select 1 from guardians t where t.id = wanted)
    when 'assessment' then exists (select 1 from assessments t where t.id = wanted)
    when 'feedback' then exists (select 1 from case_feedback t where t.id = wanted)
    when 'verification' then exists (select 1 from verifications t where t.id = wanted)
    when 'assistance' then exists (select 1 from assistances t where t.id = wanted)
    when 'evidence' then exists (select 1 from verification_evidence t where t.id = wanted)
    when 'fine_review' then exists (select 1 from fine_reviews t where t.id = wanted)
    when 'certificate' then exists (select 1 from certificates t where t.id = wanted)
    when 'referral' then exists (select 1 from referrals t where t.id = wanted)
    when 'plan' then exists (select 1 from plans t where t.id = wanted)
    when 'support_item' then exists (select 1 from support_items t where t.id = wanted)
    when 'follow_up' then exists (select 1 from follow_ups t where t.id = wanted)
    when 'notice' then exists (select 1 from notices t where t.id = wanted)
    when 'placement' then exists (select 1 from placements t where t.id = wanted)
    when 'incident' then exists (select 1 from incidents t where t.id = wanted)
    when 'protection' then exists (select 1 from protections t where t.id = wanted)
    when 'application' then exists (select 1 from applications t where t.id = wanted)
    when 'disbursement' then exists (select 1 from disbursements t where t.id = wanted)
    when 'return' then exists (select 1 from returns t where t.id = wanted)
    when 'reception' then exists (select 1 from receptions t where t.id = wanted)
    when 'reception_line' then exists (select 1 from reception_lines t where t.id = wanted)
    when 'reception_handover' then exists (select 1 from reception_handovers t where t.id = wanted)
    when 'override' then exists (select 1 from overrides t where t.id = wanted)
    when 'exclusion' then exists (select 1 from case_exclusions t where t.id = wanted)
    when 'contact_request' then exists (select 1 from contact_requests t where t.id = wanted)
    when 'break_glass' then exists (select 1 from break_glass t where t.id = wanted)
    when 'duty' then exists (select 1 from duties t where t.id = wanted)
    when 'service' then exists (select 1 from services t where t.id = wanted)
    else coalesce(author = (select access.caller_org()), false) end
$$;

create function access.feed_horizon() returns bigint
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce((select horizon from feed_epochs order by number desc limit 1), 0)
$$;

-- Numbers given out since the last one that is certain may come again, so from here on they mean something else: readers
-- go on at the horizon, or at the start of what is kept. `known` is the newest epoch that the caller knew of, compared
-- under the lock: a second epoch in one moment would send every reader back again. Whether one was begun.
create function access.feed_new_epoch(known uuid, from_the_start boolean default false) returns boolean
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(5201105);
  insert into feed_epochs (number, epoch, timeline, begins_after, horizon, forgotten_to)
    select coalesce(max(number), 0) + 1, gen_random_uuid(), access.timeline(),
           case when from_the_start then coalesce(max(forgotten_to), 0) else access.feed_horizon() end,
           access.feed_horizon(), coalesce(max(forgotten_to), 0)
    from feed_epochs
    having (select f.epoch from feed_epochs f order by f.number desc limit 1) is not distinct from known;
  return found;
end $$;

-- Which cluster this is, and on which of its timelines: a dump that was read into another one counts anew too.
create function access.timeline() returns bigint language sql volatile
  as $$
  select hashtextextended(system_identifier || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), 0)
  from pg_control_system()
$$;

-- Where the feed stands, and up to which number events have been drawn. A server on another timeline than the last epoch
-- began on was restored or promoted.
create function access.feed_mark() returns table (epoch uuid, horizon bigint, forgotten_to bigint, drawn bigint)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare newest feed_epochs;
begin
  select * into newest from feed_epochs f order by f.number desc limit 1;
  if newest.timeline is distinct from access.timeline() then
    perform access.feed_new_epoch(newest.epoch);
  end if;
  return query select f.epoch, f.horizon, f.forgotten_to, access.feed_drawn()
    from feed_epochs f order by f.number desc limit 1;
end $$;

create function access.feed_drawn() returns bigint
  language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  select case when s.is_called then s.last_value else 0 end from outbox_events_seq_seq s
$$;

-- To be called when every transaction that may have drawn a number up to this one has ended.
create function access.feed_advance(of_epoch uuid, passed bigint) returns void
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update feed_epochs f set horizon = passed where f.epoch = of_epoch and f.horizon < passed
    and f.number = (select max(number) from feed_epochs);
end $$;

-- Where a cursor goes on: of an earlier epoch, where the next began at the latest, so that events may come again and none
-- is missed; of an epoch this database does not know (it was restored to before it), at the start of what is kept. A
-- cursor of this very epoch beyond every number drawn is proof of a snapshot put back on the same timeline; what was
-- drawn anew before anybody came with such a cursor is not known, so that every reader begins at the start.
create function access.feed_start(of_epoch uuid, seen bigint) returns bigint
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if seen > access.feed_drawn() then
    perform access.feed_new_epoch(of_epoch, true);
  end if;
  return coalesce((select least(seen, (select min(n.begins_after) from feed_epochs n where n.number > f.number))
                   from feed_epochs f where f.epoch = of_epoch),
                  (select max(forgotten_to) from feed_epochs), 0);
end $$;

-- What is older than the feed promises to keep; the audit has it all.
create function access.feed_forget(days int, most int) returns int
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare gone bigint[];
begin
  with old as (
    select o.seq from outbox_events o where o.at < now() - make_interval(days => greatest(days, 30))
      and o.seq <= access.feed_horizon() order by o.seq limit most for update skip locked
  ), forgotten as (delete from outbox_events o using old where o.seq = old.seq returning o.seq)
  select array_agg(f.seq) into gone from forgotten f;
  delete from feed_entries e where e.seq = any (gone);
  update feed_epochs set forgotten_to = greatest(forgotten_to, (select max(n) from unnest(gone) n))
    where number = (select max(f.number) from feed_epochs f) and gone is not null;
  return coalesce(cardinality(gone), 0);
end $$;

-- batches: functions

-- The operation that has waited longest and that no worker holds, held now for its next chunk; and whose it is, since a
-- worker has no caller of its own. What was done 30 days ago is forgotten on the way.
create function access.claim_operation()
  returns table (id uuid, organisation_id uuid, agency text, province_codes text[], client_id text, mode text,
                 request_id uuid, officer text, purpose text, done int)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from operations o where o.finished_at < now() - interval '30 days';
  return query
    with next as (
      select o.id from operations o where o.finished_at is null and o.held_until < now()
      order by o.created_at, o.id for update skip locked limit 1),
    held as (
      update operations o set held_until = now() + interval '15 seconds' from next where o.id = next.id returning o.*)
    select h.id, h.organisation_id, g.agency, g.province_codes, h.client_id, c.mode, h.request_id, h.officer, h.purpose,
           h.done
    from held h join organisations g on g.id = h.organisation_id join clients c on c.id = h.client_id;
end $$;

-- Outcomes of the next lines, in the transaction that wrote their records; false where those lines are done already. With the
-- last line the body goes, and its key: nobody ends an operation of which a line has no outcome.
create function access.keep_outcomes(wanted uuid, first int, results jsonb) returns boolean
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare of operations; many int := jsonb_array_length(results); made int; known int; sealing uuid;
begin
  select * into of from operations o where o.id = wanted and o.organisation_id = access.caller_org()
    and o.client_id = access.caller_client() and o.finished_at is null for update;
  if not found or many = 0 or first <> of.done + 1 or of.done + many > of.lines then
    return false;
  end if;
  select count(*) filter (where r ->> 'status' = '201'), count(*) filter (where r ->> 'status' = '200')
    into made, known from jsonb_array_elements(results) r;
  insert into operation_outcomes values (wanted, first, results);
  update operations o set done = o.done + many, created = o.created + made, replayed = o.replayed + known,
      refused = o.refused + many - made - known, held_until = now() + interval '15 seconds',
      finished_at = case when o.done + many = o.lines then clock_timestamp() end where o.id = wanted;
  if of.done + many = of.lines then
    delete from operation_bodies b where b.operation_id = wanted returning b.key_id into sealing;
    delete from data_keys k where k.id = sealing;
  end if;
  return true;
end $$;

-- webhooks: functions and triggers

-- An endpoint begins where the feed stands; whoever wants what was before asks for a replay.
create function access.webhook_before_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  select m.epoch, m.horizon into new.epoch, new.seen from access.feed_mark() m;
  return new;
end $$;
create trigger begins before insert on webhook_endpoints for each row execute function access.webhook_before_insert();

-- What the operator approved, asked by exact name: the list would tell whom others send to. Null: nothing.
create function access.webhook_host(wanted text, at_port int) returns text
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select case when h.loopback then 'loopback' else 'public' end
  from webhook_hosts h where h.host = wanted and h.port = at_port
$$;

-- Endpoints with something to do that no worker has in hand, the longest waiting first, for as long as one try takes.
-- For the relay, which is nobody's caller yet: a caller would learn of others' endpoints.
create function access.webhook_claim(most int, in_trouble boolean)
  returns table (endpoint_id uuid, organisation_id uuid, agency text, provinces text[], mode text)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if access.caller_org() is not null then
    return;
  end if;
  return query
    with chosen as materialized (
      select e.id from webhook_endpoints e join organisations o on o.id = e.organisation_id and o.status = 'active'
        join clients c on c.id = e.client_id and c.status = 'active'
          and c.scopes @> array[o.agency || ':event.read', o.agency || ':webhook.manage']
      where e.status = 'active' and e.leased_until <= clock_timestamp()
        and (e.failing_since is not null) = in_trouble
        and (exists (select 1 from feed_entries f where f.organisation_id = e.organisation_id
                     and f.seq > e.seen and f.seq <= access.feed_horizon())
          or exists (select 1 from webhook_deliveries d where d.endpoint_id = e.id and d.status = 'pending'
                     and d.next_at <= clock_timestamp())
          or e.epoch is distinct from (select n.epoch from feed_epochs n order by n.number desc limit 1))
      order by e.leased_until limit most for update of e skip locked),
    leased as (
      update webhook_endpoints e set leased_until = clock_timestamp() + interval '30 seconds'
      from chosen c where e.id = c.id returning e.id, e.organisation_id, e.client_id)
    select l.id, o.id, o.agency, o.province_codes, c.mode
    from leased l join organisations o on o.id = l.organisation_id join clients c on c.id = l.client_id;
end $$;

-- Takes into the queue what the feed has had since, then gives what is due next; asked by the endpoint's organisation.
-- Whether it may see the event is judged by the policy of the events, at every try.
create function access.webhook_next(wanted uuid) returns table (delivery_id uuid, event_id uuid, kind text, attempts int)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  e webhook_endpoints;
  start bigint;
  upto bigint;
begin
  select * into e from webhook_endpoints w
    where w.id = wanted and w.organisation_id = access.caller_org() and w.status = 'active' for no key update;
  if not found then
    return;
  end if;
  start := access.feed_start(e.epoch, e.seen);
  select coalesce(case when count(*) = 500 then max(n.seq) end, access.feed_horizon()) into upto from (
    select f.seq from feed_entries f where f.organisation_id = e.organisation_id and f.seq > start
      and f.seq <= access.feed_horizon() order by f.seq limit 500) n;
  insert into webhook_deliveries (id, endpoint_id, organisation_id, kind, event_id, seq, lane, next_at)
    select gen_random_uuid(), e.id, e.organisation_id, 'event', o.id, o.seq, coalesce(o.case_id, o.subject_id),
      greatest(clock_timestamp(), (select max(d.next_at) from webhook_deliveries d where d.endpoint_id = e.id
        and d.lane = coalesce(o.case_id, o.subject_id) and d.status = 'pending'))
    from feed_entries f join outbox_events o on o.seq = f.seq
    where f.organisation_id = e.organisation_id and f.seq > start and f.seq <= upto
      and (e.types = '{}' or o.type = any (e.types))
  on conflict do nothing;
  update webhook_endpoints w set seen = upto, leased_until = clock_timestamp() + interval '30 seconds',
      epoch = (select n.epoch from feed_epochs n order by n.number desc limit 1)
    where w.id = e.id;
  return query select d.id, d.event_id, d.kind, d.attempts from webhook_deliveries d
    where d.endpoint_id = e.id and d.status = 'pending' and d.next_at <= clock_timestamp()
    order by d.seq, d.created_at limit 1;
end $$;

-- What became of a try. `again`: seconds until the next one, null for the last; what is of one lane waits with it.
create function access.webhook_settle(wanted uuid, became text, outcome text, answered int, again float) returns void
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  d webhook_deliveries;
begin
  update webhook_deliveries w set status = became, result = outcome, status_code = answered,
      attempts = w.attempts + case became when 'withheld' then 0 else 1 end, tried_at = clock_timestamp(),
      next_at = coalesce(clock_timestamp() + make_interval(secs => again), w.next_at)
    where w.id = wanted and w.organisation_id = access.caller_org() and w.status = 'pending' returning * into d;
  if d.status = 'pending' then
    update webhook_deliveries w set next_at = greatest(w.next_at, d.next_at)
      where w.endpoint_id = d.endpoint_id and w.lane = d.lane and w.status = 'pending';
  end if;
  update webhook_endpoints e set failing_since = case
      when became = 'delivered' then null when became = 'withheld' then e.failing_since
      else coalesce(e.failing_since, clock_timestamp()) end
    where e.id = d.endpoint_id;
end $$;

-- A worker lets go of an endpoint of the caller, which then rests for so many seconds.
create function access.webhook_release(wanted uuid, rest float) returns void
  language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update webhook_endpoints set leased_until = clock_timestamp() + make_interval(secs => rest)
  where id = wanted and organisation_id = access.caller_org()
$$;

-- The log is kept for as long as the feed; how many lines went.
create function access.webhook_forget(days int, most int) returns int
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  gone int;
begin
  delete from webhook_deliveries where id in (select d.id from webhook_deliveries d
    where d.created_at < now() - make_interval(days => days) order by d.created_at limit most for update skip locked);
  get diagnostics gone = row_count;
  return gone;
end $$;

-- What operators are told of the service as a whole: ages in seconds, 0 where nothing waits. For nobody's caller alone.
create function access.signals()
  returns table (feed_lag float, webhook_lag float, webhooks_failing bigint, tree_lag float, batches bigint)
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if access.caller_org() is not null then
    return;
  end if;
  return query
    with oldest(feed, webhook, tree) as (select
      (select o.at from outbox_events o where o.seq > access.feed_horizon() order by o.seq limit 1),
      -- Who takes nothing delays nobody but itself, so what waits for those in trouble is no lag of the service.
      (select min(due.at) from webhook_endpoints e cross join lateral (
         select min(d.next_at) from webhook_deliveries d
           where d.endpoint_id = e.id and d.status = 'pending' and d.next_at <= clock_timestamp()
         union all
         (select o.at from feed_entries f join outbox_events o on o.seq = f.seq
           where f.organisation_id = e.organisation_id and f.seq > e.seen and f.seq <= access.feed_horizon()
           order by f.seq limit 1)) due(at)
       where e.status = 'active' and e.failing_since is null),
      least((select min(a.at) from (select entry_id from audit_unordered limit 1000) u
               join audit_entries a on a.id = u.entry_id),
            (select a.at from audit_leaves l join audit_entries a on a.id = l.entry_id
               where l.position = (select coalesce(max(h.tree_size), 0) from audit_heads h))))
    select coalesce(extract(epoch from clock_timestamp() - feed), 0)::float,
           coalesce(extract(epoch from clock_timestamp() - webhook), 0)::float,
           (select count(*) from webhook_endpoints e where e.status = 'active' and e.failing_since is not null),
           coalesce(extract(epoch from clock_timestamp() - tree), 0)::float,
           (select count(*) from operations p where p.finished_at is null)
    from oldest;
end $$;

-- Clocks overdue in the whole country by rule, in steps of five, rounded up: nobody learns of one person from a number
-- that went from none to one. Without what supervisors are told besides, and without rehearsal.
create function access.overdue() returns table (rule text, overdue bigint)
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if access.caller_org() is not null then
    return;
  end if;
  return query select d.rule_id, (count(*) + 4) / 5 * 5 from duties d
    where d.status = 'running' and d.paused_at is null and d.due_at < now() and d.carrier <> 'escalation'
      and not access.is_test(d.organisation_id)
    group by d.rule_id;
end $$;

revoke execute on all functions in schema access from public;
grant execute on all functions in schema access to app_api;
-- Reached through triggers only.
revoke execute on function access.raise_support(uuid, text), access.follow_custody(uuid[], uuid, uuid) from app_api;
-- Asked by functions only: who is excluded or sealed is nobody's to try out.
revoke execute on function access.excludes(uuid, uuid), access.is_never_found(uuid) from app_api;
revoke execute on function access.feed_new_epoch(uuid, boolean) from app_api;

-- One block a table --------------------------------------------------------------------------------------------------

-- Every table but those of the registry: a new one is closed until a policy opens it.
do $$
declare t text;
begin
  for t in select tablename from pg_tables where schemaname = 'public' and tablename <> all ('{clients,client_keys,assertion_uses,proof_uses,revoked_tokens,alembic_version}'::text[]) loop
    execute format('alter table public.%I enable row level security, force row level security', t);
  end loop;
end $$;

create policy visible on data_keys for select using (access.caller_may_unwrap(id));
create policy made on data_keys for insert with check (created_by = (select access.caller_org()));
grant select on data_keys to app_api;
grant insert (id, wrapped, kek_id, created_by) on data_keys to app_api;

create policy visible on cases for select using (
  coalesce(custodian_id = (select access.caller_org()), false) or exists (
    select 1 from case_parties p where p.case_id = cases.id and p.organisation_id = (select access.caller_org())
      and p.live and access.in_time(p.expires_on, p.expires_at)));
create policy opened on cases for insert with check (
  custodian_id = (select access.caller_org()) and access.caller_opens_under(key_id));
create policy moved on cases for update using (true) with check (custodian_id = (select access.caller_org()));
grant select, insert on cases to app_api;
grant update (status, closure_reason, closure_outcome, version, updated_at) on cases to app_api;

create policy visible on case_sections for select using (section = any (access.caller_sections(case_id)));
create policy written on case_sections for insert with check (
  updated_by = (select access.caller_org()) and access.caller_may_write(case_id, section));
create policy mended on case_sections for update using (true) with check (
  updated_by = (select access.caller_org()) and access.caller_may_write(case_id, section));
grant select, insert on case_sections to app_api;
grant update (codes, sealed, version, updated_by, updated_at) on case_sections to app_api;

create policy visible on case_entries for select using (
  section = any (access.caller_sections(case_id))
  or (section = 'investigation' and author_id = (select access.caller_org()))
  -- A verifier keeps the statement it took as such.
  or (section = 'statement' and author_id = (select access.caller_org()) and exists (
    select 1 from verifications v where v.case_id = case_entries.case_id
      and v.verifier_id = (select access.caller_org()) and v.created_at <= case_entries.created_at)));
create policy appended on case_entries for insert with check (
  author_id = (select access.caller_org()) and access.caller_may_write(case_id, section));
grant select, insert on case_entries to app_api;

create policy visible on case_parties for select using (
  coalesce(organisation_id = (select access.caller_org()) or given_by = (select access.caller_org()), false)
  or access.caller_has_custody(case_id));
create policy given on case_parties for insert with check (access.caller_may_give(case_parties));
grant select on case_parties to app_api;
grant insert (id, case_id, organisation_id, given_by, carrier, carrier_id, sections, consent_id, lawful_basis,
              override_id) on case_parties to app_api;

create policy visible on case_links for select using (
  access.caller_takes_part_in(case_id) and access.caller_takes_part_in(linked_case_id));
create policy made on case_links for insert with check (
  access.caller_has_custody(case_id) and access.caller_has_custody(linked_case_id));
grant select, insert on case_links to app_api;

create policy visible on case_lookups for select using (
  case kind when 'document' then 'papers' else 'identity' end = any (access.caller_sections(case_id)));
create policy made on case_lookups for insert with check (
  access.caller_may_write(case_id, case kind when 'document' then 'papers' else 'identity' end));
create policy dropped on case_lookups for delete using (
  access.caller_may_write(case_id, case kind when 'document' then 'papers' else 'identity' end));
grant select, insert, delete on case_lookups to app_api;

create policy visible on handovers for select using (
  coalesce(giver_id = (select access.caller_org()) or receiver_id = (select access.caller_org()), false)
  or access.caller_has_custody(case_id));
create policy proposed on handovers for insert with check (
  giver_id = (select access.caller_org()) and access.caller_has_custody(case_id)
  and status = case when receiver_id is null then 'received' else 'proposed' end);
create policy moved on handovers for update using (true) with check (
  coalesce(giver_id = (select access.caller_org()) or receiver_id = (select access.caller_org()), false));
grant select on handovers to app_api;
grant insert (id, case_id, giver_id, receiver_id, channel, outside, status, state, separation_reason, text_sealed,
              minutes_sealed, occurred_at) on handovers to app_api;
grant update (status, reason, answer_sealed, confirmation_sealed, version, updated_at) on handovers to app_api;

-- A later custodian of one of many sees whom it has, not who else was handed over then.
create policy visible on handover_cases for select using (
  access.caller_has_custody(case_id) or exists (select 1 from handovers h where h.id = handover_id and coalesce(
    h.giver_id = (select access.caller_org()) or h.receiver_id = (select access.caller_org()), false)));
create policy proposed on handover_cases for insert with check (
  access.caller_has_custody(case_id)
  and exists (select 1 from handovers h where h.id = handover_id and h.giver_id = (select access.caller_org())));
grant select on handover_cases to app_api;
grant insert (handover_id, case_id) on handover_cases to app_api;

create policy visible on consents for select using (
  coalesce(recorded_by = (select access.caller_org()) or recipient_id = (select access.caller_org()), false)
  or access.caller_has_custody(case_id));
create policy recorded on consents for insert with check (
  recorded_by = (select access.caller_org()) and access.caller_acts_in(case_id)
  and withdrawn_for is null and (guardian_id is null or exists (
    select 1 from guardians g where g.id = guardian_id and g.case_id = consents.case_id and not g.conflict_of_interest)));
create policy withdrawn on consents for update using (true) with check (
  coalesce(recorded_by = (select access.caller_org()), false) or access.caller_has_custody(case_id));
grant select, insert on consents to app_api;
grant update (status, revocation_sealed, withdrawn_for, version, updated_at) on consents to app_api;

create policy visible on case_notes for select using (
  access.caller_has_custody(case_id)
  or (author_id = (select access.caller_org()) and access.caller_takes_part_in(case_id)));
create policy made on case_notes for insert with check (
  author_id = (select access.caller_org()) and access.caller_acts_in(case_id));
grant select, insert on case_notes to app_api;

create policy visible on corrections for select using (section = any (access.caller_sections(case_id)));
create policy made on corrections for insert with check (
  author_id = (select access.caller_org()) and access.caller_may_write(case_id, section));
grant select, insert on corrections to app_api;

create policy visible on intakes for select using (organisation_id = (select access.caller_org()));
create policy submitted on intakes for insert with check (
  organisation_id = (select access.caller_org()) and (case_id is null or access.caller_acts_in(case_id)));
grant select, insert on intakes to app_api;

create policy visible on intake_persons for select using (organisation_id = (select access.caller_org()));
-- Feedback follows these rows: nobody puts itself on a case in which it does not act.
create policy submitted on intake_persons for insert with check (
  organisation_id = (select access.caller_org()) and access.caller_acts_in(case_id));
grant select, insert on intake_persons to app_api;

-- The whole intake is the first receiver's while it has custody; afterwards the row above is what remains.
create policy visible on intake_contents for select using (
  organisation_id = (select access.caller_org()) and (case_id is null or exists (
    select 1 from cases c where c.id = intake_contents.case_id and c.custodian_id = (select access.caller_org())
      and 'statement' = any (c.custodian_sections))));
create policy submitted on intake_contents for insert with check (
  organisation_id = (select access.caller_org()) and (case_id is null or access.caller_takes_part_in(case_id)));
grant select, insert on intake_contents to app_api;

create policy visible on intake_supplements for select using (
  coalesce(organisation_id = (select access.caller_org()), false)
  or ((select access.caller_agency()) in ('labour', 'commune') and access.caller_has_custody(case_id)));
create policy added on intake_supplements for insert with check (
  organisation_id = (select access.caller_org()) and exists (
    select 1 from intakes i where i.organisation_id = (select access.caller_org()) and i.id = intake_id
      and ((i.case_id is not distinct from intake_supplements.case_id and i.key_id = intake_supplements.key_id)
           -- Of the reporter: on no case, under a key of the author's own.
           or (intake_supplements.case_id is null and exists (select 1 from data_keys k
               where k.id = intake_supplements.key_id and k.created_by = (select access.caller_org()))))));
grant select, insert on intake_supplements to app_api;

create policy visible on verifications for select using (
  coalesce(requester_id = (select access.caller_org()) or verifier_id = (select access.caller_org())
           or custodian_id = (select access.caller_org()), false));
create policy requested on verifications for insert with check (
  requester_id = (select access.caller_org()) and originator_id = requester_id and access.caller_has_custody(case_id)
  and exists (select 1 from organisations o where o.id = verifier_id and o.status = 'active'
              and o.agency in ('police', 'border_guard')));
create policy moved on verifications for update using (true) with check (
  coalesce(requester_id = (select access.caller_org()) or verifier_id = (select access.caller_org()), false));
grant select on verifications to app_api;
grant insert (id, case_id, kind, requester_id, originator_id, verifier_id, proof_sealed) on verifications to app_api;
grant update (status, reason, extended_at, result, grounds, evidence_sources, certificate_sealed, determined_on, regime,
              paper_sealed, paper_issued_on, concluded_at, version, updated_at) on verifications to app_api;

create policy visible on verification_texts for select using (
  exists (select 1 from verifications v where v.id = verification_id));
create policy added on verification_texts for insert with check (
  author_id = (select access.caller_org()) and exists (select 1 from verifications v where v.id = verification_id));
grant select, insert on verification_texts to app_api;

-- A claimable referral shows its routing to whoever could claim it (the province, never the person); a claimed one only
-- to its claimant.
create policy visible on referrals for select using (
  coalesce(sender_id = (select access.caller_org()) or receiver_id = (select access.caller_org())
           or custodian_id = (select access.caller_org()) or claimant_id = (select access.caller_org()), false)
  or (receiver_id is null and status = 'sent' and (select access.caller_agency()) in
        ('border_guard', 'police', 'labour', 'commune', 'provider', 'ngo')
      and province_code = any ((select access.caller_provinces())::text[])));
create policy sent on referrals for insert with check (
  sender_id = (select access.caller_org()) and originator_id = sender_id and claimant_id is null
  and access.caller_acts_in(case_id));
-- USING repeats what is visible: the claimant is the caller's to write, so a blind UPDATE would make every row its own.
create policy moved on referrals for update using (
  coalesce(sender_id = (select access.caller_org()) or receiver_id = (select access.caller_org())
           or custodian_id = (select access.caller_org()) or claimant_id = (select access.caller_org()), false)
  or (receiver_id is null and status = 'sent' and (select access.caller_agency()) in
        ('border_guard', 'police', 'labour', 'commune', 'provider', 'ngo')
      and province_code = any ((select access.caller_provinces())::text[]))) with check (
  coalesce(sender_id = (select access.caller_org()) or receiver_id = (select access.caller_org())
           or custodian_id = (select access.caller_org()) or claimant_id = (select access.caller_org()), false));
grant select, insert on referrals to app_api;
grant update (status, claimant_id, reason, outcome, acknowledged_at, accepted_at, started_at, ended_at, version,
              updated_at) on referrals to app_api;

create policy visible on referral_previews for select using (
  exists (select 1 from referrals r where r.id = referral_id and (
    coalesce(r.sender_id = (select access.caller_org()) or r.custodian_id = (select access.caller_org()), false)
    or (coalesce(r.receiver_id = (select access.caller_org()), false) and not access.basis_ended(r.id)))));
create policy sent on referral_previews for insert with check (
  exists (select 1 from referrals r where r.id = referral_id and r.sender_id = (select access.caller_org())));
grant select, insert on referral_previews to app_api;

create policy visible on referral_texts for select using (
  coalesce(author_id = (select access.caller_org()), false) or exists (
    select 1 from referrals r where r.id = referral_id and (
      coalesce(r.sender_id = (select access.caller_org()) or r.custodian_id = (select access.caller_org()), false)
      or (coalesce(r.receiver_id = (select access.caller_org()), false) and not access.basis_ended(r.id)
          and (kind <> 'note' or r.status in ('accepted', 'in_service'))))));
create policy added on referral_texts for insert with check (
  author_id = (select access.caller_org()) and exists (
    select 1 from referrals r where r.id = referral_id and coalesce(r.sender_id = (select access.caller_org())
      or r.receiver_id = (select access.caller_org()) or r.custodian_id = (select access.caller_org()), false)));
grant select, insert on referral_texts to app_api;

create policy visible on plans for select using (
  access.caller_has_custody(case_id) or access.caller_serves(case_id, services));
create policy made on plans for insert with check (
  author_id = (select access.caller_org()) and access.caller_has_custody(case_id));
create policy mended on plans for update using (true) with check (access.caller_has_custody(case_id));
grant select, insert on plans to app_api;
grant update (services, goals_sealed, starts_on, review_on, agreed_on, version, updated_at) on plans to app_api;

create policy visible on support_items for select using (
  coalesce(author_id = (select access.caller_org()), false) or access.caller_has_custody(case_id));
create policy given on support_items for insert with check (
  author_id = (select access.caller_org()) and access.caller_acts_in(case_id));
grant select, insert on support_items to app_api;

create policy visible on follow_ups for select using (
  coalesce(author_id = (select access.caller_org()), false) or access.caller_has_custody(case_id));
create policy held on follow_ups for insert with check (
  author_id = (select access.caller_org()) and access.caller_acts_in(case_id));
grant select, insert on follow_ups to app_api;

-- consent and overrides: policies

-- Whoever asked, and the custodian. The receiver learns from its referral on what that rests.
create policy visible on overrides for select using (
  coalesce(requested_by = (select access.caller_org()), false) or access.caller_has_custody(case_id));
create policy asked on overrides for insert with check (
  requested_by = (select access.caller_org()) and recipient_id <> requested_by and access.caller_has_custody(case_id)
  and status = 'requested' and asked_client = access.caller_client() and asked_officer = access.caller_officer()
  and sections <@ access.caller_sections(case_id));
create policy moved on overrides for update using (true) with check (
  access.caller_has_custody(case_id)
  or (status = 'withdrawn' and coalesce(requested_by = (select access.caller_org()), false)));
grant select on overrides to app_api;
grant insert (id, case_id, requested_by, recipient_id, purpose, sections, reason, text_sealed, expires_on, asked_client,
              asked_officer) on overrides to app_api;
grant update (status, approved_client, approved_officer, withdrawal_sealed, version, updated_at) on overrides to app_api;

-- searches, contact requests and exclusions: policies

-- Counts and handles are the functions' alone. A request is its asker's and, through the target, its holder's.
create policy visible on contact_targets for select using (
  coalesce(holder_id = (select access.caller_org()), false));
grant select on contact_targets to app_api;
create policy visible on contact_requests for select using (
  coalesce(asker_id = (select access.caller_org()), false) or exists (
    select 1 from contact_targets t where t.request_id = contact_requests.id));
create policy asked on contact_requests for insert with check (
  asker_id = (select access.caller_org()) and access.case_behind(found_by) is not null);
create policy answered on contact_requests for update using (true) with check (
  coalesce(disclosed_id = (select access.caller_org()), true) and exists (
    select 1 from contact_targets t where t.request_id = contact_requests.id));
grant select on contact_requests to app_api;
grant insert (id, asker_id, found_by, reason) on contact_requests to app_api;
grant update (status, answer, disclosed_id, answered_at, version, updated_at) on contact_requests to app_api;
create policy visible on contact_texts for select using (exists (
  select 1 from contact_requests r where r.id = request_id));
create policy said on contact_texts for insert with check (
  author_id = (select access.caller_org()) and exists (
    select 1 from contact_requests r where r.id = request_id and r.status = 'asked' and case kind
      when 'question' then r.asker_id = author_id
      else exists (select 1 from contact_targets t where t.request_id = r.id) end));
grant select, insert on contact_texts to app_api;

create policy visible on case_exclusions for select using (access.caller_has_custody(case_id));
create policy made on case_exclusions for insert with check (
  author_id = (select access.caller_org()) and access.caller_has_custody(case_id)
  and (organisation_id <> author_id or officer is not null));
create policy lifted on case_exclusions for update using (true) with check (access.caller_has_custody(case_id));
grant select on case_exclusions to app_api;
grant insert (id, case_id, organisation_id, officer, author_id, reason, text_sealed) on case_exclusions to app_api;
grant update (status, lifted_at, lifting_sealed, version, updated_at) on case_exclusions to app_api;

-- break-glass: policies

-- The asker and its second person, who holds the case now, and oversight.
create policy visible on break_glass for select using (
  coalesce(organisation_id = (select access.caller_org()), false) or (select access.caller_agency()) = 'oversight'
  or access.caller_has_custody(case_id));
create policy asked on break_glass for insert with check (
  organisation_id = (select access.caller_org()) and client_id = (select access.caller_client())
  and officer = (select access.caller_officer()) and officer <> '' and access.caller_may_break_glass(case_id)
  and exists (select 1 from data_keys k where k.id = key_id and k.created_by = (select access.caller_org())));
create policy moved on break_glass for update using (true) with check (
  coalesce(organisation_id = (select access.caller_org()), false) or (select access.caller_agency()) = 'oversight'
  or access.caller_has_custody(case_id));
grant select on break_glass to app_api;
grant insert (id, case_id, key_id, organisation_id, client_id, officer, reason, text_sealed) on break_glass to app_api;
grant update (status, approver_client, approver_officer, acknowledged_at, finding, review_sealed, version, updated_at)
  on break_glass to app_api;

-- vault: policies

-- receptions: policies

create policy visible on receptions for select using (organisation_id = (select access.caller_org()));
create policy opened on receptions for insert with check (
  organisation_id = (select access.caller_org())
  and exists (select 1 from data_keys k where k.id = key_id and k.created_by = (select access.caller_org())));
create policy moved on receptions for update using (true) with check (organisation_id = (select access.caller_org()));
grant select, insert on receptions to app_api;
grant update (status, version, updated_at) on receptions to app_api;

create policy visible on reception_manifests for select using (organisation_id = (select access.caller_org()));
create policy imported on reception_manifests for insert with check (
  organisation_id = (select access.caller_org())
  and exists (select 1 from receptions r where r.id = reception_id and r.status = 'open'));
grant select, insert on reception_manifests to app_api;

-- A body sees what it was handed: the hand-over of the cases, and of the others only how many they are.
create policy visible on reception_handovers for select using (
  coalesce(giver_id = (select access.caller_org()) or receiver_id = (select access.caller_org()), false));
create policy handed on reception_handovers for insert with check (
  giver_id = (select access.caller_org()) and receiver_id <> giver_id
  and exists (select 1 from receptions r where r.id = reception_id)
  and (handover_id is null or exists (
    select 1 from handovers h where h.id = handover_id and h.giver_id = reception_handovers.giver_id
      and h.receiver_id = reception_handovers.receiver_id)));
grant select, insert on reception_handovers to app_api;

-- A line names the case that its own intake opened, and no other.
create policy visible on reception_lines for select using (organisation_id = (select access.caller_org()));
create policy listed on reception_lines for insert with check (
  organisation_id = (select access.caller_org())
  and exists (select 1 from receptions r where r.id = reception_id and r.status = 'open')
  and (key_id is null or exists (
    select 1 from data_keys k where k.id = key_id and k.created_by = (select access.caller_org())))
  and (case_id is null or exists (
    select 1 from intakes i where i.organisation_id = (select access.caller_org()) and i.id = reception_lines.id
      and i.case_id = reception_lines.case_id))
  and reception_handover_id is null);
create policy screened on reception_lines for update using (true) with check (
  organisation_id = (select access.caller_org())
  and (key_id is null or exists (
    select 1 from data_keys k where k.id = key_id and k.created_by = (select access.caller_org())))
  and (case_id is null or exists (
    select 1 from intakes i where i.organisation_id = (select access.caller_org()) and i.id = reception_lines.id
      and i.case_id = reception_lines.case_id))
  and (reception_handover_id is null or exists (
    select 1 from reception_handovers h where h.id = reception_handover_id
      and h.giver_id = (select access.caller_org()))));
grant select, insert on reception_lines to app_api;
grant update (home_province_code, present, screening_result, indicators, case_id, reception_handover_id, key_id, sealed,
              mark, digest, updated_at) on reception_lines to app_api;

-- returns: policies
create policy visible on returns for select using (
  coalesce(announcer_id = (select access.caller_org()) or gate_id = (select access.caller_org()), false));
-- One that nobody announced is opened by the gate itself, with persons standing there.
create policy announced on returns for insert with check (
  exists (select 1 from data_keys k where k.id = key_id and k.created_by = (select access.caller_org()))
  and case when announcer_id is null
    then gate_id = (select access.caller_org()) and status = 'arrived'
      and (select access.caller_agency()) in ('border_guard', 'police', 'labour')
    else announcer_id = (select access.caller_org()) and status = 'announced'
      and (select access.caller_agency()) = 'foreign_affairs' and exists (
        select 1 from organisations o where o.id = gate_id and o.agency in ('border_guard', 'police', 'labour')) end);
create policy moved on returns for update using (true) with check (
  coalesce(announcer_id = (select access.caller_org()) or gate_id = (select access.caller_org()), false));
grant select, insert on returns to app_api;
grant update (status, means, arrives_at, noticed_at, waves, words_sealed, reason, answer_sealed, version, updated_at)
  on returns to app_api;

create policy visible on return_persons for select using (exists (select 1 from returns r where r.id = return_id));
-- Announced by the announcer, each a case of its own custody or under a key it made; or met at the gate, not on the list.
create policy listed on return_persons for insert with check (
  exists (select 1 from returns r where r.id = return_id and r.status <> 'cancelled' and case
    when result is null then coalesce(r.announcer_id = (select access.caller_org()), false)
    else r.gate_id = (select access.caller_org()) and recorded_by = r.gate_id and result = 'unlisted'
      and case_id is null and return_persons.key_id is null end)
  and (case_id is null or access.caller_has_custody(case_id))
  and (key_id is null or exists (
    select 1 from data_keys k where k.id = key_id and k.created_by = (select access.caller_org()))));
create policy recorded on return_persons for update using (true) with check (
  recorded_by = (select access.caller_org()) and result is not null and exists (
    select 1 from returns r where r.id = return_id and r.status <> 'cancelled'
      and coalesce(r.gate_id = (select access.caller_org())
                   or (result = 'withdrew' and r.announcer_id = (select access.caller_org())), false)));
grant select on return_persons to app_api;
grant insert (id, return_id, position, wave, case_id, key_id, result, recorded_by, arrived_at, intake_id)
  on return_persons to app_api;
grant update (result, recorded_by, arrived_at, intake_id, text_sealed) on return_persons to app_api;

-- What was said of a person without a case: the announcer's own, and the gate's to know while it expects them.
create policy visible on announced_persons for select using (exists (
  select 1 from return_persons p join returns r on r.id = p.return_id where p.id = person_id and coalesce(
    r.announcer_id = (select access.caller_org()) or (p.expected and r.gate_id = (select access.caller_org())), false)));
create policy announced on announced_persons for insert with check (exists (
  select 1 from return_persons p join returns r on r.id = p.return_id
  where p.id = person_id and p.expected and p.key_id is not null and r.announcer_id = (select access.caller_org())));
grant select, insert on announced_persons to app_api;

-- hand-over and notices: policies

-- A notice is not a grant: its recipient has the row, and the case stays hidden.
create policy visible on notices for select using (
  coalesce(sender_id = (select access.caller_org()) or recipient_id = (select access.caller_org()), false)
  or access.caller_has_custody(case_id));
create policy sent on notices for insert with check (
  sender_id = (select access.caller_org()) and access.caller_acts_in(case_id));
create policy acknowledged on notices for update using (true) with check (
  coalesce(recipient_id = (select access.caller_org()), false));
grant select on notices to app_api;
grant insert (id, case_id, case_reference, sender_id, recipient_id, kind, age_band, sex, effective_on, agreed_on,
              text_sealed) on notices to app_api;
grant update (status, acknowledged_at, version, updated_at) on notices to app_api;

-- reports without a person: policies
-- The author's alone, for ever; no custodian ever reads it.
create policy own on intake_reporters for select using (
  coalesce(organisation_id = (select access.caller_org()), false));
create policy kept on intake_reporters for insert with check (
  organisation_id = (select access.caller_org())
  and exists (select 1 from intakes i where i.organisation_id = (select access.caller_org()) and i.id = intake_id)
  and exists (select 1 from data_keys k where k.id = key_id and k.created_by = (select access.caller_org())));
grant select, insert on intake_reporters to app_api;

create policy visible on case_feedback for select using (
  coalesce((select access.caller_org()) = any (told), false) or access.caller_has_custody(case_id)
  or (author_id = (select access.caller_org()) and access.caller_takes_part_in(case_id)));
create policy given on case_feedback for insert with check (
  author_id = (select access.caller_org()) and access.caller_has_custody(case_id));
grant select (id, case_id, author_id, outcome, text_sealed, created_at) on case_feedback to app_api;
grant insert (id, case_id, author_id, outcome, text_sealed) on case_feedback to app_api;

-- children and family: policies

create policy mended on case_links for update using (true) with check (
  access.caller_has_custody(case_id) and access.caller_has_custody(linked_case_id));
grant update (relation, keep_together) on case_links to app_api;

create policy visible on guardians for select using (access.caller_has_custody(case_id));
create policy recorded on guardians for insert with check (
  author_id = (select access.caller_org()) and access.caller_has_custody(case_id));
create policy mended on guardians for update using (true) with check (access.caller_has_custody(case_id));
grant select on guardians to app_api;
grant insert (id, case_id, author_id, sealed, basis, conflict_of_interest, starts_on, ends_on) on guardians to app_api;
grant update (sealed, conflict_of_interest, ends_on, version, updated_at) on guardians to app_api;

-- The order of assessments decides whether a child goes home, so nobody but the database says when one was recorded.
create policy visible on assessments for select using (
  access.caller_has_custody(case_id)
  or (author_id = (select access.caller_org()) and access.caller_takes_part_in(case_id)));
create policy made on assessments for insert with check (
  author_id = (select access.caller_org()) and access.caller_acts_in(case_id));
grant select on assessments to app_api;
grant insert (id, case_id, author_id, kind, assessed_on, conclusion, risk, assessor, text_sealed) on assessments
  to app_api;

-- evidence and statements: policies

-- A verifier that came to no conclusion keeps nothing of what others gave.
create policy visible on verification_evidence for select using (
  coalesce(author_id = (select access.caller_org()), false)
  or exists (select 1 from verifications v where v.id = verification_id and (
    v.status not in ('refused', 'withdrawn')
    or coalesce((select access.caller_org()) in (v.requester_id, v.custodian_id), false))));
create policy given on verification_evidence for insert with check (
  author_id = (select access.caller_org()) and access.caller_may_give_evidence(verification_id, case_id)
  and (statement_id is null or exists (
    select 1 from case_entries e where e.id = statement_id and e.case_id = verification_evidence.case_id
      and e.section = 'statement')));
grant select, insert on verification_evidence to app_api;

create policy visible on assistances for select using (
  coalesce(asker_id = (select access.caller_org()) or assistant_id = (select access.caller_org()), false));
create policy asked on assistances for insert with check (
  asker_id = (select access.caller_org())
  and exists (select 1 from verifications v where v.id = verification_id and v.case_id = assistances.case_id
              and v.verifier_id = asker_id and v.status in ('requested', 'in_progress', 'info_requested'))
  and exists (select 1 from organisations o where o.id = assistant_id and o.status = 'active'
              and o.agency in ('police', 'border_guard')));
create policy moved on assistances for update using (true) with check (
  coalesce(asker_id = (select access.caller_org()) or assistant_id = (select access.caller_org()), false));
grant select on assistances to app_api;
grant insert (id, verification_id, case_id, asker_id, assistant_id) on assistances to app_api;
grant update (status, version, updated_at) on assistances to app_api;

create policy visible on assistance_texts for select using (
  exists (select 1 from assistances a where a.id = assistance_id and (
    a.asker_id = (select access.caller_org()) or a.status <> 'withdrawn')));
create policy said on assistance_texts for insert with check (
  author_id = (select access.caller_org()) and exists (
    select 1 from assistances a where a.id = assistance_id and a.status = 'asked'
      and author_id = case kind when 'question' then a.asker_id else a.assistant_id end));
grant select, insert on assistance_texts to app_api;

-- certificates: policies

create policy visible on certificates for select using (
  coalesce(issuer_id = (select access.caller_org()), false) or 'papers' = any (access.caller_sections(case_id)));
create policy issued on certificates for insert with check (access.caller_may_certify(certificates));
create policy mended on certificates for update using (true) with check (
  coalesce(issuer_id = (select access.caller_org()), false));
grant select on certificates to app_api;
grant insert (id, case_id, kind, issuer_id, verification_id, replaces_id, issued_on, sealed) on certificates to app_api;
grant update (status, reason, sealed, version, updated_at) on certificates to app_api;

create policy visible on fine_reviews for select using (
  coalesce(author_id = (select access.caller_org()), false) or access.caller_has_custody(case_id));
create policy made on fine_reviews for insert with check (
  author_id = (select access.caller_org()) and exists (
    select 1 from verifications v where v.id = verification_id and v.case_id = fine_reviews.case_id
      and v.verifier_id = (select access.caller_org()) and v.result = 'victim'));
grant select, insert on fine_reviews to app_api;

-- safety: policies

create policy visible on placements for select using (
  coalesce(facility_id = (select access.caller_org()) or custodian_id = (select access.caller_org()), false));
create policy taken on placements for insert with check (
  placed_by = (select access.caller_org()) and access.caller_may_place(case_id, service_id));
create policy moved on placements for update using (true) with check (
  coalesce(facility_id = (select access.caller_org()) or custodian_id = (select access.caller_org()), false));
grant select on placements to app_api;
grant insert (id, case_id, service_id, placed_by, started_on, until) on placements to app_api;
grant update (status, until, ended_on, reason, destination, text_sealed, version, updated_at) on placements to app_api;

create policy visible on placement_extensions for select using (
  exists (select 1 from placements p where p.id = placement_id));
create policy given on placement_extensions for insert with check (
  extended_by = (select access.caller_org())
  and exists (select 1 from placements p where p.id = placement_id and p.status = 'active'));
grant select, insert on placement_extensions to app_api;

-- A police body sees the incident it was told of, and through it nothing else.
create policy visible on incidents for select using (
  coalesce(custodian_id = (select access.caller_org()) or police_id = (select access.caller_org()), false)
  or (reported_by = (select access.caller_org()) and access.caller_takes_part_in(case_id)));
create policy reported on incidents for insert with check (
  reported_by = (select access.caller_org()) and access.caller_acts_in(case_id) and (police_id is null or exists (
    select 1 from organisations o where o.id = police_id and o.agency = 'police' and o.status = 'active')));
create policy moved on incidents for update using (true) with check (
  coalesce(custodian_id = (select access.caller_org()) or police_id = (select access.caller_org()), false)
  or (reported_by = (select access.caller_org()) and access.caller_takes_part_in(case_id)));
grant select on incidents to app_api;
grant insert (id, reference, case_id, reported_by, police_id, exclusion, kind, occurred_at, province_code, text_sealed)
  on incidents to app_api;
grant update (status, outcome, custodian_acknowledged_at, police_acknowledged_at, version, updated_at) on incidents to app_api;

create policy visible on incident_texts for select using (
  exists (select 1 from incidents i where i.id = incident_id and (
    coalesce(i.custodian_id = (select access.caller_org()), false)
    or (author_id = (select access.caller_org()) and access.caller_takes_part_in(i.case_id)))));
create policy added on incident_texts for insert with check (
  author_id = (select access.caller_org()) and exists (
    select 1 from incidents i where i.id = incident_id and case incident_texts.kind
    when 'exclusion' then i.reported_by = (select access.caller_org())
    else coalesce((select access.caller_org()) in (i.custodian_id, i.reported_by), false) end));
grant select, insert on incident_texts to app_api;

-- The compartment: who reads `refuge`, and who ordered the measures.
create policy visible on protections for select using (
  coalesce(ordered_by = (select access.caller_org()), false) or 'refuge' = any (access.caller_sections(case_id)));
create policy ordered on protections for insert with check (
  ordered_by = (select access.caller_org()) and access.caller_acts_in(case_id));
create policy moved on protections for update using (true) with check (
  coalesce(ordered_by = (select access.caller_org()), false)
  or (coalesce(custodian_id = (select access.caller_org()), false) and 'refuge' = any (access.caller_sections(case_id))));
grant select on protections to app_api;
grant insert (id, case_id, ordered_by, measures, orders_sealed, starts_on, text_sealed, status) on protections to app_api;
grant update (status, measures, orders_sealed, ended_on, reason, text_sealed, version, updated_at) on protections to app_api;

-- benefits: policies

-- A decision is a labour body's, named by the custodian; each side makes its own moves and not the other's.
create policy visible on applications for select using (
  coalesce(custodian_id = (select access.caller_org()) or decider_id = (select access.caller_org()), false));
create policy submitted on applications for insert with check (
  author_id = (select access.caller_org()) and access.caller_has_custody(case_id) and status = 'submitted'
  and exists (select 1 from organisations o where o.id = decider_id and o.agency = 'labour'));
create policy moved on applications for update using (true) with check (
  coalesce(case status when 'withdrawn' then custodian_id = (select access.caller_org())
                       else status in ('granted', 'refused') and decider_id = (select access.caller_org()) end, false));
grant select, insert on applications to app_api;
grant update (status, decided_on, granted_vnd, withdrawal_reason, answer_sealed, version, updated_at)
  on applications to app_api;

-- The next custodian sees what was paid and pays what is left. Sums are never changed, only paid or given up.
create policy visible on disbursements for select using (access.caller_has_custody(case_id));
create policy planned on disbursements for insert with check (
  author_id = (select access.caller_org()) and access.caller_has_custody(case_id) and status = 'planned'
  and (application_id is null or exists (
    select 1 from applications a where a.id = application_id and a.case_id = disbursements.case_id
      and a.status = 'granted')));
create policy moved on disbursements for update using (true) with check (
  access.caller_has_custody(case_id) and (status = 'cancelled' or (status = 'paid' and access.pays(disbursements))));
grant select, insert on disbursements to app_api;
grant update (status, support_item_id, cancellation_reason, outcome_sealed, version, updated_at)
  on disbursements to app_api;

-- batches: policies

-- Its client's alone: another client of the same body neither reads what became of the lines nor puts any under its name.
-- A body is sealed under a key of the sender's; it is written once and taken away by the last line's outcome.
create policy own on operations for select using (
  organisation_id = (select access.caller_org()) and client_id = (select access.caller_client()));
create policy accepted on operations for insert with check (
  organisation_id = (select access.caller_org()) and client_id = (select access.caller_client())
  and officer = (select access.caller_officer()));
grant select on operations to app_api;
grant insert (id, organisation_id, client_id, request_id, officer, purpose, lines) on operations to app_api;

create policy own on operation_bodies for select using (exists (select 1 from operations o where o.id = operation_id));
create policy accepted on operation_bodies for insert with check (
  exists (select 1 from operations o where o.id = operation_id and o.done = 0)
  and exists (select 1 from data_keys k where k.id = key_id and k.created_by = (select access.caller_org())));
grant select, insert on operation_bodies to app_api;

create policy own on operation_outcomes for select using (
  exists (select 1 from operations o where o.id = operation_id));
grant select on operation_outcomes to app_api;

create policy own on duties for select using (coalesce(organisation_id = (select access.caller_org()), false));
grant select on duties to app_api;

-- Append only for the API's role. Timelines and accesses of a case come through the functions above.
-- Whom a search found, and whose, is the holder's to read and not the finder's, though the finder did it.
create policy visible on audit_entries for select using (
  (select access.caller_agency()) = 'oversight'
  or coalesce(organisation_id = (select access.caller_org()) and event <> 'case.found', false));
-- In one's own name, and about what one has met: nobody forges what another did, nor writes on a stranger's timeline.
create policy recorded on audit_entries for insert with check (
  organisation_id = (select access.caller_org()) and client_id = (select access.caller_client())
  and agency = (select access.caller_agency()) and coalesce(officer, '') = (select access.caller_officer())
  and (case_id is null or access.caller_knows_of(case_id)));
grant select, insert on audit_entries to app_api;

-- Heads are for everybody, to be held against us; leaves and their order are told by functions.
create policy held on audit_heads for select using ((select access.caller_org()) is not null);
grant select (tree_size, root, at, jws) on audit_heads to app_api;

create policy published on outbox_events for insert with check (organisation_id = (select access.caller_org()));
create policy fed on outbox_events for select using (
  seq <= (select access.feed_horizon())
  and exists (select 1 from feed_entries f where f.organisation_id = (select access.caller_org()) and f.seq = outbox_events.seq)
  and access.event_shown(subject_type, subject_id, organisation_id)
  -- That somebody looks for the person is told to whoever has custody; who broke the glass learns nothing of the case.
  and (type <> 'case.found' or access.caller_has_custody(subject_id))
  and (subject_type <> 'case' or access.caller_takes_part_in(subject_id))
  -- A change within sections is told to who reads one of them: that health was written to is news of its own.
  and (sections = '{}' or (select access.caller_org()) = any (parties || organisation_id)
       or sections && access.caller_sections(subject_id)));
grant insert, select (seq, id, at, type, subject_type, subject_id) on outbox_events to app_api;
create policy own on feed_entries for select using (organisation_id = (select access.caller_org()));
grant select on feed_entries to app_api;

create policy own on webhook_endpoints for select using (organisation_id = (select access.caller_org()));
create policy made on webhook_endpoints for insert with check (
  organisation_id = (select access.caller_org()) and client_id = (select access.caller_client()));
create policy moved on webhook_endpoints for update using (organisation_id = (select access.caller_org()));
grant select on webhook_endpoints to app_api;
grant insert (id, organisation_id, client_id, url, types) on webhook_endpoints to app_api;
grant update (url, types, status, reason, rotation, older_until, version, updated_at) on webhook_endpoints to app_api;

-- `lane` would tell which events are of one case.
create policy own on webhook_deliveries for select using (organisation_id = (select access.caller_org()));
create policy asked on webhook_deliveries for insert with check (
  organisation_id = (select access.caller_org()) and kind <> 'event'
  and exists (select 1 from webhook_endpoints e where e.id = endpoint_id));
grant select (id, endpoint_id, organisation_id, kind, event_id, seq, status, attempts, next_at, tried_at, result,
  status_code, created_at) on webhook_deliveries to app_api;
grant insert (id, endpoint_id, organisation_id, kind, event_id, seq) on webhook_deliveries to app_api;

create policy own on idempotency_keys for select using (organisation_id = (select access.caller_org()));
create policy kept on idempotency_keys for insert with check (organisation_id = (select access.caller_org()));
grant select, insert on idempotency_keys to app_api;

-- The directory: for everybody, each the bodies of its own side; free places are their owner's to state.
create policy visible on organisations for select using (access.is_test(id) = (select access.caller_tests()));
create policy visible on organisation_names for select using (
  access.is_test(organisation_id) = (select access.caller_tests()));
create policy visible on services for select using ((select access.caller_org()) is not null);
create policy own on services for update using (true) with check (organisation_id = (select access.caller_org()));
grant select on services to app_api;
grant update (places_total, places_free, version, updated_at) on services to app_api;
grant select on organisations, organisation_names to app_api;
grant select on alembic_version to app_api;  -- /readyz asks it

-- Who must not see a case sees nothing that hangs on it, whatever the policies above allow: one more condition on every
-- table that names a case, so that a new one is not forgotten. Left to their author are its own intake with what was added
-- to it, and the line of its own list: it wrote them, and their vanishing would tell that it was excluded. The list of
-- barred cases is made once a query (an InitPlan) and is nearly always empty.
do $$
declare t record;
begin
  for t in
    select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and a.attname = case c.relname when 'cases' then 'id' else 'case_id' end
      and c.relname <> all ('{intakes,intake_persons,intake_supplements,reception_lines,audit_entries,outbox_events,
        search_handles,erasures}'::text[])
  loop
    execute format('create policy unbarred on public.%I as restrictive for all using ('
      'coalesce(%I <> all ((select access.barred_cases())::uuid[]), true))', t.relname, t.attname);
  end loop;
end $$;

-- Rehearsal and life never meet. Whatever the policies above allow, a caller reads and writes rows of its own side alone;
-- and whoever writes, a function or the operator too, no row names organisations of both. Asked of every column that names
-- one, found in the catalogue, so that a new table is not forgotten. Asked after all other triggers, of what is stored.
do $$
declare t record;
begin
  for t in
    select c.relname, c.relrowsecurity as walled,
           array_agg(quote_ident(a.attname) order by a.attname) filter (where a.atttypid = 'uuid'::regtype) as named,
           array_agg(quote_ident(a.attname) order by a.attname) filter (where a.atttypid = 'uuid[]'::regtype) as lists
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and (
        (a.atttypid = 'uuid'::regtype and (a.attname in ('organisation_id', 'author_id', 'updated_by')
           or (c.relname = 'organisations' and a.attname = 'id')
           or exists (select 1 from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'
                      and k.confrelid = 'organisations'::regclass and a.attnum = any (k.conkey))))
        or a.atttypid = 'uuid[]'::regtype)
    group by c.relname, c.relrowsecurity
  loop
    if t.walled then
      -- Reading asks of one column, since all of a row are on one side: each further condition would be guessed to halve
      -- the rows, until the planner gives up the ordered index (an inbox of 20,000 referrals: 280 times slower).
      execute format('create policy beside on public.%I as restrictive for all using (
        coalesce(access.is_test(coalesce(%s)) = (select access.caller_tests()), true)) with check (%s)', t.relname,
        array_to_string(t.named, ', '), (
          select string_agg(format('coalesce(access.is_test(%s) = (select access.caller_tests()), true)', n), ' and ')
          from unnest(t.named) n));
    end if;
    if cardinality(t.named) > 1 or t.lists is not null then
      execute format('create trigger one_side after insert or update on public.%I for each row'
        ' when (not access.one_side(array[%s]%s)) execute function access.refuse_two_sides()',
        t.relname, (select string_agg('new.' || n, ', ') from unnest(t.named) n),
        (select coalesce(string_agg(' || new.' || n, ''), '') from unnest(t.lists) n));
    end if;
  end loop;
end $$;

-- No policy speaks to anybody but the service: another login that is granted a table one day still sees no row.
do $$
declare
  p record;
begin
  for p in select tablename, policyname from pg_policies where schemaname = 'public' loop
    execute format('alter policy %I on public.%I to app_api', p.policyname, p.tablename);
  end loop;
end $$;
