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
    CUSTODIAN = "custodian"
    POLICE = "police"


_TOLD = (IncidentRole.CUSTODIAN, IncidentRole.POLICE)
INCIDENT: Table = {
    (IncidentStatus.REPORTED, IncidentAction.ACKNOWLEDGE): Step(IncidentStatus.ACKNOWLEDGED, *_TOLD),
    # Each of the two once: that the police know must not hide that the custodian does not.
    (IncidentStatus.ACKNOWLEDGED, IncidentAction.ACKNOWLEDGE): Step(IncidentStatus.ACKNOWLEDGED, *_TOLD),
    (IncidentStatus.REPORTED, IncidentAction.RESOLVE): Step(IncidentStatus.RESOLVED, IncidentRole.CUSTODIAN),
    (IncidentStatus.ACKNOWLEDGED, IncidentAction.RESOLVE): Step(IncidentStatus.RESOLVED, IncidentRole.CUSTODIAN),
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
