"""Moves of a reception: it is open while people are listed and screened, then closed, and stays so."""

from enum import StrEnum

from app.lifecycles import Step, Table


class ReceptionStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class ReceptionAction(StrEnum):
    CLOSE = "close"


class ReceptionRole(StrEnum):
    HOLDER = "holder"


RECEPTION: Table = {
    (ReceptionStatus.OPEN, ReceptionAction.CLOSE): Step(ReceptionStatus.CLOSED, ReceptionRole.HOLDER),
}
