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
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.cases.erasure_models import RetiredKek
from app.cases.models import DataKey
from app.cli.administration import as_owner
from app.cli.registry import RegistryError, audit_row
from app.journal import AuditEntry, Event, Subject
from app.vault import KeyProvider

BATCH = 500
NOBODY = UUID(int=0)
"""The organisation of what the operator does to the service as a whole."""

_ALONE = 5_201_105
Moved = Callable[[int, int], None]


async def rotate(url: str, provider: KeyProvider, moved: Moved, batch: int = BATCH) -> tuple[str, int]:
    """The KEK in force, and how many keys it now wraps that others did. A rotation that was interrupted is finished;
    only then does another one begin."""
    async with _alone(url):
        kek_id = await provider.current()
        if not await _left(url, kek_id):
            kek_id = await provider.renew()
        wrapped = await _wrap_all(url, provider, kek_id, moved, batch)
        await _note(url, kek=kek_id, wrapped=wrapped)
    return kek_id, wrapped


async def retire(url: str, provider: KeyProvider, moved: Moved, batch: int = BATCH) -> Sequence[str]:
    """Destroys the older KEKs, once nothing is wrapped by them; their ids. Every backup from before opens no more."""
    async with _alone(url):
        kek_id = await provider.current()
        await _wrap_all(url, provider, kek_id, moved, batch)
        older = await provider.older()
        if older:
            await _forbid(url, kek_id, older)
            await provider.retire(kek_id)
            await _note(url, kek=kek_id, retired=list(older))
    return older


async def usage(url: str) -> dict[str, int]:
    """How many living keys each KEK wraps."""
    async with as_owner(url) as db:
        living = select(DataKey.kek_id, func.count().label("wrapped")).where(DataKey.wrapped.is_not(None))
        rows = await db.execute(living.group_by(DataKey.kek_id).order_by(DataKey.kek_id))
        return {row.kek_id: row.wrapped for row in rows}


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[None]:
    """Two rotations at once would each take the other's KEK for an old one."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        async with engine.connect() as connection:
            if not await connection.scalar(select(func.pg_try_advisory_lock(_ALONE))):
                raise RegistryError("Đang có một lần thay khóa khác. · Another rotation is running.")
            yield
    finally:
        await engine.dispose()


async def _left(url: str, kek_id: str) -> int:
    async with as_owner(url) as db:
        others = select(func.count()).select_from(DataKey).where(DataKey.kek_id != kek_id, DataKey.wrapped.is_not(None))
        return int((await db.execute(others)).scalar_one())


async def _wrap_all(url: str, provider: KeyProvider, kek_id: str, moved: Moved, batch: int) -> int:
    """Again until none is left: a request that began before the new KEK was in force may end after a pass."""
    done = 0
    while left := await _left(url, kek_id):
        total, last = done + left, NOBODY
        while rows := await _next(url, kek_id, last, batch):
            done += await _wrap(url, provider, rows)
            last = rows[-1].id
            moved(done, total)
    return done


async def _next(url: str, kek_id: str, last: UUID, batch: int) -> Sequence[Any]:
    others = select(DataKey.id, DataKey.wrapped, DataKey.kek_id).where(DataKey.kek_id != kek_id, DataKey.id > last)
    async with as_owner(url) as db:
        return (await db.execute(others.where(DataKey.wrapped.is_not(None)).order_by(DataKey.id).limit(batch))).all()


async def _wrap(url: str, provider: KeyProvider, rows: Sequence[Any]) -> int:
    changes = []
    for row in rows:
        wrapped, kek_id = await provider.wrap(row.id, await provider.unwrap(row.id, row.wrapped, row.kek_id))
        changes.append({"key": row.id, "old": row.wrapped, "new": wrapped, "kek": kek_id})
    unchanged = (DataKey.id == bindparam("key"), DataKey.wrapped == bindparam("old"))
    async with as_owner(url) as db:
        change = update(DataKey).where(*unchanged).values(wrapped=bindparam("new"), kek_id=bindparam("kek"))
        await db.execute(change, changes)
    return len(changes)


async def _forbid(url: str, kek_id: str, older: Sequence[str]) -> None:
    """The lock waits for every writer under way; whoever writes later meets the trigger on the retired KEK."""
    try:
        async with as_owner(url) as db:
            await db.execute(text("set local lock_timeout = '4s'"))  # below the service's own, so that nobody fails
            await db.execute(text("lock table data_keys in share mode"))
            await _check_unused(db, kek_id)
            rows = [{"id": each} for each in older]
            await db.execute(upsert(RetiredKek).on_conflict_do_nothing(), rows)
    except DBAPIError as error:
        raise RegistryError("Dịch vụ đang bận, hãy chạy lại. · The service is busy, run it again.") from error


async def _check_unused(db: AsyncConnection, kek_id: str) -> None:
    others = select(func.count()).select_from(DataKey).where(DataKey.kek_id != kek_id, DataKey.wrapped.is_not(None))
    if left := (await db.execute(others)).scalar_one():
        raise RegistryError(f"Còn {left} khóa dưới khóa cũ, hãy chạy lại. · {left} are still under an older one.")


async def _note(url: str, **facts: Any) -> None:
    async with as_owner(url) as db:
        row = audit_row(Event.KEYS_ROTATED, NOBODY, Subject("kek", None), **facts)
        await db.execute(insert(AuditEntry).values(row))
