"""Keys that lie in files of the key folder: the key-encryption keys, and the list of data keys that were destroyed.

Both are read again as soon as the file has changed, so that a rotation or an erasure by another process takes effect
in every running worker without a restart.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Self, TypeVar
from uuid import UUID, uuid4

from app.sealing import KEY_BYTES, KekGoneError, bind, decrypt, encrypt
from app.secret_files import append_line, replace, write_once

T = TypeVar("T")


class _Watched(Generic[T]):
    """What a file says now. A look at its inode, size and time costs a microsecond; reading it, a hundred."""

    def __init__(self, path: Path, parse: Callable[[Path], T]) -> None:
        self._path, self._parse = path, parse
        self._seen = self._mark()
        self._value = parse(path)

    def __call__(self) -> T:
        mark = self._mark()
        if mark != self._seen:
            self._value = self._parse(self._path)
            self._seen = mark
        return self._value

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return None
        return now.st_ino, now.st_size, now.st_mtime_ns


class FileKeyProvider:
    """Key-encryption keys in `kek.json`: `{current, keys: {id: base64}}`. Retired ones are not in it any more.

    For one machine, or several that share the folder: whoever has another copy of the file does not know a new key.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "kek.json"
        self._content = _Watched(self._path, _read_keks)

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Opens the folder's keys, made first when there are none."""
        kek_id = str(uuid4())
        write_once(folder / "kek.json", _keks(kek_id, {kek_id: os.urandom(KEY_BYTES)}))
        return cls(folder)

    async def wrap(self, key_id: UUID, secret: bytes) -> tuple[bytes, str]:
        kek_id, keks = self._content()
        return encrypt(keks[kek_id], secret, _bound_to(key_id, kek_id)), kek_id

    async def unwrap(self, key_id: UUID, wrapped: bytes, kek_id: str) -> bytes:
        _, keks = self._content()
        if kek_id not in keks:
            raise KekGoneError
        return decrypt(keks[kek_id], wrapped, _bound_to(key_id, kek_id))

    async def current(self) -> str:
        kek_id, _ = self._content()
        return kek_id

    async def older(self) -> Sequence[str]:
        kek_id, keks = self._content()
        return sorted(keks.keys() - {kek_id})

    async def renew(self) -> str:
        _, keks = self._content()
        kek_id = str(uuid4())
        replace(self._path, _keks(kek_id, {**keks, kek_id: os.urandom(KEY_BYTES)}))
        return kek_id

    async def retire(self, kek_id: str) -> None:
        _, keks = self._content()
        replace(self._path, _keks(kek_id, {kek_id: keks[kek_id]}))

    async def close(self) -> None:
        """Nothing is held open."""


class DestroyedKeys:
    """`destroyed.jsonl`: one line for each destroyed data key, with who asked and who approved, both signed.

    It belongs to the key store and not to the database, so that a restored backup, in which the key is still there,
    does not bring the person back.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "destroyed.jsonl"
        self._ids = _Watched(self._path, lambda path: frozenset(UUID(line["key_id"]) for line in _lines(path)))

    def __contains__(self, key_id: UUID) -> bool:
        return key_id in self._ids()

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Every line, as it was written."""
        return iter(_lines(self._path))

    def add(self, entry: Mapping[str, Any]) -> None:
        """Durable when it returns; `entry` names its key as `key_id`. Twice is the same as once."""
        if UUID(entry["key_id"]) not in self:
            append_line(self._path, json.dumps(entry).encode())


def _lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines only: one that a crash cut short was never acted on, since its key is destroyed after it."""
    lines = path.read_text("utf-8").split("\n") if path.exists() else []
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


def _read_keks(path: Path) -> tuple[str, dict[str, bytes]]:
    content = json.loads(path.read_text("utf-8"))
    return content["current"], {kek_id: b64decode(text) for kek_id, text in content["keys"].items()}


def _keks(current: str, keks: Mapping[str, bytes]) -> bytes:
    return json.dumps({"current": current, "keys": {i: b64encode(key).decode() for i, key in keks.items()}}).encode()


def _bound_to(key_id: UUID, kek_id: str) -> bytes:
    return bind("data key", str(key_id), kek_id)
