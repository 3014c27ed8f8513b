"""What a granted move changes, as the contract tells it; the moves themselves are in `policy.py`."""

from tests.history.policy import (
    AGENCIES,
    ENDED_REFERRAL,
    LATER_CUSTODIAN,
    LIVE_VERIFICATION,
    TREATS,
    Case,
    Handover,
    Referral,
    Verification,
)

RESULTS: dict[str, dict[str, str | None]] = {
    "victim": {"victim": "confirmed", "not_victim": "not_victim", "insufficient": "insufficient"},
    "identity": {"identity_confirmed": None, "identity_not_established": None},
}
"""By kind: every result, and the identification it makes of the case; of an identity check, none."""


def handed_over(handover: Handover) -> None:
    """Custody moves, open referrals and verifications pass to the new custodian, and the old one is out."""
    case, giver, receiver = handover.case, handover.giver, handover.receiver
    treats = receiver in TREATS and AGENCIES[receiver] not in ("labour", "commune")
    case.custodian = receiver
    case.custody = LATER_CUSTODIAN | ({"health"} if treats else frozenset())
    for referral in case.referrals:
        if referral.sender == giver and referral.status not in ENDED_REFERRAL:
            referral.sender = receiver
    for verification in case.verifications:
        if verification.requester == giver:
            verification.requester = receiver


def asked(verification: Verification) -> None:
    """An open question about a victim shows on a case that nobody has decided."""
    case = verification.case
    if verification.kind == "victim" and case.identification in ("unverified", "insufficient"):
        case.identification = "verifying"


def moved(verification: Verification, before: str, result: str | None) -> None:
    """Reconsideration leaves the identification until there is a new one; what came to nothing gives it back."""
    case = verification.case
    if verification.kind != "victim":
        return
    if verification.status == "concluded":
        case.identification = RESULTS["victim"][str(result)] or case.identification
    elif verification.status in LIVE_VERIFICATION and before != "concluded":
        asked(verification)
    elif verification.status not in LIVE_VERIFICATION and case.identification == "verifying":
        others = (v for v in case.verifications if v is not verification and v.kind == "victim")
        if not any(other.status in LIVE_VERIFICATION for other in others):
            case.identification = "unverified"


def served(referral: Referral) -> None:
    if referral.status == "in_service" and referral.case.support == "none":
        referral.case.support = "in_support"


def closed(case: Case) -> None:
    case.status, case.before_closure = "closed", case.support
    case.support = "none" if case.support == "none" else "ended"


def reopened(case: Case) -> None:
    case.status, case.support = "open", case.before_closure


def waiting(case: Case) -> str | None:
    """The code of what keeps a case from being closed."""
    if any(referral.status not in ENDED_REFERRAL for referral in case.referrals):
        return "open_referrals"
    if any(verification.status in LIVE_VERIFICATION for verification in case.verifications):
        return "open_verifications"
    return "open_handover" if any(handover.status == "proposed" for handover in case.handovers) else None
