"""R1, R2 and W2: which referrals a caller sees, and how one is accepted."""

import hashlib
from typing import Any
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from benchmarks.django_rest.etags import etag
from benchmarks.django_rest.journal import Entry, record
from benchmarks.django_rest.models import CaseParty, Duty, IdempotencyKey, Referral


class NotNow(APIException):
    status_code = 409
    default_code = "invalid_transition"


class Stale(APIException):
    status_code = 412
    default_code = "stale_version"


class KeyReused(APIException):
    status_code = 422
    default_code = "idempotency_key_reused"


def visible(me: UUID) -> Any:
    """What stands here for row security: the organisation is one of those that the referral names."""
    sides = ("sender", "originator", "receiver", "claimant", "custodian")
    mine = Q()
    for side in sides:
        mine |= Q(**{side: me})
    return Referral.objects.filter(mine)


def with_basis(referrals: "QuerySet[Referral]") -> "QuerySet[Referral]":
    over = Q(consent_live=False) | Q(expires_on__lt=timezone.localdate()) | Q(expires_at__lte=Now())
    return referrals.annotate(
        basis_ended=Exists(CaseParty.objects.filter(over, carrier="referral", carrier_id=OuterRef("pk")))
    )


def shown(referrals: "QuerySet[Referral]") -> "QuerySet[Referral]":
    """With all that an answer shows of each: one query, however many."""
    running = Duty.objects.filter(carrier="referral", carrier_id=OuterRef("pk"), status="running", paused_at=None)
    due = running.order_by().values("carrier_id").annotate(least=Min("due_at")).values("least")
    return with_basis(referrals).select_related("preview").annotate(due_at=Subquery(due))


def accept(request: Request, referral_id: UUID) -> Referral:
    """The move, once for each Idempotency-Key, in the transaction of the request."""
    me = request.user.organisation_id
    scope, fingerprint = _scope(request), hashlib.sha256(request.body).hexdigest()
    stored = IdempotencyKey.objects.filter(scope=scope).first()
    if stored and stored.fingerprint != fingerprint:
        raise KeyReused
    if not stored:
        _accept(request, referral_id)
        IdempotencyKey.objects.create(
            scope=scope, organisation_id=me, fingerprint=fingerprint, status_code=200, resource_id=referral_id
        )
    accepted: Referral = shown(visible(me)).get(id=referral_id)
    return accepted


def _accept(request: Request, referral_id: UUID) -> None:
    me = request.user.organisation_id
    locked = Referral.objects.select_for_update(of=("self",), no_key=True).filter(receiver=me)
    referral = get_object_or_404(with_basis(locked), id=referral_id)
    if request.headers.get("If-Match") != etag(request, referral.id, referral.version, referral.basis_ended):
        raise Stale
    if referral.status not in ("sent", "acknowledged"):
        raise NotNow
    referral.status = "accepted"
    referral.version += 1
    referral.accepted_at = referral.updated_at = timezone.now()
    referral.save(update_fields=["status", "version", "accepted_at", "updated_at"])
    answered = Duty.objects.filter(carrier="referral", carrier_id=referral_id, organisation=me, status="running")
    answered.update(status="met", ended_at=referral.accepted_at)
    parties = (referral.sender_id, me)
    record(request, [Entry("referral.accepted", "referral", referral_id, referral.case_id, parties)])


def _scope(request: Request) -> bytes:
    parts = (str(request.user.organisation_id), request.user.id, request.method, request.path)
    return hashlib.sha256("\x1f".join([*parts, request.headers["Idempotency-Key"]]).encode()).digest()
