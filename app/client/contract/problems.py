"""The codes by which the service refuses, each an exception of its own. Made from openapi/ by `./referral openapi`; never edited by hand."""

from ..errors import ProblemError


class AlreadyAcknowledged(ProblemError):
    """409: You have acknowledged it already."""

    code = "already_acknowledged"


class AlreadyAnnounced(ProblemError):
    """409: This person's return is announced already."""

    code = "already_announced"


class AlreadyAsked(ProblemError):
    """409: Contact was asked for already."""

    code = "already_asked"


class AlreadyExcluded(ProblemError):
    """409: Excluded already."""

    code = "already_excluded"


class AlreadyExtended(ProblemError):
    """409: Already extended once."""

    code = "already_extended"


class AlreadyHandedOver(ProblemError):
    """409: This person was handed over already."""

    code = "already_handed_over"


class AlreadyPlaced(ProblemError):
    """409: The person already stays in a facility."""

    code = "already_placed"


class AlreadyScreened(ProblemError):
    """409: This person has another screening result."""

    code = "already_screened"


class BeyondGrant(ProblemError):
    """422: More than was granted."""

    code = "beyond_grant"


class BreakGlassLimit(ProblemError):
    """409: No more break-glass today."""

    code = "break_glass_limit"


class CaseClosed(ProblemError):
    """409: The case is closed."""

    code = "case_closed"


class CertificateExists(ProblemError):
    """409: A valid certificate exists."""

    code = "certificate_exists"


class ConsentRequired(ProblemError):
    """422: Consent or a lawful basis is needed."""

    code = "consent_required"


class CursorExpired(ProblemError):
    """410: The cursor has expired."""

    code = "cursor_expired"


class CustodianOnly(ProblemError):
    """422: For the custodian only."""

    code = "custodian_only"


class DoesNotFit(ProblemError):
    """422: A value does not fit the record."""

    code = "does_not_fit"


class DuplicateActiveReferral(ProblemError):
    """409: Such a referral is already open."""

    code = "duplicate_active_referral"


class FacilityNotAgreed(ProblemError):
    """422: The facility has not taken this person."""

    code = "facility_not_agreed"


class FamilyAssessmentRequired(ProblemError):
    """422: The family's safety must be assessed first."""

    code = "family_assessment_required"


class GuardianRequired(ProblemError):
    """422: A guardian is needed."""

    code = "guardian_required"


class HandlingForbids(ProblemError):
    """422: A safety flag stands against it."""

    code = "handling_forbids"


class IdempotencyInProgress(ProblemError):
    """409: The same request is still running."""

    code = "idempotency_in_progress"


class IdempotencyKeyRequired(ProblemError):
    """400: Idempotency-Key is missing."""

    code = "idempotency_key_required"


class IdempotencyKeyReused(ProblemError):
    """422: The key was used for something else."""

    code = "idempotency_key_reused"


class InsufficientScope(ProblemError):
    """403: Not permitted to do this."""

    code = "insufficient_scope"


class IntakeConflict(ProblemError):
    """409: This id holds another record."""

    code = "intake_conflict"


class InternalError(ProblemError):
    """500: The service failed."""

    code = "internal_error"


class InvalidCursor(ProblemError):
    """400: The page cursor is not valid."""

    code = "invalid_cursor"


class InvalidHeader(ProblemError):
    """400: A request header is not valid."""

    code = "invalid_header"


class InvalidTransition(ProblemError):
    """409: Not possible in this status."""

    code = "invalid_transition"


class KeepTogether(ProblemError):
    """409: These persons are kept together."""

    code = "keep_together"


class MalformedRequest(ProblemError):
    """400: The request cannot be read."""

    code = "malformed_request"


class MethodNotAllowed(ProblemError):
    """405: Method not allowed."""

    code = "method_not_allowed"


class MinorNeedsRecord(ProblemError):
    """422: A child is always recorded."""

    code = "minor_needs_record"


class NoCapacity(ProblemError):
    """409: No place is free."""

    code = "no_capacity"


class NobodyToHandOver(ProblemError):
    """422: There is nobody to hand over."""

    code = "nobody_to_hand_over"


class NotAcceptable(ProblemError):
    """406: Format not available."""

    code = "not_acceptable"


class NotCompetent(ProblemError):
    """422: Not competent."""

    code = "not_competent"


class NotEntitled(ProblemError):
    """422: Not entitled at the state's expense."""

    code = "not_entitled"


class NotFound(ProblemError):
    """404: Not found."""

    code = "not_found"


class NotYourMove(ProblemError):
    """403: This move belongs to another party."""

    code = "not_your_move"


class OfficerRequired(ProblemError):
    """403: The acting officer is needed."""

    code = "officer_required"


class OpenHandover(ProblemError):
    """409: A hand-over is waiting."""

    code = "open_handover"


class OpenReferrals(ProblemError):
    """409: Referrals are still open."""

    code = "open_referrals"


class OpenVerifications(ProblemError):
    """409: Verifications are still open."""

    code = "open_verifications"


class OrganisationExcluded(ProblemError):
    """422: The organisation is excluded from this case."""

    code = "organisation_excluded"


class OutsideWindow(ProblemError):
    """422: Too late to apply."""

    code = "outside_window"


class OverrideRequired(ProblemError):
    """422: An approved override is needed."""

    code = "override_required"


class PayloadTooLarge(ProblemError):
    """413: The body is too large."""

    code = "payload_too_large"


class PersonDeclines(ProblemError):
    """422: The person has declined this."""

    code = "person_declines"


class PoliceUndecided(ProblemError):
    """422: Whether the police are told is not said."""

    code = "police_undecided"


class PurposeRequired(ProblemError):
    """403: A purpose is needed."""

    code = "purpose_required"


class ReceptionClosed(ProblemError):
    """409: The reception is closed."""

    code = "reception_closed"


class RecordErased(ProblemError):
    """410: The record was erased."""

    code = "record_erased"


class RequestTimeout(ProblemError):
    """408: The request arrived too slowly."""

    code = "request_timeout"


class SearchLimitReached(ProblemError):
    """429: No searches left today."""

    code = "search_limit_reached"


class SecondPersonRequired(ProblemError):
    """403: A second person is needed."""

    code = "second_person_required"


class SectionsNotPermitted(ProblemError):
    """422: These sections are not yours to share or change."""

    code = "sections_not_permitted"


class StaleVersion(ProblemError):
    """412: The record has changed."""

    code = "stale_version"


class StatementExists(ProblemError):
    """422: A statement was taken already."""

    code = "statement_exists"


class TooManyRequests(ProblemError):
    """429: Too many requests."""

    code = "too_many_requests"


class Unauthenticated(ProblemError):
    """401: Not authenticated."""

    code = "unauthenticated"


class Unavailable(ProblemError):
    """503: Temporarily unavailable."""

    code = "unavailable"


class UnknownReference(ProblemError):
    """422: Unknown reference."""

    code = "unknown_reference"


class UnreadableManifest(ProblemError):
    """422: The list cannot be read."""

    code = "unreadable_manifest"


class UnsupportedMediaType(ProblemError):
    """415: Media type not accepted."""

    code = "unsupported_media_type"


class UseDpopNonce(ProblemError):
    """401: The DPoP proof needs the service's nonce."""

    code = "use_dpop_nonce"


class ValidationFailed(ProblemError):
    """422: The content is not valid."""

    code = "validation_failed"


class VerifierNotCompetent(ProblemError):
    """422: The verifier is not competent."""

    code = "verifier_not_competent"


class VersionRequired(ProblemError):
    """428: If-Match is missing."""

    code = "version_required"


class WebhookDisabled(ProblemError):
    """409: The webhook endpoint is disabled."""

    code = "webhook_disabled"


class WebhookLimit(ProblemError):
    """409: The organisation has as many webhook endpoints as it may."""

    code = "webhook_limit"


class WebhookTargetRefused(ProblemError):
    """422: No webhook is sent to this address."""

    code = "webhook_target_refused"
