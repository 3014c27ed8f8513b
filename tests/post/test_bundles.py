"""Records on a stick: for one post alone, of one organisation, and never twice whatever way they also took."""

import json
from hashlib import sha256
from uuid import uuid4

import pyrage
import pytest

from app.client.keys import Key
from app.post import bundles, enrolment, receipts
from app.post.outbox import Item
from tests.post.ground import Ground, Post, a_record, balance


@pytest.fixture
def maker(ground: Ground) -> Post:
    return ground.post()


@pytest.fixture
def sender(ground: Ground) -> Post:
    return ground.post()


def test_imported_twice_and_sent_by_network_too_it_is_one_row_with_matching_receipts(
    ground: Ground, maker: Post, sender: Post
) -> None:
    ids = [maker.confirm() for _ in range(8)]
    file = maker.folder / "bundle.age"
    assert bundles.seal(maker.box, enrolment.recipient(sender.box), file) == 8
    assert bundles.bring(sender.box, bundles.read(sender.box, file)) == bundles.Brought(8, 0, 0)
    assert bundles.bring(sender.box, bundles.read(sender.box, file)) == bundles.Brought(0, 8, 0)
    lost_line = maker.box.next_ready()
    assert lost_line
    maker.sender._deliver(lost_line)
    sender.send_until_done()
    assert bundles.bring(sender.box, bundles.read(sender.box, file)) == bundles.Brought(0, 8, 0)
    back = sender.folder / "receipts.jws"
    assert receipts.export(sender.box, back) == 8
    assert receipts.take_in(maker.box, back) == receipts.Taken(7, 1, 0)
    assert receipts.take_in(maker.box, back) == receipts.Taken(0, 8, 0)
    assert balance(ground, ids, maker.box).is_right
    assert balance(ground, ids, sender.box).is_right
    assert {k.id: k.digest for k in maker.box.receipts()} == {k.id: k.digest for k in sender.box.receipts()}


def test_a_bundle_says_nothing_to_anybody_but_its_recipient(maker: Post, sender: Post) -> None:
    maker.confirm(a_record(text="Gặp ở bến xe."))
    file = maker.folder / "bundle.age"
    bundles.seal(maker.box, enrolment.recipient(sender.box), file)
    assert b"self_return_border" not in file.read_bytes()
    with pytest.raises(bundles.UnreadableBundleError):
        bundles.read(maker.box, file)
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:100], b"", whole[:-20] + bytes(20)):
        file.write_bytes(damaged)
        with pytest.raises(bundles.UnreadableBundleError):
            bundles.read(sender.box, file)


def test_another_organisation_does_not_send_it(ground: Ground, maker: Post) -> None:
    police = ground.post(client="demo-police")
    maker.confirm()
    file = maker.folder / "bundle.age"
    bundles.seal(maker.box, enrolment.recipient(police.box), file)
    with pytest.raises(bundles.ForeignBundleError):
        bundles.read(police.box, file)


def _letter(maker: Post, sender: Post, key: Key, content: str, signed: str) -> bytes:
    profile = enrolment.load(maker.box)
    about = {
        "sha256": sha256(signed.encode()).hexdigest(),
        "client_id": profile.client_id,
        "organisation_id": profile.organisation_id,
        "url": profile.url,
    }
    signature = key.sign({"typ": "referral-post-bundle+jws"}, about)
    letter = {"key": dict(key.point), "signature": signature, "content": content}
    recipient = pyrage.x25519.Recipient.from_str(enrolment.recipient(sender.box))
    made: bytes = pyrage.encrypt(json.dumps(letter).encode(), [recipient])
    return made


def test_who_made_it_is_known_by_the_key_and_content_cannot_be_slipped_in(maker: Post, sender: Post) -> None:
    file = maker.folder / "bundle.age"
    content = json.dumps({"items": [{"id": str(uuid4()), "body": a_record()}]})
    file.write_bytes(_letter(maker, sender, enrolment.key_of(maker.box), content, content))
    assert bundles.read(sender.box, file).maker == enrolment.key_of(maker.box).kid
    file.write_bytes(_letter(maker, sender, Key.generate(), content, content))
    assert bundles.read(sender.box, file).maker != enrolment.key_of(maker.box).kid
    file.write_bytes(_letter(maker, sender, enrolment.key_of(maker.box), content, "{}"))
    with pytest.raises(bundles.UnreadableBundleError):
        bundles.read(sender.box, file)


def test_another_content_under_a_known_id_changes_nothing_here(maker: Post, sender: Post) -> None:
    taken = maker.confirm()
    assert sender.box.add(Item(taken, "ready", body=(mine := a_record())))
    file = maker.folder / "bundle.age"
    bundles.seal(maker.box, enrolment.recipient(sender.box), file)
    assert bundles.bring(sender.box, bundles.read(sender.box, file)) == bundles.Brought(0, 0, 1)
    kept = sender.box.find(taken)
    assert kept
    assert kept.body == mine
