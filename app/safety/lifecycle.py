"""Moves of a placement, an incident and a protection."""

from enum import StrEnum

from app.lifecycles import Step, Table


class PlacementStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


class PlacementAction(StrEnum):
    EXTEND = "extend"
    END = "end"


class PlacementRole(StrEnum):
    """`facility`: whose shelter it is, also after the referral that brought the person there has ended."""

    FACILITY = "facility"
    CUSTODIAN = "custodian"


_HOUSE = (PlacementRole.FACILITY, PlacementRole.CUSTODIAN)
PLACEMENT: Table = {
    (PlacementStatus.ACTIVE, PlacementAction.EXTEND): Step(PlacementStatus.ACTIVE, *_HOUSE),
    (PlacementStatus.ACTIVE, PlacementAction.END): Step(PlacementStatus.ENDED, *_HOUSE),
}


class IncidentStatus(StrEnum):
    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class IncidentAction(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class IncidentRole(StrEnum):
    """`reporter`: whoever reported it and was not told of it as police; it may say how it ended."""

    CUSTODIAN = "custodian"
    POLICE = "police"
    REPORTER = "reporter"


_TOLD = (IncidentRole.CUSTODIAN, IncidentRole.POLICE)
_KNOWS_THE_END = (IncidentRole.CUSTODIAN, IncidentRole.REPORTER)
INCIDENT: Table = {
    (IncidentStatus.REPORTED, IncidentAction.ACKNOWLEDGE): Step(IncidentStatus.ACKNOWLEDGED, *_TOLD),
    # Each of the two once: that the police know must not hide that the custodian does not.
    (IncidentStatus.ACKNOWLEDGED, IncidentAction.ACKNOWLEDGE): Step(IncidentStatus.ACKNOWLEDGED, *_TOLD),
    (IncidentStatus.REPORTED, IncidentAction.RESOLVE): Step(IncidentStatus.RESOLVED, *_KNOWS_THE_END),
    (IncidentStatus.ACKNOWLEDGED, IncidentAction.RESOLVE): Step(IncidentStatus.RESOLVED, *_KNOWS_THE_END),
    # What its reporter ended the custodian still has to have seen.
    (IncidentStatus.RESOLVED, IncidentAction.ACKNOWLEDGE): Step(IncidentStatus.RESOLVED, IncidentRole.CUSTODIAN),
}


class ProtectionStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"
    DECLINED = "declined"


class ProtectionAction(StrEnum):
    CHANGE = "change"
    END = "end"


class ProtectionRole(StrEnum):
    ORDERER = "orderer"
    CUSTODIAN = "custodian"


_COMPETENT = (ProtectionRole.ORDERER, ProtectionRole.CUSTODIAN)
PROTECTION: Table = {
    (ProtectionStatus.ACTIVE, ProtectionAction.CHANGE): Step(ProtectionStatus.ACTIVE, *_COMPETENT),
    (ProtectionStatus.ACTIVE, ProtectionAction.END): Step(ProtectionStatus.ENDED, *_COMPETENT),
}
