"""A post is killed (SIGKILL) before every step; what an officer was told is kept is kept, and stored once."""

from pathlib import Path

from app.post import bundles, enrolment, receipts
from tests.post.ground import Ground, balance
from tests.post.kills import kill_act, kill_sending, kill_writing, mortals, summary


def test_killed_before_any_step_of_writing_it_keeps_every_answer_it_acknowledged(ground: Ground) -> None:
    post = ground.post()
    with mortals() as order:
        done = kill_writing(post, order)
    post.send_until_done()
    found = balance(ground, done.ids, post.box)
    print(summary("write", done, found))
    assert done.kills >= 20
    assert done.ids
    assert found.is_right


def test_killed_before_any_step_of_sending_it_leaves_one_row_and_one_receipt(ground: Ground) -> None:
    post = ground.post()
    with mortals() as order:
        done = kill_sending(post, order, every=2)
    found = balance(ground, done.ids, post.box)
    print(summary("send", done, found))
    assert done.kills >= 10
    assert found.is_right


def test_killed_while_a_bundle_and_its_receipts_are_taken_in_both_end_well(ground: Ground) -> None:
    maker, sender = ground.post(), ground.post()
    ids = [maker.confirm() for _ in range(3)]
    bundles.seal(maker.box, enrolment.recipient(sender.box), sender.folder / "bundle.age")
    with mortals() as order:
        brought = kill_act(sender, order, "bring")
        sender.send_until_done()
        receipts.export(sender.box, maker.folder / "receipts.jws")
        let_go = kill_act(maker, order, "let_go")
    found = balance(ground, ids, maker.box)
    print(summary("bundle", brought), summary("receipts", let_go, found))
    assert brought.kills + let_go.kills >= 10
    assert not list(maker.box.items())
    assert found.is_right


def test_no_word_of_a_person_lies_in_clear_on_the_disk(ground: Ground) -> None:
    post = ground.post()
    with mortals() as order:
        order(post, "write", 0)
    written = b"".join(path.read_bytes() for path in Path(post.folder).iterdir())
    assert b"sqlite" in written.lower()
    assert "Nguyễn".encode() not in written
    assert b"Nguy\\u1ec5n" not in written
    assert b"PRIVATE KEY" not in written
    assert b"self_return_border" not in written
