"""When a receipt is believed, and how receipts travel in a file to a post that has no network."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from app.client import receipts as client
from app.client.keys import unb64
from app.client.receipts import Receipt
from app.post import enrolment
from app.post.enrolment import Profile
from app.post.outbox import Item, Kept, Outbox


class UnbelievableError(Exception):
    """No receipt of this service for this record: the record stays."""


@dataclass(frozen=True)
class Taken:
    """What a file of receipts did: records that left, receipts of others or known before, and unbelievable lines."""

    left: int
    not_waiting: int
    refused: int


def check(receipt: str, item: Item, profile: Profile) -> Kept:
    """The receipt, if a pinned key signed it for this record, its digest and this organisation; `UnbelievableError`."""
    known = _judged(receipt, profile, str(item.id), item.body or {})
    return Kept(item.id, receipt, known.digest, known.reference)


def _judged(receipt: str, profile: Profile, item_id: str, body: Mapping[str, Any] | None) -> Receipt:
    try:
        known = client.check(receipt, profile.jwks, issuer=profile.url, id=item_id, body=body)
    except client.BadReceiptError as error:
        raise UnbelievableError from error
    if known.organisation_id != profile.organisation_id:
        raise UnbelievableError
    return known


def export(outbox: Outbox, file: Path) -> int:
    """Writes every receipt kept here, one JWS a line; it says ids, digests and references, and nothing of a person."""
    lines = [kept.receipt for kept in outbox.receipts()]
    file.write_text("".join(f"{line}\n" for line in lines), "ascii")
    return len(lines)


def take_in(outbox: Outbox, file: Path) -> Taken:
    """Lets go of each record here that a receipt of the file is for, whoever sent it; twice is the same as once."""
    profile = enrolment.enrolled(outbox)
    left = not_waiting = refused = 0
    for line in _lines(file):
        try:
            item = outbox.find(_subject(line, profile))
            if item is None or item.body is None:
                not_waiting += 1
            else:
                outbox.leave(check(line, item, profile))
                left += 1
        except UnbelievableError:
            refused += 1
    return Taken(left, not_waiting, refused)


def _lines(file: Path) -> Iterator[str]:
    return (line.strip() for line in file.read_text("utf-8", "replace").splitlines() if line.strip())


def _subject(line: str, profile: Profile) -> UUID:
    """Whose receipt it is, when it is one."""
    try:
        stated = json.loads(unb64(line.split(".")[1]))["sub"]
        return UUID(_judged(line, profile, stated, None).id)
    except (IndexError, KeyError, TypeError, ValueError):
        raise UnbelievableError from None
