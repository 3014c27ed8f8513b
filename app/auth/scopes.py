"""Which agency may be granted which capability: the one table behind routes, contract, docs and the client registry.

A scope is `agency:capability`. A pair outside the matrix does not exist, so it cannot be granted, requested or used.
"""

from enum import StrEnum
from functools import cache


class Agency(StrEnum):
    """Functions of the law, not ministries: ministries were renamed and merged on 1/7/2025 and will be again."""

    BORDER_GUARD = "border_guard"
    POLICE = "police"
    FOREIGN_AFFAIRS = "foreign_affairs"
    LABOUR = "labour"
    COMMUNE = "commune"
    PROVIDER = "provider"
    NGO = "ngo"
    HOTLINE = "hotline"
    OVERSIGHT = "oversight"
    OPERATOR = "operator"


class Capability(StrEnum):
    """A kind of act. Routes name one each; the matrix says who can ever hold it."""

    INTAKE_WRITE = "intake.write"
    INTAKE_READ = "intake.read"
    CASE_READ = "case.read"
    CASE_WRITE = "case.write"
    CONSENT_WRITE = "consent.write"
    CUSTODY_WRITE = "custody.write"
    CONSENT_OVERRIDE = "consent.override"
    CASE_SEARCH = "case.search"
    CASE_BREAK_GLASS = "case.break_glass"
    BREAK_GLASS_REVIEW = "break_glass.review"
    VERIFICATION_REQUEST = "verification.request"
    VERIFICATION_DECIDE = "verification.decide"
    RETURN_ANNOUNCE = "return.announce"
    RETURN_RECEIVE = "return.receive"
    REFERRAL_WRITE = "referral.write"
    REFERRAL_READ = "referral.read"
    REFERRAL_STATUS = "referral.status"
    REFERRAL_RESPOND = "referral.respond"
    PLAN_WRITE = "plan.write"
    PLAN_READ = "plan.read"
    SUPPORT_WRITE = "support.write"
    DIRECTORY_READ = "directory.read"
    DIRECTORY_WRITE = "directory.write"
    EVENT_READ = "event.read"
    BULK_WRITE = "bulk.write"
    WEBHOOK_MANAGE = "webhook.manage"
    AUDIT_READ = "audit.read"


_OPERATIONAL = frozenset(Agency) - {Agency.OVERSIGHT, Agency.OPERATOR}

MATRIX: dict[Capability, frozenset[Agency]] = {
    Capability.INTAKE_WRITE: _OPERATIONAL,
    Capability.INTAKE_READ: _OPERATIONAL,
    Capability.CASE_READ: _OPERATIONAL,
    Capability.CASE_WRITE: _OPERATIONAL,
    Capability.CONSENT_WRITE: _OPERATIONAL,
    Capability.CUSTODY_WRITE: _OPERATIONAL,
    Capability.CONSENT_OVERRIDE: frozenset({Agency.POLICE, Agency.LABOUR}),
    Capability.CASE_SEARCH: _OPERATIONAL,
    Capability.CASE_BREAK_GLASS: frozenset({Agency.POLICE, Agency.LABOUR}),
    Capability.BREAK_GLASS_REVIEW: frozenset({Agency.OVERSIGHT}),
    Capability.VERIFICATION_REQUEST: _OPERATIONAL - {Agency.PROVIDER, Agency.NGO, Agency.HOTLINE},
    Capability.VERIFICATION_DECIDE: frozenset({Agency.BORDER_GUARD, Agency.POLICE}),
    Capability.RETURN_ANNOUNCE: frozenset({Agency.FOREIGN_AFFAIRS}),
    Capability.RETURN_RECEIVE: frozenset({Agency.BORDER_GUARD, Agency.POLICE, Agency.LABOUR}),
    Capability.REFERRAL_WRITE: _OPERATIONAL,
    Capability.REFERRAL_READ: _OPERATIONAL,
    Capability.REFERRAL_STATUS: _OPERATIONAL,
    Capability.REFERRAL_RESPOND: _OPERATIONAL - {Agency.FOREIGN_AFFAIRS, Agency.HOTLINE},
    Capability.PLAN_WRITE: frozenset({Agency.LABOUR, Agency.PROVIDER, Agency.NGO}),
    Capability.PLAN_READ: frozenset({Agency.LABOUR, Agency.COMMUNE, Agency.PROVIDER, Agency.NGO}),
    Capability.SUPPORT_WRITE: _OPERATIONAL - {Agency.HOTLINE},
    Capability.DIRECTORY_READ: _OPERATIONAL | {Agency.OVERSIGHT},
    Capability.DIRECTORY_WRITE: _OPERATIONAL,
    Capability.EVENT_READ: _OPERATIONAL | {Agency.OVERSIGHT},
    Capability.BULK_WRITE: _OPERATIONAL,
    Capability.WEBHOOK_MANAGE: _OPERATIONAL,
    Capability.AUDIT_READ: frozenset({Agency.OVERSIGHT}),
}


def scope(agency: str, capability: Capability) -> str:
    """The scope string of RFC 6749 §3.3 for one cell of the matrix."""
    return f"{agency}:{capability}"


@cache
def scopes_of(agency: Agency) -> frozenset[str]:
    """Every scope a client of this agency can be registered with."""
    return frozenset(scope(agency, capability) for capability, agencies in MATRIX.items() if agency in agencies)
