"""`referral organisations transfer`: the function of one body passes to another, as on 1/7/2025, with all its business.

What is under way passes: custody, open requests on either side, grants, consents, running clocks, services, supervision.
What is over keeps the old body, since old facts keep old names; the new custodian sees it through custody. Custody of
closed cases passes too, or nobody could reopen them. First receivers' sections pass as they are: the function moved, not
the person. Each batch is a transaction and finds what is left by itself, so an interrupted transfer is simply run again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.auth.scopes import MATRIX, Agency
from app.cases.models import Case, CaseParty, Consent, Handover, HandoverCase
from app.cli.administration import as_owner, parsed, reach
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import progress, say, show
from app.cli.registry import OrganisationChange, RegistryError, audit_row, change_organisation, organisation
from app.deadlines.models import Duty
from app.journal import AuditEntry, Event, OutboxEvent, Subject
from app.organisations.models import Organisation, OrganisationName, Service
from app.reference.fields import today
from app.referrals.lifecycle import OPEN
from app.referrals.models import Referral
from app.verifications.models import Verification

BATCH = 500
Moved = Callable[[int, int], None]
Column = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Stake:
    """Columns by which a body has a part in a case as long as `live`; `carrier` is the request this hangs on."""

    case_id: Column
    columns: tuple[Column, ...]
    live: ColumnElement[bool]
    carrier: Column | None = None


_OPEN_REFERRAL = Referral.status.in_(OPEN)
_UNEXPIRED = func.access.today()
_GRANT_LIVES = and_(
    CaseParty.consent_live,
    or_(CaseParty.expires_on.is_(None), CaseParty.expires_on >= _UNEXPIRED),
    # A grant on a referral sleeps until the receiver accepts.
    or_(CaseParty.carrier_live, exists().where(Referral.id == CaseParty.carrier_id, _OPEN_REFERRAL)),
)
_CONSENT_LIVES = and_(
    Consent.status == "given", or_(Consent.expires_on.is_(None), Consent.expires_on >= _UNEXPIRED)
)
CUSTODY = Stake(Case.id, (Case.custodian_id,), true())
GRANTS = Stake(CaseParty.case_id, (CaseParty.organisation_id, CaseParty.given_by), _GRANT_LIVES, CaseParty.carrier_id)
FOLLOWING = (
    Stake(Handover.case_id, (Handover.giver_id, Handover.receiver_id), Handover.status == "proposed"),
    Stake(
        Verification.case_id,
        (Verification.requester_id, Verification.verifier_id),
        Verification.status.in_(("requested", "in_progress", "info_requested")),
    ),
    Stake(
        Referral.case_id,
        (Referral.sender_id, Referral.receiver_id, Referral.claimant_id),
        _OPEN_REFERRAL,
        Referral.id,
    ),
    Stake(Duty.case_id, (Duty.organisation_id,), Duty.status == "running", Duty.carrier_id),
    Stake(Consent.case_id, (Consent.recorded_by, Consent.recipient_id), _CONSENT_LIVES),
    GRANTS,
)
"""In the order of locks: request, case, duty, consent, grant."""


class Transfer(BaseModel):
    """Whose function passes to whom from which day. With a province: only the cases of that province."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    giver: UUID
    taker: UUID
    province: str | None = Field(None, pattern=r"^[0-9]{2}$")  # also one that a merger of provinces has ended
    on: date = Field(default_factory=today)
    close: bool = False

    def stays(self) -> Select[UUID]:
        """Referrals whose twin the taker has already: one addressee may have but one, so a person must end one first."""
        twin = aliased(Referral)
        alike = [twin.originator_id == Referral.originator_id, twin.case_id == Referral.case_id]
        alike += [twin.service == Referral.service, twin.receiver_id == self.taker, twin.status.in_(OPEN)]
        return select(Referral.id).where(Referral.receiver_id == self.giver, _OPEN_REFERRAL, exists().where(*alike))

    def holds(self, stake: Stake, column: Column) -> ColumnElement[bool]:
        """The giver has this part, and it passes."""
        leaves = stake.carrier.not_in(self.stays()) if stake.carrier is not None else true()
        return and_(column == self.giver, stake.live, leaves)

    def here(self, case_id: Column) -> ColumnElement[bool]:
        return case_id.in_(select(Case.id).where(Case.province_code == self.province)) if self.province else true()

    def only_here(self, provinces: Column) -> ColumnElement[bool]:
        return provinces == [self.province] if self.province else true()


def transfer(
    giver: Annotated[UUID, typer.Option("--from", help="Cơ quan chuyển giao · Body whose function passes")],
    taker: Annotated[UUID, typer.Option("--to", help="Cơ quan tiếp nhận · Body that takes it over")],
    *,
    province: Annotated[str | None, typer.Option(help="Chỉ hồ sơ tại tỉnh này · Only this province's cases")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Từ ngày · From this day")] = None,
    close: Annotated[bool, typer.Option(help="Cơ quan cũ chấm dứt · The old body ends")] = False,
    dry_run: Annotated[bool, typer.Option(help="Chỉ đếm, không thay đổi · Count, change nothing")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Chuyển giao chức năng; bị ngắt thì chạy lại · Pass on a function; if interrupted, run it again."""
    day = on.date() if on else today()
    wanted = parsed(Transfer, giver=giver, taker=taker, province=province, on=day, close=close)
    if dry_run:
        counts = reach(data, lambda url: count(url, wanted))
        show(("bảng.cột · table.column", "sẽ chuyển · would pass"), [(name, str(n)) for name, n in counts])
        return
    with progress("Chuyển giao · Transfer") as moved:
        cases, left = reach(data, lambda url: carry_out(url, wanted, moved))
    say(f"Đã chuyển {cases} hồ sơ. · {cases} cases passed.")
    if left:
        say(f"Ở lại vì cơ quan mới đã có cùng yêu cầu · Left, as the new body has the same request: {', '.join(left)}")


async def count(url: str, wanted: Transfer) -> list[tuple[str, int]]:
    """How many rows would pass, by table and column; changes nothing. `referrals (left)` would not pass."""
    async with as_owner(url) as db:
        await _check(db, wanted)
        counted = [
            (str(column), select(column).where(wanted.holds(stake, column), wanted.here(stake.case_id)))
            for stake in (CUSTODY, *FOLLOWING)
            for column in stake.columns
        ]
        counted += [(str(column), select(column).where(*held)) for column, held in _of_the_body(wanted)]
        counted.append(("referrals (left)", wanted.stays().where(wanted.here(Referral.case_id))))
        return [
            (name.replace("Organisation.", "organisations."), (await db.execute(_number(query))).scalar_one())
            for name, query in counted
        ]


def _number(query: Select[Any]) -> Select[int]:
    return select(func.count()).select_from(query.subquery())


async def carry_out(url: str, wanted: Transfer, moved: Moved, batch: int = BATCH) -> tuple[int, list[str]]:
    """How many cases passed, and the references of referrals that could not. Closing comes before a second look, since
    from then on nothing new can be addressed to the giver."""
    async with as_owner(url) as db:
        await _check(db, wanted)
    cases = await _pass_cases(url, wanted, moved, batch)
    async with as_owner(url) as db:
        await _pass_body(db, wanted)
        if wanted.close:
            await _close(db, wanted)
    cases += await _pass_cases(url, wanted, moved, batch)
    async with as_owner(url) as db:
        left = select(Referral.reference).where(Referral.id.in_(wanted.stays()), wanted.here(Referral.case_id))
        return cases, list((await db.execute(left.order_by(Referral.reference))).scalars())


async def _check(db: AsyncConnection, wanted: Transfer) -> None:
    giver, taker = await organisation(db, wanted.giver), await organisation(db, wanted.taker)
    if giver.id == taker.id or taker.status != "active":
        raise RegistryError("Cơ quan tiếp nhận phải khác và đang hoạt động. · The new body must be another, and active.")
    if lost := sorted(c for c, may in MATRIX.items() if Agency(giver.agency) in may and taker.agency not in may):
        raise RegistryError(f"{taker.agency} không thể làm: {', '.join(lost)} · {taker.agency} cannot do these.")
    if wanted.on > today():
        raise RegistryError("Chưa đến ngày: hãy chạy từ ngày đó. · Not yet: run this on that day or later.")
    if wanted.close and wanted.province:
        raise RegistryError("Cơ quan còn tỉnh khác thì chưa chấm dứt. · A body that keeps other provinces does not end.")


async def _pass_cases(url: str, wanted: Transfer, moved: Moved, batch: int) -> int:
    async with as_owner(url) as db:
        waiting = list((await db.execute(_cases(wanted, wanted.here))).scalars())
    cases = 0
    for start in range(0, len(waiting), batch):
        chunk = waiting[start : start + batch]
        async with as_owner(url) as db:
            cases += await _pass_batch(db, wanted, chunk)
        moved(start + len(chunk), len(waiting))
    return cases


def _cases(wanted: Transfer, among: Callable[[Column], ColumnElement[bool]]) -> Any:
    """Ids of the cases in which the giver still has a part that passes."""
    parts = [
        select(stake.case_id.label("id")).where(wanted.holds(stake, column), among(stake.case_id).is_not(None), among(stake.case_id))
        for stake in (CUSTODY, *FOLLOWING)
        for column in stake.columns
    ]
    return union(*parts).order_by("id")


async def _pass_batch(db: AsyncConnection, wanted: Transfer, chunk: Sequence[UUID]) -> int:
    """Passes what is still to pass of these cases and of the persons handed over with them; how many cases it was."""
    together = aliased(HandoverCase)
    family = select(together.case_id).join(HandoverCase, HandoverCase.handover_id == together.handover_id)
    companions = (await db.execute(family.where(HandoverCase.open, HandoverCase.case_id.in_(chunk)))).scalars()
    ids = sorted({*chunk, *companions})
    await _lock(db, ids)
    cases = list((await db.execute(_cases(wanted, lambda case_id: case_id.in_(ids)))).scalars())
    if cases:
        await _pass_custody(db, wanted, cases)
        for stake in FOLLOWING:
            if stake is GRANTS:
                await _end_grants_to_oneself(db, wanted, cases)
            for column in stake.columns:
                held = and_(stake.case_id.in_(cases), wanted.holds(stake, column))
                await db.execute(update(column.class_).where(held).values(_now(column, wanted.taker)))
        await _tell(db, wanted, cases)
    return len(cases)
