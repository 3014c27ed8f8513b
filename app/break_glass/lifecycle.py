"""Moves of a break-glass: asked by one, approved by a second person, over within the hour, always reviewed."""

from enum import StrEnum

from app.lifecycles import Step, Table


class Status(StrEnum):
    """`expired`: nobody approved it in time, so nothing was shown and nothing is reviewed."""

    REQUESTED = "requested"
    EXPIRED = "expired"
    ACTIVE = "active"
    ENDED = "ended"
    REVIEWED = "reviewed"


class Action(StrEnum):
    APPROVE = "approve"
    EXPIRE = "expire"
    END = "end"
    ACKNOWLEDGE = "acknowledge"
    REVIEW = "review"


class Role(StrEnum):
    """`asker` is the organisation that asked, `second` another client and officer of it. `clock`: the end of the hour,
    and that of waiting for an approval, are judged whenever one asks."""

    ASKER = "asker"
    SECOND = "second"
    HOLDER = "holder"
    REVIEWER = "reviewer"
    CLOCK = "clock"


BREAK_GLASS: Table = {
    (Status.REQUESTED, Action.APPROVE): Step(Status.ACTIVE, Role.SECOND),
    (Status.REQUESTED, Action.EXPIRE): Step(Status.EXPIRED, Role.CLOCK),
    (Status.ACTIVE, Action.END): Step(Status.ENDED, Role.ASKER, Role.CLOCK),
    # The holder says once that it knows, whatever has become of it by then.
    (Status.ACTIVE, Action.ACKNOWLEDGE): Step(Status.ACTIVE, Role.HOLDER),
    (Status.ENDED, Action.ACKNOWLEDGE): Step(Status.ENDED, Role.HOLDER),
    (Status.REVIEWED, Action.ACKNOWLEDGE): Step(Status.REVIEWED, Role.HOLDER),
    (Status.ENDED, Action.REVIEW): Step(Status.REVIEWED, Role.REVIEWER),
}
