"""Opening and closing a reception, and what its holder sees of the progress."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVarTuple
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.engine import Row

from app.cases.custody_models import Handover, HandoverCase
from app.cases.keys import key_for, new_keys, new_reference
from app.cases.models import Case
from app.db import Tx
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import advance, available_actions
from app.receptions.lifecycle import RECEPTION, ReceptionAction, ReceptionRole, ReceptionStatus
from app.receptions.models import Reception, ReceptionHandover, ReceptionLine, ReceptionManifest
from app.receptions.schemas import (
    Counts,
    ManifestItem,
    ProvinceCounts,
    ReceptionHandoverOut,
    ReceptionIn,
    ReceptionItem,
    ReceptionOut,
)
from app.refusals import ReceptionClosed
from app.vault import DataKey, Place

Ts = TypeVarTuple("Ts")
_HOLDER = [ReceptionRole.HOLDER]
"""Row security shows a reception to no other organisation."""


def _subject(reception_id: UUID) -> Subject:
    return Subject("reception", reception_id)


def _words(reception_id: UUID) -> Place:
    return Place("receptions", "sealed", reception_id)


async def open_reception(tx: Tx, body: ReceptionIn) -> UUID:
    reception_id = uuid4()
    (key,) = await new_keys(tx, 1)
    said = body.model_dump(mode="json", include={"place", "channel_text", "foreign_body"})
    row = {
        "id": reception_id,
        "reference": new_reference(),
        "organisation_id": tx.me,
        "key_id": key.id,
        "province_code": body.place.province_code,
        "country_code": body.place.country_code,
        "sealed": tx.keyring.vault.seal(key, _words(reception_id), said),
        **body.model_dump(include={"occurred_at", "channel", "expected"}),
    }
    await tx.insert(Reception, row)
    record(tx, Event.RECEPTION_OPENED, _subject(reception_id), channel=body.channel, expected=body.expected)
    return reception_id


async def lock_open(tx: Tx, reception_id: UUID) -> Row[Any]:
    """The reception, locked for one change of the whole; 409 when it is closed."""
    row = await tx.lock(select(Reception).where(Reception.id == reception_id))
    check_open(row)
    return row


def check_open(row: Row[Any]) -> None:
    if row.status != ReceptionStatus.OPEN:
        raise ReceptionClosed


async def close(tx: Tx, reception_id: UUID, if_match: str | None) -> UUID:
    """Ends screening, whoever is still missing. The names of those never screened go with it, in a trigger."""
    row = await tx.lock(select(Reception).where(Reception.id == reception_id))
    must_match(if_match, reception_etag(tx, row))
    await advance(tx, Reception, row, (RECEPTION, ReceptionAction.CLOSE, _HOLDER))
    record(tx, Event.RECEPTION_CLOSED, _subject(reception_id))
    return reception_id


async def said_of(tx: Tx, row: Row[Any]) -> tuple[DataKey, dict[str, Any]]:
    """The reception's key and its words: `place`, `channel_text`, `foreign_body`."""
    key = await key_for(tx, row.key_id)
    return key, tx.keyring.vault.open(key, _words(row.id), row.sealed)


def reception_etag(tx: Tx, row: Row[Any]) -> str:
    """Of the event alone: it does not wait for those who are being screened meanwhile."""
    return etag(tx, row.id, row.version)


def reception_item(tx: Tx, row: Row[Any]) -> ReceptionItem:
    return ReceptionItem.model_validate({**row._mapping, "etag": reception_etag(tx, row)})


async def show_reception(tx: Tx, reception_id: UUID) -> ReceptionOut:
    row = await tx.one(select(Reception).where(Reception.id == reception_id))
    _, said = await said_of(tx, row)
    groups = await tx.all(_COUNTED.where(ReceptionLine.reception_id == reception_id))
    return ReceptionOut.model_validate(
        {
            **row._mapping,
            **said,
            "place_text": said["place"]["text"],
            "counts": _counts(groups),
            "by_home_province": _by_province(groups),
            "manifests": await _manifests(tx, reception_id),
            "handovers": [
                handed_out(tx, each)
                for each in await tx.all(
                    HANDED.where(ReceptionHandover.reception_id == reception_id).order_by(
                        ReceptionHandover.created_at, ReceptionHandover.home_province_code, ReceptionHandover.id
                    )
                )
            ],
            "available_actions": available_actions(RECEPTION, row.status, _HOLDER),
            "etag": reception_etag(tx, row),
        }
    )


HANDED = select(ReceptionHandover, func.coalesce(Handover.status, "told").label("status")).outerjoin(
    Handover, Handover.id == ReceptionHandover.handover_id
)


def handed_out(_: Tx, row: Row[Any]) -> ReceptionHandoverOut:
    return ReceptionHandoverOut.model_validate(row)


def free() -> ColumnElement[bool]:
    """A line whose person was screened and can be handed over: told to nobody, or that came to nothing, and the case,
    if there is one, is ours, open, and in no other hand-over. Needs the joins of `with_fate`."""
    proposed = select(HandoverCase.case_id).where(HandoverCase.case_id == Case.id, HandoverCase.open).exists()
    ours = and_(Case.custodian_id == func.access.caller_org(), Case.status == "open", ~proposed)
    untold = or_(ReceptionLine.reception_handover_id.is_(None), Handover.status.in_(("refused", "cancelled")))
    screened = ReceptionLine.screening_result.is_not(None)
    return func.coalesce(and_(screened, untold, or_(ReceptionLine.case_id.is_(None), ours)), False)


def with_fate(query: Select[*Ts]) -> Select[*Ts]:
    """Lines with what was made of them: the case, and the hand-over they were told under."""
    told = query.outerjoin(ReceptionHandover, ReceptionHandover.id == ReceptionLine.reception_handover_id)
    handed = told.outerjoin(Handover, Handover.id == ReceptionHandover.handover_id)
    return handed.outerjoin(Case, Case.id == ReceptionLine.case_id)


_KINDS = (ReceptionLine.home_province_code, ReceptionLine.present, ReceptionLine.screening_result)
_COUNTED = with_fate(
    select(*_KINDS, func.count().label("people"), func.count().filter(free()).label("to_hand_over")).select_from(
        ReceptionLine
    )
).group_by(*_KINDS)


def _counts(groups: Iterable[Row[Any]]) -> Counts:
    return Counts.model_validate(_summed(groups))


def _by_province(groups: Iterable[Row[Any]]) -> list[ProvinceCounts]:
    """The unknown home last."""
    by_code: dict[str | None, list[Row[Any]]] = {}
    for group in groups:
        by_code.setdefault(group.home_province_code, []).append(group)
    codes = sorted(by_code, key=lambda code: (code is None, code or ""))
    return [ProvinceCounts.model_validate({"home_province_code": c, **_summed(by_code[c])}) for c in codes]


def _summed(groups: Iterable[Row[Any]]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for group in groups:
        where = {True: "present", False: "absent"}.get(group.present)
        outcome = group.screening_result or ("waiting" if group.present is not False else None)
        for name in ("listed", where, outcome):
            if name:
                counted[name] += group.people
        counted["to_hand_over"] += group.to_hand_over
    return counted


async def _manifests(tx: Tx, reception_id: UUID) -> list[ManifestItem]:
    mine = select(ReceptionManifest).where(ReceptionManifest.reception_id == reception_id)
    rows = await tx.all(mine.order_by(ReceptionManifest.created_at, ReceptionManifest.id))
    return [ManifestItem.model_validate({**row._mapping, **tally(row)}) for row in rows]


def tally(row: Row[Any]) -> dict[str, int]:
    """How many rows of an imported list came to what."""
    return {kind: sum(r["status"] == kind for r in row.results) for kind in ("listed", "duplicate", "unreadable")}
