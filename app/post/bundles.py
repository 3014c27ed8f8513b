"""Records on a stick: sealed for another post of the same organisation, which has a network and sends them.

The file is an age file (X25519) for that post's recipient, and says who made it by a signature of the maker's client
key: age alone would let anybody who knows the recipient slip in records. Ids are kept, so the same record may come by
two bundles and by the network and is still one; the maker keeps its own until the receipt has come back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pyrage

from app.client.keys import signed_by, thumbprint, unb64
from app.post import enrolment
from app.post.answers import digest_of
from app.post.outbox import Item, Outbox
from app.post.questions import is_urgent

_TYPE = "referral-post-bundle+jws"
_LARGEST = 200_000_000


class UnreadableBundleError(Exception):
    """Not a bundle, damaged, or sealed for another post."""


class ForeignBundleError(Exception):
    """Of another organisation or service: it would be sent in the wrong name."""


@dataclass(frozen=True)
class Bundle:
    """`maker` is the fingerprint of the key that signed it, for the officer to compare with the maker's `doctor`."""

    maker: str
    client_id: str
    items: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Brought:
    """What an import did: taken in, known here already, and known here with other content (left as it is here)."""

    new: int
    known: int
    other_content: int


def seal(outbox: Outbox, to: str, file: Path) -> int:
    """Writes every confirmed record into a file that only the post of that recipient opens; how many there are.

    Nothing changes here: they are also sent from here, if a network comes back first. `ValueError`: no recipient.
    """
    try:
        recipient = pyrage.x25519.Recipient.from_str(to)
    except pyrage.RecipientError as error:
        raise ValueError(to) from error
    items = [{"id": str(each.id), "body": each.body} for each in outbox.items("ready")]
    profile, key = enrolment.enrolled(outbox), enrolment.key_of(outbox)
    content = json.dumps({"items": items})
    about = {
        "sha256": sha256(content.encode()).hexdigest(),
        "client_id": profile.client_id,
        "organisation_id": profile.organisation_id,
        "url": profile.url,
    }
    letter = {"key": key.point, "signature": key.sign({"typ": _TYPE}, about), "content": content}
    file.write_bytes(pyrage.encrypt(json.dumps(letter).encode(), [recipient]))
    return len(items)


def read(outbox: Outbox, file: Path) -> Bundle:
    """Opens a bundle for this post and checks who made it; `UnreadableBundleError`, `ForeignBundleError`."""
    if file.stat().st_size > _LARGEST:
        raise UnreadableBundleError
    try:
        letter = json.loads(pyrage.decrypt(file.read_bytes(), [enrolment.identity_of(outbox)]))
        about = _signed(letter)
        items = json.loads(letter["content"])["items"]
        found = Bundle(thumbprint(letter["key"]), str(about["client_id"]), tuple(_item(each) for each in items))
    except (pyrage.DecryptError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableBundleError from error
    mine = enrolment.enrolled(outbox)
    if (about["organisation_id"], about["url"]) != (mine.organisation_id, mine.url):
        raise ForeignBundleError
    return found


def bring(outbox: Outbox, bundle: Bundle) -> Brought:
    """Puts its records into this outbox, under their own ids; again, it changes nothing."""
    new = known = other = 0
    for each in bundle.items:
        item = Item(UUID(each["id"]), "ready", urgent=is_urgent(each["body"]), body=each["body"])
        if outbox.add(item):
            new += 1
        elif _digest_here(outbox, item.id) in (None, digest_of(each["body"])):
            known += 1
        else:
            other += 1
    return Brought(new, known, other)


def _signed(letter: Mapping[str, Any]) -> Mapping[str, Any]:
    signed, _, signature = letter["signature"].rpartition(".")
    header, about = (json.loads(unb64(part)) for part in signed.split("."))
    if header["typ"] != _TYPE or not signed_by(letter["key"], signed.encode(), unb64(signature)):
        raise UnreadableBundleError
    if about["sha256"] != sha256(letter["content"].encode()).hexdigest():
        raise UnreadableBundleError
    return dict(about)


def _item(each: Any) -> Mapping[str, Any]:
    if not isinstance(each["body"], dict):
        raise UnreadableBundleError
    return {"id": str(UUID(each["id"])), "body": each["body"]}


def _digest_here(outbox: Outbox, item_id: UUID) -> str | None:
    kept = outbox.receipt(item_id)
    if kept is not None:
        return kept.digest
    here = outbox.find(item_id)
    return digest_of(here.body) if here and here.body else None
