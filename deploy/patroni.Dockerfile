# PostgreSQL 18 with Patroni beside it, from the PostgreSQL project's own Debian packages.
FROM postgres:18
RUN apt-get update \
 && apt-get install -y --no-install-recommends patroni python3-etcd curl \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -m 700 -o postgres -g postgres /var/lib/postgresql/node
COPY deploy/patroni.yaml deploy/post_bootstrap.sh /etc/referral/
COPY migrations/roles.sql /etc/referral/roles.sql
USER postgres
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s CMD ["curl", "-fsS", "http://127.0.0.1:8008/health"]
CMD ["patroni", "/etc/referral/patroni.yaml"]
