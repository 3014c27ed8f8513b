"""Moves of a referral, as the contract lists them."""

from enum import StrEnum

from app.lifecycles import Step, Table


class Status(StrEnum):
    SENT = "sent"
    CLAIMED = "claimed"
    ACKNOWLEDGED = "acknowledged"
    INFO_REQUESTED = "info_requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_SERVICE = "in_service"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    CLAIM = "claim"
    CONFIRM = "confirm"
    DECLINE = "decline"
    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    REFUSE = "refuse"
    REQUEST_INFORMATION = "request_information"
    ANSWER = "answer"
    START = "start"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"


class Role(StrEnum):
    """`claimant`: whoever may claim, being eligible in the province of a referral without a receiver."""

    SENDER = "sender"
    RECEIVER = "receiver"
    CLAIMANT = "claimant"
    CUSTODIAN = "custodian"


OPEN = (Status.SENT, Status.CLAIMED, Status.ACKNOWLEDGED, Status.INFO_REQUESTED, Status.ACCEPTED, Status.IN_SERVICE)

REFERRAL: Table = {
    (Status.SENT, Action.CLAIM): Step(Status.CLAIMED, Role.CLAIMANT),
    (Status.CLAIMED, Action.CONFIRM): Step(Status.SENT, Role.CUSTODIAN),
    (Status.CLAIMED, Action.DECLINE): Step(Status.SENT, Role.CUSTODIAN),
    (Status.SENT, Action.ACKNOWLEDGE): Step(Status.ACKNOWLEDGED, Role.RECEIVER),
    (Status.SENT, Action.ACCEPT): Step(Status.ACCEPTED, Role.RECEIVER),
    (Status.SENT, Action.REFUSE): Step(Status.REFUSED, Role.RECEIVER),
    (Status.ACKNOWLEDGED, Action.ACCEPT): Step(Status.ACCEPTED, Role.RECEIVER),
    (Status.ACKNOWLEDGED, Action.REFUSE): Step(Status.REFUSED, Role.RECEIVER),
    (Status.ACKNOWLEDGED, Action.REQUEST_INFORMATION): Step(Status.INFO_REQUESTED, Role.RECEIVER),
    (Status.INFO_REQUESTED, Action.REFUSE): Step(Status.REFUSED, Role.RECEIVER),
    (Status.INFO_REQUESTED, Action.ANSWER): Step(Status.ACKNOWLEDGED, Role.SENDER),
    (Status.ACCEPTED, Action.START): Step(Status.IN_SERVICE, Role.RECEIVER),
    (Status.ACCEPTED, Action.COMPLETE): Step(Status.COMPLETED, Role.RECEIVER),
    (Status.IN_SERVICE, Action.COMPLETE): Step(Status.COMPLETED, Role.RECEIVER),
    **{(status, Action.WITHDRAW): Step(Status.WITHDRAWN, Role.SENDER) for status in OPEN},
}
