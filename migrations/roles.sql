-- Who may log in to the database, and with what rights: three roles, one database.
--
-- Run by a superuser, connected to the service's own database, before the first migration; running it again is safe
-- and brings an older installation up to date. It holds no password and no client syntax, so that the embedded server
-- (asyncpg) and the container's init folder (psql) run the same file: the caller sets the two passwords afterwards.
--
--   referral_owner     nobody logs in as it. Owns tables and SECURITY DEFINER functions; BYPASSRLS, because the
--                      functions that policies call must read the rows that the policies hide.
--   referral_migrator  logs in to migrate, and does `SET ROLE referral_owner`; without that it can do nothing.
--   app_api            logs in to serve. Holds only what migrations grant; row-level security always applies to it.

DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['referral_owner', 'referral_migrator', 'app_api'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I', wanted);
    END IF;
  END LOOP;
END
$$;

ALTER ROLE referral_owner NOLOGIN BYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE referral_migrator LOGIN NOINHERIT NOBYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE app_api LOGIN NOINHERIT NOBYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
GRANT referral_owner TO referral_migrator;

-- Migrations set their own time limits, so only the service is limited here.
ALTER ROLE app_api SET statement_timeout = '15s';
ALTER ROLE app_api SET lock_timeout = '5s';

DO $$
DECLARE
  here text := current_database();
BEGIN
  EXECUTE format('ALTER DATABASE %I OWNER TO referral_owner', here);
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', here);
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO referral_migrator, app_api', here);
  EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', here);
  EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = ''30s''', here);
  -- A server log must never hold what a person said: no parameters, and no DETAIL line, which quotes the failing row.
  -- No statement either, finished or slow: the one that opens a transaction names client and officer.
  EXECUTE format('ALTER DATABASE %I SET log_statement = ''none''', here);
  EXECUTE format('ALTER DATABASE %I SET log_duration = off', here);
  EXECUTE format('ALTER DATABASE %I SET log_min_duration_statement = -1', here);
  EXECUTE format('ALTER DATABASE %I SET log_min_duration_sample = -1', here);
  EXECUTE format('ALTER DATABASE %I SET log_min_error_statement = ''panic''', here);
  EXECUTE format('ALTER DATABASE %I SET log_parameter_max_length = 0', here);
  EXECUTE format('ALTER DATABASE %I SET log_parameter_max_length_on_error = 0', here);
  EXECUTE format('ALTER DATABASE %I SET log_error_verbosity = ''terse''', here);
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO referral_owner;
GRANT USAGE ON SCHEMA public TO app_api;
