"""The shapes of the contract, as JSON has them. Made from openapi/ by `./referral openapi`; never edited by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class AccessEntry(TypedDict):
    id: str
    at: str
    event: str
    own: bool
    agency: str
    officer: str | None
    purpose: str | None
    sections: list[str]
    break_glass_id: NotRequired[str | None]


class Accompanying(TypedDict):
    case: CaseRef


class Addition(TypedDict):
    text: str


class AffectedReferral(TypedDict):
    id: str
    status: str


AgeBandCode = Literal['0_8', '9_17', '18_20', '21_23', '24_26', '27_29', '30_38', '39_47', '48_plus', 'unknown']


Agency = Literal['border_guard', 'police', 'foreign_affairs', 'labour', 'commune', 'provider', 'ngo', 'hotline', 'oversight', 'operator']


class Alive(TypedDict):
    status: str


ApplicantCode = Literal['person', 'family', 'guardian']


class ApplicationIn(TypedDict):
    supports: list[ServiceCode]
    applicant: ApplicantCode
    text: str
    documents: NotRequired[str | None]
    submitted_on: str
    decider_id: str


class ApplicationItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    custodian_id: str
    decider_id: str
    supports: list[str]
    applicant: str
    status: str
    submitted_on: str
    decided_on: str | None
    granted_vnd: int | None
    created_at: str
    updated_at: str
    etag: str
    overdue: bool


class ApplicationOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    custodian_id: str
    decider_id: str
    supports: list[str]
    applicant: str
    status: str
    submitted_on: str
    decided_on: str | None
    granted_vnd: int | None
    created_at: str
    updated_at: str
    etag: str
    author_id: str
    beyond: list[BeyondOut]
    withdrawal_reason: str | None
    planned_vnd: int
    paid_vnd: int
    available_actions: list[str]
    text: str
    documents: str | None
    number: str | None
    answer: str | None
    overdue: bool


class ApplicationState(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    custodian_id: str
    decider_id: str
    supports: list[str]
    applicant: str
    status: str
    submitted_on: str
    decided_on: str | None
    granted_vnd: int | None
    created_at: str
    updated_at: str
    etag: str
    author_id: str
    beyond: list[BeyondOut]
    withdrawal_reason: str | None
    planned_vnd: int
    paid_vnd: int
    available_actions: list[str]
    overdue: bool


class ArrivalIn(TypedDict):
    person_id: NotRequired[str | None]
    result: ReturnPersonResultCode
    person: NotRequired[PersonIn | None]
    handling: NotRequired[list[HandlingCode]]
    text: NotRequired[str | None]


class ArrivalsIn(TypedDict):
    arrived_at: str
    persons: list[ArrivalIn]


AssessmentConclusionCode = Literal['safe', 'safe_with_conditions', 'unsafe', 'family_care', 'other_care', 'needs_found', 'no_needs', 'ready', 'ready_with_support', 'not_ready', 'inconclusive']


class AssessmentIn(TypedDict):
    kind: AssessmentKindCode
    assessed_on: str
    conclusion: AssessmentConclusionCode
    risk: NotRequired[RiskCode | None]
    assessor: AssessorRoleCode
    text: str


class AssessmentItem(TypedDict):
    id: str
    case_id: str
    author_id: str
    kind: str
    assessed_on: str
    conclusion: str
    risk: str | None
    assessor: str
    created_at: str


AssessmentKindCode = Literal['initial_needs', 'risk', 'best_interests', 'family_safety', 'reintegration_capacity']


class AssessmentOut(TypedDict):
    id: str
    case_id: str
    author_id: str
    kind: str
    assessed_on: str
    conclusion: str
    risk: str | None
    assessor: str
    created_at: str
    text: str


AssessorRoleCode = Literal['social_worker', 'child_protection_worker', 'commune_officer', 'police_officer', 'psychologist', 'health_worker', 'joint_team']


class AssistanceIn(TypedDict):
    assistant_id: str
    question: str


class AssistanceItem(TypedDict):
    id: str
    verification_id: str | None
    asker_id: str
    assistant_id: str
    status: str
    created_at: str
    updated_at: str
    available_actions: list[str]
    etag: str


class AssistanceOut(TypedDict):
    id: str
    verification_id: str | None
    asker_id: str
    assistant_id: str
    status: str
    created_at: str
    updated_at: str
    available_actions: list[str]
    etag: str
    question: str | None
    answer: str | None


AssistanceStatus = Literal['asked', 'answered', 'withdrawn']


class AuditCheckpointOut(TypedDict):
    tree_size: int
    root: str
    at: str
    jws: str


class AuditEventOut(TypedDict):
    id: str
    at: str
    request_id: str
    client_id: str
    organisation_id: str
    agency: str
    officer: str | None
    purpose: str | None
    event: str
    subject_type: str
    subject_id: str | None
    case_id: str | None
    sections: list[str]
    facts: dict[str, Any]


class Basis(TypedDict):
    consent_id: NotRequired[str | None]
    lawful_basis: NotRequired[LawfulBasisCode | None]


class BatchOut(TypedDict):
    lines: int
    created: int
    replayed: int
    refused: int
    results: list[BatchesLineOut]


class BatchesLineOut(TypedDict):
    line: int
    id: str | None
    status: int
    digest: NotRequired[str | None]
    reference: NotRequired[str | None]
    case: NotRequired[CaseRef | None]
    accompanying: NotRequired[list[Accompanying]]
    problem: NotRequired[Problem | None]


BenefitsResult = Literal['granted', 'refused']


class BeyondOut(TypedDict):
    point: str
    article: str
    certainty: str
    vi: str
    en: str


class Bilingual(TypedDict):
    vi: str
    en: str


BreakGlassFindingCode = Literal['justified', 'excessive', 'not_justified', 'abuse']


class BreakGlassIn(TypedDict):
    handle: str
    reason: BreakGlassReasonCode
    text: str


class BreakGlassItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    organisation_id: str
    agency: str
    reason: str
    status: str
    asked_until: str
    approved_at: str | None
    expires_at: str | None
    sections: list[str]
    ended_at: str | None
    acknowledged_at: str | None
    finding: str | None
    reviewed_at: str | None
    created_at: str
    updated_at: str
    etag: str
    overdue: bool


class BreakGlassOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    organisation_id: str
    agency: str
    reason: str
    status: str
    asked_until: str
    approved_at: str | None
    expires_at: str | None
    sections: list[str]
    ended_at: str | None
    acknowledged_at: str | None
    finding: str | None
    reviewed_at: str | None
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    client_id: str | None
    officer: str | None
    approver_client: str | None
    approver_officer: str | None
    text: str | None
    review_text: str | None
    reads: list[GlassRead]
    overdue: bool


BreakGlassReasonCode = Literal['danger_to_life', 'medical_emergency', 'missing', 'retrafficking', 'child_in_danger', 'self_harm']


class BreakGlassState(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    organisation_id: str
    agency: str
    reason: str
    status: str
    asked_until: str
    approved_at: str | None
    expires_at: str | None
    sections: list[str]
    ended_at: str | None
    acknowledged_at: str | None
    finding: str | None
    reviewed_at: str | None
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    overdue: bool


BreakGlassStatus = Literal['requested', 'expired', 'active', 'ended', 'reviewed']


class CancellationIn(TypedDict):
    reason: CancellationReasonCode
    text: NotRequired[str | None]


CancellationReasonCode = Literal['not_happening', 'entered_in_error', 'replaced', 'other']


class CapacityIn(TypedDict):
    places_total: int
    places_free: int


class CaseItem(TypedDict):
    id: str
    reference: str
    subject: str
    group_size: int | None
    status: str
    stage: str
    identification: str
    support: str
    custodian_id: str
    province_code: str | None
    created_at: str
    etag: str


class CaseLinkOut(TypedDict):
    case_id: str
    relation: str
    keep_together: bool


class CaseOut(TypedDict):
    id: str
    reference: str
    subject: str
    group_size: int | None
    status: str
    stage: str
    identification: str
    support: str
    custodian_id: str
    province_code: str | None
    created_at: str
    etag: str
    available_actions: list[str]
    sections: SectionsOut
    masked: list[Section]
    links: list[CaseLinkOut]


CaseOutcomeCode = Literal['reintegrated', 'support_completed', 'repatriated', 'not_victim', 'person_left', 'deceased', 'merged', 'error']


class CasePatch(TypedDict):
    sections: SectionsIn


class CaseRef(TypedDict):
    id: str
    reference: str


class CaseState(TypedDict):
    id: str
    reference: str
    subject: str
    group_size: int | None
    status: str
    stage: str
    identification: str
    support: str
    custodian_id: str
    province_code: str | None
    created_at: str
    etag: str
    available_actions: list[str]


CaseStatus = Literal['open', 'closed']


class CasesCorrectionIn(TypedDict):
    section: Section
    value: dict[str, Any]
    reason: str
    evidence: NotRequired[str | None]


class CasesRevocationIn(TypedDict):
    reason: NotRequired[str | None]


class Certificate(TypedDict):
    number: str
    issued_on: str
    issuer: NotRequired[str | None]


class CertificateIn(TypedDict):
    number: str
    issued_on: str
    issuer: NotRequired[str | None]
    kind: CertificateKindCode
    holder: NotRequired[Holder | None]


class CertificateItem(TypedDict):
    id: str
    case_id: str
    kind: str
    issuer_id: str
    verification_id: str | None
    replaces_id: str | None
    status: str
    issued_on: str
    reason: str | None
    created_at: str
    updated_at: str
    etag: str


CertificateKindCode = Literal['victim', 'return']


class CertificateOut(TypedDict):
    id: str
    case_id: str
    kind: str
    issuer_id: str
    verification_id: str | None
    replaces_id: str | None
    status: str
    issued_on: str
    reason: str | None
    created_at: str
    updated_at: str
    etag: str
    number: str
    issuer: str | None
    holder: Holder
    text: str | None
    earlier: list[Earlier]
    available_actions: list[str]


CertificateRevocationCode = Literal['impostor', 'finding_reversed', 'issued_in_error', 'other']


class CertificatesCorrectionIn(TypedDict):
    holder: Holder
    reason: str


class CertificatesRevocationIn(TypedDict):
    reason: CertificateRevocationCode
    text: NotRequired[str | None]


class Claimable(TypedDict):
    province_code: ProvinceCode


class ClosureIn(TypedDict):
    reason: ClosureReasonCode
    outcome: CaseOutcomeCode


ClosureReasonCode = Literal['completed', 'withdrawn', 'support_declined', 'period_ended', 'lost_contact', 'deceased', 'returned_abroad', 'moved_abroad', 'not_victim', 'impostor', 'merged_duplicate', 'opened_in_error']


class CloudEvent(TypedDict):
    specversion: NotRequired[Literal['1.0']]
    id: str
    source: str
    type: str
    subject: str
    time: str
    sequence: str


class CodeListIndexOut(TypedDict):
    items: list[CodeListSummary]


class CodeListOut(TypedDict):
    name: str
    title: Bilingual
    other_needs_text: bool
    items: list[CodeOut]


class CodeListSummary(TypedDict):
    name: str
    title: Bilingual
    size: int
    href: str


class CodeOut(TypedDict):
    code: str
    label: Bilingual
    source: str
    certainty: Literal['sourced', 'known', 'uncertain', 'design']
    valid_from: str
    valid_to: str | None
    native_check: bool
    attributes: dict[str, Any]


class CompletionIn(TypedDict):
    outcome: ReferralOutcomeCode
    text: NotRequired[str | None]


class ConclusionIn(TypedDict):
    result: VerificationsResult
    grounds: list[DecisionGroundCode]
    evidence_sources: list[EvidenceSourceCode]
    certificate: NotRequired[Certificate | None]


class Confirmation(TypedDict):
    occurred_at: NotRequired[str | None]
    received_by: NotRequired[PhysicalReceiver | None]
    state: NotRequired[ReceptionStateCode | None]
    states: NotRequired[list[StateOf]]
    papers_checked: NotRequired[bool | None]
    text: NotRequired[str | None]


class ConsentIn(TypedDict):
    recipient_id: str
    purpose: str
    sections: list[Section]
    language: str
    method: ConsentMethodCode
    expires_on: NotRequired[str | None]
    guardian: NotRequired[Guardian | None]
    own_agreement: NotRequired[bool | None]


class ConsentItem(TypedDict):
    id: str
    case_id: str
    recorded_by: str
    recipient_id: str
    purpose: str
    sections: list[str]
    language: str
    method: str
    expires_on: str | None
    own_agreement: bool | None
    withdrawn_for: str | None
    status: str
    created_at: str
    updated_at: str
    available_actions: list[str]
    etag: str


ConsentMethodCode = Literal['written', 'spoken', 'fingerprint', 'gesture_witnessed']


class ConsentOut(TypedDict):
    id: str
    case_id: str
    recorded_by: str
    recipient_id: str
    purpose: str
    sections: list[str]
    language: str
    method: str
    expires_on: str | None
    own_agreement: bool | None
    withdrawn_for: str | None
    status: str
    created_at: str
    updated_at: str
    available_actions: list[str]
    etag: str
    guardian: Guardian | None
    affected_referrals: list[AffectedReferral]


class Contact(TypedDict):
    phones: NotRequired[list[str] | None]
    email: NotRequired[str | None]
    address: NotRequired[str | None]
    province_code: NotRequired[ProvinceCode | None]
    contact_family: NotRequired[ContactFamilyCode | None]
    text: NotRequired[str | None]


ContactAnswerCode = Literal['will_contact', 'please_send', 'not_the_same', 'decline']


class ContactAnswerIn(TypedDict):
    answer: ContactAnswerCode
    text: NotRequired[str | None]
    disclose_me: NotRequired[bool]


ContactFamilyCode = Literal['allowed', 'ask_first', 'never']


class ContactIn(TypedDict):
    handle: str
    reason: ContactReasonCode
    text: NotRequired[str | None]


class ContactItem(TypedDict):
    id: str
    asker_id: str
    case_id: str | None
    reason: str
    status: str
    answer: str | None
    disclosed_id: str | None
    answered_at: str | None
    created_at: str
    available_actions: list[str]
    etag: str


class ContactOut(TypedDict):
    id: str
    asker_id: str
    case_id: str | None
    reason: str
    status: str
    answer: str | None
    disclosed_id: str | None
    answered_at: str | None
    created_at: str
    available_actions: list[str]
    etag: str
    text: str | None
    answer_text: str | None


ContactReasonCode = Literal['same_person', 'verification', 'person_with_us', 'has_information', 'danger', 'other']


class CorrectionItem(TypedDict):
    id: str
    case_id: str
    section: str
    author_id: str
    created_at: str


class CorrectionOut(TypedDict):
    id: str
    case_id: str
    section: str
    author_id: str
    created_at: str
    old: dict[str, Any]
    new: dict[str, Any]
    reason: str
    evidence: NotRequired[str | None]


class Counts(TypedDict):
    listed: NotRequired[int]
    present: NotRequired[int]
    absent: NotRequired[int]
    waiting: NotRequired[int]
    indicators_found: NotRequired[int]
    no_indicators: NotRequired[int]
    unable: NotRequired[int]
    declined: NotRequired[int]
    to_hand_over: NotRequired[int]


DecisionGroundCode = Literal['proof_document', 'traded_as_goods', 'transferred_for_exploitation', 'recruited_for_exploitation', 'minor_no_means', 'found_with_victims', 'lived_with_victims', 'physical_mental_signs', 'reported_missing', 'other_lawful_information', 'act_not_established', 'purpose_not_established', 'means_not_established', 'statement_contradicted', 'identity_not_established', 'person_unreachable']


class DecisionIn(TypedDict):
    result: BenefitsResult
    number: str
    decided_on: str
    amount_vnd: NotRequired[int | None]
    reason: NotRequired[str | None]


class Declined(TypedDict):
    undertaking: Literal[True]
    text: str


DeclinesCode = Literal['record', 'police', 'support', 'family_contact', 'return']


class DeliveryOut(TypedDict):
    id: str
    endpoint_id: str
    kind: Literal['event', 'replay', 'test']
    event_id: str
    type: str | None
    status: Literal['pending', 'delivered', 'failed', 'withheld']
    attempts: int
    next_at: str | None
    tried_at: str | None
    result: str | None
    status_code: int | None
    created_at: str


DeliveryStatus = Literal['pending', 'delivered', 'failed', 'withheld']


class DisbursementIn(TypedDict):
    application_id: NotRequired[str | None]
    regime: RegimeCode
    service: ServiceCode
    amount_vnd: int
    planned_on: str
    funding: FundingCode
    budget: NotRequired[str | None]


class DisbursementItem(TypedDict):
    id: str
    case_id: str
    application_id: str | None
    author_id: str
    regime: str
    service: str
    amount_vnd: int
    planned_on: str
    funding: str
    beyond: BeyondOut | None
    status: str
    paid_on: str | None
    paid_vnd: int | None
    paid_by: str | None
    support_item_id: str | None
    cancellation_reason: str | None
    created_at: str
    updated_at: str
    etag: str


class DisbursementOut(TypedDict):
    id: str
    case_id: str
    application_id: str | None
    author_id: str
    regime: str
    service: str
    amount_vnd: int
    planned_on: str
    funding: str
    beyond: BeyondOut | None
    status: str
    paid_on: str | None
    paid_vnd: int | None
    paid_by: str | None
    support_item_id: str | None
    cancellation_reason: str | None
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    budget: str | None
    receipt_number: str | None
    text: str | None


class DisbursementState(TypedDict):
    id: str
    case_id: str
    application_id: str | None
    author_id: str
    regime: str
    service: str
    amount_vnd: int
    planned_on: str
    funding: str
    beyond: BeyondOut | None
    status: str
    paid_on: str | None
    paid_vnd: int | None
    paid_by: str | None
    support_item_id: str | None
    cancellation_reason: str | None
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]


class DisclosureEntry(TypedDict):
    id: str
    at: str
    event: str
    own: bool
    agency: str
    officer: str | None
    purpose: str | None
    sections: list[str]
    break_glass_id: NotRequired[str | None]
    subject_type: str
    subject_id: str | None
    grants: list[Grant]


DocumentTypeCode = Literal['citizen_identity_card', 'old_identity_card', 'personal_id_number', 'passport', 'travel_paper', 'birth_certificate', 'household_book', 'foreign_id', 'return_certificate', 'victim_certificate', 'proceedings_document', 'foreign_proof_document', 'declaration_from_abroad', 'declaration_domestic', 'handover_minutes_foreign', 'handover_minutes_domestic', 'verification_request', 'verification_reply', 'entry_notice', 'diplomatic_note', 'protection_request', 'protection_decision', 'support_application', 'refusal_letter', 'reintegration_plan', 'other']


class DutyOwed(TypedDict):
    owed_by: str
    owed_to: list[str]
    act: str
    article: str
    certainty: str
    vi: str
    en: str
    deadline_id: str | None


class Earlier(TypedDict):
    holder: Holder
    reason: str
    corrected_on: str


class EndpointIn(TypedDict):
    url: str
    types: NotRequired[list[str]]


class EndpointOut(TypedDict):
    id: str
    url: str
    types: list[str]
    status: Literal['active', 'disabled']
    reason: Literal['by_owner', 'gone'] | None
    public_keys: list[str]
    older_until: str | None
    failing_since: str | None
    waiting: int
    created_at: str
    available_actions: list[str]
    etag: str


class EndpointPatch(TypedDict):
    url: NotRequired[str | None]
    types: NotRequired[list[str] | None]
    status: NotRequired[Literal['active', 'disabled'] | None]


class EndpointSecretOut(TypedDict):
    id: str
    url: str
    types: list[str]
    status: Literal['active', 'disabled']
    reason: Literal['by_owner', 'gone'] | None
    public_keys: list[str]
    older_until: str | None
    failing_since: str | None
    waiting: int
    created_at: str
    available_actions: list[str]
    etag: str
    secret: str


class EntitlementOut(TypedDict):
    point: str
    services: list[str]
    title: str
    article: str
    certainty: str
    until: str | None
    conditions: list[str]
    notes: list[str]
    given: list[SupportItemOut]


class EntitlementsOut(TypedDict):
    category: str
    regime: str
    on: str
    items: list[EntitlementOut]
    beyond: list[SupportItemOut]


class EntryOut(TypedDict):
    id: str
    author_id: str
    created_at: str
    text: str


EthnicGroupCode = Literal['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21', '22', '23', '24', '25', '26', '27', '28', '29', '30', '31', '32', '33', '34', '35', '36', '37', '38', '39', '40', '41', '42', '43', '44', '45', '46', '47', '48', '49', '50', '51', '52', '53', '54', '55', '56']


Event = Literal['intake.submitted', 'intake.read', 'batch.accepted', 'intake.supplemented', 'case.opened', 'case.read', 'case.searched', 'case.amended', 'case.corrected', 'case.closed', 'case.reopened', 'case.noted', 'notes.read', 'supplements.read', 'handover.proposed', 'handover.confirmed', 'handover.refused', 'handover.cancelled', 'handover.read', 'consent.given', 'consent.revoked', 'consent.expired', 'override.requested', 'override.approved', 'override.withdrawn', 'override.expired', 'override.read', 'disclosures.read', 'case.organisation_excluded', 'case.exclusion_lifted', 'exclusion.read', 'case.found', 'contact_request.asked', 'contact_request.answered', 'contact_request.read', 'break_glass.requested', 'break_glass.approved', 'break_glass.ended', 'break_glass.acknowledged', 'break_glass.reviewed', 'break_glass.read', 'verification.requested', 'verification.started', 'verification.extended', 'verification.information_requested', 'verification.answered', 'verification.forwarded', 'verification.refused', 'verification.concluded', 'verification.withdrawn', 'verification.reconsidered', 'referral.read', 'referral.sent', 'referral.claimed', 'referral.confirmed', 'referral.declined', 'referral.acknowledged', 'referral.accepted', 'referral.refused', 'referral.information_requested', 'referral.answered', 'referral.started', 'referral.completed', 'referral.withdrawn', 'plan.made', 'plan.amended', 'support.given', 'follow_up.held', 'reception.opened', 'reception.listed', 'reception.screened', 'reception.handed_over', 'reception.closed', 'reception.read', 'return.announced', 'return.amended', 'return.arrived', 'return.cancelled', 'return.read', 'notice.sent', 'notice.acknowledged', 'notice.read', 'case.feedback_given', 'reporter.read', 'case.linked', 'guardian.recorded', 'guardian.amended', 'guardian.read', 'assessment.made', 'assessment.read', 'statement.taken', 'statement.read', 'assistance.requested', 'assistance.answered', 'assistance.withdrawn', 'assistance.read', 'verification.evidence_added', 'evidence.read', 'verification.replied_on_paper', 'certificate.issued', 'certificate.corrected', 'certificate.reissued', 'certificate.revoked', 'certificate.read', 'fines.reviewed', 'placement.started', 'placement.extended', 'placement.ended', 'placement.read', 'incident.reported', 'incident.acknowledged', 'incident.resolved', 'incident.read', 'protection.ordered', 'protection.changed', 'protection.ended', 'protection.declined', 'protection.read', 'application.submitted', 'application.decided', 'application.withdrawn', 'application.read', 'disbursement.planned', 'disbursement.paid', 'disbursement.cancelled', 'disbursement.read', 'form.read', 'service.capacity_changed', 'webhook.created', 'webhook.changed', 'webhook.disabled', 'webhook.enabled', 'webhook.key_rotated', 'webhook.tested', 'webhook.replayed', 'webhook_host.approved', 'webhook_host.removed', 'feed.epoch_begun', 'client.added', 'client.disabled', 'client.rotated', 'organisation.added', 'organisation.changed', 'organisation.transferred', 'duty.approaching', 'duty.missed', 'audit.searched', 'keys.rotated', 'erasure.requested', 'erasure.approved', 'erasure.refused', 'person.erased', 'extract.made', 'request.refused']


class EvidenceIn(TypedDict):
    source: EvidenceSourceCode
    text: str
    statement_id: NotRequired[str | None]


class EvidenceItem(TypedDict):
    id: str
    verification_id: str
    author_id: str
    source: str
    statement_id: str | None
    created_at: str


class EvidenceOut(TypedDict):
    id: str
    verification_id: str
    author_id: str
    source: str
    statement_id: str | None
    created_at: str
    text: str


EvidenceSourceCode = Literal['proceedings_body', 'rescuing_body', 'overseas_mission', 'other_domestic_body', 'foreign_authority', 'person_or_relatives', 'offender', 'other_victim_or_witness', 'other_lawful']


class ExclusionIn(TypedDict):
    organisation_id: str
    officer: NotRequired[str | None]
    reason: ExclusionReasonCode
    text: NotRequired[str | None]


class ExclusionItem(TypedDict):
    id: str
    case_id: str
    organisation_id: str
    officer: str | None
    author_id: str
    reason: str
    status: str
    lifted_at: str | None
    created_at: str
    available_actions: list[str]
    etag: str


class ExclusionOut(TypedDict):
    id: str
    case_id: str
    organisation_id: str
    officer: str | None
    author_id: str
    reason: str
    status: str
    lifted_at: str | None
    created_at: str
    available_actions: list[str]
    etag: str
    text: str | None
    lifting_text: str | None


ExclusionReasonCode = Literal['official_suspected', 'relative_works_there', 'person_objects', 'conflict_of_interest', 'retaliation_feared', 'other']


class Exploitation(TypedDict):
    exploitation_types: NotRequired[list[ExploitationTypeCode] | None]
    acts: NotRequired[list[TraffickingActCode] | None]
    means_of_control: NotRequired[list[MeansOfControlCode] | None]
    countries: NotRequired[list[str] | None]
    started: NotRequired[str | None]
    ended: NotRequired[str | None]
    other_text: NotRequired[str | None]


ExploitationTypeCode = Literal['forced_prostitution', 'forced_pornography', 'forced_sexual_exhibition', 'online_sexual_exploitation', 'sexual_slavery', 'forced_labour', 'domestic_servitude', 'child_labour', 'forced_begging', 'forced_online_scam', 'forced_drug_crime', 'forced_other_crime', 'forced_marriage', 'forced_childbearing', 'forced_surrogacy', 'organ_removal', 'illegal_adoption', 'unborn_child_sale', 'traded_for_gain', 'forced_military', 'other_inhuman_purpose', 'not_yet_exploited', 'unknown']


class ExtensionIn(TypedDict):
    until: str
    reason: str


class ExtensionOut(TypedDict):
    id: str
    extended_by: str
    until: str
    reason: str
    created_at: str


class Family(TypedDict):
    members: NotRequired[list[Relative] | None]
    text: NotRequired[str | None]


class FeedOut(TypedDict):
    items: list[CloudEvent]
    next: str


class FeedbackIn(TypedDict):
    outcome: FeedbackOutcomeCode
    text: NotRequired[str | None]


class FeedbackItem(TypedDict):
    id: str
    case_id: str
    author_id: str
    told: list[str]
    outcome: str
    created_at: str


class FeedbackOut(TypedDict):
    id: str
    case_id: str
    author_id: str
    told: list[str]
    outcome: str
    created_at: str
    text: str | None


FeedbackOutcomeCode = Literal['found_safe', 'not_found', 'support_started', 'support_declined', 'handed_to_police', 'passed_on', 'no_grounds', 'other']


class FieldError(TypedDict):
    pointer: str
    code: str
    message: str
    params: dict[str, Any]


class Finding(TypedDict):
    text: str
    procedural_status: NotRequired[ProceduralStatusCode | None]


class FindingOut(TypedDict):
    id: str
    author_id: str
    created_at: str
    text: str
    procedural_status: NotRequired[str | None]


class FineReviewIn(TypedDict):
    outcome: FineReviewOutcomeCode
    text: NotRequired[str | None]


class FineReviewItem(TypedDict):
    id: str
    verification_id: str
    case_id: str
    author_id: str
    outcome: str
    created_at: str


class FineReviewOut(TypedDict):
    id: str
    verification_id: str
    case_id: str
    author_id: str
    outcome: str
    created_at: str
    text: str | None


FineReviewOutcomeCode = Literal['none_found', 'lifted', 'passed_on', 'upheld', 'other']


class FollowUpIn(TypedDict):
    held_on: str
    method: FollowUpMethodCode
    result: FollowUpResultCode
    retrafficking_risk: RiskCode
    text: NotRequired[str | None]


class FollowUpItem(TypedDict):
    id: str
    case_id: str
    plan_id: str
    author_id: str
    held_on: str
    method: str
    result: str
    retrafficking_risk: str
    created_at: str


FollowUpMethodCode = Literal['visit', 'call_safe_channel', 'office', 'through_provider']


class FollowUpOut(TypedDict):
    id: str
    case_id: str
    plan_id: str
    author_id: str
    held_on: str
    method: str
    result: str
    retrafficking_risk: str
    created_at: str
    text: str | None


FollowUpResultCode = Literal['stable', 'needs_support', 'at_risk', 'not_found', 'declined']


class ForwardingIn(TypedDict):
    verifier_id: str
    reason: str


FundingCode = Literal['state', 'provincial', 'organisation', 'donor']


class GlassRead(TypedDict):
    at: str
    event: str
    client_id: str | None
    officer: str | None
    sections: list[str]


class Goal(TypedDict):
    service: ServiceCode
    text: str
    by: NotRequired[str | None]


class Grant(TypedDict):
    carrier: str
    carrier_id: NotRequired[str | None]
    consent_id: NotRequired[str | None]
    override_id: NotRequired[str | None]
    lawful_basis: NotRequired[str | None]
    sections: list[str]


class GroupIn(TypedDict):
    receiver_id: str
    province_code: NotRequired[ProvinceCode | None]
    line_ids: NotRequired[list[str] | None]


class Guardian(TypedDict):
    guardian_id: NotRequired[str | None]
    full_name: NotRequired[str | None]
    relation: NotRequired[RelationCode | None]
    basis: NotRequired[GuardianBasisCode | None]
    conflict_of_interest: NotRequired[bool]


GuardianBasisCode = Literal['parent', 'appointed', 'temporary_authority']


class GuardianIn(TypedDict):
    full_name: str
    relation: RelationCode
    phone: NotRequired[str | None]
    basis: GuardianBasisCode
    conflict_of_interest: NotRequired[bool]
    starts_on: NotRequired[str | None]
    ends_on: NotRequired[str | None]


class GuardianItem(TypedDict):
    id: str
    case_id: str
    author_id: str
    basis: str
    conflict_of_interest: bool
    starts_on: str | None
    ends_on: str | None
    withdrawn_consents: list[str]
    created_at: str
    updated_at: str
    etag: str


class GuardianOut(TypedDict):
    id: str
    case_id: str
    author_id: str
    basis: str
    conflict_of_interest: bool
    starts_on: str | None
    ends_on: str | None
    withdrawn_consents: list[str]
    created_at: str
    updated_at: str
    etag: str
    full_name: str
    relation: str
    phone: str | None


class GuardianPatch(TypedDict):
    phone: NotRequired[str | None]
    conflict_of_interest: NotRequired[bool]
    ends_on: NotRequired[str | None]


class HandedPaper(TypedDict):
    document_type: DocumentTypeCode
    number: NotRequired[str | None]
    text: NotRequired[str | None]
    case_id: NotRequired[str | None]


class HandleOut(TypedDict):
    handle: str
    expires_at: str


class Handling(TypedDict):
    flags: NotRequired[list[HandlingCode] | None]
    declines: NotRequired[list[DeclinesCode] | None]
    text: NotRequired[str | None]


HandlingCode = Literal['immediate_danger', 'trafficker_knows_location', 'trafficker_in_home_area', 'family_suspected', 'official_suspected', 'do_not_contact_family', 'ask_before_family', 'no_home_commune_notice', 'no_calls', 'no_messages', 'speak_to_person_only', 'phone_compromised', 'no_uniform_visits', 'hidden_address', 'same_sex_officer', 'outside_interpreter', 'house_apart', 'keep_together', 'self_harm_risk', 'relatives_threatened', 'no_media']


class HandoverIn(TypedDict):
    place_text: NotRequired[str | None]
    received_by: NotRequired[PhysicalReceiver | None]
    papers: NotRequired[list[HandedPaper]]
    belongings: NotRequired[list[str]]
    states: NotRequired[list[StateOf]]
    receiver_id: NotRequired[str | None]
    outside: NotRequired[OutsideParty | None]
    with_cases: NotRequired[list[str]]
    occurred_at: NotRequired[str | None]
    state: NotRequired[ReceptionStateCode | None]
    separation_reason: NotRequired[SeparationReasonCode | None]
    text: NotRequired[str | None]


class HandoverItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    giver_id: str
    receiver_id: str | None
    status: str
    created_at: str
    etag: str
    overdue: bool


class HandoverOut(TypedDict):
    place_text: NotRequired[str | None]
    received_by: NotRequired[PhysicalReceiver | None]
    papers: NotRequired[list[HandedPaper]]
    belongings: NotRequired[list[str]]
    states: NotRequired[list[StateOf]]
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    cases: list[str]
    giver_id: str
    receiver_id: str | None
    status: str
    state: str | None
    separation_reason: str | None
    reason: str | None
    occurred_at: str | None
    created_at: str
    updated_at: str
    duties_owed: list[DutyOwed]
    available_actions: list[str]
    etag: str
    outside: OutsideParty | None
    text: str | None
    answer: str | None
    confirmation: Confirmation | None
    overdue: bool


HandoverRefusalCode = Literal['wrong_person', 'not_present', 'not_competent', 'papers_differ', 'hospital_first']


class HandoverRefusalIn(TypedDict):
    reason: HandoverRefusalCode
    text: str


class HandoverState(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    cases: list[str]
    giver_id: str
    receiver_id: str | None
    status: str
    state: str | None
    separation_reason: str | None
    reason: str | None
    occurred_at: str | None
    created_at: str
    updated_at: str
    duties_owed: list[DutyOwed]
    available_actions: list[str]
    etag: str
    overdue: bool


HandoverStatus = Literal['proposed', 'received', 'refused', 'cancelled']


class HandoversIn(TypedDict):
    groups: list[GroupIn]
    occurred_at: NotRequired[str | None]


class Holder(TypedDict):
    full_name: NotRequired[str | None]
    birth_date: NotRequired[str | None]
    sex: NotRequired[SexCode | None]
    nationalities: NotRequired[list[str] | None]
    birth_place: NotRequired[str | None]


class Identity(TypedDict):
    full_name: NotRequired[str | None]
    other_names: NotRequired[list[str] | None]
    sex: NotRequired[SexCode | None]
    birth_date: NotRequired[str | None]
    birth_place: NotRequired[str | None]
    nationalities: NotRequired[list[str] | None]
    ethnic_group: NotRequired[EthnicGroupCode | None]
    languages: NotRequired[list[str] | None]
    occupation: NotRequired[str | None]
    education: NotRequired[str | None]
    description: NotRequired[str | None]


class IdentityDocument(TypedDict):
    type: DocumentTypeCode
    number: NotRequired[str | None]
    country_code: NotRequired[str | None]
    issued_on: NotRequired[str | None]
    expires_on: NotRequired[str | None]
    text: NotRequired[str | None]


class IncidentIn(TypedDict):
    kind: IncidentKindCode
    occurred_at: str
    province_code: NotRequired[ProvinceCode | None]
    text: str
    police_id: NotRequired[str | None]
    exclude_police: NotRequired[PoliceExcluded | None]


class IncidentItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    reference: str
    case_id: str | None
    reported_by: str
    police_id: str | None
    exclusion: str | None
    kind: str
    occurred_at: str
    province_code: str | None
    status: str
    outcome: str | None
    custodian_acknowledged_at: str | None
    police_acknowledged_at: str | None
    created_at: str
    updated_at: str
    etag: str
    overdue: bool


IncidentKindCode = Literal['threat', 'approached', 'missing', 'self_harm', 're_trafficking', 'disclosure']


class IncidentOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    reference: str
    case_id: str | None
    reported_by: str
    police_id: str | None
    exclusion: str | None
    kind: str
    occurred_at: str
    province_code: str | None
    status: str
    outcome: str | None
    custodian_acknowledged_at: str | None
    police_acknowledged_at: str | None
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    text: str
    texts: list[IncidentTextOut]
    overdue: bool


IncidentOutcomeCode = Literal['made_safe', 'found_safe', 'harm_treated', 'moved_elsewhere', 'not_found', 'unfounded', 'other']


class IncidentState(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    reference: str
    case_id: str | None
    reported_by: str
    police_id: str | None
    exclusion: str | None
    kind: str
    occurred_at: str
    province_code: str | None
    status: str
    outcome: str | None
    custodian_acknowledged_at: str | None
    police_acknowledged_at: str | None
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    overdue: bool


IncidentStatus = Literal['reported', 'acknowledged', 'resolved']


class IncidentTextOut(TypedDict):
    id: str
    author_id: str
    kind: str
    text: str
    created_at: str


IntakeChannelCode = Literal['self_report_domestic', 'self_return_border', 'self_return_inland', 'rescued_domestic', 'abroad_not_rescued', 'mission_return_air', 'mission_return_land_sea', 'bilateral_return', 'foreign_handover_unannounced', 'foreign_victim_in_vn', 'hotline_111', 'referred_by_organisation', 'found_in_investigation', 'intercepted_at_exit', 'missing_person_report', 'other']


class IntakeFull(TypedDict):
    id: str
    reference: str
    digest: str
    status: str
    channel: str
    record_mode: str
    subject: str
    received_at: str
    province_code: str | None
    country_code: str | None
    created_at: str
    updated_at: str
    etag: str
    case: CaseRef | None
    accompanying: list[Accompanying]
    duties_owed: list[DutyOwed]
    content: dict[str, Any] | None


class IntakeIn(TypedDict):
    schema_version: Literal['1.0']
    channel: IntakeChannelCode
    channel_text: NotRequired[str | None]
    received_at: str
    place: PlaceIn
    record_mode: NotRequired[RecordModeCode]
    subject: NotRequired[SubjectCode]
    person: NotRequired[PersonIn | None]
    accompanying_minors: NotRequired[list[MinorIn]]
    age_band: NotRequired[AgeBandCode | None]
    group_size: NotRequired[int | None]
    declines: NotRequired[list[DeclinesCode]]
    urgent_needs: NotRequired[list[ServiceCode]]
    handling: NotRequired[list[HandlingCode]]
    respond_by: NotRequired[str | None]
    trafficking: NotRequired[TraffickingIn | None]
    text: NotRequired[str | None]
    reporter: NotRequired[ReporterIn | None]
    case_id: NotRequired[str | None]


class IntakeItem(TypedDict):
    id: str
    reference: str
    digest: str
    status: str
    channel: str
    record_mode: str
    subject: str
    received_at: str
    province_code: str | None
    country_code: str | None
    created_at: str
    updated_at: str
    etag: str


class IntakeOut(TypedDict):
    id: str
    reference: str
    digest: str
    status: str
    channel: str
    record_mode: str
    subject: str
    received_at: str
    province_code: str | None
    country_code: str | None
    created_at: str
    updated_at: str
    etag: str
    case: CaseRef | None
    accompanying: list[Accompanying]
    duties_owed: list[DutyOwed]


class JwkOut(TypedDict):
    kty: Literal['EC']
    crv: Literal['P-256']
    x: str
    y: str
    use: Literal['sig']
    alg: Literal['ES256']
    kid: str


class JwksOut(TypedDict):
    keys: list[JwkOut]


Kind = Literal['victim', 'identity']


class Labels(TypedDict):
    vi: str
    en: str


LawfulBasisCode = Literal['custody', 'verification', 'statutory_support', 'vital_interest', 'child_best_interests', 'override']


class LiftingIn(TypedDict):
    text: NotRequired[str | None]


class LineIn(TypedDict):
    present: bool
    screening_result: NotRequired[ScreeningResultCode | None]
    indicators: NotRequired[list[ScreeningIndicatorCode]]
    home_province_code: NotRequired[ProvinceCode | None]
    person: NotRequired[PersonIn | None]
    handling: NotRequired[list[HandlingCode]]
    urgent_needs: NotRequired[list[ServiceCode]]
    trafficking: NotRequired[TraffickingIn | None]
    text: NotRequired[str | None]


class LineState(TypedDict):
    id: str
    reception_id: str
    position: int
    present: bool | None
    screening_result: str | None
    indicators: list[str]
    home_province_code: str | None
    case: CaseRef | None
    reception_handover_id: str | None
    created_at: str
    updated_at: str


class LinkIn(TypedDict):
    case_id: str
    relation: RelationCode
    keep_together: NotRequired[bool]


class Linkset(TypedDict):
    linkset: list[dict[str, Any]]


class ListedIn(TypedDict):
    wave: NotRequired[int | None]
    case_id: NotRequired[str | None]
    person: NotRequired[Traveller | None]
    handling: NotRequired[list[HandlingCode]]


class ManifestItem(TypedDict):
    id: str
    listed: int
    duplicate: int
    unreadable: int
    created_at: str


class ManifestOut(TypedDict):
    id: str
    listed: int
    duplicate: int
    unreadable: int
    created_at: str
    reception_id: str
    ignored_columns: list[str]
    rows: list[RowOut]


class MeOut(TypedDict):
    client_id: str
    organisation: Organisation
    scopes: list[str]
    mode: str
    server_time: str


MeansOfControlCode = Literal['force', 'threat_of_force', 'false_promises', 'abduction', 'abuse_of_vulnerability', 'debt_bondage', 'takes_earnings', 'restricts_money', 'restricts_movement', 'withholds_documents', 'withholds_necessities', 'restricts_medical_care', 'excessive_hours', 'work_quota_punishment', 'physical_abuse', 'sexual_abuse', 'psychological_abuse', 'psychoactive_substances', 'threat_to_family', 'uses_children', 'threat_of_law_enforcement', 'intimate_images', 'ransom', 'resale', 'other', 'unknown']


class MetadataOut(TypedDict):
    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_signing_alg_values_supported: list[str]
    dpop_signing_alg_values_supported: list[str]


class MinorIn(TypedDict):
    full_name: NotRequired[str | None]
    other_names: NotRequired[list[str] | None]
    sex: NotRequired[SexCode | None]
    birth_date: NotRequired[str | None]
    birth_place: NotRequired[str | None]
    nationalities: NotRequired[list[str] | None]
    ethnic_group: NotRequired[EthnicGroupCode | None]
    languages: NotRequired[list[str] | None]
    occupation: NotRequired[str | None]
    education: NotRequired[str | None]
    description: NotRequired[str | None]
    identity_documents: NotRequired[list[IdentityDocument]]
    contact: NotRequired[Contact | None]
    family: NotRequired[Family | None]
    relation: NotRequired[RelationCode]


class Needs(TypedDict):
    services: NotRequired[list[ServiceCode] | None]
    text: NotRequired[str | None]


class NoteIn(TypedDict):
    text: str


class NoteOut(TypedDict):
    id: str
    case_id: str
    author_id: str
    text: str
    created_at: str


class Nothing(TypedDict):
    pass


class NoticeIn(TypedDict):
    recipient_id: str
    kind: NoticeKindCode
    effective_on: NotRequired[str | None]
    agreed_on: NotRequired[str | None]
    text: NotRequired[str | None]


class NoticeItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    case_reference: str
    sender_id: str
    recipient_id: str
    kind: str
    effective_on: str | None
    status: str
    acknowledged_at: str | None
    created_at: str
    updated_at: str
    etag: str
    overdue: bool


NoticeKindCode = Literal['home_province', 'home_commune', 'embassy', 'immigration', 'leaving_facility', 'found_safe']


class NoticeOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    case_reference: str
    sender_id: str
    recipient_id: str
    kind: str
    effective_on: str | None
    status: str
    acknowledged_at: str | None
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    age_band: str
    sex: str
    agreed_on: str | None
    text: str | None
    overdue: bool


class NoticeState(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str | None
    case_reference: str
    sender_id: str
    recipient_id: str
    kind: str
    effective_on: str | None
    status: str
    acknowledged_at: str | None
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    overdue: bool


class NoticeTerm(TypedDict):
    rule: str
    vi: str
    en: str
    source: str
    certainty: str
    latest_at: str
    kept: bool


NoticesStatus = Literal['sent', 'acknowledged']


class OAuthErrorOut(TypedDict):
    error: Literal['invalid_request', 'invalid_client', 'invalid_scope', 'unsupported_grant_type', 'invalid_dpop_proof', 'use_dpop_nonce']


class OnPaper(TypedDict):
    issued_on: str


class OpenVerification(TypedDict):
    id: str
    kind: str


class OpenVerifications(TypedDict):
    items: list[OpenVerification]


class OperationOut(TypedDict):
    lines: int
    created: int
    replayed: int
    refused: int
    id: str
    status: Literal['accepted', 'running', 'done']
    done: int
    created_at: str
    finished_at: str | None
    results: list[BatchesLineOut] | None


class Organisation(TypedDict):
    id: str
    name: Labels
    agency: str


class OrganisationOut(TypedDict):
    id: str
    name: Labels
    agency: str
    functions: list[str]
    province_codes: list[str]
    country_code: str | None
    supervised_by: str | None
    status: str


class OutsideParty(TypedDict):
    name: str
    country: str
    signatory: str
    role: NotRequired[Literal['receiver', 'giver']]
    to_family: NotRequired[bool]


class OverrideIn(TypedDict):
    recipient_id: str
    purpose: str
    sections: list[Section]
    reason: OverrideReasonCode
    text: NotRequired[str | None]
    expires_on: NotRequired[str | None]


class OverrideItem(TypedDict):
    id: str
    case_id: str
    requested_by: str
    recipient_id: str
    purpose: str
    sections: list[str]
    reason: str
    expires_on: str
    status: str
    asked_officer: str | None
    approved_officer: str | None
    approved_at: str | None
    created_at: str
    updated_at: str
    available_actions: list[str]
    etag: str


class OverrideOut(TypedDict):
    id: str
    case_id: str
    requested_by: str
    recipient_id: str
    purpose: str
    sections: list[str]
    reason: str
    expires_on: str
    status: str
    asked_officer: str | None
    approved_officer: str | None
    approved_at: str | None
    created_at: str
    updated_at: str
    available_actions: list[str]
    etag: str
    affected_referrals: list[AffectedReferral]
    text: str | None
    withdrawal: str | None


OverrideReasonCode = Literal['vital_interest', 'child_best_interests', 'authority_decision', 'cannot_consent', 'cannot_be_reached', 'guardian_conflict', 'other']


class OverrideState(TypedDict):
    id: str
    case_id: str
    requested_by: str
    recipient_id: str
    purpose: str
    sections: list[str]
    reason: str
    expires_on: str
    status: str
    asked_officer: str | None
    approved_officer: str | None
    approved_at: str | None
    created_at: str
    updated_at: str
    available_actions: list[str]
    etag: str
    affected_referrals: list[AffectedReferral]


class PaperReply(TypedDict):
    issued_on: str
    number: str


class PaperReplyIn(TypedDict):
    result: VerificationsResult
    grounds: list[DecisionGroundCode]
    evidence_sources: list[EvidenceSourceCode]
    certificate: NotRequired[Certificate | None]
    number: str
    issued_on: str


class Papers(TypedDict):
    identity_documents: NotRequired[list[IdentityDocument] | None]


class PaymentIn(TypedDict):
    paid_on: str
    amount_vnd: int
    receipt_number: str
    reason: NotRequired[str | None]


class PersonIn(TypedDict):
    full_name: NotRequired[str | None]
    other_names: NotRequired[list[str] | None]
    sex: NotRequired[SexCode | None]
    birth_date: NotRequired[str | None]
    birth_place: NotRequired[str | None]
    nationalities: NotRequired[list[str] | None]
    ethnic_group: NotRequired[EthnicGroupCode | None]
    languages: NotRequired[list[str] | None]
    occupation: NotRequired[str | None]
    education: NotRequired[str | None]
    description: NotRequired[str | None]
    identity_documents: NotRequired[list[IdentityDocument]]
    contact: NotRequired[Contact | None]
    family: NotRequired[Family | None]


class PhysicalReceiver(TypedDict):
    full_name: str
    post: NotRequired[str | None]
    organisation_text: NotRequired[str | None]


class PlaceIn(TypedDict):
    province_code: NotRequired[ProvinceCode | None]
    country_code: NotRequired[str | None]
    text: NotRequired[str | None]
    unknown: NotRequired[Literal[True] | None]


PlacementDestinationCode = Literal['family', 'own_home', 'other_facility', 'hospital', 'abroad', 'unknown']


PlacementEndCode = Literal['moved_on', 'left_by_own_wish', 'missing', 'transferred', 'period_ended', 'other']


class PlacementEndIn(TypedDict):
    ended_on: str
    reason: PlacementEndCode
    destination: PlacementDestinationCode
    text: NotRequired[str | None]


class PlacementIn(TypedDict):
    service_id: str
    started_on: str
    until: NotRequired[str | None]


class PlacementItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    service_id: str
    facility_id: str
    placed_by: str
    started_on: str
    until: str | None
    ended_on: str | None
    reason: str | None
    destination: str | None
    status: str
    created_at: str
    updated_at: str
    etag: str
    overdue: bool


class PlacementOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    service_id: str
    facility_id: str
    placed_by: str
    started_on: str
    until: str | None
    ended_on: str | None
    reason: str | None
    destination: str | None
    status: str
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    extensions: list[ExtensionOut]
    text: str | None
    overdue: bool


class PlacementState(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    service_id: str
    facility_id: str
    placed_by: str
    started_on: str
    until: str | None
    ended_on: str | None
    reason: str | None
    destination: str | None
    status: str
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    overdue: bool


PlacementStatus = Literal['active', 'ended']


class PlanIn(TypedDict):
    goals: list[Goal]
    starts_on: str
    review_on: str
    agreed_on: str


class PlanItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    author_id: str
    services: list[str]
    starts_on: str
    review_on: str
    agreed_on: str
    created_at: str
    updated_at: str
    etag: str
    overdue: bool


class PlanOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    author_id: str
    services: list[str]
    starts_on: str
    review_on: str
    agreed_on: str
    created_at: str
    updated_at: str
    etag: str
    goals: list[Goal]
    overdue: bool


class PlanPatch(TypedDict):
    goals: NotRequired[list[Goal]]
    starts_on: NotRequired[str]
    review_on: NotRequired[str]
    agreed_on: NotRequired[str]


class PoliceExcluded(TypedDict):
    reason: PoliceExclusionCode
    text: str


PoliceExclusionCode = Literal['official_suspected', 'person_declined', 'retaliation_feared', 'already_told', 'other']


class Preview(TypedDict):
    service: str
    urgency: str
    province_code: str | None
    age_band: str
    may_be_child: NotRequired[bool]
    sex: str
    interpreter_needed: NotRequired[bool]
    handling: list[str]
    declines: NotRequired[list[str]]


class Problem(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    retryable: bool
    params: NotRequired[dict[str, Any]]
    errors: NotRequired[list[FieldError]]


class ProblemOut(TypedDict):
    code: str
    status: int
    title: Wording
    detail: Wording
    retryable: bool


class ProblemsOut(TypedDict):
    items: list[ProblemOut]


ProceduralStatusCode = Literal['none', 'witness', 'injured_party', 'suspect', 'accused', 'defendant', 'convicted']


class ProofDocument(TypedDict):
    type: DocumentTypeCode
    number: NotRequired[str | None]
    issuer: NotRequired[str | None]
    issued_on: NotRequired[str | None]
    text: NotRequired[str | None]


class ProtectionChangeIn(TypedDict):
    measures: list[ProtectionMeasureCode]
    order_number: str


ProtectionEndCode = Literal['danger_over', 'person_declined', 'not_observed', 'replaced', 'other']


class ProtectionEndIn(TypedDict):
    ended_on: str
    reason: ProtectionEndCode
    text: NotRequired[str | None]
    declined: NotRequired[Declined | None]


class ProtectionIn(TypedDict):
    measures: list[ProtectionMeasureCode]
    order_number: NotRequired[str | None]
    starts_on: NotRequired[str | None]
    declined: NotRequired[Declined | None]


class ProtectionItem(TypedDict):
    id: str
    case_id: str
    ordered_by: str
    measures: list[str]
    starts_on: str | None
    ended_on: str | None
    reason: str | None
    status: str
    created_at: str
    updated_at: str
    etag: str


ProtectionMeasureCode = Literal['evidence_secrecy', 'privacy', 'guards', 'limited_contact', 'refuge', 'relocation', 'prevention', 'closed_trial', 'danger_watch', 'armed_support']


class ProtectionOut(TypedDict):
    id: str
    case_id: str
    ordered_by: str
    measures: list[str]
    starts_on: str | None
    ended_on: str | None
    reason: str | None
    status: str
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]
    order_numbers: list[str]
    text: str | None


class ProtectionState(TypedDict):
    id: str
    case_id: str
    ordered_by: str
    measures: list[str]
    starts_on: str | None
    ended_on: str | None
    reason: str | None
    status: str
    created_at: str
    updated_at: str
    etag: str
    available_actions: list[str]


ProvinceCode = Literal['01', '04', '08', '11', '12', '14', '15', '19', '20', '22', '24', '25', '31', '33', '37', '38', '40', '42', '44', '46', '48', '51', '52', '56', '66', '68', '75', '79', '80', '82', '86', '91', '92', '96']


class ProvinceCounts(TypedDict):
    listed: NotRequired[int]
    present: NotRequired[int]
    absent: NotRequired[int]
    waiting: NotRequired[int]
    indicators_found: NotRequired[int]
    no_indicators: NotRequired[int]
    unable: NotRequired[int]
    declined: NotRequired[int]
    to_hand_over: NotRequired[int]
    home_province_code: str | None


PurposeOfUseCode = Literal['reception', 'screening', 'verification', 'protection', 'care_coordination', 'placement', 'entitlement_decision', 'return_travel', 'consular_protection', 'legal_assistance', 'investigation', 'follow_up', 'correction', 'duplicate_check', 'subject_request', 'emergency', 'oversight_review']


class RangeIn(TypedDict):
    since: str
    until: NotRequired[str | None]


class Ready(TypedDict):
    status: Literal['ready']
    warnings: list[Warned]


class Reason(TypedDict):
    reason: str


class ReceiptOut(TypedDict):
    receipt: str


class ReceptionHandoverOut(TypedDict):
    id: str
    reception_reference: str
    giver_id: str
    receiver_id: str
    home_province_code: str | None
    place_province_code: str | None
    occurred_at: str
    cases: int
    others: int
    handover_id: str | None
    status: str
    created_at: str


class ReceptionIn(TypedDict):
    place: PlaceIn
    occurred_at: str
    channel: NotRequired[IntakeChannelCode]
    channel_text: NotRequired[str | None]
    foreign_body: NotRequired[str | None]
    expected: NotRequired[int | None]


class ReceptionItem(TypedDict):
    id: str
    reference: str
    status: str
    channel: str
    occurred_at: str
    province_code: str | None
    country_code: str | None
    expected: int | None
    created_at: str
    updated_at: str
    etag: str


class ReceptionOut(TypedDict):
    id: str
    reference: str
    status: str
    channel: str
    occurred_at: str
    province_code: str | None
    country_code: str | None
    expected: int | None
    created_at: str
    updated_at: str
    etag: str
    place_text: str | None
    channel_text: str | None
    foreign_body: str | None
    counts: Counts
    by_home_province: list[ProvinceCounts]
    manifests: list[ManifestItem]
    handovers: list[ReceptionHandoverOut]
    available_actions: list[str]


ReceptionStateCode = Literal['well', 'injured', 'ill', 'needs_hospital', 'distressed']


ReceptionStatus = Literal['open', 'closed']


class ReceptionsLineOut(TypedDict):
    id: str
    reception_id: str
    position: int
    present: bool | None
    screening_result: str | None
    indicators: list[str]
    home_province_code: str | None
    case: CaseRef | None
    reception_handover_id: str | None
    created_at: str
    updated_at: str
    person: PersonIn | None


RecordModeCode = Literal['full', 'minimal', 'situation']


class ReferralIn(TypedDict):
    case_id: str
    receiver_id: NotRequired[str | None]
    claimable: NotRequired[Claimable | None]
    service: ServiceCode
    sections: list[Section]
    consent_id: NotRequired[str | None]
    lawful_basis: NotRequired[LawfulBasisCode | None]
    urgency: NotRequired[UrgencyCode]
    note: NotRequired[str | None]


class ReferralItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    reference: str
    case_id: str | None
    sender_id: str | None
    receiver_id: str | None
    province_code: str | None
    service: str
    urgency: str
    status: str
    basis_ended: bool
    preview: Preview | None
    created_at: str
    updated_at: str
    etag: str
    overdue: bool


class ReferralOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    reference: str
    case_id: str | None
    sender_id: str | None
    receiver_id: str | None
    province_code: str | None
    service: str
    urgency: str
    status: str
    basis_ended: bool
    preview: Preview | None
    created_at: str
    updated_at: str
    etag: str
    sections: list[str]
    reason: str | None
    outcome: str | None
    texts: list[ReferralText]
    acknowledged_at: str | None
    accepted_at: str | None
    started_at: str | None
    ended_at: str | None
    available_actions: list[str]
    overdue: bool


ReferralOutcomeCode = Literal['service_delivered', 'partly_delivered', 'referred_onward', 'discontinued', 'person_declined', 'lost_contact', 'other']


ReferralRefusalReasonCode = Literal['no_capacity', 'service_not_offered', 'outside_area', 'outside_group', 'needs_specialised_care', 'safety_not_ensured', 'conflict_of_interest', 'no_interpreter', 'person_declined', 'person_unreachable', 'insufficient_information', 'duplicate', 'not_entitled', 'licence_suspended', 'other']


class ReferralStatus(TypedDict):
    id: str
    reference: str
    status: str
    created_at: str
    acknowledged_at: str | None
    accepted_at: str | None
    started_at: str | None
    ended_at: str | None
    etag: str


class ReferralText(TypedDict):
    id: str
    author_id: str
    kind: str
    text: str
    created_at: str


class ReferralsRefusalIn(TypedDict):
    reason: ReferralRefusalReasonCode
    text: str


ReferralsStatus = Literal['sent', 'claimed', 'acknowledged', 'info_requested', 'accepted', 'refused', 'in_service', 'completed', 'withdrawn']


class ReferralsWithdrawalIn(TypedDict):
    reason: WithdrawalReasonCode
    text: NotRequired[str | None]


class Refuge(TypedDict):
    address: NotRequired[str | None]
    protection_order_numbers: NotRequired[list[str] | None]


RegimeCode = Literal['a', 'b', 'c', 'd', 'dd', 'e', 'g', 'h', 'i', 'k']


class ReissueIn(TypedDict):
    number: str
    issued_on: str
    issuer: NotRequired[str | None]
    holder: NotRequired[Holder]
    reason: str


RelationCode = Literal['child', 'parent', 'spouse', 'sibling', 'grandparent', 'grandchild', 'other_relative', 'guardian', 'ward', 'companion', 'unknown']


class Relative(TypedDict):
    full_name: NotRequired[str | None]
    relation: NotRequired[RelationCode | None]
    phone: NotRequired[str | None]
    text: NotRequired[str | None]


class ReopeningIn(TypedDict):
    reason: ReopeningReasonCode


ReopeningReasonCode = Literal['re_trafficked', 'new_evidence', 'new_need', 'returned', 'closed_in_error']


class ReplayOut(TypedDict):
    endpoint_id: str
    waiting: int


class ReporterIn(TypedDict):
    full_name: NotRequired[str | None]
    phone: NotRequired[str | None]
    relation: NotRequired[RelationCode | None]
    anonymous: NotRequired[bool]
    may_be_contacted: NotRequired[bool]


class ReporterOut(TypedDict):
    intake_id: str
    full_name: NotRequired[str | None]
    phone: NotRequired[str | None]
    relation: NotRequired[str | None]
    anonymous: bool
    may_be_contacted: bool


class ResolutionIn(TypedDict):
    outcome: IncidentOutcomeCode
    text: str


class ReturnIn(TypedDict):
    direction: Literal['inbound', 'outbound']
    gate_id: str
    province_code: ProvinceCode
    arrives_at: str
    means: TransportCode
    waves: NotRequired[list[Wave]]
    escorts: NotRequired[list[str]]
    text: NotRequired[str | None]
    persons: NotRequired[list[ListedIn]]


class ReturnItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    reference: str
    direction: str
    announcer_id: str | None
    gate_id: str
    province_code: str
    means: str
    arrives_at: str
    status: str
    notice: Literal['on_time', 'late', 'missing'] | None
    created_at: str
    etag: str
    overdue: bool


class ReturnOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    reference: str
    direction: str
    announcer_id: str | None
    gate_id: str
    province_code: str
    means: str
    arrives_at: str
    status: str
    notice: Literal['on_time', 'late', 'missing'] | None
    created_at: str
    etag: str
    waves: list[Wave]
    escorts: list[str]
    text: str | None
    reason: str | None
    answer: str | None
    notice_terms: list[NoticeTerm]
    persons: list[ReturnPersonItem]
    updated_at: str
    available_actions: list[str]
    overdue: bool


class ReturnPatch(TypedDict):
    arrives_at: NotRequired[str]
    means: NotRequired[TransportCode]
    waves: NotRequired[list[Wave]]
    escorts: NotRequired[list[str]]
    text: NotRequired[str | None]
    add: NotRequired[list[ListedIn]]
    withdraw: NotRequired[list[str]]


class ReturnPersonItem(TypedDict):
    id: str
    position: int
    wave: int | None
    case_id: str | None
    result: str | None
    arrived_at: str | None


class ReturnPersonOut(TypedDict):
    id: str
    position: int
    wave: int | None
    case_id: str | None
    result: str | None
    arrived_at: str | None
    text: str | None
    identity: Identity | None
    papers: Papers | None
    handling: Handling | None


ReturnPersonResultCode = Literal['arrived', 'absent', 'unlisted', 'hospitalised', 'detained', 'withdrew']


ReturnsStatus = Literal['announced', 'arrived', 'cancelled']


class ReviewIn(TypedDict):
    finding: BreakGlassFindingCode
    text: str


RiskCode = Literal['low', 'medium', 'high', 'unknown']


class RotationIn(TypedDict):
    overlap_hours: NotRequired[int]


class RowError(TypedDict):
    column: str
    code: str
    message: str


class RowOut(TypedDict):
    row: int
    status: str
    line_id: str | None
    errors: list[RowError]


ScreeningIndicatorCode = Literal['abuse_of_vulnerability', 'deception', 'restriction_of_movement', 'isolation', 'violence', 'threats', 'documents_withheld', 'wages_withheld', 'debt_bondage', 'abusive_conditions', 'excessive_overtime', 'forced_crime', 'ransom_or_resale', 'forced_marriage', 'child_alone', 'other']


ScreeningResultCode = Literal['indicators_found', 'no_indicators', 'unable', 'declined']


class SearchIn(TypedDict):
    document_number: NotRequired[str | None]
    full_name: NotRequired[str | None]
    birth_year: NotRequired[int | None]
    birth_date: NotRequired[str | None]
    beyond: NotRequired[bool]


class SearchOut(TypedDict):
    items: list[CaseItem]
    handles: list[HandleOut]


SearchesStatus = Literal['asked', 'answered']


Section = Literal['identity', 'papers', 'contact', 'family', 'handling', 'needs', 'exploitation', 'statement', 'health', 'investigation', 'refuge']


class SectionsIn(TypedDict):
    identity: NotRequired[Identity | None]
    papers: NotRequired[Papers | None]
    contact: NotRequired[Contact | None]
    family: NotRequired[Family | None]
    handling: NotRequired[Handling | None]
    needs: NotRequired[Needs | None]
    exploitation: NotRequired[Exploitation | None]
    refuge: NotRequired[Refuge | None]
    statement: NotRequired[Addition | None]
    health: NotRequired[Addition | None]
    investigation: NotRequired[Finding | None]


class SectionsOut(TypedDict):
    identity: NotRequired[Identity | None]
    papers: NotRequired[Papers | None]
    contact: NotRequired[Contact | None]
    family: NotRequired[Family | None]
    handling: NotRequired[Handling | None]
    needs: NotRequired[Needs | None]
    exploitation: NotRequired[Exploitation | None]
    refuge: NotRequired[Refuge | None]
    statement: NotRequired[list[EntryOut] | None]
    health: NotRequired[list[EntryOut] | None]
    investigation: NotRequired[list[FindingOut] | None]


SeparationReasonCode = Literal['best_interests', 'danger', 'medical', 'own_wish', 'authority_decision', 'other']


ServiceCode = Literal['essential_needs', 'shelter', 'medical', 'health_insurance', 'interpretation', 'legal_advice', 'legal_aid', 'travel', 'psychological', 'schooling', 'vocational_training', 'employment', 'initial_allowance', 'loan_access', 'civil_documents', 'child_nationality', 'child_protection', 'guardianship', 'family_tracing', 'family_assessment', 'compensation', 'court_support', 'life_skills', 'livelihood', 'repatriation', 'burial', 'case_management']


class ServiceOut(TypedDict):
    id: str
    organisation_id: str
    service: str
    province_codes: list[str]
    places_total: int | None
    places_free: int | None
    updated_at: str
    etag: str


SexCode = Literal['female', 'male', 'other', 'unknown']


class StateOf(TypedDict):
    case_id: str
    state: ReceptionStateCode


class StatementIn(TypedDict):
    text: str
    taken_at: str
    language: str
    interpreter: bool
    reason: NotRequired[StatementReasonCode | None]
    reason_text: NotRequired[str | None]


class StatementItem(TypedDict):
    id: str
    case_id: str
    version: int
    author_agency: str
    taken_at: str
    language: str | None
    interpreter: bool | None
    reason: str | None
    created_at: str


class StatementOut(TypedDict):
    id: str
    case_id: str
    version: int
    author_agency: str
    taken_at: str
    language: str | None
    interpreter: bool | None
    reason: str | None
    created_at: str
    text: str
    reason_text: NotRequired[str | None]


StatementReasonCode = Literal['contradiction', 'new_fact', 'child_specialist', 'court', 'language', 'other']


SubjectCode = Literal['person', 'group', 'situation', 'missing_person']


class SupplementIn(TypedDict):
    kind: Literal['addition', 'correction', 'retraction']
    pointer: NotRequired[str | None]
    value: NotRequired[Any]


class SupplementOut(TypedDict):
    id: str
    intake_id: str
    case_id: str | None
    organisation_id: str
    kind: str
    pointer: str | None
    value: Any
    digest: str
    created_at: str


class SupportItemIn(TypedDict):
    regime: RegimeCode
    service: ServiceCode
    given_on: str
    amount_vnd: NotRequired[int | None]
    funding: FundingCode


class SupportItemOut(TypedDict):
    id: str
    case_id: str
    plan_id: str | None
    author_id: str
    regime: str
    service: str
    given_on: str
    amount_vnd: int | None
    funding: str
    beyond: BeyondOut | None
    created_at: str


class TextIn(TypedDict):
    text: str


class TimelineEntry(TypedDict):
    id: str
    at: str
    event: str
    subject_type: str
    subject_id: str | None
    organisation_id: str
    agency: str
    officer: str | None
    facts: dict[str, Any]


class TokenOut(TypedDict):
    access_token: str
    token_type: Literal['Bearer', 'DPoP']
    expires_in: int
    scope: str


TraffickingActCode = Literal['recruited', 'transported', 'harboured', 'transferred', 'received']


class TraffickingIn(TypedDict):
    exploitation_types: NotRequired[list[ExploitationTypeCode] | None]
    acts: NotRequired[list[TraffickingActCode] | None]
    means_of_control: NotRequired[list[MeansOfControlCode] | None]
    countries: NotRequired[list[str] | None]
    started: NotRequired[str | None]
    ended: NotRequired[str | None]
    other_text: NotRequired[str | None]
    statement: NotRequired[str | None]


TransportCode = Literal['air', 'land', 'rail', 'sea']


class Traveller(TypedDict):
    full_name: NotRequired[str | None]
    other_names: NotRequired[list[str] | None]
    sex: NotRequired[SexCode | None]
    birth_date: NotRequired[str | None]
    birth_place: NotRequired[str | None]
    nationalities: NotRequired[list[str] | None]
    ethnic_group: NotRequired[EthnicGroupCode | None]
    languages: NotRequired[list[str] | None]
    occupation: NotRequired[str | None]
    education: NotRequired[str | None]
    description: NotRequired[str | None]
    identity_documents: NotRequired[list[IdentityDocument]]


class UnannouncedIn(TypedDict):
    province_code: ProvinceCode
    means: TransportCode
    arrived_at: str
    text: NotRequired[str | None]


UrgencyCode = Literal['routine', 'urgent', 'immediate']


class VerificationIn(TypedDict):
    verifier_id: str
    kind: Kind
    proof_document: NotRequired[ProofDocument | None]


class VerificationItem(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    kind: str
    requester_id: str
    verifier_id: str
    status: str
    result: str | None
    on_paper: OnPaper | None
    created_at: str
    updated_at: str
    etag: str
    overdue: bool


class VerificationOut(TypedDict):
    due_at: NotRequired[str | None]
    id: str
    case_id: str
    kind: str
    requester_id: str
    verifier_id: str
    status: str
    result: str | None
    on_paper: PaperReply | None
    created_at: str
    updated_at: str
    etag: str
    extended: bool
    reason: str | None
    grounds: list[str]
    evidence_sources: list[str]
    certificate: Certificate | None
    proof_document: ProofDocument | None
    texts: list[VerificationText]
    entries: list[FindingOut] | None
    forwarded_from: str | None
    concluded_at: str | None
    available_actions: list[str]
    overdue: bool


VerificationRefusalCode = Literal['not_competent', 'insufficient_request', 'duplicate', 'other']


class VerificationStatus(TypedDict):
    id: str
    kind: str
    status: str
    result: str | None
    on_paper: OnPaper | None
    created_at: str
    concluded_at: str | None
    etag: str


class VerificationText(TypedDict):
    id: str
    author_id: str
    kind: str
    text: str
    created_at: str


class VerificationsRefusalIn(TypedDict):
    reason: VerificationRefusalCode
    text: NotRequired[str | None]


VerificationsResult = Literal['victim', 'not_victim', 'insufficient', 'identity_confirmed', 'identity_not_established']


VerificationsStatus = Literal['requested', 'in_progress', 'info_requested', 'concluded', 'refused', 'withdrawn', 'forwarded']


class VerificationsWithdrawalIn(TypedDict):
    reason: NotRequired[str | None]


Warned = Literal['schema_newer', 'keys_unreadable', 'feed_late', 'webhooks_late', 'tree_head_late']


class Wave(TypedDict):
    number: int
    arrives_at: str


WithdrawalReasonCode = Literal['need_met', 'person_declined', 'wrong_receiver', 'moved', 'duplicate', 'other']


class Wording(TypedDict):
    vi: str
    en: str


class WorkItem(TypedDict):
    id: str
    kind: str
    subject_id: str | None
    organisation_id: str
    rule: str
    title: str
    source: str
    certainty: str
    province_code: str | None
    started_at: str
    due_at: str
    paused: bool
    overdue: bool
