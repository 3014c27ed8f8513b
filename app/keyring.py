"""The secrets one process holds, loaded once from the key folder: vault keys, blind-index keys, and the wire secret."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from app.secret_files import write_once
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
        FileKeyProvider.create(folder)
        BlindIndexes.create(folder)
        write_once(folder / "wire.key", secrets.token_bytes(32))

    @classmethod
    def complete(cls, folder: Path) -> None:
        """Adds the keys that this version needs beyond those of the version that made the folder. None is replaced, and
        a missing file is not made."""
        if (folder / "indexes.json").exists():
            BlindIndexes.create(folder)
