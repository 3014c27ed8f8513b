"""Moves of a case, a hand-over, a consent, its override and an exclusion, as the contract lists them."""

from enum import StrEnum

from app.lifecycles import Step, Table


class CaseStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class CaseAction(StrEnum):
    CLOSE = "close"
    REOPEN = "reopen"


class CaseRole(StrEnum):
    CUSTODIAN = "custodian"


CASE: Table = {
    (CaseStatus.OPEN, CaseAction.CLOSE): Step(CaseStatus.CLOSED, CaseRole.CUSTODIAN),
    (CaseStatus.CLOSED, CaseAction.REOPEN): Step(CaseStatus.OPEN, CaseRole.CUSTODIAN),
}


class HandoverStatus(StrEnum):
    PROPOSED = "proposed"
    RECEIVED = "received"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class HandoverAction(StrEnum):
    CONFIRM = "confirm"
    REFUSE = "refuse"
    CANCEL = "cancel"


class HandoverRole(StrEnum):
    GIVER = "giver"
    RECEIVER = "receiver"


HANDOVER: Table = {
    (HandoverStatus.PROPOSED, HandoverAction.CONFIRM): Step(HandoverStatus.RECEIVED, HandoverRole.RECEIVER),
    (HandoverStatus.PROPOSED, HandoverAction.REFUSE): Step(HandoverStatus.REFUSED, HandoverRole.RECEIVER),
    (HandoverStatus.PROPOSED, HandoverAction.CANCEL): Step(HandoverStatus.CANCELLED, HandoverRole.GIVER),
}


class ConsentStatus(StrEnum):
    GIVEN = "given"
    REVOKED = "revoked"
    EXPIRED = "expired"


class ConsentAction(StrEnum):
    REVOKE = "revoke"
    EXPIRE = "expire"


class ConsentRole(StrEnum):
    """`giver` is the organisation that recorded it. `clock`: an expiry has no request, it is judged at every use."""

    CUSTODIAN = "custodian"
    GIVER = "giver"
    CLOCK = "clock"


CONSENT: Table = {
    (ConsentStatus.GIVEN, ConsentAction.REVOKE): Step(ConsentStatus.REVOKED, ConsentRole.CUSTODIAN, ConsentRole.GIVER),
    (ConsentStatus.GIVEN, ConsentAction.EXPIRE): Step(ConsentStatus.EXPIRED, ConsentRole.CLOCK),
}


class OverrideStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class OverrideAction(StrEnum):
    APPROVE = "approve"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class OverrideRole(StrEnum):
    """`second`: whoever approves for the organisation that asked, while it has custody. `asker`: that organisation."""

    CUSTODIAN = "custodian"
    ASKER = "asker"
    SECOND = "second"
    CLOCK = "clock"


OVERRIDE: Table = {
    (OverrideStatus.REQUESTED, OverrideAction.APPROVE): Step(OverrideStatus.APPROVED, OverrideRole.SECOND),
    **{
        (status, OverrideAction.WITHDRAW): Step(OverrideStatus.WITHDRAWN, OverrideRole.CUSTODIAN, OverrideRole.ASKER)
        for status in (OverrideStatus.REQUESTED, OverrideStatus.APPROVED)
    },
    **{
        (status, OverrideAction.EXPIRE): Step(OverrideStatus.EXPIRED, OverrideRole.CLOCK)
        for status in (OverrideStatus.REQUESTED, OverrideStatus.APPROVED)
    },
}


class ExclusionStatus(StrEnum):
    ACTIVE = "active"
    LIFTED = "lifted"


class ExclusionAction(StrEnum):
    LIFT = "lift"


class ExclusionRole(StrEnum):
    CUSTODIAN = "custodian"


EXCLUSION: Table = {
    (ExclusionStatus.ACTIVE, ExclusionAction.LIFT): Step(ExclusionStatus.LIFTED, ExclusionRole.CUSTODIAN)
}
