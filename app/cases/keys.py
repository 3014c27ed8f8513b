"""Data keys of persons, and sealing of single values under them."""

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal_column, select

from app.cases.models import DataKey as DataKeyRow
from app.db import Tx
from app.sealing import KekGoneError
from app.vault import DataKey, Place

_REFERENCE_LETTERS = "0123456789ACDEFGHJKLMNPQRTUVWXYZ"


def new_reference() -> str:
    """Eight random letters and digits, without those read wrongly by hand or telephone (B, I, O, S)."""
    return "".join(_REFERENCE_LETTERS[byte % 32] for byte in secrets.token_bytes(8))


async def new_keys(tx: Tx, count: int) -> list[DataKey]:
    """Fresh data keys, one a person, stored wrapped."""
    keys = [await tx.keyring.vault.new_key() for _ in range(count)]
    rows = [{"id": k.id, "wrapped": k.wrapped, "kek_id": k.kek_id, "created_by": tx.me} for k in keys]
    await tx.insert(DataKeyRow, *rows)
    return keys


async def key_for(tx: Tx, key_id: UUID) -> DataKey:
    """The data key, unwrapped for this transaction; 404 for strangers to the person, 410 when it was destroyed."""
    return await unwrapped(tx, select(DataKeyRow).where(DataKeyRow.id == key_id))


async def case_key(tx: Tx, case_id: UUID) -> DataKey:
    """The data key of a case's person, also for a former party: its own records of the case are sealed under it."""
    return await unwrapped(tx, select(literal_column("*")).select_from(func.access.case_key(case_id).alias("key")))


async def unwrapped(tx: Tx, query: Select[Any]) -> DataKey:
    """The key of the one row that the query finds, else as `key_for`."""
    row = await tx.one(query)
    try:
        return await tx.keyring.vault.unwrap(row.id, row.wrapped, row.kek_id)
    except KekGoneError:  # retired since the row was read: by then every key had been wrapped anew
        row = await tx.one(query)
        return await tx.keyring.vault.unwrap(row.id, row.wrapped, row.kek_id)


def seal(tx: Tx, key: DataKey, place: Place, value: Any) -> bytes | None:
    """Ciphertext of a JSON value; nothing stays nothing."""
    return None if value is None else tx.keyring.vault.seal(key, place, value)


def unseal(tx: Tx, key: DataKey, place: Place, sealed: bytes | None) -> Any:
    return None if sealed is None else tx.keyring.vault.open(key, place, sealed)
