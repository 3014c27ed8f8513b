"""Erasing a person by destroying their data key: asked by one operator, approved by another, both by signature.

The key is entered among the destroyed ones of the key store first and lost in the database second: a crash between the
two leaves somebody unreadable whose erasure was approved, never somebody readable who was erased. From the first step
on no restored backup opens either, as long as it is opened with the key store of today; for good, whoever holds the
key store of then, once the key-encryption key of that time is retired (`referral keys rotate`).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cases.erasure_models import Erasure
from app.cases.models import Case, CaseLookup, DataKey
from app.cli.registry import RegistryError
from app.cli.vault.operator import Operator, note, said
from app.cli.vault.targets import Target, concerned, goes_on, target
from app.four_eyes import are_two
from app.happenings import Event
from app.intakes.models import Intake, Supplement
from app.key_files import DestroyedKeys
from app.receptions.models import ReceptionLine
from app.searches.models import SearchHandle

_SIGNED = ("id", "key_id", "kind", "reference", "reason", "rule_key")


async def ask(db: AsyncConnection, operator: Operator, of: Target, reason: str, rule_key: str | None = None) -> UUID:
    """The id of the new request."""
    await _check_reachable(db, of)
    waiting = select(Erasure.id).where(Erasure.key_id == of.key_id, Erasure.approved.is_not(False))
    if found := (await db.execute(waiting)).scalar():
        raise RegistryError(f"Đã có yêu cầu {found}. · There is a request already: {found}.")
    erasure_id = uuid4()
    facts = {
        "id": erasure_id,
        "key_id": of.key_id,
        "kind": of.kind,
        "reference": of.reference,
        "reason": reason,
        "rule_key": rule_key,
    }
    asked = {
        "asked_client": operator.client_id,
        "asked_officer": operator.officer,
        "asked_statement": operator.statement("erasure.ask", _plain(facts)),
    }
    await db.execute(insert(Erasure).values(**facts, **asked, case_id=of.case_id))
    await note(db, operator, Event.ERASURE_REQUESTED, of.subject, reason=reason, rule=rule_key)
    return erasure_id


async def answer(db: AsyncConnection, operator: Operator, erasure_id: UUID, *, approve: bool) -> None:
    """Approves or refuses, in another's name than whoever asked. Approving again what was approved and then interrupted
    is no fault: it is carried out next."""
    row = await _locked(db, erasure_id)
    if row.approved is not None:
        if approve and row.approved and row.done_at is None:
            return
        raise RegistryError("Yêu cầu này đã được quyết định. · This request was decided already.")
    if not are_two(operator.client_id, operator.officer, row.asked_client, row.asked_officer):
        raise RegistryError(
            "Phải là cán bộ khác, qua hệ thống khác. · It takes another officer, through another client."
        )
    if not await said(db, row.asked_statement, "erasure.ask", row.asked_client, _signed(row)):
        raise RegistryError("Chữ ký của bên yêu cầu không đúng. · What was asked does not bear its asker's signature.")
    of = await target(db, row.kind, row.reference)
    if approve:
        await _check_reachable(db, of)
    verb = "erasure.approve" if approve else "erasure.refuse"
    answered = {
        "approved": approve,
        "answered_client": operator.client_id,
        "answered_officer": operator.officer,
        "answered_statement": operator.statement(verb, _signed(row)),
        "answered_at": func.now(),
    }
    await db.execute(update(Erasure).where(Erasure.id == erasure_id).values(answered))
    event = Event.ERASURE_APPROVED if approve else Event.ERASURE_REFUSED
    await note(db, operator, event, of.subject, reason=row.reason)


async def carry_out(db: AsyncConnection, operator: Operator, erasure_id: UUID, destroyed: DestroyedKeys) -> None:
    """Destroys the key, in the key store and here, with everything by which the person could be found or guessed."""
    row = await _locked(db, erasure_id)
    if row.done_at:
        raise RegistryError("Đã được xóa trước đó. · This person was erased already.")
    await _check_signed(db, row)
    of = await target(db, row.kind, row.reference)
    if await goes_on(db, of):
        raise RegistryError("Hồ sơ đang mở. · The case is open.")
    destroyed.add(_plain(row._asdict()))
    await _forget(db, operator, row, of)


async def _check_signed(db: AsyncConnection, row: Row[Any]) -> None:
    words = (
        ("erasure.ask", row.asked_client, row.asked_statement),
        ("erasure.approve", row.answered_client, row.answered_statement),
    )
    for act, client_id, statement in words:
        if not row.approved or not await said(db, statement, act, client_id, _signed(row)):
            raise RegistryError("Chưa có đủ hai chữ ký. · It does not bear two signatures.")


async def _forget(db: AsyncConnection, operator: Operator, row: Row[Any], of: Target) -> None:
    """Codes, dates and the audit stay. Hashes go: of words that nobody has any more, they could still be guessed at."""
    cases = select(Case.id).where(Case.key_id == of.key_id).scalar_subquery()
    gone = {"wrapped": None, "destroyed_at": func.now()}
    await db.execute(update(DataKey).where(DataKey.id == of.key_id, DataKey.wrapped.is_not(None)).values(gone))
    for found_by in (CaseLookup, SearchHandle):
        await db.execute(delete(found_by).where(found_by.case_id.in_(cases)))
    await db.execute(update(ReceptionLine).where(ReceptionLine.case_id.in_(cases)).values(mark=None, digest=None))
    for sent in (Intake, Supplement):
        emptied = {"digest": "", "erased_at": func.now()}
        await db.execute(update(sent).where(sent.key_id == of.key_id).values(emptied))
    await db.execute(update(Erasure).where(Erasure.id == row.id).values(done_at=func.now()))
    parties = await concerned(db, of)
    await note(db, operator, Event.PERSON_ERASED, of.subject, parties, reason=row.reason, rule=row.rule_key)


async def reapply(db: AsyncConnection, operator: Operator, destroyed: DestroyedKeys) -> int:
    """After a backup was restored: whoever was erased since it was made is erased again, on the words of then, whose
    signers the backup need not know yet; and what an older key store lacks is entered in it. How many it was."""
    again = 0
    for entry in destroyed:
        living = select(DataKey.id).where(DataKey.id == UUID(entry["key_id"]), DataKey.wrapped.is_not(None))
        if (await db.execute(living)).first():
            await db.execute(upsert(Erasure).values(_restored(entry)).on_conflict_do_nothing())
            row = await _locked(db, UUID(entry["id"]))
            await _forget(db, operator, row, await target(db, row.kind, row.reference))
            again += 1
    for row in (await db.execute(_done())).all():
        if row.key_id not in destroyed:
            destroyed.add(_plain(row._asdict()))
            again += 1
    return again


async def differences(db: AsyncConnection, destroyed: DestroyedKeys) -> int:
    """How many keys are destroyed in only one of the two places."""
    listed = {UUID(entry["key_id"]) for entry in destroyed}
    living = select(func.count()).select_from(DataKey).where(DataKey.id.in_(listed), DataKey.wrapped.is_not(None))
    done = {row.key_id for row in (await db.execute(_done())).all()}
    return int((await db.execute(living)).scalar_one()) + len(done - listed)


def _done() -> Any:
    return select(Erasure).where(Erasure.done_at.is_not(None))


async def _check_reachable(db: AsyncConnection, of: Target) -> None:
    destroyed = select(DataKey.destroyed_at).where(DataKey.id == of.key_id).with_for_update(key_share=True)
    if (await db.execute(destroyed)).scalar_one():
        raise RegistryError("Đã được xóa trước đó. · This person was erased already.")
    if await goes_on(db, of):
        raise RegistryError("Hồ sơ đang mở: hãy đóng trước. · The case is open: it is closed first.")


async def _locked(db: AsyncConnection, erasure_id: UUID) -> Row[Any]:
    row = (await db.execute(select(Erasure).where(Erasure.id == erasure_id).with_for_update())).first()
    if row is None:
        raise RegistryError(f"Không có yêu cầu {erasure_id}. · There is no request {erasure_id}.")
    return row


def _signed(row: Row[Any]) -> dict[str, Any]:
    return _plain({name: row._mapping[name] for name in _SIGNED})


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has it; what is not known is left out."""
    kept = {name: value for name, value in facts.items() if value is not None}
    return {name: value if isinstance(value, bool) else str(value) for name, value in kept.items()}


_READ: Mapping[type, Callable[[Any], Any]] = {UUID: UUID, datetime: datetime.fromisoformat, str: str, bool: bool}


def _restored(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The request as it stood when its key was destroyed."""
    columns = {column.name: _READ[column.type.python_type] for column in Erasure.__table__.columns}
    return {name: columns[name](value) for name, value in entry.items()}
