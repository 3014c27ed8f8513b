"""How identities lie at rest: sealed under one data key per person, found by keyed indexes, never stored in clear.

Destroying a person's data key erases every sealed value of that person, in backups too. Rotation wraps data keys anew
and leaves data alone. No unwrapped key outlives the object that a caller holds.
"""

import hmac
import json
import os
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.sealing import KEY_BYTES, KeyDestroyedError, bind, decrypt, encrypt
from app.secret_files import add_members, write_once

_BLOCK = 64


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
        return hmac.digest(hmac.digest(self.secret, b"mark", "sha256"), bind(*parts), "sha256")


class KeyProvider(Protocol):
    """Holder of the key-encryption keys (KEK); they never leave it, so that an external key service fits here too.

    Every call may raise `KeyServiceError`.
    """

    async def wrap(self, key_id: UUID, secret: bytes) -> tuple[bytes, str]:
        """The wrapped key, and the id of the KEK in force that wrapped it."""

    async def unwrap(self, key_id: UUID, wrapped: bytes, kek_id: str) -> bytes:
        """The data key's bytes; `VaultError` when the wrapping was altered, `KekGoneError` when its KEK is gone."""

    async def current(self) -> str:
        """The id of the KEK in force."""

    async def older(self) -> Sequence[str]:
        """The ids of the others that still unwrap."""

    async def renew(self) -> str:
        """Puts a fresh KEK in force; its id. The older ones still unwrap."""

    async def retire(self, kek_id: str) -> None:
        """Destroys every KEK older than this one, which is the one in force: what they wrapped is lost for good."""

    async def close(self) -> None:
        """Lets go of connections."""


class Destroyed(Protocol):
    """The data keys that were destroyed, kept where no backup of the database reaches."""

    def __contains__(self, key_id: UUID) -> bool: ...


class Vault:
    """Seals and opens values."""

    def __init__(self, provider: KeyProvider, destroyed: Destroyed) -> None:
        self.provider = provider
        self._destroyed = destroyed

    async def new_key(self) -> DataKey:
        key_id, secret = uuid4(), AESGCM.generate_key(8 * KEY_BYTES)
        return DataKey(key_id, *await self.provider.wrap(key_id, secret), secret)

    async def unwrap(self, id: UUID, wrapped: bytes | None, kek_id: str) -> DataKey:
        """`KeyDestroyedError` for a key that was destroyed, also where a restored backup brought it back."""
        if wrapped is None or id in self._destroyed:
            raise KeyDestroyedError
        return DataKey(id, wrapped, kek_id, await self.provider.unwrap(id, wrapped, kek_id))

    def seal(self, key: DataKey, place: Place, value: Any) -> bytes:
        """`value` is JSON. Blanks fill its text to a multiple of 64 bytes: the length of a name would tell."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return encrypt(key.secret, text + b" " * (-len(text) % _BLOCK), _bind_place(key, place))

    def open(self, key: DataKey, place: Place, sealed: bytes) -> Any:
        return json.loads(decrypt(key.secret, sealed, _bind_place(key, place)))

    def seal_bytes(self, key: DataKey, place: Place, content: bytes) -> bytes:
        """A file as it is: nobody's words can be told by its length."""
        return encrypt(key.secret, content, _bind_place(key, place))

    def open_bytes(self, key: DataKey, place: Place, sealed: bytes) -> bytes:
        return decrypt(key.secret, sealed, _bind_place(key, place))


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
        return hmac.digest(self._keys[purpose], bind(purpose, text, *map(str, more)), "sha256") if text else None


def fold(text: str) -> str:
    """A name as matching sees it: no marks, đ as d, no case, single spaces. «Đặng  Ánh» and «dang anh» are alike."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    bare = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return " ".join(bare.replace("đ", "d").split())


def _bind_place(key: DataKey, place: Place) -> bytes:
    return bind(place.table, place.column, str(place.row), str(key.id))


def _fresh() -> str:
    return b64encode(os.urandom(KEY_BYTES)).decode()


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode()
