"""The four requests. Each is one transaction (`ATOMIC_REQUESTS`), and each queryset begins with who asks."""

import re
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from app.safejson import fingerprint
from benchmarks.django_rest import intakes, referrals, serializers
from benchmarks.django_rest.models import Intake, Referral


def demand(request: Request, *names: str) -> None:
    missing = [name for name in names if name not in request.headers]
    if missing:
        raise ValidationError({name: "This header is required." for name in missing})


class IntakeView(APIView):
    scope = "intake.write"

    def put(self, request: Request, intake_id: UUID) -> Response:
        """201 the first time, 200 for the same record again, 409 for another one under the same id."""
        demand(request, "Acting-Officer")
        said = serializers.IntakeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        digest = fingerprint(request.data)
        mine = Intake.objects.select_related("case").filter(organisation=request.user.organisation_id)
        known = mine.filter(id=intake_id).first()
        if known and known.digest != digest:
            raise referrals.NotNow
        intake = known or intakes.submit(request, intake_id, said.validated_data, digest)
        shown = serializers.IntakeOut(intake, context={"request": request}).data
        return Response(shown, status=200 if known else 201)


class ReferralStatusView(APIView):
    scope = "referral.status"

    def get(self, request: Request, referral_id: UUID) -> Response:
        referral = get_object_or_404(referrals.visible(request.user.organisation_id), id=referral_id)
        return Response(serializers.ReferralStatus(referral, context={"request": request}).data)


class Newest(CursorPagination):
    """Keyset pages, newest first; the answer has the members of the real one."""

    ordering = ("-created_at", "-id")
    page_size = 50

    def get_paginated_response(self, data: Any) -> Response:
        found = re.search(r"[?&]cursor=([^&]*)", self.get_next_link() or "")
        return Response({"items": data, "next": found and found[1]})


class ReferralList(ListAPIView):
    scope = "referral.read"
    serializer_class = serializers.ReferralItem
    pagination_class = Newest

    def get_queryset(self) -> Any:
        """The inbox, in one status where the address names one."""
        found = referrals.shown(Referral.objects.filter(receiver=self.request.user.organisation_id))
        status = self.request.query_params.get("status")
        return found.filter(status=status) if status else found


class AcceptanceView(APIView):
    scope = "referral.respond"

    def post(self, request: Request, referral_id: UUID) -> Response:
        demand(request, "Acting-Officer", "Idempotency-Key", "If-Match")
        referral = referrals.accept(request, referral_id)
        return Response(serializers.ReferralOut(referral, context={"request": request}).data)
