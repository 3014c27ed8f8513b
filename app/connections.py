"""How a pooled connection is spoken to, given back and dropped: within a bound of time, whatever the server does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.outages import CONNECTION_LOST, spoils

PLANNER = {"jit": "off", "random_page_cost": "1", "enable_seqscan": "off"}
"""Everything is found by an index. Told that far pages are dear, which neither memory nor an SSD bears out, PostgreSQL
would rather gather a whole inbox and sort it once it plans for nobody's values: 140 ms instead of 3, at 10,000 cases.
And of a table that is still small it would read all, by a plan that the connection keeps while the table grows."""
_SECONDS = 3
"""For a BEGIN or ROLLBACK, which needs nothing but a living server."""


@dataclass(frozen=True)
class Line:
    """A connection of the pool, and asyncpg's own beneath it, to which BEGIN, COMMIT and a `Question` go straight."""

    pooled: AsyncConnection
    driver: Any

    @classmethod
    def over(cls, pooled: AsyncConnection) -> "Line":
        """Of a connection that the pool gave. It is there, so nothing waits for it, as `get_raw_connection` would."""
        connected: Any = pooled.sync_connection
        return cls(pooled, connected.connection.driver_connection)

    async def say(self, sql: str) -> None:
        """A statement that waits for nothing. `TimeoutError` from a server that is silent."""
        async with asyncio.timeout(_SECONDS):
            await self.driver.execute(sql)

    @asynccontextmanager
    async def given_back(self) -> AsyncIterator[None]:
        """No transaction may outlive its request: roll back what is open, drop a connection that cannot even do that,
        and one whose server is no longer the primary."""
        try:
            yield
        except BaseException as error:
            if spoils(error):
                await self.drop()
            raise
        finally:
            await self._roll_back()

    async def _roll_back(self) -> None:
        try:
            if not self.pooled.invalidated and self.driver.is_in_transaction():
                await self.say("rollback")
        except (*CONNECTION_LOST, asyncpg.PostgresError, DBAPIError):
            await self.drop()
        except asyncio.CancelledError:  # cancelled once more: whether it was rolled back, nobody knows
            await self.drop()
            raise
        finally:
            await self.pooled.close()

    async def drop(self) -> None:
        """Cuts the line before it is given up: a polite goodbye would wait for a server that is silent."""
        if not self.pooled.invalidated:
            self.driver.terminate()
            await self.pooled.invalidate()
