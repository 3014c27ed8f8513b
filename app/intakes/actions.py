"""Taking in a record: one intake, one case per person, all in one transaction; repeating it changes nothing.

Who declines to be recorded gets no case, a group or a situation gets one that names nobody; and whoever reported hears
what became of it.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Uuid, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from app.cases import actions as cases
from app.cases.family import inverse
from app.cases.keys import case_key, key_for, new_keys, new_reference, seal
from app.cases.models import Case, CaseLink
from app.cases.sections import Section, content_of
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.intakes.models import CaseFeedback, Intake, IntakeContent, IntakePerson, IntakeReporter, Supplement
from app.intakes.schemas import FeedbackIn, IntakeIn, PersonIn, ReporterIn, SupplementIn
from app.journal import Event, Subject, record
from app.law.deadlines import Carrier
from app.problems import FieldError, IntakeConflict, NotFound, NotYourMove, RecordErased, UnknownReference
from app.reference.codes import code_list
from app.refusals import MinorNeedsRecord
from app.vault import DataKey, Place

_OF_IDENTITY = set(PersonIn.model_fields) - {"identity_documents", "contact", "family"}


async def find(tx: Tx, intake_id: UUID, digest: str) -> bool:
    """Whether this sender's id was taken in before with this content; 409 with another, 410 once it was erased.

    The lock makes a twin wait for the first one's commit, so that fifty identical PUTs are one effect and 49 replays.
    """
    return await _taken(tx, Intake, intake_id, digest)


async def submit(tx: Tx, intake_id: UUID, body: IntakeIn, digest: str, key: DataKey | None = None) -> UUID:
    """Stores the record whole, and opens a case for the person and for each accompanying minor, linked both ways.

    `key` is the person's own, where words about them were sealed before there was a case (an announced return).
    """
    _check_may_decline(body)
    joined = await _joined(tx, body.case_id) if body.case_id else None
    keys = [joined[1]] if joined else await _keys(tx, key, len(body.accompanying_minors))
    opened = [joined[0]] if joined else []
    if body.record_mode != "minimal" and joined is None:
        opened = await _open_cases(tx, body, keys)
    case_id = opened[0].id if opened else None
    await tx.insert(Intake, _row(tx, intake_id, body, digest, (keys[0], case_id)))
    await _keep_contents(tx, intake_id, body, keys, opened)
    if body.reporter:
        await _keep_reporter(tx, intake_id, body.reporter)
    record(tx, Event.INTAKE_SUBMITTED, Subject("intake", intake_id, case_id), channel=body.channel)
    if case_id and body.respond_by:
        await follow(tx, Event.INTAKE_SUBMITTED, Moved(Carrier.CASE, case_id, {}, due_on=body.respond_by))
    return intake_id


def _check_may_decline(body: IntakeIn) -> None:
    """422 for a child, or somebody who may be one: they are always recorded (Circular 35/2013 Art 19.4)."""
    if body.age_band and "adult" not in code_list("age_band").latest(body.age_band).attributes:
        raise MinorNeedsRecord(FieldError("/age_band", "minor_needs_record"))


async def _joined(tx: Tx, case_id: UUID) -> tuple[Row[Any], DataKey]:
    """The caller's own visible case that this record is about; it gains nothing on it by adding one."""
    try:
        return await tx.one(select(Case).where(Case.id == case_id)), await case_key(tx, case_id)
    except NotFound:
        raise UnknownReference(FieldError("/case_id", "unknown_reference")) from None


async def _keys(tx: Tx, key: DataKey | None, minors: int) -> list[DataKey]:
    if key is None:
        return await new_keys(tx, 1 + minors)
    return [key, *(await new_keys(tx, minors) if minors else [])]


async def _open_cases(tx: Tx, body: IntakeIn, keys: list[DataKey]) -> list[Row[Any]]:
    about = _person(body.person) if body.record_mode == "full" else _nobody(body)
    statement = body.trafficking.statement if body.trafficking else None
    seen = cases.Seen(body.channel, body.place.province_code, body.subject, body.group_size, body.received_at)
    opened = [await cases.open_case(tx, keys[0], {**about, **_circumstances(body)}, statement, seen)]
    shared: cases.Content = {Section.HANDLING: {"flags": body.handling} if body.handling else {}}
    for minor, key in zip(body.accompanying_minors, keys[1:], strict=True):
        case = await cases.open_case(tx, key, {**_person(minor), **shared}, None, seen)
        await _link(tx, opened[0].id, case.id, minor.relation)
        opened.append(case)
    return opened


def _circumstances(body: IntakeIn) -> dict[str, dict[str, Any]]:
    """Codes of the first case alone, but for the safety flags: what an adult refuses, a child has not refused."""
    handling = {"flags": body.handling, "declines": body.declines}
    return {
        Section.HANDLING: {name: codes for name, codes in handling.items() if codes},
        Section.NEEDS: {"services": body.urgent_needs} if body.urgent_needs else {},
        Section.EXPLOITATION: _exploitation(body),
    }


def _nobody(body: IntakeIn) -> dict[str, dict[str, Any]]:
    """What a report without a person tells whoever takes it over: what is known, and where."""
    where = {"address": body.place.text, "province_code": body.place.province_code}
    return {
        Section.IDENTITY: {"description": body.text} if body.text else {},
        Section.CONTACT: {name: value for name, value in where.items() if value},
    }


def _person(person: PersonIn | None) -> dict[str, dict[str, Any]]:
    said = content_of(person)
    papers = {"identity_documents": said["identity_documents"]} if said.get("identity_documents") else {}
    return {
        Section.IDENTITY: {name: value for name, value in said.items() if name in _OF_IDENTITY and value != []},
        Section.PAPERS: papers,
        Section.CONTACT: said.get("contact", {}),
        Section.FAMILY: said.get("family", {}),
    }


def _exploitation(body: IntakeIn) -> dict[str, Any]:
    return {name: value for name, value in content_of(body.trafficking).items() if name != "statement"}


async def _link(tx: Tx, case_id: UUID, minor_id: UUID, relation: str) -> None:
    there = {"case_id": case_id, "linked_case_id": minor_id, "relation": relation}
    back = {"case_id": minor_id, "linked_case_id": case_id, "relation": inverse(relation)}
    await tx.insert(CaseLink, there, back)


def _row(tx: Tx, intake_id: UUID, body: IntakeIn, digest: str, held_by: tuple[DataKey, UUID | None]) -> dict[str, Any]:
    key, case_id = held_by
    return {
        "organisation_id": tx.me,
        "id": intake_id,
        "reference": new_reference(),
        "digest": digest,
        "key_id": key.id,
        "case_id": case_id,
        "schema_version": body.schema_version,
        "channel": body.channel,
        "record_mode": body.record_mode,
        "subject": body.subject,
        "received_at": body.received_at,
        "province_code": body.place.province_code,
        "country_code": body.place.country_code,
    }


async def _keep_contents(tx: Tx, intake_id: UUID, body: IntakeIn, keys: list[DataKey], opened: list[Row[Any]]) -> None:
    """Each person's part under that person's own key; the circumstances go with the first, the reporter with none."""
    parts = [body.model_dump(mode="json", exclude={"accompanying_minors", "reporter"}, exclude_unset=True)]
    parts += [minor.model_dump(mode="json", exclude_unset=True) for minor in body.accompanying_minors]
    rows: list[dict[str, Any]] = []
    for position, (part, key) in enumerate(zip(parts, keys, strict=True)):
        place = Place("intake_contents", "sealed", f"{tx.me}/{intake_id}/{position}")
        row = {
            "organisation_id": tx.me,
            "intake_id": intake_id,
            "position": position,
            "case_id": opened[position].id if opened else None,
            "key_id": key.id,
            "sealed": tx.keyring.vault.seal(key, place, part),
        }
        rows.append(row)
    await tx.insert(IntakeContent, *rows)
    persons = [
        {
            "organisation_id": tx.me,
            "intake_id": intake_id,
            "position": position,
            "case_id": case.id,
            "case_reference": case.reference,
        }
        for position, case in enumerate(opened)
    ]
    if persons:
        await tx.insert(IntakePerson, *persons)


async def _keep_reporter(tx: Tx, intake_id: UUID, reporter: ReporterIn) -> None:
    (key,) = await new_keys(tx, 1)
    said = reporter.model_dump(mode="json", exclude_none=True)
    sealed = tx.keyring.vault.seal(key, reporter_place(tx, intake_id), said)
    row = {"organisation_id": tx.me, "intake_id": intake_id, "key_id": key.id, "sealed": sealed}
    await tx.insert(IntakeReporter, row)


def reporter_place(tx: Tx, intake_id: UUID) -> Place:
    return Place("intake_reporters", "sealed", f"{tx.me}/{intake_id}")


async def find_supplement(tx: Tx, supplement_id: UUID, digest: str) -> bool:
    """As `find`, for a supplement's id."""
    return await _taken(tx, Supplement, supplement_id, digest)


async def _taken(tx: Tx, model: type[Intake] | type[Supplement], sent_id: UUID, digest: str) -> bool:
    await tx.scalar(select(func.pg_advisory_xact_lock((sent_id.int ^ tx.me.int) % 2**63)))
    mine = (model.organisation_id == tx.me, model.id == sent_id)
    row = await tx.first(select(model.digest, model.erased_at).where(*mine))
    if row is not None and row.erased_at:
        raise RecordErased
    if row is not None and row.digest != digest:
        raise IntakeConflict
    return row is not None


async def supplement(tx: Tx, intake_id: UUID, supplement_id: UUID, body: SupplementIn, digest: str) -> UUID:
    """Appends to one's own intake, for ever, whoever has custody by then; nothing before it is changed.

    What is added of the reporter is sealed and kept as the reporter is: apart from the case.
    """
    intake = await tx.one(select(Intake).where(Intake.organisation_id == tx.me, Intake.id == intake_id))
    apart = _concerns_the_reporter(body)
    key = await (_reporter_key(tx, intake_id) if apart else key_for(tx, intake.key_id))
    case_id = None if apart else intake.case_id
    said = {"pointer": body.pointer, "value": body.value}
    row = {
        "organisation_id": tx.me,
        "id": supplement_id,
        "intake_id": intake_id,
        "case_id": case_id,
        "kind": body.kind,
        "digest": digest,
        "key_id": key.id,
        "sealed": tx.keyring.vault.seal(key, Place("intake_supplements", "sealed", supplement_id), said),
    }
    await tx.insert(Supplement, row)
    record(tx, Event.SUPPLEMENT_ADDED, Subject("supplement", supplement_id, case_id), kind=body.kind)
    return supplement_id


def _concerns_the_reporter(body: SupplementIn) -> bool:
    """Whether it points at the reporter, or speaks of one in a change to the whole."""
    if body.pointer:
        return body.pointer.split("/")[1] == "reporter"
    return isinstance(body.value, dict) and "reporter" in body.value


async def _reporter_key(tx: Tx, intake_id: UUID) -> DataKey:
    """The reporter's, or a new one of a reporter who was not known before."""
    mine = (IntakeReporter.organisation_id == tx.me, IntakeReporter.intake_id == intake_id)
    row = await tx.first(select(IntakeReporter.key_id).where(*mine))
    return await key_for(tx, row.key_id) if row else (await new_keys(tx, 1))[0]


async def give_feedback(tx: Tx, case_id: UUID, body: FeedbackIn) -> UUID:
    """Tells every body that reported what became of it, on a closed case too; by the custodian alone."""
    case = await cases.lock_case(tx, case_id, open_only=False)
    if case.custodian_id != tx.me:
        raise NotYourMove
    feedback_id = uuid4()
    row = {
        "id": feedback_id,
        "case_id": case_id,
        "author_id": tx.me,
        "outcome": body.outcome,
        "text_sealed": seal(tx, await case_key(tx, case_id), feedback_place(feedback_id), body.text),
    }
    await tx.insert(CaseFeedback, row)
    told = await tx.scalar(select(func.access.feedback_told(feedback_id, type_=ARRAY(Uuid()))))
    subject = Subject("feedback", feedback_id, case_id)
    record(tx, Event.FEEDBACK_GIVEN, subject, parties=told, outcome=body.outcome)
    await follow(tx, Event.FEEDBACK_GIVEN, Moved(Carrier.CASE, case_id, {}))
    return feedback_id


def feedback_place(feedback_id: UUID) -> Place:
    return Place("case_feedback", "text", feedback_id)
