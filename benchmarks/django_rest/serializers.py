"""Wire shapes: what is taken in, judged member by member, and what is answered."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from app.reference.codes import code_list
from benchmarks.django_rest.etags import etag
from benchmarks.django_rest.models import Intake, Referral

_NEXT = {"sent": ["accept", "refuse", "acknowledge"], "accepted": ["start", "complete"], "in_service": ["complete"]}


def coded(name: str, **options: Any) -> serializers.ChoiceField:
    """A code of one of the service's lists."""
    return serializers.ChoiceField([code.code for code in code_list(name).codes], **options)


def several(child: serializers.Field) -> serializers.ListField:
    return serializers.ListField(child=child, max_length=50, required=False)


class PlaceSerializer(serializers.Serializer):
    province_code = coded("province", required=False)
    country_code = serializers.RegexField(r"^[A-Z]{2}\Z", required=False)
    text = serializers.CharField(max_length=500, required=False)


class PersonSerializer(serializers.Serializer):
    full_name = serializers.CharField(max_length=200, required=False)
    other_names = several(serializers.CharField(max_length=200))
    sex = coded("sex", required=False)
    birth_date = serializers.RegexField(r"^\d{4}(-\d{2}(-\d{2})?)?\Z", required=False)
    nationalities = several(serializers.RegexField(r"^[A-Z]{2}\Z"))
    languages = several(serializers.RegexField(r"^[a-z]{2,3}\Z"))
    occupation = serializers.CharField(max_length=500, required=False)


class TraffickingSerializer(serializers.Serializer):
    exploitation_types = several(coded("exploitation_type"))
    means_of_control = several(coded("means_of_control"))
    countries = several(serializers.RegexField(r"^[A-Z]{2}\Z"))
    statement = serializers.CharField(max_length=20_000, required=False)


class IntakeSerializer(serializers.Serializer):
    schema_version = serializers.ChoiceField(["1.0"])
    channel = coded("intake_channel")
    received_at = serializers.DateTimeField()
    place = PlaceSerializer()
    person = PersonSerializer()
    urgent_needs = several(coded("service"))
    handling = several(coded("handling"))
    trafficking = TraffickingSerializer(required=False)

    def validate_received_at(self, value: datetime) -> datetime:
        if value > datetime.now(UTC):
            raise serializers.ValidationError("It lies in the future.")
        return value


class CaseReference(serializers.Serializer):
    id = serializers.UUIDField()
    reference = serializers.CharField()


class IntakeOut(serializers.ModelSerializer):
    etag = serializers.SerializerMethodField()
    case = CaseReference()

    class Meta:
        model = Intake
        fields = (
            *("id", "reference", "digest", "status", "channel", "record_mode", "subject", "received_at"),
            *("province_code", "country_code", "created_at", "updated_at", "etag", "case"),
        )

    def get_etag(self, intake: Intake) -> str:
        return etag(self.context["request"], intake.id, intake.version)


class ReferralStatus(serializers.ModelSerializer):
    etag = serializers.SerializerMethodField()

    class Meta:
        model = Referral
        fields = (
            *("id", "reference", "status", "created_at", "acknowledged_at", "accepted_at", "started_at", "ended_at"),
            "etag",
        )

    def get_etag(self, referral: Referral) -> str:
        return etag(self.context["request"], referral.id, referral.status, referral.version)


class ReferralItem(serializers.ModelSerializer):
    sender_id = serializers.UUIDField()
    receiver_id = serializers.UUIDField()
    case_id = serializers.UUIDField()
    basis_ended = serializers.BooleanField()
    due_at = serializers.DateTimeField()
    overdue = serializers.SerializerMethodField()
    preview = serializers.SerializerMethodField()
    etag = serializers.SerializerMethodField()

    class Meta:
        model = Referral
        fields: tuple[str, ...] = (
            *("id", "reference", "case_id", "sender_id", "receiver_id", "province_code", "service", "urgency"),
            *("status", "basis_ended", "preview", "created_at", "updated_at", "etag", "due_at", "overdue"),
        )

    def get_overdue(self, referral: Referral) -> bool:
        return referral.due_at is not None and bool(referral.due_at < datetime.now(UTC))

    def get_preview(self, referral: Referral) -> Any:
        return None if referral.basis_ended else referral.preview.preview

    def get_etag(self, referral: Referral) -> str:
        return etag(self.context["request"], referral.id, referral.version, referral.basis_ended)


class ReferralOut(ReferralItem):
    texts = serializers.SerializerMethodField()
    available_actions = serializers.SerializerMethodField()

    class Meta(ReferralItem.Meta):
        fields = (
            *ReferralItem.Meta.fields,
            *("sections", "reason", "outcome", "acknowledged_at", "accepted_at", "started_at", "ended_at"),
            *("texts", "available_actions"),
        )

    def get_texts(self, referral: Referral) -> list[dict[str, Any]]:
        """Who said something and when; the seeded referrals carry no words."""
        return list(referral.texts.order_by("created_at", "id").values("id", "author_id", "kind", "created_at"))

    def get_available_actions(self, referral: Referral) -> list[str]:
        return _NEXT.get(referral.status, [])
