"""What is shown of a verification: the whole record to its parties, states and dates to who may only follow it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.engine import Row

from app.cases.keys import case_key, unseal
from app.cases.models import CaseEntry
from app.cases.schemas import FindingOut
from app.cases.sections import Section
from app.db import Tx
from app.deadlines.reads import due_at
from app.etags import etag
from app.lifecycles import available_actions
from app.vault import DataKey, Place
from app.verifications.actions import proof_place, roles, verification_etag
from app.verifications.lifecycle import VERIFICATION, Action
from app.verifications.models import Verification, VerificationText
from app.verifications.schemas import (
    OpenVerification,
    OpenVerifications,
    VerificationItem,
    VerificationOut,
    VerificationStatus,
)
from app.verifications.schemas import VerificationText as TextOut

VIEW: Select[Any] = select(Verification, due_at("verification", Verification.id).label("due_at"))


def _on_paper(row: Row[Any]) -> dict[str, Any] | None:
    return None if row.paper_issued_on is None else {"issued_on": row.paper_issued_on}


async def show_verification(tx: Tx, verification_id: UUID) -> VerificationOut:
    """The whole record for requester, verifier and custodian; a verifier keeps it, and its own entries, for ever."""
    row = await tx.one(VIEW.where(Verification.id == verification_id))
    key = await case_key(tx, row.case_id)
    open_moves = available_actions(VERIFICATION, row.status, roles(tx, row))
    on_paper = _on_paper(row)
    if on_paper is not None:
        on_paper["number"] = unseal(tx, key, Place("verifications", "paper", row.id), row.paper_sealed)
    return VerificationOut.model_validate(
        {
            **row._mapping,
            "extended": row.extended_at is not None,
            "on_paper": on_paper,
            "certificate": unseal(tx, key, Place("verifications", "certificate", row.id), row.certificate_sealed),
            "proof_document": unseal(tx, key, proof_place(row.case_id), row.proof_sealed),
            "texts": await _texts(tx, key, row.id),
            "entries": await _own_entries(tx, key, row.case_id) if row.verifier_id == tx.me else None,
            "available_actions": [name for name in open_moves if name != Action.EXTEND or row.extended_at is None],
            "etag": verification_etag(tx, row),
        }
    )


async def _texts(tx: Tx, key: DataKey, verification_id: UUID) -> list[TextOut]:
    model = VerificationText
    query = select(model).where(model.verification_id == verification_id).order_by(model.created_at, model.id)
    found = []
    for row in await tx.all(query):
        words = unseal(tx, key, Place("verification_texts", "text", row.id), row.sealed)
        found.append(TextOut.model_validate({**row._mapping, "text": words}))
    return found


async def _own_entries(tx: Tx, key: DataKey, case_id: UUID) -> list[FindingOut]:
    mine = (
        select(CaseEntry)
        .where(CaseEntry.case_id == case_id)
        .where(CaseEntry.section == Section.INVESTIGATION, CaseEntry.author_id == tx.me)
        .order_by(CaseEntry.created_at, CaseEntry.id)
    )
    found = []
    for row in await tx.all(mine):
        words = unseal(tx, key, Place("case_entries", row.section, row.id), row.sealed)
        found.append(FindingOut.model_validate({**row._mapping, **words}))
    return found


def _status_etag(tx: Tx, row: Row[Any]) -> str:
    """Of what is shown: the row's version also counts what this reader does not see, as a move of custody."""
    return etag(tx, "status", *(value for name, value in row._mapping.items() if name != "version"))


async def show_status(tx: Tx, verification_id: UUID) -> VerificationStatus:
    """What whoever asked first, and a supervisor of either side, may still follow."""
    call = func.access.verification_status(verification_id)
    row = await tx.one(select(literal_column("*")).select_from(call.alias("verification")))
    return VerificationStatus.model_validate(
        {**row._mapping, "on_paper": _on_paper(row), "etag": _status_etag(tx, row)}
    )


def verification_item(tx: Tx, row: Row[Any]) -> VerificationItem:
    return VerificationItem.model_validate(
        {**row._mapping, "on_paper": _on_paper(row), "etag": verification_etag(tx, row)}
    )


async def must_see(tx: Tx, verification_id: UUID) -> None:
    """404 unless the caller is requester, verifier or custodian."""
    await tx.one(select(Verification.id).where(Verification.id == verification_id))


async def show_open(tx: Tx, case_id: UUID) -> OpenVerifications:
    """What is being verified now, for whoever acts in the case and could give evidence; neither by whom nor how far."""
    call = func.access.open_verifications(case_id)
    rows = await tx.all(select(literal_column("*")).select_from(call.alias("verification")))
    return OpenVerifications(items=[OpenVerification.model_validate(row) for row in rows])
