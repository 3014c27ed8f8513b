"""W1: an intake, the case it opens, its sealed sections, its look-up values and the clock that starts."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone
from django.utils.crypto import get_random_string
from rest_framework.request import Request

from benchmarks.django_rest.journal import Entry, record
from benchmarks.django_rest.models import (
    Case,
    CaseEntry,
    CaseLookup,
    CaseSection,
    DataKey,
    Duty,
    Intake,
    IntakeContent,
    IntakePerson,
)
from benchmarks.django_rest.sealing import indexes, new_key, seal

_LETTERS = "0123456789ACDEFGHJKLMNPQRTUVWXYZ"


def submit(request: Request, intake_id: UUID, said: Mapping[str, Any], digest: str) -> Intake:
    """All rows of one record, in the transaction of the request."""
    me = request.user.organisation_id
    key, cipher = new_key(me)
    case = open_case(me, key, cipher, said)
    intake: Intake = Intake.objects.create(
        organisation_id=me,
        id=intake_id,
        reference=get_random_string(8, _LETTERS),
        digest=digest,
        key=key,
        case=case,
        schema_version=said["schema_version"],
        channel=said["channel"],
        received_at=said["received_at"],
        province_code=said["place"].get("province_code"),
        country_code=said["place"].get("country_code"),
    )
    sealed = seal(cipher, f"intake_contents/{me}/{intake_id}/0", request.data)
    IntakeContent.objects.create(organisation_id=me, intake_id=intake_id, case=case, key=key, sealed=sealed)
    IntakePerson.objects.create(organisation_id=me, intake_id=intake_id, case=case, case_reference=case.reference)
    submitted = Entry("intake.submitted", "intake", intake_id, case.id, facts={"channel": intake.channel})
    record(request, [Entry("case.opened", "case", case.id, case.id), submitted])
    return intake


def open_case(me: UUID, key: DataKey, cipher: AESGCM, said: Mapping[str, Any]) -> Case:
    """The case with its sections, the statement, the look-up values and the duty of whoever has custody."""
    case: Case = Case.objects.create(
        reference=get_random_string(8, _LETTERS),
        key=key,
        custodian_id=me,
        province_code=said["place"].get("province_code"),
        channel=said["channel"],
    )
    CaseSection.objects.bulk_create(_sections(me, case, cipher, said))
    statement = said.get("trafficking", {}).get("statement")
    if statement:
        entry = CaseEntry(case=case, section="statement", author_id=me, taken_at=said["received_at"])
        entry.sealed = seal(cipher, f"case_entries/{entry.id}", statement)
        entry.save(force_insert=True)
    CaseLookup.objects.bulk_create(_lookups(case, said["person"]))
    _duty(me, case, timezone.now()).save(force_insert=True)
    return case


def _sections(me: UUID, case: Case, cipher: AESGCM, said: Mapping[str, Any]) -> Iterator[CaseSection]:
    identity = seal(cipher, f"case_sections/{case.id}/identity", said["person"])
    yield CaseSection(case=case, section="identity", sealed=identity, updated_by=me)
    coded = {
        "handling": {"flags": said.get("handling")},
        "needs": {"services": said.get("urgent_needs")},
        "exploitation": {name: value for name, value in said.get("trafficking", {}).items() if name != "statement"},
    }
    for section, codes in coded.items():
        if any(codes.values()):
            yield CaseSection(case=case, section=section, codes=codes, updated_by=me)


def _lookups(case: Case, person: Mapping[str, Any]) -> Iterator[CaseLookup]:
    name, born = person.get("full_name"), person.get("birth_date")
    year = int(born[:4]) if born else None
    found = {
        "name_year": indexes.name_year(name, year),
        "name_set_year": indexes.name_set_year(name, year),
        "name_date": indexes.name_date(name, born),
    }
    for kind, digest in found.items():
        if digest:
            yield CaseLookup(case=case, kind=kind, digest=digest)


def _duty(me: UUID, case: Case, now: datetime) -> Duty:
    """Law 53/2024 Art 27: at once, that is within 24 hours, of which the last four are warned of."""
    return Duty(
        organisation_id=me,
        owner="custodian",
        rule_id="D01",
        rule_key="D01:law_2024:2025-07-01",
        carrier="case",
        carrier_id=case.id,
        case=case,
        province_code=case.province_code,
        started_at=now,
        due_at=now + timedelta(hours=24),
        warn_at=now + timedelta(hours=20),
    )
