"""Moves of a verification, and of a question for assistance within it."""

from enum import StrEnum

from app.lifecycles import Step, Table


class Status(StrEnum):
    REQUESTED = "requested"
    IN_PROGRESS = "in_progress"
    INFO_REQUESTED = "info_requested"
    CONCLUDED = "concluded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    FORWARDED = "forwarded"


LIVE = frozenset({Status.REQUESTED, Status.IN_PROGRESS, Status.INFO_REQUESTED})
"""While the question waits for its answer: evidence may be added and assistance asked."""


class Action(StrEnum):
    START = "start"
    CONCLUDE = "conclude"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    FORWARD = "forward"
    REQUEST_INFORMATION = "request_information"
    ANSWER = "answer"
    EXTEND = "extend"
    RECONSIDER = "reconsider"
    RECORD_REPLY = "record_reply"


class Role(StrEnum):
    """A rescuing custodian that names itself is both."""

    VERIFIER = "verifier"
    REQUESTER = "requester"


VERIFICATION: Table = {
    (Status.REQUESTED, Action.START): Step(Status.IN_PROGRESS, Role.VERIFIER),
    (Status.REQUESTED, Action.CONCLUDE): Step(Status.CONCLUDED, Role.VERIFIER),
    (Status.REQUESTED, Action.EXTEND): Step(Status.REQUESTED, Role.VERIFIER),
    (Status.REQUESTED, Action.FORWARD): Step(Status.FORWARDED, Role.VERIFIER),
    (Status.REQUESTED, Action.REFUSE): Step(Status.REFUSED, Role.VERIFIER),
    (Status.REQUESTED, Action.WITHDRAW): Step(Status.WITHDRAWN, Role.REQUESTER),
    (Status.REQUESTED, Action.RECORD_REPLY): Step(Status.CONCLUDED, Role.REQUESTER),
    (Status.IN_PROGRESS, Action.REQUEST_INFORMATION): Step(Status.INFO_REQUESTED, Role.VERIFIER),
    (Status.IN_PROGRESS, Action.CONCLUDE): Step(Status.CONCLUDED, Role.VERIFIER),
    (Status.IN_PROGRESS, Action.EXTEND): Step(Status.IN_PROGRESS, Role.VERIFIER),
    (Status.IN_PROGRESS, Action.FORWARD): Step(Status.FORWARDED, Role.VERIFIER),
    (Status.IN_PROGRESS, Action.REFUSE): Step(Status.REFUSED, Role.VERIFIER),
    (Status.IN_PROGRESS, Action.WITHDRAW): Step(Status.WITHDRAWN, Role.REQUESTER),
    (Status.IN_PROGRESS, Action.RECORD_REPLY): Step(Status.CONCLUDED, Role.REQUESTER),
    (Status.INFO_REQUESTED, Action.ANSWER): Step(Status.IN_PROGRESS, Role.REQUESTER),
    (Status.INFO_REQUESTED, Action.RECORD_REPLY): Step(Status.CONCLUDED, Role.REQUESTER),
    (Status.CONCLUDED, Action.RECONSIDER): Step(Status.IN_PROGRESS, Role.REQUESTER),
}
"""That an extension comes once in the life of a verification is no matter of status: see `actions.extend`."""


class AssistanceStatus(StrEnum):
    ASKED = "asked"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class AssistanceAction(StrEnum):
    ANSWER = "answer"
    WITHDRAW = "withdraw"


class AssistanceRole(StrEnum):
    ASKER = "asker"
    ASSISTANT = "assistant"


ASSISTANCE: Table = {
    (AssistanceStatus.ASKED, AssistanceAction.ANSWER): Step(AssistanceStatus.ANSWERED, AssistanceRole.ASSISTANT),
    (AssistanceStatus.ASKED, AssistanceAction.WITHDRAW): Step(AssistanceStatus.WITHDRAWN, AssistanceRole.ASKER),
}
"""The end of the verification withdraws what is still asked: a trigger does that, as nobody waits for it any more."""
