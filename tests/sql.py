"""Statements as the API's own login, for one persona, behind the application's back; nothing of it is kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.conftest import Raw
from tests.personas import PERSONAS, SECONDS

Refusal = type[asyncpg.PostgresError]
DENIED: Refusal = asyncpg.InsufficientPrivilegeError


def org(who: str) -> UUID:
    return PERSONAS[SECONDS.get(who, who)].id


async def be(connection: asyncpg.Connection, who: str) -> None:
    """The caller of the transaction that is open: a persona, or the second client of one."""
    persona = PERSONAS[SECONDS.get(who, who)]
    await connection.execute(
        "select set_config('app.organisation_id', $1, true), set_config('app.agency', $2, true),"
        " set_config('app.provinces', $3, true), set_config('app.client_id', $4, true),"
        " set_config('app.officer', $5, true)",
        *(str(persona.id), str(persona.agency), ",".join(persona.provinces), who, f"officer.{who}"),
    )


@asynccontextmanager
async def acting(raw: Raw, who: str) -> AsyncIterator[asyncpg.Connection]:
    """A transaction of the API's role whose caller is this persona; rolled back at the end."""
    transaction = raw.api.transaction()
    await transaction.start()
    try:
        await be(raw.api, who)
        yield raw.api
    finally:
        await transaction.rollback()


async def refused(raw: Raw, who: str, statement: str, *values: Any, by: Refusal | tuple[Refusal, ...] = DENIED) -> None:
    """The statement must fail, in a transaction of its own."""
    async with acting(raw, who) as sql:
        await refused_within(sql, statement, *values, by=by)


async def refused_within(
    sql: asyncpg.Connection, statement: str, *values: Any, by: Refusal | tuple[Refusal, ...] = DENIED
) -> None:
    """The statement must fail, and the transaction goes on."""
    savepoint = sql.transaction()
    await savepoint.start()
    with pytest.raises(by):
        await sql.execute(statement, *values)
    await savepoint.rollback()


async def counted(connection: asyncpg.Connection, tables: list[str]) -> dict[str, int]:
    """Visible rows of each table."""
    query = " union all ".join(f"select '{table}', count(*) from {table}" for table in tables)  # noqa: S608
    return {row[0]: row[1] for row in await connection.fetch(query)}
