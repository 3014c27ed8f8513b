"""`referral organisations transfer`: the function of one body passes to another, as on 1/7/2025, with all its business.

First receivers' sections pass as they are: the function moved, not the person. Each batch is a transaction and finds
what is left by itself, so an interrupted transfer is simply run again and passes nothing twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from sqlalchemy import ColumnElement, Text, Uuid, and_, case, delete, func, insert, literal, select, union, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from app.auth.scopes import MATRIX, Agency
from app.benefits.models import Application
from app.cases.custody_models import Handover, HandoverCase
from app.cases.models import Case, CaseParty
from app.cli.administration import as_owner, parsed, reach
from app.cli.options import DEFAULT_DATA, Data
from app.cli.output import progress, say, show
from app.cli.registry import OrganisationChange, RegistryError, audit_row, change_organisation, organisation
from app.cli.stakes import FOLLOWING, GRANT_LIVES, GRANTS, STAKES, Column, Transfer
from app.deadlines.models import Duty
from app.happenings import Event
from app.journal import Subject
from app.notices.models import Notice
from app.organisations.models import Organisation, OrganisationName
from app.reference.fields import today
from app.referrals.models import Referral
from app.returns.models import Return, ReturnPerson
from app.trail import AuditEntry, OutboxEvent
from app.verifications.models import Verification

BATCH = 500
Moved = Callable[[int, int], None]


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
    """How many rows would pass, by table and column, and how many referrals could not; changes nothing."""
    parts = [(c, and_(wanted.passes(s, c), wanted.here(s.case_id))) for s in STAKES for c in s.columns]
    parts += [(column, and_(column == wanted.giver, which)) for column, which in wanted.of_the_body()]
    counts: dict[str, int] = {}
    async with as_owner(url) as db:
        await _check(db, wanted)
        for column, which in parts:
            name = f"{column.class_.__tablename__}.{column.key}"
            found = (await db.execute(select(func.count()).select_from(column.class_).where(which))).scalar_one()
            counts[name] = counts.get(name, 0) + found
        left = await _left(db, wanted)
    return [*counts.items(), ("ở lại · left", len(left))]


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
        return cases, await _left(db, wanted)


async def _left(db: AsyncConnection, wanted: Transfer) -> list[str]:
    left = select(Referral.reference).where(wanted.stays(Referral.id), wanted.here(Referral.case_id))
    return list((await db.execute(left.order_by(Referral.reference))).scalars())


async def _check(db: AsyncConnection, wanted: Transfer) -> None:
    giver, taker = await organisation(db, wanted.giver), await organisation(db, wanted.taker)
    if giver.id == taker.id or taker.status != "active":
        raise RegistryError(
            "Cơ quan tiếp nhận phải khác và đang hoạt động. · The new body must be another, and active."
        )
    if lost := sorted(c for c, may in MATRIX.items() if Agency(giver.agency) in may and taker.agency not in may):
        raise RegistryError(f"{taker.agency} không thể làm: {', '.join(lost)} · {taker.agency} cannot do these.")
    if wanted.on > today():
        raise RegistryError("Chưa đến ngày: hãy chạy từ ngày đó. · Not yet: run this on that day or later.")
    if wanted.close and wanted.province:
        raise RegistryError(
            "Cơ quan còn tỉnh khác thì chưa chấm dứt. · A body that keeps other provinces does not end."
        )


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
    parts = [(stake, column) for stake in STAKES for column in stake.columns]
    return union(
        *(select(s.case_id.label("id")).where(wanted.passes(s, column), among(s.case_id)) for s, column in parts)
    ).order_by("id")


async def _pass_batch(db: AsyncConnection, wanted: Transfer, chunk: Sequence[UUID]) -> int:
    """Passes what is still to pass of these cases and of the persons who travel with them; how many cases it was."""
    ids = sorted({*chunk, *(await _companions(db, wanted, chunk))})
    await _lock(db, ids)
    cases = list((await db.execute(_cases(wanted, lambda case_id: case_id.in_(ids)))).scalars())
    if cases:
        await _pass_returns(db, wanted, cases)
        await _pass_custody(db, wanted, cases)
        for stake in FOLLOWING:
            if stake is GRANTS:
                await _end_grants_to_oneself(db, wanted, cases)
            for column in stake.columns:
                held = and_(stake.case_id.in_(cases), wanted.passes(stake, column))
                await db.execute(update(column.class_).where(held).values(_now(column, wanted.taker)))
        await _tell(db, wanted, cases)
    return len(cases)


async def _companions(db: AsyncConnection, wanted: Transfer, chunk: Sequence[UUID]) -> list[UUID]:
    """Who is handed over together with these, or awaited on the same return: a list is answered as a whole."""
    together = aliased(HandoverCase)
    family = select(together.case_id).join(HandoverCase, HandoverCase.handover_id == together.handover_id)
    family = family.where(HandoverCase.open, HandoverCase.case_id.in_(chunk))
    fellows = wanted.listed().where(Return.id.in_(_lists(chunk)))
    return list((await db.execute(union(family, fellows))).scalars())


def _lists(cases: Sequence[UUID]) -> Any:
    """Ids of the returns on which these cases are awaited."""
    return select(ReturnPerson.return_id).where(ReturnPerson.case_id.in_(cases), ReturnPerson.expected)


async def _lock(db: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Requests before cases, as every move of the service does; what was sent while we waited is found afterwards."""
    for table, which in (
        (Return, Return.id.in_(_lists(ids))),
        (Handover, Handover.case_id.in_(ids)),
        (Referral, Referral.case_id.in_(ids)),
        (Verification, Verification.case_id.in_(ids)),
        (Notice, Notice.case_id.in_(ids)),
        (Application, Application.case_id.in_(ids)),
        (Case, Case.id.in_(ids)),
    ):
        rows = select(table.id).where(which).order_by(table.id)
        await db.execute(rows.with_for_update(key_share=True))


async def _pass_returns(db: AsyncConnection, wanted: Transfer, cases: Sequence[UUID]) -> None:
    """Together with the cases awaited on them, so that whoever records an arrival can answer for each. Those of which
    nobody has a case pass with the body."""
    for column, which in wanted.returns():
        held = select(Return.id).where(Return.id.in_(_lists(cases)), column == wanted.giver, which)
        ids = list((await db.execute(held)).scalars())
        await db.execute(update(Return).where(Return.id.in_(ids)).values(_now(column, wanted.taker)))
        clocks = and_(Duty.carrier == "return", Duty.carrier_id.in_(ids), Duty.organisation_id == wanted.giver)
        owed = update(Duty).where(clocks, Duty.status == "running")
        await db.execute(owed.values(_now(Duty.organisation_id, wanted.taker)))


async def _pass_custody(db: AsyncConnection, wanted: Transfer, cases: Sequence[UUID]) -> None:
    """As a confirmed hand-over does it, but a first receiver's successor reads what the first receiver took down."""
    custody = select(Case.id).where(Case.id.in_(cases), Case.custodian_id == wanted.giver)
    held = list((await db.execute(custody)).scalars())
    await db.execute(select(func.access.follow_custody(literal(held, ARRAY(Uuid())), wanted.giver, wanted.taker)))
    first = func.access.first_receiver_sections(type_=ARRAY(Text()))
    later = select(func.access.later_custodian_sections(Organisation.agency, Organisation.treats, type_=ARRAY(Text())))
    sections = case(
        (Case.custodian_sections == first, Case.custodian_sections),
        else_=later.where(Organisation.id == wanted.taker).scalar_subquery(),
    )
    values = _now(Case.custodian_id, wanted.taker) | {"custodian_sections": sections}
    await db.execute(update(Case).where(Case.id.in_(held)).values(values))


async def _end_grants_to_oneself(db: AsyncConnection, wanted: Transfer, cases: Sequence[UUID]) -> None:
    """What the two gave each other is one body's now. Left dead, a later move of its request would revive it."""
    both = (wanted.giver, wanted.taker)
    each_other = and_(CaseParty.organisation_id.in_(both), CaseParty.given_by.in_(both))
    free = ~wanted.stays(CaseParty.carrier_id)
    await db.execute(delete(CaseParty).where(CaseParty.case_id.in_(cases), each_other, GRANT_LIVES, free))


def _now(column: Column, value: Any) -> dict[str, Any]:
    """The new value, and the marks of a change on a table that bears them."""
    table = column.class_
    stamps = {name: func.now() for name in ("updated_at", "changed_at") if hasattr(table, name)}
    version = {"version": table.version + 1} if hasattr(table, "version") else {}
    return {column.key: value, **version, **stamps}


async def _tell(db: AsyncConnection, wanted: Transfer, cases: Sequence[UUID]) -> None:
    """One entry and one event a case, for everybody who has a part in it now, and for the body that had."""
    parties: dict[UUID, set[UUID]] = {case_id: {wanted.giver} for case_id in cases}
    for stake in STAKES:
        for column in stake.columns:
            query = select(stake.case_id, column).where(stake.case_id.in_(cases), stake.live, column.is_not(None))
            for case_id, party in await db.execute(query.distinct()):
                parties[case_id].add(party)
    event = Event.ORGANISATION_TRANSFERRED
    facts = {"from": str(wanted.giver), "to": str(wanted.taker), "on": wanted.on.isoformat()}
    entries = [audit_row(event, wanted.taker, Subject("case", i, i), sorted(parties[i]), **facts) for i in cases]
    await db.execute(insert(AuditEntry), entries)
    copied = ("subject_type", "subject_id", "case_id", "organisation_id")
    events = [{"id": uuid4(), "type": event, **{name: entry[name] for name in copied}} for entry in entries]
    await db.execute(insert(OutboxEvent), events)


async def _pass_body(db: AsyncConnection, wanted: Transfer) -> None:
    passed = []
    for column, which in wanted.of_the_body():
        change = update(column.class_).where(column == wanted.giver, which).values(_now(column, wanted.taker))
        if (await db.execute(change)).rowcount:
            passed.append(f"{column.class_.__tablename__}.{column.key}")
    if passed:
        about = Subject("organisation", wanted.giver)
        row = audit_row(Event.ORGANISATION_CHANGED, wanted.giver, about, passed=passed, to=str(wanted.taker))
        await db.execute(insert(AuditEntry).values(row))


async def _close(db: AsyncConnection, wanted: Transfer) -> None:
    """The old body calls no more and cannot be addressed; its name ends with the day before."""
    giver = await organisation(db, wanted.giver)
    if giver.status == "disabled":
        return
    await change_organisation(db, giver.id, OrganisationChange(status="disabled"))
    last_day = func.greatest(OrganisationName.valid_from, wanted.on - timedelta(days=1))
    name = update(OrganisationName).where(OrganisationName.organisation_id == giver.id)
    await db.execute(name.where(OrganisationName.valid_to.is_(None)).values(valid_to=last_day))
    above = func.nullif(literal(giver.supervised_by, Uuid()), wanted.taker)
    under = update(Organisation).where(Organisation.id == wanted.taker, Organisation.supervised_by == giver.id)
    await db.execute(under.values(_now(Organisation.supervised_by, above)))
