"""Announcing a return, changing it as the list grows, cancelling it; or opening one of which there was no notice.

A notice is never refused for being late: what is known of who comes is worth having. What the gate answers is in
`app.returns.arrivals`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.engine import Row

from app.auth.scopes import Capability
from app.cases.custody_schemas import CancellationIn
from app.cases.keys import key_for, new_keys, new_reference, seal, unseal
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier, Owner
from app.lifecycles import advance, next_status
from app.organisations.actions import addressee
from app.problems import FieldError
from app.reference.fields import day_of
from app.refusals import DoesNotFit
from app.returns.lifecycle import RETURN, Action, Role, Status
from app.returns.listing import awaited, cancel_handovers, enlist, withdraw
from app.returns.models import Return
from app.returns.schemas import ListedIn, ReturnIn, ReturnPatch, UnannouncedIn
from app.vault import Place

Words = dict[str, list[str] | str | None]


def roles(tx: Tx, row: Row[Any]) -> list[Role]:
    parties = {Role.ANNOUNCER: row.announcer_id, Role.GATE: row.gate_id}
    return [role for role, organisation in parties.items() if organisation == tx.me]


def return_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


def words_place(return_id: UUID) -> Place:
    return Place("returns", "words", return_id)


def answer_place(return_id: UUID) -> Place:
    return Place("returns", "answer", return_id)


async def announce(tx: Tx, body: ReturnIn) -> UUID:
    """Tells the gate who comes, when and how. The gate must be able to receive there; a body without provinces is one
    for the whole country."""
    gate = await addressee(tx, body.gate_id, "/gate_id", Capability.RETURN_RECEIVE)
    if gate.province_codes and body.province_code not in gate.province_codes:
        raise DoesNotFit(FieldError("/gate_id", "invalid_value"))
    waves = [wave.model_dump(mode="json") for wave in body.waves]
    _check_waves(body.arrives_at, waves)
    _check_in_a_wave(body.persons, waves, "/persons")
    plain = body.model_dump(include={"direction", "gate_id", "province_code", "arrives_at", "means"})
    words: Words = {"escorts": body.escorts, "text": body.text}
    return_id = uuid4()
    row = await _insert(tx, return_id, words, announcer_id=tx.me, waves=waves, **plain)
    await enlist(tx, row, body.persons, "/persons")
    record_return(tx, Event.RETURN_ANNOUNCED, row, _with(listed.case_id for listed in body.persons))
    await follow_return(tx, Event.RETURN_ANNOUNCED, return_id)
    return return_id


async def open_unannounced(tx: Tx, body: UnannouncedIn) -> UUID:
    """A return of which there was no notice, opened where the persons stand. As with an intake no province is refused:
    they are there."""
    plain = {"province_code": body.province_code, "means": body.means, "arrives_at": body.arrived_at}
    words: Words = {"escorts": [], "text": body.text}
    return_id = uuid4()
    row = await _insert(tx, return_id, words, gate_id=tx.me, direction="inbound", status=Status.ARRIVED, **plain)
    record_return(tx, Event.RETURN_ARRIVED, row, [None], notice="missing")
    return return_id


async def _insert(tx: Tx, return_id: UUID, words: Words, **plain: Any) -> Row[Any]:
    (key,) = await new_keys(tx, 1)
    sealed = seal(tx, key, words_place(return_id), words)
    row = {"id": return_id, "reference": new_reference(), "key_id": key.id, "words_sealed": sealed, **plain}
    await tx.insert(Return, row)
    return await tx.one(select(Return).where(Return.id == return_id))


def wave_times(waves: Sequence[dict[str, Any]]) -> dict[int, datetime]:
    return {wave["number"]: datetime.fromisoformat(wave["arrives_at"]) for wave in waves}


def _check_waves(arrives_at: datetime, waves: Sequence[dict[str, Any]]) -> None:
    """No wave comes before the first arrival."""
    early = [at for at, time in enumerate(wave_times(waves).values()) if time < arrives_at]
    if early:
        least = {"least": "arrives_at"}
        raise DoesNotFit(*(FieldError(f"/waves/{at}/arrives_at", "out_of_range", least) for at in early))


def _check_in_a_wave(persons: Sequence[ListedIn], waves: Sequence[dict[str, Any]], pointer: str) -> None:
    numbers = {None, *wave_times(waves)}
    lost = [at for at, listed in enumerate(persons) if listed.wave not in numbers]
    if lost:
        raise DoesNotFit(*(FieldError(f"{pointer}/{at}/wave", "invalid_value") for at in lost))


async def locked(tx: Tx, return_id: UUID, action: Action, if_match: str | None) -> Row[Any]:
    """The return under lock, if this caller may make that move of it now."""
    row = await tx.lock(select(Return).where(Return.id == return_id))
    must_match(if_match, return_etag(tx, row))
    next_status(RETURN, row.status, action, roles(tx, row))
    return row


async def amend(tx: Tx, return_id: UUID, patch: ReturnPatch, if_match: str | None) -> UUID:
    """Changes time, means, waves and words, withdraws persons, lists more; all of it or nothing."""
    row = await locked(tx, return_id, Action.AMEND, if_match)
    changes = await _changes(tx, row, patch)
    waves = changes.get("waves", row.waves)
    _check_waves(changes.get("arrives_at", row.arrives_at), waves)
    _check_in_a_wave(patch.add, waves, "/add")
    await withdraw(tx, row, patch.withdraw)
    if any(person.wave not in {None, *wave_times(waves)} for person in await awaited(tx, return_id)):
        raise DoesNotFit(FieldError("/waves", "invalid_value"))
    await enlist(tx, row, patch.add, "/add")
    await advance(tx, Return, row, (RETURN, Action.AMEND, roles(tx, row)), **changes)
    record_return(tx, Event.RETURN_AMENDED, row, _with(listed.case_id for listed in patch.add))
    await follow_return(tx, Event.RETURN_AMENDED, return_id)
    return return_id


async def _changes(tx: Tx, row: Row[Any], patch: ReturnPatch) -> dict[str, Any]:
    """The notice is judged anew when it gets shorter: by an arrival put forward, never by one put off."""
    changes = patch.model_dump(include={"arrives_at", "means"}, exclude_none=True)
    if patch.waves is not None:
        changes["waves"] = [wave.model_dump(mode="json") for wave in patch.waves]
    if patch.arrives_at and patch.arrives_at < row.arrives_at:
        changes["noticed_at"] = datetime.now(UTC)
    said = patch.model_dump(include={"escorts", "text"}, exclude_unset=True)
    if said:
        key = await key_for(tx, row.key_id)
        words = {**unseal(tx, key, words_place(row.id), row.words_sealed), **said}
        changes["words_sealed"] = seal(tx, key, words_place(row.id), words)
    return changes


async def cancel(tx: Tx, return_id: UUID, body: CancellationIn, if_match: str | None) -> UUID:
    """Nobody comes. Once somebody has there is nothing to cancel: who does not follow is withdrawn from the list."""
    row = await locked(tx, return_id, Action.CANCEL, if_match)
    persons = await awaited(tx, return_id)
    await cancel_handovers(tx, row, persons, body)
    answer = seal(tx, await key_for(tx, row.key_id), answer_place(row.id), body.text)
    step = (RETURN, Action.CANCEL, roles(tx, row))
    await advance(tx, Return, row, step, reason=body.reason, answer_sealed=answer)
    record_return(tx, Event.RETURN_CANCELLED, row, _with(person.case_id for person in persons), reason=body.reason)
    await follow_return(tx, Event.RETURN_CANCELLED, return_id)
    return return_id


def _with(cases: Iterable[UUID | None]) -> list[UUID | None]:
    """The return itself, and those on its list who have a case."""
    return [None, *filter(None, cases)]


def record_return(tx: Tx, event: Event, row: Row[Any], cases: Iterable[UUID | None], **facts: Any) -> None:
    """On the timeline of each of these cases; `None` stands for the return itself."""
    for case_id in cases:
        record(tx, event, Subject("return", row.id, case_id), parties=[row.announcer_id, row.gate_id], **facts)


async def follow_return(tx: Tx, event: Event, return_id: UUID) -> None:
    """The gate's clock runs to the day of whoever is awaited next."""
    row = await tx.one(select(Return).where(Return.id == return_id))
    owners = {Owner.ANNOUNCER: row.announcer_id, Owner.GATE: row.gate_id}
    due_on = await _next_day(tx, row)
    await follow(tx, event, Moved(Carrier.RETURN, return_id, owners, due_on=due_on))


async def _next_day(tx: Tx, row: Row[Any]) -> date:
    times = wave_times(row.waves)
    awaited_at = [times.get(person.wave, row.arrives_at) for person in await awaited(tx, row.id)]
    return day_of(min(awaited_at, default=row.arrives_at))
