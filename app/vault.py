"""How identities lie at rest: sealed under one data key per person, found by keyed indexes, never stored in clear.

Destroying a person's data key erases every sealed value of that person, in backups too. Rotation wraps data keys anew
and leaves data alone. No unwrapped key outlives the object that a caller holds.
"""

import hmac
import json
import os
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.secret_files import add_members, write_once

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_BLOCK = 64


class VaultError(Exception):
    """A sealed value or a wrapped key is not what this vault made for this place; says no more than that."""


@dataclass(frozen=True)
class Place:
    """The one cell a sealed value belongs to: copied anywhere else, it does not open."""

    table: str
    column: str
    row: UUID | str


@dataclass(frozen=True)
class DataKey:
    """The key of one person. `id`, `wrapped` and `kek_id` are stored; `secret` is never shown or stored."""

    id: UUID
    wrapped: bytes
    kek_id: str
    secret: bytes = field(repr=False)

    def mark(self, *parts: str) -> bytes:
        """HMAC under a key derived from this one: the same parts are known again where the key is, and nowhere else."""
        return hmac.digest(hmac.digest(self.secret, b"mark", "sha256"), _bind(*parts), "sha256")


class KeyProvider(Protocol):
    """Holder of the key-encryption keys; they never leave it, so that an external key service fits here too."""

    def wrap(self, key_id: UUID, secret: bytes) -> tuple[bytes, str]:
        """The wrapped key, and the id of the key-encryption key in force that wrapped it."""

    def unwrap(self, key_id: UUID, wrapped: bytes, kek_id: str) -> bytes:
        """The data key's bytes; `VaultError` when the wrapping was altered or its key-encryption key is gone."""


class FileKeyProvider:
    """Key-encryption keys in `kek.json`: `{current, keys: {id: base64}}`. Retired keys still unwrap."""

    def __init__(self, folder: Path) -> None:
        content = json.loads((folder / "kek.json").read_text("utf-8"))
        self._current: str = content["current"]
        self._keys = {kek_id: b64decode(text) for kek_id, text in content["keys"].items()}

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Opens the folder's keys, made first when there are none."""
        kek_id = str(uuid4())
        write_once(folder / "kek.json", _json({"current": kek_id, "keys": {kek_id: _fresh()}}))
        return cls(folder)

    def wrap(self, key_id: UUID, secret: bytes) -> tuple[bytes, str]:
        kek_id = self._current
        return _encrypt(self._keys[kek_id], secret, _bind("data key", str(key_id), kek_id)), kek_id

    def unwrap(self, key_id: UUID, wrapped: bytes, kek_id: str) -> bytes:
        if kek_id not in self._keys:
            raise VaultError
        return _decrypt(self._keys[kek_id], wrapped, _bind("data key", str(key_id), kek_id))


class Vault:
    """Seals and opens values. Layout: version byte, 96-bit random nonce, AES-256-GCM text and tag."""

    def __init__(self, provider: KeyProvider) -> None:
        self._provider = provider

    def new_key(self) -> DataKey:
        key_id, secret = uuid4(), AESGCM.generate_key(8 * KEY_BYTES)
        return DataKey(key_id, *self._provider.wrap(key_id, secret), secret)

    def unwrap(self, id: UUID, wrapped: bytes, kek_id: str) -> DataKey:
        return DataKey(id, wrapped, kek_id, self._provider.unwrap(id, wrapped, kek_id))

    def seal(self, key: DataKey, place: Place, value: Any) -> bytes:
        """`value` is JSON. Blanks fill its text to a multiple of 64 bytes: the length of a name would tell."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return _encrypt(key.secret, text + b" " * (-len(text) % _BLOCK), _bind_place(key, place))

    def open(self, key: DataKey, place: Place, sealed: bytes) -> Any:
        return json.loads(_decrypt(key.secret, sealed, _bind_place(key, place)))


class BlindIndexes:
    """HMAC-SHA-256 look-up values, one key each (`indexes.json`), equal for equal persons and useless without the key.

    Never of a field alone that could be guessed through: a name goes with the year of birth, or gives no index.
    """

    def __init__(self, folder: Path) -> None:
        content = json.loads((folder / "indexes.json").read_text("utf-8"))
        self._keys = {purpose: b64decode(text) for purpose, text in content.items()}

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Opens the folder's keys, made first when there are none; a purpose newer than the folder gets its own, the
        others keep theirs. Lost keys mean that every index is computed anew."""
        fresh = {purpose: _fresh() for purpose in ("document", "name_year", "name_set_year", "name_date")}
        write_once(folder / "indexes.json", _json(fresh))
        add_members(folder / "indexes.json", fresh)
        return cls(folder)

    def document(self, number: str | None) -> bytes | None:
        """Of a document number by its letters and digits alone, whatever its type, spacing or width of letters."""
        plain = unicodedata.normalize("NFKC", number or "").upper()
        return self._index("document", "".join(filter(str.isalnum, plain)))

    def name_year(self, full_name: str | None, year: int | None) -> bytes | None:
        return self._index("name_year", fold(full_name or ""), year) if year else None

    def name_set_year(self, full_name: str | None, year: int | None) -> bytes | None:
        """Like `name_year`, whichever order the words of the name are in."""
        return self._index("name_set_year", " ".join(sorted(fold(full_name or "").split())), year) if year else None

    def name_date(self, full_name: str | None, day: str | None) -> bytes | None:
        """Of a full name with a full date of birth (ISO 8601); none with less than the day."""
        whole = day is not None and len(day) == len("YYYY-MM-DD")
        return self._index("name_date", fold(full_name or ""), day) if whole else None

    def _index(self, purpose: str, text: str, *more: object) -> bytes | None:
        return hmac.digest(self._keys[purpose], _bind(purpose, text, *map(str, more)), "sha256") if text else None


def fold(text: str) -> str:
    """A name as matching sees it: no marks, đ as d, no case, single spaces. «Đặng  Ánh» and «dang anh» are alike."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    bare = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return " ".join(bare.replace("đ", "d").split())


def _bind(*parts: str) -> bytes:
    """The parts as a JSON list: unlike joined text, no two lists of parts give the same bytes."""
    return json.dumps(parts).encode()


def _bind_place(key: DataKey, place: Place) -> bytes:
    return _bind(place.table, place.column, str(place.row), str(key.id))


def _encrypt(secret: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(secret).encrypt(nonce, plaintext, bound_to)


def _decrypt(secret: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    start = len(_VERSION) + _NONCE_BYTES
    if sealed[:1] != _VERSION or len(sealed) < start:
        raise VaultError
    try:
        return AESGCM(secret).decrypt(sealed[1:start], sealed[start:], bound_to)
    except InvalidTag:
        raise VaultError from None


def _fresh() -> str:
    return b64encode(os.urandom(KEY_BYTES)).decode()


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode()
