"""Runs revisions and then the access model, as the owner, in one transaction: there is no moment without policies.

An advisory lock lets many starters call this at once. While the service runs, the gate is closed first: no transaction
of its is open then, and those that come wait for `WAIT` at most before a migration that does not get through steps back
and tries again later. Where nothing is to be done, nothing is locked.

The model that was in force at a revision is kept in `deployed.access_models`, so that a way back restores it in the
same transaction. Where none is known there is none: a service fails there, and answers nothing without policies.
"""

import asyncio
import importlib
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
from alembic import context
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_

from app.db import GATE, Base

MODELS = """journal idempotency oauth.models organisations.models cases.models cases.custody_models cases.family_models
    cases.exclusion_models intakes.models verifications.models referrals.models reintegration.models deadlines.models
    receptions.models returns.models notices.models certificates.models cases.erasure_models
    safety.models benefits.models audit.models events.models searches.models break_glass.models
    batches.models webhooks.models"""
for module in MODELS.split():
    importlib.import_module(f"app.{module}")

_HERE = Path(__file__).parent
_LOCK = 5_201_103
LIMITS = ("set local lock_timeout = '5s'", "set local statement_timeout = '15min'")
WAIT = "set local lock_timeout = '900ms'"
"""Below PostgreSQL's deadlock_timeout of 1 s: where both wait for each other, it is the migration that steps back."""
TRIES = 40
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
_KEPT = """
create schema if not exists deployed;
create table if not exists deployed.access_models (revision text primary key, script text not null);
"""


def migrate(connection: Connection) -> None:
    """Everything between BEGIN and COMMIT."""
    connection.execute(text("set local role referral_owner"))
    for limit in LIMITS:
        connection.execute(text(limit))
    connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
    context.configure(connection=connection, target_metadata=Base.metadata, include_schemas=False)
    script = "\n".join((_HERE / file).read_text("utf-8") for file in ("row_security.sql", "registry.sql"))
    if _is_done(connection, script):
        return
    connection.execute(text(WAIT))
    connection.execute(text(f"select pg_advisory_xact_lock({GATE})"))
    _run(connection, "drop schema if exists access cascade")
    context.run_migrations()
    _give_access(connection, script)


def _is_done(connection: Connection, script: str) -> bool:
    """Whether the head is asked for and there, with this very access model. What was altered by hand since is not seen:
    `drop schema access cascade` before a migration puts everything right."""
    wanted, found = context.get_context().opts.get("destination_rev"), context.get_context().get_current_revision()
    mark = text("select obj_description(to_regnamespace('access'), 'pg_namespace')")
    return wanted in ("head", _head()) and found == _head() and connection.scalar(mark) == _mark(script)


def _give_access(connection: Connection, script: str) -> None:
    """The model of the revision that is reached: the head's from the file, an older one's as it was last in force."""
    _run(connection, _KEPT)
    reached = {"revision": context.get_context().get_current_revision()}
    if reached["revision"] == _head():
        kept = "insert into deployed.access_models values (:revision, :script) on conflict (revision) do update"
        connection.execute(text(f"{kept} set script = excluded.script"), {**reached, "script": script})
    else:
        script = connection.scalar(
            text("select script from deployed.access_models where revision = :revision"), reached
        )
    if script:
        _run(connection, script)
        _run(connection, f"comment on schema access is '{_mark(script)}'")


def _head() -> str | None:
    return ScriptDirectory.from_config(context.config).get_current_head()


def _mark(script: str) -> str:
    return sha256(script.encode()).hexdigest()


def _run(connection: Connection, script: str) -> None:
    """A script of many statements, through the driver: prepared statements take only one each."""
    driver: Any = connection.connection.dbapi_connection
    await_(driver.driver_connection.execute(script))


async def main() -> None:
    url = context.config.get_main_option("sqlalchemy.url") or ""
    engine = create_async_engine(url, hide_parameters=True)
    try:
        for left in reversed(range(TRIES)):
            if await _tried(engine, last=not left):
                return
            await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 - no secret
    finally:
        await engine.dispose()


async def _tried(engine: AsyncEngine, *, last: bool) -> bool:
    """Whether it went through; not, where somebody held on to what it needs."""
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    except DBAPIError as error:
        if last or not isinstance(error.orig and error.orig.__cause__, _BUSY):
            raise
        return False
    return True


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, target_metadata=Base.metadata)
    for limit in LIMITS:
        context.execute(limit)
    context.run_migrations()
elif context.config.attributes.get("connection") is not None:
    migrate(context.config.attributes["connection"])
else:
    asyncio.run(main())
