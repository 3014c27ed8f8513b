"""Runs revisions and then the access model, as the owner, in one transaction: there is no moment without policies.

An advisory lock lets many starters call this at once; the lock time-out keeps a migration from queueing behind a long
reader and, with it, everybody else (PostgreSQL queues new readers behind a waiting exclusive lock).
"""

import asyncio
import importlib
from pathlib import Path
from typing import Any

from alembic import context
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_

from app.db import Base

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


def migrate(connection: Connection) -> None:
    """Everything between BEGIN and COMMIT."""
    connection.execute(text("set local role referral_owner"))
    for limit in LIMITS:
        connection.execute(text(limit))
    connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
    _run(connection, "drop schema if exists access cascade")
    context.configure(connection=connection, target_metadata=Base.metadata, include_schemas=False)
    context.run_migrations()
    if context.get_context().get_current_revision() == ScriptDirectory.from_config(context.config).get_current_head():
        for file in ("row_security.sql", "registry.sql"):
            _run(connection, (_HERE / file).read_text("utf-8"))


def _run(connection: Connection, script: str) -> None:
    """A script of many statements, through the driver: prepared statements take only one each."""
    driver: Any = connection.connection.dbapi_connection
    await_(driver.driver_connection.execute(script))


async def main() -> None:
    url = context.config.get_main_option("sqlalchemy.url") or ""
    engine = create_async_engine(url, hide_parameters=True)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, target_metadata=Base.metadata)
    for limit in LIMITS:
        context.execute(limit)
    context.run_migrations()
elif context.config.attributes.get("connection") is not None:
    migrate(context.config.attributes["connection"])
else:
    asyncio.run(main())
