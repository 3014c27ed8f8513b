"""The same ten organisations twice: in life, and as the test organisations that rehearse for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid5

import asyncpg
import pytest

from app.organisations.sides import twin_of
from tests import factories
from tests.conftest import Raw
from tests.personas import PERSONAS, Clients, Persona
from tests.sql import acting

ROWS = dict[str, set[str]]
"""Digests of rows, by table."""


@dataclass(frozen=True)
class Twin(Persona):
    """The same persona on the side of rehearsal."""

    @property
    def id(self) -> UUID:
        return twin_of(super().id)


@asynccontextmanager
async def rehearsing(raw: Raw, clients: Clients) -> AsyncIterator[None]:
    """Within, every client of the personas is a test client; before and after, a live one."""
    await _swap(raw.all, clients, "test")
    with pytest.MonkeyPatch.context() as patch:
        for name, persona in PERSONAS.items():
            patch.setitem(PERSONAS, name, Twin(**vars(persona)))
        patch.setattr(factories, "SHELTER", str(uuid5(PERSONAS["demo-shelter"].id, "shelter")))
        try:
            yield
        finally:
            await _swap(raw.all, clients, "live")


async def _swap(sql: asyncpg.Connection, clients: Clients, mode: str) -> None:
    for persona in PERSONAS.values():
        life, twin = Persona(**vars(persona)).id, twin_of(persona.id)
        if not await sql.fetchval("select true from organisations where id = $1", twin):
            await _make(sql, life, twin)
        chosen, other = (twin, life) if mode == "test" else (life, twin)
        await sql.execute(
            "update clients set organisation_id = $1, mode = $3 where organisation_id = $2", chosen, other, mode
        )
    clients.forget_tokens()


async def _make(sql: asyncpg.Connection, life: UUID, twin: UUID) -> None:
    await sql.execute(
        "insert into organisations (id, agency, functions, province_codes, treats, sort_key)"
        " select $2, agency, functions, province_codes, treats, sort_key from organisations where id = $1",
        *(life, twin),
    )
    await sql.execute(
        "insert into organisation_names (organisation_id, valid_from, name_vi, name_en)"
        " select $2, valid_from, name_vi || ' (thử)', name_en || ' (test)' from organisation_names"
        " where organisation_id = $1",
        *(life, twin),
    )
    for row in await sql.fetch("select service, province_codes from services where organisation_id = $1", life):
        await sql.execute(
            "insert into services (id, organisation_id, service, province_codes, places_total, places_free)"
            " values ($1, $2, $3, $4, 10, 4)",
            *(uuid5(twin, row["service"]), twin, row["service"], row["province_codes"]),
        )


async def gone(raw: Raw) -> None:
    """The test organisations, as if they had never been."""
    await raw.all.execute("set session_replication_role = replica")
    for table, column in (("services", "organisation_id"), ("organisation_names", "organisation_id")):
        await raw.all.execute(f"delete from {table} where get_byte(uuid_send({column}), 6) / 16 = 8")  # noqa: S608
    await raw.all.execute("delete from organisations where get_byte(uuid_send(id), 6) / 16 = 8")
    await raw.all.execute("reset session_replication_role")


async def readable(raw: Raw) -> dict[str, str]:
    """Each table that the API's role reads, with the columns of it that it may read, as a list in SQL."""
    rows = await raw.all.fetch(
        "select c.relname, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'"
        " and has_column_privilege('app_api', c.oid, a.attnum, 'select') group by c.relname"
    )
    return {row["relname"]: row["columns"] for row in rows}


async def rows_of(connection: asyncpg.Connection, tables: dict[str, str]) -> ROWS:
    one = "select '{0}' as t, md5(row({1})::text) as row from {0}"
    each = [one.format(table, columns) for table, columns in tables.items()]
    found: ROWS = {table: set() for table in tables}
    for row in await connection.fetch(" union all ".join(each)):
        found[row["t"]].add(row["row"])
    return found


async def seen_by_all(raw: Raw, tables: dict[str, str]) -> dict[str, ROWS]:
    """What the API's role sees as each persona."""
    seen = {}
    for who in PERSONAS:
        async with acting(raw, who) as sql:
            seen[who] = await rows_of(sql, tables)
    return seen
