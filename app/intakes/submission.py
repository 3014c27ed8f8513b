"""Taking in records: for each an intake and one case per person, all in one transaction; repeating it changes nothing.

One is a batch of one: whatever the number, keys are made first, then cases, then intakes, each kind of row at once. Who
declines to be recorded gets no case, a group or a situation gets one that names nobody.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT
from sqlalchemy.engine import Row

from app.cases.actions import Content
from app.cases.family import inverse
from app.cases.keys import case_key, new_keys, new_reference
from app.cases.models import Case, CaseLink
from app.cases.opening import Opening, Seen, open_cases
from app.cases.sections import Section, content_of
from app.db import Tx
from app.deadlines.actions import Moved, follow, follow_all
from app.happenings import Event
from app.intakes.models import Intake, IntakeContent, IntakePerson, IntakeReporter, Supplement
from app.intakes.schemas import IntakeIn, PersonIn
from app.journal import Subject, record
from app.law.deadlines import Carrier
from app.problems import FieldError, IntakeConflict, NotFound, RecordErased, UnknownReference
from app.questions import Question
from app.reference.codes import code_list
from app.refusals import MinorNeedsRecord
from app.vault import DataKey, Place

_LOCKS = Question(
    select(func.pg_advisory_xact_lock(func.unnest(bindparam("numbers", type_=ARRAY(BIGINT()))).column_valued("number")))
)
_HELD = {
    model: Question(
        select(model.id, model.digest, model.erased_at).where(
            model.organisation_id == bindparam("me"), model.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
        )
    )
    for model in (Intake, Supplement)
}
_OF_IDENTITY = set(PersonIn.model_fields) - {"identity_documents", "contact", "family"}


@dataclass(frozen=True)
class Taken:
    """What a sender's id stands for already."""

    digest: str
    erased_at: datetime | None = None


@dataclass(frozen=True)
class Submission:
    """A record to take in. `key` is the person's own, where words about them were sealed before there was this record:
    an announced return, or the case that it joins."""

    id: UUID
    body: IntakeIn
    digest: str
    key: DataKey | None = None
    joins: Row[Any] | None = None


@dataclass(frozen=True)
class _Record:
    """A submission as it will be written: a key for each person and one for the reporter; what it opens; its cases."""

    sent: Submission
    keys: Sequence[DataKey]
    reporter_key: DataKey | None
    openings: Sequence[Opening]

    @property
    def cases(self) -> list[tuple[UUID, str]]:
        """Ids and references, the person's first."""
        joined = self.sent.joins
        return [(joined.id, joined.reference)] if joined else [(each.id, each.reference) for each in self.openings]

    @property
    def case_id(self) -> UUID | None:
        return self.cases[0][0] if self.cases else None


async def find(tx: Tx, intake_id: UUID, digest: str) -> bool:
    """Whether this sender's id was taken in before with this content; 409 with another, 410 once it was erased."""
    return is_replay((await held(tx, Intake, [intake_id])).get(intake_id), digest)


async def held(tx: Tx, model: type[Intake] | type[Supplement], ids: Sequence[UUID]) -> Mapping[UUID, Taken]:
    """Which of the sender's ids are taken: their digests and when they were erased.

    The locks make a twin wait for the first one's commit, so that fifty identical PUTs are one effect and 49 replays.
    They are taken in one order by everybody, so that two batches with the same ids do not wait for each other. They are
    hashes: whoever makes an id must not choose a lock, which could be another's or one that every transaction needs.
    """
    numbers = sorted(_lock_of(tx.me, each) for each in ids)
    await tx.ask_all(_LOCKS, numbers=numbers)
    rows = await tx.ask_all(_HELD[model], me=tx.me, ids=list(ids))
    if rows:
        await tx.confirm()
    return {row.id: Taken(row.digest, row.erased_at) for row in rows}


def _lock_of(sender: UUID, made: UUID) -> int:
    return int.from_bytes(hashlib.sha256(sender.bytes + made.bytes).digest()[:8], "big", signed=True)


def is_replay(taken: Taken | None, digest: str) -> bool:
    """As `find`, of what `held` found under the id."""
    if taken is not None and taken.erased_at:
        raise RecordErased
    if taken is not None and taken.digest != digest:
        raise IntakeConflict
    return taken is not None


async def submit(tx: Tx, intake_id: UUID, body: IntakeIn, digest: str, key: DataKey | None = None) -> UUID:
    """Stores the record whole, and opens a case for the person and for each accompanying minor, linked both ways."""
    await submit_all(tx, [await admissible(tx, Submission(intake_id, body, digest, key))])
    return intake_id


async def admissible(tx: Tx, sent: Submission) -> Submission:
    """The submission with the case that it joins. 422 for a child, or somebody who may be one, without a record: they
    are always recorded (Circular 35/2013 Art 19.4); and for a case that is not the caller's to see."""
    body = sent.body
    if body.age_band and "adult" not in code_list("age_band").latest(body.age_band).attributes:
        raise MinorNeedsRecord(FieldError("/age_band", "minor_needs_record"))
    if body.case_id is None:
        return sent
    try:
        case = await tx.one(select(Case).where(Case.id == body.case_id))
        return replace(sent, joins=case, key=await case_key(tx, body.case_id))
    except NotFound:
        raise UnknownReference(FieldError("/case_id", "unknown_reference")) from None


async def submit_all(tx: Tx, submissions: Sequence[Submission]) -> None:
    """Stores records that are `admissible`, under ids that are not taken. What joins a case gains nothing on it."""
    keys = iter(await new_keys(tx, sum(map(_keys_wanted, submissions))))
    records = [_record(each, keys) for each in submissions]
    await open_cases(tx, [opening for each in records for opening in each.openings])
    await tx.insert(CaseLink, *(row for each in records for row in _link_rows(each)))
    await tx.insert(Intake, *(_row(tx, each) for each in records))
    await tx.insert(IntakeContent, *(row for each in records for row in _content_rows(tx, each)))
    await tx.insert(IntakePerson, *(row for each in records for row in _person_rows(tx, each)))
    await tx.insert(IntakeReporter, *(row for each in records for row in _reporter_rows(tx, each)))
    for each in records:
        subject = Subject("intake", each.sent.id, each.case_id)
        record(tx, Event.INTAKE_SUBMITTED, subject, channel=each.sent.body.channel)
    await _start_clocks(tx, records)


async def _start_clocks(tx: Tx, records: Sequence[_Record]) -> None:
    """Of immediate danger. Several records may join one case, so those are told one after the other."""
    awaited = [each for each in records if each.case_id and each.sent.body.respond_by]
    await follow_all(tx, Event.INTAKE_SUBMITTED, [_moved(each) for each in awaited if not each.sent.joins])
    for each in awaited:
        if each.sent.joins:
            await follow(tx, Event.INTAKE_SUBMITTED, _moved(each))


def _moved(of: _Record) -> Moved:
    return Moved(Carrier.CASE, of.cases[0][0], {}, due_on=of.sent.body.respond_by)


def _keys_wanted(sent: Submission) -> int:
    return (sent.key is None) + len(sent.body.accompanying_minors) + (sent.body.reporter is not None)


def _record(sent: Submission, fresh: Iterator[DataKey]) -> _Record:
    keys = [sent.key or next(fresh), *(next(fresh) for _ in sent.body.accompanying_minors)]
    opens = sent.body.record_mode != "minimal" and sent.joins is None
    return _Record(
        sent=sent,
        keys=keys,
        reporter_key=next(fresh) if sent.body.reporter else None,
        openings=list(_openings(sent.body, keys)) if opens else [],
    )


def _openings(body: IntakeIn, keys: Sequence[DataKey]) -> Iterator[Opening]:
    about = _person(body.person) if body.record_mode == "full" else _nobody(body)
    statement = body.trafficking.statement if body.trafficking else None
    seen = Seen(body.channel, body.place.province_code, body.subject, body.group_size, body.received_at)
    yield Opening(keys[0], {**about, **_circumstances(body)}, statement, seen)
    shared: Content = {Section.HANDLING: {"flags": body.handling} if body.handling else {}}
    for minor, key in zip(body.accompanying_minors, keys[1:], strict=True):
        yield Opening(key, {**_person(minor), **shared}, None, seen)


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


def _link_rows(of: _Record) -> Iterator[dict[str, Any]]:
    for minor, opening in zip(of.sent.body.accompanying_minors, of.openings[1:], strict=False):
        pair = (of.openings[0].id, opening.id)
        for (one, other), relation in ((pair, minor.relation), (pair[::-1], inverse(minor.relation))):
            yield {"case_id": one, "linked_case_id": other, "relation": relation}


def _row(tx: Tx, of: _Record) -> dict[str, Any]:
    body = of.sent.body
    return {
        "organisation_id": tx.me,
        "id": of.sent.id,
        "reference": new_reference(),
        "digest": of.sent.digest,
        "key_id": of.keys[0].id,
        "case_id": of.case_id,
        "schema_version": body.schema_version,
        "channel": body.channel,
        "record_mode": body.record_mode,
        "subject": body.subject,
        "received_at": body.received_at,
        "province_code": body.place.province_code,
        "country_code": body.place.country_code,
    }


def _content_rows(tx: Tx, of: _Record) -> Iterator[dict[str, Any]]:
    """Each person's part under that person's own key; the circumstances go with the first, the reporter with none."""
    body = of.sent.body
    parts = [body.model_dump(mode="json", exclude={"accompanying_minors", "reporter"}, exclude_unset=True)]
    parts += [minor.model_dump(mode="json", exclude_unset=True) for minor in body.accompanying_minors]
    for position, (part, key) in enumerate(zip(parts, of.keys, strict=True)):
        place = Place("intake_contents", "sealed", f"{tx.me}/{of.sent.id}/{position}")
        yield {
            "organisation_id": tx.me,
            "intake_id": of.sent.id,
            "position": position,
            "case_id": of.cases[position][0] if of.cases else None,
            "key_id": key.id,
            "sealed": tx.keyring.vault.seal(key, place, part),
        }


def _person_rows(tx: Tx, of: _Record) -> Iterator[dict[str, Any]]:
    for position, (case_id, reference) in enumerate(of.cases):
        yield {
            "organisation_id": tx.me,
            "intake_id": of.sent.id,
            "position": position,
            "case_id": case_id,
            "case_reference": reference,
        }


def _reporter_rows(tx: Tx, of: _Record) -> Iterator[dict[str, Any]]:
    if of.reporter_key and of.sent.body.reporter:
        said = of.sent.body.reporter.model_dump(mode="json", exclude_none=True)
        sealed = tx.keyring.vault.seal(of.reporter_key, reporter_place(tx, of.sent.id), said)
        key_id = of.reporter_key.id
        yield {"organisation_id": tx.me, "intake_id": of.sent.id, "key_id": key_id, "sealed": sealed}


def reporter_place(tx: Tx, intake_id: UUID) -> Place:
    return Place("intake_reporters", "sealed", f"{tx.me}/{intake_id}")
