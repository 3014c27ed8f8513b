"""One call for every effect: `record` leaves an audit entry and, where others must learn of it, an outbox event.

Both are written by the effect's own transaction, just before it commits, so neither can be missing or left over.
Entries hold codes, ids and times; never a word about a person. Each carries its leaf of the audit tree from the moment
it is written; where in the tree it stands is given later and elsewhere, so that no writer waits for another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Uuid, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from app.caller import Act, Caller
from app.db import Database, Tx
from app.leaves import with_leaf
from app.trail import AuditEntry, OutboxEvent


class Event(StrEnum):
    """Everything that can happen, `thing.verb`, the verb as in URL and lifecycle."""

    INTAKE_SUBMITTED = "intake.submitted"
    INTAKE_READ = "intake.read"
    BATCH_ACCEPTED = "batch.accepted"
    SUPPLEMENT_ADDED = "intake.supplemented"
    CASE_OPENED = "case.opened"
    CASE_READ = "case.read"
    CASE_SEARCHED = "case.searched"
    CASE_AMENDED = "case.amended"
    CASE_CORRECTED = "case.corrected"
    CASE_CLOSED = "case.closed"
    CASE_REOPENED = "case.reopened"
    NOTE_ADDED = "case.noted"
    NOTES_READ = "notes.read"
    SUPPLEMENTS_READ = "supplements.read"
    HANDOVER_PROPOSED = "handover.proposed"
    HANDOVER_CONFIRMED = "handover.confirmed"
    HANDOVER_REFUSED = "handover.refused"
    HANDOVER_CANCELLED = "handover.cancelled"
    HANDOVER_READ = "handover.read"
    CONSENT_GIVEN = "consent.given"
    CONSENT_REVOKED = "consent.revoked"
    CONSENT_EXPIRED = "consent.expired"
    OVERRIDE_REQUESTED = "override.requested"
    OVERRIDE_APPROVED = "override.approved"
    OVERRIDE_WITHDRAWN = "override.withdrawn"
    OVERRIDE_EXPIRED = "override.expired"
    OVERRIDE_READ = "override.read"
    DISCLOSURES_READ = "disclosures.read"
    ORGANISATION_EXCLUDED = "case.organisation_excluded"
    EXCLUSION_LIFTED = "case.exclusion_lifted"
    EXCLUSION_READ = "exclusion.read"
    CASE_FOUND = "case.found"
    CONTACT_REQUESTED = "contact_request.asked"
    CONTACT_ANSWERED = "contact_request.answered"
    CONTACT_READ = "contact_request.read"
    BREAK_GLASS_REQUESTED = "break_glass.requested"
    BREAK_GLASS_APPROVED = "break_glass.approved"
    BREAK_GLASS_ENDED = "break_glass.ended"
    BREAK_GLASS_ACKNOWLEDGED = "break_glass.acknowledged"
    BREAK_GLASS_REVIEWED = "break_glass.reviewed"
    BREAK_GLASS_READ = "break_glass.read"
    VERIFICATION_REQUESTED = "verification.requested"
    VERIFICATION_STARTED = "verification.started"
    VERIFICATION_EXTENDED = "verification.extended"
    VERIFICATION_INFORMATION_REQUESTED = "verification.information_requested"
    VERIFICATION_ANSWERED = "verification.answered"
    VERIFICATION_FORWARDED = "verification.forwarded"
    VERIFICATION_REFUSED = "verification.refused"
    VERIFICATION_CONCLUDED = "verification.concluded"
    VERIFICATION_WITHDRAWN = "verification.withdrawn"
    VERIFICATION_RECONSIDERED = "verification.reconsidered"
    REFERRAL_READ = "referral.read"
    REFERRAL_SENT = "referral.sent"
    REFERRAL_CLAIMED = "referral.claimed"
    REFERRAL_CONFIRMED = "referral.confirmed"
    REFERRAL_DECLINED = "referral.declined"
    REFERRAL_ACKNOWLEDGED = "referral.acknowledged"
    REFERRAL_ACCEPTED = "referral.accepted"
    REFERRAL_REFUSED = "referral.refused"
    REFERRAL_INFORMATION_REQUESTED = "referral.information_requested"
    REFERRAL_ANSWERED = "referral.answered"
    REFERRAL_STARTED = "referral.started"
    REFERRAL_COMPLETED = "referral.completed"
    REFERRAL_WITHDRAWN = "referral.withdrawn"
    PLAN_MADE = "plan.made"
    PLAN_AMENDED = "plan.amended"
    SUPPORT_GIVEN = "support.given"
    FOLLOW_UP_HELD = "follow_up.held"
    RECEPTION_OPENED = "reception.opened"
    RECEPTION_LISTED = "reception.listed"
    RECEPTION_SCREENED = "reception.screened"
    RECEPTION_HANDED_OVER = "reception.handed_over"
    RECEPTION_CLOSED = "reception.closed"
    RECEPTION_READ = "reception.read"
    RETURN_ANNOUNCED = "return.announced"
    RETURN_AMENDED = "return.amended"
    RETURN_ARRIVED = "return.arrived"
    RETURN_CANCELLED = "return.cancelled"
    RETURN_READ = "return.read"
    NOTICE_SENT = "notice.sent"
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_READ = "notice.read"
    FEEDBACK_GIVEN = "case.feedback_given"
    REPORTER_READ = "reporter.read"
    CASE_LINKED = "case.linked"
    GUARDIAN_RECORDED = "guardian.recorded"
    GUARDIAN_AMENDED = "guardian.amended"
    GUARDIAN_READ = "guardian.read"
    ASSESSMENT_MADE = "assessment.made"
    ASSESSMENT_READ = "assessment.read"
    STATEMENT_TAKEN = "statement.taken"
    STATEMENT_READ = "statement.read"
    ASSISTANCE_REQUESTED = "assistance.requested"
    ASSISTANCE_ANSWERED = "assistance.answered"
    ASSISTANCE_WITHDRAWN = "assistance.withdrawn"
    ASSISTANCE_READ = "assistance.read"
    EVIDENCE_ADDED = "verification.evidence_added"
    EVIDENCE_READ = "evidence.read"
    VERIFICATION_REPLIED_ON_PAPER = "verification.replied_on_paper"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_CORRECTED = "certificate.corrected"
    CERTIFICATE_REISSUED = "certificate.reissued"
    CERTIFICATE_REVOKED = "certificate.revoked"
    CERTIFICATE_READ = "certificate.read"
    FINES_REVIEWED = "fines.reviewed"
    PLACEMENT_STARTED = "placement.started"
    PLACEMENT_EXTENDED = "placement.extended"
    PLACEMENT_ENDED = "placement.ended"
    PLACEMENT_READ = "placement.read"
    INCIDENT_REPORTED = "incident.reported"
    INCIDENT_ACKNOWLEDGED = "incident.acknowledged"
    INCIDENT_RESOLVED = "incident.resolved"
    INCIDENT_READ = "incident.read"
    PROTECTION_ORDERED = "protection.ordered"
    PROTECTION_CHANGED = "protection.changed"
    PROTECTION_ENDED = "protection.ended"
    PROTECTION_DECLINED = "protection.declined"
    PROTECTION_READ = "protection.read"
    APPLICATION_SUBMITTED = "application.submitted"
    APPLICATION_DECIDED = "application.decided"
    APPLICATION_WITHDRAWN = "application.withdrawn"
    APPLICATION_READ = "application.read"
    DISBURSEMENT_PLANNED = "disbursement.planned"
    DISBURSEMENT_PAID = "disbursement.paid"
    DISBURSEMENT_CANCELLED = "disbursement.cancelled"
    DISBURSEMENT_READ = "disbursement.read"
    FORM_READ = "form.read"
    CAPACITY_CHANGED = "service.capacity_changed"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_ENABLED = "webhook.enabled"
    WEBHOOK_KEY_ROTATED = "webhook.key_rotated"
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_REPLAYED = "webhook.replayed"
    WEBHOOK_HOST_APPROVED = "webhook_host.approved"
    WEBHOOK_HOST_REMOVED = "webhook_host.removed"
    FEED_EPOCH_BEGUN = "feed.epoch_begun"
    CLIENT_ADDED = "client.added"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_ROTATED = "client.rotated"
    ORGANISATION_ADDED = "organisation.added"
    ORGANISATION_CHANGED = "organisation.changed"
    ORGANISATION_TRANSFERRED = "organisation.transferred"
    DUTY_APPROACHING = "duty.approaching"
    DUTY_MISSED = "duty.missed"
    AUDIT_SEARCHED = "audit.searched"
    KEYS_ROTATED = "keys.rotated"
    ERASURE_REQUESTED = "erasure.requested"
    ERASURE_APPROVED = "erasure.approved"
    ERASURE_REFUSED = "erasure.refused"
    PERSON_ERASED = "person.erased"
    EXTRACT_MADE = "extract.made"
    REFUSED = "request.refused"


READS = frozenset(event for event in Event if event.endswith(".read")) | {Event.CASE_SEARCHED, Event.AUDIT_SEARCHED}
"""What somebody looked at, recorded with purpose and officer."""

ADMINISTRATION = (
    Event.CLIENT_ADDED,
    Event.CLIENT_DISABLED,
    Event.CLIENT_ROTATED,
    Event.ORGANISATION_ADDED,
    Event.ORGANISATION_CHANGED,
    Event.WEBHOOK_HOST_APPROVED,
    Event.WEBHOOK_HOST_REMOVED,
    Event.FEED_EPOCH_BEGUN,
    Event.KEYS_ROTATED,
    Event.ERASURE_REQUESTED,
    Event.ERASURE_APPROVED,
    Event.ERASURE_REFUSED,
    Event.EXTRACT_MADE,
)
"""What the operator did by command line; nobody's feed carries it."""

UNPUBLISHED = frozenset({*READS, *ADMINISTRATION, Event.REFUSED, Event.BATCH_ACCEPTED})
PUBLISHED = frozenset(Event) - UNPUBLISHED


@dataclass(frozen=True)
class Subject:
    """What an entry is about; `case_id` puts it on that case's timeline."""

    type: str
    id: UUID | None
    case_id: UUID | None = None


@dataclass(frozen=True)
class Entry:
    event: Event
    subject: Subject
    parties: tuple[UUID, ...]
    sections: tuple[str, ...]
    facts: Mapping[str, Any]


def record(
    tx: Tx,
    event: Event,
    subject: Subject,
    *,
    parties: Iterable[UUID | None] = (),
    sections: Iterable[str] = (),
    **facts: Any,
) -> None:
    """Notes what this transaction does. Facts are codes and dates: the journal outlives every erasure."""
    others = tuple(dict.fromkeys(party for party in parties if party is not None))
    tx.entries.append(Entry(event, subject, others, tuple(sorted(sections)), facts))
    tx.write_journal = write_entries


async def write_entries(tx: Tx) -> None:
    """Audit first (it assigns the transaction's xid), then the outbox (it draws the sequence)."""
    tx.entries = await _with_grants(tx)
    await tx.insert(AuditEntry, *(with_leaf(_audit_row(tx.caller, tx.act, entry)) for entry in tx.entries))
    published = [_outbox_row(tx, entry) for entry in tx.entries if entry.event not in UNPUBLISHED]
    if published:
        await tx.insert(OutboxEvent, *published)


async def _with_grants(tx: Tx) -> list[Entry]:
    """Every read of a case says under which grants its reader held it, so that each disclosure can be accounted for."""
    cases = {case_id for entry in tx.entries if (case_id := _unaccounted(entry))}
    if not cases:
        return tx.entries
    each = func.unnest(literal(sorted(cases), ARRAY(Uuid()))).column_valued("case_id")
    rows = await tx.all(select(each.label("case_id"), func.access.caller_grants(each, type_=JSONB()).label("grants")))
    held = {row.case_id: row.grants for row in rows}
    return [
        replace(entry, facts={**entry.facts, "grants": held[case_id]}) if (case_id := _unaccounted(entry)) else entry
        for entry in tx.entries
    ]


def _unaccounted(entry: Entry) -> UUID | None:
    """The case that was read, where the reader did not say under which grants already."""
    return entry.subject.case_id if entry.event in READS and "grants" not in entry.facts else None


async def record_refusal(database: Database, caller: Caller, act: Act, subject: Subject, **facts: Any) -> None:
    """A refusal, in a transaction of its own: the refused one was rolled back. Hidden and missing look the same."""
    async with database.transaction(caller, replace(act, validate_only=False)) as tx:
        record(tx, Event.REFUSED, subject, **facts)


def _audit_row(caller: Caller, act: Act, entry: Entry) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "request_id": act.request_id,
        "client_id": caller.client_id,
        "organisation_id": caller.organisation_id,
        "agency": caller.agency,
        "officer": act.officer,
        "purpose": act.purpose,
        "event": entry.event,
        "subject_type": entry.subject.type,
        "subject_id": entry.subject.id,
        "case_id": entry.subject.case_id,
        "parties": list(entry.parties),
        "sections": list(entry.sections),
        "facts": dict(entry.facts),
    }


def _outbox_row(tx: Tx, entry: Entry) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "type": entry.event,
        "subject_type": entry.subject.type,
        "subject_id": entry.subject.id,
        "case_id": entry.subject.case_id,
        "organisation_id": tx.me,
        "parties": list(entry.parties),
        "sections": list(entry.sections) if entry.subject.type == "case" else [],
    }
