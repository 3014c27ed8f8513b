"""The only place that begins and commits: one transaction per request, opened for a caller, committed before the reply.

Row-level security reads the caller from transaction-local settings. They ride in the same round trip as BEGIN
(244 µs against 430 for separate calls), which is why the engine runs in driver autocommit and the words BEGIN and
COMMIT are spoken here.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import DateTime, Executable, MetaData, RowMapping, Select, Text, Uuid, event, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase

from app.caller import Act, Caller, plain_name
from app.connections import PLANNER, Line
from app.faults import SchemaChanged, mapped
from app.inserts import write_rows
from app.keyring import Keyring
from app.outages import CONNECTION_LOST
from app.problems import NotFound, Problem, Unavailable
from app.questions import Answer, Question
from app.traces import span


class Base(DeclarativeBase):
    """Tables are declared as classes and used as Core tables: one dialect of queries, no unit of work on any path."""

    type_annotation_map = {
        str: Text(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text()),
        list[UUID]: ARRAY(Uuid()),
        dict[str, Any]: JSONB(),
    }
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


GATE = 5_201_107
"""The advisory lock that every transaction passes, shared. A migration takes it whole, so that it waits until those in
flight have ended while new ones wait holding nothing: neither a deadlock nor a transaction across two schemas."""

T = TypeVar("T")
CONSTRAINT_PROBLEMS: dict[str, type[Problem]] = {}
"""Constraint name → the refusal it means; each entry is made beside the model that declares the constraint."""

_WRITES = re.compile(
    r"\b(insert\s+into|delete\s+from|merge\s+into|update\s+(only\s+)?[\w.\"]+(\s+as\s+\w+)?\s+set)\b", re.I
)
_THROUGH_GATE = f"pg_advisory_xact_lock_shared({GATE})"
_COMMAND_SECONDS = 20
"""Beyond the `statement_timeout` of app_api: then it is not the statement that takes long, but nobody is there."""


class UnrecordedChangeError(Exception):
    """A transaction changed rows and recorded nothing: a defect in an action, found before it can commit."""


class NotCommittedError(Exception):
    """COMMIT answered ROLLBACK: a statement had failed, and an action went on as if nothing were."""


class Tx:
    """One open transaction of one caller, through which its statements go.

    `journal.record` fills `entries` and sets `write_journal`, run last before the commit. A transaction that wrote and
    has no `write_journal` changes something without a record, and is refused.
    """

    def __init__(self, line: Line, caller: Caller, act: Act, keyring: Keyring) -> None:
        self._connection = line.pooled
        self._driver = line.driver
        self.caller = caller
        self.act = act
        self.keyring = keyring
        self.wrote = False
        self.entries: list[Any] = []
        self.write_journal: Callable[[Tx], Awaitable[None]] | None = None

    @property
    def me(self) -> UUID:
        """The caller's organisation."""
        return self.caller.organisation_id

    async def execute(self, statement: Executable, values: Any = None) -> int:
        """Runs a write; the number of rows it touched, as far as row security let it."""
        return (await self._connection.execute(statement, values)).rowcount

    async def all(self, statement: Executable, **values: Any) -> Sequence[Row[Any]]:
        """The rows. Here and below `values` are of the parameters, where a statement is made once and asked often."""
        return (await self._connection.execute(statement, values or None)).all()

    async def first(self, statement: Executable, **values: Any) -> Row[Any] | None:
        return (await self._connection.execute(statement, values or None)).first()

    async def scalar(self, statement: Executable) -> Any:
        return (await self._connection.execute(statement)).scalar()

    async def one(self, statement: Executable, **values: Any) -> Row[Any]:
        """The row, or 404: what the policies hide and what does not exist look the same from here."""
        row = await self.first(statement, **values)
        if row is None:
            raise NotFound
        return row

    async def ask(self, question: Question, **values: Any) -> Answer:
        """The one row that answers it, or 404."""
        row: Answer | None = await self._driver.fetchrow(question.sql, *question.bound(values), record_class=Answer)
        if row is None:
            raise NotFound
        return row

    async def ask_all(self, question: Question, **values: Any) -> Sequence[Answer]:
        """Every row that answers it."""
        rows: list[Answer] = await self._driver.fetch(question.sql, *question.bound(values), record_class=Answer)
        return rows

    async def lock(self, statement: Select[Any], **values: Any) -> Row[Any]:
        """The row under lock, or 404. NO KEY UPDATE, so that foreign-key checks of other writers do not wait for it."""
        return await self.one(statement.with_for_update(key_share=True), **values)

    async def alone(self, name: str) -> None:
        """Waits for whoever else acts under this name, and keeps others waiting until the end of the transaction."""
        await self.scalar(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

    async def confirm(self) -> None:
        """For an answer that says "it is stored" of what another transaction stored. That one's COMMIT may have been
        cut off while it waited for the standby; one that wrote nothing waits for nobody. So it writes a few bytes into
        the log, and its own COMMIT waits for all that stands before them."""
        await self.scalar(text("select pg_logical_emit_message(true, 'confirm', ''::text)"))

    async def insert(self, table: type[Base], *rows: dict[str, Any]) -> None:
        """Rows of one shape, in the order given; without any, nothing."""
        if rows:
            self.wrote = True
            await write_rows(self._driver, table, rows)


class Database:
    """The engine and its pool. `plain` is for statements that run before there is a caller; `waiting` counts those that
    have no connection yet."""

    def __init__(self, url: str, keyring: Keyring, pool_size: int = 6) -> None:
        self.keyring = keyring
        self._attempts = pool_size + 1
        self.waiting = 0
        self.engine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=pool_size,
            max_overflow=0,
            pool_reset_on_return=None,  # `Line.given_back` rolls back; in autocommit the pool would only ask whether to
            pool_timeout=5,
            hide_parameters=True,
            json_deserializer=partial(from_json, cache_strings="keys"),  # values may be a person's
            connect_args={
                "timeout": 5,
                "command_timeout": _COMMAND_SECONDS,
                "prepared_statement_cache_size": 500,
                "statement_cache_size": 500,  # the driver's own
                "server_settings": PLANNER,
                "target_session_attrs": "primary",
            },
        )
        event.listen(self.engine.sync_engine, "before_cursor_execute", _note_writes)

    async def plain(self, sql: str, **params: Any) -> Sequence[RowMapping]:
        """One statement, its own transaction, no caller: only owner-owned functions answer anything here."""
        return await self._again(lambda: self._plain(sql, params))

    async def _plain(self, sql: str, params: dict[str, Any]) -> Sequence[RowMapping]:
        with mapped(CONSTRAINT_PROBLEMS):
            line = await self._begin(f"begin; select {_THROUGH_GATE}")
            async with line.given_back():
                rows = (await line.pooled.execute(text(sql), params)).mappings().all()
                await _commit(line)
                return rows

    async def run(self, caller: Caller, act: Act, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Runs the work in a transaction of its own."""

        async def once() -> T:
            async with self.transaction(caller, act) as tx:
                return await work(tx)

        return await self._again(once)

    async def _again(self, once: Callable[[], Awaitable[T]]) -> T:
        """Where a migration came between, once more: all was rolled back, before anybody was told anything. Each
        connection of the pool keeps statements of its own."""
        for _ in range(self._attempts):
            with suppress(SchemaChanged):
                return await once()
        return await once()

    @asynccontextmanager
    async def transaction(self, caller: Caller, act: Act) -> AsyncIterator[Tx]:
        """Begins for this caller, yields, writes the journal, commits; an exception or `validate_only` rolls back."""
        with span("transaction") as told, mapped(CONSTRAINT_PROBLEMS):
            line = await self._begin(_begin_for(caller, act))
            tx = Tx(line, caller, act, self.keyring)
            info = line.pooled.info  # kept, for a connection that broke no longer answers the question
            info["tx"] = tx
            async with line.given_back():
                try:
                    yield tx
                    if not act.validate_only:
                        if tx.wrote and tx.write_journal is None:
                            raise UnrecordedChangeError
                        if tx.write_journal is not None:
                            await tx.write_journal(tx)
                        await _commit(line)
                finally:
                    told.tell(referral__agency=caller.agency, referral__wrote=tx.wrote)
                    info.pop("tx", None)

    async def _begin(self, sql: str) -> Line:
        """A connection with an open transaction. BEGIN has no effect yet, so a dead one is replaced: after
        a restart of PostgreSQL every pooled one is; hence as many attempts as the pool has places. One that is silent
        costs its time but once: the caller is told to come again."""
        for attempt in range(self._attempts):
            line = await self._line()
            try:
                await line.say(sql)
            except BaseException as error:  # a cancelled one too: nobody else would give the connection back
                await line.drop()
                await line.pooled.close()
                lost = isinstance(error, CONNECTION_LOST) and not isinstance(error, TimeoutError)
                if attempt == self._attempts - 1 or not lost:
                    raise
            else:
                return line
        raise Unavailable

    async def _line(self) -> Line:
        self.waiting += 1
        try:
            return Line.over(await self.engine.connect())
        finally:
            self.waiting -= 1

    async def close(self) -> None:
        await self.engine.dispose()


def _begin_for(caller: Caller, act: Act) -> str:
    """Built by hand because a simple query takes no parameters: each part is a parsed UUID, from a closed set or a
    plain name. What is none of these is nobody, and may do less."""
    provinces = ",".join(sorted(code for code in caller.provinces if code.isdigit()))
    return (
        f"begin; select set_config('app.organisation_id', '{UUID(str(caller.organisation_id))}', true),"
        f" set_config('app.agency', '{caller.agency if caller.agency.replace('_', '').isalpha() else ''}', true),"
        f" set_config('app.provinces', '{provinces}', true),"
        f" set_config('app.client_id', '{plain_name(caller.client_id)}', true),"
        f" set_config('app.officer', '{plain_name(act.officer)}', true),"
        f" {_THROUGH_GATE}"
    )


async def _commit(line: Line) -> None:
    """`Unavailable` unless it is committed here and on every standby that COMMIT waits for. PostgreSQL answers COMMIT
    also when that waiting was cancelled, and only warns (SyncRepWaitForLSN): a fail-over would lose what we promised.
    Nothing else warns at COMMIT, and the words of a warning depend on the server's language."""
    driver, warnings = line.driver, list[Any]()

    def note(_: Any, message: Any) -> None:
        warnings.append(message)

    driver.add_log_listener(note)
    try:
        said = await driver.execute("commit")
    finally:
        driver.remove_log_listener(note)
    if said != "COMMIT":
        raise NotCommittedError
    if warnings:
        raise Unavailable


def _note_writes(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    """At cursor level, so that Core, text and CTE statements count alike (SELECT … FOR UPDATE does not)."""
    tx: Tx | None = connection.info.get("tx")
    if tx is not None and _WRITES.search(statement):
        tx.wrote = True
