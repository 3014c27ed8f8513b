"""Asking who somebody is, or whether they are a victim, and answering: who is competent, what each move keeps.

Police bodies verify; border and coast guard only persons they rescued and still hold (Law 53/2024 Arts 27-31). The
grant to the verifier is the requester's, and what a conclusion changes on the case is done by triggers.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row
from sqlalchemy.types import Text

from app.auth.scopes import Agency, Capability, scope
from app.cases.actions import lock_case, lock_own_case
from app.cases.exclusions import check_not_excluded
from app.cases.keys import case_key, seal
from app.cases.parties import grant
from app.cases.sections import content_of
from app.certificates import actions as certificates
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier, Owner
from app.law.rules import regime_of
from app.lifecycles import advance, next_status
from app.organisations.actions import addressee
from app.problems import FieldError, UnknownReference
from app.reference.fields import day_of, today
from app.refusals import AlreadyExtended, DoesNotFit, VerifierNotCompetent
from app.vault import Place
from app.verifications.lifecycle import VERIFICATION, Action, Role
from app.verifications.models import Verification, VerificationText
from app.verifications.schemas import (
    RESULTS,
    ConclusionIn,
    ForwardingIn,
    Kind,
    PaperReplyIn,
    Result,
    VerificationIn,
)

_EVENTS: Mapping[Action, Event] = {
    Action.START: Event.VERIFICATION_STARTED,
    Action.EXTEND: Event.VERIFICATION_EXTENDED,
    Action.REQUEST_INFORMATION: Event.VERIFICATION_INFORMATION_REQUESTED,
    Action.ANSWER: Event.VERIFICATION_ANSWERED,
    Action.FORWARD: Event.VERIFICATION_FORWARDED,
    Action.REFUSE: Event.VERIFICATION_REFUSED,
    Action.CONCLUDE: Event.VERIFICATION_CONCLUDED,
    Action.WITHDRAW: Event.VERIFICATION_WITHDRAWN,
    Action.RECONSIDER: Event.VERIFICATION_RECONSIDERED,
    Action.RECORD_REPLY: Event.VERIFICATION_REPLIED_ON_PAPER,
}
_TEXT_KINDS: Mapping[Action, str] = {
    Action.EXTEND: "extension",
    Action.REQUEST_INFORMATION: "question",
    Action.ANSWER: "answer",
    Action.FORWARD: "forwarding",
    Action.REFUSE: "refusal",
    Action.WITHDRAW: "withdrawal",
    Action.RECONSIDER: "reconsideration",
}
_FACTS = ("reason", "result")
_BY_PROOF = {Kind.VICTIM: Result.VICTIM, Kind.IDENTITY: Result.IDENTITY_CONFIRMED}


def verification_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


def _subject(verification_id: UUID, case_id: UUID) -> Subject:
    return Subject("verification", verification_id, case_id)


def proof_place(case_id: UUID) -> Place:
    # Of the case, not of the row: a forwarded request takes the same ciphertext along.
    return Place("verifications", "proof", case_id)


def roles(tx: Tx, row: Row[Any]) -> list[Role]:
    parties = {Role.VERIFIER: row.verifier_id, Role.REQUESTER: row.requester_id}
    return [role for role, organisation in parties.items() if organisation == tx.me]


async def request(tx: Tx, case_id: UUID, body: VerificationIn) -> UUID:
    """Asks a competent body; settled at once when the caller names itself and holds a proof document."""
    case = await lock_own_case(tx, case_id)
    await _must_be_competent(tx, body.verifier_id, tx.me, case.custodian_id)
    await check_not_excluded(tx, case_id, body.verifier_id, "/verifier_id")
    verification_id = uuid4()
    proof = content_of(body.proof_document) or None
    await tx.insert(
        Verification,
        {
            "id": verification_id,
            "case_id": case_id,
            "kind": body.kind,
            "requester_id": tx.me,
            "originator_id": tx.me,
            "verifier_id": body.verifier_id,
            "proof_sealed": seal(tx, await case_key(tx, case_id), proof_place(case_id), proof),
        },
    )
    subject = _subject(verification_id, case_id)
    record(tx, Event.VERIFICATION_REQUESTED, subject, parties=[tx.me, body.verifier_id], kind=body.kind)
    await _follow(tx, Event.VERIFICATION_REQUESTED, verification_id, {"kind": body.kind}, (tx.me, body.verifier_id))
    if body.verifier_id != tx.me:
        sections = func.access.verifier_sections(literal(body.kind, Text()), type_=ARRAY(Text()))
        carrier = ("verification", verification_id)
        await grant(tx, case_id, body.verifier_id, carrier, sections, lawful_basis="verification")
    elif proof:
        await _settle_by_proof(tx, verification_id, body.kind)
    return verification_id


async def _must_be_competent(tx: Tx, verifier_id: UUID, requester_id: UUID, custodian_id: UUID) -> None:
    """A police body, or the requester itself when it rescued the person: has custody, and its client may decide."""
    pointer = "/verifier_id"
    verifier = await addressee(tx, verifier_id, pointer, Capability.VERIFICATION_DECIDE, VerifierNotCompetent)
    own = verifier_id == requester_id
    competent = verifier_id == custodian_id if own else verifier.agency != Agency.BORDER_GUARD
    if verifier_id == tx.me and scope(tx.caller.agency, Capability.VERIFICATION_DECIDE) not in tx.caller.scopes:
        competent = False
    if not competent:
        raise VerifierNotCompetent(FieldError(pointer, "invalid_value"))


async def _settle_by_proof(tx: Tx, verification_id: UUID, kind: Kind) -> None:
    row = await tx.lock(select(Verification).where(Verification.id == verification_id))
    await _advance(
        tx, row, Action.CONCLUDE, result=_BY_PROOF[kind], grounds=["proof_document"], concluded_at=func.now()
    )


async def locked(tx: Tx, verification_id: UUID, if_match: str | None) -> Row[Any]:
    row = await tx.lock(select(Verification).where(Verification.id == verification_id))
    must_match(if_match, verification_etag(tx, row))
    return row


async def _advance(tx: Tx, row: Row[Any], action: Action, words: str | None = None, **values: Any) -> None:
    """Makes the move, keeps its words beside all earlier ones, and tells both parties."""
    await advance(tx, Verification, row, (VERIFICATION, action, roles(tx, row)), **values)
    if words is not None:
        text_id = uuid4()
        key = await case_key(tx, row.case_id)
        text = {
            "id": text_id,
            "verification_id": row.id,
            "author_id": tx.me,
            "kind": _TEXT_KINDS[action],
            "sealed": seal(tx, key, Place("verification_texts", "text", text_id), words),
        }
        await tx.insert(VerificationText, text)
    facts = {name: values[name] for name in _FACTS if name in values}
    if action is Action.RECORD_REPLY:
        facts["on_paper"] = True
    parties = [row.requester_id, row.verifier_id]
    record(tx, _EVENTS[action], _subject(row.id, row.case_id), parties=parties, **facts)
    asked = {"kind": row.kind, **{name: str(facts[name]) for name in ("result",) if name in facts}}
    await _follow(tx, _EVENTS[action], row.id, asked, (row.requester_id, row.verifier_id))


async def _follow(
    tx: Tx, event: Event, verification_id: UUID, asked: Mapping[str, str], sides: tuple[UUID, UUID]
) -> None:
    owners = dict(zip((Owner.REQUESTER, Owner.VERIFIER), sides, strict=True))
    await follow(tx, event, Moved(Carrier.VERIFICATION, verification_id, owners, asked))


async def move(
    tx: Tx, verification_id: UUID, action: Action, if_match: str | None, *, words: str | None = None, **values: Any
) -> UUID:
    """A move that depends on nothing but status and party: start, question, answer, refusal, withdrawal."""
    row = await locked(tx, verification_id, if_match)
    await _advance(tx, row, action, words, **values)
    return verification_id


async def extend(tx: Tx, verification_id: UUID, reason: str, if_match: str | None) -> UUID:
    """More time, once in the life of a verification."""
    row = await locked(tx, verification_id, if_match)
    next_status(VERIFICATION, row.status, Action.EXTEND, roles(tx, row))
    if row.extended_at is not None:
        raise AlreadyExtended
    await _advance(tx, row, Action.EXTEND, reason, extended_at=func.now())
    return verification_id


async def forward(tx: Tx, verification_id: UUID, body: ForwardingIn, if_match: str | None) -> UUID:
    """Ends this one and asks another body in its place; who forwarded sees the new one no more than any stranger."""
    row = await locked(tx, verification_id, if_match)
    next_status(VERIFICATION, row.status, Action.FORWARD, roles(tx, row))
    await _must_be_competent(tx, body.verifier_id, row.requester_id, row.custodian_id)
    await _advance(tx, row, Action.FORWARD, body.reason)
    new_id = uuid4()
    if not await tx.scalar(select(func.access.forward_verification(row.id, new_id, body.verifier_id))):
        raise UnknownReference(FieldError("/verifier_id", "unknown_reference"))
    subject = _subject(new_id, row.case_id)
    record(tx, Event.VERIFICATION_REQUESTED, subject, parties=[row.requester_id, body.verifier_id], kind=row.kind)
    await _follow(tx, Event.VERIFICATION_REQUESTED, new_id, {"kind": row.kind}, (row.requester_id, body.verifier_id))
    return verification_id


async def conclude(tx: Tx, verification_id: UUID, body: ConclusionIn, if_match: str | None) -> UUID:
    """The answer with its grounds and sources; the trigger carries the result to the case."""
    row = await locked(tx, verification_id, if_match)
    next_status(VERIFICATION, row.status, Action.CONCLUDE, roles(tx, row))
    await _concluded(tx, row, body, Action.CONCLUDE)
    return verification_id


async def record_reply(tx: Tx, verification_id: UUID, body: PaperReplyIn, if_match: str | None) -> UUID:
    """The verifier's answer, entered by the requester from the letter that brought it.

    A requester may do so because the law has the police reply in writing (Law 66/2011 Art 24) and not every police body
    is connected: the letter is the conclusion, this is its entry. It stands under the letter's number and day, is shown
    and audited as `on_paper`, and the verifier is told of it. 422 for a letter older than the request.
    """
    row = await locked(tx, verification_id, if_match)
    next_status(VERIFICATION, row.status, Action.RECORD_REPLY, roles(tx, row))
    asked_on = day_of(row.created_at)
    if body.issued_on < asked_on:
        raise DoesNotFit(FieldError("/issued_on", "out_of_range", {"least": asked_on.isoformat()}))
    await _concluded(tx, row, body, Action.RECORD_REPLY, body)
    return verification_id


async def _concluded(
    tx: Tx, row: Row[Any], body: ConclusionIn, action: Action, paper: PaperReplyIn | None = None
) -> None:
    """What a conclusion writes, whichever way it came. One of the verifier's own leaves no paper of an earlier one."""
    if body.result not in RESULTS[row.kind]:
        raise DoesNotFit(FieldError("/result", "invalid_value", {"allowed": sorted(RESULTS[row.kind])}))
    # Read while the grant lives: the conclusion ends it.
    holder = await certificates.holder_now(tx, row.case_id) if body.certificate else {}
    await certificates.hold_alive(tx, row.case_id)
    key = await case_key(tx, row.case_id)
    certificate = body.certificate.model_dump(mode="json", exclude_none=True) if body.certificate else None
    concluded_on = paper.issued_on if paper else today()
    await _advance(
        tx,
        row,
        action,
        **body.model_dump(include={"result", "grounds", "evidence_sources"}),
        certificate_sealed=seal(tx, key, Place("verifications", "certificate", row.id), certificate),
        **_determined(body.certificate.issued_on if body.certificate else concluded_on, body.result),
        paper_sealed=seal(tx, key, Place("verifications", "paper", row.id), paper.number if paper else None),
        paper_issued_on=paper.issued_on if paper else None,
        concluded_at=func.now(),
    )
    if body.certificate:
        await certificates.issue_found(tx, row, body.certificate, holder)


def _determined(on: date, result: str) -> dict[str, Any]:
    """The day of the finding; a victim found under the earlier law keeps its benefits (Law 53/2024 Art 63)."""
    return {"determined_on": on, "regime": regime_of(on, today()) if result == Result.VICTIM else None}


async def reconsider(tx: Tx, verification_id: UUID, reason: str, if_match: str | None) -> UUID:
    """Opens a concluded one again. The old result stands until there is a new one."""
    row = await locked(tx, verification_id, if_match)
    next_status(VERIFICATION, row.status, Action.RECONSIDER, roles(tx, row))
    await lock_case(tx, row.case_id)
    await _advance(tx, row, Action.RECONSIDER, reason)
    return verification_id
