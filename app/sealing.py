"""One value under one key, bound to where it belongs: AES-256-GCM, the only cipher of the vault.

Layout: version byte, 96-bit random nonce, text and tag.
"""

import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


class VaultError(Exception):
    """A sealed value or a wrapped key is not what this vault made for this place; says no more than that."""


class KekGoneError(VaultError):
    """The key-encryption key that wrapped this is not, or no longer, in the key store."""


class KeyDestroyedError(Exception):
    """The person's data key was destroyed: nothing sealed under it opens again."""


class KeyServiceError(Exception):
    """The key service gave no usable answer in time; the same call may succeed later."""


def bind(*parts: str) -> bytes:
    """The parts as a JSON list: unlike joined text, no two lists of parts give the same bytes."""
    return json.dumps(parts).encode()


def encrypt(secret: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(secret).encrypt(nonce, plaintext, bound_to)


def decrypt(secret: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    start = len(_VERSION) + _NONCE_BYTES
    if sealed[:1] != _VERSION or len(sealed) < start:
        raise VaultError
    try:
        return AESGCM(secret).decrypt(sealed[1:start], sealed[start:], bound_to)
    except InvalidTag:
        raise VaultError from None
