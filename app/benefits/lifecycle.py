"""Moves of an application and of a disbursement."""

from enum import StrEnum

from app.lifecycles import Step, Table


class ApplicationStatus(StrEnum):
    SUBMITTED = "submitted"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ApplicationAction(StrEnum):
    """`grant` and `refuse` are the two results of a decision."""

    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class ApplicationRole(StrEnum):
    """`custodian`: whoever has custody now, also of what an earlier one submitted."""

    DECIDER = "decider"
    CUSTODIAN = "custodian"


APPLICATION: Table = {
    (ApplicationStatus.SUBMITTED, ApplicationAction.GRANT): Step(ApplicationStatus.GRANTED, ApplicationRole.DECIDER),
    (ApplicationStatus.SUBMITTED, ApplicationAction.REFUSE): Step(ApplicationStatus.REFUSED, ApplicationRole.DECIDER),
    (ApplicationStatus.SUBMITTED, ApplicationAction.WITHDRAW): Step(
        ApplicationStatus.WITHDRAWN, ApplicationRole.CUSTODIAN
    ),
}


class DisbursementStatus(StrEnum):
    PLANNED = "planned"
    PAID = "paid"
    CANCELLED = "cancelled"


class DisbursementAction(StrEnum):
    PAY = "pay"
    CANCEL = "cancel"


class DisbursementRole(StrEnum):
    CUSTODIAN = "custodian"


DISBURSEMENT: Table = {
    (DisbursementStatus.PLANNED, DisbursementAction.PAY): Step(DisbursementStatus.PAID, DisbursementRole.CUSTODIAN),
    (DisbursementStatus.PLANNED, DisbursementAction.CANCEL): Step(
        DisbursementStatus.CANCELLED, DisbursementRole.CUSTODIAN
    ),
}
