"""Which id a row's intake has: always the same one, so that a second run, or a file saved anew, changes nothing.

A UUID of version 8 (RFC 9562 §5.8) whose bits are an HMAC: from the id nobody can tell, or try out, what the row says.
"""

import hmac
import os
from collections import Counter
from pathlib import Path
from uuid import UUID

import rfc8785

from app.cli.htcds.workbook import Row
from app.secret_files import write_once

KEY_BYTES = 32
_VERSION, _VARIANT = 0x8 << 76, 0b10 << 62
_KEPT = ~((0xF << 76) | (0b11 << 62))


class DamagedSecretError(Exception):
    """The secret's file does not hold a whole secret; a fresh one would import everything again."""


class RowIds:
    """Ids of one client's rows under one secret, given out in the order of a file."""

    def __init__(self, secret: bytes, client_id: str) -> None:
        self._secret = secret
        self._client_id = client_id
        self._seen: Counter[bytes] = Counter()

    def next(self, row: Row) -> UUID:
        """The id of this row. Equal rows of one file are told apart by which of them comes first, second, …"""
        content = rfc8785.dumps({name: cell.text for name, cell in row.cells.items()})
        self._seen[content] += 1
        named = rfc8785.dumps([self._client_id, content.decode(), self._seen[content]])
        bits = int.from_bytes(hmac.digest(self._secret, named, "sha256")[:16])
        return UUID(int=bits & _KEPT | _VERSION | _VARIANT)


def secret(data: Path) -> bytes:
    """The import secret of a data folder, made at first use."""
    path = data / "import.key"
    write_once(path, os.urandom(KEY_BYTES))
    found = path.read_bytes()
    if len(found) != KEY_BYTES:
        raise DamagedSecretError(f"{path}: hỏng, hãy khôi phục / damaged, restore it from a backup")
    return found
