"""Searching one's own cases, and whether somebody else has this person: the second without showing whom or whose.

A hit beyond one's own cases is an opaque handle. The database counts, finds, leaves out the protected and tells the
holder in one function (`access.find_beyond`): nothing here could distinguish them, for nothing here sees them.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import LargeBinary, Uuid, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.cases.models import Case, CaseLookup
from app.cases.reads import CASE_VIEW, case_item
from app.db import Tx
from app.happenings import Event
from app.journal import Subject, record
from app.problems import PurposeRequired, SearchLimitReached
from app.reference.fields import VIET_NAM
from app.searches.schemas import HandleOut, SearchIn, SearchOut

PURPOSES = ("duplicate_check", "verification")
"""What one may look beyond one's own cases for."""
_MOST_OWN, _MOST_BEYOND = 50, 10
_HANDLE_BYTES = 16


def check_purpose(body: SearchIn, stated: str | None, allowed: list[str]) -> None:
    """403 for another purpose, judged before anything is looked up and so alike whoever is found."""
    if body.beyond and stated not in PURPOSES:
        raise PurposeRequired(params={"allowed": [each for each in allowed if each in PURPOSES]})


async def search(tx: Tx, body: SearchIn) -> SearchOut:
    """Own cases by blind index, and handles of others' where asked for. Nothing found, nobody visible and somebody
    protected answer alike; the attempt is recorded either way."""
    indexes = tx.keyring.indexes
    year = body.birth_date.year if body.birth_date else body.birth_year
    wanted = [
        ("document", indexes.document(body.document_number)),
        ("name_year", indexes.name_year(body.full_name, year)),
        ("name_set_year", indexes.name_set_year(body.full_name, year)),
    ]
    hits = select(CaseLookup.case_id).where(
        or_(*((CaseLookup.kind == kind) & (CaseLookup.digest == digest) for kind, digest in wanted if digest))
    )
    rows = await tx.all(CASE_VIEW.where(Case.id.in_(hits)).order_by(Case.created_at.desc(), Case.id).limit(_MOST_OWN))
    handles = await _find_beyond(tx, body) if body.beyond else []
    facts: dict[str, Any] = {"beyond": len(handles)} if body.beyond else {}
    record(tx, Event.CASE_SEARCHED, Subject("case_search", None), found=len(rows), **facts)
    return SearchOut(items=[case_item(tx, row) for row in rows], handles=handles)


async def _find_beyond(tx: Tx, body: SearchIn) -> list[HandleOut]:
    indexes = tx.keyring.indexes
    kind, digest = "document", indexes.document(body.document_number)
    if body.birth_date:
        kind, digest = "name_date", indexes.name_date(body.full_name, body.birth_date.isoformat())
    fresh = [_as_text(secrets.token_bytes(_HANDLE_BYTES)) for _ in range(_MOST_BEYOND)]
    digests = literal([digest_of(handle) for handle in fresh], ARRAY(LargeBinary()))
    asked = literal(tx.act.request_id, Uuid())
    call = func.access.find_beyond(kind, digest or b"", digests, tx.act.purpose, asked).alias("found")
    found = await tx.first(select(literal_column("*")).select_from(call))
    if found is None:
        raise SearchLimitReached(_seconds_of_today())
    return [HandleOut(handle=handle, expires_at=found.good_until) for handle in fresh[: found.hits]]


def digest_of(handle: str) -> bytes:
    """By which a handle is known: the handle itself is stored nowhere."""
    return sha256(urlsafe_b64decode(handle + "==")).digest()


def _as_text(handle: bytes) -> str:
    return urlsafe_b64encode(handle).rstrip(b"=").decode()


def _seconds_of_today() -> int:
    """Until the count begins anew, at midnight in Viet Nam."""
    now = datetime.now(UTC).astimezone(VIET_NAM)
    return int((datetime.combine(now.date() + timedelta(days=1), time(), VIET_NAM) - now).total_seconds()) + 1
