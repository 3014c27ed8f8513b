"""How a command reaches the registry: which database, as the tables' owner, and what happens to impossible wishes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.auth.keys import UnusableKeyError
from app.cli.output import refuse
from app.cli.registry import RegistryError
from app.embedded import ensure
from app.postgres_programs import EmbeddedError, process
from app.sealing import KeyServiceError
from app.settings import Settings

T = TypeVar("T")
Entry = TypeVar("Entry", bound=BaseModel)
IMPOSSIBLE = 2


@contextmanager
def migration_url(data: Path) -> Iterator[str]:
    """`MIGRATION_DATABASE_URL`, else the embedded server of the data folder, which is left as found: on or off."""
    given = Settings().migration_database_url
    if given:
        yield given
        return
    was_running = process(data.resolve() / "postgres") is not None
    try:
        server = ensure(data)
    except EmbeddedError as error:
        refuse(str(error))
    try:
        yield server.migration_url
    finally:
        if not was_running:
            server.stop()


@asynccontextmanager
async def as_owner(url: str) -> AsyncIterator[AsyncConnection]:
    """One transaction as `referral_owner`: the registry is closed to the API's role, and to the migrator's own."""
    async with many(url) as engine, owning(engine) as connection:
        yield connection


@asynccontextmanager
async def many(url: str) -> AsyncIterator[AsyncEngine]:
    """For work that takes many transactions."""
    engine = create_async_engine(url, hide_parameters=True)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def owning(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One of them."""
    async with engine.begin() as connection:
        await connection.execute(text("set local role referral_owner"))
        yield connection


def administer(data: Path, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Runs work on the registry in one transaction; what the registry cannot hold ends the command with exit code 2."""

    async def run(url: str) -> T:
        async with as_owner(url) as db:
            return await work(db)

    return reach(data, run)


def reach(data: Path, work: Callable[[str], Coroutine[Any, Any, T]]) -> T:
    """As `administer`, for work that takes several transactions: it is given the migration login's address."""
    try:
        with migration_url(data) as url:
            return asyncio.run(work(url))
    except (RegistryError, UnusableKeyError) as error:
        refuse(str(error), IMPOSSIBLE)
    except KeyServiceError:
        refuse("Dịch vụ khóa không trả lời đúng. · The key service gives no usable answer.")
    except OSError as error:
        refuse(f"Không kết nối được cơ sở dữ liệu. · The database cannot be reached: {error}")


def parsed(model: type[Entry], **members: Any) -> Entry:
    """The entry that the options describe; an impossible one ends the command with exit code 2."""
    try:
        return model(**members)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        refuse("\n".join(faults), IMPOSSIBLE)
