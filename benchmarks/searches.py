"""R3: persons made findable by real blind indexes, and the time of the look-up as the application sends it.

The seed's own look-up values are noise. Here every case gets those of a person, as `app.vault` computes them, in SQL:
HMAC-SHA-256 is two hashes of 32 bytes, and a million persons are not sent through Python.
"""

import asyncio
import json
import time
from base64 import b64decode
from itertools import islice

import asyncpg

from benchmarks.capture import Statement, capture
from benchmarks.measuring import world_of
from benchmarks.operations import SEARCHES
from benchmarks.stage import Stage

_BLOCK = 64
_KINDS = {
    "document": """'["document", "' || lpad(n::text, 12, '0') || '"]'""",
    "name_year": """'["name_year", "nguyen thi ' || n / 4 || '", "' || 1980 + n / 4 % 30 || '"]'""",
    "name_set_year": """'["name_set_year", "' || n / 4 || ' nguyen thi", "' || 1980 + n / 4 % 30 || '"]'""",
}
"""What is hashed for person n (`operations.person`), folded and bound as the vault does."""
ASKED = 200
ROUNDS = 5


def make_findable(built: Stage) -> None:
    """Replaces the look-up values of all cases."""
    keys = json.loads((built.data / "keys" / "indexes.json").read_text("utf-8"))
    written = [_written(kind, b64decode(keys[kind]), built.rows) for kind in _KINDS]
    unguarded = "set session_replication_role = replica"
    built.run(unguarded, "truncate case_lookups", *written, "vacuum analyze case_lookups", "checkpoint")


def _written(kind: str, key: bytes, rows: int) -> str:
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0")).hex() for pad in (0x36, 0x5C))
    message = f"convert_to({_KINDS[kind]}, 'UTF8')"
    hashed = f"sha256('\\x{outer}'::bytea || sha256('\\x{inner}'::bytea || {message}))"
    return (
        "insert into case_lookups (case_id, kind, digest)"  # noqa: S608 - constants, and the stage's own keys
        f" select md5('case' || n)::uuid, '{kind}', {hashed} from generate_series(1, {rows}) n"
    )


def timed(built: Stage, name: str, variant: str) -> list[float]:
    """Milliseconds of the look-up alone, prepared, under `app_api`, the round trip on loopback included."""
    requests = list(islice(SEARCHES[name].requests(world_of(built, name, variant)), 1 + ASKED))
    return asyncio.run(_timed(built, capture(built, requests[0], requests[1:])))


async def _timed(built: Stage, taken: list[list[Statement]]) -> list[float]:
    connection = await asyncpg.connect(built.server.api_url.replace("+asyncpg", ""))
    try:
        begin = taken[0][0].sql
        lookups = [next(each for each in found if "case_lookups" in each.sql) for found in taken]
        prepared = await connection.prepare(lookups[0].sql)
        await connection.execute(begin)
        took = []
        for turn in range(ROUNDS):
            for lookup in lookups:
                began = time.perf_counter()
                rows = await prepared.fetch(*lookup.values[0])
                if turn:  # the first time round makes plans and fills caches
                    took.append(1e3 * (time.perf_counter() - began))
                if not rows:
                    raise RuntimeError("a person who is there was not found")
        await connection.execute("rollback")
        return took
    finally:
        await connection.close()
