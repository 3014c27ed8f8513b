"""Which database a command administers, and as whom: the tables' owner, whom only the migrator may become."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.embedded import ensure
from app.settings import Settings

Data = Annotated[
    Path, typer.Option("--data", envvar="REFERRAL_DATA", help="Thư mục dữ liệu · Data folder", show_default=True)
]
DEFAULT_DATA = Path(".data")


@contextmanager
def migration_url(data: Path) -> Iterator[str]:
    """`MIGRATION_DATABASE_URL`, else the embedded server of the data folder, which is left as found: on or off."""
    given = Settings().migration_database_url
    if given:
        yield given
        return
    was_running = (data / "postgres" / "postmaster.pid").exists()
    server = ensure(data)
    try:
        yield server.migration_url
    finally:
        if not was_running:
            server.stop()


@asynccontextmanager
async def as_owner(url: str) -> AsyncIterator[AsyncConnection]:
    """One transaction as `referral_owner`; the registry's tables are closed to the API's role."""
    engine = create_async_engine(url, hide_parameters=True)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("set local role referral_owner"))
            yield connection
    finally:
        await engine.dispose()
