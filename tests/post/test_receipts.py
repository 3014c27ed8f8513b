"""A record leaves on a receipt of its own service, for itself, its digest and its organisation; on nothing else."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.client.keys import Key, b64, unb64
from app.post import enrolment, receipts
from app.post.enrolment import Profile
from app.post.outbox import Item
from tests.post.ground import Ground, a_record, digest

SERVICE = Key.generate()
ORGANISATION = str(uuid4())
PROFILE = Profile("https://service.example", "post-1", "cb-1", ORGANISATION, "Trạm", (dict(SERVICE.jwk),))
BODY = a_record()
ITEM = Item(uuid4(), "ready", body=BODY)
HEADER = {"typ": "referral-receipt+jws", "kid": SERVICE.kid}
CLAIMS = {
    "iss": PROFILE.url,
    "iat": int(time.time()),
    "sub": str(ITEM.id),
    "organisation_id": ORGANISATION,
    "reference": "AC3DE4F7",
    "digest": digest(BODY),
    "accepted_at": "2026-11-20T22:41:00+07:00",
}


def a_receipt(header: Mapping[str, Any] = {}, key: Key = SERVICE, **claims: Any) -> str:
    return key.sign({**HEADER, **header}, {**CLAIMS, **claims})


def broken(receipt: str) -> str:
    signed, _, signature = receipt.rpartition(".")
    turned = bytes([unb64(signature)[0] ^ 1]) + unb64(signature)[1:]
    return f"{signed}.{b64(turned)}"


def test_a_good_receipt_is_believed() -> None:
    assert receipts.check(a_receipt(), ITEM, PROFILE).reference == "AC3DE4F7"


@pytest.mark.parametrize(
    "make",
    [
        lambda: a_receipt(sub=str(uuid4())),
        lambda: a_receipt(digest="0" * 64),
        lambda: a_receipt(organisation_id=str(uuid4())),
        lambda: a_receipt(iss="https://other.example"),
        lambda: a_receipt({"typ": "JWT"}),
        lambda: a_receipt({"alg": "none"}),
        lambda: a_receipt(key=Key.generate()),
        lambda: a_receipt({"kid": "unknown"}),
        lambda: broken(a_receipt()),
        lambda: a_receipt() + "x",
        lambda: "a.b.c",
        lambda: "",
        lambda: "{}",
        lambda: f"{b64(b'[]')}.{b64(b'[]')}.{b64(b'x' * 64)}",
        lambda: a_receipt(more="x" * 9000),
    ],
)
def test_anything_else_keeps_the_record_here(make: Callable[[], str]) -> None:
    with pytest.raises(receipts.UnbelievableError):
        receipts.check(make(), ITEM, PROFILE)


def test_a_service_that_signs_for_other_content_gets_the_record_again_and_again(ground: Ground) -> None:
    post = ground.post()
    sent = post.confirm()
    honest = post.network.receipt

    def forged(intake_id: UUID) -> str:
        honest(intake_id)
        return Key.generate().sign(HEADER, {**CLAIMS, "sub": str(intake_id)})

    post.network.receipt = forged  # type: ignore[method-assign]
    post.sender.walk()
    kept = post.box.find(sent)
    assert kept
    assert kept.problem
    assert (kept.state, kept.problem["code"]) == ("ready", "receipt_unbelievable")
    post.network.receipt = honest  # type: ignore[method-assign]
    assert post.send_until_done().sent == 1


def test_a_new_key_of_the_service_is_fetched_and_pinned_and_a_renamed_one_is_not(ground: Ground) -> None:
    post = ground.post()
    profile = enrolment.load(post.box)
    stated = list(profile.jwks)
    forgotten = {**profile.__dict__, "jwks": [dict(SERVICE.jwk)]}
    post.box.set("profile", forgotten)
    post.confirm()
    assert post.send_until_done().sent == 1
    assert {jwk["kid"] for jwk in enrolment.load(post.box).jwks} == {SERVICE.kid, *(jwk["kid"] for jwk in stated)}
    post.network.receipt_keys = lambda: [{**Key.generate().jwk, "kid": SERVICE.kid}]  # type: ignore[method-assign]
    with pytest.raises(enrolment.KeyReplacedError):
        enrolment.pin(post.box, post.network)
