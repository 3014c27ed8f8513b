"""When a receipt is believed, and how receipts travel in a file to a post that has no network."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from app.client.keys import ALGORITHM, signed_by, unb64
from app.post import enrolment
from app.post.answers import digest_of
from app.post.enrolment import Profile
from app.post.outbox import Item, Kept, Outbox

_TYPE = "referral-receipt+jws"
_LONGEST = 8192


class UnbelievableError(Exception):
    """No receipt of this service for this record: the record stays."""


class UnknownKeyError(UnbelievableError):
    """Signed by a key not pinned yet; a look at the service's present keys may help."""


@dataclass(frozen=True)
class Taken:
    """What a file of receipts did: records that left, receipts of others or known before, and unbelievable lines."""

    left: int
    not_waiting: int
    refused: int


def check(receipt: str, item: Item, profile: Profile) -> Kept:
    """The receipt, if a pinned key signed it for this record, its digest and this organisation; `UnbelievableError`."""
    claims = _claims(receipt, profile)
    digest = digest_of(item.body or {})
    expected = {"iss": profile.url, "sub": str(item.id), "organisation_id": profile.organisation_id, "digest": digest}
    if any(claims.get(name) != value for name, value in expected.items()):
        raise UnbelievableError
    return Kept(item.id, receipt, digest, str(claims.get("reference")))


def _claims(receipt: str, profile: Profile) -> dict[str, Any]:
    try:
        if len(receipt) > _LONGEST:
            raise UnbelievableError
        signed, _, signature = receipt.rpartition(".")
        header, claims = (json.loads(unb64(part)) for part in signed.split("."))
        if header["alg"] != ALGORITHM or header["typ"] != _TYPE or not isinstance(claims, dict):
            raise UnbelievableError
        jwk = next((each for each in profile.jwks if each["kid"] == header["kid"]), None)
        if jwk is None:
            raise UnknownKeyError
        if not signed_by(jwk, signed.encode(), unb64(signature)):
            raise UnbelievableError
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnbelievableError from error
    return claims


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
    try:
        return UUID(str(_claims(line, profile).get("sub")))
    except ValueError:
        raise UnbelievableError from None
