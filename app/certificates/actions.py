"""Issuing a certificate, mending it, giving another, taking it back; every holder of the person's papers is told.

The issuer keeps its certificate after its access to the case has ended, since only it can mend what it signed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from app.auth.scopes import Agency
from app.cases.actions import lock_case, section_content
from app.cases.keys import case_key, seal, unseal
from app.cases.models import Case
from app.cases.sections import Section, content_of
from app.certificates.lifecycle import CERTIFICATE, Action, Role
from app.certificates.models import Certificate
from app.certificates.schemas import (
    CertificateIn,
    CertificateItem,
    CertificateOut,
    CorrectionIn,
    Holder,
    ReissueIn,
    RevocationIn,
)
from app.db import Tx
from app.deadlines.actions import Moved, follow
from app.etags import etag, must_match
from app.happenings import Event
from app.journal import Subject, record
from app.law.deadlines import Carrier
from app.lifecycles import advance, available_actions
from app.problems import FieldError
from app.reference.codes import code_list
from app.reference.fields import today
from app.refusals import CertificateExists, NotCompetent
from app.vault import Place


class Printed(Protocol):
    """Number, day and issuing office as the paper says them."""

    @property
    def number(self) -> str: ...
    @property
    def issued_on(self) -> Any: ...
    @property
    def issuer(self) -> str | None: ...


def _roles(tx: Tx, row: Row[Any]) -> list[Role]:
    return [Role.ISSUER] if row.issuer_id == tx.me else []


def _subject(row_id: UUID, case_id: UUID) -> Subject:
    return Subject("certificate", row_id, case_id)


def _place(certificate_id: UUID) -> Place:
    return Place("certificates", "sealed", certificate_id)


def certificate_etag(tx: Tx, row: Row[Any]) -> str:
    return etag(tx, row.id, row.version)


async def holder_now(tx: Tx, case_id: UUID) -> dict[str, Any]:
    """What a paper issued now would say of the person, as far as this caller reads their identity."""
    identity = await section_content(tx, case_id, Section.IDENTITY)
    return {name: value for name, value in identity.items() if name in Holder.model_fields}


async def issue(tx: Tx, case_id: UUID, body: CertificateIn) -> UUID:
    """A paper of the kinds that the caller's function issues; a victim's only once they are found to be one."""
    await lock_case(tx, case_id)
    issuers = code_list("certificate_kind").latest(body.kind).attributes["issuers"]
    identification = await tx.scalar(select(Case.identification).where(Case.id == case_id))
    needed = code_list("certificate_kind").latest(body.kind).attributes.get("identification", identification)
    if Agency(tx.caller.agency) not in issuers or identification != needed:
        raise NotCompetent(FieldError("/kind", "invalid_value"))
    if await tx.first(_alive(case_id, body.kind)):
        raise CertificateExists
    holder = content_of(body.holder) or await holder_now(tx, case_id)
    return await _keep(tx, case_id, body, holder, kind=body.kind, issuer_id=tx.me)


def _alive(case_id: UUID, kind: str) -> Any:
    return select(Certificate.id).where(
        Certificate.case_id == case_id, Certificate.kind == kind, Certificate.status == "issued"
    )


async def hold_alive(tx: Tx, case_id: UUID) -> None:
    """Locks the victim's paper that a finding may replace, before the clocks, as whoever moves a paper does."""
    await tx.all(_alive(case_id, "victim").with_for_update(key_share=True))


async def issue_found(tx: Tx, found: Row[Any], paper: Printed, holder: Mapping[str, Any]) -> UUID:
    """The victim certificate of a verification that was concluded just now. An older one gives way to it (a trigger
    sees to that, since it may be another body's)."""
    return await _keep(
        tx, found.case_id, paper, holder, kind="victim", issuer_id=found.verifier_id, verification_id=found.id
    )


async def _keep(tx: Tx, case_id: UUID, paper: Printed, holder: Mapping[str, Any], **columns: Any) -> UUID:
    certificate_id = uuid4()
    said: dict[str, Any] = {"number": paper.number, "issuer": paper.issuer, "holder": dict(holder), "earlier": []}
    row = {
        "id": certificate_id,
        "case_id": case_id,
        "verification_id": None,
        "issued_on": paper.issued_on,
        "sealed": seal(tx, await case_key(tx, case_id), _place(certificate_id), said),
        **columns,
    }
    await tx.insert(Certificate, row)
    await _tell(tx, Event.CERTIFICATE_ISSUED, row)
    return certificate_id


async def _tell(tx: Tx, event: Event, row: Mapping[str, Any], **facts: Any) -> None:
    """On the journal of everybody who holds the person's papers, and on the clocks: an issuer that has left the case
    still has its part in the verification."""
    holders: Sequence[UUID] = await tx.scalar(select(func.access.certificate_holders(row["id"])))
    record(tx, event, _subject(row["id"], row["case_id"]), parties=holders, kind=row["kind"], **facts)
    found = row["verification_id"]
    carrier = (Carrier.VERIFICATION, found) if found else (Carrier.CASE, row["case_id"])
    asked = {"kind": row["kind"], **{f"certificate_{name}": str(value) for name, value in facts.items()}}
    await follow(tx, event, Moved(*carrier, {}, asked))


async def _locked(tx: Tx, certificate_id: UUID, if_match: str | None) -> tuple[Row[Any], dict[str, Any]]:
    row = await tx.lock(select(Certificate).where(Certificate.id == certificate_id))
    must_match(if_match, certificate_etag(tx, row))
    return row, unseal(tx, await case_key(tx, row.case_id), _place(row.id), row.sealed)


async def _move(tx: Tx, row: Row[Any], action: Action, said: Mapping[str, Any], **values: Any) -> None:
    sealed = seal(tx, await case_key(tx, row.case_id), _place(row.id), said)
    await advance(tx, Certificate, row, (CERTIFICATE, action, _roles(tx, row)), sealed=sealed, **values)


async def correct(tx: Tx, certificate_id: UUID, body: CorrectionIn, if_match: str | None) -> UUID:
    """Mends what the paper says of its holder, keeping what it said and why that was wrong."""
    row, said = await _locked(tx, certificate_id, if_match)
    was = {"holder": said["holder"], "reason": body.reason, "corrected_on": today().isoformat()}
    mended = {**said, "holder": {**said["holder"], **content_of(body.holder)}, "earlier": [*said["earlier"], was]}
    await _move(tx, row, Action.CORRECT, mended)
    await _tell(tx, Event.CERTIFICATE_CORRECTED, dict(row._mapping))
    return certificate_id


async def reissue(tx: Tx, certificate_id: UUID, body: ReissueIn, if_match: str | None) -> UUID:
    """A new paper in place of the old one, which is no longer valid. Answers the new one."""
    row, said = await _locked(tx, certificate_id, if_match)
    await _move(tx, row, Action.REISSUE, {**said, "text": body.reason})
    await _tell(tx, Event.CERTIFICATE_REISSUED, dict(row._mapping))
    holder = {**said["holder"], **content_of(body.holder)}
    columns = {"kind": row.kind, "verification_id": row.verification_id, "replaces_id": row.id}
    return await _keep(tx, row.case_id, body, holder, issuer_id=tx.me, **columns)


async def revoke(tx: Tx, certificate_id: UUID, body: RevocationIn, if_match: str | None) -> UUID:
    """Takes the paper back. An impostor's opens a review of what was given on it, for the custodian."""
    row, said = await _locked(tx, certificate_id, if_match)
    await _move(tx, row, Action.REVOKE, {**said, "text": body.text}, reason=body.reason)
    await _tell(tx, Event.CERTIFICATE_REVOKED, dict(row._mapping), reason=body.reason)
    return certificate_id


async def show_certificate(tx: Tx, certificate_id: UUID) -> CertificateOut:
    """The paper as it stands and as it stood; the reading is recorded."""
    row = await tx.one(select(Certificate).where(Certificate.id == certificate_id))
    said = unseal(tx, await case_key(tx, row.case_id), _place(row.id), row.sealed)
    record(tx, Event.CERTIFICATE_READ, _subject(row.id, row.case_id), sections=["papers"])
    return CertificateOut.model_validate(
        {
            **row._mapping,
            "text": None,
            **said,
            "available_actions": available_actions(CERTIFICATE, row.status, _roles(tx, row)),
            "etag": certificate_etag(tx, row),
        }
    )


def certificate_item(tx: Tx, row: Row[Any]) -> CertificateItem:
    return CertificateItem.model_validate({**row._mapping, "etag": certificate_etag(tx, row)})
