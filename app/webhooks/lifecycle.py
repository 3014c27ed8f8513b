"""Moves of a webhook endpoint: its owner turns it off and on; the receiver turns it off by answering 410."""

from enum import StrEnum

from app.lifecycles import Step, Table


class Status(StrEnum):
    """While `disabled` nothing is sent; events wait, as long as the feed keeps them."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Action(StrEnum):
    DISABLE = "disable"
    ENABLE = "enable"


class Role(StrEnum):
    OWNER = "owner"
    RECEIVER = "receiver"


WEBHOOK_ENDPOINT: Table = {
    (Status.ACTIVE, Action.DISABLE): Step(Status.DISABLED, Role.OWNER, Role.RECEIVER),
    (Status.DISABLED, Action.ENABLE): Step(Status.ACTIVE, Role.OWNER),
}


class Reason(StrEnum):
    """Why an endpoint is disabled."""

    BY_OWNER = "by_owner"
    GONE = "gone"


class DeliveryStatus(StrEnum):
    """`failed`: given up after the last try. `withheld`: the organisation may not see the event any more."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHHELD = "withheld"


class Result(StrEnum):
    """What became of the last try. `answered`: whatever its status was, see `status_code`."""

    ANSWERED = "answered"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    NOT_HTTP = "not_http"
    HOST_NOT_APPROVED = "host_not_approved"
    UNRESOLVABLE = "unresolvable"
    ADDRESS_NOT_PUBLIC = "address_not_public"
