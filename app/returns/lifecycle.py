"""Moves of a return, as the contract lists them. A later wave arrives in a return that has arrived already."""

from enum import StrEnum

from app.lifecycles import Step, Table


class Status(StrEnum):
    ANNOUNCED = "announced"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"


class Action(StrEnum):
    AMEND = "amend"
    ARRIVE = "arrive"
    CANCEL = "cancel"


class Role(StrEnum):
    ANNOUNCER = "announcer"
    GATE = "gate"


RETURN: Table = {
    (Status.ANNOUNCED, Action.AMEND): Step(Status.ANNOUNCED, Role.ANNOUNCER),
    (Status.ARRIVED, Action.AMEND): Step(Status.ARRIVED, Role.ANNOUNCER),
    (Status.ANNOUNCED, Action.ARRIVE): Step(Status.ARRIVED, Role.GATE),
    (Status.ARRIVED, Action.ARRIVE): Step(Status.ARRIVED, Role.GATE),
    (Status.ANNOUNCED, Action.CANCEL): Step(Status.CANCELLED, Role.ANNOUNCER),
}
