#!/bin/sh
# Run once by Patroni, on the node that makes the cluster: the database, its roles and their passwords.
set -eu
psql --set ON_ERROR_STOP=1 --dbname "$1" --command 'CREATE DATABASE referral'
psql --set ON_ERROR_STOP=1 --dbname "${1%/*}/referral" --file /etc/referral/roles.sql
psql --set ON_ERROR_STOP=1 --dbname "${1%/*}/referral" \
  --set migrator="$MIGRATOR_PASSWORD" --set api="$API_PASSWORD" <<'SQL'
ALTER ROLE referral_migrator PASSWORD :'migrator';
ALTER ROLE app_api PASSWORD :'api';
SQL
