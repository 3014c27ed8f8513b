"""The search for an order: what one record could have answered is believed, what it could not is not."""

from campaigns.linear import LOOK, Step, linearizable, walked


def _move(action: str, begun: float, ended: float, **more: str) -> Step:
    return Step(action, "receiver", "ok", begun, ended, **more)


def test_of_two_moves_from_one_version_only_one_can_have_succeeded() -> None:
    look = Step(LOOK, "receiver", "ok", 0, 1, got="a", status="sent")
    both = [look, _move("acknowledge", 2, 5, seen="a"), _move("accept", 2, 5, seen="a")]
    assert not linearizable(both, "accepted", 3)
    assert linearizable([*both[:2], Step("accept", "receiver", "stale", 2, 5, seen="a")], "acknowledged", 2)


def test_what_nobody_knows_may_have_happened_or_not() -> None:
    unknown = Step("accept", "receiver", "unknown", 0)
    assert linearizable([unknown], "accepted", 2)
    assert linearizable([unknown], "sent", 1)
    assert not linearizable([unknown], "refused", 2)


def test_a_move_that_had_ended_comes_before_one_that_begins_later() -> None:
    accepted, refused = _move("accept", 0, 1), Step("acknowledge", "receiver", "ok", 2, 3)
    assert not linearizable([accepted, refused], "accepted", 3)
    assert linearizable([_move("accept", 0, 3), refused], "accepted", 3)


def test_a_refusal_is_believed_only_where_the_move_was_not_open() -> None:
    invalid = Step("start", "receiver", "invalid", 0, 1)
    assert linearizable([invalid], "sent", 1)
    assert not linearizable([Step("accept", "receiver", "invalid", 0, 1)], "sent", 1)


def test_events_lead_to_a_status_or_nowhere() -> None:
    assert walked(["referral.sent", "referral.accepted", "referral.started"]) == "in_service"
    assert walked(["referral.sent", "referral.started"]) is None
    assert walked(["referral.accepted"]) is None
    assert walked([]) is None
