"""The secrets one process holds, loaded once from the key folder: vault keys, blind-index keys, and the wire secret.

Where an external key service is configured, the key-encryption keys are there and not in the folder.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from app.key_files import DestroyedKeys, FileKeyProvider
from app.key_service import KeyService, TransitKeyProvider
from app.secret_files import write_once
from app.settings import Settings
from app.vault import BlindIndexes, Vault


@dataclass(frozen=True)
class Keyring:
    """`wire` signs what callers carry back and forth: cursors and entity tags."""

    vault: Vault
    indexes: BlindIndexes
    wire: bytes
    destroyed: DestroyedKeys

    @classmethod
    def load(cls, settings: Settings) -> "Keyring":
        """Reads what `create` made; a missing file is an error: fresh keys would orphan every record."""
        folder, service = settings.keys, key_service(settings)
        destroyed = DestroyedKeys(folder)
        return cls(
            vault=Vault(TransitKeyProvider(service) if service else FileKeyProvider(folder), destroyed),
            indexes=BlindIndexes(folder),
            wire=(folder / "wire.key").read_bytes(),
            destroyed=destroyed,
        )

    @classmethod
    def create(cls, folder: Path, *, kek: bool = True) -> None:
        """Makes the files that are missing, readable by the owner only; `kek` unless a key service holds those keys."""
        if kek:
            FileKeyProvider.create(folder)
        BlindIndexes.create(folder)
        write_once(folder / "wire.key", secrets.token_bytes(32))

    @classmethod
    def complete(cls, folder: Path) -> None:
        """Adds the keys that this version needs beyond those of the version that made the folder. None is replaced, and
        a missing file is not made."""
        if (folder / "indexes.json").exists():
            BlindIndexes.create(folder)


def key_service(settings: Settings) -> KeyService | None:
    """The external service of the settings, if they name one."""
    if settings.kms_url is None or settings.kms_token_file is None:
        return None
    return KeyService(
        url=settings.kms_url,
        key=settings.kms_key,
        token_file=settings.kms_token_file,
        mount=settings.kms_mount,
        ca_file=settings.kms_ca_file,
    )
