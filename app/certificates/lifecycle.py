"""Moves of a certificate: only its issuer corrects it, gives another in its place, or takes it back."""

from enum import StrEnum

from app.lifecycles import Step, Table


class Status(StrEnum):
    ISSUED = "issued"
    REPLACED = "replaced"
    REVOKED = "revoked"


class Action(StrEnum):
    CORRECT = "correct"
    REISSUE = "reissue"
    REVOKE = "revoke"


class Role(StrEnum):
    ISSUER = "issuer"


CERTIFICATE: Table = {
    (Status.ISSUED, Action.CORRECT): Step(Status.ISSUED, Role.ISSUER),
    (Status.ISSUED, Action.REISSUE): Step(Status.REPLACED, Role.ISSUER),
    (Status.ISSUED, Action.REVOKE): Step(Status.REVOKED, Role.ISSUER),
}
