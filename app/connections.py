"""How a pooled connection is spoken to, given back and dropped: within a bound of time, whatever the server does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.outages import CONNECTION_LOST, spoils

_SECONDS = 3
"""For a BEGIN or ROLLBACK, which needs nothing but a living server."""


async def driver_of(connection: AsyncConnection) -> Any:
    """asyncpg's own connection."""
    return (await connection.get_raw_connection()).driver_connection


async def say(connection: AsyncConnection, sql: str) -> None:
    """A statement that waits for nothing. `TimeoutError` from a server that is silent."""
    async with asyncio.timeout(_SECONDS):
        await (await driver_of(connection)).execute(sql)


@asynccontextmanager
async def given_back(connection: AsyncConnection) -> AsyncIterator[None]:
    """No transaction may outlive its request: roll back what is open, drop a connection that cannot even do that, and
    one whose server is no longer the primary."""
    try:
        yield
    except BaseException as error:
        if spoils(error):
            await drop(connection)
        raise
    finally:
        await _roll_back(connection)


async def _roll_back(connection: AsyncConnection) -> None:
    try:
        if not connection.invalidated and (await driver_of(connection)).is_in_transaction():
            await say(connection, "rollback")
    except (*CONNECTION_LOST, asyncpg.PostgresError, DBAPIError):
        await drop(connection)
    except asyncio.CancelledError:  # cancelled once more: whether it was rolled back, nobody knows
        await drop(connection)
        raise
    finally:
        await connection.close()


async def drop(connection: AsyncConnection) -> None:
    """Cuts the line before it is given up: a polite goodbye would wait for a server that is silent."""
    if not connection.invalidated:
        (await driver_of(connection)).terminate()
        await connection.invalidate()
