"""A bad line loses nothing and doubles nothing: cuts at bytes, odd answers, refusals, clocks, long outages."""

import time
from uuid import UUID, uuid4

import pytest

from app.post.clock import Clock
from app.post.line import PassingError, RefusedError
from app.post.outbox import Item
from tests.post.cuts import admitted, cut_everywhere
from tests.post.ground import BORDER, Ground, a_record, balance, patiently

EVERY = {False: 151, True: 401}
"""Bytes between two cuts; the campaign (`python -m tests.post.campaign`) cuts at every byte."""
DAYS = 86_400.0


@pytest.mark.parametrize("with_token", [False, True])
def test_a_cut_at_any_byte_leaves_one_row_and_one_receipt(ground: Ground, with_token: bool) -> None:
    post = ground.post()
    done = cut_everywhere(ground, post, EVERY[with_token], with_token=with_token)
    found = balance(ground, done.ids, post.box)
    print(f"cuts {done.cuts} of {done.length}, {found}")
    assert done.cuts == len(done.ids) - (4 if with_token else 2)
    assert found.is_right


def test_200_for_201_is_an_acceptance_like_any_other(ground: Ground) -> None:
    post = ground.post()
    ground.relay.rewrite = (b" 201 Created", b" 200 OK     ")
    ids = [post.confirm() for _ in range(3)]
    assert post.send_until_done().sent == 3
    assert balance(ground, ids, post.box).is_right


def test_a_client_refused_in_the_middle_of_its_queue_goes_on_where_it_was(ground: Ground) -> None:
    post = ground.post()
    ids = [post.confirm() for _ in range(6)]
    kept: list[UUID] = []

    def disable(item: Item, _: object) -> None:
        kept.append(item.id)
        if len(kept) == 3:
            ground.fetch("update clients set status = 'disabled' where id = $1", BORDER)
            patiently(lambda: not admitted(post))

    post.sender.tell = disable
    try:
        stopped = post.sender.walk()
        assert stopped.waits
        assert (stopped.waits.code, stopped.waiting) == ("not_admitted", 3)
        assert post.sender.walk().sent == 0
    finally:
        ground.fetch("update clients set status = 'active' where id = $1", BORDER)
    patiently(lambda: admitted(post))
    post.send_until_done()
    assert balance(ground, ids, post.box).is_right


@pytest.mark.parametrize("days", [3.0, -3.0])
def test_a_clock_three_days_off_is_told_and_stops_nothing(ground: Ground, days: float) -> None:
    post = ground.post(Clock(machine=lambda: time.time() + days * DAYS))
    assert post.sender.clock.is_off()
    assert ("nhanh" if days > 0 else "chậm") in post.sender.clock.warning()
    assert abs(post.sender.clock.now() - time.time()) < 5
    ids = [post.confirm(a_record(received_at=post.sender.clock.moment().isoformat())) for _ in range(2)]
    post.send_until_done()
    assert balance(ground, ids, post.box).is_right


def test_one_bad_record_holds_up_nobody_and_says_why(ground: Ground) -> None:
    post = ground.post()
    bad = post.confirm(a_record(channel="no_such_channel", urgent_needs=["medical"]))
    taken = post.confirm()
    post.send_until_done()
    assert post.box.add(Item(taken, "ready", body=a_record())) is False  # what has a receipt never comes back
    conflicting = a_record()
    post.network.put(other := uuid4(), a_record())
    assert post.box.add(Item(other, "ready", body=conflicting))
    good = post.confirm()
    tally = post.sender.walk()
    assert (tally.sent, tally.parked, tally.waiting) == (1, 1, 0)
    problems = {item.id: item.problem for item in post.box.items("parked")}
    assert {key: (why or {})["code"] for key, why in problems.items()} == {
        bad: "validation_failed",
        other: "intake_conflict",
    }
    assert [error["pointer"] for error in (problems[bad] or {})["errors"]] == ["/channel"]
    assert {kept.id for kept in post.box.receipts()} == {taken, good}


class Scripted:
    """A line that answers as the test says, record by record; what it takes has no receipt."""

    def __init__(self, answers: dict[UUID, Exception]) -> None:
        self.answers = answers
        self.asked: list[UUID] = []

    def put(self, intake_id: UUID, body: object) -> None:
        self.asked.append(intake_id)
        raise self.answers[intake_id]


def test_the_urgent_go_first_and_a_poisonous_record_is_not_in_the_way(ground: Ground) -> None:
    post = ground.post()
    slow = post.confirm()
    urgent = post.confirm(a_record(handling=["immediate_danger"]))
    last = post.confirm()
    fault = PassingError("service_fault", everywhere=False)
    scripted = Scripted({slow: fault, urgent: fault, last: RefusedError({"code": "validation_failed", "errors": []})})
    post.sender.line = scripted  # type: ignore[assignment]
    post.sender.walk()
    assert scripted.asked == [urgent, slow, last]
    assert [item.id for item in post.box.items("parked")] == [last]


def test_there_is_no_last_try_and_retry_after_is_kept(ground: Ground) -> None:
    post = ground.post()
    waiting = post.confirm()
    post.sender.line = Scripted({waiting: PassingError("too_many_requests", 1234.0)})  # type: ignore[assignment]
    for _ in range(200):
        tally = post.sender.walk()
    item = post.box.find(waiting)
    assert item
    assert (item.state, item.attempts) == ("ready", 200)
    assert post.sender.pause(tally) == 1234.0
    post.sender.line = post.network
    post.send_until_done()
    assert balance(ground, [waiting], post.box).is_right
