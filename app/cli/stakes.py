"""What passes from one body to another: the rows by which a body has a part in cases that is still under way.

What is over keeps the old body, since old facts keep old names; the new custodian sees it through custody. Custody of
closed cases passes too, or nobody could reopen them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.benefits.models import Application
from app.cases.custody_models import Consent, Handover
from app.cases.exclusion_models import Exclusion
from app.cases.models import Case, CaseParty
from app.deadlines.models import Duty
from app.notices.models import Notice
from app.organisations.models import Organisation, Service
from app.reference.fields import today
from app.referrals.lifecycle import OPEN
from app.referrals.models import Referral
from app.returns.models import Return, ReturnPerson
from app.verifications.models import Verification

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Stake:
    """Columns by which a body has a part in a case as long as `live`; `carrier` is the request this hangs on."""

    case_id: Column
    columns: tuple[Column, ...]
    live: ColumnElement[bool]
    carrier: Column | None = None


_OPEN_REFERRAL = Referral.status.in_(OPEN)
_TODAY = func.access.today()
GRANT_LIVES = and_(
    CaseParty.consent_live,
    func.access.in_time(CaseParty.expires_on, CaseParty.expires_at),
    # A grant on a referral sleeps until the receiver accepts.
    or_(CaseParty.carrier_live, exists().where(Referral.id == CaseParty.carrier_id, _OPEN_REFERRAL)),
)
_CONSENT_LIVES = and_(Consent.status == "given", or_(Consent.expires_on.is_(None), Consent.expires_on >= _TODAY))
_CLOCK_RUNS = and_(Duty.status == "running", Duty.case_id.is_not(None))
CUSTODY = Stake(Case.id, (Case.custodian_id,), true())
GRANTS = Stake(CaseParty.case_id, (CaseParty.organisation_id, CaseParty.given_by), GRANT_LIVES, CaseParty.carrier_id)
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
    Stake(Notice.case_id, (Notice.sender_id, Notice.recipient_id), Notice.status == "sent"),
    Stake(Application.case_id, (Application.decider_id,), Application.status == "submitted"),
    Stake(Duty.case_id, (Duty.organisation_id,), _CLOCK_RUNS, Duty.carrier_id),
    Stake(Consent.case_id, (Consent.recorded_by, Consent.recipient_id), _CONSENT_LIVES),
    GRANTS,
)
"""In the order of locks: request, case, duty, consent, grant."""
STAKES = (CUSTODY, *FOLLOWING)


class Transfer(BaseModel):
    """Whose function passes to whom from which day. With a province: only the cases of that province."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    giver: UUID
    taker: UUID
    province: str | None = Field(None, pattern=r"^[0-9]{2}$")  # also one that a merger of provinces has ended
    on: date = Field(default_factory=today)
    close: bool = False

    def stays(self, referral_id: Column) -> ColumnElement[bool]:
        """The taker has its twin already: one addressee may have but one, so a person must end one of them first."""
        mine, twin = aliased(Referral), aliased(Referral)
        alike = [twin.originator_id == mine.originator_id, twin.case_id == mine.case_id, twin.service == mine.service]
        both = (mine.receiver_id == self.giver, mine.status.in_(OPEN), twin.receiver_id == self.taker, *alike)
        return exists().where(mine.id == referral_id, twin.status.in_(OPEN), *both)

    def passes(self, stake: Stake, column: Column) -> ColumnElement[bool]:
        """The giver has this part, and nothing keeps it there."""
        free = ~self.stays(stake.carrier) if stake.carrier is not None else true()
        return and_(column == self.giver, stake.live, free)

    def here(self, case_id: Column) -> ColumnElement[bool]:
        """In the province that is named; a case on its way is where its return is to arrive. What either body must not
        see stays: nobody comes to see it by succeeding a body that did, nor loses it to one that must not."""
        barred = select(Exclusion.case_id).where(
            Exclusion.organisation_id.in_((self.giver, self.taker)),
            Exclusion.status == "active",
            Exclusion.officer.is_(None),
        )
        return and_(case_id.not_in(barred), self._there(case_id))

    def _there(self, case_id: Column) -> ColumnElement[bool]:
        if not self.province:
            return true()
        of_case, on_its_way = aliased(Case), self.listed()
        wanted = select(of_case.id).where(of_case.province_code == self.province)
        coming = case_id.in_(on_its_way.where(Return.province_code == self.province))
        return or_(coming, and_(case_id.in_(wanted), case_id.not_in(on_its_way)))

    def listed(self) -> Select[Any]:
        """Cases awaited on a return that the giver announced or receives."""
        side = or_(Return.announcer_id == self.giver, Return.gate_id == self.giver)
        awaited = and_(ReturnPerson.expected, ReturnPerson.case_id.is_not(None))
        return select(ReturnPerson.case_id).join(Return, Return.id == ReturnPerson.return_id).where(awaited, side)

    def returns(self) -> tuple[tuple[Column, ColumnElement[bool]], ...]:
        """Both sides of a return by which somebody is still to come."""
        expected = exists().where(ReturnPerson.return_id == Return.id, ReturnPerson.expected)
        in_province = Return.province_code == self.province if self.province else true()
        which = and_(or_(Return.status == "announced", expected), in_province)
        return (Return.announcer_id, which), (Return.gate_id, which)

    def of_the_body(self) -> tuple[tuple[Column, ColumnElement[bool]], ...]:
        """What it has beside cases: returns, of whom there need be no case yet, services, bodies it supervises, and
        clocks that are no case's."""
        in_province = (
            (Service.province_codes == [self.province], Organisation.province_codes == [self.province])
            if self.province
            else (true(), true())
        )
        told = and_(Duty.status == "running", Duty.case_id.is_(None))
        return (
            *self.returns(),
            (Service.organisation_id, and_(Service.status == "active", in_province[0])),
            (Organisation.supervised_by, and_(Organisation.id != self.taker, in_province[1])),
            (Duty.organisation_id, and_(told, Duty.province_code == self.province) if self.province else told),
        )
