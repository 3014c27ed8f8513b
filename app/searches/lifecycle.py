"""The one move of a contact request: whoever holds the case answers."""

from enum import StrEnum

from app.lifecycles import Step, Table


class Status(StrEnum):
    ASKED = "asked"
    ANSWERED = "answered"


class Action(StrEnum):
    ANSWER = "answer"


class Role(StrEnum):
    ASKER = "asker"
    HOLDER = "holder"


CONTACT_REQUEST: Table = {(Status.ASKED, Action.ANSWER): Step(Status.ANSWERED, Role.HOLDER)}
