"""The audit entry and the event of each effect, with the same content as the real service writes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from rest_framework.request import Request

from app.leaves import with_leaf
from benchmarks.django_rest.models import Table


class AuditEntry(Table):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    at = models.DateTimeField()
    request_id = models.UUIDField()
    client_id = models.TextField()
    organisation_id = models.UUIDField()
    agency = models.TextField()
    officer = models.TextField(null=True)
    purpose = models.TextField(null=True)
    event = models.TextField()
    subject_type = models.TextField()
    subject_id = models.UUIDField()
    case_id = models.UUIDField()
    parties = ArrayField(models.UUIDField())
    sections = ArrayField(models.TextField())
    facts = models.JSONField()
    leaf = models.BinaryField()

    class Meta(Table.Meta):
        db_table = "audit_entries"


class OutboxEvent(Table):
    """Without `seq`, which the database counts: `id` is as unique."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    type = models.TextField()
    subject_type = models.TextField()
    subject_id = models.UUIDField()
    case_id = models.UUIDField()
    organisation_id = models.UUIDField()
    parties = ArrayField(models.UUIDField(), default=list)
    sections = ArrayField(models.TextField(), default=list)

    class Meta(Table.Meta):
        db_table = "outbox_events"


@dataclass(frozen=True)
class Entry:
    event: str
    subject_type: str
    subject_id: UUID
    case_id: UUID
    parties: tuple[UUID, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def record(request: Request, entries: Sequence[Entry]) -> None:
    """Audit first, then the outbox, both in the transaction of the request."""
    request_id = uuid.uuid4()
    AuditEntry.objects.bulk_create(AuditEntry(**_audit(request, request_id, entry)) for entry in entries)
    OutboxEvent.objects.bulk_create(
        OutboxEvent(
            type=entry.event,
            subject_type=entry.subject_type,
            subject_id=entry.subject_id,
            case_id=entry.case_id,
            organisation_id=request.user.organisation_id,
            parties=list(entry.parties),
        )
        for entry in entries
    )


def _audit(request: Request, request_id: UUID, entry: Entry) -> dict[str, Any]:
    return with_leaf(
        {
            "id": uuid.uuid4(),
            "request_id": request_id,
            "client_id": request.user.id,
            "organisation_id": request.user.organisation_id,
            "agency": request.user.organisation.agency,
            "officer": request.headers["Acting-Officer"],
            "purpose": None,
            "event": entry.event,
            "subject_type": entry.subject_type,
            "subject_id": entry.subject_id,
            "case_id": entry.case_id,
            "parties": list(entry.parties),
            "sections": [],
            "facts": entry.facts,
        }
    )
