"""The secrets one process holds, loaded once from the key folder: vault keys, blind-index keys, and the wire secret."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from app.vault import BlindIndexes, FileKeyProvider, Vault


@dataclass(frozen=True)
class Keyring:
    """`wire` signs what callers carry back and forth: cursors and entity tags."""

    vault: Vault
    indexes: BlindIndexes
    wire: bytes

    @classmethod
    def load(cls, folder: Path) -> "Keyring":
        """Reads what `create` made; a missing file is an error: fresh keys would orphan every record."""
        return cls(
            vault=Vault(FileKeyProvider(folder)),
            indexes=BlindIndexes(folder),
            wire=(folder / "wire.key").read_bytes(),
        )

    @classmethod
    def create(cls, folder: Path) -> None:
        """Makes the files that are missing, readable by the owner only."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        FileKeyProvider.create(folder)
        BlindIndexes.create(folder)
        wire = folder / "wire.key"
        if not wire.exists():
            descriptor = os.open(wire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
