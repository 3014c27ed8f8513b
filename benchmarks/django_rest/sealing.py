"""Words about a person at rest: AES-256-GCM under a data key of their own, itself wrapped by the service's key."""

import json
import os
import uuid
from base64 import b64decode
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from app.vault import BlindIndexes
from benchmarks.django_rest.models import DataKey

_KEKS = json.loads((settings.KEYS / "kek.json").read_text("utf-8"))
_KEK_ID = _KEKS["current"]
_KEK = AESGCM(b64decode(_KEKS["keys"][_KEK_ID]))
_BLOCK = 64
indexes = BlindIndexes(settings.KEYS)
"""The same keyed hashes as in the real service, so that either finds what the other stored."""


def new_key(organisation_id: uuid.UUID) -> tuple[DataKey, AESGCM]:
    """A stored data key and the cipher under it."""
    key_id, secret = uuid.uuid4(), AESGCM.generate_key(256)
    wrapped = _encrypt(_KEK, secret, key_id.bytes)
    row = DataKey.objects.create(id=key_id, wrapped=wrapped, kek_id=_KEK_ID, created_by=organisation_id)
    return row, AESGCM(secret)


def seal(cipher: AESGCM, place: str, value: Any) -> bytes:
    """JSON, filled with blanks to a multiple of 64 bytes, bound to the cell that it belongs to."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return _encrypt(cipher, text + b" " * (-len(text) % _BLOCK), place.encode())


def _encrypt(cipher: AESGCM, plaintext: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(12)
    return b"\x01" + nonce + cipher.encrypt(nonce, plaintext, bound_to)
