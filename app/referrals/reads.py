"""What each side sees of a referral: one, lists, and the status alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, func, literal_column, select, true
from sqlalchemy.engine import Row

from app.cases.keys import case_key, unseal
from app.db import Tx
from app.deadlines.reads import due_at
from app.etags import etag
from app.happenings import Event
from app.journal import Subject, record
from app.lifecycles import available_actions
from app.pages import Cursor, Walk, newest
from app.problems import NotFound
from app.questions import Answer, Question
from app.referrals.actions import BASIS_ENDED, referral_etag, roles
from app.referrals.lifecycle import REFERRAL, Role, Status
from app.referrals.models import Referral, ReferralPreview, ReferralText
from app.referrals.schemas import ReferralItem, ReferralOut, ReferralStatus
from app.referrals.schemas import ReferralText as ReferralTextOut
from app.vault import Place

_VIEW: Select[Any] = select(
    Referral, BASIS_ENDED, ReferralPreview.preview, due_at("referral", Referral.id).label("due_at")
).outerjoin(ReferralPreview, ReferralPreview.referral_id == Referral.id)

_ONE = Question(_VIEW.where(Referral.id == bindparam("id")))
_TEXTS = Question(
    select(ReferralText)
    .where(ReferralText.referral_id == bindparam("id"))
    .order_by(ReferralText.created_at, ReferralText.id)
)
_STATUS = Question(
    select(literal_column("*")).select_from(func.access.referral_status(bindparam("id", type_=Uuid())).alias("r"))
)
_OF_BOX = {"inbox": Referral.receiver_id == bindparam("me"), "outbox": Referral.sender_id == bindparam("me")}
_OF_STATUS = {False: true(), True: Referral.status == bindparam("status")}
WALKS = {
    (box, one): Walk(_VIEW.where(of_box, of_status), Referral)
    for box, of_box in _OF_BOX.items()
    for one, of_status in _OF_STATUS.items()
}


def _item(tx: Tx, row: Row[Any] | Answer) -> dict[str, Any]:
    """A claimable referral names neither case nor sender to those who could claim it."""
    shown = {**row._mapping, "etag": referral_etag(tx, row)}
    if Role.CLAIMANT in roles(tx, row):
        shown |= {"case_id": None, "sender_id": None, "sections": []}
    return shown


def referral_item(tx: Tx, row: Row[Any] | Answer) -> ReferralItem:
    return ReferralItem.model_validate(_item(tx, row))


async def show_referral(tx: Tx, referral_id: UUID) -> ReferralOut:
    """The referral with its texts, as far as this side may read them now: the note waits for acceptance, and once what
    it rests on has ended the receiver keeps its own words. Reading the other side's is recorded."""
    row = await tx.ask(_ONE, id=referral_id)
    rows = await tx.ask_all(_TEXTS, id=referral_id)
    texts: list[ReferralTextOut] = []
    if rows:
        key = await case_key(tx, row.case_id)
        for text in rows:
            words = unseal(tx, key, Place("referral_texts", text.kind, text.id), text.sealed)
            texts.append(ReferralTextOut.model_validate({**text._mapping, "text": words}))
    if any(text.author_id != tx.me for text in rows):
        record(tx, Event.REFERRAL_READ, Subject("referral", row.id, row.case_id))
    actions = available_actions(REFERRAL, row.status, roles(tx, row))
    return ReferralOut.model_validate({**_item(tx, row), "texts": texts, "available_actions": actions})


async def list_referrals(
    tx: Tx, box: str, status: Status | None, cursor: Cursor | None, limit: int
) -> Sequence[Row[Any] | Answer]:
    """Each box walks its own index; row security guards it."""
    if box == "claimable":
        return await tx.all(newest(_claimable(tx, status), Referral, cursor, limit))
    walk = WALKS[box, status is not None]
    return await tx.ask_all(walk.question(cursor), **walk.place(cursor, limit), me=tx.me, status=status)


def _claimable(tx: Tx, status: Status | None) -> Select[Any]:
    mine = Referral.province_code.in_(sorted(tx.caller.provinces))
    query = _VIEW.where(Referral.receiver_id.is_(None), Referral.status == Status.SENT, mine)
    return query.where(Referral.status == status) if status else query


async def list_of_case(tx: Tx, case_id: UUID, cursor: Cursor | None, limit: int) -> Sequence[Row[Any]]:
    if not await tx.scalar(select(func.access.caller_takes_part_in(case_id))):
        raise NotFound
    query = _VIEW.where(Referral.case_id == case_id)
    return await tx.all(newest(query, Referral, cursor, limit))


async def show_status(tx: Tx, referral_id: UUID) -> ReferralStatus:
    """For both parties, the custodian, who sent it first, and supervisors of either side."""
    row = await tx.ask(_STATUS, id=referral_id)
    # Of what is shown: the row's version also counts what this reader does not see, as a move of custody.
    tag = etag(tx, "status", *(value for name, value in row.items() if name != "version"))
    return ReferralStatus.model_validate({**row, "etag": tag})
