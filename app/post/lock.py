"""The PIN of a post: it wraps the one key that seals everything, and wrong guesses cost more and more time.

Whoever copies the file can guess elsewhere, without the delays; there the cost of one guess (scrypt, 32 MB) and the
length of the PIN are all that stand between, which is why the disk of a post is to be encrypted as well.
"""

import os
import sqlite3
from collections.abc import Callable
from math import ceil

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.sealing import KEY_BYTES, VaultError, bind, decrypt, encrypt

SHORTEST_PIN = 6
_FREE_TRIES = 3
_FIRST_WAIT, _LONGEST_WAIT = 30, 900
_SALT_BYTES = 16
_SCRYPT = {"n": 2**15, "r": 8, "p": 3}  # as strong as OWASP's first choice, in a quarter of its memory: old machines
_BOUND = bind("post", "key")

SCHEMA = """
create table if not exists lock (
  one integer primary key check (one = 1), salt blob not null, wrapped blob not null,
  failed integer not null default 0, failed_at real not null default 0)
"""


class WrongPinError(Exception):
    """The PIN is not the one that was set."""


class TooEarlyError(Exception):
    """Wrong PINs came before; `seconds` to wait until the next one is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class ShortPinError(ValueError):
    """Fewer than six characters."""


def set_pin(db: sqlite3.Connection, pin: str) -> bytes:
    """Locks a new post; the key, which exists nowhere else in clear."""
    if len(pin) < SHORTEST_PIN:
        raise ShortPinError
    key, salt = os.urandom(KEY_BYTES), os.urandom(_SALT_BYTES)
    with db:
        wrapped = encrypt(_stretched(pin, salt), key, _BOUND)
        db.execute("insert into lock (one, salt, wrapped) values (1, ?, ?)", (salt, wrapped))
    return key


def unlock(db: sqlite3.Connection, pin: str, machine: Callable[[], float]) -> bytes:
    """The key; `WrongPinError`, or `TooEarlyError` without a look at the PIN.

    A try is counted before it is judged, so that killing the process gives nobody a free one.
    """
    now = machine()
    with db:
        db.execute("begin immediate")  # so that two processes that try at once are two tries
        salt, wrapped, failed, failed_at = db.execute("select salt, wrapped, failed, failed_at from lock").fetchone()
        left = _left(failed, now - failed_at)
        counted = failed + (left == 0)
        # A clock set back starts the wait anew: it gains nothing, and locks nobody out for longer than the wait.
        db.execute("update lock set failed = ?, failed_at = ?", (counted, now if left == 0 else min(now, failed_at)))
    if left:
        raise TooEarlyError(left)
    try:
        key = decrypt(_stretched(pin, salt), wrapped, _BOUND)
    except VaultError:
        raise WrongPinError from None
    with db:
        db.execute("update lock set failed = 0")
    return key


def _left(failed: int, since: float) -> int:
    """Whole seconds to wait after so many wrong PINs, `since` the last."""
    if failed < _FREE_TRIES:
        return 0
    wait: int = min(_FIRST_WAIT * 2 ** (failed - _FREE_TRIES), _LONGEST_WAIT)
    return max(0, ceil(min(wait, wait - since)))


def _stretched(pin: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, **_SCRYPT).derive(pin.encode())
