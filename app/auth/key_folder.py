"""The service's own keys as they lie in its folder, and how one gives way to the next without a token refused.

`issuer.pem` is the first key of its purpose; its successors lie in `issuer/`, each named by the moment from which it
signs, and so for receipts and audit. Every worker looks once a second. A successor is published and believed from the
first look on and signs only later, so that no worker and no partner meets a signature by a key it has not heard of.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.auth.keys import (
    SigningKey,
    UnusableKeyError,
    VerificationKey,
    ensure_key,
    generate,
    read_key,
    verification_keys,
)
from app.secret_files import write_once

LOOK = 1.0
"""Seconds for which a worker trusts its last look into the folder."""

PUBLIC_SECONDS = 300
"""For how long a published key set may be kept by whoever fetched it."""

GRACE = 660
"""Seconds for which a superseded issuer key still judges: the longest life of a token, and a minute."""

_MOMENT = "%Y%m%dT%H%M%SZ"
logger = logging.getLogger("referral")


class Purpose(StrEnum):
    """What a key signs: access tokens, receipts, the audit's tree heads. None passes for another."""

    ISSUER = "issuer"
    RECEIPTS = "receipts"
    AUDIT = "audit"


@dataclass(frozen=True)
class Dated:
    """A key and the moment from which it signs, in POSIX seconds."""

    begins: float
    key: SigningKey


@dataclass(frozen=True)
class Keys:
    """The keys of one moment: three that sign, and what judges them.

    `access` and `issuer_jwks` also hold the issuer's next key and the one whose tokens may still be alive. `heads` and
    `lasting_jwks` hold every key there ever was: receipts and tree heads are kept.
    """

    issuer: SigningKey
    receipts: SigningKey
    audit: SigningKey
    access: Mapping[str, VerificationKey]
    heads: Mapping[str, VerificationKey]
    issuer_jwks: Mapping[str, Any]
    lasting_jwks: Mapping[str, Any]


class KeyFolder:
    """The folder of one running service."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._looked = clock()
        self._keys = load_keys(folder, self._looked)
        self._readable = True

    @property
    def current(self) -> Keys:
        """The keys of now. While the folder cannot be read, those of before: a service that runs goes on running."""
        now = self._clock()
        if not 0 <= now - self._looked < LOOK:
            self._looked = now
            try:
                self._keys, self._readable = load_keys(self._folder, now), True
            except (OSError, UnusableKeyError):
                self._readable = False
                logger.error("the key folder cannot be read; the keys of before stay in use")
        return self._keys

    @property
    def readable(self) -> bool:
        """Whether the last look found them all."""
        return bool(self.current) and self._readable


def load_keys(folder: Path, now: float) -> Keys:
    """The keys of this moment; `UnusableKeyError` when a purpose has none that signs, or one is not what it must be."""
    issuers, receipts, audits = (succession(folder, purpose) for purpose in Purpose)
    issued = [key.public for key in _believed(issuers, now)]
    heads = [each.key.public for each in audits]
    return Keys(
        issuer=_signing(issuers, now),
        receipts=_signing(receipts, now),
        audit=_signing(audits, now),
        access=verification_keys(issued),
        heads=verification_keys(heads),
        issuer_jwks={"keys": issued},
        lasting_jwks={"keys": [*(each.key.public for each in receipts), *heads]},
    )


def ensure_keys(folder: Path) -> None:
    """Makes the first key of each purpose that lacks it: in the demo, and in a key folder that is still empty."""
    for purpose in Purpose:
        ensure_key(_first(folder, purpose))


def succession(folder: Path, purpose: Purpose) -> Sequence[Dated]:
    """Every key of this purpose, oldest first. The first may be gone only where another took its place."""
    first, later = _first(folder, purpose), sorted((folder / purpose).glob("*.pem"))
    oldest = [] if later and not first.exists() else [Dated(0, read_key(first))]
    return [*oldest, *(Dated(_moment(path), read_key(path)) for path in later)]


def add_successor(folder: Path, purpose: Purpose, begins: float) -> SigningKey:
    """A fresh key that signs from this moment on (POSIX seconds). Two of one second are one."""
    path = folder / purpose / f"{datetime.fromtimestamp(begins, UTC):{_MOMENT}}.pem"
    write_once(path, generate())
    return read_key(path)


def replace_leaked_issuer(folder: Path) -> SigningKey:
    """A fresh key in place of all the issuer ever had: whatever was signed by them is refused within a second."""
    fresh = folder / "issuer-fresh.pem"
    write_once(fresh, generate())
    fresh.replace(_first(folder, Purpose.ISSUER))
    for path in (folder / Purpose.ISSUER).glob("*.pem"):
        path.unlink()
    return read_key(_first(folder, Purpose.ISSUER))


def _first(folder: Path, purpose: Purpose) -> Path:
    return folder / f"{purpose}.pem"


def _moment(path: Path) -> float:
    try:
        return datetime.strptime(path.stem, _MOMENT).replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise UnusableKeyError(f"{path} is not named by a moment, such as 20261122T051800Z.pem") from error


def _signing(keys: Sequence[Dated], now: float) -> SigningKey:
    begun = [each.key for each in keys if each.begins <= now]
    if not begun:
        raise UnusableKeyError("no key signs yet")
    return begun[-1]


def _believed(keys: Sequence[Dated], now: float) -> Sequence[SigningKey]:
    """All but those whose successor has signed for so long that none of their tokens can be alive."""
    ends = [*(each.begins + GRACE for each in keys[1:]), now + 1]
    return [each.key for each, end in zip(keys, ends, strict=True) if now < end]
