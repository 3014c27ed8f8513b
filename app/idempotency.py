"""Idempotency-Key: the same key and body have one effect and one answer, however often and however parallel they come.

The key's row is written by the effect's own transaction; an advisory lock makes a running twin visible before that
commits. A fingerprint and the resource's id are stored, never a body: a replay shows what the caller may see *now*.
"""

import hashlib
import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, bindparam, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Tx
from app.problems import FieldError, IdempotencyInProgress, IdempotencyKeyReused, InvalidHeader
from app.questions import Answer, Question

_FORM = re.compile(r"[A-Za-z0-9._-]{16,64}")


class IdempotencyKey(Base):
    """`scope` is SHA-256 of organisation, client, method, concrete path and key, so keys never meet across clients."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[bytes] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    fingerprint: Mapped[str]
    status_code: Mapped[int] = mapped_column(SmallInteger)
    resource_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)


def parse_key(header: str) -> str:
    """The key, bare or in quotes as the IETF draft writes it."""
    key = header[1:-1] if len(header) > 1 and header[0] == header[-1] == '"' else header
    if not _FORM.fullmatch(key):
        raise InvalidHeader(FieldError("header:Idempotency-Key", "invalid_format"))
    return key


def scope_of(tx: Tx, method: str, path: str, key: str) -> bytes:
    parts = (str(tx.me), tx.caller.client_id, method, path, key)
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


_LOCK = Question(select(func.pg_try_advisory_xact_lock(bindparam("number", type_=BigInteger())).label("mine")))
_STORED = Question(select(IdempotencyKey).where(IdempotencyKey.scope == bindparam("scope")))


async def find(tx: Tx, scope: bytes, fingerprint: str) -> Answer | None:
    """The stored outcome of this key, if any. Holds an advisory lock until the end: 409 when a twin has it."""
    number = int.from_bytes(scope[:8], "big", signed=True)
    if not (await tx.ask(_LOCK, number=number)).mine:
        raise IdempotencyInProgress
    stored = next(iter(await tx.ask_all(_STORED, scope=scope)), None)
    if stored is not None and stored.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if stored is not None:
        await tx.confirm()
    return stored


async def keep(tx: Tx, scope: bytes, fingerprint: str, status_code: int, resource_id: UUID) -> None:
    await tx.insert(
        IdempotencyKey,
        {
            "scope": scope,
            "organisation_id": tx.me,
            "fingerprint": fingerprint,
            "status_code": status_code,
            "resource_id": resource_id,
        },
    )
