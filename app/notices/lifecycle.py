"""Moves of a notice: it was sent, and its recipient says that it has read it."""

from enum import StrEnum

from app.lifecycles import Step, Table


class Status(StrEnum):
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"


class Action(StrEnum):
    ACKNOWLEDGE = "acknowledge"


class Role(StrEnum):
    SENDER = "sender"
    RECIPIENT = "recipient"


NOTICE: Table = {(Status.SENT, Action.ACKNOWLEDGE): Step(Status.ACKNOWLEDGED, Role.RECIPIENT)}
