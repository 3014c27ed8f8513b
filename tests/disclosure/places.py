"""Where words lie: every sealed cell of the database opened by the keeper of the keys, wherever it was put."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from app.vault import Vault
from tests.disclosure.facts import Facts, Row
from tests.disclosure.marks import Finder
from tests.disclosure.policy import kind_of

_HEAD, _TAG = 1 + 12, 16
_SEALED = ("sealed", "outside")
_KEYS = "data_keys"


@dataclass(frozen=True)
class Place:
    """A record that holds a canary: its kind by the policy, its row, and the column."""

    kind: str
    column: str
    row: Row

    @property
    def name(self) -> str:
        """The section, or the kind of record."""
        return str(self.row["section"]) if self.kind == "section" else self.kind


class UnopenedError(AssertionError):
    """A column called sealed holds what no key opens."""


class Places:
    """Opens cells without asking which cell they are: GCM without its tag is CTR from the second block on."""

    def __init__(self, vault: Vault, finder: Finder) -> None:
        self._vault = vault
        self._finder = finder
        self._secrets: dict[str, bytes] = {}
        self._marks: dict[str, set[str]] = {}

    async def of(self, facts: Facts) -> dict[str, list[Place]]:
        """Mark → everything that holds it at this moment."""
        await self._learn(facts)
        held: dict[str, list[Place]] = defaultdict(list)
        for table, column, row in _cells(facts):
            for mark in self._within(table, column, row[column]):
                held[mark].append(Place(kind_of(table, row), column, row))
        return held

    async def _learn(self, facts: Facts) -> None:
        for row in facts.tables[_KEYS]:
            if row["id"] not in self._secrets:
                wrapped = bytes.fromhex(row["wrapped"][2:])
                key = await self._vault.unwrap(UUID(row["id"]), wrapped, row["kek_id"])
                self._secrets[row["id"]] = key.secret

    def _within(self, table: str, column: str, cell: str) -> set[str]:
        if cell not in self._marks:
            sealed = bytes.fromhex(cell[2:])
            texts = [text for secret in self._secrets.values() if (text := _opened(secret, sealed)) is not None]
            if not texts:
                raise UnopenedError(f"{table}.{column}")
            self._marks[cell] = {mark for text in texts for mark in self._finder.found(text)}
        return self._marks[cell]


def _cells(facts: Facts) -> Iterator[tuple[str, str, Row]]:
    for table, rows in facts.tables.items():
        for row in rows:
            yield from ((table, c, row) for c, v in row.items() if c.endswith(_SEALED) and v is not None)


def _opened(secret: bytes, sealed: bytes) -> str | None:
    """The JSON text, or nothing where this is not its key."""
    counter = sealed[1:_HEAD] + (2).to_bytes(4, "big")
    text: Any = Cipher(AES(secret), CTR(counter)).decryptor().update(sealed[_HEAD:-_TAG])
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return None
