"""What a post has written down and not yet handed over: an SQLite file in which every word is ciphertext.

An item is a `draft` while it is asked for, `ready` once confirmed, `parked` when the service refused it for what it
says. It leaves only for the table of receipts, in one transaction. Written with synchronous=FULL: what an officer was
told is kept survives a power cut.
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from app.post import lock
from app.sealing import bind, decrypt, encrypt

State = Literal["draft", "ready", "parked"]
FILE = "post.sqlite"
_SCHEMA = (
    lock.SCHEMA,
    "create table if not exists settings (name text primary key, sealed blob not null)",
    "create table if not exists items (seq integer primary key autoincrement, id text not null unique, "
    "state text not null check (state in ('draft', 'ready', 'parked')), urgent integer not null default 0, "
    "attempts integer not null default 0, changed_at real not null, sealed blob not null, problem blob)",
    "create table if not exists receipts (seq integer primary key autoincrement, id text not null unique, "
    "kept_at real not null, sealed blob not null)",
)
_ITEM = "select id, state, urgent, attempts, changed_at, sealed, problem from items"


class NoPostError(Exception):
    """There is no post in this folder yet."""


class GoneError(Exception):
    """No such item, or not in a state that allows this."""


@dataclass(frozen=True)
class Item:
    """`answers` are what an officer said, question by question; `rest` what was said without a question (imported);
    `body` what is sent, fixed when it was confirmed; `problem` why it is parked, or what it last waited for."""

    id: UUID
    state: State
    urgent: bool = False
    attempts: int = 0
    changed_at: float = 0.0
    answers: Mapping[str, str] | None = None
    rest: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None
    problem: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Kept:
    """A receipt: the compact JWS, and what it says."""

    id: UUID
    receipt: str
    digest: str
    reference: str


class Outbox:
    """One post's file, open under its key. Several processes may have it open at once."""

    def __init__(self, db: sqlite3.Connection, secret: bytes) -> None:
        self._db = db
        self._secret = secret

    def close(self) -> None:
        self._db.close()

    # Settings ---------------------------------------------------------------------------------------------------
    def setting(self, name: str) -> Any:
        """The value kept under this name, or None."""
        row = self._db.execute("select sealed from settings where name = ?", (name,)).fetchone()
        return None if row is None else self._opened(row[0], "setting", name)

    def set(self, name: str, value: Any) -> None:
        with self._db:
            sealed = self._sealed(value, "setting", name)
            self._db.execute("insert or replace into settings (name, sealed) values (?, ?)", (name, sealed))

    # Writing down -----------------------------------------------------------------------------------------------
    def open_draft(self, answers: Mapping[str, str]) -> Item:
        """A new record: its id is made now, when the form is opened, and stays the same whatever happens."""
        item = Item(uuid4(), "draft", answers=dict(answers))
        self.add(item)
        return item

    def add(self, item: Item) -> bool:
        """Takes a record in; False when one of this id is here already, or has been and was receipted."""
        with self._db:
            done = self._db.execute(
                "insert or ignore into items (id, state, urgent, changed_at, sealed, problem) select ?, ?, ?, ?, ?, ? "
                "where not exists (select 1 from receipts where id = ?)",
                (str(item.id), item.state, item.urgent, time.time(), *self._columns(item), str(item.id)),
            )
        return done.rowcount == 1

    def rewrite(self, item: Item, *, was: State) -> None:
        """Puts this in place of what is kept under its id; `GoneError` unless that is in the state `was`."""
        with self._db:
            done = self._db.execute(
                "update items set state = ?, urgent = ?, changed_at = ?, sealed = ?, problem = ? "
                "where id = ? and state = ?",
                (item.state, item.urgent, time.time(), *self._columns(item), str(item.id), was),
            )
        if done.rowcount != 1:
            raise GoneError(item.id)

    def answer(self, item_id: UUID, key: str, text: str) -> Item:
        """One answer into a draft, on the disk when this returns; an empty one takes the answer back."""
        with self._exclusively():
            item = self._must(item_id, "draft")
            answers = {**(item.answers or {}), key: text}
            if not text:
                del answers[key]
            changed = Item(item_id, "draft", answers=answers, rest=item.rest, problem=item.problem)
            sealed, problem = self._columns(changed)
            self._db.execute("update items set sealed = ?, problem = ? where id = ?", (sealed, problem, str(item_id)))
        return changed

    def reopen(self, item_id: UUID, *, answers: Mapping[str, str], rest: Mapping[str, Any], new_id: bool) -> Item:
        """A parked record becomes a draft again, under a new id if its own is taken by other content."""
        with self._exclusively():
            item = self._must(item_id, "parked")
            draft = Item(uuid4() if new_id else item_id, "draft", answers=answers, rest=rest, problem=item.problem)
            sealed, problem = self._columns(draft)
            self._db.execute(
                "update items set id = ?, state = 'draft', attempts = 0, sealed = ?, problem = ? where id = ?",
                (str(draft.id), sealed, problem, str(item_id)),
            )
        return draft

    # Handing over -----------------------------------------------------------------------------------------------
    def next_ready(self, skip: Sequence[UUID] = ()) -> Item | None:
        """The urgent first, then the least often tried, then the oldest: what always fails never blocks the rest.

        Asked anew for each, so that a new urgent one waits for one at most.
        """
        rows = self._db.execute("select id from items where state = 'ready' order by urgent desc, attempts, seq")
        wanted = next((row[0] for row in rows if UUID(row[0]) not in skip), None)
        return self.find(UUID(wanted)) if wanted else None

    def attempted(self, item_id: UUID) -> None:
        with self._db:
            self._db.execute("update items set attempts = attempts + 1 where id = ?", (str(item_id),))

    def waits(self, item_id: UUID, problem: Mapping[str, Any]) -> None:
        """It stays ready; what it waits for is shown by `status`."""
        with self._db:
            sealed = self._sealed(problem, "problem", str(item_id))
            self._db.execute("update items set problem = ? where id = ?", (sealed, str(item_id)))

    def park(self, item_id: UUID, problem: Mapping[str, Any]) -> None:
        """Refused for what it says: kept apart until somebody mends it."""
        with self._db:
            sealed = self._sealed(problem, "problem", str(item_id))
            self._db.execute(
                "update items set state = 'parked', problem = ? where id = ? and state = 'ready'",
                (sealed, str(item_id)),
            )

    def leave(self, kept: Kept) -> None:
        """The only way out: the receipt is kept and the record goes, together or not at all.

        The caller has checked the receipt against this record.
        """
        with self._db:
            said = {"receipt": kept.receipt, "digest": kept.digest, "reference": kept.reference}
            self._db.execute(
                "insert or ignore into receipts (id, kept_at, sealed) values (?, ?, ?)",
                (str(kept.id), time.time(), self._sealed(said, "receipt", str(kept.id))),
            )
            self._db.execute("delete from items where id = ?", (str(kept.id),))

    # Reading ----------------------------------------------------------------------------------------------------
    def find(self, item_id: UUID) -> Item | None:
        row = self._db.execute(f"{_ITEM} where id = ?", (str(item_id),)).fetchone()
        return self._item(row) if row else None

    def items(self, *states: State) -> Iterator[Item]:
        """All, or those in these states, in the order in which they are sent."""
        rows = self._db.execute(f"{_ITEM} order by urgent desc, seq").fetchall()
        return (self._item(row) for row in rows if not states or row[1] in states)

    def receipts(self) -> Iterator[Kept]:
        """Every receipt, oldest first."""
        for row in self._db.execute("select id, sealed from receipts order by seq").fetchall():
            yield Kept(UUID(row[0]), **self._opened(row[1], "receipt", row[0]))

    def receipt(self, item_id: UUID) -> Kept | None:
        row = self._db.execute("select sealed from receipts where id = ?", (str(item_id),)).fetchone()
        return Kept(item_id, **self._opened(row[0], "receipt", str(item_id))) if row else None

    def _must(self, item_id: UUID, state: State) -> Item:
        item = self.find(item_id)
        if item is None or item.state != state:
            raise GoneError(item_id)
        return item

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Reads and writes as one, against another process with the same file."""
        with self._db:
            self._db.execute("begin immediate")
            yield

    def _columns(self, item: Item) -> tuple[bytes, bytes | None]:
        said = {"answers": item.answers, "rest": item.rest, "body": item.body}
        problem = None if item.problem is None else self._sealed(item.problem, "problem", str(item.id))
        return self._sealed(said, "item", str(item.id)), problem

    def _item(self, row: tuple[Any, ...]) -> Item:
        item_id, state, urgent, attempts, changed_at, sealed, problem = row
        said = self._opened(sealed, "item", item_id)
        why = self._opened(problem, "problem", item_id) if problem else None
        return Item(UUID(item_id), state, bool(urgent), attempts, changed_at, **said, problem=why)

    def _sealed(self, value: Any, *place: str) -> bytes:
        return encrypt(self._secret, json.dumps(value).encode(), bind("post", *place))

    def _opened(self, sealed: bytes, *place: str) -> Any:
        return json.loads(decrypt(self._secret, sealed, bind("post", *place)))


def create(folder: Path, pin: str) -> Outbox:
    """A new post in this folder; `FileExistsError` when there is one, whose records a new key would orphan."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    db = connect(folder)
    if db.execute("select 1 from lock").fetchone():
        raise FileExistsError(folder)
    return Outbox(db, lock.set_pin(db, pin))


def unlock(folder: Path, pin: str) -> Outbox:
    """The post in this folder; `NoPostError`, `lock.WrongPinError`, `lock.TooEarlyError`."""
    if not (folder / FILE).exists():
        raise NoPostError(folder)
    db = connect(folder)
    if not db.execute("select 1 from lock").fetchone():
        raise NoPostError(folder)
    return Outbox(db, lock.unlock(db, pin, time.time))


def connect(folder: Path) -> sqlite3.Connection:
    """The file with its tables, made if missing, for any thread that takes turns."""
    path = folder / FILE
    path.touch(mode=0o600)
    db = sqlite3.connect(path, timeout=30, isolation_level="IMMEDIATE", check_same_thread=False)
    for pragma in ("journal_mode = wal", "synchronous = full", "fullfsync = on", "secure_delete = on"):
        db.execute(f"pragma {pragma}")
    with db:
        for statement in _SCHEMA:
            db.execute(statement)
    return db
