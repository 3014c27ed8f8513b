"""What the database holds after a campaign, and the audit with its signed heads, kept beside the log.

Read once, by the superuser, who sees everything; the decision reads the files, so that it can be repeated without it.
"""

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import text

from app.audit.export import lines as audit_lines
from app.auth.key_folder import load_keys
from app.cli.administration import as_owner
from app.embedded import Server

ROWS = "stored.jsonl.gz"
AUDIT = "audit.jsonl"
KEYS = "jwks.json"
_QUERIES = {
    "intakes": "select i.organisation_id, i.id, i.digest, i.reference, array(select p.case_id from intake_persons p"
    " where (p.organisation_id, p.intake_id) = (i.organisation_id, i.id) order by p.position) from intakes i",
    "cases": "select id from cases",
    "consents": "select id, case_id from consents",
    "referrals": "select id, case_id, status, version from referrals",
    "operations": "select id, finished_at is not null from operations",
    "audit": "select event, subject_id from audit_entries",
    "outbox": "select id, type, subject_id, case_id, organisation_id, parties from outbox_events order by seq",
    "clients": "select id, organisation_id from clients",
}


@dataclass
class Stored:
    """Rows as the queries above name them, ids as text."""

    intakes: list[list[Any]] = field(default_factory=list)
    cases: list[list[Any]] = field(default_factory=list)
    consents: list[list[Any]] = field(default_factory=list)
    referrals: list[list[Any]] = field(default_factory=list)
    operations: list[list[Any]] = field(default_factory=list)
    audit: list[list[Any]] = field(default_factory=list)
    outbox: list[list[Any]] = field(default_factory=list)
    clients: list[list[Any]] = field(default_factory=list)

    @property
    def organisations(self) -> dict[str, str]:
        return {client: organisation for client, organisation in self.clients}


async def keep(server: Server, keys: Path, folder: Path) -> None:
    """Writes everything the decision needs into the folder."""
    url = server.superuser_url.replace("+asyncpg", "").rsplit("/", 1)[0] + "/referral"
    connection = await asyncpg.connect(url, timeout=30)
    try:
        with gzip.open(folder / ROWS, "wt", compresslevel=1, encoding="utf-8") as file:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                for table, query in _QUERIES.items():
                    async for row in connection.cursor(query, prefetch=5000):
                        file.write(json.dumps([table, *row], default=str) + "\n")
    finally:
        await connection.close()
    async with as_owner(server.migration_url) as db:
        await db.execute(text("set transaction isolation level repeatable read, read only"))
        with (folder / AUDIT).open("w", encoding="utf-8") as exported:
            async for line in audit_lines(db):
                exported.write(line)
    (folder / KEYS).write_text(json.dumps(load_keys(keys, time.time()).lasting_jwks, default=dict), "utf-8")


def load(folder: Path) -> Stored:
    stored = Stored()
    for table, *row in _rows(folder):
        getattr(stored, table).append(row)
    return stored


def _rows(folder: Path) -> Iterator[list[Any]]:
    with gzip.open(folder / ROWS, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
