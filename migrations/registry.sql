-- The client registry as the API may ask it: five questions and answers, no right on any table. They run as the tables'
-- owner, since /oauth/token has no caller yet. pg_temp stands last in every search path: left out, it would come first,
-- and a temporary table called "clients" would answer instead.

DROP FUNCTION IF EXISTS oauth_client(text);
DROP FUNCTION IF EXISTS oauth_use_assertion(text, text, timestamptz);
DROP FUNCTION IF EXISTS oauth_use_proof(text, text, timestamptz);
DROP FUNCTION IF EXISTS oauth_revoke(text, timestamptz);
DROP FUNCTION IF EXISTS authenticate_client(text, text);

-- The registered client and its live public keys, for judging an assertion. A disabled organisation disables its clients.
CREATE FUNCTION oauth_client(wanted text)
RETURNS TABLE (
  organisation_id uuid, agency text, province_codes text[], status text, mode text, scopes text[],
  dpop_required boolean, keys jsonb
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT o.id, o.agency, o.province_codes,
         CASE WHEN c.status = 'active' AND o.status = 'active' THEN 'active' ELSE 'disabled' END,
         c.mode, c.scopes, c.dpop_required,
         (SELECT coalesce(jsonb_agg(k.jwk), '[]') FROM public.client_keys k
          WHERE k.client_id = c.id AND k.not_before <= now() AND (k.retired_at IS NULL OR k.retired_at > now()))
  FROM public.clients c JOIN public.organisations o ON o.id = c.organisation_id
  WHERE c.id = wanted;
END
$$;

-- True for the first use of an assertion by any worker, false for every later one. Each call clears away at most twenty
-- long expired ones; the margin covers a worker whose clock runs behind this one.
CREATE FUNCTION oauth_use_assertion(client text, assertion text, expires timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM public.assertion_uses WHERE (client_id, jti) IN (
    SELECT u.client_id, u.jti FROM public.assertion_uses u WHERE u.expires_at < now() - interval '10 minutes'
    ORDER BY u.expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
  );
  INSERT INTO public.assertion_uses (client_id, jti, expires_at) VALUES (client, assertion, expires)
  ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;

-- The same for a proof of possession, which is named by the key that signed it: one key may speak for several tokens.
CREATE FUNCTION oauth_use_proof(key text, proof text, expires timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM public.proof_uses WHERE (thumbprint, jti) IN (
    SELECT u.thumbprint, u.jti FROM public.proof_uses u WHERE u.expires_at < now() - interval '10 minutes'
    ORDER BY u.expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
  );
  INSERT INTO public.proof_uses (thumbprint, jti, expires_at) VALUES (key, proof, expires) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;

-- Revoking twice is the same as once.
CREATE FUNCTION oauth_revoke(token text, expires timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM public.revoked_tokens WHERE jti IN (
    SELECT r.jti FROM public.revoked_tokens r WHERE r.expires_at < now() - interval '10 minutes'
    ORDER BY r.expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
  );
  INSERT INTO public.revoked_tokens (jti, expires_at) VALUES (token, expires) ON CONFLICT DO NOTHING;
END
$$;

-- What every request asks, behind a cache of at most five seconds: who this client is now, and whether the token stands.
CREATE FUNCTION authenticate_client(wanted text, token text)
RETURNS TABLE (
  organisation_id uuid, agency text, province_codes text[], scopes text[], mode text, dpop_required boolean,
  status text, revoked boolean
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT o.id, o.agency, o.province_codes, c.scopes, c.mode, c.dpop_required,
         CASE WHEN c.status = 'active' AND o.status = 'active' THEN 'active' ELSE 'disabled' END,
         EXISTS (SELECT FROM public.revoked_tokens r WHERE r.jti = token)
  FROM public.clients c JOIN public.organisations o ON o.id = c.organisation_id
  WHERE c.id = wanted;
END
$$;

REVOKE ALL ON FUNCTION oauth_client(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION oauth_use_assertion(text, text, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION oauth_use_proof(text, text, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION oauth_revoke(text, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION authenticate_client(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION oauth_client(text) TO app_api;
GRANT EXECUTE ON FUNCTION oauth_use_assertion(text, text, timestamptz) TO app_api;
GRANT EXECUTE ON FUNCTION oauth_use_proof(text, text, timestamptz) TO app_api;
GRANT EXECUTE ON FUNCTION oauth_revoke(text, timestamptz) TO app_api;
GRANT EXECUTE ON FUNCTION authenticate_client(text, text) TO app_api;
