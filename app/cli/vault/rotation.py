"""Wrapping every data key anew under a fresh key-encryption key (KEK), while the service runs.

No lock is held while a key is wrapped, and a row is replaced only if nobody touched it meanwhile: a key destroyed in
that moment stays destroyed. What was killed goes on where it stopped. An older KEK is destroyed only when nothing is
wrapped by it, and none may be stored under it from that moment on.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.cases.erasure_models import RetiredKek
from app.cases.models import DataKey
from app.cli.administration import as_owner, many, owning
from app.cli.registry import RegistryError, audit_row
from app.happenings import Event
from app.journal import Subject
from app.trail import AuditEntry
from app.vault import KeyProvider

BATCH = 500
NOBODY = UUID(int=0)
"""The organisation of what the operator does to the service as a whole."""

_ALONE = 5_201_105
Moved = Callable[[int, int], None]


async def rotate(url: str, provider: KeyProvider, moved: Moved, batch: int = BATCH) -> tuple[str, int]:
    """The KEK in force, and how many keys it now wraps that others did. A rotation that was interrupted is finished;
    only then does another one begin."""
    async with many(url) as engine, alone(engine):
        kek_id = await provider.current()
        if not await _left(engine, kek_id):
            kek_id = await provider.renew()
        wrapped = await wrap_all(engine, provider, kek_id, moved, batch)
        await _note(engine, kek=kek_id, wrapped=wrapped)
    return kek_id, wrapped


async def retire(url: str, provider: KeyProvider, moved: Moved, batch: int = BATCH) -> Sequence[str]:
    """Destroys the older KEKs, once nothing is wrapped by them; their ids. Every backup from before opens no more."""
    async with many(url) as engine, alone(engine):
        kek_id = await provider.current()
        await wrap_all(engine, provider, kek_id, moved, batch)
        older = await provider.older()
        if older:
            await forbid(engine, kek_id, older)
            await provider.retire(kek_id)
            await _note(engine, kek=kek_id, retired=list(older))
    return older


async def usage(url: str) -> dict[str, int]:
    """How many living keys each KEK wraps."""
    async with as_owner(url) as db:
        living = select(DataKey.kek_id, func.count().label("wrapped")).where(DataKey.wrapped.is_not(None))
        rows = await db.execute(living.group_by(DataKey.kek_id).order_by(DataKey.kek_id))
        return {row.kek_id: row.wrapped for row in rows}


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Two rotations at once would each take the other's KEK for an old one. Held outside any transaction, and let go
    by the server when this process dies."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if not await connection.scalar(select(func.pg_try_advisory_lock(_ALONE))):
            raise RegistryError("Đang có một lần thay khóa khác. · Another rotation is running.")
        yield


async def _left(engine: AsyncEngine, kek_id: str) -> int:
    async with owning(engine) as db:
        return await _under_others(db, kek_id)


async def _under_others(db: AsyncConnection, kek_id: str) -> int:
    others = select(func.count()).select_from(DataKey).where(DataKey.kek_id != kek_id, DataKey.wrapped.is_not(None))
    return int((await db.execute(others)).scalar_one())


async def wrap_all(engine: AsyncEngine, provider: KeyProvider, kek_id: str, moved: Moved, batch: int) -> int:
    """How many were wrapped anew. Again until none is left: a request that began before the new KEK was in force may
    end after a pass."""
    done = 0
    while left := await _left(engine, kek_id):
        total, last = done + left, NOBODY
        while rows := await others(engine, kek_id, last, batch):
            done += await wrap(engine, provider, rows)
            last = rows[-1].id
            moved(done, total)
    return done


async def others(engine: AsyncEngine, kek_id: str, last: UUID, most: int) -> Sequence[Any]:
    """The next keys after this id that another KEK wraps."""
    query = select(DataKey.id, DataKey.wrapped, DataKey.kek_id).where(DataKey.kek_id != kek_id, DataKey.id > last)
    async with owning(engine) as db:
        return (await db.execute(query.where(DataKey.wrapped.is_not(None)).order_by(DataKey.id).limit(most))).all()


async def wrap(engine: AsyncEngine, provider: KeyProvider, rows: Sequence[Any]) -> int:
    """Replaces the wrapping of each row that is still as it was read."""
    changes = []
    for row in rows:
        wrapped, kek_id = await provider.wrap(row.id, await provider.unwrap(row.id, row.wrapped, row.kek_id))
        changes.append({"key": row.id, "old": row.wrapped, "new": wrapped, "kek": kek_id})
    unchanged = (DataKey.id == bindparam("key"), DataKey.wrapped == bindparam("old"))
    async with owning(engine) as db:
        change = update(DataKey).where(*unchanged).values(wrapped=bindparam("new"), kek_id=bindparam("kek"))
        await db.execute(change, changes)
    return len(changes)


async def forbid(engine: AsyncEngine, kek_id: str, older: Sequence[str]) -> None:
    """From now on nothing is stored under these; `RegistryError` when something still is. The lock waits for every
    writer under way; whoever writes later meets the trigger on the retired KEK."""
    try:
        async with owning(engine) as db:
            await db.execute(text("set local lock_timeout = '4s'"))  # below the service's own, so that nobody fails
            await db.execute(text("lock table data_keys in share mode"))
            if left := await _under_others(db, kek_id):
                raise RegistryError(f"Còn {left} khóa dưới khóa cũ, hãy chạy lại. · {left} are under an older one.")
            await db.execute(upsert(RetiredKek).on_conflict_do_nothing(), [{"id": each} for each in older])
    except DBAPIError as error:
        raise RegistryError("Dịch vụ đang bận, hãy chạy lại. · The service is busy, run it again.") from error


async def _note(engine: AsyncEngine, **facts: Any) -> None:
    async with owning(engine) as db:
        row = audit_row(Event.KEYS_ROTATED, NOBODY, Subject("kek", None), **facts)
        await db.execute(insert(AuditEntry).values(row))
