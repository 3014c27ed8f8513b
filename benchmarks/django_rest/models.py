"""The service's own tables as Django models; the migrations make them, Django never does (`managed = False`)."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Table(models.Model):
    """Of a table that Django does not manage. Rows are never deleted through it."""

    class Meta:
        abstract = True
        managed = False


class Organisation(Table):
    id = models.UUIDField(primary_key=True)
    agency = models.TextField()
    province_codes = ArrayField(models.TextField())
    status = models.TextField()

    class Meta(Table.Meta):
        db_table = "organisations"


class Client(Table):
    id = models.TextField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING)
    status = models.TextField()
    scopes = ArrayField(models.TextField())

    class Meta(Table.Meta):
        db_table = "clients"


class DataKey(Table):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    wrapped = models.BinaryField()
    kek_id = models.TextField()
    created_by = models.UUIDField()

    class Meta(Table.Meta):
        db_table = "data_keys"


class Case(Table):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    reference = models.TextField(unique=True)
    key = models.ForeignKey(DataKey, models.DO_NOTHING)
    custodian = models.ForeignKey(Organisation, models.DO_NOTHING)
    custodian_sections = ArrayField(models.TextField(), default=list)
    subject = models.TextField(default="person")
    province_code = models.TextField(null=True)
    channel = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta(Table.Meta):
        db_table = "cases"


class CaseSection(Table):
    pk = models.CompositePrimaryKey("case_id", "section")
    case = models.ForeignKey(Case, models.DO_NOTHING)
    section = models.TextField()
    codes = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    updated_by = models.UUIDField()

    class Meta(Table.Meta):
        db_table = "case_sections"


class CaseEntry(Table):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, models.DO_NOTHING)
    section = models.TextField()
    author_id = models.UUIDField()
    sealed = models.BinaryField()
    taken_at = models.DateTimeField()

    class Meta(Table.Meta):
        db_table = "case_entries"


class CaseLookup(Table):
    pk = models.CompositePrimaryKey("case_id", "kind", "digest")
    case = models.ForeignKey(Case, models.DO_NOTHING)
    kind = models.TextField()
    digest = models.BinaryField()

    class Meta(Table.Meta):
        db_table = "case_lookups"


class CaseParty(Table):
    id = models.UUIDField(primary_key=True)
    carrier = models.TextField()
    carrier_id = models.UUIDField()
    consent_live = models.BooleanField()
    expires_on = models.DateField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta(Table.Meta):
        db_table = "case_parties"


class Duty(Table):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING)
    owner = models.TextField()
    rule_id = models.TextField()
    rule_key = models.TextField()
    carrier = models.TextField()
    carrier_id = models.UUIDField()
    case = models.ForeignKey(Case, models.DO_NOTHING)
    province_code = models.TextField(null=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    status = models.TextField(default="running")
    ended_at = models.DateTimeField(null=True)

    class Meta(Table.Meta):
        db_table = "duties"


class Intake(Table):
    pk = models.CompositePrimaryKey("organisation_id", "id")
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING)
    id = models.UUIDField()
    reference = models.TextField(unique=True)
    digest = models.TextField()
    key = models.ForeignKey(DataKey, models.DO_NOTHING)
    case = models.ForeignKey(Case, models.DO_NOTHING)
    schema_version = models.TextField()
    channel = models.TextField()
    record_mode = models.TextField(default="full")
    subject = models.TextField(default="person")
    received_at = models.DateTimeField()
    province_code = models.TextField(null=True)
    country_code = models.TextField(null=True)
    status = models.TextField(default="received")
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta(Table.Meta):
        db_table = "intakes"


class IntakeContent(Table):
    pk = models.CompositePrimaryKey("organisation_id", "intake_id", "position")
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING)
    intake_id = models.UUIDField()
    position = models.IntegerField(default=0)
    case = models.ForeignKey(Case, models.DO_NOTHING)
    key = models.ForeignKey(DataKey, models.DO_NOTHING)
    sealed = models.BinaryField()

    class Meta(Table.Meta):
        db_table = "intake_contents"


class IntakePerson(Table):
    pk = models.CompositePrimaryKey("organisation_id", "intake_id", "position")
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING)
    intake_id = models.UUIDField()
    position = models.IntegerField(default=0)
    case = models.ForeignKey(Case, models.DO_NOTHING)
    case_reference = models.TextField()

    class Meta(Table.Meta):
        db_table = "intake_persons"


class Referral(Table):
    id = models.UUIDField(primary_key=True)
    reference = models.TextField(unique=True)
    case = models.ForeignKey(Case, models.DO_NOTHING)
    sender = models.ForeignKey(Organisation, models.DO_NOTHING, related_name="+")
    originator = models.ForeignKey(Organisation, models.DO_NOTHING, related_name="+")
    receiver = models.ForeignKey(Organisation, models.DO_NOTHING, related_name="+", null=True)
    claimant = models.ForeignKey(Organisation, models.DO_NOTHING, related_name="+", null=True)
    custodian = models.ForeignKey(Organisation, models.DO_NOTHING, related_name="+")
    province_code = models.TextField(null=True)
    service = models.TextField()
    urgency = models.TextField()
    sections = ArrayField(models.TextField())
    status = models.TextField()
    reason = models.TextField(null=True)
    outcome = models.TextField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta(Table.Meta):
        db_table = "referrals"


class ReferralPreview(Table):
    referral = models.OneToOneField(Referral, models.DO_NOTHING, primary_key=True, related_name="preview")
    preview = models.JSONField()

    class Meta(Table.Meta):
        db_table = "referral_previews"


class ReferralText(Table):
    id = models.UUIDField(primary_key=True)
    referral = models.ForeignKey(Referral, models.DO_NOTHING, related_name="texts")
    author_id = models.UUIDField()
    kind = models.TextField()
    sealed = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta(Table.Meta):
        db_table = "referral_texts"


class IdempotencyKey(Table):
    scope = models.BinaryField(primary_key=True)
    organisation_id = models.UUIDField()
    fingerprint = models.TextField()
    status_code = models.SmallIntegerField()
    resource_id = models.UUIDField()

    class Meta(Table.Meta):
        db_table = "idempotency_keys"
