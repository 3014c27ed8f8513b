"""Taking in a record: one intake, one case per person, all in one transaction; repeating it changes nothing."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from app.cases import actions as cases
from app.cases.keys import case_key, key_for, new_keys, new_reference
from app.cases.models import Case, CaseLink
from app.cases.sections import Section, content_of
from app.db import Tx
from app.intakes.models import Intake, IntakeContent, IntakePerson, Supplement
from app.intakes.schemas import IntakeIn, PersonIn, SupplementIn
from app.journal import Event, Subject, record
from app.problems import FieldError, IntakeConflict, NotFound, UnknownReference
from app.vault import DataKey, Place

_INVERSE = {"child": "parent", "parent": "child"}
_OF_IDENTITY = set(PersonIn.model_fields) - {"identity_documents", "contact", "family"}


async def find(tx: Tx, intake_id: UUID, digest: str) -> bool:
    """Whether this sender's id was taken in before with this content; 409 with another.

    The lock makes a twin wait for the first one's commit, so that fifty identical PUTs are one effect and 49 replays.
    """
    return await _taken(tx, Intake, intake_id, digest)


async def submit(tx: Tx, intake_id: UUID, body: IntakeIn, digest: str) -> UUID:
    """Stores the record whole, and opens a case for the person and for each accompanying minor, linked both ways."""
    joined = await _joined(tx, body.case_id) if body.case_id else None
    opens = body.record_mode == "full" and joined is None
    keys = [joined[1]] if joined else await new_keys(tx, 1 + len(body.accompanying_minors))
    opened = [joined[0]] if joined else []
    if opens:
        opened = await _open_cases(tx, body, keys)
    await tx.insert(Intake, _row(tx, intake_id, body, digest, (keys[0], opened[0].id if opened else None)))
    await _keep_contents(tx, intake_id, body, keys, opened)
    case_id = opened[0].id if opened else None
    record(tx, Event.INTAKE_SUBMITTED, Subject("intake", intake_id, case_id), channel=body.channel)
    return intake_id


async def _joined(tx: Tx, case_id: UUID) -> tuple[Row[Any], DataKey]:
    """The caller's own visible case that this record is about; it gains nothing on it by adding one."""
    try:
        return await tx.one(select(Case).where(Case.id == case_id)), await case_key(tx, case_id)
    except NotFound:
        raise UnknownReference(FieldError("/case_id", "unknown_reference")) from None


async def _open_cases(tx: Tx, body: IntakeIn, keys: list[DataKey]) -> list[Row[Any]]:
    shared: cases.Content = {Section.HANDLING: {"flags": body.handling} if body.handling else {}}
    own: cases.Content = {
        Section.NEEDS: {"services": body.urgent_needs} if body.urgent_needs else {},
        Section.EXPLOITATION: _exploitation(body),
    }
    statement = body.trafficking.statement if body.trafficking else None
    seen = cases.Seen(body.channel, body.place.province_code, body.received_at)
    opened = [await cases.open_case(tx, keys[0], {**_person(body.person), **shared, **own}, statement, seen)]
    for minor, key in zip(body.accompanying_minors, keys[1:], strict=True):
        case = await cases.open_case(tx, key, {**_person(minor), **shared}, None, seen)
        await _link(tx, opened[0].id, case.id, minor.relation)
        opened.append(case)
    return opened


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
    back = {"case_id": minor_id, "linked_case_id": case_id, "relation": _INVERSE.get(relation, relation)}
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
        "received_at": body.received_at,
        "province_code": body.place.province_code,
        "country_code": body.place.country_code,
    }


async def _keep_contents(tx: Tx, intake_id: UUID, body: IntakeIn, keys: list[DataKey], opened: list[Row[Any]]) -> None:
    """Each person's part under that person's own key; the circumstances go with the first."""
    parts = [body.model_dump(mode="json", exclude={"accompanying_minors"}, exclude_unset=True)]
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


async def find_supplement(tx: Tx, supplement_id: UUID, digest: str) -> bool:
    """As `find`, for a supplement's id."""
    return await _taken(tx, Supplement, supplement_id, digest)


async def _taken(tx: Tx, model: type[Intake] | type[Supplement], sent_id: UUID, digest: str) -> bool:
    await tx.scalar(select(func.pg_advisory_xact_lock((sent_id.int ^ tx.me.int) % 2**63)))
    row = await tx.first(select(model.digest).where(model.organisation_id == tx.me, model.id == sent_id))
    if row is not None and row.digest != digest:
        raise IntakeConflict
    return row is not None


async def supplement(tx: Tx, intake_id: UUID, supplement_id: UUID, body: SupplementIn, digest: str) -> UUID:
    """Appends to one's own intake, for ever, whoever has custody by then; nothing before it is changed."""
    intake = await tx.one(select(Intake).where(Intake.organisation_id == tx.me, Intake.id == intake_id))
    key = await key_for(tx, intake.key_id)
    said = {"pointer": body.pointer, "value": body.value}
    row = {
        "organisation_id": tx.me,
        "id": supplement_id,
        "intake_id": intake_id,
        "case_id": intake.case_id,
        "kind": body.kind,
        "digest": digest,
        "key_id": key.id,
        "sealed": tx.keyring.vault.seal(key, Place("intake_supplements", "sealed", supplement_id), said),
    }
    await tx.insert(Supplement, row)
    subject = Subject("supplement", supplement_id, intake.case_id)
    record(tx, Event.SUPPLEMENT_ADDED, subject, kind=body.kind)
    return supplement_id
