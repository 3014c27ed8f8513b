"""What the procedure refuses: 409 when something else must come first, 422 when a rule is not met by what is stored."""

from app.problems import Conflict, RuleBroken


class OpenHandover(Conflict):
    code = "open_handover"


class OpenReferrals(Conflict):
    code = "open_referrals"


class OpenVerifications(Conflict):
    code = "open_verifications"


class KeepTogether(Conflict):
    code = "keep_together"


class DuplicateActiveReferral(Conflict):
    code = "duplicate_active_referral"


class AlreadyAnnounced(Conflict):
    code = "already_announced"


class CaseClosed(Conflict):
    code = "case_closed"


class NoCapacity(Conflict):
    code = "no_capacity"


class AlreadyPlaced(Conflict):
    code = "already_placed"


class AlreadyAcknowledged(Conflict):
    code = "already_acknowledged"


class BreakGlassLimit(Conflict):
    code = "break_glass_limit"


class ReceptionClosed(Conflict):
    code = "reception_closed"


class AlreadyScreened(Conflict):
    code = "already_screened"


class AlreadyHandedOver(Conflict):
    code = "already_handed_over"


class CertificateExists(Conflict):
    code = "certificate_exists"


class AlreadyExtended(Conflict):
    code = "already_extended"


class AlreadyAsked(Conflict):
    code = "already_asked"


class AlreadyExcluded(Conflict):
    code = "already_excluded"


class WebhookDisabled(Conflict):
    code = "webhook_disabled"


class WebhookLimit(Conflict):
    code = "webhook_limit"


class WebhookTargetRefused(RuleBroken):
    code = "webhook_target_refused"


class ConsentRequired(RuleBroken):
    code = "consent_required"


class OverrideRequired(RuleBroken):
    code = "override_required"


class PersonDeclines(RuleBroken):
    code = "person_declines"


class SectionsNotReadable(RuleBroken):
    code = "sections_not_permitted"


class GuardianRequired(RuleBroken):
    code = "guardian_required"


class FamilyAssessmentRequired(RuleBroken):
    code = "family_assessment_required"


class CustodianOnly(RuleBroken):
    code = "custodian_only"


class VerifierNotCompetent(RuleBroken):
    code = "verifier_not_competent"


class FacilityNotAgreed(RuleBroken):
    code = "facility_not_agreed"


class PoliceUndecided(RuleBroken):
    code = "police_undecided"


class NotCompetent(RuleBroken):
    code = "not_competent"


class DoesNotFit(RuleBroken):
    code = "does_not_fit"


class StatementExists(RuleBroken):
    code = "statement_exists"


class NotEntitled(RuleBroken):
    code = "not_entitled"


class MinorNeedsRecord(RuleBroken):
    code = "minor_needs_record"


class HandlingForbids(RuleBroken):
    code = "handling_forbids"


class NobodyToHandOver(RuleBroken):
    code = "nobody_to_hand_over"


class OutsideWindow(RuleBroken):
    code = "outside_window"


class BeyondGrant(RuleBroken):
    code = "beyond_grant"


class OrganisationExcluded(RuleBroken):
    code = "organisation_excluded"
